"""Copeland's method: who wins most duels (Llull 1299, Copeland 1951).

A duel won counts one, a draw one half. The numbers are doubled to be whole: two points
for a win, one for a draw.
"""

from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting
from proposals.methods.outcome import Cast, Outcome, Round, Terms, best_first
from proposals.methods.ranking import (
    check,
    conclude,
    duel_turns,
    duels,
    nothing,
    pairs_of,
    suits,
)

__all__ = ["COUNTED", "FITS", "FORM", "TIES", "check", "count", "suits"]

FORM = "order"
COUNTED = _(
    "Everybody puts the options in an order; options without a rank share the last "
    "place. Every option meets every other in a duel: whom more people put before the "
    "other wins it. A duel won gives two points, a draw gives one. The most points win."
)
TIES = _(
    "Equal points at the top are a tie; that happens easily when there are few "
    "options. It is reported, no lot is drawn; a new round among these options can "
    "decide."
)
FITS = _(
    "For three to eight options when the counting should be simple to follow: like a "
    "league table in sports."
)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The most points win."""
    casts = counting(casts)
    none = nothing(casts, terms)
    if none is not None:
        return none
    before = duels(casts, terms)
    won, lost = (before > before.T).sum(axis=1), (before < before.T).sum(axis=1)
    others = len(terms.options) - 1
    points = {
        option: others + int(won[row]) - int(lost[row])
        for row, option in enumerate(terms.options)
    }
    ranking = best_first(points)
    trace = [
        Round(
            "duels",
            {option: int(won[row]) for row, option in enumerate(terms.options)},
            pairs=pairs_of(before, terms),
        ),
        Round("points", points, chosen=ranking[0]),
    ]
    return conclude(
        casts,
        terms,
        points,
        ahead=ranking[0],
        ranking=ranking,
        trace=trace,
        turns=duel_turns(before, terms, ranking[0], _first),
    )


def _first(before: np.ndarray) -> np.ndarray:
    """Who has the most points."""
    points = (before > before.T).sum(axis=1) - (before < before.T).sum(axis=1)
    first: np.ndarray = points == points.max()
    return first
