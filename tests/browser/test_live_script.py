"""static/live.js in a real Chromium, against a scripted room: frames and forms."""

import gzip
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_room import (
    BASE_DIR,
    FakeRoom,
    ballot,
    ballot_form,
    card,
    comment,
    put,
    remove,
    replace,
    thread,
)
from tests.browser.looks import ids, proposals, state, visit, wait_until

pytestmark = pytest.mark.browser


# --- order -----------------------------------------------------------------
def test_page_says_where_it_stands_and_that_it_is_connected(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    assert room.commands("resume") == [{"epoch": "first", "since": 10, "version": 5}]
    assert state(page) == {"seq": 10, "version": 5, "link": "live"}
    expect(page.locator("[data-link-state]")).to_have_text("connected")


def test_same_frame_twice_has_one_effect(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    frame = room.happen(put("proposals", card(7, 7)))
    wait_until(page, seq=11)
    page.locator("#proposal-7 h3").evaluate("title => title.textContent = 'kept'")
    room.send(frame)
    room.count("proposal-7", agrees=4)
    expect(page.locator("#proposal-7 [data-count]")).to_have_text("4")
    expect(page.locator("#proposal-7 h3")).to_have_text("kept")
    assert proposals(page) == ["proposal-7", "proposal-3", "proposal-2", "proposal-1"]


def test_what_is_owed_is_drawn_and_brings_no_seq(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    owed = {"kind": "ops", "epoch": room.epoch, "after": 10, "seq": 10}
    room.send({**owed, "ops": [put("proposals", card(7, 7))]})
    expect(page.locator("#proposal-7")).to_be_visible()
    assert state(page)["seq"] == 10

    # What is missing comes first.
    room.happen(put("proposals", card(8, 8)), is_heard=False)
    room.send({**owed, "after": 11, "seq": 11, "ops": [put("proposals", card(9, 9))]})
    expect(page.locator("#proposal-9")).to_be_visible()
    assert proposals(page)[:3] == ["proposal-9", "proposal-8", "proposal-7"]
    assert state(page)["seq"] == 11


def test_rows_stand_by_place_and_the_list_is_cut(page: Page, room: FakeRoom) -> None:
    rising = '<ol id="ballot-cards" data-order="rising" data-limit="3">'
    visit(page, room)
    rows = "".join(f'<li id="row-{n}" data-place="{n}">{n}</li>' for n in (2, 4))
    room.happen(
        replace("ballots", f'<div id="ballots">{rising}{rows}</ol></div>'),
        put("ballot-cards", '<li id="row-3" data-place="3">3</li>'),
        put("ballot-cards", '<li id="row-1" data-place="1">1</li>'),
        put("proposals", card(9, 2)),
        remove("proposal-3"),
    )
    wait_until(page, seq=11)
    assert ids(page.locator("#ballot-cards")) == ["row-1", "row-2", "row-3"]
    assert proposals(page) == ["proposal-2", "proposal-9", "proposal-1"]


@pytest.mark.parametrize("frames_first", [False, True])
def test_gap_is_noticed_and_filled(
    page: Page, room: FakeRoom, frames_first: bool
) -> None:
    room.frames_first = frames_first
    visit(page, room)
    room.happen(put("proposals", card(7, 7)), is_heard=False)
    room.happen(put("proposals", card(8, 8)))
    wait_until(page, seq=12)
    assert proposals(page)[:2] == ["proposal-8", "proposal-7"]
    assert len(room.commands("resume")) == 2


def test_heartbeat_shows_that_the_last_frames_were_lost(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    room.happen(put("proposals", card(7, 7)), is_heard=False)
    room.numbers["proposal-1"] = (6, {"agrees": 9})
    room.version = 6
    room.send(room.heartbeat())
    wait_until(page, seq=11, version=6)
    expect(page.locator("#proposal-1 [data-count]")).to_have_text("9")


def test_other_epoch_brings_a_snapshot(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    room.epoch, room.seq, room.version = "second", 3, 1
    room.cards = {5: card(5, 5)}
    room.allows = "vote"
    room.send(room.heartbeat())
    wait_until(page, seq=3, version=1)
    assert proposals(page) == ["proposal-5"]
    assert page.locator("#room").get_attribute("data-allows") == "vote"
    room.wait_for(lambda: room.commands("mine"))


def test_numbers_are_not_set_back_by_an_older_drawing(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    room.count("proposal-1", agrees=4)
    room.happen(put("proposals", card(1, 1, "Reworded")))
    expect(page.locator("#proposal-1 h3")).to_have_text("Reworded")
    expect(page.locator("#proposal-1 [data-count]")).to_have_text("4")


def test_what_is_mine_is_not_touched_by_broadcasts(page: Page, room: FakeRoom) -> None:
    own = {"proposal-1": "<em>mine</em>"}
    room.answers["mine"] = lambda _: {"ok": {"may": "vote"}, "mine": own}
    visit(page, room)
    room.send({"kind": "mine"})
    expect(page.locator("#proposal-1 em")).to_have_text("mine")
    room.happen(put("proposals", card(1, 1, "Reworded")))
    expect(page.locator("#proposal-1 h3")).to_have_text("Reworded")
    expect(page.locator("#proposal-1 em")).to_have_text("mine")
    assert page.locator("#room").get_attribute("data-may") == "vote"


# --- never touch what somebody does ----------------------------------------
def test_two_hundred_ops_leave_typing_alone(page: Page, room: FakeRoom) -> None:
    room.threads[2] = thread(2, comment(21, "First"))
    visit(page, room)
    page.locator("#proposal-2 summary").click()
    field = page.locator("#comment-2-text")
    field.type("A thought, half")
    field.evaluate("field => field.setSelectionRange(2, 9)")
    for n in range(200):
        room.happen(
            put("proposals", card(2, 2, f"Title {n}")),
            put("comments-2", comment(100 + n, "More")),
            put("proposals", card(1000 + n, 5 + n)),
        )
    wait_until(page, seq=210)
    expect(page.locator("#proposal-2 h3")).to_have_text("Title 199")
    expect(field).to_be_focused()
    expect(field).to_have_value("A thought, half")
    assert field.evaluate("f => [f.selectionStart, f.selectionEnd]") == [2, 9]
    assert page.locator("#proposal-2 details").evaluate("d => d.open")
    assert page.locator("#comments-2 > li").count() == 201
    assert page.locator("#proposal-2 [data-loaded]").count() == 1
    assert page.locator("#proposals > li").count() == 41  # one more than the limit


def test_half_filled_ballot_survives_snapshot_and_mine(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    page.get_by_label("Option 2").check()
    room.answers["mine"] = lambda _: {"ok": {}, "mine": {"ballot-1": ballot_form(1)}}
    room.epoch = "second"
    room.send(room.heartbeat())
    room.wait_for(lambda: room.commands("mine"))
    room.happen(
        replace(
            "ballots",
            f'<div id="ballots"><ol id="ballot-cards">'
            f"{ballot(1)}{ballot(2)}</ol></div>",
        )
    )
    wait_until(page, seq=11)
    expect(page.locator("#ballot-1").get_by_label("Option 2")).to_be_checked()
    expect(page.locator("#ballot-2").get_by_label("Option 2")).not_to_be_checked()


def test_reading_goes_on_at_the_same_place(page: Page, room: FakeRoom) -> None:
    room.cards = {n: card(n, n) for n in range(1, 31)}
    visit(page, room)
    read = page.locator("#proposal-10")
    read.evaluate("card => window.scrollTo(0, card.offsetTop - 200)")
    before = read.evaluate("card => card.getBoundingClientRect().top")
    for n in range(5):
        room.happen(put("proposals", card(50 + n, 50 + n)))
    wait_until(page, seq=15)
    after = read.evaluate(
        "card => new Promise(done => requestAnimationFrame(() => requestAnimationFrame("
        "() => done(card.getBoundingClientRect().top))))"
    )
    assert abs(after - before) < 1  # browsers round the scroll position


def test_focus_goes_on_nearby_when_its_card_is_removed(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    page.locator("#proposal-2 summary").focus()
    room.happen(remove("proposal-2"))
    expect(page.locator("#proposal-1 h3")).to_be_focused()


# --- forms -----------------------------------------------------------------
def test_form_is_sent_as_command_and_emptied(page: Page, room: FakeRoom) -> None:
    room.answers["submit_proposal"] = lambda _: {"ok": {"message": "Published."}}
    visit(page, room)
    page.fill("#p-title", "Benches")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#notices p")).to_have_text("Published.")
    expect(page.locator("#p-title")).to_have_value("")
    assert room.commands("submit_proposal") == [{"title": "Benches", "kind": "idea"}]
    page.locator("#notices").get_by_role("button", name="Close").click()
    expect(page.locator("#notices p")).to_have_count(0)


def test_refusal_stands_at_the_field_and_everything_typed_stays(
    page: Page, room: FakeRoom
) -> None:
    refused = {"code": "input.invalid", "message": "Too long.", "field": "title"}
    room.answers["submit_proposal"] = lambda _: {"refused": refused}
    visit(page, room)
    page.fill("#p-title", "Benches")
    page.fill("#p-text", "Many")
    page.get_by_role("button", name="Publish").click()
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("Too long.")
    field = page.locator("#p-title")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    described = field.get_attribute("aria-describedby") or ""
    assert alert.get_attribute("id") in described.split()
    expect(field).to_have_value("Benches")
    expect(page.locator("#p-text")).to_have_value("Many")
    room.answers.clear()
    page.get_by_role("button", name="Publish").click()
    expect(alert).to_have_count(0)
    assert field.get_attribute("aria-invalid") is None


def test_no_double_submit_while_waiting(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    room.is_mute = True
    page.fill("#q-text", "Why?")
    for _ in range(3):
        page.get_by_role("button", name="Ask").click()
    expect(page.locator("#ask-form")).to_have_attribute("aria-busy", "true")
    room.count("proposal-1", agrees=1)
    expect(page.locator("#proposal-1 [data-count]")).to_have_text("1")
    assert room.commands("ask_question") == [{"text": "Why?"}]


def test_confirm_asks_first(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    page.locator("#close-form button").click()
    dialog = page.get_by_role("dialog", name="Close it for good?")
    dialog.get_by_role("button", name="No").click()
    expect(dialog).to_have_count(0)
    assert room.commands("close_dialogue") == []
    page.locator("#close-form button").click()
    dialog.get_by_role("button", name="Yes").click()
    room.wait_for(lambda: room.commands("close_dialogue") == [{}])


def test_counters_say_what_is_left(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    counter = page.locator("#propose .counter")
    expect(counter).to_have_text("40 characters left")
    page.locator("#p-title").type("x" * 39)
    expect(counter).to_have_text("1 character left")
    expect(counter).to_have_attribute("data-state", "near")
    for n in (1, 2, 3):
        page.get_by_label(f"Option {n}").check()
    expect(page.locator("#ballot-1 .counter")).to_have_text("1 choice too many")


def test_draft_comes_back_after_reload_and_goes_when_sent(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    page.locator("#p-title").type("Half a pro")
    room.wait_for(lambda: room.commands("save_draft") == [{"title": "Half a pro"}])
    visit(page, room)
    expect(page.locator("#p-title")).to_have_value("Half a pro")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#p-title")).to_have_value("")
    visit(page, room)
    expect(page.locator("#p-title")).to_have_value("")


# --- signs -----------------------------------------------------------------
def test_announcements_are_gathered(page: Page, room: FakeRoom) -> None:
    page.clock.install()
    visit(page, room)
    for n in range(7, 12):
        room.happen(put("proposals", card(n, n)))
    wait_until(page, seq=15)
    announcer = page.locator("#announcer")
    page.clock.run_for(300)
    expect(announcer).to_have_text("New: 7 New: 8 New: 9 And 2 more.")
    room.happen(put("proposals", card(20, 20)))
    room.happen(put("proposals", card(20, 20, "Reworded")))
    wait_until(page, seq=17)
    page.clock.run_for(4_000)
    expect(announcer).to_have_text("New: 7 New: 8 New: 9 And 2 more.")
    page.clock.run_for(1_000)
    expect(announcer).to_have_text("New: 20")


def test_clock_goes_by_the_servers_time(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    beat = room.heartbeat(ahead=3_600_000)
    room.send(beat)
    room.ends = str(beat["now"] + 90_500)
    room.happen(replace("now", room.regions()["now"]))
    clock = page.locator("[data-clock]")
    expect(clock).to_have_text("1:29")
    expect(page.locator("[data-clock-over]")).to_be_hidden()
    room.ends = str(beat["now"] - 61_000)
    room.happen(replace("now", room.regions()["now"]))
    # By how much it runs over is for the moderation alone.
    expect(page.locator("[data-clock]")).to_have_text("0:00")
    expect(page.locator(".clock")).to_have_attribute("data-state", "soon")
    page.evaluate("() => { document.getElementById('room').dataset.screen = 'desk' }")
    expect(page.locator(".clock")).to_have_attribute("data-state", "over")
    expect(page.locator("[data-clock-over]")).to_be_visible()


def test_next_statement_gets_the_focus(page: Page, room: FakeRoom) -> None:
    def statement(pk: int) -> str:
        return (
            f'<h3>Statement {pk}</h3><form data-command="take_stance">'
            f'<input type="hidden" name="proposal" value="{pk}">'
            '<button name="value" value="agree">Agree</button></form>'
        )

    room.answers["mine"] = lambda _: {"ok": {}, "mine": {"statement": statement(1)}}
    room.answers["take_stance"] = lambda _: {
        "ok": {},
        "mine": {"statement": statement(2)},
    }
    visit(page, room)
    room.send({"kind": "mine"})
    page.get_by_role("button", name="Agree").click()
    heading = page.get_by_role("heading", name="Statement 2")
    expect(heading).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    room.wait_for(lambda: len(room.commands("take_stance")) == 2)
    assert [said["proposal"] for said in room.commands("take_stance")] == ["1", "2"]


# --- threads ---------------------------------------------------------------
def test_reply_form_stands_below_the_comment_and_stays_there(
    page: Page, room: FakeRoom
) -> None:
    room.threads[2] = thread(2, comment(21, "Ada"), comment(22, "Ben"))
    visit(page, room)
    page.locator("#proposal-2 summary").click()
    page.get_by_role("button", name="Reply to Ada").click()
    field = page.locator("#comment-2-text")
    expect(field).to_be_focused()
    field.type("I agree")
    room.happen(put("comments-2", comment(21, "Ada")))
    room.happen(put("proposals", card(2, 2, "Reworded")))
    room.epoch = "second"
    room.send(room.heartbeat())
    room.wait_for(lambda: room.commands("mine"))
    assert page.locator("#proposal-2 [data-loaded]").count() == 1
    expect(page.locator("#comment-21 .reply-to")).to_contain_text("Reply to Ada")
    expect(page.locator("form[data-command=add_comment]")).to_have_count(1)
    expect(field).to_be_focused()
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comment-21 form")).to_have_count(0)
    expect(field).to_have_value("")
    expected = {"proposal": "2", "parent": "21", "text": "I agree"}
    assert room.commands("add_comment") == [expected]


def test_reply_form_goes_home_when_its_comment_is_removed(
    page: Page, room: FakeRoom
) -> None:
    room.threads[2] = thread(2, comment(21, "Ada"))
    visit(page, room)
    page.locator("#proposal-2 summary").click()
    page.get_by_role("button", name="Reply to Ada").click()
    page.locator("#comment-2-text").type("I agree")
    room.happen(remove("comment-21"))
    expect(page.locator("#comment-21")).to_have_count(0)
    expect(page.locator("#comment-2-text")).to_have_value("I agree")
    assert page.locator("[name=parent]").input_value() == ""


def test_thread_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    summary = page.locator("#proposal-2 summary")
    summary.click()
    expect(page.get_by_role("alert")).to_have_text("Could not be loaded.")
    room.threads[2] = thread(2, comment(21, "Ada"))
    summary.click()
    summary.click()
    expect(page.locator("#comment-21")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


# --- keys, map, weight -----------------------------------------------------
def test_keys_press_buttons_but_never_while_typing(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    page.keyboard.press("n")
    room.wait_for(lambda: room.commands("go_on") == [{}])
    page.locator("#q-text").press("n")
    expect(page.locator("#q-text")).to_have_value("n")
    page.locator("#q-text").blur()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog.locator("dt")).to_have_text(["c", "n"])
    dialog.get_by_label("Use keys").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(dialog).to_have_count(0)
    assert room.commands("go_on") == [{}]


def test_map_is_usable_by_click_and_by_keys(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    plane = page.locator("[data-map-plane]")
    box = plane.bounding_box()
    assert box is not None
    plane.click(position={"x": box["width"] * 0.55, "y": box["height"] * 0.9})
    said = page.locator("[data-map-said]")
    expect(said).to_have_text("Hörde")
    page.fill("#place-y", "600")
    expect(said).to_have_text("Innenstadt-Ost")
    across = int(page.locator("#place-x").input_value())
    plane.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    assert page.locator("#place-x").input_value() == str(across - 10)
    assert page.locator("#place-y").input_value() == "550"
    page.locator("[data-map-clear]").click()
    expect(page.locator("#place-x")).to_have_value("")
    expect(page.locator("[data-map-pin]")).to_have_attribute("visibility", "hidden")


def test_script_is_small() -> None:
    """What a room loads; the desk adds keys, queue and folds, the projector its fit, a
    proposal its map, a conference its own, the first ballot that can be voted in the
    script of its form."""
    static = BASE_DIR / "static"
    files = [static / "live.js", *(static / "live").glob("*.js")]
    weight = sum(
        len(gzip.compress(file.read_bytes()))
        for file in files
        if file.stem not in ("conference", "fit", "keys", "queue", "stow", "voting")
    )
    assert weight <= 18 * 1024
    voting = gzip.compress((static / "live" / "voting.js").read_bytes())
    assert len(voting) <= 4 * 1024


def test_projector_has_a_rule_for_every_size_that_it_tries() -> None:
    script = (BASE_DIR / "static" / "live" / "fit.js").read_text()
    rules = (BASE_DIR / "static" / "app.css").read_text()
    (sizes,) = re.findall(r"const SIZES = (\d+);", script)

    found = re.findall(r'\[data-fit="(\d+)"\] \{ --fit: ([\d.]+); \}', rules)

    assert [int(size) for size, __ in found] == list(range(1, int(sizes) + 1))
    scales = [float(scale) for __, scale in found]
    assert scales == sorted(scales, reverse=True)
