"""`python -m bench.moderator URL CODE SESSION ENTRIES TURNS`: a moderator at the desk.

A process of its own: Chromium's, beside the one that plays the citizens. Handles
ENTRIES of the queue by keys and does TURNS of every steering act, in turns. Prints a
line of JSON whenever the queue has lost an entry, and what was measured at the end.
"""

import json
import os
import sys
from collections.abc import Callable
from itertools import cycle
from typing import Any, cast

import django

django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402 -- after the setup

from tests.conftest import CHROMIUM_FLAGS, LiveCity  # noqa: E402
from tests.evening.desk import CURRENT, Desk  # noqa: E402
from tests.servers import find_chromium  # noqa: E402

WHO = "#speaking .speaking__who"
RULE, REASON = "off_topic", "Heute geht es um den Schulweg."


class Address:
    """All that a visitor wants to know of a city."""

    def __init__(self, url: str) -> None:
        self.url = url


class Steering:
    """Acts beside the queue, one after the other; each is timed by the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.page = desk, desk.page
        self.number = 0
        acts = [
            self.announce, self.next_speaker, self.claim, self.stage, self.release,
            self.tell_team, self.hide, self.end_turn, self.take_back, self.answered,
            self.silence,
        ]  # fmt: skip
        self.kinds, self.acts = len(acts), cycle(acts)

    def do_one(self) -> None:
        act: Callable[[], Any] = next(self.acts)
        act()

    def write(self, field: str, text: str) -> None:
        self.desk.unfold(field)
        self.page.locator(field).first.fill(text)

    def announce(self) -> None:
        self.number += 1
        self.write("#announce-text", f"In {self.number} Minuten geht es weiter.")
        self.desk.submit("announce", "announce", "#announcements")

    def take_back(self) -> None:
        self.desk.submit("take back", "withdraw_announcement", "#announcements")

    def next_speaker(self) -> None:
        self.desk.press("next speaker", "s", WHO)

    def end_turn(self) -> None:
        self.desk.press("end of the turn", "x", WHO)

    def stage(self) -> None:
        self.desk.unfold("#wall-shortlist")
        self.desk.submit("on stage", "stage_question", "#wall", "#wall-shortlist")

    def answered(self) -> None:
        self.desk.unfold("#wall-stage")
        self.desk.submit("answered", "answer_question", "#wall", "#wall-stage")

    def claim(self) -> None:
        self._look_after("claim")

    def release(self) -> None:
        self._look_after("give back")

    def _look_after(self, what: str) -> None:
        self.desk.leave_fields()
        if not self.page.locator(CURRENT).count():
            self.page.keyboard.press("j")
        self.desk.press(what, "l", f"{CURRENT} .entry__claim")

    def tell_team(self) -> None:
        self.desk.unfold("#team-text")
        self.desk.leave_fields()
        keys = self.page.keyboard
        keys.press("t")
        keys.insert_text(f"Frage {self.number} an euch beide")
        self.desk.timed("team", "#team", lambda: keys.press("Enter"))

    def hide(self) -> None:
        # New cards come in above: one from the middle stays a while.
        card = self.page.locator("#proposals > li:not(.card--hidden)").nth(12)
        place = f"#{card.get_attribute('id')}"
        form = f"{place} form[data-command=hide]"
        self.write(f"{form} [name=reason]", REASON)
        self.page.locator(f"{form} [name=rule]").select_option(RULE)
        self.desk.submit("hide", "hide", f"{place} .badge--warning", place)

    def silence(self) -> None:
        person = self.page.locator("#people-list > li:not(:has(> .badge))").first
        place = f"#{person.get_attribute('id')}"
        form = f"{place} form[data-command=silence]"
        self.desk.open_person(place)
        self.write(f"{form} [name=reason]", REASON)
        self.page.locator(f"{form} [name=rule]").select_option(RULE)
        self.desk.submit("silence", "silence", f"{place} > .badge", place)


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def moderate(desk: Desk, entries: int, turns: int) -> None:
    """Entries and steering acts, so mixed that both end together."""
    steering = Steering(desk)
    acts, done = turns * steering.kinds, 0
    for number in range(1, entries + 1):
        # The current entry may just be drawn anew: then there is none for a moment.
        if not any(desk.handle_one() for __ in range(5)):
            desk.unanswered.append(f"no entry could be chosen of {desk.entries()}")
            break
        say(handled=number, waiting=desk.entries())
        while done < acts * number // entries:
            steering.do_one()
            done += 1


def main() -> None:
    url, code, session, entries, turns = sys.argv[1:]
    # A moderator's computer is not the crowd's: the browser has what the others leave.
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_FLAGS
        )
        desk = Desk(chromium, cast(LiveCity, Address(url)), "desk", "")
        desk.context.add_cookies([{"name": "session", "value": session, "url": url}])
        desk.visit(f"/d/{code}/desk/")
        waiting = desk.entries()
        try:
            moderate(desk, int(entries), int(turns))
        finally:
            say(
                seconds=desk.seconds,
                unanswered=desk.unanswered,
                waiting=waiting,
                complaints=desk.finish(),
            )
        chromium.close()


if __name__ == "__main__":
    main()
