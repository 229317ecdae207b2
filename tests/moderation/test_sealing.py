"""Hidden texts are kept for appeals, seen by few, and deleted after their time."""

from datetime import timedelta
from typing import Any

import pytest

from dialogue.models import Participation
from ledger.queries import entries_since
from moderation.actions import hide_contribution, restore_contribution
from moderation.appealing import appeal, rule_on_appeal
from moderation.models import AppealText, Decision, Report
from moderation.reporting import Reporter, report_contribution
from moderation.sealing import end_of_time
from portal.erasure import erase_person
from proposals.models import Proposal, Revision
from proposals.queries import salted_digest
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_participation,
    make_person,
    make_proposal,
)

pytestmark = pytest.mark.django_db

WORDS = {"rule": "insult", "reason": "Wortwahl"}


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(), "lead_moderator")


@pytest.fixture
def proposal(lead: Participation) -> Proposal:
    author = make_participation(lead.dialogue, person=make_person())
    return make_proposal(author, title="Kanarie", text="gelb", reason="singt")


@pytest.fixture
def hidden(lead: Participation, proposal: Proposal) -> Decision:
    return hide_contribution(moderator=lead, kind="proposal", pk=proposal.pk, **WORDS)


def after(days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: moment)


def texts(proposal: Proposal) -> tuple[str, ...]:
    proposal.refresh_from_db()
    return (proposal.title, proposal.text, proposal.reason, proposal.salt)


def test_text_is_deleted_after_six_months(
    proposal: Proposal, hidden: Decision, monkeypatch: pytest.MonkeyPatch
):
    salt = proposal.salt
    Revision.objects.create(
        proposal=proposal, number=1, title="Früher", replaced_at=clock.now()
    )

    after(182, monkeypatch)
    early = end_of_time()
    after(2, monkeypatch)
    due = end_of_time()

    assert (early, due, end_of_time()) == (0, 1, 0)
    assert texts(proposal) == ("", "", "", "")
    assert (proposal.state, Revision.objects.count()) == ("hidden", 0)
    # Whoever has the text and the salt can still prove what was decided about.
    assert hidden.wording_digest == salted_digest(salt, "Kanarie", "gelb", "singt")
    assert entries_since(proposal.dialogue.stream_id, 0)[-1].kind == (
        "contribution.text_deleted"
    )


def test_open_appeal_keeps_the_text(
    lead: Participation,
    proposal: Proposal,
    hidden: Decision,
    monkeypatch: pytest.MonkeyPatch,
):
    made = appeal(person=proposal.author.person, decision_pk=hidden.pk)
    other = make_participation(lead.dialogue, "table_moderator")

    after(400, monkeypatch)
    waiting = end_of_time()
    rule_on_appeal(
        person=other.person, appeal_pk=made.pk, outcome="upheld", reason="Bleibt"
    )
    at_once = end_of_time()
    after(31, monkeypatch)

    assert (waiting, at_once, end_of_time()) == (0, 0, 1)
    assert texts(proposal)[0] == ""


def test_what_is_visible_again_stays(
    lead: Participation,
    proposal: Proposal,
    hidden: Decision,
    monkeypatch: pytest.MonkeyPatch,
):
    restore_contribution(moderator=lead, kind="proposal", pk=proposal.pk, reason="x")

    after(400, monkeypatch)

    assert end_of_time() == 0
    assert texts(proposal)[0] == "Kanarie"


def test_newer_decision_has_its_own_time(
    lead: Participation,
    proposal: Proposal,
    hidden: Decision,
    monkeypatch: pytest.MonkeyPatch,
):
    after(100, monkeypatch)
    restore_contribution(moderator=lead, kind="proposal", pk=proposal.pk, reason="x")
    hide_contribution(moderator=lead, kind="proposal", pk=proposal.pk, **WORDS)
    after(100, monkeypatch)

    assert end_of_time() == 0
    assert texts(proposal)[0] == "Kanarie"


def test_deleted_text_is_not_restored(
    lead: Participation,
    proposal: Proposal,
    hidden: Decision,
    monkeypatch: pytest.MonkeyPatch,
):
    after(184, monkeypatch)
    end_of_time()

    with pytest.raises(Refusal) as refused:
        restore_contribution(
            moderator=lead, kind="proposal", pk=proposal.pk, reason="x"
        )

    assert refused.value.code == "decision.text_gone"


def made_report(proposal: Proposal, **facts: Any) -> Report:
    return report_contribution(
        dialogue=proposal.dialogue,
        reporter=Reporter(**facts),
        kind="proposal",
        pk=proposal.pk,
        rule="insult",
        explanation="Weil",
        place="Titel",
    )


def test_reporters_are_forgotten(
    lead: Participation, proposal: Proposal, monkeypatch: pytest.MonkeyPatch
):
    report = made_report(proposal, network="192.0.2.1", name="Kim", email="k@e.org")
    hide_contribution(moderator=lead, kind="proposal", pk=proposal.pk, **WORDS)

    after(212, monkeypatch)
    end_of_time()
    report.refresh_from_db()
    kept = report.explanation
    after(2, monkeypatch)
    end_of_time()

    report.refresh_from_db()
    assert kept == "Weil"
    assert (
        report.explanation, report.place, report.name, report.email,
        report.reporter_key,
    ) == ("", "", "", "", "")  # fmt: skip
    assert (report.rule, report.settled_at is None) == ("insult", False)


@pytest.mark.parametrize("with_texts", [True, False])
def test_erased_person(
    lead: Participation, proposal: Proposal, hidden: Decision, with_texts: bool
):
    person = proposal.author.person
    appeal(person=person, decision_pk=hidden.pk, text="Ein Zitat")
    other = make_proposal(make_participation(lead.dialogue))
    report = made_report(other, person=person, name="Kim")

    erase_person(person, texts=with_texts)

    report.refresh_from_db()
    assert (report.name, report.reporter) == ("", None)
    assert report.explanation == ("" if with_texts else "Weil")
    assert AppealText.objects.exists() is not with_texts
