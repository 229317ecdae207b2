"""Schulze method: every pair compared, indirect victories too (Schulze 2011).

Strength of a victory: the votes of its winner ("winning votes"). A path from one
option to another is as strong as its weakest victory. One option stands before another
if its strongest path there is stronger than the one back. That is an order without
circles; winners are all before whom nobody stands.
"""

from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting
from proposals.methods.outcome import Cast, Outcome, Round, Terms
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
    "other wins it. An option that wins all its duels is chosen. If the duels go round "
    "in a circle, a victory by way of others counts too: it is as strong as its "
    "weakest duel, and the stronger way decides."
)
TIES = _(
    "Options before whom no other stands are equals. Several of them are a tie. It is "
    "reported, no lot is drawn; a new round among these options can decide."
)
FITS = _(
    "For three to ten options when the one is looked for that would win against every "
    "other. Similar options do not take votes from each other."
)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Nobody stands before the winner."""
    casts = counting(casts)
    none = nothing(casts, terms)
    if none is not None:
        return none
    before = duels(casts, terms)
    paths = _paths(before)
    ahead_of = paths > paths.T
    beaten = {
        option: int(ahead_of[row].sum()) for row, option in enumerate(terms.options)
    }
    ranking = _layers(ahead_of, terms)
    won = (before > before.T).sum(axis=1)
    trace = [
        Round(
            "duels",
            {option: int(won[row]) for row, option in enumerate(terms.options)},
            pairs=pairs_of(before, terms),
        ),
        Round("paths", beaten, chosen=ranking[0], pairs=pairs_of(paths, terms)),
    ]
    return conclude(
        casts,
        terms,
        beaten,
        ahead=ranking[0],
        ranking=ranking,
        trace=trace,
        turns=duel_turns(before, terms, ranking[0], _unbeaten),
    )


def _paths(before: np.ndarray) -> np.ndarray:
    return _strongest(np.where(before > before.T, before, 0))


def _unbeaten(before: np.ndarray) -> np.ndarray:
    """Before whom nobody stands."""
    paths = _paths(before)
    return np.logical_not((paths > paths.T).any(axis=0))


def _strongest(strength: np.ndarray) -> np.ndarray:
    """The strongest path of every pair (Floyd and Warshall, with the weakest link)."""
    paths = strength.copy()
    for middle in range(len(paths)):
        by_way = np.minimum(paths[:, middle, None], paths[None, middle, :])
        np.maximum(paths, by_way, out=paths)
    np.fill_diagonal(paths, 0)
    return paths


def _layers(ahead_of: np.ndarray, terms: Terms) -> tuple[tuple[int, ...], ...]:
    """Those before whom nobody stands, then the same among the others, and so on."""
    left = list(range(len(terms.options)))
    layers = []
    while left:
        first = [at for at in left if not ahead_of[left, at].any()]
        layers.append(tuple(terms.options[at] for at in first))
        left = [at for at in left if at not in first]
    return tuple(layers)
