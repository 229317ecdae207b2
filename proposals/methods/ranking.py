"""What the methods share that count an order of the options.

A sheet gives ranks from 1 on, without a gap; several options may share one. Options
without a rank share the last place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from proposals.methods.borda import check
from proposals.methods.choosing import opening
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    Tie,
    Turn,
    add_up,
    misses_quorum,
    without_abstentions,
)
from proposals.methods.suiting import check_options, check_terms
from proposals.methods.turning import fewest, first_to_turn

__all__ = ["Places", "abstained", "check", "conclude", "duels", "places", "suits"]

# Among so many options duels are counted again with other votes.
MOST_TURNED = 12

# Options of one rank together, the first choice first.
Places = tuple[tuple[int, ...], ...]


def suits(terms: Terms) -> None:
    """At least two options; no threshold, for duels and rounds have no percentage."""
    check_options(terms)
    check_terms(terms, has_threshold=False)


def suits_seats(terms: Terms) -> None:
    """The same, whatever the number of seats."""
    suits(replace(terms, seats=1))


def abstained(casts: Iterable[Cast], terms: Terms) -> dict[int, int]:
    """The number beside "abstain", if the ballot has that choice."""
    if terms.abstain is None:
        return {}
    own = [cast for cast in casts if terms.abstain in cast.sheet]
    return {terms.abstain: add_up(own, terms)[terms.abstain]}


def places(sheet: Sheet, terms: Terms) -> Places:
    """The options of a sheet by rank; those without a rank are not in it."""
    by_rank: dict[int, list[int]] = {}
    for option in terms.options:
        if option in sheet:
            by_rank.setdefault(sheet[option], []).append(option)
    return tuple(tuple(by_rank[rank]) for rank in sorted(by_rank))


def grouped(casts: Iterable[Cast], terms: Terms) -> dict[Places, int]:
    """How many voted alike, in an order that the order of the votes does not change."""
    alike: dict[Places, int] = {}
    for sheet, weight in without_abstentions(casts, terms):
        key = places(sheet, terms)
        alike[key] = alike.get(key, 0) + weight
    return dict(sorted(alike.items()))


def duels(casts: Iterable[Cast], terms: Terms) -> np.ndarray:
    """How many put the option of the row before that of the column."""
    size = len(terms.options)
    at = {option: number for number, option in enumerate(terms.options)}
    before = np.zeros((size, size), dtype=np.int64)
    for order, weight in grouped(casts, terms).items():
        ranks = np.full(size, len(order), dtype=np.int64)
        for rank, options in enumerate(order):
            ranks[[at[option] for option in options]] = rank
        before += weight * (ranks[:, None] < ranks[None, :])
    return before


def duel_turns(
    before: np.ndarray,
    terms: Terms,
    ahead: Sequence[int],
    in_front: Callable[[np.ndarray], np.ndarray],
) -> tuple[Turn, ...]:
    """Who would have been in front with the fewest votes that name no other option.

    Such a vote puts the option before each of the others and says nothing else.
    `in_front` counts: whether each row is. Who wins every duel always is.
    """
    turns = []
    for row, option in enumerate(terms.options):
        if ahead == (option,):
            continue
        lost_by = np.delete(before[:, row] - before[row], row)
        enough = max(1, int(lost_by.max()) + 1)
        if len(terms.options) > MOST_TURNED:
            turns.append(Turn("enough", enough, option))
            continue

        def wins(votes: int, row: int = row) -> bool:
            then = before.copy()
            then[row] += votes
            then[row, row] = 0
            first = in_front(then)
            return bool(first[row]) and int(first.sum()) == 1

        turns.append(Turn("alone", fewest(wins, enough), option))
    return first_to_turn(turns)


def pairs_of(matrix: np.ndarray, terms: Terms) -> dict[tuple[int, int], int]:
    """The cells of a matrix by their options."""
    return {
        (a, b): int(matrix[row, column])
        for row, a in enumerate(terms.options)
        for column, b in enumerate(terms.options)
        if a != b
    }


def floored(numbers: Mapping[int, int | Fraction]) -> dict[int, int]:
    """Whole votes: what stands beside an option. The rounds have the fractions."""
    return {option: int(number) for option, number in numbers.items()}


def nothing(casts: Sequence[Cast], terms: Terms) -> Outcome | None:
    """The outcome when nobody voted, or all abstained."""
    if without_abstentions(casts, terms):
        return None
    numbers = dict.fromkeys(terms.options, 0) | abstained(casts, terms)
    return Outcome(numbers, (), "none", rounds=opening(casts, terms))


def conclude(
    casts: Sequence[Cast],
    terms: Terms,
    numbers: Mapping[int, int],
    *,
    ahead: tuple[int, ...],
    ranking: tuple[tuple[int, ...], ...],
    trace: Sequence[Round],
    ties: tuple[Tie, ...] = (),
    turns: tuple[Turn, ...] = (),
) -> Outcome:
    """The outcome of a method with one seat: several who are ahead are a tie."""
    whole = dict(numbers) | abstained(casts, terms)
    rounds = opening(casts, terms) + tuple(trace)
    if misses_quorum(casts, terms):
        return Outcome(whole, (), "below_quorum", ranking, rounds)
    if len(ahead) > 1:
        equals = (*ties, Tie(ahead))
        return Outcome(whole, ahead, "tied", ranking, rounds, equals, turns)
    is_none = ahead[0] == terms.keys.get("none")
    verdict = "none_of_these" if is_none else "chosen"
    return Outcome(whole, ahead, verdict, ranking, rounds, ties, turns)
