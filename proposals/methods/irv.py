"""Instant runoff: the weakest leave until one has more than half.

A vote counts for the first of its options that still stands. Options that share a rank
share the vote, in fractions. A vote none of whose ranked options stands rests.

Equals at the bottom: every order in which they could leave is counted. If all elect the
same, the tie was none; else all who win in one of them are a tie. So neither a lot nor
the order on a ballot decides ("parallel universes": Conitzer, Rognlie, Xia 2009).
"""

import math
from collections.abc import Container, Mapping, Sequence
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting
from proposals.methods.outcome import (
    Cast,
    Number,
    Outcome,
    Round,
    Terms,
    Tie,
    Turn,
    best_first,
)
from proposals.methods.ranking import (
    Places,
    check,
    conclude,
    floored,
    grouped,
    nothing,
    suits,
)
from proposals.methods.turning import first_to_turn

__all__ = ["COUNTED", "FITS", "FORM", "TIES", "check", "count", "suits"]

FORM = "order"
COUNTED = _(
    "Everybody puts the options in an order. In every round a vote counts for the "
    "first of its options that is still in. Who has more than half of these votes is "
    "chosen. Else the option with the fewest votes leaves, and its votes go to the "
    "next option on each of them. Options on the same rank share the vote. A vote that "
    "names no option that is still in rests."
)
TIES = _(
    "Of options with equally few votes it is counted who wins if the one leaves first, "
    "and if the other does. If that changes who wins, it is a tie. It is reported, no "
    "lot is drawn; a new round among these options can decide."
)
FITS = _(
    "For three to eight options when the winner should have a majority behind it, as "
    "in a runoff, in one evening and with one vote."
)
# So many states are counted when many are equal; who still stood in one that was not
# counted is reported as tied.
MOST_STATES = 2000
# What would have changed it is counted for every option where votes and options are so
# few, else for the next one; in so many states.
MOST_WORK = 50_000
MOST_TURNED = 200


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Rounds until one has more than half of the votes that still count."""
    casts = counting(casts)
    none = nothing(casts, terms)
    if none is not None:
        return none
    votes = grouped(casts, terms)
    possible = _possible(votes, terms)
    standing = terms.options
    trace: list[Round] = []
    left: list[tuple[int, ...]] = []
    last: dict[int, Number] = {}
    ties: list[Tie] = []
    while True:
        numbers = _votes(votes, standing)
        last |= numbers
        ahead, ways = _step(numbers)
        if len(possible) > 1 and len(ways) > 1:
            # What comes after depends on who leaves: the table ends here.
            trace.append(_round(numbers, votes, (), ()))
            ahead, numbers, left = possible, {}, []
            break
        leaving = ways[0] if ways else ()
        trace.append(_round(numbers, votes, ahead, leaving))
        if ahead:
            break
        if len(ways) > 1:
            among = tuple(option for way in ways for option in way)
            ties.append(Tie(among, among, "all_ways"))
        left.insert(0, leaving)
        standing = tuple(option for option in standing if option not in leaving)
    ranking = best_first(numbers) + tuple(left)
    return conclude(
        casts,
        terms,
        floored({option: last[option] for option in terms.options}),
        ahead=ahead,
        ranking=ranking,
        trace=trace,
        ties=tuple(ties),
        turns=_turns(votes, terms, ahead, ranking),
    )


def _turns(
    votes: Mapping[Places, int],
    terms: Terms,
    ahead: tuple[int, ...],
    ranking: tuple[tuple[int, ...], ...],
) -> tuple[Turn, ...]:
    """Who would have won with the fewest votes that name no other option."""
    rivals = tuple(option for option in terms.options if ahead != (option,))
    if len(votes) * len(terms.options) ** 2 > MOST_WORK:
        order = [option for group in ranking for option in group if ahead != (option,)]
        rivals = ahead[:1] if len(ahead) > 1 else tuple(order[:1])
    return first_to_turn(_turn(votes, terms, option) for option in rivals)


def _turn(votes: Mapping[Places, int], terms: Terms, option: int) -> Turn:
    """How many such votes an option needs.

    They change nothing among the others as long as it is in. So it is kept in, and
    needs as many as put it before the weakest other one, every time.
    """
    needed = 1
    todo, seen = [terms.options], {terms.options}
    while todo:
        standing = todo.pop()
        numbers = _votes(votes, standing)
        own = numbers.pop(option)
        lowest = best_first(numbers)[-1]
        fewest = numbers[lowest[0]]
        needed = max(needed, math.floor(fewest - own) + 1)
        ways = [(other,) for other in lowest] if fewest else [lowest]
        for leaving in ways:
            rest = tuple(other for other in standing if other not in leaving)
            if len(rest) > 1 and rest not in seen:
                seen.add(rest)
                todo.append(rest)
        if len(seen) > MOST_TURNED:
            first = _votes(votes, terms.options)[option]
            enough = math.floor(sum(votes.values()) - 2 * first) + 1
            return Turn("enough", max(1, enough), option)
    return Turn("alone", needed, option)


def _possible(votes: Mapping[Places, int], terms: Terms) -> tuple[int, ...]:
    """Who wins in at least one order among equals."""
    possible: set[int] = set()
    todo, seen = [terms.options], {terms.options}
    while todo:
        standing = todo.pop()
        ahead, ways = _step(_votes(votes, standing))
        possible.update(ahead)
        for leaving in ways:
            rest = tuple(option for option in standing if option not in leaving)
            if rest in seen:
                continue
            if len(seen) >= MOST_STATES:
                possible.update(rest)
                continue
            seen.add(rest)
            todo.append(rest)
    return tuple(option for option in terms.options if option in possible)


def _votes(votes: Mapping[Places, int], standing: tuple[int, ...]) -> dict[int, Number]:
    """How many votes each option has that still stands."""
    numbers: dict[int, Number] = dict.fromkeys(standing, 0)
    for order, weight in votes.items():
        first = first_of(order, numbers)
        for option in first:
            numbers[option] += (
                weight if len(first) == 1 else Fraction(weight, len(first))
            )
    return numbers


def first_of(order: Places, standing: Container[int]) -> tuple[int, ...]:
    """The options of the best rank that has one that stands; none: the vote rests."""
    for options in order:
        still = tuple(option for option in options if option in standing)
        if still:
            return still
    return ()


def _step(
    numbers: Mapping[int, Number],
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Who has won after this round; or else who may leave now."""
    groups = best_first(numbers)
    first, lowest = groups[0], groups[-1]
    if len(numbers) == 1 or 2 * numbers[first[0]] > sum(numbers.values()):
        return first, []
    # Weaker together than the next one: in every order they would all be the next.
    together = sum(numbers[option] for option in lowest)
    if len(groups) > 1 and together < numbers[groups[-2][0]]:
        return (), [lowest]
    return (), [(option,) for option in lowest]


def _round(
    numbers: Mapping[int, Number],
    votes: Mapping[Places, int],
    ahead: tuple[int, ...],
    leaving: tuple[int, ...],
) -> Round:
    counting = sum(numbers.values())
    return Round(
        "runoff",
        dict(numbers),
        chosen=ahead,
        excluded=leaving,
        facts={"votes": counting, "resting": sum(votes.values()) - counting},
    )
