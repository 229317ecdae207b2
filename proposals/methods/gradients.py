"""Gradients of agreement: five steps from strongly for to strongly against.

Shown are the distribution, the median and how many could live with it. It decides
nothing by itself: a proposal that few could live with wants more work.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting, opening, votes_of
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    add_up,
    check_marks,
    misses_quorum,
)
from proposals.methods.suiting import check_fixed, check_terms

FORM = "one"
STEPS = ("strongly_for", "for", "neutral", "against", "strongly_against")
# Whoever stands here could live with it.
BEARABLE = STEPS[:3]
FIXED = (*STEPS, "abstain")
LABELS = {
    "strongly_for": _("I am strongly in favour"),
    "for": _("I am in favour"),
    "neutral": _("I can live with it"),
    "against": _("I have doubts"),
    "strongly_against": _("I am strongly against"),
    "abstain": _("Abstain"),
}
COUNTED = _(
    "Counted is how many stand on each of the five steps. The middle step (median) is "
    "the one where half of the votes stand there or higher, and half there or lower. "
    "The first three steps together say how many could live with it."
)
TIES = _(
    "When the middle falls between two steps, both are named. Nobody wins or loses."
)
FITS = _(
    "For one proposal that is still being worked on: it shows how far the agreement "
    "reaches, and whether there are strong doubts. It decides nothing."
)


def suits(terms: Terms) -> None:
    """The five steps and abstain."""
    check_fixed(terms, FIXED)
    check_terms(terms, has_threshold=False)


def check(marks: Sheet, terms: Terms) -> None:
    """One of the steps."""
    check_marks(marks, terms, 1)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Distribution, median, and how many could live with it."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    rounds = opening(casts, terms)
    steps = {terms.keys[key]: numbers[terms.keys[key]] for key in STEPS}
    given = sum(steps.values())
    if not votes_of(casts) or not given:
        return Outcome(numbers, (), "none", rounds=rounds)
    bearable = sum(numbers[terms.keys[key]] for key in BEARABLE)
    rounds += (
        Round("distribution", steps),
        Round("median", chosen=median_of(steps)),
        Round("bearable", facts={"votes": bearable, "of": given}),
    )
    verdict = "below_quorum" if misses_quorum(casts, terms) else "noted"
    return Outcome(numbers, (), verdict, rounds=rounds)


def median_of(steps: dict[int, int]) -> tuple[int, ...]:
    """The step in the middle; both when the middle falls between two."""
    total = sum(steps.values())
    passed = 0
    middle = []
    for step, number in steps.items():
        # The first vote of this step has `passed` before it, the last one has
        # `passed + number - 1`. The middle ones are the two around total / 2.
        places = range(passed, passed + number)
        if (total - 1) // 2 in places or total // 2 in places:
            middle.append(step)
        passed += number
    return tuple(middle)
