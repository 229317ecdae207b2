"""static/live.js in a real Chromium: cuts, silence, polling, and what is sent again."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.fake_room import FakeRoom, card, put
from tests.browser.looks import state, visit, wait_until

pytestmark = pytest.mark.browser


def test_comes_back_and_catches_up(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    room.cut()
    room.happen(put("proposals", card(7, 7)), is_heard=False)
    wait_until(page, seq=11, link="live")
    assert room.commands("resume")[-1]["since"] == 10
    room.wait_for(lambda: room.commands("mine"))


def test_pauses_grow_and_are_random(context: BrowserContext, room: FakeRoom) -> None:
    room.refuses_sockets = True
    pauses = []
    for _ in range(2):
        room.attempts.clear()
        page = context.new_page()
        page.goto(room.url)
        room.wait_for(lambda: len(room.attempts) == 4)
        page.close()
        at = room.attempts
        pauses.append([later - at[n] for n, later in enumerate(at[1:4])])
    for one in pauses:
        for pause, longest in zip(one, (1, 2, 4), strict=True):
            assert longest / 2 <= pause < longest + 0.6
    assert pauses[0] != pauses[1]


def test_blocked_socket_polls_and_posts(page: Page, room: FakeRoom) -> None:
    room.refuses_sockets = True
    page.goto(room.url)
    wait_until(page, link="delayed")
    room.wait_for(lambda: room.polls)
    expect(page.locator("[data-link-state]")).to_have_text("delayed")
    room.happen(put("proposals", card(7, 7)))
    wait_until(page, seq=11)
    assert room.polls[0] == {
        "screen": "room",
        "lang": "en",
        "epoch": "first",
        "since": "10",
        "version": "5",
    }
    page.get_by_label("Option 1").check()
    page.get_by_label("Option 3").check()
    page.get_by_role("button", name="Vote").click()
    expect(page.locator("#ballot-1 p")).to_have_text("Receipt R0")
    posted = room.posted[-1]["with"]
    assert posted.pop("request_key") in room.votes
    assert posted == {"ballot": "1", "options": ["1", "3"], "screen": "room"}
    room.refuses_sockets = False
    wait_until(page, link="live")


def test_says_so_when_nothing_works(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    room.refuses_sockets = room.refuses_polls = True
    room.cut()
    wait_until(page, link="cut")
    expect(page.locator("[data-link-state]")).to_have_text("not connected")


def test_silence_shows_as_delay_and_ends_the_socket(page: Page, room: FakeRoom) -> None:
    page.clock.install()
    visit(page, room)
    page.clock.run_for(19_000)
    assert state(page)["link"] == "live"
    page.clock.run_for(3_000)
    assert state(page)["link"] == "delayed"
    page.clock.run_for(16_000)
    room.wait_for(lambda: len(room.attempts) == 2)


def test_vote_is_repeated_with_its_key_and_counts_once(
    page: Page, room: FakeRoom
) -> None:
    visit(page, room)
    page.get_by_label("Option 1").check()
    room.is_mute = True
    page.get_by_role("button", name="Vote").click()
    room.wait_for(lambda: room.commands("cast_vote"))
    room.answer("cast_vote", room.commands("cast_vote")[0])  # the answer gets lost
    room.is_mute = False
    room.cut()
    expect(page.locator("#ballot-1 p")).to_have_text("Receipt R0")
    first, second = room.commands("cast_vote")
    assert first == second
    assert len(room.votes) == 1


def test_other_commands_are_handed_back_after_a_cut(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    room.is_mute = True
    page.fill("#q-text", "Why?")
    page.get_by_role("button", name="Ask").click()
    room.wait_for(lambda: room.commands("ask_question"))
    room.is_mute = False
    room.cut()
    expect(page.get_by_role("alert")).to_have_text("Not sent. Please send again.")
    expect(page.locator("#q-text")).to_have_value("Why?")
    wait_until(page, link="live")
    assert len(room.commands("ask_question")) == 1


@pytest.mark.parametrize("way", ["frame", "close"])
def test_bye_ends_it_and_says_why(page: Page, room: FakeRoom, way: str) -> None:
    visit(page, room)
    if way == "frame":
        room.send({"kind": "bye", "code": 4401})
    else:
        for connection in tuple(room.connections):
            connection.close(4401)
    wait_until(page, link="cut")
    expect(page.locator("#notices p")).to_have_text("You are signed out.")
    page.clock.install()
    page.clock.run_for(60_000)
    assert len(room.attempts) == 1
    assert room.polls == []


def test_returning_to_the_page_checks_at_once(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    room.happen(put("proposals", card(7, 7)), is_heard=False)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(page, seq=11)


def test_crowded_out_command_is_sent_again(page: Page, room: FakeRoom) -> None:
    crowded = {"code": "busy", "message": "Too many.", "retry_after": 1}
    room.answers["ask_question"] = lambda _: (
        {"refused": crowded}
        if len(room.commands("ask_question")) == 1
        else {"ok": {"message": "Asked."}}
    )
    visit(page, room)
    page.fill("#q-text", "Why?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#ask-form [role=status]")).to_have_text("Many are sending.")
    expect(page.locator("#notices p")).to_have_text("Asked.")
    assert room.commands("ask_question") == [{"text": "Why?"}] * 2
