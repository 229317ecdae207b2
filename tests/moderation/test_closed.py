"""After the end: reports are answered, and what is hidden leaves the result's pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Message
from dialogue.models import MinutesText, Participation
from ledger.queries import entries_since
from moderation.actions import (
    ask_revision,
    hide_contribution,
    restore_contribution,
)
from moderation.appealing import appeal, rule_on_appeal
from moderation.closed import answer_report
from moderation.merging import merge_contributions
from moderation.minutes_freezing import freeze_minutes
from moderation.models import Decision, SealedText
from moderation.reporting import Reporter, report_contribution
from moderation.sealing import end_of_time
from moderation.sealing import erase_person as erase_in_moderation
from projects.actions import assign_staff
from projects.models import ResultText
from proposals.models import Proposal
from shared import clock
from shared.errors import Refusal
from tests.factories import make_guest, make_participation, make_person
from tests.filed import Evening, hold_evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening() -> Evening:
    return hold_evening()


def filed(evening: Evening) -> Proposal:
    """A proposal that stands in the result, with its words there."""
    evening.proposals[1].refresh_from_db()
    return evening.proposals[1]


def report(row: Proposal) -> Any:
    return report_contribution(
        dialogue=row.dialogue,
        reporter=Reporter(person=make_guest()),
        kind="proposal",
        pk=row.pk,
        rule="insult",
        explanation="Das beleidigt.",
    )


def staff_of(evening: Evening) -> Any:
    person = make_person(is_staff_member=True)
    assign_staff(project=evening.dialogue.project, person=person)
    return person


def answer(person: Any, row: Proposal, action: str = "hide", **facts: Any) -> Decision:
    return answer_report(
        person=person,
        dialogue=row.dialogue,
        kind="proposal",
        pk=row.pk,
        **{"action": action, "rule": "insult", "reason": "Grob.", **facts},
    )


def refusal(act: Any, *args: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **facts)
    return refused.value.code


def everything_public(evening: Evening) -> str:
    """All bytes that anybody can load of result and minutes."""
    paths = [evening.address, f"{evening.address}texts.json"]
    if hasattr(evening.dialogue, "minutes"):
        paths += [f"{evening.address}minutes/{end}" for end in ("", "texts.json")]
    return "".join(Client().get(path).content.decode() for path in paths)


def test_report_reaches_those_who_decide_once(evening: Evening):
    person, row = staff_of(evening), filed(evening)

    report(row)
    report(row)

    for one in (person, evening.lead.person):
        told = Message.objects.filter(person=one, link__endswith="/reports/")
        assert told.count() == 1
    assert entries_since(row.dialogue.stream_id, 0)[-1].kind == "report.made"


def test_hidden_by_staff_leaves_every_public_page_and_the_record_stays(
    evening: Evening,
):
    freeze_minutes(moderator=evening.lead)
    person, row = staff_of(evening), filed(evening)
    title, before = row.title, evening.record.canonical
    assert title in everything_public(evening)
    report(row)

    made = answer(person, row)

    assert (made.decided_by, made.decided_as_staff) == (None, person)
    assert title not in everything_public(evening)
    page = Client(headers={"Accept-Language": "en"}).get(evening.address)
    assert "Hidden by the moderation after the end" in page.content.decode()
    evening.record.refresh_from_db()
    assert evening.record.canonical == before
    assert row.reports.exclude(settled_at=None).get().decision == made
    told = Message.objects.filter(person=row.author.person).latest("pk")
    assert "Grob." in told.body
    entry = entries_since(row.dialogue.stream_id, 0)
    assert "contribution.hidden" in [one.kind for one in entry]


def test_appeal_after_the_end_puts_everything_back(evening: Evening):
    freeze_minutes(moderator=evening.lead)
    person, row = staff_of(evening), filed(evening)
    report(row)
    texts = set(ResultText.objects.values_list("key", "salt", "text"))
    notes = set(MinutesText.objects.values_list("key", "salt", "text"))
    made = answer(person, row)
    assert SealedText.objects.exists()
    case = appeal(person=row.author.person, decision_pk=made.pk)
    facts = {"appeal_pk": case.pk, "outcome": "reversed", "reason": "Erlaubt."}

    assert refusal(rule_on_appeal, person=person, **facts) == "appeal.own_case"
    rule_on_appeal(person=evening.lead.person, **facts)

    assert set(ResultText.objects.values_list("key", "salt", "text")) == texts
    assert set(MinutesText.objects.values_list("key", "salt", "text")) == notes
    assert not SealedText.objects.exists()
    assert row.title in everything_public(evening)


def test_lead_hides_and_restores_after_the_end(evening: Evening):
    row = filed(evening)
    report(row)

    made = answer(evening.lead.person, row)

    assert made.decided_by == evening.lead
    assert row.title not in everything_public(evening)
    restore_contribution(
        moderator=evening.lead, kind="proposal", pk=row.pk, reason="Doch nicht."
    )
    assert row.title in everything_public(evening)


def test_reported_and_left_visible(evening: Evening):
    person, row = staff_of(evening), filed(evening)
    report(row)

    made = answer(person, row, "approve", rule="")

    assert (made.action, made.rule) == ("approve", "none")
    assert row.title in everything_public(evening)


def test_who_and_what_is_refused_after_the_end(evening: Evening):
    row, other = filed(evening), evening.proposals[2]
    helper = make_participation(evening.dialogue, "table_moderator")
    stranger = make_person(is_staff_member=True)
    person = staff_of(evening)
    facts = {"kind": "proposal", "pk": row.pk, "rule": "insult", "reason": "Grob."}

    assert refusal(answer, person, row) == "decision.changed_meanwhile"
    report(row)
    assert refusal(answer, stranger, row) == "right.missing"
    assert refusal(answer, row.author.person, row) == "right.missing"
    assert refusal(answer, person, row, rule="") == "decision.rule"
    assert refusal(answer, person, row, reason=" ") == "decision.reason"
    assert refusal(answer, person, row, "merge") == "report.action"
    assert refusal(hide_contribution, moderator=helper, **facts)
    assert refusal(ask_revision, moderator=evening.lead, **facts)
    assert refusal(
        merge_contributions,
        moderator=evening.lead,
        kind="proposal",
        pks=[row.pk, other.pk],
        title="Eins",
        reason="Gleich",
    )
    assert not Decision.objects.filter(decided_at__gt=evening.record.filed_at).exists()
    make_seat(person, row)
    assert refusal(answer, person, row) == "report.own_case"


def make_seat(person: Any, row: Proposal) -> None:
    """The staff member is the author, by another name."""
    Participation.objects.filter(pk=row.author_id).update(person=person)


def test_sealed_texts_go_with_the_time_and_with_their_author(
    evening: Evening,
):
    person, row = staff_of(evening), filed(evening)
    report(row)
    answer(person, row)
    assert SealedText.objects.filter(proposal=row).exists()

    erase_in_moderation(row.author.person, texts=True)

    assert not SealedText.objects.exists()


def test_sealed_texts_are_deleted_when_nobody_can_appeal(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
):
    person, row = staff_of(evening), filed(evening)
    report(row)
    answer(person, row)
    later = clock.now() + timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: later)

    end_of_time()

    assert not SealedText.objects.exists()
    row.refresh_from_db()
    assert (row.title, row.salt) == ("", "")


def test_page_of_reports(evening: Evening):
    person, row = staff_of(evening), filed(evening)
    report(row)
    path = f"/d/{evening.dialogue.code}/reports/"
    client = Client(headers={"Accept-Language": "en"})
    assert client.get(path).status_code in (302, 403, 404)
    client.force_login(person)
    assert "Das beleidigt." in client.get(path).content.decode()
    sent = {"subject": f"proposal-{row.pk}", "action": "hide", "reason": "Grob <b>."}

    page = client.post(path, {**sent, "rule": ""})

    assert page.status_code == 400
    assert "Grob &lt;b&gt;." in page.content.decode()
    assert client.post(path, {**sent, "rule": "insult"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "hidden"
    assert client.post(path, {**sent, "rule": "insult"}).status_code == 409


def test_result_leads_to_the_report_form(evening: Evening):
    client, row = Client(headers={"Accept-Language": "en"}), filed(evening)

    page = client.get(evening.address).content.decode()
    link = f"{evening.address}report/proposal/2/"

    assert link in page
    answered = client.get(link)
    assert answered.status_code == 302
    assert f"/report/proposal/{row.pk}/" in answered["Location"]
    assert client.get(f"{evening.address}report/proposal/99/").status_code == 403
