"""Everything essential without JavaScript, and with it where sockets are blocked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looks import state, wait_until
from tests.browser.people import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def form(page: Page | Locator, command: str) -> Locator:
    return page.locator(f"form[data-command={command}]")


def send(form: Locator) -> None:
    form.locator("button[type=submit]").first.click()


def join(person: Visitor, code: str, name: str) -> Page:
    page = person.visit("/")
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    page.locator("[name=name]").fill(name)
    page.locator("[name=rules_accepted]").check()
    page.locator("[name=privacy_accepted]").check()
    page.locator("form[action$='/join/'] button").click()
    expect(page).to_have_url(re.compile(rf"/d/{code}/$"))
    return page


def test_without_javascript(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["plain"]
    lead, ada = visitor().enter("moderator"), visitor(scripts=False)
    lead.visit(f"/d/{code}/desk/")
    page = join(ada, code, "Ada")
    expect(page.locator("[data-hide-js]").first).to_be_visible()
    expect(page.locator("[data-show-js]:visible, [data-move]:visible")).to_have_count(0)

    page.locator("#p-title").fill("Mehr Bänke")
    page.locator("#p-text").fill("Zeile eins\nZeile zwei")
    send(form(page, "submit_proposal"))
    expect(page).to_have_url(re.compile(rf"/d/{code}/#proposals$"))
    card = page.locator("#proposals > li")
    expect(card.locator(".card__title")).to_have_text("Mehr Bänke")
    expect(page.locator("#p-title")).to_have_value("")
    agree = card.locator(".stance--agree")
    agree.click()
    expect(agree).to_have_attribute("aria-pressed", "true")
    send(form(card, "support"))
    expect(form(card, "support").locator("button")).to_have_attribute(
        "aria-pressed", "true"
    )

    card.locator("details[data-load] > summary").click()
    card.locator("details[data-load] a").click()
    comment = form(page, "add_comment")
    comment.locator("[value=contra]").check()
    comment.locator("textarea").fill("Zu teuer?")
    send(comment)
    said = page.locator(".card--comment")
    expect(said.locator(".card__body")).to_have_text("Zu teuer?")
    expect(said.locator(".badge--warning")).to_have_count(1)

    ballot = lead.do(code, "draft_ballot", title="Bänke?", secrecy="secret")["ballot"]
    late = lead.do(code, "draft_ballot", title="Wann?", secrecy="open")["ballot"]
    for pk in (ballot, late):
        lead.do(code, "open_ballot", ballot=pk)
    page = ada.visit(f"/d/{code}/")
    page.locator(f"#ballot-{ballot} [name=options]").first.check()
    send(form(page.locator(f"#ballot-{ballot}"), "cast_vote"))
    expect(page.locator(f"#ballot-{ballot} .receipt")).to_have_text(
        re.compile(r"^\S+$")
    )

    # Too late: the answer says so, and brings back what was chosen.
    chosen = page.locator(f"#ballot-{late} [name=options]").first
    value = chosen.input_value()
    chosen.check()
    lead.do(code, "close_ballot", ballot=late)
    ada.refused.add(f"{ada.url}/d/{code}/do/cast_vote/")
    send(form(page.locator(f"#ballot-{late}"), "cast_vote"))
    expect(page.get_by_role("alert")).to_be_visible()
    given = page.locator("main form")
    for name, was in (("ballot", str(late)), ("options", value)):
        expect(given.locator(f"[name={name}]")).to_have_value(was)

    lead.do(code, "close_ballot", ballot=ballot)
    page = ada.visit(f"/d/{code}/")
    numbers = page.locator(
        f"#ballot-{ballot} .result > table.bars .bars__number strong"
    )
    expect(numbers).to_have_text(["1", "0", "0"])
    lead.do(code, "close_dialogue", confirm="close")
    page = ada.visit(f"/d/{code}/")
    expect(page.locator("#now")).to_have_attribute("data-state", "closed")
    page.locator("#now a.kern-btn--primary").click()
    page.locator("a[href*='/results/']").first.click()
    expect(page.locator(".result > table.bars")).to_have_count(2)


def test_refusal_gives_everything_back(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["refused"]
    ada = visitor(scripts=False).join(code, "Ada")
    page = ada.visit(f"/d/{code}/")
    typed = {
        "title": "x" * 150,
        "text": "Zeile eins\nZeile „zwei“ <b>",
        "reason": "Weil.",
    }
    page.locator("details:has(#p-reason) > summary").click()
    for name, text in typed.items():
        field = page.locator(f"#p-{name}")
        field.evaluate("field => field.removeAttribute('maxlength')")
        field.fill(text)
    page.locator("#p-district").select_option(index=1)
    district = page.locator("#p-district").input_value()
    ada.refused.add(f"{ada.url}/d/{code}/do/submit_proposal/")
    send(form(page, "submit_proposal"))
    expect(page.get_by_role("alert")).to_be_visible()
    again = page.locator("main form")
    for name, text in {**typed, "district": district}.items():
        expect(again.locator(f"[name={name}]")).to_have_value(text)
    expect(again.locator("[name=title]")).to_have_attribute("aria-invalid", "true")
    again.locator("[name=title]").fill("Kurz genug")
    again.locator("button").click()
    expect(page).to_have_url(re.compile(rf"/d/{code}/#proposals$"))
    card = page.locator("#proposals > li").filter(has_text="Kurz genug")
    expect(card.locator(".card__reason")).to_contain_text("Weil.")
    expect(card.locator(".card__body").first).to_have_text(
        "Zeile eins Zeile „zwei“ <b>"
    )
    expect(card.locator(".card__place")).to_have_count(1)


def test_sockets_blocked(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["polling"]
    ben = visitor().join(code, "Ben")
    lead = visitor().enter("moderator")
    lead.visit(f"/d/{code}/desk/")
    ada = visitor().join(code, "Bea")
    polled: list[str] = []
    ada.page.on("request", lambda asked: polled.append(asked.url))
    ada.context.route_web_socket(re.compile(".*"), lambda socket: socket.close())
    page = ada.page
    page.goto(f"/d/{code}/")
    wait_until(page, link="delayed")
    expect(page.locator("[data-link-state]")).to_have_attribute("data-state", "delayed")
    ben.do(code, "submit_proposal", title="Ein Brunnen")
    card = page.locator("#proposals > li").filter(has_text="Ein Brunnen")
    expect(card).to_have_count(1)
    assert any("/since/?" in url for url in polled)
    card.locator(".stance--agree").click()
    expect(card.locator(".stance--agree")).to_have_attribute("aria-pressed", "true")
    assert f"{ada.url}/d/{code}/do/take_stance/" in polled
    page.locator("#p-title").fill("Auch ohne Leitung")
    send(form(page, "submit_proposal"))
    expect(page.locator("#p-title")).to_have_value("")
    mine = page.locator("#proposals > li").filter(has_text="Auch ohne Leitung")
    expect(mine.locator(".badge--info")).to_have_count(1)
    ballot = lead.do(code, "draft_ballot", title="Bänke?", secrecy="open")["ballot"]
    lead.do(code, "open_ballot", ballot=ballot)
    options = page.locator(f"#ballot-{ballot} [name=options]")
    options.first.check()
    send(form(page.locator(f"#ballot-{ballot}"), "cast_vote"))
    expect(page.locator(f"#ballot-{ballot} .receipt")).to_have_text(
        re.compile(r"^\S+$")
    )
    assert state(page)["link"] == "delayed"
