"""The desk's script, with a scripted room: what is not mine, and what time changes."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_room import FakeRoom, put, remove, replace
from tests.browser.looks import visit

pytestmark = pytest.mark.browser

ME, OTHER = 12, 15


def entry(pk: int, *, not_for: str = "", acts: str = "") -> str:
    kept = f' data-not-for="{not_for}"' if not_for else ""
    return (
        f'<li id="queueappeal-{pk}" data-entry data-place="{pk}"{kept}>'
        f"<p>Appeal {pk} <span data-age={milliseconds() - 250_000}></span></p>"
        f"{acts}</li>"
    )


def milliseconds() -> int:
    return int(time.time() * 1000)


def gauge(
    *, waits: int = 1, waited: float = 10, arrivals: tuple[tuple[float, int], ...] = ()
) -> str:
    """As the server draws it; all times are seconds ago."""
    now = time.time()
    oldest = int((now - waited) * 1000) if waits else ""
    came = " ".join(f"{int(now - ago)}:{number}" for ago, number in arrivals)
    return (
        f'<p id="load" class="load load--busy" data-level="busy" data-waits="{waits}"'
        f' data-oldest="{oldest}" data-arrivals="{came}" data-over="300"'
        ' data-readable="6" data-late="180">'
        '<strong data-is="calm" hidden>Calm</strong>'
        '<strong data-is="busy">Busy</strong>'
        '<strong data-is="high" hidden>High</strong>'
        ' <span data-rate data-one="{n} a minute" data-other="{n} in a minute">?</span>'
        "</p>"
    )


@pytest.fixture
def desk(room: FakeRoom, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the desk shows: the gauge and the queue."""
    shown = {"load": gauge(), "entries": ""}
    usual, page = room.regions, room.page

    def regions() -> dict[str, str]:
        queue = (
            f'<ol id="queue-list" data-order="rising">{shown["entries"]}</ol>'
            '<p class="when-empty">Nothing.</p>'
        )
        html = f'<div id="ballots">{shown["load"]}{queue}</div>'
        return {**usual(), "ballots": html}

    monkeypatch.setattr(room, "regions", regions)
    monkeypatch.setattr(
        room, "page", lambda: page().replace('id="room"', f'id="room" data-me="{ME}"')
    )
    return shown


def asked_mine(room: FakeRoom) -> int:
    return sum(said["do"] == "mine" for said in room.sent)


def test_keys_pass_over_what_others_decide(
    page: Page, room: FakeRoom, desk: dict[str, str]
) -> None:
    desk["entries"] = (
        entry(1) + entry(2, not_for=f"{OTHER} {ME}") + entry(3, not_for=str(OTHER))
    )
    visit(page, room)
    entries = page.locator("#queue-list > li")
    expect(entries.nth(1)).to_be_hidden()
    expect(entries.nth(2)).to_be_visible()

    went = []
    for __ in range(3):
        page.keyboard.press("j")
        current = page.locator("#queue-list > [aria-current=true]")
        went.append(current.get_attribute("id"))

    assert went == ["queueappeal-1", "queueappeal-3", "queueappeal-3"]
    # When the current one is done, the next one that is mine follows.
    page.keyboard.press("k")
    expect(page.locator("#queueappeal-1")).to_have_attribute("aria-current", "true")
    room.happen(remove("queueappeal-1"))
    expect(page.locator("#queueappeal-3")).to_have_attribute("aria-current", "true")


def test_appeal_that_comes_live_is_told_apart(
    page: Page, room: FakeRoom, desk: dict[str, str]
) -> None:
    desk["entries"] = entry(1)
    visit(page, room)
    asked = asked_mine(room)

    room.happen(put("queue-list", entry(7, not_for=str(ME))))
    room.wait_for(lambda: asked_mine(room) == asked + 1)
    expect(page.locator("#queueappeal-7")).to_be_hidden()
    # Claimed by somebody: drawn anew, and still not mine. Nothing new to ask about.
    room.happen(put("queue-list", entry(7, not_for=f"{ME} {OTHER}")))
    room.happen(put("queue-list", entry(8, not_for=str(OTHER))))
    expect(page.locator("#queueappeal-8")).to_be_visible()
    expect(page.locator("#queueappeal-7")).to_be_hidden()
    assert asked_mine(room) == asked + 1
    room.happen(remove("queueappeal-7"))
    room.wait_for(lambda: asked_mine(room) == asked + 2)


def test_only_the_caller_can_take_the_call_back(
    page: Page, room: FakeRoom, desk: dict[str, str]
) -> None:
    def acts(caller: int) -> str:
        return (
            f'<form data-command="take_team_call" data-not-for="{caller}">'
            '<button data-key="a">I am coming</button></form>'
            f'<form data-command="take_back_call" data-only-for="{caller}">'
            '<button data-key="a">Take back</button></form>'
        )

    desk["entries"] = entry(1, acts=acts(ME)) + entry(2, acts=acts(OTHER))
    visit(page, room)

    first, second = page.locator("#queueappeal-1"), page.locator("#queueappeal-2")
    expect(first.get_by_text("Take back")).to_be_visible()
    expect(first.get_by_text("I am coming")).to_be_hidden()
    expect(second.get_by_text("Take back")).to_be_hidden()
    expect(second.get_by_text("I am coming")).to_be_visible()


def test_age_stands_beside_the_time(
    page: Page, room: FakeRoom, desk: dict[str, str]
) -> None:
    desk["entries"] = entry(1)
    visit(page, room)

    expect(page.locator("#queueappeal-1 [data-age]")).to_have_text("· 4 min")


def test_gauge_rises_while_nobody_looks(
    page: Page, room: FakeRoom, desk: dict[str, str]
) -> None:
    desk["load"] = gauge(waited=175)
    visit(page, room)
    load = page.locator("#load")
    expect(load.locator("[data-is=busy]")).to_be_visible()

    expect(load.locator("[data-is=high]")).to_be_visible()
    expect(load.locator("[data-is=busy]")).to_be_hidden()
    expect(load).to_have_class("load load--high")


def test_rate_falls_when_nothing_comes(
    page: Page, room: FakeRoom, desk: dict[str, str]
) -> None:
    desk["load"] = gauge(waits=0, arrivals=((294, 35), (60, 5)))
    visit(page, room)
    load = page.locator("#load")
    expect(load.locator("[data-rate]")).to_have_text("8 in a minute")
    expect(load.locator("[data-is=busy]")).to_be_visible()

    expect(load.locator("[data-rate]")).to_have_text("1 a minute")
    expect(load.locator("[data-is=calm]")).to_be_visible()
    # Drawn anew by an entry, it says the same.
    room.happen(replace("load", gauge(waits=0, arrivals=((61, 5),))))
    expect(load.locator("[data-rate]")).to_have_text("1 a minute")
    expect(load.locator("[data-is=calm]")).to_be_visible()
    assert asked_mine(room) <= 1
