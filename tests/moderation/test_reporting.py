"""Reports: by anybody, bundled, weighed, never hiding by their number, answered."""

from typing import Any

import pytest
from django.core import mail

from accounts.models import Message
from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from moderation import reporting
from moderation.actions import approve_contribution, hide_contribution
from moderation.models import Report
from moderation.queries import open_reports, reported_since
from moderation.reporting import Reporter, report_contribution
from moderation.settling import settle_withdrawn
from proposals.actions import withdraw
from proposals.models import Proposal
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_proposal,
    make_question,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(), "lead_moderator")


@pytest.fixture
def proposal(lead: Participation) -> Proposal:
    return make_proposal(make_participation(lead.dialogue))


def report(row: Any, **facts: Any) -> Report:
    kind = type(row).__name__.lower()
    return report_contribution(
        **{
            "dialogue": row.author.dialogue,
            "reporter": Reporter(person=make_guest()),
            "kind": kind,
            "pk": row.pk,
            "rule": "insult",
            **facts,
        }
    )


def refusal_of(row: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        report(row, **facts)
    return refused.value.code


def test_report_with_receipt(proposal: Proposal):
    person = make_person()

    made = report(
        proposal,
        reporter=Reporter(person=person),
        explanation="Zweiter Satz\x00<b>",
        place="Zeile\n2",
    )

    assert len(made.receipt) == 10
    assert (made.explanation, made.place) == ("Zweiter Satz<b>", "Zeile 2")
    assert made.receipt in Message.objects.get(person=person).body
    entry = entries_since(proposal.dialogue.stream_id, 0)[0]
    assert (entry.kind, entry.audience) == ("report.made", "moderators")
    assert entry.payload == {
        "report": made.pk,
        "contribution": "proposal",
        "pk": proposal.pk,
    }


def test_reporter_without_account_gets_mail(
    lead: Participation,
    proposal: Proposal,
    django_capture_on_commit_callbacks: Any,
    settings: Any,
):
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}
    }
    with django_capture_on_commit_callbacks(execute=True):
        made = report(
            proposal, reporter=Reporter(network="192.0.2.1", email="a@example.org")
        )
        hide_contribution(
            moderator=lead, kind="proposal", pk=proposal.pk, rule="insult", reason="Ja"
        )

    assert [message.to for message in mail.outbox] == [["a@example.org"]] * 2
    assert all(made.receipt in message.body for message in mail.outbox)


@pytest.mark.parametrize("kind", ["comment", "question"])
def test_every_kind_can_be_reported(lead: Participation, proposal: Proposal, kind: str):
    author = make_participation(lead.dialogue)
    row = make_comment(author, proposal) if kind == "comment" else make_question(author)

    report(row)

    assert [(b.kind, b.row) for b in open_reports(lead.dialogue)] == [(kind, row)]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"rule": "dislike"}, "report.rule"),
        ({"rule": "none"}, "report.rule"),
        ({"kind": "ballot"}, "right.missing"),
        ({"pk": 0}, "right.missing"),
    ],
)
def test_report_refused(proposal: Proposal, facts: dict[str, Any], code: str):
    assert refusal_of(proposal, **facts) == code
    assert Report.objects.count() == 0


@pytest.mark.parametrize("state", ["hidden", "pending", "withdrawn"])
def test_what_is_not_visible_is_not_reported(proposal: Proposal, state: str):
    Proposal.objects.update(state=state)

    assert refusal_of(proposal) == "report.not_visible"


def test_own_contribution(proposal: Proposal):
    me = Reporter(person=proposal.author.person)

    assert refusal_of(proposal, reporter=me) == "report.own"


def test_closed_dialogue(proposal: Proposal):
    Dialogue.objects.update(state="closed")

    made = report(proposal)

    assert (made.settled_at, len(made.receipt)) == (None, 10)
    assert [found.row for found in open_reports(proposal.dialogue)] == [proposal]


def test_one_open_report_per_person(proposal: Proposal):
    me = Reporter(person=make_guest())
    report(proposal, reporter=me)

    assert refusal_of(proposal, reporter=me) == "report.waiting"


def test_reports_are_bundled_and_hide_nothing(lead: Participation, proposal: Proposal):
    first, *others = [report(proposal) for __ in range(30)]

    bundle, *more = open_reports(lead.dialogue)

    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert more == []
    assert (bundle.pk, bundle.made_at) == (first.pk, first.made_at)
    assert (bundle.people, len(bundle.reports), len(others)) == (30, 30, 29)
    assert bundle.weight == 30.0
    assert bundle.is_mass is False


def test_mass_reports_of_few_weigh_less(lead: Participation):
    """Two people report everything that one person wrote; a third one thing."""
    author = make_participation(lead.dialogue)
    rows = [make_proposal(author) for __ in range(8)]
    few = [Reporter(person=make_guest()) for __ in range(2)]
    for row in rows:
        for reporter in few:
            report(row, reporter=reporter)
    single = make_proposal(author)
    report(single)

    *mass, last = open_reports(lead.dialogue)

    assert [(b.people, b.weight, b.is_mass) for b in mass] == [(2, 0.25, True)] * 8
    assert (last.row, last.people, last.weight) == (single, 1, 1.0)


def test_earlier_mistaken_reports_weigh_less(lead: Participation, proposal: Proposal):
    reporter = Reporter(person=make_guest())
    report(proposal, reporter=reporter)
    approve_contribution(
        moderator=lead, kind="proposal", pk=proposal.pk, reason="In Ordnung"
    )

    report(make_proposal(proposal.author), reporter=reporter)

    assert [b.weight for b in open_reports(lead.dialogue)] == [0.5]


def test_too_many_open_reports(
    lead: Participation, proposal: Proposal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(reporting.PER_REPORTER, "most", 100)
    reporter = Reporter(network="192.0.2.1")
    for __ in range(10):
        report(make_proposal(proposal.author), reporter=reporter)

    assert refusal_of(proposal, reporter=reporter) == "report.too_many"
    report(proposal)


def test_too_many_reports_in_a_short_time(lead: Participation, proposal: Proposal):
    reporter = Reporter(network="192.0.2.1")
    for __ in range(10):
        report(make_proposal(proposal.author), reporter=reporter)
    Report.objects.update(settled_at="2026-01-01T00:00:00Z")

    assert refusal_of(proposal, reporter=reporter) == "rate.limited"


def test_all_reporters_hear_of_the_decision(lead: Participation, proposal: Proposal):
    people = [make_person(), make_person()]
    reports = [report(proposal, reporter=Reporter(person=p)) for p in people]

    decision = hide_contribution(
        moderator=lead, kind="proposal", pk=proposal.pk, rule="insult", reason="Privat"
    )

    assert open_reports(lead.dialogue) == []
    assert {r.decision for r in Report.objects.all()} == {decision}
    assert decision.waited_since == reports[0].made_at
    for person, made in zip(people, reports, strict=True):
        outcome = Message.objects.filter(person=person).first()
        assert outcome is not None
        assert made.receipt in outcome.body
        # The reason is written to the author.
        assert "Privat" not in outcome.body
    kinds = [e.kind for e in entries_since(lead.dialogue.stream_id, 0)]
    assert kinds[-2:] == ["contribution.hidden", "report.settled"]


def test_gauge_counts_what_the_queue_has(lead: Participation, proposal: Proposal):
    """By aggregates what `open_reports` lists: contributions, and the first report."""
    assert reported_since(lead.dialogue) == (0, None)
    author = make_participation(lead.dialogue)
    comment = make_comment(author, proposal)
    withdrawn, decided = make_question(author), make_question(author)
    for row in (withdrawn, decided, comment, proposal, proposal, comment):
        report(row)
    withdraw(author=author, kind="question", pk=withdrawn.pk)
    hide_contribution(
        moderator=lead, kind="question", pk=decided.pk, rule="insult", reason="Ja"
    )

    waiting = open_reports(lead.dialogue)

    assert [bundle.row for bundle in waiting] == [comment, proposal]
    assert reported_since(lead.dialogue) == (2, waiting[0].made_at)


def test_withdrawn_needs_no_decision(lead: Participation, proposal: Proposal):
    person = make_person()
    made = report(proposal, reporter=Reporter(person=person))
    withdraw(author=proposal.author, kind="proposal", pk=proposal.pk)
    waiting = open_reports(lead.dialogue)

    assert settle_withdrawn() == 1
    assert settle_withdrawn() == 0

    made.refresh_from_db()
    assert waiting == []
    assert (made.settled_at is None, made.decision) == (False, None)
    assert Message.objects.filter(person=person).count() == 2
