"""Approval: everybody marks every option they could agree with.

The option that most approve of wins (Brams and Fishburn 1978). With a threshold, it
must have so many percent of the votes cast, or of the roll.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.multiple import check_none_alone
from proposals.methods.outcome import Cast, Outcome, Sheet, Terms, check_marks
from proposals.methods.single import count_marks
from proposals.methods.suiting import check_options, check_terms

FORM = "some"
COUNTED = _(
    "Everybody marks all options they agree with, as many as they like. The option "
    "with the most approvals wins. If a threshold was set, it must also have so many "
    "percent of the votes cast, or of the roll. Abstentions are votes cast."
)
TIES = _(
    "Equal numbers at the top are a tie. It is reported, no lot is drawn; a new round "
    "among these options can decide."
)
FITS = _(
    "For several options of which many would be acceptable. Similar options do not "
    "take votes from each other."
)


def suits(terms: Terms) -> None:
    """At least two options."""
    check_options(terms)
    check_terms(terms, knows_roll=True)


def check(marks: Sheet, terms: Terms) -> None:
    """One or more different options; "none of these" only alone."""
    check_marks(marks, terms, len(terms.options))
    check_none_alone(marks, terms)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Most approvals wins."""
    return count_marks(casts, terms)
