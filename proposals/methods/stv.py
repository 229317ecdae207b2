"""Single transferable vote: several seats, shared out by preference.

Weighted Inclusive Gregory transfers in exact fractions, with the Droop quota: whole
votes / (seats + 1), rounded down, plus one. Who reaches the quota is elected, and what
is above it moves on: every vote in the pile with the same part of its value, to the
next of its options that still stands. Else the weakest leaves and its votes move on at
their full value. Options that share a rank share the value. When no more stand than
there are seats left, they are elected.

Equals at the bottom: every order in which they could leave is counted. If all elect the
same, the tie was none; else it is reported. So neither a lot nor the order on a ballot
gives a seat.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting, opening
from proposals.methods.irv import first_of
from proposals.methods.outcome import (
    Cast,
    Number,
    Outcome,
    Round,
    Terms,
    Tie,
    best_first,
    misses_quorum,
)
from proposals.methods.ranking import (
    Places,
    abstained,
    check,
    floored,
    grouped,
    nothing,
    suits_seats,
)
from proposals.methods.suiting import unsuited

__all__ = ["COUNTED", "FITS", "FORM", "TIES", "check", "count", "suits"]

FORM = "order"
COUNTED = _(
    "Everybody puts the options in an order. Who gets the quota has a seat: the votes "
    "divided by one more than the seats, and the next whole number above that. What is "
    "above the quota moves on, every vote of the option with the same part, to its "
    "next option that is still in. If nobody reaches the quota, the option with the "
    "fewest votes leaves and its votes move on."
)
TIES = _(
    "Of options with equally few votes it is counted who is elected if the one leaves "
    "first, and if the other does. If that changes who is elected, it is a tie. It is "
    "reported, no lot is drawn; a new round among these options can decide."
)
FITS = _(
    "For electing two or more people or topics so that larger and smaller groups each "
    "get their part."
)
# So many states are counted when many are equal; who still stood in one that was not
# counted is reported as tied.
MOST_STATES = 5000

_State = tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]


def suits(terms: Terms) -> None:
    """At least one seat, and more options than seats."""
    suits_seats(terms)
    if terms.seats < 1:
        raise unsuited("ballot.seats", _("Please give at least one seat."), "seats")
    if terms.seats >= len(terms.options):
        raise unsuited(
            "ballot.seats",
            _("There are not more options than seats: nothing is left to choose."),
            "seats",
        )


@dataclass(frozen=True)
class _Stage:
    """What the state of a counting asks for.

    `chosen` get a seat; or else one of the `ways` leaves: what of the options goes.
    Several ways are equals at the bottom, in the ballot's order.
    """

    kind: str
    chosen: tuple[int, ...] = ()
    ways: tuple[tuple[int, ...], ...] = ()


class _Count:
    """A counting on its way: who stands, who is elected, and where the votes are."""

    def __init__(self, votes: Mapping[Places, int], terms: Terms) -> None:
        self.seats, self.standing = terms.seats, terms.options
        self.quota = sum(votes.values()) // (terms.seats + 1) + 1
        self.elected: tuple[int, ...] = ()
        # Who stood whenever somebody was elected: it decides what votes are worth.
        self.history: tuple[tuple[int, ...], ...] = ()
        # What each that stands holds: votes by their order, and their value together.
        self.piles: dict[int, dict[Places, Number]] = {o: {} for o in self.standing}
        self.numbers: dict[int, Number] = dict.fromkeys(self.standing, 0)
        for order, weight in votes.items():
            self._hand_on(order, weight)

    def after(self, leaving: tuple[int, ...]) -> "_Count":
        """Another counting, in which these have left."""
        other = copy(self)
        other.piles = {option: dict(pile) for option, pile in self.piles.items()}
        other.numbers = dict(self.numbers)
        other.remove(leaving)
        return other

    @property
    def seats_left(self) -> int:
        return self.seats - len(self.elected)

    @property
    def is_over(self) -> bool:
        return not (self.seats_left and self.standing)

    @property
    def state(self) -> _State:
        """All that the rest of the counting depends on.

        Between two elections it does not matter in which order options leave: a vote is
        with the best of its options that stand.
        """
        return self.history, self.standing

    def stage(self) -> _Stage:
        """What has to happen now. Nothing is changed."""
        if max(self.numbers.values()) >= self.quota:
            ahead = [o for group in best_first(self.numbers) for o in group]
            reach = (o for o in ahead if self.numbers[o] >= self.quota)
            return _Stage("elected", chosen=tuple(reach))
        if len(self.standing) <= self.seats_left:
            rest = (o for group in best_first(self.numbers) for o in group)
            return _Stage("seats_left", chosen=tuple(rest))
        fewest = min(self.numbers.values())
        lowest = tuple(o for o in self.standing if self.numbers[o] == fewest)
        if len(lowest) == 1 or self._leave_at_once(lowest):
            return _Stage("leaves", ways=(lowest,))
        return _Stage("leaves", ways=tuple((option,) for option in lowest))

    def _leave_at_once(self, lowest: tuple[int, ...]) -> bool:
        """Whether in every order all of these would leave before anything else.

        They are weaker together than the next one, nobody reaches the quota with all
        their votes, and enough others stand.
        """
        others = [self.numbers[o] for o in self.standing if o not in lowest]
        together = self.numbers[lowest[0]] * len(lowest)
        return (
            len(others) >= max(self.seats_left, 1)
            and together < min(others)
            and max(others) + together < self.quota
        )

    def elect(self, chosen: tuple[int, ...]) -> None:
        """Seats, and every surplus moves on to those who had none before."""
        self.history += (self.standing,)
        self.elected += chosen
        held = {option: self.numbers[option] for option in chosen}
        for option, pile in self._take(chosen).items():
            surplus = held[option] - self.quota
            if surplus > 0:
                part = Fraction(surplus) / held[option]
                for order, value in pile.items():
                    self._hand_on(order, value * part)

    def remove(self, leaving: tuple[int, ...]) -> None:
        """These are out; their votes move on at their full value."""
        for pile in self._take(leaving).values():
            for order, value in pile.items():
                self._hand_on(order, value)

    def _take(self, options: tuple[int, ...]) -> dict[int, dict[Places, Number]]:
        gone = set(options)
        self.standing = tuple(o for o in self.standing if o not in gone)
        for option in options:
            del self.numbers[option]
        return {option: self.piles.pop(option) for option in options}

    def _hand_on(self, order: Places, value: Number) -> None:
        """To the first that stands; equals share it."""
        first = first_of(order, self.piles)
        for option in first:
            part = value if len(first) == 1 else Fraction(value) / len(first)
            pile = self.piles[option]
            pile[order] = pile.get(order, 0) + part
            self.numbers[option] += part


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Quota, surpluses, and the weakest leave until the seats are filled."""
    casts = counting(casts)
    none = nothing(casts, terms)
    if none is not None:
        return none
    votes = grouped(casts, terms)
    sure, possible = _all_ways(_Count(votes, terms), terms)
    is_tied = sure != possible
    # Told is the way in which the ballot's first one leaves at every tie; if the result
    # depends on that, up to there.
    way = _Count(votes, terms)
    trace: list[Round] = []
    left: list[tuple[int, ...]] = []
    ties: list[Tie] = []
    last: dict[int, Number] = {}
    is_told = True
    while not way.is_over:
        stage = way.stage()
        is_open = len(stage.ways) > 1
        leaving = stage.ways[0] if stage.ways else ()
        if is_told:
            is_told = not (is_open and is_tied)
            last |= way.numbers
            trace.append(_round(way, stage, votes, leaving if is_told else ()))
        if is_open:
            among = tuple(option for one in stage.ways for option in one)
            ties.append(Tie(among, among, "all_ways"))
        if leaving:
            left.insert(0, leaving)
            way.remove(leaving)
        else:
            way.elect(stage.chosen)
    numbers = floored({option: last[option] for option in terms.options})
    numbers |= abstained(casts, terms)
    rounds = opening(casts, terms) + tuple(trace)
    if misses_quorum(casts, terms):
        return Outcome(numbers, (), "below_quorum", (), rounds)
    if is_tied:
        among = tuple(o for o in terms.options if o in possible - sure)
        chosen = (*(o for o in way.elected if o in sure), *among)
        return Outcome(numbers, chosen, "tied", (), rounds, (Tie(among),))
    rest = [way.standing] if way.standing else []
    ranking = (*((o,) for o in way.elected), *rest, *left)
    return Outcome(numbers, way.elected, "chosen", ranking, rounds, tuple(ties))


def _round(
    way: _Count,
    stage: _Stage,
    votes: Mapping[Places, int],
    leaving: tuple[int, ...],
) -> Round:
    facts: dict[str, Number | str] = {
        "quota": way.quota,
        "seats": way.seats,
        "seats_left": way.seats_left,
        "votes": sum(votes.values()),
    }
    return Round(stage.kind, dict(way.numbers), stage.chosen, leaving, facts=facts)


def _all_ways(start: _Count, terms: Terms) -> tuple[set[int], set[int]]:
    """Who is elected whatever the order among equals, and who in one of them.

    Every state is counted once, however many orders lead to it.
    """
    sure, possible = set(terms.options), set[int]()
    seen = {start.state}
    # Each a counting, and who leaves it now.
    todo: list[tuple[_Count, tuple[int, ...]]] = [(start, ())]
    while todo and (sure or len(possible) < len(terms.options)):
        before, leaving = todo.pop()
        if len(seen) > MOST_STATES:
            sure &= set(before.elected)
            possible.update(before.elected, set(before.standing).difference(leaving))
            continue
        way = before.after(leaving)
        for one in _follow(way, seen):
            rest = tuple(option for option in way.standing if option not in one)
            if (way.history, rest) not in seen:
                seen.add((way.history, rest))
                todo.append((way, one))
        if way.is_over:
            sure &= set(way.elected)
            possible.update(way.elected)
    return sure, possible


def _follow(way: _Count, seen: set[_State]) -> tuple[tuple[int, ...], ...]:
    """Count on until equals are at the bottom, and who of them may leave; or to the
    end, or to a state that was seen before: nothing."""
    while not way.is_over:
        stage = way.stage()
        if len(stage.ways) > 1:
            return stage.ways
        if stage.ways:
            way.remove(stage.ways[0])
        else:
            way.elect(stage.chosen)
        if way.state in seen:
            break
        seen.add(way.state)
    return ()
