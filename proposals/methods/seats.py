"""A counting by quota on its way: who stands, who has a seat, where the votes are.

The rules are those of the single transferable vote (`stv.py`).
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from fractions import Fraction

from proposals.methods.irv import first_of
from proposals.methods.outcome import Number, Terms, best_first
from proposals.methods.ranking import Places

State = tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]


@dataclass(frozen=True)
class Stage:
    """What the state of a counting asks for.

    `chosen` get a seat; or else one of the `ways` leaves: what of the options goes.
    Several ways are equals at the bottom, in the ballot's order.
    """

    kind: str
    chosen: tuple[int, ...] = ()
    ways: tuple[tuple[int, ...], ...] = ()


class Count:
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

    def after(self, leaving: tuple[int, ...]) -> "Count":
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
    def state(self) -> State:
        """All that the rest of the counting depends on.

        Between two elections it does not matter in which order options leave: a vote is
        with the best of its options that stand.
        """
        return self.history, self.standing

    def stage(self) -> Stage:
        """What has to happen now. Nothing is changed."""
        if max(self.numbers.values()) >= self.quota:
            ahead = [o for group in best_first(self.numbers) for o in group]
            reach = (o for o in ahead if self.numbers[o] >= self.quota)
            return Stage("elected", chosen=tuple(reach))
        if len(self.standing) <= self.seats_left:
            rest = (o for group in best_first(self.numbers) for o in group)
            return Stage("seats_left", chosen=tuple(rest))
        fewest = min(self.numbers.values())
        lowest = tuple(o for o in self.standing if self.numbers[o] == fewest)
        if len(lowest) == 1 or self._leave_at_once(lowest):
            return Stage("leaves", ways=(lowest,))
        return Stage("leaves", ways=tuple((option,) for option in lowest))

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
