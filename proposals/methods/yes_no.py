"""Yes, no, abstain. A tie is a rejection.

Simple majority: more yes than no; abstentions count for the turnout alone (as in
council rules of procedure). Absolute majority (more than half) and two thirds are of
all votes cast, abstentions among them, or of the roll. An abstention is never counted
as yes or as no. The threshold asks for so many percent yes of the same base besides,
as for a citizens' decision.
"""

from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import (
    base_of,
    counting,
    opening,
    threshold_round,
    votes_needed,
    votes_of,
)
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    Tie,
    add_up,
    check_marks,
    misses_quorum,
)
from proposals.methods.suiting import check_fixed, check_terms

FORM = "one"
FIXED = ("yes", "no", "abstain")
LABELS = {"yes": _("Yes"), "no": _("No"), "abstain": _("Abstain")}
COUNTED = _(
    "Counted are the yes and the no votes. Simple majority: more yes than no; "
    "abstentions do not matter. Absolute majority: more than half of all votes cast "
    "say yes. Two thirds: at least two of three votes cast say yes. For these two, "
    "abstentions are votes cast. They can also be measured by the roll: by everybody "
    "who may vote. An abstention is never counted as yes or as no."
)
TIES = _("As many yes as no votes are a rejection.")
FITS = _("For the final decision about one proposal.")


def suits(terms: Terms) -> None:
    """Yes, no, abstain, and a majority that is known."""
    check_fixed(terms, FIXED)
    check_terms(terms, has_majority=True, knows_roll=True)


def check(marks: Sheet, terms: Terms) -> None:
    """One of the three choices."""
    check_marks(marks, terms, 1)


def yes_needed(numbers: dict[int, int], base: int, terms: Terms) -> int:
    """The fewest yes votes that are the majority, as the others have voted."""
    match terms.majority:
        case "absolute":
            return base // 2 + 1
        case "two_thirds":
            return max(1, -(-2 * base // 3))
        case _:
            return numbers[terms.keys["no"]] + 1


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Adopted or rejected."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    yes, no = terms.keys["yes"], terms.keys["no"]
    rounds = opening(casts, terms)
    if not votes_of(casts):
        return Outcome(numbers, (), "none", rounds=rounds)
    base = base_of(casts, terms)
    needed = yes_needed(numbers, base, terms)
    rounds += (
        Round(
            "majority",
            {yes: numbers[yes], no: numbers[no]},
            chosen=(yes,) if numbers[yes] >= needed else (),
            facts={
                "majority": terms.majority,
                "base": terms.base,
                "of": base,
                "needed": needed,
            },
        ),
    )
    if terms.threshold:
        share = Fraction(numbers[yes], base) if base else Fraction(0)
        rounds += (threshold_round({yes: share}, terms),)
        needed = max(needed, votes_needed(terms.threshold, base))
    if misses_quorum(casts, terms):
        return Outcome(numbers, (), "below_quorum", rounds=rounds)
    if numbers[yes] >= needed:
        return Outcome(numbers, (yes,), "adopted", rounds=rounds)
    if numbers[yes] > numbers[no]:  # more wanted it, but not enough: nobody won
        return Outcome(numbers, (), "rejected", rounds=rounds)
    ties: tuple[Tie, ...] = ()
    if numbers[yes] == numbers[no] > 0:
        ties = (Tie((yes, no), (no, yes), "rejected"),)
    return Outcome(numbers, (no,), "rejected", rounds=rounds, ties=ties)
