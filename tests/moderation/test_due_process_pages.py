"""The pages of due process, by plain forms: reporting, appealing, deciding."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Message
from dialogue.models import Dialogue, Participation
from moderation.actions import hide_contribution
from moderation.appealing import appeal
from moderation.models import Appeal, Decision, Report, Ruling
from moderation.people import exclude
from moderation.reporting import report_contribution, reporter_of
from proposals.models import Proposal
from tests.browser.hostile_strings import HOSTILE
from tests.factories import (
    make_comment,
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_proposal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(), "lead_moderator")


@pytest.fixture
def proposal(lead: Participation) -> Proposal:
    return make_proposal(make_participation(lead.dialogue), title="Kanarie")


def at(person: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def report_address(proposal: Proposal) -> str:
    return f"/d/{proposal.dialogue.code}/report/proposal/{proposal.pk}/"


def hidden(lead: Participation, proposal: Proposal, reason: str = "Grund") -> Decision:
    return hide_contribution(
        moderator=lead, kind="proposal", pk=proposal.pk, rule="insult", reason=reason
    )


def test_anybody_reports_and_gets_a_receipt(proposal: Proposal):
    client = at(None)

    answer = client.post(
        report_address(proposal),
        {"rule": "insult", "explanation": "Weil", "email": "k@example.org"},
    )
    page = client.get(answer.headers["Location"])

    report = Report.objects.get()
    assert answer.status_code == 302
    assert (report.email, report.reporter) == ("k@example.org", None)
    assert report.receipt in page.content.decode()


@pytest.mark.parametrize(
    "facts",
    [
        {"rule": ""},
        {"rule": "dislike"},
        {"explanation": ""},
        {"explanation": "x" * 1201},
        {"email": "no address"},
    ],
)
def test_report_keeps_what_was_typed(proposal: Proposal, facts: dict[str, str]):
    answer = at(None).post(
        report_address(proposal),
        {"rule": "insult", "explanation": "Weil", "place": "Absatz 7", **facts},
    )

    assert answer.status_code == 400
    assert "Absatz 7" in answer.content.decode()
    assert Report.objects.count() == 0


def test_strangers_read_nothing_on_the_form(proposal: Proposal):
    pages = [
        at(person).get(report_address(proposal)).content.decode()
        for person in (None, make_person(), proposal.author.person)
    ]

    assert ["Kanarie" in page for page in pages] == [False, False, True]


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "withdrawn"])
def test_form_does_not_tell_what_is_not_visible(proposal: Proposal, state: str):
    Proposal.objects.update(state=state)

    here = at(None).get(report_address(proposal))
    nowhere = at(None).get(f"/d/{proposal.dialogue.code}/report/proposal/999999/")

    assert (here.status_code, nowhere.status_code) == (403, 403)
    assert "Kanarie" not in here.content.decode()


def test_unknown_receipts_are_held_off(proposal: Proposal):
    client = at(make_guest())
    codes = [
        client.get(f"/d/{proposal.dialogue.code}/report/ABCDEFGH{n:02}/").status_code
        for n in range(12)
    ]

    assert codes[0] == 404
    assert codes[-1] == 429


def test_receipt_of_another_dialogue(proposal: Proposal):
    at(None).post(report_address(proposal), {"rule": "insult", "explanation": "Weil"})
    other = make_dialogue()

    answer = at(None).get(f"/d/{other.code}/report/{Report.objects.get().receipt}/")

    assert answer.status_code == 404


def test_draft_dialogue_is_not_there(proposal: Proposal):
    Dialogue.objects.update(state="draft")
    code = proposal.dialogue.code

    answers = [
        at(None).get(address).status_code
        for address in (report_address(proposal), f"/d/{code}/moderation/")
    ]

    assert answers == [404, 404]


def test_author_reads_and_appeals(lead: Participation, proposal: Proposal):
    decision = hidden(lead, proposal)
    client = at(proposal.author.person)
    address = Message.objects.get(person=proposal.author.person).link

    before = client.get(address).content.decode()
    answer = client.post(address, {"text": "Ein Zitat"}, follow=True)

    assert "Kanarie" in before
    assert "Grund" in before
    assert Appeal.objects.get().decision == decision
    assert "Ein Zitat" in answer.content.decode()
    again = client.post(address, {"text": ""})
    assert (again.status_code, Appeal.objects.count()) == (409, 1)


def test_excluded_person_appeals_on_the_page(lead: Participation):
    citizen = make_participation(lead.dialogue)
    decision = exclude(
        moderator=lead, participation_pk=citizen.pk, rule="insult", reason="Droht"
    )

    address = f"/d/{lead.dialogue.code}/decisions/{decision.pk}/"
    answer = at(citizen.person).post(address, {}, follow=True)

    assert answer.status_code == 200
    assert Appeal.objects.get().decision == decision


def test_sealed_text_is_for_author_and_moderators(
    lead: Participation, proposal: Proposal
):
    decision = hidden(lead, proposal)
    address = f"/d/{lead.dialogue.code}/decisions/{decision.pk}/"
    people = {
        "author": proposal.author.person,
        "moderator": make_participation(lead.dialogue, "table_moderator").person,
        "neighbour": make_participation(lead.dialogue).person,
        "host": make_participation(lead.dialogue, "technical_host").person,
        "elsewhere": make_participation(make_dialogue(), "lead_moderator").person,
        "nobody": None,
    }

    found = {who: at(person).get(address) for who, person in people.items()}

    assert {who: page.status_code for who, page in found.items()} == {
        "author": 200,
        "moderator": 200,
        "neighbour": 403,
        "host": 403,
        "elsewhere": 403,
        "nobody": 403,
    }
    readers = [w for w, page in found.items() if "Kanarie" in page.content.decode()]
    assert readers == ["author", "moderator"]


def test_decision_under_the_code_of_another_dialogue(
    lead: Participation, proposal: Proposal
):
    decision = hidden(lead, proposal)
    other = make_participation(make_dialogue(), "lead_moderator")

    answer = at(other.person).get(f"/d/{other.dialogue.code}/decisions/{decision.pk}/")

    assert answer.status_code == 403


def test_moderators_decide_on_the_whole_text(lead: Participation, proposal: Proposal):
    """What stands at the end may be what it is about."""
    second = make_participation(lead.dialogue, "lead_moderator")
    reported, appealed = (
        make_comment(proposal.author, proposal, text=f"{'Vorrede ' * 20}{end}")
        for end in ("Schluss der Meldung", "Schluss des Widerspruchs")
    )
    Proposal.objects.update(comments_count=2)
    report_contribution(
        dialogue=lead.dialogue,
        reporter=reporter_of(make_participation(lead.dialogue)),
        kind="comment",
        pk=reported.pk,
        rule="insult",
        explanation="Deshalb.",
    )
    decision = hide_contribution(
        moderator=lead, kind="comment", pk=appealed.pk, rule="insult", reason="Grund"
    )
    appeal(person=proposal.author.person, decision_pk=decision.pk)

    desk = at(second.person).get(f"/d/{lead.dialogue.code}/desk/").content.decode()
    page = at(second.person).get(f"/d/{lead.dialogue.code}/appeals/").content.decode()
    room = at(proposal.author.person).get(f"/d/{lead.dialogue.code}/").content.decode()

    assert "Schluss der Meldung" in desk.partition('id="queue-list"')[2]
    assert "Schluss des Widerspruchs" in desk.partition('id="queue-list"')[2]
    assert "Schluss des Widerspruchs" in page
    assert "Schluss des Widerspruchs" in room


def test_somebody_else_decides_after_the_end(lead: Participation, proposal: Proposal):
    second = make_participation(lead.dialogue, "table_moderator")
    made = appeal(person=proposal.author.person, decision_pk=hidden(lead, proposal).pk)
    Dialogue.objects.update(state="closed")
    address = f"/d/{lead.dialogue.code}/appeals/"
    facts = {"appeal": made.pk, "outcome": "reversed", "reason": "Kein Verstoß"}

    own = at(lead.person).post(address, facts)
    after_own = Ruling.objects.count()
    without = at(second.person).post(address, {**facts, "reason": ""})
    other = at(second.person).post(address, facts, follow=True)

    assert (own.status_code, after_own) == (403, 0)
    assert without.status_code == 400
    assert other.status_code == 200
    proposal.refresh_from_db()
    assert proposal.state == "published"


@pytest.mark.parametrize("which", ["x", "", "0", "9" * 30, "-1"])
def test_odd_appeal_is_refused(lead: Participation, which: str):
    answer = at(lead.person).post(
        f"/d/{lead.dialogue.code}/appeals/",
        {"appeal": which, "outcome": "upheld", "reason": "Grund"},
    )

    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_in_every_field(
    lead: Participation, proposal: Proposal, text: str
):
    """In a report, a reason, an appeal and a ruling: shown, never run."""
    # A form with a NUL is refused as a whole.
    text = text.replace("\x00", "")
    at(None).post(
        report_address(proposal),
        {"rule": "insult", "explanation": text, "place": text, "name": text},
    )
    second = make_participation(lead.dialogue, "table_moderator")
    decision = hidden(lead, proposal, reason=text)
    client, author = at(second.person), at(proposal.author.person)
    address = f"/d/{lead.dialogue.code}/decisions/{decision.pk}/"

    author.post(address, {"text": text})
    pages = [client.get(f"/d/{lead.dialogue.code}/appeals/")]
    made = Appeal.objects.get()
    client.post(
        f"/d/{lead.dialogue.code}/appeals/",
        {"appeal": made.pk, "outcome": "upheld", "reason": text},
    )
    pages += [
        author.get(address),
        client.get(address),
        author.get("/me/"),
        author.get(f"/d/{lead.dialogue.code}/"),
        client.get(f"/d/{lead.dialogue.code}/desk/"),
    ]

    for page in pages:
        assert page.status_code == 200
        if "<" in text:
            assert text not in page.content.decode()
