"""What tests ask of a page of the room."""

from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.fake_room import FakeRoom


def state(page: Page) -> dict[str, Any]:
    facts: dict[str, Any] = page.evaluate("window.mitwirken.state()")
    return facts


def wait_until(page: Page, **facts: Any) -> None:
    page.wait_for_function(
        """facts => window.mitwirken && Object.entries(facts).every(
            ([name, value]) => window.mitwirken.state()[name] === value)""",
        arg=facts,
    )


def visit(page: Page, room: FakeRoom) -> None:
    page.goto(room.url)
    wait_until(page, link="live")


def ids(list_: Locator) -> list[str]:
    return list_.evaluate("list => [...list.children].map(row => row.id)")


def proposals(page: Page) -> list[str]:
    return ids(page.locator("#proposals"))
