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

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting, opening
from proposals.methods.outcome import (
    Cast,
    Number,
    Outcome,
    Round,
    Terms,
    Tie,
    Turn,
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
from proposals.methods.seats import Count, Stage, State
from proposals.methods.suiting import unsuited
from proposals.methods.turning import fewest, first_to_turn

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
# With so few votes and options it is counted again what would have changed it.
MOST_WORK = 4000
MOST_TURNED = 8


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


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Quota, surpluses, and the weakest leave until the seats are filled."""
    casts = counting(casts)
    none = nothing(casts, terms)
    if none is not None:
        return none
    votes = grouped(casts, terms)
    sure, possible = _all_ways(Count(votes, terms), terms)
    is_tied = sure != possible
    # Told is the way in which the ballot's first one leaves at every tie; if the result
    # depends on that, up to there.
    way = Count(votes, terms)
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
        turns = _turns(votes, terms, among[:1])
        return Outcome(numbers, chosen, "tied", (), rounds, (Tie(among),), turns)
    rest = [way.standing] if way.standing else []
    ranking = (*((o,) for o in way.elected), *rest, *left)
    rivals = tuple(option for option in terms.options if option not in way.elected)
    if ties:
        rivals = (max(rivals, key=lambda option: last[option]),)
    turns = _turns(votes, terms, rivals)
    return Outcome(numbers, way.elected, "chosen", ranking, rounds, tuple(ties), turns)


def _turns(
    votes: Mapping[Places, int], terms: Terms, rivals: tuple[int, ...]
) -> tuple[Turn, ...]:
    """Who would have had a seat with the fewest votes that name no other option.

    Who has the quota at the beginning is elected: more than the seats cannot have it.
    """
    is_small = (
        len(terms.options) <= MOST_TURNED
        and len(votes) * len(terms.options) <= MOST_WORK
    )
    start, cast = Count(votes, terms).numbers, sum(votes.values())

    def turn(option: int) -> Turn:
        def has_quota(more: int) -> bool:
            return start[option] + more >= (cast + more) // (terms.seats + 1) + 1

        def is_elected(more: int) -> bool:
            then = {**votes, ((option,),): votes.get(((option,),), 0) + more}
            return option in _all_ways(Count(then, terms), terms)[0]

        enough = fewest(has_quota, 2 * cast + 2)
        if not is_small:
            return Turn("enough", enough, option)
        return Turn("alone", fewest(is_elected, enough), option)

    return first_to_turn(turn(option) for option in rivals)


def _round(
    way: Count,
    stage: Stage,
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


def _all_ways(start: Count, terms: Terms) -> tuple[set[int], set[int]]:
    """Who is elected whatever the order among equals, and who in one of them.

    Every state is counted once, however many orders lead to it.
    """
    sure, possible = set(terms.options), set[int]()
    seen = {start.state}
    # Each a counting, and who leaves it now.
    todo: list[tuple[Count, tuple[int, ...]]] = [(start, ())]
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


def _follow(way: Count, seen: set[State]) -> tuple[tuple[int, ...], ...]:
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
