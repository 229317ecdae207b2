"""Voting with a browser: with and without script, by keyboard, half-filled."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import audit, overflow
from tests.browser.people import DESK, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

OPTIONS = "Linde\nAhorn\nKastanie"
COSTED = "Bank; 400\nBrunnen; 600\nBaum; 200"
# One method for each kind of form, and how its form is filled in.
FORMS = ("single", "multiple", "score", "dots", "borda")
EVERY = (
    "hands", "yes_no", "gradients", "consent", "single", "multiple", "approval",
    "score", "dots", "consensing", "borda", "irv", "schulze", "pairwise", "stv",
    "knapsack", "greedy", "equal_shares",
)  # fmt: skip
FITS = """() => document.querySelector(".projector__body").dataset.fit > 0
    && document.documentElement.scrollHeight <= innerHeight + 1"""
KEPT = "() => Object.keys(sessionStorage).filter((key) => /^vote:.*:\\d+$/.test(key))"


def opened(lead: Visitor, code: str, method: str, **plan: Any) -> int:
    """An open ballot of this method, made at the desk."""
    facts = {"title": f"Frage {method}?", "method": method, **plan}
    if method in ("knapsack", "greedy", "equal_shares"):
        facts.setdefault("options", COSTED)
    elif method not in ("hands", "yes_no", "gradients", "consent"):
        facts.setdefault("options", OPTIONS)
    if method == "multiple":
        facts["most_options"] = 2
    if method in ("knapsack", "greedy", "equal_shares"):
        pk = with_budget(lead, code, method, facts)
    else:
        pk = lead.do(code, "draft_ballot", **facts)["ballot"]
    lead.do(code, "open_ballot", ballot=pk)
    return pk


def with_budget(lead: Visitor, code: str, method: str, facts: dict[str, Any]) -> int:
    """Drafted by its own form, which asks for the budget."""
    page = lead.visit(f"/d/{code}/desk/ballots/new/{method}/")
    page.locator("#id_title").fill(facts["title"])
    page.locator("#id_options").fill(facts["options"])
    page.locator("#id_budget").fill("1000")
    if "secrecy" in facts:
        page.locator(f"[name=secrecy][value={facts['secrecy']}]").check()
    page.locator("main form [type=submit], main form button").last.click()
    page.wait_for_url(re.compile(r"#ballot-\d+$"))
    return int(page.url.rsplit("-", 1)[1])


def card_of(page: Page, pk: int) -> Locator:
    return page.locator(f"#ballot-{pk}")


def send(card: Locator) -> None:
    card.locator("form[data-vote] button[type=submit]").click()


def fill(card: Locator, method: str) -> None:
    """Something that is in order, given with ordinary fields."""
    if method in ("single",):
        card.get_by_label("Ahorn").check()
    elif method == "multiple":
        card.get_by_label("Ahorn").check()
        card.get_by_label("Linde").check()
    elif method == "score":
        for row, value in enumerate((7, 0, 10)):
            name = card.locator("fieldset.scale").nth(row).locator("input").first
            field = name.get_attribute("name")
            card.locator(f"input[name='{field}'][value='{value}']").check(force=True)
    elif method == "dots":
        card.get_by_label("Kastanie", exact=True).fill("1")
        card.get_by_label("Linde", exact=True).fill("1")
    else:
        card.get_by_label("Kastanie", exact=True).select_option("1")
        card.get_by_label("Linde", exact=True).select_option("2")


def filled(card: Locator) -> dict[str, str]:
    """Name and value of everything that is filled in."""
    given: dict[str, str] = card.locator("form[data-vote]").evaluate(
        """form => Object.fromEntries([...new FormData(form)].filter(
            ([name, value]) => /^(options|value-|abstain)/.test(name) && value))"""
    )
    return given


def test_every_form_without_script(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["voting"]
    lead = visitor().enter("moderator")
    ada = visitor((320, 640), scripts=False).join(code, "Ada")
    for method in FORMS:
        pk = opened(lead, code, method, secrecy="open")
        page = ada.visit(f"/d/{code}/")
        card = card_of(page, pk)
        expect(
            card.locator("[data-show-js]:visible, [data-move]:visible")
        ).to_have_count(0)
        assert overflow(page, 320) == []

        # Nothing filled in: said on a page that has the same form.
        ada.refused.add(f"{ada.url}/d/{code}/do/cast_vote/")
        send(card)
        expect(page.get_by_role("alert")).to_be_visible()
        again = page.locator("main")
        fill(again, method)
        was = filled(again)
        send(again)

        card = card_of(ada.visit(f"/d/{code}/"), pk)
        expect(card.locator(".receipt")).to_have_text(re.compile(r"^\S+$"))
        # The form shows what was cast, to be changed.
        assert filled(card) == was
        lead.do(code, "close_ballot", ballot=pk)
        card = card_of(ada.visit(f"/d/{code}/"), pk)
        expect(card.locator(".verdict")).to_be_visible()
        expect(card.locator("table.bars").first).to_be_visible()
        assert overflow(page, 320) == []


def test_half_filled_ballots_survive_updates_and_reload(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["halves"]
    lead, ada = visitor().enter("moderator"), visitor(DESK).join(code, "Ada")
    page = ada.visit(f"/d/{code}/")
    ballots = {method: opened(lead, code, method) for method in FORMS}
    before = {}
    for method, pk in ballots.items():
        card = card_of(page, pk)
        expect(card.locator("form[data-vote]")).to_be_visible()
        fill(card, method)
        before[pk] = filled(card)
        assert before[pk]
    order = "list => [...list.children].map((row) => row.dataset.title)"
    ranking = card_of(page, ballots["borda"]).locator("[data-ranking]")
    ranked = ranking.evaluate(order)
    assert ranked[:2] == ["Kastanie", "Linde"]

    # Updates of the cards, of the region, and of what is mine.
    other = opened(lead, code, "yes_no")
    expect(card_of(page, other).locator("form")).to_be_visible()
    for pk in ballots.values():
        lead.do(code, "pause_ballot", ballot=pk)
        expect(card_of(page, pk)).to_have_attribute("data-state", "paused")
        lead.do(code, "resume_ballot", ballot=pk)
        expect(card_of(page, pk)).to_have_attribute("data-state", "open")
    card = card_of(page, other)
    card.locator("[name=options]").first.check()
    send(card)
    expect(card.locator(".receipt")).to_be_visible()
    assert {pk: filled(card_of(page, pk)) for pk in before} == before

    page = ada.visit(f"/d/{code}/")
    page.wait_for_function(f"() => ({KEPT})().length === {len(before)}")
    expect(card_of(page, ballots["single"]).get_by_label("Ahorn")).to_be_checked()
    assert {pk: filled(card_of(page, pk)) for pk in before} == before
    assert (
        card_of(page, ballots["borda"]).locator("[data-ranking]").evaluate(order)
        == ranked
    )

    # What is cast is kept no more, and nothing of it was sent before.
    for pk in before:
        send(card_of(page, pk))
        expect(card_of(page, pk).locator(".receipt")).to_be_visible()
    assert page.evaluate(KEPT) == []
    for pk in before:
        lead.do(code, "close_ballot", ballot=pk)


def grab(page: Page, row: Locator) -> None:
    row.hover(position={"x": 8, "y": 8})
    page.mouse.down()


def drop_before(page: Page, row: Locator) -> None:
    row.hover(position={"x": 8, "y": 2}, force=True)
    page.mouse.up()


def test_ranking_by_keyboard(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["ranking"]
    lead, ada = visitor().enter("moderator"), visitor(language="en").join(code, "Ada")
    page = ada.visit(f"/d/{code}/")
    pk = opened(lead, code, "borda", secrecy="open")
    card = card_of(page, pk)
    rows, said = (
        card.locator("[data-ranking] > li"),
        card.locator("[data-ranking-said]"),
    )
    up = card.get_by_role("button", name="Further up: Kastanie")
    expect(up).to_be_visible()

    up.focus()
    page.keyboard.press("Enter")
    expect(said).to_have_text("Kastanie: place 1 of 3")
    expect(up).to_be_focused()
    expect(rows.first).to_contain_text("Kastanie")
    linde = card.get_by_role("button", name="Further up: Linde")
    linde.focus()
    page.keyboard.press("Enter")
    expect(said).to_have_text("Linde: place 2 of 3")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Linde: place 1 of 3")
    expect(linde).to_be_focused()
    expect(rows.nth(1)).to_contain_text("Kastanie")
    # A place can be chosen, and the others move on.
    card.get_by_label("Ahorn", exact=True).select_option("2")
    expect(said).to_have_text("Ahorn: place 2 of 3")
    names = rows.evaluate_all("rows => rows.map((row) => row.dataset.title)")
    assert names == ["Linde", "Ahorn", "Kastanie"]
    # Below the last place there is none.
    card.get_by_role("button", name="Further down: Kastanie").press("Enter")
    expect(said).to_have_text("Kastanie: no place")
    values = rows.locator("select").evaluate_all("all => all.map((one) => one.value)")
    assert values == ["1", "2", ""]
    submit = card.locator("form[data-vote] button[type=submit]")
    submit.press("Enter")
    expect(card.locator(".receipt")).to_be_visible()
    names = rows.evaluate_all("rows => rows.map((row) => row.dataset.title)")
    assert names == ["Linde", "Ahorn", "Kastanie"]
    # With the mouse, too, on a screen that has one; what the server said stands above.
    page.set_viewport_size({"width": 1280, "height": 900})
    rows.nth(1).evaluate("row => row.scrollIntoView({ block: 'center' })")
    grab(page, rows.nth(2))
    drop_before(page, rows.first)
    expect(said).to_have_text("Kastanie: place 1 of 3")
    # The row in hand may be drawn anew meanwhile.
    grab(page, rows.nth(2))
    for command, state in (("pause_ballot", "paused"), ("resume_ballot", "open")):
        lead.do(code, command, ballot=pk)
        expect(card).to_have_attribute("data-state", state)
    rows.nth(1).evaluate("row => row.scrollIntoView({ block: 'center' })")
    drop_before(page, rows.first)
    expect(said).to_have_text("Ahorn: place 1 of 3")
    lead.do(code, "close_ballot", ballot=pk)


def test_points_and_choices_say_what_is_left(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["ranking"]
    lead, ada = visitor().enter("moderator"), visitor(language="en").join(code, "Bea")
    page = ada.visit(f"/d/{code}/")
    pk = opened(lead, code, "dots")
    card = card_of(page, pk)
    counter = card.locator("fieldset[data-points] > .counter")
    expect(counter).to_have_text("Points left: 2")
    more = card.get_by_role("button", name="One point more: Linde")
    for left in (1, 0):
        more.click()
        expect(counter).to_have_text(f"Points left: {left}")
    card.get_by_label("Ahorn", exact=True).fill("1")
    expect(counter).to_have_text("Too many points: take back 1.")
    send(card)
    alert = card.get_by_role("alert")
    expect(alert).to_be_visible()
    expect(card.get_by_label("Linde", exact=True)).to_have_value("2")
    card.get_by_role("button", name="One point less: Ahorn").click()
    expect(counter).to_have_text("Points left: 0")
    send(card)
    expect(card.locator(".receipt")).to_be_visible()
    lead.do(code, "close_ballot", ballot=pk)


def test_order_of_options_favours_none_and_stays(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["ranking"]
    lead = visitor().enter("moderator")
    options = "\n".join(f"Baum {number}" for number in range(1, 9))
    # Before the opening: who comes later is not on the roll and has no form.
    people = [visitor().join(code, name) for name in ("Cem", "Dora", "Emil", "Finn")]
    pk = opened(lead, code, "approval", options=options)
    fixed = opened(lead, code, "yes_no")
    label = "rows => rows.map((row) => row.textContent.trim())"
    seen = []
    for person in people:
        page = person.visit(f"/d/{code}/")
        picks = card_of(page, pk).locator("[data-mixed] > .pick")
        page.locator(".turns").wait_for(state="attached")
        first = picks.evaluate_all(label)
        page = person.visit(f"/d/{code}/")
        page.locator(".turns").wait_for(state="attached")
        assert picks.evaluate_all(label) == first
        seen.append(tuple(first))
        values = card_of(page, fixed).locator("[name=options]")
        numbers = [int(field.input_value()) for field in values.all()]
        assert numbers == sorted(numbers)
    assert len(set(seen)) > 1
    assert {frozenset(order) for order in seen} == {frozenset(seen[0])}
    for ballot in (pk, fixed):
        lead.do(code, "close_ballot", ballot=ballot)


def test_one_ballot_at_a_time_on_a_phone(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["turns"]
    lead = visitor().enter("moderator")
    ada, ben = visitor(language="en").join(code, "Ada"), visitor(DESK).join(code, "Ben")
    ballots = [opened(lead, code, method) for method in ("yes_no", "single", "dots")]
    page = ada.visit(f"/d/{code}/")
    shown = page.locator("#ballot-cards > li:visible")
    bar = page.locator(".turns")
    expect(shown).to_have_count(1)
    expect(bar).to_contain_text("Ballot 1 of 3")
    expect(shown).to_have_id(f"ballot-{ballots[2]}")
    bar.get_by_role("button", name="Next").click()
    expect(shown).to_have_id(f"ballot-{ballots[1]}")
    expect(shown.locator("h3")).to_be_focused()
    expect(bar).to_contain_text("Ballot 2 of 3")
    shown.get_by_label("Ahorn").check()
    send(shown)
    expect(shown.locator(".receipt")).to_be_visible()
    # An update changes nothing about whose turn it is.
    lead.do(code, "pause_ballot", ballot=ballots[1])
    expect(shown).to_have_attribute("data-state", "paused")
    expect(shown).to_have_id(f"ballot-{ballots[1]}")
    lead.do(code, "close_ballot", ballot=ballots[0])
    lead.do(code, "close_ballot", ballot=ballots[2])
    expect(bar).to_have_count(0)
    expect(shown).to_have_count(3)
    # There is room for all of them elsewhere.
    expect(
        ben.visit(f"/d/{code}/").locator("#ballot-cards > li:visible")
    ).to_have_count(3)
    lead.do(code, "close_ballot", ballot=ballots[1])


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_barriers_in_any_method(
    planted: dict[str, Any], visitor: Callable[..., Visitor], language: str
) -> None:
    """A card of every method, open and counted, at 360 px; and on the projector."""
    code = planted["ballots"]
    lead = visitor(language=language).enter("moderator")
    ada = visitor(language=language).join(code, f"Ada {language}")
    ballots = {
        method: opened(lead, code, method, secrecy="open", title=f"{method} {language}")
        for method in EVERY
    }
    page = ada.visit(f"/d/{code}/")
    faults = audit(page)
    for pk in ballots.values():
        card = card_of(page, pk)
        choose_anything(card)
        fields = filled(card)
        form = {**fields, "ballot": str(pk)}
        ada.do(code, "cast_vote", **form)
        lead.do(code, "close_ballot", ballot=pk)
    page = ada.visit(f"/d/{code}/")
    for pk in ballots.values():
        expect(card_of(page, pk).locator(".verdict")).to_have_count(1)
    faults += audit(page)
    for method in ("single", "irv", "schulze", "equal_shares"):
        lead.do(code, "show_on_projector", shown=f"ballot-{ballots[method]}")
        faults += audit(lead.visit(f"/d/{code}/projector/"))
    assert faults == []
    # In a hall nobody scrolls: what is too much is made smaller.
    lead.page.set_viewport_size({"width": 1024, "height": 480})
    lead.do(code, "show_on_projector", shown=f"ballot-{ballots['schulze']}")
    lead.visit(f"/d/{code}/projector/")
    lead.page.wait_for_function(FITS)
    size = lead.page.locator(".projector__body").evaluate(
        "body => Number(getComputedStyle(body).getPropertyValue('--fit'))"
    )
    assert 0.5 < size < 1


def choose_anything(card: Locator) -> None:
    """Fill in one vote in whatever form the card has."""
    card.locator("form[data-vote]").evaluate(
        """form => {
            const groups = new Set();
            let place = 0;
            for (const field of form.elements) {
                if (field.type === "radio" && !groups.has(field.name)) {
                    groups.add(field.name);
                    field.checked = true;
                } else if (field.type === "checkbox" && field.name === "options") {
                    if (!groups.has("options")) field.checked = true;
                    groups.add("options");
                } else if (field.type === "number" && !groups.has("number")) {
                    groups.add("number");
                    field.value = "1";
                } else if (field.matches("select")) field.value = String(++place);
            }
        }"""
    )
