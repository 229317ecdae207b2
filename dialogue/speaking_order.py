"""The order of raised hands by the published rule, and why each stands where it does.

Nothing here reads a database: the same hands and the same past give the same order.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

PRO, CONTRA = "pro", "contra"
OTHER_SIDE = {PRO: CONTRA, CONTRA: PRO}


@dataclass(frozen=True)
class Raised:
    """A hand: `raised` grows with the time it went up, no two are the same."""

    pk: int
    who: str
    raised: int
    side: str = "neutral"
    group: str = ""


@dataclass(frozen=True)
class Past:
    """Who has spoken so far: seconds and turns by speaker, turns in their order."""

    seconds: Mapping[str, int] = field(default_factory=dict)
    turns: Mapping[str, int] = field(default_factory=dict)
    sides: Sequence[str] = ()
    groups: Sequence[str] = ()


@dataclass(frozen=True)
class Place:
    """Where a hand stands, and why: of those ahead, `by_rule` come before it for
    what the rule looks at, `earlier` because their hands went up before."""

    hand: Raised
    place: int
    by_rule: int
    earlier: int


def in_order(rule: str, hands: Iterable[Raised], past: Past) -> list[Place]:
    """All hands, next speaker first."""
    waiting = sorted(hands, key=lambda hand: hand.raised)
    return RULES[rule](waiting, past)


def _first_come(waiting: list[Raised], past: Past) -> list[Place]:
    del past
    return _sorted_by(waiting, lambda hand: 0)


def _least_time(waiting: list[Raised], past: Past) -> list[Place]:
    return _sorted_by(waiting, lambda hand: past.seconds.get(hand.who, 0))


def _first_timers(waiting: list[Raised], past: Past) -> list[Place]:
    return _sorted_by(waiting, lambda hand: int(past.turns.get(hand.who, 0) > 0))


def _sorted_by(waiting: list[Raised], weight: Callable[[Raised], int]) -> list[Place]:
    """The lighter first; of the same weight whoever raised the hand earlier."""
    ordered = sorted(waiting, key=weight)
    lighter: Counter[int] = Counter(weight(hand) for hand in ordered)
    places = []
    for at, hand in enumerate(ordered):
        by_rule = sum(n for w, n in lighter.items() if w < weight(hand))
        places.append(Place(hand, at + 1, by_rule, at - by_rule))
    return places


def _alternating(waiting: list[Raised], past: Past) -> list[Place]:
    """After a pro comes a contra, and the other way round. Who takes no side comes
    when the hand's time has come, and leaves it open whose turn it is."""
    last = next((side for side in reversed(past.sides) if side in OTHER_SIDE), "")
    left, ordered = list(waiting), []
    while left:
        hand = next((hand for hand in left if hand.side != last or not last), left[0])
        left.remove(hand)
        ordered.append(hand)
        last = hand.side if hand.side in OTHER_SIDE else last
    return _explained(ordered)


def _tables(waiting: list[Raised], past: Past) -> list[Place]:
    """The table that has waited longest for a turn comes next; of those that have
    had none, the one whose hand went up first."""
    served = {group: at for at, group in enumerate(past.groups)}
    queues: dict[str, list[Raised]] = {}
    for hand in waiting:
        queues.setdefault(hand.group, []).append(hand)
    ordered = []
    while queues:
        group = min(queues, key=lambda g: (served.get(g, -1), queues[g][0].raised))
        ordered.append(queues[group].pop(0))
        served[group] = len(past.groups) + len(ordered)
        if not queues[group]:
            del queues[group]
    return _explained(ordered)


def _explained(ordered: list[Raised]) -> list[Place]:
    """Whoever raised the hand later and stands ahead does so by the rule."""
    places = []
    for at, hand in enumerate(ordered):
        by_rule = sum(ahead.raised > hand.raised for ahead in ordered[:at])
        places.append(Place(hand, at + 1, by_rule, at - by_rule))
    return places


RULES: dict[str, Callable[[list[Raised], Past], list[Place]]] = {
    "first_come": _first_come,
    "least_time": _least_time,
    "first_timers": _first_timers,
    "alternating": _alternating,
    "tables": _tables,
}
