"""Hiding and restoring: with rule and reason, the author told, the counts right."""

from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import translation

from accounts.models import Message
from dialogue.joining import change_participation
from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from live.commands import run_command
from live.mine import notices
from live.screens import View
from moderation.actions import (
    approve_contribution,
    ask_revision,
    hide_contribution,
    restore_contribution,
    reword,
)
from moderation.appealing import appeal, rule_on_appeal
from moderation.models import Appeal, Decision, Report, Rule, Ruling
from moderation.reporting import Reporter, report_contribution
from projects.actions import assign_staff
from proposals.held import revise_held
from proposals.models import Ballot, Proposal, Revision
from proposals.queries import published_proposals, salted_digest, wording_digest
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_proposal,
    make_question,
    make_staff,
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


def told_to(verb: Any, **facts: Any) -> tuple[str, str]:
    """Code and message of the refusal, in English."""
    with pytest.raises(Refusal) as refused, translation.override("en"):
        verb(**facts)
    with translation.override("en"):
        return refused.value.code, str(refused.value.message)


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
        "rule": "insult",
    }
    if kind == "comment":
        facts["proposal"] = row.proposal_id
    entries = entries_since(moderator.dialogue.stream_id, 0)
    assert [(e.kind, e.payload) for e in entries] == [
        (
            f"contribution.{done}",
            {**facts, "decision": d.pk, "digest": digest_of(d)},
        )
        for done, d in (("hidden", hidden), ("restored", restored))
    ]
    assert (hidden.reverses, restored.reverses) == (None, hidden)


def digest_of(decision: Decision) -> str:
    words = (decision.action, decision.rule, decision.reason)
    return salted_digest(decision.salt, *words)


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
    decisions = Decision.objects.order_by("pk")
    for message, decision in zip((hidden, restored), decisions, strict=True):
        assert moderator.dialogue.title in message.body
        assert message.link.endswith(f"/decisions/{decision.pk}/")
        assert f"https://localhost{message.link}" in message.body
        assert moderator.display_name not in message.body
        assert proposal.title not in message.body
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
    told = [told_to(hide_contribution, **hiding(other, kind, row.pk))]
    facts = {"kind": kind, "pk": row.pk, "reason": "x"}
    restore_contribution(moderator=other, **facts)
    told.append(told_to(restore_contribution, moderator=moderator, **facts))

    assert told == [
        (
            "decision.changed_meanwhile",
            f"Changed meanwhile by {quicker.display_name}. Please look again.",
        )
        for quicker in (moderator, other)
    ]
    assert Decision.objects.count() == 2
    assert Message.objects.count() == 2


def test_author_was_quicker(moderator: Participation):
    author = make_participation(moderator.dialogue, display_name="Ada")
    proposal = make_proposal(author, state="withdrawn")

    told = told_to(hide_contribution, **hiding(moderator, "proposal", proposal.pk))

    assert told == (
        "decision.changed_meanwhile",
        "Changed meanwhile by Ada. Please look again.",
    )


def test_staff_were_quicker(moderator: Participation):
    """Reversed after an appeal by the city's staff: nobody is named."""
    proposal = make_proposal(make_participation(moderator.dialogue))
    hidden = hide_contribution(**hiding(moderator, "proposal", proposal.pk))
    case = appeal(person=proposal.author.person, decision_pk=hidden.pk)
    staff = make_staff()
    assign_staff(project=moderator.dialogue.project, person=staff)
    rule_on_appeal(
        person=staff, appeal_pk=case.pk, outcome="reversed", reason="Erlaubt"
    )

    told = told_to(
        restore_contribution,
        moderator=moderator,
        kind="proposal",
        pk=proposal.pk,
        reason="x",
    )

    assert told == (
        "decision.changed_meanwhile",
        "This was changed meanwhile. Please look again.",
    )


DECIDING = [approve_contribution, hide_contribution, ask_revision]
REWORDED = "decision.reworded_meanwhile"


@pytest.mark.parametrize("verb", DECIDING)
@pytest.mark.parametrize("kind", KINDS)
def test_wording_that_nobody_read_is_not_decided_on(
    moderator: Participation, kind: str, verb: Any
):
    author = make_participation(moderator.dialogue)
    row = make_contribution(author, kind, state="pending", published_at=None)
    facts = hiding(moderator, kind, row.pk, wording=wording_digest(row)[:12])
    revise_held(author=author, kind=kind, pk=row.pk, title="Neu", text="Ungelesen")

    told = told_to(verb, **facts)

    row.refresh_from_db()
    assert told == (
        REWORDED,
        "The author has changed the wording meanwhile. Please read it again.",
    )
    assert (row.state, Decision.objects.count()) == ("pending", 0)
    made = verb(**{**facts, "wording": wording_digest(row)[:12]})
    assert made.wording_digest == wording_digest(row)


@pytest.mark.parametrize("verb", DECIDING)
def test_without_the_wording_it_is_not_compared(moderator: Participation, verb: Any):
    author = make_participation(moderator.dialogue)
    row = make_proposal(author, state="pending", published_at=None)

    made = verb(**hiding(moderator, "proposal", row.pk))

    assert made.contribution == row


@pytest.mark.parametrize("name", ["approve", "hide", "ask_revision"])
@pytest.mark.parametrize(
    ("wording", "code"), [("0" * 12, REWORDED), ("Ungelesen", "input.invalid")]
)
def test_command_says_what_was_read(
    moderator: Participation, name: str, wording: str, code: str
):
    row = make_proposal(make_participation(moderator.dialogue), state="pending")
    facts = hiding(moderator, "proposal", row.pk, wording=wording_digest(row)[:12])
    sent = {
        "name": name,
        "participation": facts.pop("moderator"),
        "view": View("desk", "en"),
    }

    assert refusal_of(run_command, **sent, facts={**facts, "wording": wording}) == code
    assert "message" in run_command(**sent, facts=facts).ok


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


def reported(row: Any) -> Report:
    return report_contribution(
        dialogue=row.author.dialogue,
        reporter=Reporter(person=make_guest()),
        kind="proposal",
        pk=row.pk,
        rule="insult",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_approve_publishes_what_was_held(moderator: Participation, kind: str):
    row = make_contribution(
        make_participation(moderator.dialogue), kind, state="pending", published_at=None
    )

    decision = approve_contribution(
        moderator=moderator, kind=kind, pk=row.pk, reason="In Ordnung"
    )

    row.refresh_from_db()
    assert (row.state, row.published_at is None) == ("published", False)
    assert (decision.action, decision.rule, decision.waited_since) == (
        "approve",
        "none",
        row.written_at,
    )


def test_approve_answers_reports_after_the_end(moderator: Participation):
    proposal = make_proposal(make_participation(moderator.dialogue))
    report = reported(proposal)
    Dialogue.objects.update(state="closed")

    approve_contribution(
        moderator=moderator, kind="proposal", pk=proposal.pk, reason="In Ordnung"
    )

    report.refresh_from_db()
    assert report.decision == Decision.objects.get(action="approve")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("published", "decision.changed_meanwhile"),
        ("hidden", "decision.changed_meanwhile"),
        ("withdrawn", "decision.changed_meanwhile"),
    ],
)
def test_approve_refused(moderator: Participation, state: str, code: str):
    proposal = make_proposal(make_participation(moderator.dialogue), state=state)

    refused = refusal_of(
        approve_contribution,
        moderator=moderator,
        kind="proposal",
        pk=proposal.pk,
        reason="x",
    )

    assert (refused, Decision.objects.count()) == (code, 0)


def test_held_is_not_published_after_the_end(moderator: Participation):
    proposal = make_proposal(make_participation(moderator.dialogue), state="pending")
    Dialogue.objects.update(state="closed")

    code = refusal_of(
        approve_contribution,
        moderator=moderator,
        kind="proposal",
        pk=proposal.pk,
        reason="x",
    )

    assert code == "dialogue.closed"


@pytest.mark.parametrize("kind", KINDS)
def test_sent_back_reworded_and_approved(moderator: Participation, kind: str):
    author = make_participation(moderator.dialogue)
    row = make_contribution(author, kind)

    ask_revision(**hiding(moderator, kind, row.pk))
    row.refresh_from_db()
    states = [row.state]
    reword(author=author, kind=kind, pk=row.pk, title="Sachlich", text="Ohne Wort")
    row.refresh_from_db()
    states.append(row.state)
    approve_contribution(moderator=moderator, kind=kind, pk=row.pk, reason="Danke")
    row.refresh_from_db()
    states.append(row.state)

    assert states == ["hidden", "pending", "published"]
    assert row.text == "Ohne Wort"
    # The wording that was sent back is nowhere for others to read.
    assert Revision.objects.count() == 0
    assert refusal_of(
        reword, author=author, kind=kind, pk=row.pk, title="x", text="x"
    ) == ("right.missing")


def test_reword_what_was_hidden_for_good(moderator: Participation):
    author = make_participation(moderator.dialogue)
    proposal = make_proposal(author)
    ask_revision(**hiding(moderator, "proposal", proposal.pk))
    reword(author=author, kind="proposal", pk=proposal.pk, title="Neu", text="")
    hide_contribution(**hiding(moderator, "proposal", proposal.pk))

    code = refusal_of(
        reword, author=author, kind="proposal", pk=proposal.pk, title="x", text=""
    )

    assert code == "right.missing"


def test_reword_of_somebody_else(moderator: Participation):
    proposal = make_proposal(make_participation(moderator.dialogue))
    ask_revision(**hiding(moderator, "proposal", proposal.pk))

    code = refusal_of(
        reword,
        author=make_participation(moderator.dialogue),
        kind="proposal",
        pk=proposal.pk,
        title="x",
        text="",
    )

    assert code == "right.missing"


def test_what_is_voted_on_is_not_sent_back(moderator: Participation):
    proposal = make_proposal(make_participation(moderator.dialogue))
    ballot = Ballot.objects.create(
        dialogue=moderator.dialogue, title="Ja?", method="yes_no", state="open"
    )
    ballot.options.create(position=0, title="Ja", proposal=proposal)

    code = refusal_of(ask_revision, **hiding(moderator, "proposal", proposal.pk))

    assert code == "proposal.on_ballot"


@pytest.mark.parametrize("place", ["message", "entry", "state"])
def test_act_that_breaks_leaves_nothing(
    moderator: Participation, place: str, monkeypatch: pytest.MonkeyPatch
):
    """Reason, notice and record are one act: whatever fails takes all of it back."""
    proposal = make_proposal(make_participation(moderator.dialogue))
    report = reported(proposal)
    before = (Message.objects.count(), entries_since(moderator.dialogue.stream_id, 0))

    def breaks(*args: Any, **facts: Any) -> None:
        raise RuntimeError("the machine is off")

    target = {
        "message": "moderation.telling.write_message",
        "entry": "moderation.deciding.record",
        "state": "moderation.actions.set_state",
    }[place]
    monkeypatch.setattr(target, breaks)
    with pytest.raises(RuntimeError):
        hide_contribution(**hiding(moderator, "proposal", proposal.pk))

    proposal.refresh_from_db()
    report.refresh_from_db()
    assert (proposal.state, report.settled_at) == ("published", None)
    assert Decision.objects.count() == 0
    assert before == (
        Message.objects.count(),
        entries_since(moderator.dialogue.stream_id, 0),
    )


@pytest.mark.parametrize(
    "lost", [{"role": "participant"}, {"state": "excluded"}, {"role": "observer"}]
)
def test_lost_role_is_read_from_the_database(moderator: Participation, lost: dict):
    """The act was begun with the role, which was taken away before it ran."""
    proposal = make_proposal(make_participation(moderator.dialogue))
    Participation.objects.filter(pk=moderator.pk).update(**lost)

    refusal_of(hide_contribution, **hiding(moderator, "proposal", proposal.pk))

    assert Decision.objects.count() == 0


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_role_taken_away_during_the_act():
    """Whichever comes first: no decision stands after the role was gone."""
    dialogue = make_dialogue()
    lead = make_participation(dialogue, "lead_moderator")
    helper = make_participation(dialogue, "table_moderator")
    proposal = make_proposal(make_participation(dialogue))

    hidden, changed = at_once(
        [
            partial(hide_contribution, **hiding(helper, "proposal", proposal.pk)),
            partial(
                change_participation,
                host=lead,
                participation_pk=helper.pk,
                role="participant",
            ),
        ]
    )

    kinds = [e.kind for e in entries_since(dialogue.stream_id, 0)]
    assert isinstance(changed, Participation)
    assert kinds in (
        ["contribution.hidden", "participation.changed"],
        ["participation.changed"],
    )
    assert isinstance(hidden, Decision) == (len(kinds) == 2)


def test_reason_is_never_markup(moderator: Participation):
    author = make_participation(moderator.dialogue)
    proposal = make_proposal(author)

    hide_contribution(
        **hiding(moderator, "proposal", proposal.pk, reason="<script>alert(1)</script>")
    )

    html = notices(author, moderator.dialogue)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("model", [Decision, Appeal, Ruling])
def test_what_was_decided_cannot_be_changed(
    moderator: Participation, model: Any, verb: str
):
    author = make_participation(moderator.dialogue)
    proposal = make_proposal(author)
    decision = hide_contribution(**hiding(moderator, "proposal", proposal.pk))
    case = appeal(person=author.person, decision_pk=decision.pk)
    other = make_participation(moderator.dialogue, "lead_moderator")
    rule_on_appeal(
        person=other.person, appeal_pk=case.pk, outcome="upheld", reason="Bleibt"
    )
    rows = model.objects.all()
    moment = {Appeal: "made_at", Ruling: "ruled_at"}.get(model, "decided_at")
    change = {
        "update": partial(rows.update, **{moment: clock.now()}),
        "delete": partial(rows._raw_delete, rows.db),
    }[verb]

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
