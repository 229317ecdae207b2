"""Appeals: by one click, decided by somebody else, and a reversal restores."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Message, Person
from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from moderation.actions import ask_revision, hide_contribution, restore_contribution
from moderation.appealing import appeal, rule_on_appeal
from moderation.closed import answer_report
from moderation.models import Appeal, Decision, Ruling
from moderation.people import exclude, silence
from moderation.queries import open_appeals
from moderation.reporting import Reporter, report_contribution
from projects.actions import assign_staff
from proposals.models import Comment, Proposal
from proposals.queries import published_proposals, search_proposals
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_proposal,
    make_staff,
)
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db

WORDS = {"rule": "insult", "reason": "Wortwahl"}
REVERSED = {"outcome": "reversed", "reason": "Kein Verstoß"}


@pytest.fixture
def first() -> Participation:
    return make_participation(make_dialogue(), "lead_moderator")


@pytest.fixture
def second(first: Participation) -> Participation:
    return make_participation(first.dialogue, "table_moderator")


@pytest.fixture
def proposal(first: Participation) -> Proposal:
    return make_proposal(make_participation(first.dialogue), title="Ein Wort")


@pytest.fixture
def hidden(first: Participation, proposal: Proposal) -> Decision:
    return hide_contribution(moderator=first, kind="proposal", pk=proposal.pk, **WORDS)


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def appealed(decision: Decision, **facts: Any) -> Appeal:
    return appeal(person=decision.author.person, decision_pk=decision.pk, **facts)


def test_appeal_with_one_click(hidden: Decision):
    made = appealed(hidden)

    assert list(open_appeals(hidden.dialogue)) == [made]
    assert hasattr(made, "words") is False
    entry = entries_since(hidden.dialogue.stream_id, 0)[-1]
    assert (entry.kind, entry.payload["decision"]) == ("appeal.made", hidden.pk)


def test_appeal_with_words_after_the_end(hidden: Decision):
    Dialogue.objects.update(state="closed")

    made = appealed(hidden, text="  Das war \x00ein Zitat. ")

    assert made.words.text == "Das war ein Zitat."


def test_excluded_person_appeals(first: Participation, second: Participation):
    citizen = make_participation(first.dialogue)
    decision = exclude(moderator=first, participation_pk=citizen.pk, **WORDS)

    made = appealed(decision)
    rule_on_appeal(person=second.person, appeal_pk=made.pk, **REVERSED)

    citizen.refresh_from_db()
    assert citizen.state == "admitted"


def test_appeal_only_once(hidden: Decision):
    appealed(hidden)

    code = refusal_of(appealed, decision=hidden)

    assert (code, Appeal.objects.count()) == ("appeal.made", 1)


def test_appeal_of_somebody_else(first: Participation, hidden: Decision):
    codes = [
        refusal_of(appeal, person=person, decision_pk=hidden.pk)
        for person in (first.person, make_person(), make_guest())
    ]

    assert codes == ["right.missing"] * 3


def test_appeal_too_late(hidden: Decision, monkeypatch: pytest.MonkeyPatch):
    later = hidden.decided_at + timedelta(days=184)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert refusal_of(appealed, decision=hidden) == "appeal.too_late"


def test_appeal_against_what_was_taken_back(first: Participation, hidden: Decision):
    back = restore_contribution(
        moderator=first, kind="proposal", pk=hidden.proposal_id, reason="Irrtum"
    )

    assert refusal_of(appealed, decision=hidden) == "appeal.reversed"
    assert refusal_of(appealed, decision=back) == "appeal.not_possible"


def test_own_decision_is_for_somebody_else(first: Participation, hidden: Decision):
    made = appealed(hidden)
    author = hidden.author
    author.role = "lead_moderator"
    author.save()

    codes = [
        refusal_of(rule_on_appeal, person=p, appeal_pk=made.pk, **REVERSED)
        for p in (first.person, author.person)
    ]

    assert codes == ["appeal.own_case"] * 2
    assert Ruling.objects.count() == 0


@pytest.mark.parametrize("role", ["participant", "observer", "technical_host"])
def test_ruling_without_right(hidden: Decision, role: str):
    made = appealed(hidden)
    other = make_participation(hidden.dialogue, role)

    code = refusal_of(
        rule_on_appeal, person=other.person, appeal_pk=made.pk, **REVERSED
    )

    assert code == "right.missing"


def test_ruling_after_the_role_was_lost(second: Participation, hidden: Decision):
    made = appealed(hidden)
    Participation.objects.filter(pk=second.pk).update(role="participant")

    code = refusal_of(
        rule_on_appeal, person=second.person, appeal_pk=made.pk, **REVERSED
    )

    assert code == "right.missing"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"reason": " "}, "decision.reason"),
        ({"outcome": "perhaps"}, "appeal.outcome"),
        ({"appeal_pk": 0}, "right.missing"),
    ],
)
def test_ruling_refused(
    second: Participation, hidden: Decision, facts: dict[str, Any], code: str
):
    made = appealed(hidden)

    found = refusal_of(
        rule_on_appeal,
        **{"person": second.person, "appeal_pk": made.pk, **REVERSED, **facts},
    )

    assert (found, Ruling.objects.count()) == (code, 0)


def test_upheld_stays_hidden_and_both_hear(
    first: Participation, second: Participation, proposal: Proposal
):
    reporter = make_person()
    report_contribution(
        dialogue=first.dialogue,
        reporter=Reporter(person=reporter),
        kind="proposal",
        pk=proposal.pk,
        rule="insult",
    )
    decision = hide_contribution(
        moderator=first, kind="proposal", pk=proposal.pk, **WORDS
    )
    made = appealed(decision)

    rule_on_appeal(
        person=second.person, appeal_pk=made.pk, outcome="upheld", reason="Es bleibt"
    )

    proposal.refresh_from_db()
    assert proposal.state == "hidden"
    author = Message.objects.filter(person=proposal.author.person).first()
    told = Message.objects.filter(person=reporter).first()
    assert author is not None
    assert "Es bleibt" in author.body
    assert told is not None
    assert Message.objects.filter(person=reporter).count() == 3
    assert second.display_name not in author.body + told.body
    assert list(open_appeals(first.dialogue)) == []


@pytest.mark.parametrize(
    ("outcome", "subject"),
    [
        ("upheld", "After an appeal: your decision stands"),
        ("reversed", "After an appeal: your decision was reversed"),
    ],
)
def test_first_decider_hears_the_outcome(
    first: Participation,
    second: Participation,
    proposal: Proposal,
    outcome: str,
    subject: str,
):
    address = "rita@example.org"
    reporter = make_person(email=address)
    report = report_contribution(
        dialogue=first.dialogue,
        reporter=Reporter(person=reporter),
        kind="proposal",
        pk=proposal.pk,
        rule="insult",
        explanation="Das trifft mich",
    )
    decision = hide_contribution(
        moderator=first, kind="proposal", pk=proposal.pk, **WORDS
    )

    rule_on_appeal(
        person=second.person,
        appeal_pk=appealed(decision).pk,
        outcome=outcome,
        reason="Ein Zitat",
    )

    told = Message.objects.get(person=first.person)
    path = f"/d/{first.dialogue.code}/decisions/{decision.pk}/"
    with translation.override("de"):
        assert (told.subject, told.link) == (gettext(subject), path)
    assert "Ein Zitat" in told.body
    secrets = (report.receipt, report.explanation, address, proposal.title)
    assert [word for word in secrets if word in told.body] == []
    assert second.display_name not in told.body


def test_staff_who_decided_hear_the_outcome(second: Participation, proposal: Proposal):
    staff = make_staff()
    assign_staff(project=proposal.dialogue.project, person=staff)
    report_contribution(
        dialogue=proposal.dialogue,
        reporter=Reporter(person=make_person()),
        kind="proposal",
        pk=proposal.pk,
        rule="insult",
    )
    Dialogue.objects.update(state="closed")
    decision = answer_report(
        person=staff,
        dialogue=Dialogue.objects.get(pk=proposal.dialogue_id),
        kind="proposal",
        pk=proposal.pk,
        action="hide",
        **WORDS,
    )
    Message.objects.filter(person=staff).delete()

    rule_on_appeal(person=second.person, appeal_pk=appealed(decision).pk, **REVERSED)

    told = Message.objects.get(person=staff)
    assert told.link == f"/d/{proposal.dialogue.code}/reports/"
    assert REVERSED["reason"] in told.body


def test_second_ruling_names_the_first(second: Participation, hidden: Decision):
    third = make_participation(hidden.dialogue, "table_moderator")
    made = appealed(hidden)
    rule_on_appeal(person=second.person, appeal_pk=made.pk, **REVERSED)

    told = [message_of(third.person, made)]
    Participation.objects.filter(pk=second.pk).update(role="participant")
    told.append(message_of(third.person, made))

    assert told == [
        f"Changed meanwhile by {second.display_name}. Please look again.",
        "Somebody else has decided this appeal meanwhile.",
    ]


def message_of(person: Person, made: Appeal) -> str:
    with pytest.raises(Refusal) as refused, translation.override("en"):
        rule_on_appeal(person=person, appeal_pk=made.pk, **REVERSED)
    assert refused.value.code == "appeal.decided_meanwhile"
    with translation.override("en"):
        return str(refused.value.message)


@pytest.mark.parametrize("state", ["live", "closed"])
@pytest.mark.parametrize("verb", [hide_contribution, ask_revision])
def test_reversal_restores_everywhere(
    first: Participation,
    second: Participation,
    proposal: Proposal,
    verb: Any,
    state: str,
):
    decision = verb(moderator=first, kind="proposal", pk=proposal.pk, **WORDS)
    Dialogue.objects.update(state=state)
    made = appealed(decision)

    rule_on_appeal(person=second.person, appeal_pk=made.pk, **REVERSED)

    shown = published_proposals(first.dialogue)
    assert list(shown) == list(search_proposals(shown, "Wort")) == [proposal]
    restored = Decision.objects.get(action="restore")
    assert (restored.reverses, restored.decided_by) == (decision, second)
    kinds = [e.kind for e in entries_since(first.dialogue.stream_id, 0)]
    assert kinds[1:] == ["appeal.made", "contribution.restored", "appeal.decided"]


def test_reversal_of_a_comment_counts_it_again(
    first: Participation, second: Participation, proposal: Proposal
):
    comment = make_comment(make_participation(first.dialogue), proposal)
    Proposal.objects.update(comments_count=1)
    decision = hide_contribution(
        moderator=first, kind="comment", pk=comment.pk, **WORDS
    )

    rule_on_appeal(person=second.person, appeal_pk=appealed(decision).pk, **REVERSED)

    proposal.refresh_from_db()
    assert (Comment.objects.get().state, proposal.comments_count) == ("published", 1)


def test_reversal_leaves_a_later_decision(
    first: Participation, second: Participation, proposal: Proposal, hidden: Decision
):
    made = appealed(hidden)
    restore_contribution(moderator=first, kind="proposal", pk=proposal.pk, reason="x")
    hide_contribution(moderator=first, kind="proposal", pk=proposal.pk, **WORDS)

    rule_on_appeal(person=second.person, appeal_pk=made.pk, **REVERSED)

    proposal.refresh_from_db()
    assert proposal.state == "hidden"


def test_reversal_of_what_was_withdrawn(
    second: Participation, proposal: Proposal, hidden: Decision
):
    made = appealed(hidden)
    Proposal.objects.update(state="withdrawn", salt="", title="")

    rule_on_appeal(person=second.person, appeal_pk=made.pk, **REVERSED)

    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert Ruling.objects.get().outcome == "reversed"


def test_reversal_ends_the_silence(first: Participation, second: Participation):
    citizen = make_participation(first.dialogue)
    decision = silence(
        moderator=first, participation_pk=citizen.pk, minutes=60, **WORDS
    )

    rule_on_appeal(person=second.person, appeal_pk=appealed(decision).pk, **REVERSED)

    citizen.refresh_from_db()
    assert citizen.is_silenced() is False


def test_staff_rule_where_no_other_moderator_is(hidden: Decision):
    staff, stranger = make_staff(), make_staff()
    assign_staff(project=hidden.dialogue.project, person=staff)
    made = appealed(hidden)

    code = refusal_of(rule_on_appeal, person=stranger, appeal_pk=made.pk, **REVERSED)
    ruling = rule_on_appeal(person=staff, appeal_pk=made.pk, **REVERSED)

    assert (code, ruling.ruled_by) == ("right.missing", staff)
    assert Decision.objects.get(action="restore").decided_by is None


def test_staff_leave_it_to_the_moderators(second: Participation, hidden: Decision):
    staff = make_staff()
    assign_staff(project=hidden.dialogue.project, person=staff)

    code = refusal_of(
        rule_on_appeal, person=staff, appeal_pk=appealed(hidden).pk, **REVERSED
    )

    assert code == "appeal.for_moderators"


def test_staff_who_decided_themselves(proposal: Proposal):
    """Somebody of the staff moderated: the second look is not theirs either."""
    staff: Person = make_staff()
    assign_staff(project=proposal.dialogue.project, person=staff)
    seat = make_participation(proposal.dialogue, "lead_moderator", person=staff)
    decision = hide_contribution(
        moderator=seat, kind="proposal", pk=proposal.pk, **WORDS
    )

    code = refusal_of(
        rule_on_appeal, person=staff, appeal_pk=appealed(decision).pk, **REVERSED
    )

    assert code == "appeal.own_case"


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_one_of_many_rules():
    dialogue = make_dialogue()
    lead = make_participation(dialogue, "lead_moderator")
    proposal = make_proposal(make_participation(dialogue))
    decision = hide_contribution(
        moderator=lead, kind="proposal", pk=proposal.pk, **WORDS
    )
    made = appealed(decision)
    others = [make_participation(dialogue, "table_moderator") for __ in range(4)]

    results = at_once(
        [
            partial(rule_on_appeal, person=o.person, appeal_pk=made.pk, **REVERSED)
            for o in others
        ]
    )

    codes = sorted(getattr(r, "code", "") or r.outcome for r in results)
    assert codes == ["appeal.decided_meanwhile"] * 3 + ["reversed"]
    assert Decision.objects.filter(action="restore").count() == 1
