"""What a ballot goes through beside opening and closing: drafts, pauses, rounds."""

from typing import Any

import pytest
from django.utils import translation

from dialogue.models import Participation
from moderation.closing import close_dialogue
from moderation.verifying import verify_file
from proposals.ballots import (
    annul_ballot,
    close_ballot,
    open_ballot,
    pause_ballot,
    publish_ballot,
    resume_ballot,
)
from proposals.drafting import (
    change_draft,
    discard_draft,
    draft_ballot,
    draft_findings,
    draft_next_round,
)
from proposals.models import Ballot, Proposal
from proposals.rounds import compare_rounds
from proposals.voting import VoteRequest, cast_votes
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(allows="vote"), "lead_moderator")


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def opened(lead: Participation, **plan: Any) -> Ballot:
    ballot = draft_ballot(moderator=lead, **{"title": "Was?", **plan})
    return open_ballot(moderator=lead, ballot_pk=ballot.pk)


def answer_of(voter: Participation, ballot: Ballot, key: str, request: str) -> str:
    option = ballot.options.get(key=key)
    (answer,) = cast_votes([VoteRequest(voter.pk, ballot.pk, {option.pk: 1}, request)])
    return answer.code if isinstance(answer, Refusal) else "accepted"


# --- drafts -----------------------------------------------------------------------
def test_opened_ballot_is_neither_changed_nor_discarded(lead: Participation):
    ballot = opened(lead)
    facts: dict[str, Any] = {"moderator": lead, "ballot_pk": ballot.pk}

    codes = {
        refusal_of(discard_draft, **facts),
        refusal_of(change_draft, **facts, title="Anders"),
    }

    assert codes == {"ballot.not_draft"}
    assert Ballot.objects.get().title == "Was?"


def test_discarded_draft_is_gone(lead: Participation):
    ballot = draft_ballot(moderator=lead, title="Was?")

    discard_draft(moderator=lead, ballot_pk=ballot.pk)

    assert Ballot.objects.count() == 0


@pytest.mark.parametrize(
    "plan",
    [
        {"method": "equal_shares", "options": (("Bank", 10), ("Baum", 20))},
        {"method": "consent", "secrecy": "secret"},
        {"uses_weights": True, "text": "Gewichte."},
    ],
)
def test_draft_that_lacks_something_does_not_open(
    lead: Participation, plan: dict[str, Any]
):
    ballot = draft_ballot(moderator=lead, title="Was?", **plan)

    code = refusal_of(open_ballot, moderator=lead, ballot_pk=ballot.pk)

    assert code == "ballot.not_ready"
    assert len(draft_findings(ballot)) == 1
    assert not ballot.roll.exists()


def test_question_becomes_an_option_with_its_link(lead: Participation):
    question = make_question(lead)

    ballot = opened(lead, method="single", options=("Nein",), questions=(question.pk,))

    assert [row.question for row in ballot.options.all()] == [question, None, None]


# --- pausing and publishing -------------------------------------------------------
def test_paused_ballot_takes_no_vote_and_keeps_those_cast(lead: Participation):
    one, two = (make_participation(lead.dialogue) for __ in range(2))
    ballot = opened(lead, secrecy="open")
    facts: dict[str, Any] = {"moderator": lead, "ballot_pk": ballot.pk}
    assert answer_of(one, ballot, "yes", "first") == "accepted"

    pause_ballot(**facts)
    assert answer_of(two, ballot, "no", "second") == "ballot.paused"
    assert refusal_of(pause_ballot, **facts) == "ballot.not_open"
    resume_ballot(**facts)
    assert answer_of(two, ballot, "no", "second") == "accepted"
    assert refusal_of(resume_ballot, **facts) == "ballot.not_open"
    pause_ballot(**facts)

    closed = close_ballot(**facts)
    assert (closed.turnout, closed.tally.verdict) == (2, "rejected")


def test_result_is_published_once(lead: Participation):
    ballot = opened(lead)
    facts: dict[str, Any] = {"moderator": lead, "ballot_pk": ballot.pk}
    assert refusal_of(publish_ballot, **facts) == "ballot.not_closed"

    closed = close_ballot(**facts, publishes=False)
    assert not closed.is_published
    assert publish_ballot(**facts).is_published
    assert refusal_of(publish_ballot, **facts) == "ballot.not_closed"


def test_closing_the_dialogue_publishes_what_is_counted(lead: Participation):
    ballot = opened(lead)
    close_ballot(moderator=lead, ballot_pk=ballot.pk, publishes=False)

    close_dialogue(moderator=lead)

    ballot.refresh_from_db()
    assert ballot.is_published


# --- rounds -----------------------------------------------------------------------
@pytest.mark.parametrize("end", ["closed", "annulled"])
def test_next_round_is_a_new_ballot(lead: Participation, end: str):
    before = opened(lead, method="single", options=("a", "b"), quorum=10)
    facts: dict[str, Any] = {"moderator": lead, "ballot_pk": before.pk}
    assert refusal_of(draft_next_round, **facts) == "ballot.not_closed"
    if end == "closed":
        close_ballot(**facts)
    else:
        annul_ballot(**facts, reason="Falsche Frage")

    after = draft_next_round(**facts)

    before.refresh_from_db()
    assert before.state == end
    assert (after.state, after.round, after.previous, after.quorum) == (
        "draft",
        2,
        before,
        10,
    )
    assert [row.title for row in after.options.all()] == [
        row.title for row in before.options.all()
    ]
    assert (after.roll_size, after.annulled_reason, after.published_at) == (0, "", None)
    assert refusal_of(draft_next_round, **facts) == "ballot.has_next"


# --- weights ----------------------------------------------------------------------
def test_weights_count_in_numbers_not_in_turnout(lead: Participation):
    heavy = make_participation(lead.dialogue, vote_weight=5)
    none = make_participation(lead.dialogue, vote_weight=0)
    light = make_participation(lead.dialogue)
    ballot = opened(lead, secrecy="open", uses_weights=True, text="Gewichte.")
    assert (ballot.roll_size, ballot.roll_weight) == (4, 7)
    for voter, key in ((heavy, "yes"), (light, "no"), (none, "no"), (lead, "no")):
        assert answer_of(voter, ballot, key, f"key {voter.pk}") == "accepted"
    # A changed vote takes its whole weight along.
    answer_of(heavy, ballot, "no", "changed once")
    answer_of(heavy, ballot, "yes", "changed twice")

    assert [row.marks_count for row in ballot.options.all()] == [5, 2, 0]
    closed = close_ballot(moderator=lead, ballot_pk=ballot.pk)

    assert [row.number for row in closed.tally.rows.all()] == [5, 2, 0]
    assert (closed.turnout, closed.tally.verdict) == (4, "adopted")
    report, __ = verify_file(close_dialogue(moderator=lead).canonical.encode())
    assert report.holds, report.as_dict()


def test_without_weights_everybody_counts_once(lead: Participation):
    heavy = make_participation(lead.dialogue, vote_weight=5)
    ballot = opened(lead, secrecy="open")

    answer_of(heavy, ballot, "yes", "a key")

    closed = close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert [row.number for row in closed.tally.rows.all()] == [1, 0, 0]


def test_rounds_are_compared_by_what_an_option_is(lead: Participation):
    """Reworded, reordered, left out and new: each line is one option all the way."""
    bench = make_proposal(lead, title="Bank")
    plan: dict[str, Any] = {"method": "approval", "has_none": False}
    first = opened(
        lead, **plan, proposals=(bench.pk,), options=("Baum", "Licht", "Brunnen")
    )
    answer(lead, first, "Bank", "Licht")
    close_ballot(moderator=lead, ballot_pk=first.pk)
    second = draft_next_round(moderator=lead, ballot_pk=first.pk)
    Proposal.objects.filter(pk=bench.pk).update(title="Bank mit Lehne")
    change_draft(
        moderator=lead,
        ballot_pk=second.pk,
        title=second.title,
        **plan,
        proposals=(bench.pk,),
        options=("Baum", "Warmes Licht", "Rutsche"),
    )
    open_ballot(moderator=lead, ballot_pk=second.pk)
    answer(lead, second, "Bank mit Lehne", "Warmes Licht")
    close_ballot(moderator=lead, ballot_pk=second.pk)
    third = draft_next_round(moderator=lead, ballot_pk=second.pk)
    change_draft(
        moderator=lead,
        ballot_pk=third.pk,
        title=third.title,
        **plan,
        options=("Rutsche", "Rampe"),
    )
    open_ballot(moderator=lead, ballot_pk=third.pk)
    answer(lead, third, "Rampe")
    close_ballot(moderator=lead, ballot_pk=third.pk)

    with translation.override("en"):
        compared = compare_rounds(Ballot.objects.get(pk=third.pk))

    assert compare_rounds(Ballot.objects.get(pk=first.pk)) is None
    assert compared is not None
    assert compared["heads"] == ["Round 1", "Round 2", "Round 3"]
    assert compared["lines"] == [
        ("Bank → Bank mit Lehne", ["1", "1", "–"]),
        ("Baum", ["0", "0", "–"]),
        ("Licht → Warmes Licht", ["1", "1", "–"]),
        ("Brunnen", ["0", "–", "–"]),
        ("Abstain", ["0", "0", "0"]),
        ("Rutsche", ["–", "0", "0"]),
        ("Rampe", ["–", "–", "1"]),
    ]


def answer(voter: Participation, ballot: Ballot, *titles: str) -> None:
    marks = {ballot.options.get(title=title).pk: 1 for title in titles}
    (given,) = cast_votes([VoteRequest(voter.pk, ballot.pk, marks, f"k{ballot.pk}")])
    assert not isinstance(given, Refusal)
