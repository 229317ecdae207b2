"""A page in a real Chromium and the scripted room it speaks to."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.fake_room import FakeRoom


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
