"""The desk's queue in a real browser: sixty entries, and no hand on the mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import DESK, Visitor

ENTRIES = "#queue-list > [data-entry]"


def handle(page: Page, kind: str, number: int) -> bool:
    """Deal with the current entry by keys alone; whether something was hidden."""
    keys = page.keyboard
    if kind == "queuehelp":
        keys.press("a")
        keys.insert_text("Bitte den Ton am Telefon nutzen.")
        keys.press("Control+Enter")
        return False
    if number % 2:
        # The reason is there already, and can be sent as it is.
        keys.press("a")
        keys.press("Control+Enter")
        return False
    keys.press("h")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.insert_text("Das hält die Regel nicht ein.")
    keys.press("Control+Enter")
    return True


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
    hidden: dict[str, int] = {"queuehelp": 0, "queueproposal": 0, "queuereport": 0}

    page.keyboard.press("j")
    for number in range(60):
        current = page.locator(f"{ENTRIES}[aria-current=true]")
        expect(current).to_have_count(1)
        element = current.get_attribute("id") or ""
        kind = element.partition("-")[0]
        hidden[kind] += handle(page, kind, number)
        expect(page.locator(f"#{element}")).to_have_count(0)

    expect(page.locator(ENTRIES)).to_have_count(0)
    expect(page.locator("#queue .when-empty")).to_be_visible()
    # Held ones appear when they are approved, reported ones go when they are hidden.
    shown = 20 + (20 - hidden["queueproposal"]) - hidden["queuereport"]
    expect(room.locator("#proposals > li")).to_have_count(min(shown, 30))
    assert hidden["queueproposal"] > 0
    assert hidden["queuereport"] > 0
