"""What lies in the closed folds of the desk is not in the page, and is never lost."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fake_room import FakeRoom, put, remove
from tests.browser.looks import visit

pytestmark = pytest.mark.browser


def hide_form(pk: int, about: int, wording: str = "aa") -> str:
    return (
        '<form data-command="hide">'
        f'<input type="hidden" name="wording" value="{wording}">'
        f'<input type="hidden" name="pk" value="{about}">'
        f'<label for="why-{pk}">Why {about}</label><input id="why-{pk}" name="reason">'
        f'<label for="rule-{pk}">Rule</label><select id="rule-{pk}" name="rule">'
        '<option value="insult">Insult</option><option value="spam">Spam</option>'
        f'</select><span data-count="entry-{pk}.reports">0</span>'
        "<button>Hide</button></form>"
    )


def entry(
    pk: int,
    text: str = "",
    *,
    about: int = 0,
    open_: str = "",
    wording: str = "aa",
) -> str:
    """An entry of the queue with a fold, and a fold in it."""
    return (
        f'<li id="queue-{pk}" data-entry data-place="{pk}"><p>Entry {pk} {text}</p>'
        f'<details data-keep="hide" {open_}><summary data-key="h">Hide</summary>'
        f"{hide_form(pk, about or pk, wording)}"
        '<details data-keep="more"><summary>Silence, too</summary>'
        '<form data-command="silence"><input name="minutes" aria-label="Minutes">'
        "</form></details></details></li>"
    )


@pytest.fixture
def queue(room: FakeRoom, monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """The entries of the desk's queue, one after the other."""
    entries = {1: entry(1), 2: entry(2)}
    usual = room.regions

    def regions() -> dict[str, str]:
        rows = "".join(entries.values())
        html = f'<div id="ballots"><ol id="queue-list" data-order="rising">{rows}</ol>'
        return {**usual(), "ballots": f"{html}</div>"}

    monkeypatch.setattr(room, "regions", regions)
    return entries


def stowed(page: Page) -> Locator:
    return page.locator("#queue-list [data-stowed]")


def test_closed_folds_hold_no_form(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    queue[3] = entry(3, open_="open")
    visit(page, room)

    # The outer folds of the closed ones, the inner one of the open one.
    expect(stowed(page)).to_have_count(3)
    expect(page.locator("#queue-list form")).to_have_count(1)
    expect(page.locator("#queue-3 [name=reason]")).to_be_visible()


def test_form_is_there_by_click_and_by_key(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    visit(page, room)
    expect(stowed(page)).to_have_count(2)

    page.locator("#queue-2 summary").first.click()
    expect(page.locator("#queue-2 [name=reason]")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("h")
    page.keyboard.insert_text("Off topic")
    expect(page.locator("#queue-1 [name=reason]")).to_be_focused()
    page.locator("#queue-1").get_by_role("button", name="Hide").click()

    room.wait_for(lambda: room.commands("hide"))
    assert room.commands("hide") == [
        {"wording": "aa", "pk": "1", "reason": "Off topic", "rule": "insult"}
    ]


def test_inner_fold_is_there_when_opened(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    visit(page, room)
    page.locator("#queue-1 summary").first.click()
    room.happen(put("queue-list", entry(7)))
    inner = page.locator("#queue-1 details[data-keep=more]")
    expect(inner).to_have_attribute("data-stowed", "")
    expect(inner.locator("form")).to_have_count(0)

    inner.get_by_text("Silence, too").click()
    expect(inner.get_by_label("Minutes")).to_be_visible()


def test_live_change_reaches_what_is_stowed(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    visit(page, room)
    expect(stowed(page)).to_have_count(2)

    room.happen(put("queue-list", entry(1, "new", about=8)))
    room.count("entry-1", reports=4)
    expect(page.locator("#queue-1 p")).to_have_text("Entry 1 new")
    expect(stowed(page)).to_have_count(2)

    page.locator("#queue-1 summary").first.click()
    expect(page.get_by_label("Why 8")).to_be_visible()
    expect(page.locator("#queue-1 [data-count]")).to_have_text("4")


def test_what_is_being_written_is_neither_stowed_nor_changed(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    visit(page, room)
    summary = page.locator("#queue-1 summary").first
    summary.click()
    reason = page.locator("#queue-1 [name=reason]")
    reason.fill("Half a sent")
    summary.click()
    expect(reason).to_be_hidden()

    room.happen(put("queue-list", entry(1, "new", about=8)))
    expect(page.locator("#queue-1 p")).to_have_text("Entry 1 new")
    expect(page.locator("#queue-2 > [data-stowed]")).to_have_count(1)
    expect(page.locator("#queue-1 > [data-stowed]")).to_have_count(0)
    summary.click()
    expect(reason).to_have_value("Half a sent")


def test_wording_that_changes_is_read_again(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    """A form decides on what stands on the screen; a typed reason stays in it."""
    sent: list[str] = []

    def hide(facts: dict[str, Any]) -> dict[str, Any]:
        sent.append(facts["wording"])
        if facts["wording"] == "bb":
            return {"ok": {}, "mine": {}}
        told = {"code": "decision.reworded_meanwhile", "message": "Read again"}
        return {"refused": told}

    room.answers["hide"] = hide
    visit(page, room)
    for pk in (1, 2):
        page.locator(f"#queue-{pk} summary").first.click()
    page.locator("#queue-1 [name=reason]").fill("Off topic")
    page.locator("#queue-2 summary").first.focus()
    for pk in (1, 2):
        room.happen(put("queue-list", entry(pk, "new", wording="bb", open_="open")))
        expect(page.locator(f"#queue-{pk} p")).to_have_text(f"Entry {pk} new")

    # Nothing was typed here: what is on the screen is what is decided on.
    page.locator("#queue-2").get_by_role("button", name="Hide").click()
    expect(page.locator("#queue-2 [aria-busy=true]")).to_have_count(0)
    page.locator("#queue-1").get_by_role("button", name="Hide").click()
    expect(page.locator("#queue-1").get_by_role("alert")).to_have_text("Read again")
    expect(page.locator("#queue-1 [name=reason]")).to_have_value("Off topic")
    page.locator("#queue-1").get_by_role("button", name="Hide").click()
    expect(page.locator("#queue-1").get_by_role("alert")).to_have_count(0)
    expect(page.locator("#queue-1 [aria-busy=true]")).to_have_count(0)

    assert sent == ["bb", "aa", "bb"]


def test_chosen_rule_survives_its_stowing(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    visit(page, room)
    summary = page.locator("#queue-1 summary").first
    summary.click()
    page.locator("#queue-1 select").select_option("spam")
    summary.click()

    # Any change: closed folds without text go out of the page.
    room.happen(put("queue-list", entry(7)))
    expect(stowed(page)).to_have_count(3)
    room.happen(put("queue-list", entry(1, "new")))
    expect(page.locator("#queue-1 p")).to_have_text("Entry 1 new")
    summary.click()
    expect(page.locator("#queue-1 select")).to_have_value("spam")


def test_entry_that_goes_takes_its_forms_along(
    page: Page, room: FakeRoom, queue: dict[int, str]
) -> None:
    visit(page, room)
    expect(stowed(page)).to_have_count(2)

    room.happen(remove("queue-1"))
    expect(page.locator("#queue-list > li")).to_have_count(1)
    expect(page.locator("#queue-list template")).to_have_count(1)
