"""What people type never becomes more than text, wherever it is shown."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shared.texts import clean_line
from tests.browser.audit import overflow
from tests.browser.hostile_strings import HOSTILE
from tests.browser.people import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

# Nothing of ours has any of these.
ACTIVE = """() => [
    ...document.querySelectorAll(
        "[onerror], [onload], [onclick], [onfocus], [ontoggle], [onbegin], " +
        "[onmouseover], [srcdoc], [autofocus], [style], style, base, iframe, math, " +
        "object, embed, a[href^='javascript:' i], a[href^='data:' i], " +
        "script:not([src]):not([type='application/json'])",
    ),
].map((element) => element.outerHTML.slice(0, 200))"""


def harm(page: Page) -> list[Any]:
    """What the planted texts have done to the page."""
    return [
        page.url,
        page.evaluate("() => window.__pwned"),
        page.evaluate(ACTIVE),
        overflow(page, 360),
    ]


def unharmed(page: Page) -> list[Any]:
    return [page.url, None, [], []]


def titles_on(page: Page) -> dict[str, str]:
    """Number of each proposal -> its title as it can be read."""
    rows: dict[str, str] = page.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll("li[id^='proposal-']")].map((row) => [
                row.id.replace("proposal-", ""),
                row.querySelector(".card__title").textContent.trim(),
            ]),
        )"""
    )
    return rows


def open_all(page: Page) -> None:
    page.evaluate(
        """() => {
            for (const part of document.querySelectorAll("details")) part.open = true;
        }"""
    )


def paths(made: dict[str, Any]) -> Iterator[str]:
    yield from ("/", "/projects/", f"/projects/{made['project']}/")
    room = f"/d/{made['code']}"
    yield from (f"{room}/", f"{room}/proposals/", f"{room}/check/", f"{room}/rules/")
    for pk in list(made["titles"])[:4]:
        yield f"{room}/proposals/{pk}/"


def test_every_screen(planted: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    made = planted["hostile"]
    code, titles = made["code"], made["titles"]
    ada, lead, staff = visitor(), visitor().enter("moderator"), visitor().enter("staff")
    page = ada.visit(f"/d/{code}/join/")
    open_all(page)
    assert harm(page) == unharmed(page)
    expect(page.locator("h1")).to_have_text(made["title"])
    ada.join(code, "<!--mine:me--> <!--csrf-->")
    for path in paths(made):
        page = ada.visit(path)
        if "/proposals/" not in path:
            open_all(page)
        assert harm(page) == unharmed(page)
    assert titles_on(ada.visit(f"/d/{code}/")) == titles
    expect(ada.page.locator("#questions > li")).to_have_count(len(HOSTILE))
    questions = ada.page.locator("#questions .card__question").all_inner_texts()
    assert [clean_line(text) for text in questions][::-1] == list(
        map(clean_line, HOSTILE)
    )
    first = ada.visit(f"/d/{code}/proposals/{next(iter(titles))}/")
    expect(first.locator(".card--comment")).to_have_count(len(HOSTILE))

    desk = lead.visit(f"/d/{code}/desk/")
    open_all(desk)
    assert harm(desk) == unharmed(desk)
    assert titles.items() <= titles_on(desk).items()
    shown = ["join", "agenda", "now", *[f"ballot-{pk}" for pk in made["ballots"]]]
    shown += [f"proposal-{pk}" for pk in titles]
    wall = visitor().enter("projector").visit(f"/d/{code}/projector/")
    for name in shown:
        lead.do(code, "show_on_projector", shown=name)
        stage = wall.locator("#stage")
        expect(stage).to_have_attribute("data-shown", name.split("-")[0])
        if name.startswith("proposal"):
            expect(stage.locator("h2")).to_have_text(titles[name.split("-")[1]])
        assert harm(wall) == unharmed(wall)

    plan = f"/staff/dialogues/{code}"
    for path in (
        "/staff/",
        f"/staff/projects/{made['project']}/edit/",
        *[
            f"{plan}/{page}"
            for page in ("", "basics/", "poster/", "people/", "agenda/")
        ],
    ):
        page = staff.visit(path)
        assert harm(page) == unharmed(page)


def test_what_arrives_live(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    """The same by frames and slots, which the script puts into the page."""
    code = planted["hostile"]["code"]
    ada, ben = visitor().join(code, "Ada"), visitor().join(code, "Ben")
    lead = visitor().enter("moderator")
    desk, room, own = (
        lead.visit(f"/d/{code}/desk/"),
        ben.visit(f"/d/{code}/"),
        ada.visit(f"/d/{code}/"),
    )
    for text in HOSTILE[:16]:
        title = clean_line(text)[:140]
        ada.do(code, "submit_proposal", title=title, text=text, reason=text)
    for text in (HOSTILE[15], HOSTILE[0]):
        ben.do(code, "ask_question", text=text)
        ben.do(code, "call_help", text=text)
        lead.do(code, "draft_ballot", title=clean_line(text), text=text)
    last = clean_line(HOSTILE[15])
    for page in (room, own, desk):
        expect(page.locator("#proposals .card__title").first).to_have_text(last)
        expect(page.locator("#questions .card__question").first).to_have_text(
            HOSTILE[0]
        )
    newest = room.locator("#proposals > li").first.get_attribute("id") or ""
    number = newest.removeprefix("proposal-")
    reason = HOSTILE[2]
    lead.do(code, "hide", kind="proposal", pk=number, rule="insult", reason=reason)
    expect(room.locator(f"#{newest}")).to_have_count(0)
    notice = own.locator("[data-mine=notices] .alert--warning").first
    expect(notice).to_contain_text(reason)
    expect(notice).to_contain_text(last)
    expect(desk.locator("#queue-list > li").last).to_contain_text(HOSTILE[0])
    for page in (room, own, desk):
        open_all(page)
        assert harm(page) == unharmed(page)
    mine = ada.visit("/me/")
    assert harm(mine) == unharmed(mine)
    expect(mine.locator("main")).to_contain_text(last)


def test_result(planted: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    made = planted["hostile_closed"]
    person = visitor()
    page = person.visit(f"/projects/{made['project']}/results/{made['digest']}/")
    open_all(page)
    assert harm(page) == unharmed(page)
    shown = page.locator("li[id^='proposal-'] .card__title").all_inner_texts()
    assert sorted(map(clean_line, shown)) == sorted(made["titles"].values())
    expect(page.locator("h1")).to_have_text(made["title"])
    for path in ("/", "/projects/", f"/projects/{made['project']}/"):
        page = person.visit(path)
        assert harm(page) == unharmed(page)
    assert re.search("<script>window", page.content()) is None
