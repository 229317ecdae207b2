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
from dataclasses import dataclass, field, replace
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
# So many ways are counted when many are equal; beyond them, everybody whose leaving
# was an open question is reported as tied.
MOST_COUNTS = 200


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


@dataclass
class _Count:
    """One way through the counting.

    `choices` says who leaves at each tie: the ballot's first one where it says nothing.
    `open_ties` are those met, each with its place in `rounds`.
    """

    votes: Mapping[Places, int]
    terms: Terms
    choices: tuple[int, ...] = ()
    elected: list[int] = field(default_factory=list)
    left: list[tuple[int, ...]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    open_ties: list[tuple[tuple[int, ...], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.standing = self.terms.options
        self.quota = sum(self.votes.values()) // (self.terms.seats + 1) + 1
        # What each that stands holds: votes by their order, and their value together.
        self.piles: dict[int, dict[Places, Number]] = {o: {} for o in self.standing}
        for order, weight in self.votes.items():
            self._hand_on(order, weight)
        while self.seats_left and self.standing:
            self._stage()

    @property
    def seats_left(self) -> int:
        return self.terms.seats - len(self.elected)

    def _hand_on(self, order: Places, value: Number) -> None:
        """To the first that stands; equals share it."""
        first = first_of(order, self.piles)
        for option in first:
            part = value if len(first) == 1 else Fraction(value) / len(first)
            pile = self.piles[option]
            pile[order] = pile.get(order, 0) + part

    def _stage(self) -> None:
        numbers: dict[int, Number] = {
            option: sum(self.piles[option].values()) for option in self.standing
        }
        reach = tuple(
            option
            for group in best_first(numbers)
            for option in group
            if numbers[option] >= self.quota
        )
        if reach:
            self._note("elected", numbers, chosen=reach)
            self._elect(reach, numbers)
        elif len(self.standing) <= self.seats_left:
            rest = tuple(option for group in best_first(numbers) for option in group)
            self._note("seats_left", numbers, chosen=rest)
            self.elected += rest
            self.standing = ()
        else:
            leaving = self._weakest(numbers)
            self._note("leaves", numbers, excluded=leaving)
            self._remove(leaving)

    def _note(
        self,
        kind: str,
        numbers: Mapping[int, Number],
        chosen: tuple[int, ...] = (),
        excluded: tuple[int, ...] = (),
    ) -> None:
        facts: dict[str, Number | str] = {
            "quota": self.quota,
            "seats": self.terms.seats,
            "seats_left": self.seats_left,
            "votes": sum(self.votes.values()),
        }
        self.rounds.append(Round(kind, dict(numbers), chosen, excluded, facts=facts))

    def _elect(self, reach: tuple[int, ...], numbers: Mapping[int, Number]) -> None:
        """Seats, and every surplus moves on to those who had none before."""
        self.elected += reach
        self.standing = tuple(o for o in self.standing if o not in reach)
        piles = {option: self.piles.pop(option) for option in reach}
        for option, pile in piles.items():
            surplus = numbers[option] - self.quota
            if surplus:
                part = Fraction(surplus) / numbers[option]
                for order, value in pile.items():
                    self._hand_on(order, value * part)

    def _remove(self, leaving: tuple[int, ...]) -> None:
        self.left.insert(0, leaving)
        self.standing = tuple(o for o in self.standing if o not in leaving)
        piles = [self.piles.pop(option) for option in leaving]
        for pile in piles:
            for order, value in pile.items():
                self._hand_on(order, value)

    def _weakest(self, numbers: Mapping[int, Number]) -> tuple[int, ...]:
        """Who leaves: one, or all without votes if enough others stand."""
        lowest = best_first(numbers)[-1]
        others = len(self.standing) - len(lowest)
        if len(lowest) == 1 or (
            numbers[lowest[0]] == 0 and others >= max(self.seats_left, 1)
        ):
            return lowest
        met = len(self.open_ties)
        self.open_ties.append((lowest, len(self.rounds)))
        return (self.choices[met],) if met < len(self.choices) else lowest[:1]


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Quota, surpluses, and the weakest leave until the seats are filled."""
    casts = counting(casts)
    none = nothing(casts, terms)
    if none is not None:
        return none
    votes = grouped(casts, terms)
    first = _Count(votes, terms)
    sure, possible = _all_ways(first)
    trace = first.rounds
    if sure != possible:
        # What comes after depends on who leaves: the table ends there.
        end = first.open_ties[0][1]
        trace = [*trace[:end], replace(trace[end], excluded=())]
    last: dict[int, Number] = {}
    for step in trace:
        last |= step.numbers
    numbers = floored({option: last[option] for option in terms.options})
    numbers |= abstained(casts, terms)
    rounds = opening(casts, terms) + tuple(trace)
    if misses_quorum(casts, terms):
        return Outcome(numbers, (), "below_quorum", (), rounds)
    if sure != possible:
        among = tuple(o for o in terms.options if o in possible - sure)
        chosen = (*(o for o in first.elected if o in sure), *among)
        return Outcome(numbers, chosen, "tied", (), rounds, (Tie(among),))
    rest = tuple(o for o in first.standing if o not in first.elected)
    ranking = (*((o,) for o in first.elected), *([rest] if rest else []), *first.left)
    ties = tuple(Tie(among, among, "all_ways") for among, __ in first.open_ties)
    return Outcome(numbers, tuple(first.elected), "chosen", ranking, rounds, ties)


def _all_ways(first: _Count) -> tuple[set[int], set[int]]:
    """Who is elected whatever the order among equals, and who in one of them."""
    sure, possible = set(first.elected), set(first.elected)
    todo: list[tuple[int, ...]] = [()] if first.open_ties else []
    counted = 0
    while todo:
        choices = todo.pop()
        way = _Count(first.votes, first.terms, choices)
        counted += 1
        sure &= set(way.elected)
        possible |= set(way.elected)
        if counted == MOST_COUNTS:
            never = {
                o for one in (first, way) for among, __ in one.open_ties for o in among
            }
            return sure - never, possible | never
        taken: tuple[int, ...] = choices
        for among, __ in way.open_ties[len(choices) :]:
            todo += [(*taken, other) for other in among[1:]]
            taken = (*taken, among[0])
    return sure, possible
