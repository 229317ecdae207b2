"""On PostgreSQL no two verbs wait for each other in a circle.

One verb is held just before its end, when it has all its locks but the stream's;
another runs meanwhile. Whatever the order, both end and the counts are right.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from dialogue import actions as steering
from ledger.actions import act
from ledger.queries import broken_links
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from proposals import actions, responding, wall
from proposals.drafting import draft_ballot
from proposals.models import Comment, Proposal, Question, Stance, Support
from proposals.stances import StanceRequest, take_stances
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_item,
    make_participation,
    make_proposal,
    make_question,
)
from tests.ledger.threads import Meanwhile


class Room:
    """A dialogue in which everything may be done to one proposal at once."""

    def __init__(self) -> None:
        allows = "propose comment ask stance vote"
        self.dialogue = make_dialogue(allows=allows)
        make_item(self.dialogue, allows=allows)
        self.lead, self.other_lead = (
            make_participation(self.dialogue, "lead_moderator") for __ in range(2)
        )
        self.author, self.reader = (
            make_participation(self.dialogue) for __ in range(2)
        )
        self.proposal = make_proposal(self.author)
        self.question = make_question(self.author)
        self.comment = actions.add_comment(
            author=self.author, proposal_pk=self.proposal.pk, text="a"
        )

    def hide(self, kind: str, pk: int) -> Any:
        return hide_contribution(
            moderator=self.other_lead, kind=kind, pk=pk, rule="insult", reason="x"
        )

    def support(self, kind: str, pk: int) -> Any:
        return responding.set_support(
            participation=self.reader, kind=kind, pk=pk, supported=True
        )

    def comment_on(self, **facts: Any) -> Any:
        return actions.add_comment(
            author=self.reader, proposal_pk=self.proposal.pk, text="b", **facts
        )


VERBS: dict[str, Callable[[Room], Any]] = {
    "comment": lambda room: room.comment_on(),
    "reply": lambda room: room.comment_on(parent_pk=room.comment.pk),
    "support": lambda room: room.support("proposal", room.proposal.pk),
    "support question": lambda room: room.support("question", room.question.pk),
    "answer": lambda room: wall.answer_question(
        moderator=room.lead, question_pk=room.question.pk
    ),
    "stance": lambda room: take_stances(
        [StanceRequest(room.reader.pk, room.proposal.pk, "agree")]
    ),
    "hide": lambda room: room.hide("proposal", room.proposal.pk),
    "hide comment": lambda room: room.hide("comment", room.comment.pk),
    "hide question": lambda room: room.hide("question", room.question.pk),
    "revise": lambda room: actions.revise_proposal(
        author=room.author, proposal_pk=room.proposal.pk, title="neu"
    ),
    "withdraw comment": lambda room: actions.withdraw(
        author=room.author, kind="comment", pk=room.comment.pk
    ),
    "draft ballot": lambda room: draft_ballot(
        moderator=room.lead, title="a", proposals=(room.proposal.pk,)
    ),
    "go on": lambda room: steering.go_on(moderator=room.lead),
    "close": lambda room: close_dialogue(moderator=room.lead),
}
CIRCLES = [
    *product(["comment", "reply"], ["support", "stance", "hide", "hide comment"]),
    *product(["hide", "revise"], ["support", "stance", "comment", "draft ballot"]),
    *product(["hide comment", "withdraw comment"], ["reply", "support", "hide"]),
    *product(["answer", "hide question"], ["support question"]),
    *product(["go on", "close"], ["comment", "support", "hide", "draft ballot"]),
    ("support", "hide"),
    ("draft ballot", "hide"),
    ("go on", "go on"),
    ("comment", "close"),
]


def run_both(first: str, second: str) -> tuple[Any, Room]:
    room = Room()
    with act():
        VERBS[first](room)
        meanwhile = Meanwhile(lambda: VERBS[second](room))
        meanwhile.give_time(0.1)
    return meanwhile.end(), room


def miscounted(room: Room) -> list[str]:
    proposal = Proposal.objects.get(pk=room.proposal.pk)
    question = Question.objects.get(pk=room.question.pk)
    room.dialogue.stream.refresh_from_db()
    right = {
        "comments": proposal.comments_count
        == Comment.objects.filter(proposal=proposal, state="published").count(),
        "supports": proposal.supports
        == Support.objects.filter(proposal=proposal).count(),
        "question": question.supports
        == Support.objects.filter(question=question).count(),
        "stances": proposal.stances_count
        == Stance.objects.filter(proposal=proposal).count(),
        "chain": broken_links(room.dialogue.stream) == [],
    }
    return [what for what, is_right in right.items() if not is_right]


# One test for all: emptying the database afterwards costs more than a pair.
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_two_verbs_wait_in_a_circle():
    wrong = {}

    for first, second in CIRCLES:
        try:
            answer, room = run_both(first, second)
        except Exception as error:
            wrong[first, second] = repr(error).splitlines()[0]
            continue
        if isinstance(answer, Exception) and not isinstance(answer, Refusal):
            wrong[first, second] = repr(answer)
        elif miscounted(room):
            wrong[first, second] = f"wrong: {miscounted(room)}"

    assert wrong == {}
