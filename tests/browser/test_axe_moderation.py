"""No barriers on the pages of moderating, due process and learning.

As `test_axe`, in both languages; one dialogue from the first hand to the editors' wall,
another from its tables to its minutes, seen by a citizen, two moderators, staff and the
administrator.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.people import Visitor
from tests.conftest import LiveCity

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

Faults = list[str]
REASON = "Das trifft eine Person."


def look(person: Visitor, *paths: str) -> Faults:
    """What is wrong with the pages as they stand now, in both languages."""
    return again(person.speak("en"), *paths) + again(person.speak("de"), *paths)


def again(person: Visitor, *paths: str) -> Faults:
    """The same in German alone, whose words are longer: of states of a page."""
    return [fault for path in paths for fault in audit(person.visit(path))]


def plain(person: Visitor) -> Visitor:
    """Whose browser gets no script of ours; with none at all, axe could not run."""
    person.context.route(
        re.compile(r"\.js(\?|$)"),
        lambda route: route.fulfill(body="", content_type="text/javascript"),
    )
    return person


def refused(page: Page, person: Visitor) -> Faults:
    """A form that came back, from where it was sent to, with what is wrong."""
    expect(page.locator("[aria-invalid=true], [role=alert]").first).to_be_visible()
    return audit(page)


def send(person: Visitor, form: str, **fields: str) -> Page:
    """Fill in a form of the page, without the browser's own checks, and send it."""
    page = person.page
    found = page.locator(form).first
    found.evaluate("form => { form.noValidate = true; }")
    for name, text in fields.items():
        found.locator(f"[name={name}]").fill(text)
    action = found.get_attribute("action")
    person.refused.add(person.url + (action or page.url.removeprefix(person.url)))
    with page.expect_navigation():
        found.locator("button[type=submit], button:not([type])").first.click()
    return page


def test_moderating(
    planted: dict[str, Any], visitor: Callable[..., Visitor], live_city: LiveCity
) -> None:
    code = planted["moderated"]
    room = f"/d/{code}/"
    lead = visitor().enter("moderator")
    second = visitor().log_in(live_city.login("Citizen"))
    staff = visitor().enter("staff")
    lead.visit(f"{room}desk/")
    lead.do(code, "open_lobby")
    ada = plain(visitor()).join(code, "Ada")
    ben = visitor().join(code, "Ben")
    lead.do(code, "go_on")
    faults: Faults = []

    # Before publication: what is held, and by which rules.
    holding = f"/staff/dialogues/{code}/holding/"
    lead.post(f"{holding}rule/", **{"rule-holds_links": "on"})
    ada.do(code, "submit_proposal", title="Hier: www.beispiel.example", text="Links")
    faults += look(lead, holding, f"{room}desk/")
    faults += look(lead, f"{room}desk/people/", f"{room}desk/weights/")
    one = lead.page.context.new_page()
    one.goto(f"{room}desk/people/")
    somebody = one.locator(".queue a").first.get_attribute("href")
    one.close()
    faults += look(lead, str(somebody))
    faults += look(ada, room)

    # Speaking: hands, somebody on behalf, the floor.
    lead.do(code, "set_speakers", is_open="true", seconds="120")
    ada.do(code, "raise_hand", side="pro", about="Bänke")
    lead.do(code, "enter_speaker", name="Herr Weber am Telefon", about="Parkplätze")
    lead.do(code, "give_floor")
    lead.do(code, "announce", text="In fünf Minuten geht es an die Tische.")
    faults += look(ada, room)
    faults += again(lead, f"{room}desk/", f"{room}projector/")

    # Due process: report, hiding with its reasons, appeal, a second look.
    hidden = ada.do(code, "submit_proposal", title="Grob", text="Sehr")["proposal"]
    rude = ben.do(code, "submit_proposal", title="Ganz grob", text="Noch mehr")
    report = f"{room}report/proposal/{rude['proposal']}/"
    faults += look(ada, report)
    faults += refused(send(ada, "main form"), ada)
    page = ada.page
    page.locator("[name=rule]").select_option("insult")
    page.locator("[name=explanation]").fill("Das beleidigt.")
    page.locator("main form button").first.click()
    expect(page).to_have_url(re.compile(r"/report/\w{10}/$"))
    receipt = page.url.removeprefix(ada.url)
    faults += look(ada, receipt)
    lead.do(code, "hide", kind="proposal", pk=hidden, rule="insult", reason=REASON)
    pk = rude["proposal"]
    lead.do(code, "hide", kind="proposal", pk=pk, rule="insult", reason=REASON)
    faults += again(ada, room, receipt)
    ada.visit(room)
    link = ada.page.locator("a[href*='/decisions/']").first
    decision = link.get_attribute("href") or ""
    faults += look(ada, decision)
    send(ada, "main form", text="Ich meinte niemanden.")
    expect(ada.page).to_have_url(ada.url + decision)
    faults += again(ada, decision)
    faults += look(staff, f"{room}appeals/")
    faults += again(lead, f"{room}appeals/")
    faults += look(second, f"{room}appeals/")
    faults += again(second, f"{room}desk/")
    second.visit(f"{room}appeals/")
    faults += refused(send(second, "main form:has([name=outcome])"), second)
    page = second.page
    page.locator("[name=outcome][value=upheld]").check()
    page.locator("main [name=reason]").fill("Die Regel wurde verletzt.")
    page.locator("main form:has([name=outcome]) button").first.click()
    expect(page).to_have_url(re.compile(r"/appeals/$"))
    faults += audit(page)
    faults += again(ada, decision)

    # Questions: the wall, one on stage, an answer; and what the editors merge.
    asked = [
        ben.do(code, "ask_question", text=text)["question"]
        for text in ("Wer zahlt das?", "Wer bezahlt es?", "Wann beginnt es?")
    ]
    lead.do(code, "sort_question", question=asked[2], topic="Zeit", sets_topic="true")
    lead.do(code, "stage_question", question=asked[2])
    lead.do(code, "answer_question", question=asked[0], answer="Die *Stadt*.")
    faults += look(ada, f"{room}questions/")
    faults += look(lead, f"{room}desk/synthesis/?kind=question")
    merge_on(lead)
    faults += again(lead, f"{room}desk/synthesis/?kind=question")
    faults += again(ada, f"{room}questions/?sort=supported&status=open")
    assert faults == []


def merge_on(lead: Visitor) -> None:
    page = lead.page
    form = page.locator("form[action$='/do/merge/']").first
    for box in form.locator("[name=picked]").all()[:2]:
        box.check()
    for name, text in (("title", "Wer zahlt?"), ("text", "Wer zahlt?")):
        if form.locator(f"[name={name}]").count():
            form.locator(f"[name={name}]").fill(text)
    form.locator("[name=reason]").fill("Zweimal dieselbe Frage.")
    form.locator("button[type=submit], button:not([type])").first.click()
    expect(
        page.locator("form[action$='/do/merge/'] [name=picked]").first
    ).to_be_visible()


def test_tables_minutes_and_records(
    planted: dict[str, Any], visitor: Callable[..., Visitor]
) -> None:
    code = planted["seated"]
    room, minutes = f"/d/{code}/", f"/d/{code}/minutes/"
    lead, staff = visitor().enter("moderator"), visitor().enter("staff")
    ada, ben = visitor().join(code, "Ada"), visitor().join(code, "Ben")
    lead.visit(f"{room}desk/")
    faults: Faults = []

    # The video beside the dialogue: nothing of it is asked for before the click.
    planned = f"/staff/dialogues/{code}/conference/"
    faults += look(staff, planned)
    page = staff.page
    page.locator("[name=kind][value=link]").check()
    page.locator("[name=link]").fill("https://video.example/raum")
    page.locator("[name=phone]").fill("0231 5000")
    page.locator("main form button").first.click()
    faults += again(ada, room)
    expect(ada.page.locator("#conference a").first).to_be_visible()

    # Tables: the desk, the table for who sits there and for who leads it, its findings.
    lead.do(code, "begin_round", method="random", size=9, minutes=20)
    page = ada.visit(f"{room}table/")
    table = page.url.removeprefix(ada.url)
    pk = table.strip("/").rpartition("/")[2]
    ada.do(code, "write_finding", table=pk, title="Mehr Licht", text="Im *Park*.")
    ben.do(code, "add_remark", table=pk, text="Bei uns auch.")
    ben.do(code, "call_to_table", table=pk, text="Wir hören nichts.")
    lead.do(code, "take_over_table", table=pk)
    faults += look(ada, table)
    faults += look(lead, table, f"{room}desk/")
    faults += again(ada, room)
    # In the plenary, one of them hidden there.
    ada.do(code, "write_finding", table=pk, title="Und mehr Bänke")
    lead.do(code, "bring_back", table=pk)
    faults += look(ada, f"{table}findings/")
    second = ada.page.locator("main li[id^=proposal-]").last.get_attribute("id")
    hidden = {"kind": "proposal", "pk": str(second).partition("-")[2]}
    lead.do(code, "hide", **hidden, rule="off_topic", reason="Steht schon da.")
    faults += look(ada, table)
    expect(ada.page.locator("#findings .card")).to_have_count(2)
    expect(ada.page.locator("#findings h3")).to_have_count(1)
    lead.do(code, "end_round")
    faults += look(ada, f"{table}findings/")
    finding = ada.page.locator("main [id^=proposal-]").first.get_attribute("id")
    assert finding

    # Afterwards: the draft of the minutes, a remark, a correction; then frozen.
    digest = lead.do(code, "close_dialogue", confirm="close")["digest"]
    lead.post(f"{minutes}remark/", text="Der Ton fiel kurz aus.")
    ben.post(f"{minutes}correction/", text="Die Lampe steht am Markt.")
    faults += look(lead, minutes)
    faults += look(ben, minutes)
    page = lead.page
    page.locator("[id^=reason-]:not([id*=hint])").first.fill("Stimmt.")
    page.locator("button[value=accepted]").first.click()
    expect(page.locator("form[action$='/freeze/'] button")).to_be_visible()
    page.locator("form[action$='/freeze/'] button").click()
    expect(page.locator("#check-title")).to_be_visible()
    faults += look(ben, minutes)

    # A report about what stands in the result, and what everybody reads of it all.
    proposal = finding.removeprefix("proposal-")
    ben.visit(f"{room}report/proposal/{proposal}/")
    page = ben.page
    page.locator("[name=rule]").select_option("off_topic")
    page.locator("[name=explanation]").fill("Das gehört nicht hierher.")
    page.locator("main form button").first.click()
    expect(page).to_have_url(re.compile(r"/report/\w{10}/$"))
    faults += look(lead, f"{room}reports/")
    faults += refused(send(lead, "main form"), lead)
    page.goto("/moderation/")
    year = page.locator("a[href*='/moderation/report/']").first.get_attribute("href")
    assert year
    faults += look(
        ben, "/moderation/", "/moderation/rules/", f"{room}moderation/", year
    )
    faults += again(ben, f"/projects/browser/results/{digest}/minutes/")
    assert faults == []


def test_learning_and_certificates(
    planted: dict[str, Any], visitor: Callable[..., Visitor], live_city: LiveCity
) -> None:
    learner = plain(visitor()).log_in(live_city.login("Citizen"))
    faults = look(learner, "/learn/", "/learn/certificate/", "/learn/verify/")
    lesson = learner.page.context.request.get("/learn/").text()
    lessons = sorted(set(re.findall(r"/learn/lessons/[\w-]+/", lesson)))
    assert len(lessons) == 11
    faults += look(learner, *lessons[:2])
    learner.visit(lessons[0])
    faults += refused(send(learner, "main form"), learner)
    for field in learner.page.locator("main form fieldset").all():
        field.locator("[type=radio]").first.check()
    faults += audit(send(learner, "main form"))

    lead = visitor().enter("moderator")
    faults += look(lead, "/learn/", "/learn/certificate/", "/learn/sessions/")
    faults += refused(send(lead, "main form"), lead)
    number = re.search(
        r"verify/\?number=([\w-]+)", lead.visit("/learn/certificate/").content()
    )
    assert number
    faults += look(visitor(), f"/learn/verify/?number={number[1]}")

    code = planted["moderated"]
    plan = f"/staff/dialogues/{code}"
    register = "/staff/qualification/"
    staff = visitor().enter("staff")
    faults += look(staff, register, f"{plan}/check/", f"{plan}/rehearsal/")
    admin = plain(visitor()).log_in(live_city.login("Administrator"))
    faults += look(admin, register, f"{register}{number[1]}/revoke/")
    faults += refused(send(admin, "main form"), admin)
    admin.visit(register)
    faults += refused(send(admin, "main form"), admin)
    faults += look(admin, f"/staff/dialogues/{planted['story']}/people/")
    assert faults == []
