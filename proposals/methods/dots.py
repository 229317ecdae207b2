"""Dots: everybody distributes points among the options; the most points win.

At most `per_option` of them on one option (0: no limit). Nobody must use them all.
"""

from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import choose, counting
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
)
from proposals.methods.suiting import check_options, check_terms, unsuited

FORM = "points"
COUNTED = _(
    "Everybody has the same number of points and distributes them among the options. "
    "Nobody must use all of them. The option with the most points wins. If a threshold "
    "was set, the winner must have so many percent of all points given."
)
TIES = _(
    "Equal numbers of points at the top are a tie. It is reported, no lot is drawn; a "
    "new round among these options can decide."
)
FITS = _(
    "For many proposals of which the most important ones are looked for. About a third "
    "as many points as options works well."
)


def suits(terms: Terms) -> None:
    """At least two options, and points that can all be placed."""
    check_options(terms)
    if terms.points < 1:
        raise unsuited(
            "ballot.points", _("Please say how many points each person has."), "points"
        )
    if not 0 <= terms.per_option <= terms.points:
        raise unsuited(
            "ballot.per_option",
            _("On one option there cannot be more points than a person has."),
            "per_option",
        )
    if 0 < terms.per_option * len(terms.options) < terms.points:
        raise unsuited(
            "ballot.per_option",
            _("With so few points per option, nobody could use all points."),
            "per_option",
        )
    check_terms(terms)


def check(marks: Sheet, terms: Terms) -> None:
    """One to all points, not too many on one option; an option may have zero."""
    if is_abstention(marks, terms):
        return
    check_known(marks, terms)
    if any(value < 0 for value in marks.values()):
        raise refuse("vote.points", _("Points cannot be less than zero."))
    if terms.per_option and max(marks.values()) > terms.per_option:
        raise refuse(
            "vote.per_option", _("There are too many points on one of the options.")
        )
    given = sum(marks.values())
    if given == 0:
        raise refuse("vote.empty", _("Please choose first."))
    if given > terms.points:
        raise refuse(
            "vote.too_many", _("You have given more points than the ballot allows.")
        )


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The most points win."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    points = {option: numbers[option] for option in terms.options}
    given = sum(points.values())
    shares = {option: Fraction(n, given or 1) for option, n in points.items()}
    backed = {
        option: sum(cast.weight for cast in casts if cast.sheet.get(option))
        for option in terms.options
    }
    trace = [
        Round("points", points, facts={"given": given}),
        Round("backed", backed),
    ]
    return choose(casts, terms, numbers, trace=trace, shares=shares)
