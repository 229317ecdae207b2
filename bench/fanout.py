"""How many screens follow a room with five updates a second, and at what cost."""

from bench.board import RAW
from bench.crowd import Crowd
from bench.hall import Hall, Stances
from bench.machine import ALL_CORES, OWN_CORE, Meter, memory, most_sockets
from bench.plan import Bench, in_crowd, pinned, say
from bench.servers import running
from bench.window import Window, measure, most_people
from bench.yardsticks import (
    MOST,
    PLAIN,
    RAW_PEOPLE,
    TAKEN_IN,
    add_times,
    updates_of,
    with_raw,
)
from tests.servers import City

# What is asked for, and how many times what plain Channels holds.
BARS = {"daphne": (2500, 10), "uvicorn": (6000, 20)}
BOTH = 7000
# Memory is counted from here on: what comes once for all is there by then.
FIRST = 50
# Those who take stances are there in every window.
ACTIVE = 500


def fanout(bench: Bench) -> None:
    """The real room on each server, and memory for each person."""
    with_raw(bench)
    for server in bench.servers:
        people, __ = BARS[server]
        cap = max(int(bench.scaled(people) * 1.6), bench.few(RAW_PEOPLE))
        if bench.is_quick:
            cap = max(bench.scaled(people), bench.few(RAW_PEOPLE))
        cap = min(cap, most_sockets())
        facts = ("--people", cap + 10, "--moderators", 1 + cap // 500)
        with bench.city(server, "sqlite", *facts) as (city, room):
            in_crowd(
                lambda crowd, city=city, room=room, server=server: _fanout(
                    bench, Hall(crowd, room, city.port), city, server
                )
            )


async def _fanout(bench: Bench, hall: Hall, city: City, server: str) -> None:
    board, meter = bench.board, Meter(city.pid)
    people, times = BARS[server]
    stances = Stances(hall, bench.few(ACTIVE))
    cap = len(hall.room["people"]) - 10
    windows: dict[int, Window] = {}

    async def probe(number: int) -> Window:
        if number in windows:
            return windows.pop(number)
        await hall.size(number)
        window = await measure(hall.crowd, number, stances, updates_of(bench), meter)
        say(f"  {server}: {window}")
        await hall.crowd.quiet(1)
        return window

    await hall.size(FIRST)
    before = memory(city.pid)
    await hall.size(bench.few(RAW_PEOPLE))
    each = (memory(city.pid) - before) / (len(hall.lines) - FIRST) / 1024
    board.add("memory", f"each person, {server}", each, "KiB", 1, at_most=40)
    limit = board.last("limit", RAW) or 1.0
    can_take = board.last("generator", TAKEN_IN) or 0.0
    at_bar = await probe(bench.scaled(people))
    windows[at_bar.people] = at_bar
    part = f"{server}, at the bar of people"
    add_times(bench, "fan-out", part, at_bar)
    cpu = at_bar.cpu_each * 1e6
    board.add("fan-out", f"{part}: CPU for each delivery", cpu, "µs", 1)
    name = f"{part}: CPU for each delivery : raw write"
    most_times = 2 if server == "uvicorn" else None
    board.add("fan-out", name, cpu / limit, digits=2, at_most=most_times)
    board.add("fan-out", f"{part}: bytes of a frame", at_bar.frame_size, "B")
    share = at_bar.use.generator_share * 100
    board.add("generator", f"its share of its core: {part}", share, "%", at_most=80)
    board.add("generator", f"its lag, p99: {part}", at_bar.lag * 1000, "ms", 1)
    most = await most_people(probe, bench.scaled(people), cap, stances.people)
    board.add("fan-out", f"{server}: {MOST}", most, at_least=people, is_scaled=True)
    name = f"what it can take in : what {server} at its most sends"
    board.add("generator", name, can_take / (5 * most or 1), digits=1, at_least=1)
    if plain_most := board.last("fan-out", PLAIN):
        name = f"{server}: times what plain Channels in memory holds"
        board.add("fan-out", name, most / plain_most, digits=1, at_least=times)


def both(bench: Bench) -> None:
    """Two uvicorn processes on PostgreSQL and Redis; the generator shares the cores."""
    with_raw(bench)
    people = bench.scaled(BOTH)
    facts = ("--people", people + 10, "--moderators", 1 + people // 500)
    redis = {"REDIS_URL": bench.stores.redis_url()}
    with bench.city("uvicorn", "postgres", *facts, **redis) as (city, room):
        other = type(city)(city.env, directory=city.directory / "other")
        with running(other, OWN_CORE), pinned(ALL_CORES):

            async def run(crowd: Crowd) -> None:
                hall = Hall(crowd, room, city.port, other.port)
                stances = Stances(hall, bench.few(ACTIVE))
                await hall.size(people)
                meter = Meter(city.pid, other.pid)
                window = await measure(crowd, people, stances, updates_of(bench), meter)
                say(f"  two processes: {window}")
                part = "two processes on Redis, at the bar of people"
                add_times(bench, "fan-out", part, window, at_most=250)
                cpu = window.cpu_each * 1e6
                bench.board.add(
                    "fan-out", f"{part}: CPU for each delivery", cpu, "µs", 1
                )
                bench.board.add("fan-out", f"{part}: people", people)

            in_crowd(run)
