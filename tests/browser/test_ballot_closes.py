"""A ballot closes while its form is open: at once right for everybody, unasked."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_room import FakeRoom, put
from tests.browser.looks import visit

pytestmark = pytest.mark.browser

FORM = (
    '<form data-command="cast_vote" data-once data-vote="1" data-until-closed>'
    '<input type="hidden" name="ballot" value="1">'
    '<label><input type="radio" name="options" value="4" data-list>Yes</label>'
    '<textarea name="reason" aria-label="Why"></textarea><button>Vote</button></form>'
)
COUNTED = (
    "<p>Counted. <span data-until-closed>Can be changed.</span></p>"
    "<p>Receipt <code>ABC</code></p>"
)
KEPT = "() => Object.keys(sessionStorage).filter((key) => key.endsWith(':1'))"


def card(state: str, own: str = "") -> str:
    """As it is broadcast; everybody's own part is empty once it is closed."""
    slot = "" if state == "annulled" else f'<div data-mine="ballot-1">{own}</div>'
    return (
        f'<li id="ballot-1" data-state="{state}" data-place="1">'
        f"<h3>Ballot</h3>{slot}</li>"
    )


@pytest.fixture
def shown(room: FakeRoom, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ballot as the page has it."""
    shown = {"card": card("open", FORM)}
    usual = room.regions

    def regions() -> dict[str, str]:
        html = f'<ol id="ballot-cards">{shown["card"]}</ol>'
        return {**usual(), "ballots": f'<div id="ballots">{html}</div>'}

    monkeypatch.setattr(room, "regions", regions)
    return shown


def close(room: FakeRoom, shown: dict[str, str], state: str = "closed") -> None:
    shown["card"] = card(state)
    room.happen(put("ballot-cards", shown["card"]))


def asked_mine(room: FakeRoom) -> int:
    return sum(said["do"] == "mine" for said in room.sent)


@pytest.mark.parametrize("state", ["closed", "annulled"])
def test_form_of_who_has_not_voted_goes(
    page: Page, room: FakeRoom, shown: dict[str, str], state: str
) -> None:
    visit(page, room)
    ballot = page.locator("#ballot-1")
    ballot.get_by_label("Yes").check()
    ballot.get_by_label("Why").fill("Because")
    page.wait_for_function(f"() => ({KEPT})().length === 1")
    asked = asked_mine(room)

    close(room, shown, state)

    expect(ballot).to_have_attribute("data-state", state)
    expect(ballot.locator("form")).to_have_count(0)
    # Where somebody was writing, reading goes on.
    expect(ballot.locator("h3")).to_be_focused()
    assert page.evaluate(KEPT) == []
    # A thousand screens close it, and none of them asks.
    assert asked_mine(room) == asked


def test_receipt_of_who_has_voted_stays(
    page: Page, room: FakeRoom, shown: dict[str, str]
) -> None:
    shown["card"] = card("open", COUNTED + FORM)
    visit(page, room)

    close(room, shown)

    own = page.locator("#ballot-1 [data-mine]")
    expect(own.locator("form")).to_have_count(0)
    expect(own).to_have_text("Counted. Receipt ABC")


def test_paused_ballot_keeps_its_form(
    page: Page, room: FakeRoom, shown: dict[str, str]
) -> None:
    visit(page, room)
    page.locator("#ballot-1").get_by_label("Yes").check()

    close(room, shown, "paused")

    expect(page.locator("#ballot-1")).to_have_attribute("data-state", "paused")
    expect(page.locator("#ballot-1").get_by_label("Yes")).to_be_checked()
