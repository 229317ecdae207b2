"""The script of the ballots, with a scripted room: turns, order, what is kept."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_room import Facts, FakeRoom, put
from tests.browser.looks import visit

pytestmark = pytest.mark.browser

KEYS = "() => Object.keys(sessionStorage).sort()"
TURNS = "cards => cards.map((card) => card.dataset.turn ?? null)"
TITLES = "rows => rows.map((row) => row.textContent)"


def ballot(pk: int, state: str = "open") -> str:
    """A ballot with eight free options and a fixed one, as it is broadcast."""
    picks = "".join(
        f'<label data-option="{pk}{n}"><input type="checkbox" name="options" '
        f'value="{pk}{n}" data-list>Option {n}</label>'
        for n in range(8)
    )
    return (
        f'<li id="ballot-{pk}" data-state="{state}" data-place="{pk}">'
        f'<h3>Ballot {pk}</h3><div data-mine="ballot-{pk}">'
        f'<form data-command="cast_vote" data-once data-vote="{pk}">'
        f'<input type="hidden" name="ballot" value="{pk}"><div data-mixed>{picks}'
        '<label><input type="checkbox" name="options" value="9" data-list>None</label>'
        "</div><button>Vote</button></form></div></li>"
    )


@pytest.fixture
def cards(room: FakeRoom, monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Three open ballots in the room."""
    cards = {pk: ballot(pk) for pk in (3, 2, 1)}
    usual = room.regions

    def regions() -> dict[str, str]:
        html = f'<ol id="ballot-cards">{"".join(cards.values())}</ol>'
        return {**usual(), "ballots": f'<div id="ballots">{html}</div>'}

    monkeypatch.setattr(room, "regions", regions)
    return cards


def change(room: FakeRoom, cards: dict[int, str], **states: str) -> None:
    ops: list[Facts] = []
    for name, state in states.items():
        pk = int(name.removeprefix("b"))
        cards[pk] = ballot(pk, state)
        ops.append(put("ballot-cards", cards[pk]))
    room.happen(*ops)


def come(page: Page, room: FakeRoom) -> None:
    visit(page, room)
    page.locator(".turns").wait_for(state="attached")


def test_one_ballot_after_the_other(
    page: Page, room: FakeRoom, cards: dict[int, str]
) -> None:
    come(page, room)
    rows, bar = page.locator("#ballot-cards > li"), page.locator(".turns")
    assert rows.evaluate_all(TURNS) == ["now", "later", "later"]
    bar.locator("button").last.click()
    assert rows.evaluate_all(TURNS) == ["later", "now", "later"]
    expect(page.locator("#ballot-2 h3")).to_be_focused()
    page.locator("#ballot-2").get_by_label("Option 3").check()
    page.locator("#ballot-2 form button").click()
    expect(page.locator("#ballot-2")).to_contain_text("Receipt")
    change(room, cards, b2="paused")
    expect(page.locator("#ballot-2")).to_have_attribute("data-state", "paused")
    assert rows.evaluate_all(TURNS) == ["later", "now", "later"]
    change(room, cards, b1="closed", b3="closed")
    expect(bar).to_have_count(0)
    assert rows.evaluate_all(TURNS) == [None] * 3


def test_order_is_mixed_and_stays(
    page: Page, room: FakeRoom, cards: dict[int, str]
) -> None:
    come(page, room)
    lists = [page.locator(f"#ballot-{pk} label") for pk in (1, 2, 3)]
    orders = [rows.evaluate_all(TITLES) for rows in lists]
    assert {order[-1] for order in orders} == {"None"}
    assert len({tuple(order) for order in orders}) > 1
    change(room, cards, b1="paused", b2="paused")
    room.epoch = "second"
    room.send(room.heartbeat())
    room.wait_for(lambda: room.commands("mine"))
    assert [rows.evaluate_all(TITLES) for rows in lists] == orders
    come(page, room)
    assert [rows.evaluate_all(TITLES) for rows in lists] == orders


def test_kept_in_this_tab_until_cast_or_closed(
    page: Page, room: FakeRoom, cards: dict[int, str]
) -> None:
    come(page, room)
    for pk in (1, 2):
        page.locator(f"#ballot-{pk}").get_by_label("Option 5").check()
    seed, one, two = "vote:TEST:seed", "vote:TEST:1", "vote:TEST:2"
    assert page.evaluate(KEYS) == [one, two, seed]
    come(page, room)
    for pk in (1, 2):
        box = page.locator(f"#ballot-{pk}").get_by_label("Option 5")
        expect(box).to_be_checked()
    assert room.commands("cast_vote") == []
    page.locator("#ballot-1 form button").click()
    expect(page.locator("#ballot-1")).to_contain_text("Receipt")
    assert page.evaluate(KEYS) == [two, seed]
    # Closed by the moderation before it was cast: nothing stays behind.
    room.happen({"target": "ballot-2", "swap": "remove"})
    expect(page.locator("#ballot-2")).to_have_count(0)
    assert page.evaluate(KEYS) == [seed]
