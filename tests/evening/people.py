"""Whoever looks at a screen during the evening, and what is recorded of it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Response

from portal import demo
from tests.browser.people import PHONE, Visitor
from tests.conftest import LiveCity

HALL = (1280, 720)
LOOK_AT = """selector => {
  const part = document.querySelector(selector);
  window.scrollTo(0, 0);
  if (part && selector !== "#now") part.scrollIntoView({ block: "start" });
}"""


class Guest(Visitor):
    """A person's browser that also notes answers of broken pages."""

    def __init__(
        self,
        browser: Browser,
        city: LiveCity,
        name: str,
        size: tuple[int, int] = PHONE,
        *,
        language: str = "de",
    ) -> None:
        super().__init__(browser, city, size, language=language)
        self.name, self.is_phone, self.language = name, size == PHONE, language
        # A busy machine is slow, and not wrong.
        self.context.set_default_timeout(120_000)
        self.context.on("response", self._answered)

    def _answered(self, answer: Response) -> None:
        if answer.status >= 500:
            self.complaints.append(f"{answer.status} {answer.url}")

    def sign_in(self, email: str) -> "Guest":
        """By the page for it, as people with an account do."""
        self.page.goto("/accounts/login/")
        self.page.locator("#id_login").fill(email)
        self.page.locator("#id_password").fill(demo.PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("#id_password").press("Enter")
        return self

    def come_in(self, code: str, display_name: str) -> "Guest":
        """By the door's form."""
        self.page.goto(f"/d/{code}/join/")
        self.page.locator("#id_name").fill(display_name)
        for box in ("#id_rules_accepted", "#id_privacy_accepted"):
            self.page.locator(box).check()
        with self.page.expect_navigation():
            self.page.locator("#id_name").press("Enter")
        self.wait_until_live()
        return self

    def form(self, command: str, within: str = "") -> Any:
        return self.page.locator(f"{within} form[data-command={command}]").first

    def send(self, command: str, within: str = "", **fields: str) -> None:
        """Fill a form of the page and press its button."""
        form = self.form(command, within)
        for name, value in fields.items():
            form.locator(f"[name={name}]").first.fill(value)
        form.locator("[type=submit]").first.click()


class Recording:
    """Pictures of all screens, numbered in the order in which they were taken."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.number = 0
        self.trouble: list[str] = []

    def path(self, name: str) -> Path:
        return self.directory / name

    def take(
        self,
        what: str,
        people: Sequence[Guest],
        *,
        at: str = "#now",
        whole: bool = False,
    ) -> None:
        """A picture of each one's screen; on a phone, of the part `at` if it has one.

        `whole`: all that can be scrolled to.
        """
        self.number += 1
        for person in people:
            slug = re.sub(r"\W+", "-", f"{what} {person.name}".lower()).strip("-")
            file = self.path(f"{self.number:02d}-{slug}.png")
            try:
                if person.is_phone:
                    person.page.evaluate(LOOK_AT, at)
                person.page.screenshot(
                    path=file, full_page=whole, animations="disabled"
                )
            except Exception as error:
                self.trouble.append(f"no picture {file.name}: {error}"[:200])

    def shot(self, page: Page, what: str) -> None:
        """One page beside those of the screens, all of it."""
        self.number += 1
        slug = what.replace(" ", "-")
        page.screenshot(path=self.path(f"{self.number:02d}-{slug}.png"), full_page=True)

    def keep(self, person: Guest, path: str, name: str) -> bytes:
        """File what an address answers."""
        answer = person.context.request.get(path)
        body = answer.body()
        if not answer.ok:
            self.trouble.append(f"{path} answered {answer.status}")
        self.path(name).write_bytes(body)
        return body
