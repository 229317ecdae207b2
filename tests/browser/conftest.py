"""A page in a real Chromium and what it speaks to: a scripted room, or the city."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.fake_room import FakeRoom
from tests.browser.people import Visitor
from tests.conftest import LiveCity

# A busy machine is slow, and not wrong.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def planted(live_city: LiveCity) -> dict[str, Any]:
    """Dialogues of the city made for these tests; each test uses its own."""
    facts: dict[str, Any] = json.loads(
        live_city.server.run("-m", "tests.browser.planting")
    )
    return facts


@pytest.fixture
def visitor(browser: Browser, live_city: LiveCity) -> Iterator[Callable[..., Visitor]]:
    """Makes people with browsers; fails if anything strange happened in one."""
    people: list[Visitor] = []

    def make(*size: tuple[int, int], **how: Any) -> Visitor:
        people.append(Visitor(browser, live_city, *size, **how))
        return people[-1]

    yield make
    assert [said for person in people for said in person.finish()] == []


@pytest.fixture
def room() -> Iterator[FakeRoom]:
    with FakeRoom() as room:
        yield room


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 900, "height": 700})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; the test fails if the script or the policy complains."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            # Sockets and polls are refused on purpose here and there.
            if said.type in ("error", "warning")
            and "/ws" not in said.text
            and "Failed to load resource" not in said.text
            and "WebSocket connection" not in said.text
            else None
        ),
    )
    yield page
    assert complaints == []
