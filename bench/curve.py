"""What one update costs: by the number of people, and by what is there already."""

from collections.abc import Iterable, Mapping
from math import log
from statistics import linear_regression

from bench.hall import Hall, Stances
from bench.machine import Meter
from bench.plan import Bench, in_crowd, say
from bench.window import measure
from tests.servers import City

PEOPLE = (300, 1000, 2000, 4000)
# Twice as many people may cost so many times what they do: 2 is linear.
DOUBLED = 2.3
AT = 300
# Proposals and votes.
PAST = ((24, 0), (200, 10_000), (1000, 100_000))
# Those who said and voted all that are not connected.
ABSENT = 1000
UPDATES = 40
# Beyond this it would not be the noise of such short measurements.
TOLERANCE = 1.15


def curve(bench: Bench) -> None:
    """Server CPU per update: 300 to 4,000 people, up to 1,000 proposals and 100,000
    votes."""
    server = "uvicorn" if "uvicorn" in bench.servers else bench.servers[0]
    costs: dict[tuple[int, int, int], float] = {}
    past = PAST[:2] if bench.is_quick else PAST
    most = PEOPLE[:3] if bench.is_quick else PEOPLE
    for proposals, votes in past:
        sizes = (AT,) if votes else most
        facts = ["--people", max(most) + ABSENT, "--proposals", proposals]
        facts += ["--votes", votes]
        with bench.city(server, "sqlite", *facts) as (city, room):
            found: dict[int, float] = {}
            in_crowd(
                lambda crowd, city=city, room=room, sizes=sizes, found=found: _cost(
                    bench, Hall(crowd, room, city.port), city, sizes, found
                )
            )
        for people, cost in found.items():
            costs[people, proposals, votes] = cost
            name = f"{people:,} people, {proposals:,} proposals, {votes:,} votes"
            bench.board.add("cost of an update", name, cost, "ms CPU", 2)
    growth = costs[(AT, *past[-1])] / costs[(AT, *past[0])]
    name = f"{AT} people, most : fewest proposals and votes"
    bench.board.add("cost of an update", name, growth, digits=2, at_most=TOLERANCE)
    by_people = {people: costs[(people, *PAST[0])] for people in most}
    each, __ = linear_regression(list(by_people), list(by_people.values()))
    name = "for each person more (least squares)"
    bench.board.add("cost of an update", name, each * 1000, "µs CPU", 1)
    name = "people, when they are twice as many (least squares)"
    times = when_doubled(by_people)
    bench.board.add("cost of an update", name, times, "times", 2, at_most=DOUBLED)


def when_doubled(costs: Mapping[int, float]) -> float:
    """How many times people cost what they did when they are twice as many.

    What the smallest number costs is taken off: it is mostly what an update costs by
    itself, beside which a cost that grows with the square of people would hide. NaN,
    which holds no bar, if more people cost less: then it was the machine that was
    measured.
    """
    first = min(costs)
    more = {people - first: cost - costs[first] for people, cost in costs.items()}
    del more[0]
    if min(more.values()) <= 0:
        return float("nan")
    xs, ys = [log(people) for people in more], [log(cost) for cost in more.values()]
    return float(2 ** linear_regression(xs, ys).slope)


async def _cost(
    bench: Bench, hall: Hall, city: City, sizes: Iterable[int], found: dict[int, float]
) -> None:
    """CPU milliseconds of the server per update, by the number of people."""
    stances = Stances(hall, min(PEOPLE))
    meter = Meter(city.pid)
    for people in sizes:
        await hall.size(people)
        number = 5 if bench.is_quick else UPDATES
        window = await measure(hall.crowd, people, stances, number, meter)
        found[people] = window.use.server / number * 1000
        say(f"  {len(hall.room['proposals'])} proposals: {window}")
