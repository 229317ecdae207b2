"""The story of an evening: two citizens, a moderator, a projector, and the result."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.demo import MODERATOR, PASSWORD
from tests.browser.people import DESK, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

TYPED = "Noch nicht fertig"
CARET = 4


def form(page: Page | Locator, command: str) -> Locator:
    return page.locator(f"form[data-command={command}]")


def send(form: Locator) -> None:
    form.locator("button[type=submit]").first.click()


def confirm(page: Page) -> None:
    page.locator("dialog[open] .kern-btn--primary").click()


def caret(page: Page) -> list[Any]:
    """Which field has the focus, where its caret is, and what it holds."""
    where: list[Any] = page.evaluate(
        """() => {
            const field = document.activeElement;
            return [field.id, field.selectionStart, field.selectionEnd, field.value];
        }"""
    )
    return where


def half_typed(page: Page) -> None:
    """Begin a proposal, and put the caret into the middle of it."""
    page.locator("#p-title").click()
    page.keyboard.type(TYPED)
    page.keyboard.press("Home")
    for _ in range(CARET):
        page.keyboard.press("ArrowRight")


def join_by_code(person: Visitor, code: str, name: str) -> Page:
    page = person.visit("/")
    page.locator("#code").fill(f"{code[:4].lower()} {code[4:]}")
    page.locator("#code").press("Enter")
    expect(page).to_have_url(re.compile(rf"/d/{code}/join/$"))
    expect(page.locator(".prose[lang=de] li, .prose[lang=de] p").first).to_be_visible()
    page.locator("[name=name]").fill(name)
    page.locator("[name=rules_accepted]").check()
    page.locator("[name=privacy_accepted]").check()
    page.locator("form[action$='/join/'] button").click()
    expect(page).to_have_url(re.compile(rf"/d/{code}/$"))
    person.wait_until_live()
    return page


def sign_in(person: Visitor, code: str) -> Page:
    """By the ordinary form, with address and password."""
    page = person.visit(f"/accounts/login/?next=/d/{code}/desk/")
    page.locator("[name=login]").fill(MODERATOR)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page).to_have_url(re.compile(rf"/d/{code}/desk/$"))
    person.wait_until_live()
    return page


def prepare(desk: Page, title: str, *, secrecy: str) -> int:
    """Write a ballot at the desk and open it; gives its number."""
    prepared = form(desk, "draft_ballot")
    if not prepared.is_visible():
        desk.locator("details:has(> #prepare) > summary").click()
    prepared.locator("#b-title").fill(title)
    prepared.locator("#b-secrecy").select_option(secrecy)
    send(prepared)
    card = desk.locator("#ballot-cards > li").filter(has_text=title)
    expect(card).to_have_attribute("data-state", "draft")
    send(form(card, "open_ballot"))
    confirm(desk)
    expect(card).to_have_attribute("data-state", "open")
    return int((card.get_attribute("id") or "").removeprefix("ballot-"))


def vote(page: Page, ballot: int, choice: int) -> str:
    """Choose and send; gives the receipt."""
    card = page.locator(f"#ballot-{ballot}")
    card.locator("[name=options]").nth(choice).check()
    before = card.locator(".receipt")
    old = before.inner_text() if before.count() else ""
    send(form(card, "cast_vote"))
    receipt = card.locator(".receipt")
    expect(receipt).to_have_text(re.compile(r"^\S+$"))
    expect(receipt).not_to_have_text(old or "-")
    return receipt.inner_text()


def test_an_evening(planted: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    code = planted["story"]
    lead, ada, ben = visitor(DESK), visitor(), visitor(DESK, language="en")
    desk = sign_in(lead, code)
    send(form(desk, "open_lobby"))
    expect(desk.locator("#now")).to_have_attribute("data-state", "lobby")
    a = join_by_code(ada, code, "Ada")
    b = join_by_code(ben, code, "Ben")
    expect(b.locator("html")).to_have_attribute("lang", "en")
    for page in (a, b):
        expect(page.locator("#now")).to_have_attribute("data-state", "lobby")
        expect(form(page, "submit_proposal")).to_be_hidden()
    projector = lead.context.new_page()
    projector.goto(f"/d/{code}/projector/")
    expect(projector.locator("[data-link-state]")).to_have_attribute(
        "data-state", "live"
    )

    # The first item only greets, the second lets people propose.
    for state in ("Ankommen", "Vorschläge"):
        send(form(desk, "go_on"))
        for page in (desk, a, b, projector):
            expect(page.locator("#now-title")).to_have_text(state)
    a.locator("#p-title").fill("Mehr Bänke")
    a.locator("#p-text").fill("Damit alle **sitzen** können.")
    send(form(a, "submit_proposal"))
    expect(a.locator("#p-title")).to_have_value("")
    expect(a.locator("#proposals > li .badge--info")).to_have_count(1)
    card = b.locator("#proposals > li")
    expect(card.locator(".card__title")).to_have_text("Mehr Bänke")
    expect(card.locator(".card__body strong")).to_have_text("sitzen")
    expect(card.locator(".card__who")).to_have_text("Ada")
    name = card.get_attribute("id") or ""

    card.locator("details[data-load] > summary").click()
    comment = form(card, "add_comment")
    comment.locator("[value=pro]").check()
    comment.locator("textarea").fill("Dort ruht sich mein Opa aus.")
    send(comment)
    expect(a.locator(f"[data-count='{name}.comments']")).to_have_text("1")
    expect(card.locator(".card--comment .card__body")).to_have_text(
        "Dort ruht sich mein Opa aus."
    )
    expect(card.locator(".card--comment .badge--success")).to_have_text("Pro")
    support = form(card, "support").locator("button")
    support.click()
    expect(support).to_have_attribute("aria-pressed", "true")
    agree = card.locator(".stance--agree")
    agree.click()
    expect(agree).to_have_attribute("aria-pressed", "true")
    for page in (a, desk):
        for count in ("supports", "agrees"):
            number = page.locator(f"#{name} [data-count='{name}.{count}']")
            expect(number).to_have_text("1")

    # Ben begins to write; nothing that happens now may touch it.
    half_typed(b)
    assert caret(b) == ["p-title", CARET, CARET, TYPED]
    a.locator("#p-title").fill("Kauft bei mir")
    send(form(a, "submit_proposal"))
    advert = desk.locator("#proposals > li").filter(has_text="Kauft bei mir")
    expect(advert).to_have_count(1)
    advert_name = advert.get_attribute("id") or ""
    expect(b.locator(f"#{advert_name}")).to_have_count(1)
    advert.locator("details.menu > summary").first.click()
    hide = form(advert, "hide")
    hide.locator("[name=rule]").select_option("advertising")
    hide.locator("[name=reason]").fill("Das ist Werbung.")
    send(hide)
    expect(b.locator(f"#{advert_name}")).to_have_count(0)
    notice = a.locator("[data-mine=notices] .alert--warning")
    expect(notice).to_contain_text("Das ist Werbung.")
    expect(notice).to_contain_text("Kauft bei mir")
    assert caret(b) == ["p-title", CARET, CARET, TYPED]

    send(form(desk, "go_on"))
    secret = prepare(desk, "Sollen Bänke her?", secrecy="secret")
    send(form(desk.locator(f"#ballot-{secret}"), "show_on_projector"))
    expect(projector.locator("#stage")).to_have_attribute("data-shown", "ballot")
    receipts = [vote(a, secret, 0)]
    expect(form(a.locator(f"#ballot-{secret}"), "cast_vote")).to_have_count(0)
    turnout = f"[data-count='ballot-{secret}.turnout']"
    for page in (b, desk, projector):
        # Of few, nobody sees a single vote arrive.
        expect(page.locator(turnout).first).to_have_text("0")
    assert caret(b) == ["p-title", CARET, CARET, TYPED]

    receipts.append(vote(b, secret, 0))
    opened = prepare(desk, "Welche Farbe?", secrecy="open")
    receipts += [vote(b, opened, 0), vote(a, opened, 1), vote(b, opened, 1)]
    assert len(set(receipts)) == 5
    # He comes back to his sentence, and it is where it was.
    b.locator("#p-title").focus()
    assert caret(b) == ["p-title", CARET, CARET, TYPED]

    for ballot, yes, no in ((secret, 2, 0), (opened, 0, 2)):
        send(form(desk.locator(f"#ballot-{ballot}"), "close_ballot"))
        confirm(desk)
        send(form(desk.locator(f"#ballot-{ballot}"), "show_on_projector"))
        expect(projector.locator("#stage .projector__verdict")).to_be_visible()
        shown = [page.locator(f"#ballot-{ballot}") for page in (a, b, desk)]
        for screen in [*shown, projector.locator("#stage")]:
            numbers = screen.locator("table.bars").first.locator(".bars__number strong")
            expect(numbers.nth(0)).to_have_text(str(yes))
            expect(numbers.nth(1)).to_have_text(str(no))
            widths = screen.locator(".bars__fill").evaluate_all(
                "bars => bars.map(bar => Number(bar.getAttribute('width')))"
            )
            assert widths[:2] == [100 * yes / 2, 100 * no / 2]
    assert caret(b) == ["p-title", CARET, CARET, TYPED]

    closing = form(desk, "close_dialogue")
    desk.locator("details:has(> #closing) > summary").click()
    closing.locator("[name=confirm]").check()
    send(closing)
    confirm(desk)
    for page in (a, b, desk, projector):
        expect(page.locator("#now")).to_have_attribute("data-state", "closed")
    expect(b.locator("#p-title")).to_have_value(TYPED)

    # Everybody can read and check it, also without having been there.
    anybody = visitor(DESK)
    page = anybody.visit("/projects/browser/")
    page.locator("a[href*='/results/']").first.click()
    expect(page.locator("h1")).to_have_text("Dialog story")
    expect(page.locator(".facts dd")).to_have_text(["2", "1", "1", "0", "1", "2"])
    expect(page.locator("#proposal-1 .card__title")).to_have_text("Mehr Bänke")
    assert "Kauft bei mir" not in page.content()
    digest = re.findall(r"<code>([0-9a-f]{64})</code>", page.content())
    with page.expect_download() as download:
        page.locator("a[href$='result.json']").click()
    raw = download.value.path().read_bytes()
    assert [hashlib.sha256(raw).hexdigest()] == digest


# --- by keyboard alone -------------------------------------------------------------
def go_by_tab(page: Page, target: Locator, *, backwards: bool = False) -> None:
    """Press Tab until the focus is on `target`; all on the way must be visible."""
    handle = target.element_handle()
    for _ in range(120):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        where = page.evaluate(
            """target => {
                const { activeElement: here } = document;
                if (here === target) return "there";
                return here.checkVisibility() ? "on the way" : here.outerHTML;
            }""",
            handle,
        )
        if where == "there":
            return
        assert where == "on the way"
    raise AssertionError(f"not reached by Tab: {target}")


def has_focus_within(page: Page, selector: str) -> bool:
    return bool(
        page.evaluate("part => Boolean(document.activeElement.closest(part))", selector)
    )


def test_by_keyboard_alone(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["keys"]
    lead, ada = visitor(DESK).enter("moderator"), visitor(DESK)
    desk = lead.visit(f"/d/{code}/desk/")
    lead.do(code, "open_lobby")
    page = ada.visit("/")
    go_by_tab(page, page.locator("#code"))
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/d/{code}/join/$"))
    go_by_tab(page, page.locator("[name=privacy_accepted]"))
    page.keyboard.press("Space")
    go_by_tab(page, page.locator("[name=rules_accepted]"), backwards=True)
    page.keyboard.press("Space")
    go_by_tab(page, page.locator("[name=name]"), backwards=True)
    page.keyboard.type("Ada")
    go_by_tab(page, page.locator("form[action$='/join/'] button"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/d/{code}/$"))
    ada.wait_until_live()

    for title in ("Ankommen", "Vorschläge"):
        desk.keyboard.press("n")
        expect(desk.locator("#now-title")).to_have_text(title)
        expect(page.locator("#now-title")).to_have_text(title)
    go_by_tab(page, page.locator("#p-title"))
    page.keyboard.type("Mehr Bänke")
    go_by_tab(page, form(page, "submit_proposal").locator("button[type=submit]"))
    page.keyboard.press("Enter")
    card = page.locator("#proposals > li")
    expect(card.locator(".card__title")).to_have_text("Mehr Bänke")
    assert has_focus_within(page, "form[data-command=submit_proposal]")
    agree = card.locator(".stance--agree")
    go_by_tab(page, agree)
    page.keyboard.press("Space")
    expect(agree).to_have_attribute("aria-pressed", "true")
    assert has_focus_within(page, "#proposals > li")

    desk.keyboard.press("n")
    expect(page.locator("#now-title")).to_have_text("Abstimmung")
    made = lead.do(code, "draft_ballot", title="Bänke?", secrecy="open")
    lead.do(code, "open_ballot", ballot=made["ballot"])
    ballot = page.locator(f"#ballot-{made['ballot']}")
    options = ballot.locator("[name=options]")
    expect(options).to_have_count(3)
    # Backwards, a group of radio buttons is entered at its last one.
    go_by_tab(page, options.last, backwards=True)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    expect(options.nth(1)).to_be_checked()
    go_by_tab(page, form(ballot, "cast_vote").locator("button[type=submit]"))
    page.keyboard.press("Enter")
    expect(ballot.locator(".receipt")).to_have_text(re.compile(r"^\S+$"))
    assert has_focus_within(page, f"#ballot-{made['ballot']}")
    # The desk's key does nothing while somebody types.
    desk.locator("details:has(> #prepare) > summary").click()
    desk.locator("#b-title").press("b")
    expect(desk.locator("#b-title")).to_have_value("b")
    expect(desk.locator("#now-title")).to_have_text("Abstimmung")
