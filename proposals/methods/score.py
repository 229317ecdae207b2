"""Score: everybody rates every option on a scale; the highest sum wins.

Everybody rates all options, so the highest sum is the highest mean too.
"""

from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import choose, counting, votes_of
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    add_up,
    check_known,
    is_abstention,
    refuse,
    without_abstentions,
)
from proposals.methods.suiting import check_options, check_terms, unsuited

FORM = "scale"
COUNTED = _(
    "Everybody rates every option on the same scale. The ratings of an option are "
    "added up; the highest sum wins, which is the highest average too. If a threshold "
    "was set, the winner must have so many percent of the best possible rating."
)
TIES = _(
    "Equal sums at the top are a tie. It is reported, no lot is drawn; a new round "
    "among these options can decide."
)
FITS = _(
    "For several options when it matters how good people find each of them, and not "
    "only which one they like best."
)
WIDEST = 100


def suits(terms: Terms) -> None:
    """At least two options, and a scale that rises."""
    check_options(terms)
    check_scale(terms)
    check_terms(terms)


def check_scale(terms: Terms) -> None:
    """Refuse a scale without steps, or with more than anybody can tell apart."""
    if not 0 < terms.highest - terms.lowest <= WIDEST:
        raise unsuited(
            "ballot.scale",
            _("The highest value must be above the lowest, by at most 100."),
            "highest",
        )


def check(marks: Sheet, terms: Terms) -> None:
    """A value of the scale for every option."""
    if is_abstention(marks, terms):
        return
    check_known(marks, terms)
    if any(not terms.lowest <= value <= terms.highest for value in marks.values()):
        raise refuse("vote.scale", _("This value is not on the scale."))
    if len(marks) < len(terms.options):
        raise refuse("vote.unrated", _("Please rate every option."))


def rated(casts: Sequence[Cast], terms: Terms) -> int:
    """How many votes rate the options."""
    return votes_of(without_abstentions(casts, terms))


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The highest sum wins."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    sums = {option: numbers[option] for option in terms.options}
    votes = rated(casts, terms) or 1
    span = (terms.highest - terms.lowest) * votes
    shares = {
        option: Fraction(number - terms.lowest * votes, span)
        for option, number in sums.items()
    }
    means = {option: Fraction(number, votes) for option, number in sums.items()}
    trace = [Round("sum", sums, facts={"votes": votes}), Round("mean", means)]
    return choose(casts, terms, numbers, trace=trace, shares=shares)
