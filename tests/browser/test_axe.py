"""No barriers on any page, in both languages, on a small phone. No exceptions."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.audit import audit, barriers
from tests.browser.people import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

LANGUAGES = ("de", "en")
PUBLIC = (
    "/",
    "/projects/",
    "/projects/sicher-zur-schule/",
    "/projects/park-am-hafen/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/second-factor/",
    "/me/",
    "/imprint/",
    "/privacy/",
    "/accessibility/",
    "/methods/",
)
ACCOUNT = (
    "/staff/",
    "/staff/projects/new/",
    "/staff/projects/sicher-zur-schule/edit/",
    "/staff/dialogues/new/sicher-zur-schule/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/me/",
)


def faults_of(person: Visitor, paths: Iterable[str], status: int = 200) -> list[str]:
    return [fault for path in paths for fault in audit(person.visit(path, status))]


def codes(person: Visitor) -> dict[str, str]:
    """The dialogues of the demo city, by how they stand."""
    found = {}
    for state, slug in (
        ("running", "sicher-zur-schule"),
        ("closed", "park-am-hafen"),
        ("coming", "stadtteilbibliothek"),
    ):
        page = person.visit(f"/projects/{slug}/").content()
        found[state] = re.findall(r'href="/d/(\w{8})/', page)[:1]
    return {state: code[0] for state, code in found.items() if code}


@pytest.mark.parametrize("language", LANGUAGES)
def test_portal_and_door(
    planted: dict[str, Any], visitor: Callable[..., Visitor], language: str
) -> None:
    person = visitor(language=language)
    found = codes(person)
    door = [f"/d/{found['running']}/{page}/" for page in ("join", "check", "rules")]
    door.append(f"/d/{found['coming']}/join/")
    results = f"/projects/hostile-closed/results/{planted['hostile_closed']['digest']}/"
    assert faults_of(person, [*PUBLIC, *door, results]) == []
    refused = faults_of(person, ["/d/XXXXXXXX/", "/nowhere/"], 404)
    refused += faults_of(person, ["/projects/nothing/"], 404)
    assert refused == []
    # A form that comes back with what is wrong.
    page = person.visit(door[0])
    person.refused.add(person.url + door[0])
    page.locator("form[action$='/join/'] button").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert audit(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_and_planning(
    planted: dict[str, Any], visitor: Callable[..., Visitor], language: str
) -> None:
    person = visitor(language=language).enter("staff")
    assert faults_of(person, ACCOUNT) == []
    plan = f"/staff/dialogues/{planted['story']}"
    pages = ["", "basics/", "poster/", "people/", "agenda/", "agenda/new/"]
    assert faults_of(person, [f"{plan}/{page}" for page in pages]) == []
    agenda = person.visit(f"{plan}/agenda/")
    item = agenda.locator(f"a[href^='{plan}/agenda/']").evaluate_all(
        "all => all.map((a) => a.getAttribute('href')).find((h) => /\\d+\\/$/.test(h))"
    )
    assert faults_of(person, [item, f"{item}delete/"]) == []


def test_menus(planted: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    person = visitor().enter("moderator")
    for path in ("/", f"/d/{planted['story']}/", f"/d/{planted['story']}/desk/"):
        page = person.visit(path)
        for menu in page.locator("header details.menu").all():
            menu.locator("summary").click()
            assert barriers(page) == []
            menu.locator("summary").click()


def test_live_screens(planted: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    code = planted["states"]
    lead, ada = visitor().enter("moderator"), visitor().join(code, "Ada")
    faults: list[str] = []

    def look(*screens: str) -> None:
        """Every screen as it is now, in both languages."""
        for screen in screens:
            person = lead if screen in ("desk/", "projector/") else ada
            for language in LANGUAGES:
                faults.extend(
                    audit(person.speak(language).visit(f"/d/{code}/{screen}"))
                )

    def step(name: str, **fields: Any) -> dict[str, Any]:
        return lead.do(code, name, **fields)

    lead.visit(f"/d/{code}/desk/")
    step("open_lobby")
    look("", "desk/", "projector/")
    step("go_on")
    first = ada.do(code, "submit_proposal", title="Mehr Bänke", text="*Viele*")
    own = first["proposal"]
    ada.do(code, "submit_proposal", title="Ein Brunnen", reason="Es ist heiß.")
    ada.do(code, "add_comment", proposal=own, text="Gern!", alignment="pro")
    ada.do(code, "call_help", text="Ich höre nichts.")
    ada.do(code, "park_topic", text="Parkplätze")
    lead.do(code, "hide", kind="proposal", pk=own + 1, rule="insult", reason="Nein.")
    look("", "desk/", "proposals/", f"proposals/{own}/")
    step("go_on")
    look("", "proposals/")
    step("go_on")
    ada.do(code, "ask_question", text="Wer zahlt das?")
    look("", "desk/")
    step("go_on")
    ballot = step("draft_ballot", title="Bänke?", secrecy="open")["ballot"]
    step("open_ballot", ballot=ballot)
    step("show_on_projector", shown=f"ballot-{ballot}")
    look("", "desk/", "projector/")
    options = ada.page.locator(f"#ballot-{ballot} [name=options]")
    ada.do(code, "cast_vote", ballot=ballot, options=options.first.input_value())
    look("")
    step("close_ballot", ballot=ballot)
    look("", "desk/", "projector/")
    step("pause")
    look("", "projector/")
    step("close_dialogue", confirm="close")
    look("", "desk/", "projector/")
    assert faults == []
    # The desk is for the moderation only.
    assert faults_of(ada, [f"/d/{code}/desk/"], 403) == []
    faults = [
        f for language in LANGUAGES for f in faults_of(ada.speak(language), ["/me/"])
    ]
    assert faults == []
