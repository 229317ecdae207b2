"""Hiding and restoring: with rule and reason, the author told, the counts right."""

from functools import partial
from typing import Any

import pytest
from django.core import mail

from accounts.models import Message
from dialogue.models import Participation
from ledger.queries import entries_since
from moderation.actions import hide_contribution, restore_contribution
from moderation.models import Decision, Rule
from proposals.models import Proposal
from proposals.queries import published_proposals
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_participation,
    make_person,
    make_proposal,
    make_question,
)
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db

KINDS = ["proposal", "comment", "question"]


@pytest.fixture
def moderator() -> Participation:
    return make_participation(
        make_dialogue(allows="propose comment ask"), "table_moderator"
    )


def make_contribution(author: Participation, kind: str, **facts: Any) -> Any:
    if kind == "comment":
        return make_comment(author, make_proposal(author, comments_count=1), **facts)
    return {"proposal": make_proposal, "question": make_question}[kind](author, **facts)


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def hiding(moderator: Participation, kind: str, pk: int, **facts: Any) -> dict:
    return {
        "moderator": moderator,
        "kind": kind,
        "pk": pk,
        "rule": "insult",
        "reason": "Wortwahl",
        **facts,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_hide_and_restore(moderator: Participation, kind: str):
    author = make_participation(moderator.dialogue)
    row = make_contribution(author, kind)
    states = []

    hidden = hide_contribution(**hiding(moderator, kind, row.pk))
    row.refresh_from_db()
    states.append(row.state)
    restored = restore_contribution(
        moderator=moderator, kind=kind, pk=row.pk, reason="Irrtum"
    )
    row.refresh_from_db()
    states.append(row.state)

    assert states == ["hidden", "published"]
    assert [
        (d.action, d.rule, d.reason, d.author, d.decided_by, d.contribution)
        for d in (hidden, restored)
    ] == [
        ("hide", "insult", "Wortwahl", author, moderator, row),
        ("restore", "insult", "Irrtum", author, moderator, row),
    ]
    facts = {
        "contribution": kind,
        "pk": row.pk,
        "by": moderator.pk,
        "concerns": author.pk,
    }
    if kind == "comment":
        facts["proposal"] = row.proposal_id
    entries = entries_since(moderator.dialogue.stream_id, 0)
    assert [(e.kind, e.payload) for e in entries] == [
        ("contribution.hidden", {**facts, "rule": "insult", "decision": hidden.pk}),
        ("contribution.restored", {**facts, "decision": restored.pk}),
    ]


def test_hide_tells_the_author(moderator: Participation):
    person = make_person()
    author = make_participation(moderator.dialogue, person=person)
    proposal = make_proposal(author)

    hide_contribution(**hiding(moderator, "proposal", proposal.pk))
    restore_contribution(
        moderator=moderator, kind="proposal", pk=proposal.pk, reason="Irrtum"
    )

    restored, hidden = Message.objects.filter(person=person)
    assert "Wortwahl" in hidden.body
    assert "Irrtum" in restored.body
    assert hidden.subject != restored.subject
    for message in (hidden, restored):
        assert moderator.dialogue.title in message.body
        assert message.link == moderator.dialogue.get_absolute_url()
        assert moderator.display_name not in message.body
    assert mail.outbox == []


def test_hide_takes_it_off_the_lists(moderator: Participation):
    author = make_participation(moderator.dialogue)
    shown, hidden = make_proposal(author), make_proposal(author)

    hide_contribution(**hiding(moderator, "proposal", hidden.pk))

    assert list(published_proposals(moderator.dialogue)) == [shown]


def test_hide_comment_counts(moderator: Participation):
    author = make_participation(moderator.dialogue)
    comment = make_contribution(author, "comment")
    counts = []

    for verb, facts in (
        (hide_contribution, {"rule": "insult"}),
        (restore_contribution, {}),
    ):
        verb(moderator=moderator, kind="comment", pk=comment.pk, reason="x", **facts)
        proposal = Proposal.objects.get(pk=comment.proposal_id)
        counts.append((proposal.comments_count, proposal.counts_version))

    assert counts == [(0, 1), (1, 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_second_moderator_is_told(moderator: Participation, kind: str):
    row = make_contribution(make_participation(moderator.dialogue), kind)
    other = make_participation(moderator.dialogue, "lead_moderator")

    hide_contribution(**hiding(moderator, kind, row.pk))
    codes = [refusal_of(hide_contribution, **hiding(other, kind, row.pk))]
    facts = {"kind": kind, "pk": row.pk, "reason": "x"}
    restore_contribution(moderator=other, **facts)
    codes.append(refusal_of(restore_contribution, moderator=moderator, **facts))

    assert codes == ["decision.changed_meanwhile"] * 2
    assert Decision.objects.count() == 2
    assert Message.objects.count() == 2


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_many_moderators_hide_at_once():
    dialogue = make_dialogue()
    comment = make_contribution(make_participation(dialogue), "comment")
    moderators = [make_participation(dialogue, "lead_moderator") for __ in range(6)]

    results = at_once(
        [
            partial(hide_contribution, **hiding(m, "comment", comment.pk))
            for m in moderators
        ]
    )

    codes = sorted(getattr(r, "code", "") or r.action for r in results)
    assert codes == ["decision.changed_meanwhile"] * 5 + ["hide"]
    assert Decision.objects.count() == Message.objects.count() == 1
    assert Proposal.objects.get(pk=comment.proposal_id).comments_count == 0


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"rule": "dislike"}, "decision.rule", "rule"),
        ({"rule": ""}, "decision.rule", "rule"),
        ({"reason": ""}, "decision.reason", "reason"),
        ({"kind": "ballot"}, "right.missing", None),
        ({"pk": 0}, "right.missing", None),
    ],
)
def test_hide_refused(
    moderator: Participation, facts: dict[str, Any], code: str, field: str | None
):
    proposal = make_proposal(make_participation(moderator.dialogue))

    with pytest.raises(Refusal) as refused:
        hide_contribution(**hiding(moderator, "proposal", proposal.pk) | facts)

    proposal.refresh_from_db()
    assert (refused.value.code, refused.value.field) == (code, field)
    assert proposal.state == "published"
    assert (Decision.objects.count(), Message.objects.count()) == (0, 0)
    assert entries_since(moderator.dialogue.stream_id, 0) == []


def test_restore_without_reason(moderator: Participation):
    proposal = make_proposal(make_participation(moderator.dialogue), state="hidden")

    code = refusal_of(
        restore_contribution,
        moderator=moderator,
        kind="proposal",
        pk=proposal.pk,
        reason="",
    )

    proposal.refresh_from_db()
    assert (code, proposal.state) == ("decision.reason", "hidden")


@pytest.mark.parametrize("role", ["participant", "observer", "technical_host"])
def test_hide_without_right(moderator: Participation, role: str):
    proposal = make_proposal(make_participation(moderator.dialogue))
    other = make_participation(moderator.dialogue, role)

    code = refusal_of(hide_contribution, **hiding(other, "proposal", proposal.pk))

    assert code in ("agenda.not_now", "role.observer")
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_hide_in_foreign_dialogue(moderator: Participation, kind: str):
    row = make_contribution(make_participation(make_dialogue()), kind)

    code = refusal_of(hide_contribution, **hiding(moderator, kind, row.pk))

    assert code == "right.missing"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("draft", "right.missing"),
        ("withdrawn", "decision.changed_meanwhile"),
        ("hidden", "decision.changed_meanwhile"),
    ],
)
def test_hide_what_is_not_published(moderator: Participation, state: str, code: str):
    proposal = make_proposal(make_participation(moderator.dialogue), state=state)

    refused = refusal_of(
        hide_contribution, **hiding(moderator, "proposal", proposal.pk)
    )

    proposal.refresh_from_db()
    assert (refused, proposal.state) == (code, state)


@pytest.mark.parametrize("rule", Rule.values)
def test_hide_by_every_rule(moderator: Participation, rule: str):
    proposal = make_proposal(make_participation(moderator.dialogue))

    decision = hide_contribution(
        **hiding(moderator, "proposal", proposal.pk, rule=rule)
    )

    assert (decision.rule, str(decision)) == (rule, f"hide by rule {rule}")
