"""What would have changed a result: found by counting again, and only what holds then.

Where it would take too long, a number is given that is enough for certain.
"""

from collections.abc import Callable, Iterable

from proposals.methods.outcome import Terms, Turn


def fewest(holds: Callable[[int], bool], most: int) -> int:
    """A number from 1 to `most` that holds while one fewer does not; `most` holds.

    Where whatever is above a number that holds does so too, it is the smallest one.
    """
    fails, number = 0, most
    while number - fails > 1:
        middle = (fails + number) // 2
        if holds(middle):
            number = middle
        else:
            fails = middle
    return number


def first_to_turn(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The one that needs the fewest votes; of equals the ballot's first."""
    found = sorted(turns, key=lambda turn: turn.number)
    return tuple(found[:1])


def project_turns(
    option: int,
    terms: Terms,
    is_paid: Callable[[int, int], bool],
    most_votes: int | None,
) -> tuple[Turn, ...]:
    """At what cost, and with how many more votes, a project would have been paid.

    `is_paid(cost, votes)` counts again; `most_votes` are enough, None: none are.
    """
    turns = []
    cost = terms.costs.get(option, 0)
    if cost > 1 and is_paid(1, 0):
        less = fewest(lambda number: is_paid(cost - number, 0), cost - 1)
        turns.append(Turn("cost", cost - less, option))
    if most_votes is not None:
        votes = fewest(lambda number: is_paid(cost, number), most_votes)
        turns.append(Turn("alone", votes, option))
    return tuple(turns)


def votes_until(holds: Callable[[int], bool], limit: int) -> int | None:
    """A number of votes that holds, doubled from 1 on; None: none up to `limit`."""
    number = 1
    while number <= limit:
        if holds(number):
            return number
        number *= 2
    return None
