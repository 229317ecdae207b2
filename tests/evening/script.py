"""Two moderators' evening: from agenda item to agenda item, and the queue meanwhile."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from playwright.sync_api import Browser

from tests.conftest import LiveCity
from tests.evening.crowd import Crowd
from tests.evening.desk import Desk
from tests.evening.people import HALL, Guest, Recording

# Entries that one of the moderators handles before looking up again.
BATCH = 6


class Script(ABC):
    """`facts`: what tests.evening.planting made."""

    def __init__(
        self,
        browser: Browser,
        city: LiveCity,
        crowd: Crowd,
        recording: Recording,
        facts: dict[str, Any],
        speed: int,
    ) -> None:
        self.browser, self.city = browser, city
        self.code: str = facts["code"]
        self.facts, self.speed = facts, speed
        self.crowd, self.recording = crowd, recording
        self.jonas = Desk(browser, city, "desk-jonas", "Moderation: Jonas Weber")
        self.anna = Desk(browser, city, "desk-anna", "Moderation: Anna Beier")
        self.hall = Guest(browser, city, "projector", HALL)
        self.phone = Guest(browser, city, "citizen")
        self.author = Guest(browser, city, "author")
        self.desks = [self.jonas, self.anna]
        self.everybody: list[Guest] = [*self.desks, self.hall, self.phone, self.author]
        self.chair = self.jonas
        self.turn = 0
        self.handled = 0
        self.most_waiting = 0
        self.receipts: dict[str, list[str]] = {}
        self.trouble: list[str] = []
        # What went wrong in the browsers, once they are closed.
        self.said: dict[str, list[str]] = {}

    def run(self) -> None:
        """From before the doors open to the frozen minutes."""
        self.step("before", self.before)
        scenes = self.scenes()
        for scene, (title, minutes) in zip(scenes, self.facts["agenda"], strict=True):
            ends = time.monotonic() + minutes * 60 / self.speed
            self.step(f"going on to {title}", partial(self.press_next, title))
            self.step(title, scene)
            while time.monotonic() < ends:
                self.step("queue", self.tend)
                time.sleep(0.2)
            self.recording.take(title, self.everybody)
            print(
                f"{title}: {self.handled} entries handled so far, "
                f"at most {self.most_waiting} waited",
                flush=True,
            )
        self.step("closing", self.close)
        self.step("afterwards", self.afterwards)

    @abstractmethod
    def before(self) -> None:
        """What is done before the first agenda item."""

    @abstractmethod
    def scenes(self) -> Sequence[Callable[[], None]]:
        """One for each agenda item."""

    @abstractmethod
    def close(self) -> None:
        """How the dialogue ends."""

    @abstractmethod
    def afterwards(self) -> None:
        """What is looked at when all have gone home."""

    def open_doors(self) -> None:
        """The two moderators come in, and then everybody."""
        self.jonas.enter("moderator")
        self.anna.sign_in(self.facts["second"])
        self.hall.enter("projector").visit(f"/d/{self.code}/projector/")
        for desk in self.desks:
            desk.visit(f"/d/{self.code}/desk/")
            desk.form("state_conflict").locator("[value=none]").check()
            desk.submit(
                "conflict of interest", "state_conflict", "[data-mine=qualified]"
            )
        self.recording.take("before the doors open", self.desks)
        self.jonas.submit("open the doors", "open_lobby", "#now-state")
        self.jonas.submit("take the chair", "take_chair", "#chair > p")
        self.crowd.come()
        self.phone.come_in(self.code, "Ayşe am Telefon")
        self.author.come_in(self.code, "Frau Sommer")

    def wait_for_all(self) -> None:
        people = len(self.crowd.kinds)
        self.tend_until(lambda: self.crowd.inside >= people, 120)
        self.recording.take("lobby", self.everybody)

    def step(self, what: str, act: Callable[[], Any]) -> None:
        """What goes wrong in one scene does not end the evening: it is reported."""
        try:
            act()
        except Exception as error:
            self.trouble.append(f"{what}: {type(error).__name__}: {str(error)[:900]}")
            print(self.trouble[-1], flush=True)
            self.recording.take(f"trouble {what}", self.desks)

    def press_next(self, title: str) -> None:
        self.chair.press("next step", "n", "#now-title")
        for guest in self.everybody:
            if guest.language != "de":
                continue
            heading = guest.page.locator("#now-title")
            heading.filter(has_text=title).wait_for()

    # --- the queue -----------------------------------------------------------------
    def tend(self) -> None:
        """The two handle what waits, in turns, each a few entries."""
        self.turn += 1
        self.handle(self.desks[self.turn % 2])

    def handle(self, desk: Desk) -> None:
        self.most_waiting = max(self.most_waiting, desk.entries())
        for __ in range(BATCH):
            if not desk.entries() or not desk.handle_one():
                return
            self.handled += 1

    def tend_until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Go on with the queue until something has happened."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if is_so():
                return True
            self.tend()
            time.sleep(0.2)
        return is_so()
