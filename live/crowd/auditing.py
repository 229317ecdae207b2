"""What citizens were told, against what the database holds: none lost, none twice."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Sum

from dialogue.models import Dialogue
from live.crowd.citizens import Diary
from proposals.models import (
    Ballot,
    Comment,
    Proposal,
    Question,
    ReactionCount,
    RollEntry,
    Stance,
    Support,
)

PUBLISHED = Proposal.State.PUBLISHED


def reactions_of(dialogue: Dialogue) -> int:
    """All quick reactions of a dialogue."""
    rows = ReactionCount.objects.filter(item__dialogue=dialogue)
    return rows.aggregate(total=Sum("number"))["total"] or 0


def audit(
    dialogue: Dialogue, diaries: Sequence[Diary], *, reactions_before: int
) -> list[str]:
    """Everything that does not agree, in words."""
    return [
        *_contributions(dialogue, diaries),
        *_counts(dialogue),
        *_supports_and_stances(dialogue, diaries),
        *_votes(dialogue, diaries),
        *_unequal(
            "reactions",
            reactions_of(dialogue) - reactions_before,
            sum(diary.reactions for diary in diaries),
        ),
    ]


def _contributions(dialogue: Dialogue, diaries: Sequence[Diary]) -> list[str]:
    stored: dict[str, Any] = {
        "proposals": Proposal.objects.filter(dialogue=dialogue),
        "comments": Comment.objects.filter(proposal__dialogue=dialogue),
        "questions": Question.objects.filter(dialogue=dialogue),
    }
    found = []
    for noun, rows in stored.items():
        told = Counter(pk for diary in diaries for pk in getattr(diary, noun))
        missing = set(told) - set(rows.values_list("pk", flat=True))
        found += [f"{noun} {pk} was acknowledged and is lost" for pk in missing]
        found += [f"{noun} {pk} has two authors" for pk, n in told.items() if n > 1]
    return found


def _counts(dialogue: Dialogue) -> list[str]:
    """Live counts on the rows, against the rows that they count."""
    found = []
    for row in Proposal.objects.filter(dialogue=dialogue):
        stances = Counter(row.stances.values_list("value", flat=True))
        pairs = {
            "supports": (row.supports, Support.objects.filter(proposal=row).count()),
            "comments": (
                row.comments_count,
                row.comments.filter(state=Comment.State.PUBLISHED).count(),
            ),
            "agrees": (row.agrees, stances[Stance.Value.AGREE]),
            "disagrees": (row.disagrees, stances[Stance.Value.DISAGREE]),
            "passes": (row.passes, stances[Stance.Value.PASS]),
        }
        for name, (shown, counted) in pairs.items():
            found += _unequal(f"proposal {row.pk} {name}", shown, counted)
    for question in Question.objects.filter(dialogue=dialogue):
        counted = Support.objects.filter(question=question).count()
        found += _unequal(f"question {question.pk}", question.supports, counted)
    return found


def _supports_and_stances(dialogue: Dialogue, diaries: Sequence[Diary]) -> list[str]:
    """What each citizen was last told. Whoever was cut off is not sure."""
    sure = [diary for diary in diaries if not diary.unanswered]
    if len(sure) != len(diaries):
        return []
    told = Counter(
        key for diary in sure for key, is_on in diary.supports.items() if is_on
    )
    stored = Counter(
        ("proposal", row.proposal_id)
        if row.proposal_id
        else ("question", row.question_id)
        for row in Support.objects.filter(participation__dialogue=dialogue)
    )
    views = Counter(key for diary in sure for key in diary.stances.items())
    rows = Stance.objects.filter(proposal__dialogue=dialogue)
    stored_views = Counter(rows.values_list("proposal_id", "value"))
    return [
        *(
            found
            for key in told
            for found in _at_least(f"supports of {key}", stored[key], told[key])
        ),
        *(
            found
            for view in views
            for found in _at_least(f"stances {view}", stored_views[view], views[view])
        ),
    ]


def _votes(dialogue: Dialogue, diaries: Sequence[Diary]) -> list[str]:
    found = []
    for ballot in Ballot.objects.filter(dialogue=dialogue):
        told = {
            diary.receipts[ballot.pk]
            for diary in diaries
            if ballot.pk in diary.receipts
        }
        voters = sum(ballot.pk in diary.receipts for diary in diaries)
        if not voters:
            continue
        roll = RollEntry.objects.filter(ballot=ballot, has_voted=True)
        stored = set(roll.values_list("receipt", flat=True))
        found += _unequal(
            f"ballot {ballot.pk} receipts and turnout", ballot.turnout, voters
        )
        found += _unequal(
            f"ballot {ballot.pk} roll and turnout", ballot.turnout, roll.count()
        )
        if not told <= stored:
            found.append(f"ballot {ballot.pk}: {len(told - stored)} receipts unknown")
        if ballot.state == Ballot.State.CLOSED:
            found += _unequal(f"ballot {ballot.pk} tally", ballot.tally.turnout, voters)
            marks = ballot.tally.rows.aggregate(total=Sum("number"))["total"]
            found += _unequal(f"ballot {ballot.pk} marks", marks, voters)
    return found


def _unequal(what: str, stored: int, expected: int) -> list[str]:
    return [] if stored == expected else [f"{what}: {stored}, not {expected}"]


def _at_least(what: str, stored: int, expected: int) -> list[str]:
    return [] if stored >= expected else [f"{what}: {stored}, less than {expected}"]
