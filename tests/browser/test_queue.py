"""The desk's queue in a real browser: sixty entries, and no hand on the mouse."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import DESK, Visitor

ENTRIES = "#queue-list > [data-entry]"


def handle(page: Page, kind: str, number: int) -> str:
    """Deal with the current entry by keys alone: what it came to."""
    keys = page.keyboard
    if kind == "queuehelp":
        keys.press("a")
        keys.insert_text("Bitte den Ton am Telefon nutzen.")
        keys.press("Control+Enter")
        return "answered"
    if kind == "queueappeal":
        keys.press("a")
        keys.insert_text("Wir haben noch einmal hingesehen.")
        if number % 2:
            keys.press("Control+Enter")
            return "upheld"
        keys.press("Tab")
        keys.press("Tab")
        keys.press("Enter")
        return "reversed"
    if number % 2:
        # The reason is there already, and can be sent as it is.
        keys.press("a")
        keys.press("Control+Enter")
        return "approved"
    does = "r" if number % 4 else "h"
    keys.press(does)
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.insert_text("Das hält die Regel nicht ein.")
    keys.press("Control+Enter")
    return "sent back" if does == "r" else "hidden"


def test_keys_do_nothing_while_somebody_writes(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    lead = visitor(DESK).enter("moderator")
    page = lead.visit(f"/d/{planted['queue']['code']}/desk/")

    # Entries wait: else no key could choose one.
    expect(page.locator(ENTRIES)).to_have_count(60)
    page.keyboard.press("t")
    expect(page.locator("#team-text")).to_be_focused()
    page.keyboard.type("jahrelang kaum Hilfe")

    expect(page.locator("#team-text")).to_have_value("jahrelang kaum Hilfe")
    expect(page.locator(f"{ENTRIES}[aria-current=true]")).to_have_count(0)


@pytest.mark.timeout(400)
def test_queue_of_sixty_by_keyboard(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["queue"]["code"]
    lead, citizen = visitor(DESK).enter("moderator"), visitor().join(code, "Zuletzt")
    room = citizen.visit(f"/d/{code}/")
    page = lead.visit(f"/d/{code}/desk/")
    expect(page.locator(ENTRIES)).to_have_count(60)
    expect(room.locator("#proposals > li")).to_have_count(20)
    came: Counter[tuple[str, str]] = Counter()

    # On, on, and back: the first one is meant.
    for key in "jjk":
        page.keyboard.press(key)
    first = page.locator(ENTRIES).first
    expect(first).to_have_attribute("aria-current", "true")
    for number in range(60):
        current = page.locator(f"{ENTRIES}[aria-current=true]")
        expect(current).to_have_count(1)
        element = current.get_attribute("id") or ""
        kind = element.partition("-")[0]
        came[kind, handle(page, kind, number)] += 1
        expect(page.locator(f"#{element}")).to_have_count(0)

    expect(page.locator(ENTRIES)).to_have_count(0)
    expect(page.locator("#queue .when-empty")).to_be_visible()
    # Held ones appear when they are approved, reported ones go when they are hidden,
    # and what was taken away comes back when that is reversed.
    shown = 20 + came["queueproposal", "approved"] + came["queueappeal", "reversed"]
    shown -= came["queuereport", "hidden"] + came["queuereport", "sent back"]
    expect(room.locator("#proposals > li")).to_have_count(min(shown, 30))
    expect(room.locator("#questions > li")).to_have_count(
        came["queuequestion", "approved"]
    )
    kinds = Counter(kind for kind, __ in came.elements())
    assert kinds == {
        "queuehelp": 14,
        "queueproposal": 14,
        "queuequestion": 6,
        "queuereport": 20,
        "queueappeal": 6,
    }
    assert {"hidden", "sent back", "upheld", "reversed"} <= {how for __, how in came}


def test_item_and_turn_are_extended_by_keys(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["clocks"]
    lead = visitor(DESK).enter("moderator")
    lead.do(code, "set_speakers", is_open="true", rule="first_come", seconds="90")
    lead.do(code, "enter_speaker", name="Oma Erna")
    page = lead.visit(f"/d/{code}/desk/")
    page.keyboard.press("s")
    floor = page.locator("#speaking [data-clock-until]").first
    expect(floor).to_be_visible()
    before = floor.get_attribute("data-clock-until")

    page.keyboard.press("m")
    expect(floor).not_to_have_attribute("data-clock-until", before or "")

    planned = page.locator("#now")
    before = planned.get_attribute("data-ends")
    page.keyboard.press("e")
    expect(planned).not_to_have_attribute("data-ends", before or "")
