"""What one update costs: by the number of people, and by what is there already."""

from collections.abc import Iterable

from bench.hall import Hall, Stances
from bench.machine import Meter
from bench.plan import Bench, in_crowd, say
from bench.window import measure
from tests.servers import City

PEOPLE = (100, 300, 1000)
AT = 300
# Proposals and votes.
PAST = ((24, 0), (200, 10_000), (1000, 100_000))
# Those who said and voted all that are not connected.
ABSENT = 1000
UPDATES = 40
# Beyond this it would not be the noise of such short measurements.
TOLERANCE = 1.15


def curve(bench: Bench) -> None:
    """Server CPU per update: 100 to 1,000 people, up to 1,000 proposals and 100,000
    votes."""
    server = "uvicorn" if "uvicorn" in bench.servers else bench.servers[0]
    costs: dict[tuple[int, int, int], float] = {}
    past = PAST[:2] if bench.is_quick else PAST
    for proposals, votes in past:
        sizes = (AT,) if votes else PEOPLE
        facts = ["--people", max(PEOPLE) + ABSENT, "--proposals", proposals]
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
    few, __, many = (costs[(people, *PAST[0])] / people for people in PEOPLE)
    name = "for each person, of 1,000 people : of 100"
    bench.board.add("cost of an update", name, many / few, digits=2, at_most=1)


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
