"""One of several options: the one with the most votes (relative majority).

Equal numbers at the top are a tie, and reported as one.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import choose, counting, shares_of_votes
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    add_up,
    check_marks,
)
from proposals.methods.suiting import check_options, check_terms

FORM = "one"
COUNTED = _(
    "Everybody has one vote. The option with the most votes wins, even if it is fewer "
    "than half of them."
)
TIES = _(
    "Equal numbers at the top are a tie. It is reported, no lot is drawn; a new round "
    "among these options can decide."
)
FITS = _(
    "For a choice between two or three options that differ clearly. With more, similar "
    "options take votes from each other: then approval or a ranking is fairer."
)


def suits(terms: Terms) -> None:
    """At least two options."""
    check_options(terms)
    check_terms(terms, knows_roll=True)


def check(marks: Sheet, terms: Terms) -> None:
    """Exactly one option."""
    check_marks(marks, terms, 1)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Most votes wins."""
    return count_marks(casts, terms)


def count_marks(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Most marks wins, however many marks a vote may have."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    marks = {option: numbers[option] for option in terms.options}
    shares = shares_of_votes(numbers, casts, terms)
    return choose(casts, terms, numbers, trace=[Round("count", marks)], shares=shares)
