"""Borda count: ranks give points, the most points win (Borda 1781).

From every vote an option gets two points for each option that stands behind it and
one for each that stands level with it. That is twice the classical count, so that
options which share a rank share its points in whole numbers. Options without a rank
share the last place.
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
    check_known,
    is_abstention,
    refuse,
    without_abstentions,
)
from proposals.methods.score import rated
from proposals.methods.suiting import check_options, check_terms

FORM = "order"
COUNTED = _(
    "Everybody puts the options in an order. From every vote an option gets two points "
    "for each option behind it, and one for each that shares its rank. Options without "
    "a rank share the last place. The most points win. If a threshold was set, the "
    "winner must have so many percent of the points that are possible."
)
TIES = _(
    "Options on the same rank of a vote share its points. Equal sums at the top are a "
    "tie. It is reported, no lot is drawn; a new round among these options can decide."
)
FITS = _(
    "For three to six options when a choice is looked for that many put high up, even "
    "if it is the first choice of few."
)


def suits(terms: Terms) -> None:
    """At least two options."""
    check_options(terms)
    check_terms(terms)


def check(marks: Sheet, terms: Terms) -> None:
    """Ranks from 1 on without a gap; several options may share one."""
    if is_abstention(marks, terms):
        return
    check_known(marks, terms)
    if set(marks.values()) != set(range(1, len(set(marks.values())) + 1)):
        raise refuse("vote.ranks", _("Please give the ranks from 1 on, without a gap."))


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The most points win."""
    casts = counting(casts)
    points = dict.fromkeys(terms.options, 0)
    firsts = dict.fromkeys(terms.options, 0)
    for sheet, weight in without_abstentions(casts, terms):
        for option, own in _points(sheet, terms).items():
            points[option] += own * weight
            if sheet.get(option) == 1:
                firsts[option] += weight
    votes = rated(casts, terms)
    numbers = dict(points)
    if terms.abstain is not None:
        numbers[terms.abstain] = sum(cast.weight for cast in casts) - votes
    possible = 2 * (len(terms.options) - 1) * votes
    shares = {option: Fraction(n, possible or 1) for option, n in points.items()}
    trace = [
        Round("first_places", firsts),
        Round("points", points, facts={"votes": votes, "possible": possible}),
    ]
    return choose(casts, terms, numbers, trace=trace, shares=shares)


def _points(sheet: Sheet, terms: Terms) -> dict[int, int]:
    """Two for every option behind, one for every other on the same rank."""
    last = len(terms.options) + 1
    ranks = {option: sheet.get(option, last) for option in terms.options}
    level: dict[int, int] = {}
    for rank in ranks.values():
        level[rank] = level.get(rank, 0) + 1
    behind, worth = 0, {}
    for rank in sorted(level, reverse=True):
        worth[rank] = 2 * behind + level[rank] - 1
        behind += level[rank]
    return {option: worth[rank] for option, rank in ranks.items()}
