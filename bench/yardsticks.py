"""What everything is held against: raw writes, and plain Channels."""

from bench.board import RAW, quantile
from bench.crowd import Crowd, Line, enter
from bench.hall import Dictated, Echoes
from bench.machine import Meter
from bench.plan import Bench, in_crowd, say
from bench.servers import PlainCity, RawServer, running
from bench.window import Window, measure, most_people

FRAME = 300
UPDATES = 25
RAW_PEOPLE = 3000
MOST = "most people at p95 ≤ 250 ms"
TAKEN_IN = "frames taken in from the raw server, as fast as it writes"
PLAIN = f"plain Channels in memory, Daphne: {MOST}"


def updates_of(bench: Bench) -> int:
    return 5 if bench.is_quick else UPDATES


def raw(bench: Bench) -> None:
    """The limit: a prebuilt frame by `transport.write`; and what the generator takes
    in when that server writes as fast as it can."""
    board = bench.board

    async def run(crowd: Crowd, server: RawServer) -> None:
        lines = [crowd.line(server.port, "/") for __ in range(bench.few(RAW_PEOPLE))]
        await enter(lines)
        meter = Meter(server.pid)
        number = updates_of(bench)
        told = f"5 {FRAME} {number // 5}".encode()
        source = Dictated(lines[0], told)
        window = await measure(crowd, len(lines), source, number, meter)
        say(f"  raw: {window}")
        board.add("limit", RAW, window.cpu_each * 1e6, "µs", 1)
        add_times(bench, "limit", "raw asyncio write", window)
        await crowd.quiet(1)
        for line in lines[1000:]:
            line.close()
        crowd.forget()
        await crowd.quiet(0.5)
        meter.start()
        lines[0].send(f"0 {FRAME} 3".encode())
        await crowd.quiet(0.5)
        use = meter.stop()
        frames = crowd.frames()
        board.add("generator", TAKEN_IN, frames / 3, "/s")
        cost = use.generator / frames * 1e6
        board.add("generator", "its CPU for each of them", cost, "µs", 1)

    with running(RawServer()) as server:
        in_crowd(lambda crowd: run(crowd, server))


def with_raw(bench: Bench) -> None:
    """The scaled bars need it."""
    if bench.board.last("limit", RAW) is None:
        raw(bench)


def add_times(
    bench: Bench, part: str, name: str, window: Window, at_most: float | None = None
) -> None:
    """Milliseconds until a change is on a screen; the bar is for the p95."""
    for share, label in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
        bench.board.add(
            part,
            f"{name}: {label}",
            quantile(window.seconds, share) * 1000,
            "ms",
            at_most=at_most if label == "p95" else None,
        )


def plain(bench: Bench) -> None:
    """The yardstick: `group_send`, in memory and by Redis pub/sub."""
    for layer in ("in memory", "Redis pub/sub"):
        _plain(bench, layer, "" if layer == "in memory" else bench.stores.redis_url())


def _plain(bench: Bench, layer: str, redis_url: str) -> None:
    async def run(crowd: Crowd, city: PlainCity) -> None:
        lines: list[Line] = []
        meter = Meter(city.pid)

        async def probe(people: int) -> Window:
            for line in lines[people:]:
                line.close()
            fresh = [crowd.line(city.port, "/") for __ in range(people - len(lines))]
            del lines[people:]
            await enter(fresh, at_once=20)
            lines.extend(fresh)
            await crowd.quiet(0.5)
            window = await measure(
                crowd, people, Echoes(lines, FRAME), updates_of(bench), meter
            )
            say(f"  plain {layer}: {window}")
            await crowd.quiet(1)
            return window

        first = 120 if bench.is_quick else 250
        most = await most_people(probe, first, first if bench.is_quick else 2000)
        bench.board.add("fan-out", f"plain Channels {layer}, Daphne: {MOST}", most)

    with running(PlainCity({"REDIS_URL": redis_url})) as city:
        in_crowd(lambda crowd: run(crowd, city))
