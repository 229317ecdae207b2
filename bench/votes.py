"""Votes by socket and by form: how many, how soon acknowledged, how soon shown."""

import asyncio
import json
import random
from collections.abc import Callable
from itertools import count
from typing import Any

from bench.board import quantile
from bench.crowd import Arrivals, Line, clock
from bench.forms import post_votes
from bench.hall import Hall, Room, pause_until, until
from bench.machine import Meter
from bench.plan import Bench, in_crowd, say
from bench.servers import FormCity, running
from tests.servers import City

VOTERS = 1000
BURSTS = 3
RUSH = 3000
RUSH_SECONDS = 3.0
# Votes a second by socket, and how many times those by the plain form.
BARS = {"daphne": 3500, "uvicorn": 5000}
TIMES_FORM = 20
number = count(1)


def vote(ballot: Room) -> bytes:
    """A vote that nobody has cast before."""
    n = next(number)
    option = ballot["options"][n % 2]
    return (
        b'{"id":%d,"do":"cast_vote","with":{"ballot":%d,"options":[%d],'
        b'"request_key":"bench-%08d"}}' % (n, ballot["ballot"], option, n)
    )


def plain_form(database: str) -> str:
    return f"plain Django form, Daphne, {database}"


def form(bench: Bench) -> None:
    """The yardstick: one transaction for each vote by HTTP POST, under Daphne."""
    for database in bench.databases:
        env, sessions = bench.stores.form(database, VOTERS)
        with running(FormCity(env)) as city:
            meter = Meter(city.pid)
            ballot = {"ballot": 1, "options": [1, 2]}
            work = post_votes(
                city.port, "/cast/", sessions, ballot, 2 if bench.is_quick else 5, meter
            )
            found = asyncio.run(work)
            say(f"  form, {database}: {found}")
            name = f"{plain_form(database)}: acknowledged"
            bench.board.add("votes", name, found.per_second, "/s")
            bench.look_into(city)


def votes(bench: Bench) -> None:
    """A thousand people, each voting again when acknowledged; then all at once; then
    by the room's own form."""
    for database in bench.databases:
        for server in bench.servers:
            people = bench.few(VOTERS)
            facts = ["--people", people + 10, "--moderators", 1 + people // 500]
            facts += ["--ballots", "open", *["visible"] * BURSTS]
            with bench.city(server, database, *facts) as (city, room):
                name = f"{server}, {database}"
                in_crowd(
                    lambda crowd, city=city, room=room, server=server, name=name: (
                        _votes(bench, Hall(crowd, room, city.port), city, server, name)
                    )
                )


async def _votes(bench: Bench, hall: Hall, city: City, server: str, name: str) -> None:
    board, meter = bench.board, Meter(city.pid)
    await hall.size(bench.few(VOTERS))
    seconds, refused, use = await _again_and_again(
        hall, 2.0 if bench.is_quick else 6.0, meter
    )
    rate = len(seconds) / use.seconds
    say(
        f"  votes, {name}: {rate:.0f}/s, p50 {quantile(seconds, 0.5) * 1000:.0f}, p95 "
        f"{quantile(seconds, 0.95) * 1000:.0f} ms, refused {refused}, server "
        f"{use.server_share:.0%}, generator {use.generator_share:.0%}"
    )
    board.add("votes", f"{name}: acknowledged", rate, "/s", at_least=BARS[server])
    board.add("votes", f"{name}: refused", refused)
    board.add("generator", f"its share of its core: votes, {name}",
              use.generator_share * 100, "%")  # fmt: skip
    database = name.partition(", ")[2]
    plain = board.last("votes", f"{plain_form(database)}: acknowledged")
    if plain:
        times = rate / plain
        label = f"{name}: times the plain form"
        board.add("votes", label, times, digits=1, at_least=TIMES_FORM)
    await hall.crowd.quiet(0.5)
    at_once: list[float] = []
    for ballot in hall.room["ballots"][1:]:
        found = await _all_at_once(hall, ballot)
        say(f"    all at once: p95 {quantile(found, 0.95) * 1000:.0f} ms")
        at_once += found
        await hall.crowd.quiet(0.5)
    p95 = quantile(at_once, 0.95) * 1000
    board.add("votes", f"{name}, 1,000 at once: p95", p95, "ms", at_most=300)
    sessions = [who["session"] for who in hall.room["people"]]
    posted = await post_votes(
        city.port,
        f"/d/{hall.room['code']}/do/cast_vote/",
        sessions,
        hall.room["ballots"][0],
        2 if bench.is_quick else 5,
        meter,
    )
    say(f"    by form: {posted}")
    board.add("votes", f"{name}, by form: acknowledged", posted.per_second, "/s")
    board.add("votes", f"{name}, by form: p95", posted.p95 * 1000, "ms")


def _listen(
    hall: Hall, taken: Callable[[Line, float], None], refused: Callable[[Line], None]
) -> None:
    def answer(line: Line, raw: bytes, now: float) -> None:
        if b'"ok"' in raw[:40]:
            taken(line, now)
        else:
            refused(line)

    for line in hall.lines:
        line.on_answer = answer


async def _again_and_again(
    hall: Hall, seconds: float, meter: Meter
) -> tuple[list[float], int, Any]:
    """Everybody changes the vote in an open ballot as often as it is acknowledged."""
    ballot = hall.room["ballots"][0]
    loop = asyncio.get_running_loop()
    times: list[float] = []
    refusals: list[Line] = []
    ends = clock() + seconds

    def taken(line: Line, now: float) -> None:
        if now < ends:
            times.append(now - line.sent)
            line.send(vote(ballot))

    def refused(line: Line) -> None:
        refusals.append(line)
        if clock() + 1 < ends:
            loop.call_later(1, lambda: line.send(vote(ballot)))

    _listen(hall, taken, refused)
    meter.start()
    for line in hall.lines:
        line.send(vote(ballot))
    await pause_until(loop.time() + ends - clock())
    use = meter.stop()
    await asyncio.sleep(2)
    return times, len(refusals), use


async def _all_at_once(hall: Hall, ballot: Room) -> list[float]:
    """Everybody's vote at the same moment. Who is refused waits forever."""
    times: list[float] = []
    _listen(hall, lambda line, now: times.append(now - line.sent), lambda line: None)
    made = [vote(ballot) for __ in hall.lines]
    for line, payload in zip(hall.lines, made, strict=True):
        line.send(payload)
    await until(lambda: len(times) == len(hall.lines))
    return times + [float("inf")] * (len(hall.lines) - len(times))


def rush(bench: Bench) -> None:
    """Three thousand connected people all vote within three seconds."""
    people = bench.few(RUSH)
    server = "uvicorn" if "uvicorn" in bench.servers else bench.servers[0]
    for database in bench.databases:
        facts = ("--people", people + 10, "--moderators", 1 + people // 500)
        with bench.city(server, database, *facts, "--ballots", "visible") as (c, room):
            in_crowd(
                lambda crowd, c=c, room=room, database=database: _rush(
                    bench, Hall(crowd, room, c.port), c, f"{server}, {database}", people
                )
            )


async def _rush(bench: Bench, hall: Hall, city: City, name: str, people: int) -> None:
    await hall.size(people)
    ballot = hall.room["ballots"][0]
    sent: list[tuple[float, float]] = []
    refused: list[Line] = []
    _listen(hall, lambda line, now: sent.append((now, line.sent)), refused.append)
    hall.crowd.forget()
    chance = random.Random(7)
    due = sorted(chance.uniform(0, RUSH_SECONDS) for __ in hall.lines)
    began = asyncio.get_running_loop().time()
    for line, moment in zip(hall.lines, due, strict=True):
        if began + moment > asyncio.get_running_loop().time():
            await pause_until(began + moment)
        line.send(vote(ballot))
    await until(lambda: len(sent) == people)
    await hall.crowd.quiet(1)
    receipts = [answered - asked for answered, asked in sent]
    receipts += [float("inf")] * (people - len(sent))
    shown = _shown_everywhere(hall, ballot, sent, people)
    lines = json.loads(city.run("-m", "bench.counted", str(ballot["ballot"])))
    lost = max(abs(len(sent) - kept) for kept in lines)
    board = bench.board
    part = f"{name}, 3,000 within 3 s"
    p95, shown_p95 = quantile(receipts, 0.95) * 1000, quantile(shown, 0.95) * 1000
    say(
        f"  rush, {name}: receipt p50 {quantile(receipts, 0.5) * 1000:.0f}, p95 "
        f"{p95:.0f}; on all screens p95 {shown_p95:.0f}, longest "
        f"{max(shown) * 1000:.0f} ms; refused {len(refused)}, lost {lost}"
    )
    board.add("votes", f"{part}: receipt p95", p95, "ms", at_most=100)
    board.add("votes", f"{part}: on the last screen, p95", shown_p95, "ms", at_most=500)
    board.add("votes", f"{part}: acknowledged and not in the database, or the reverse",
              lost, at_most=0)  # fmt: skip
    board.add("votes", f"{part}: refused", len(refused), at_most=0)


def _shown_everywhere(
    hall: Hall, ballot: Room, sent: list[tuple[float, float]], people: int
) -> list[float]:
    """For each vote, until the last screen had a sum that holds it; in a ballot that
    shows its count, each vote a mark.

    Batches are acknowledged in the order of their commits, so the sum holds a vote
    for sure when it is not less than the number acknowledged by then.
    """
    keys = [f"option-{option}" for option in ballot["options"]]
    sums: list[tuple[int, float]] = []
    (known,) = hall.crowd.known.values()
    for raw, arrivals in known.items():
        if b'{"kind":"counts"' not in raw[:20] or len(arrivals) < people:
            continue
        counts = json.loads(raw[raw.index(b"{") :])["counts"]
        if f"ballot-{ballot['ballot']}" in counts:
            # Not the turnout: where the count is hidden, that goes by steps.
            marks = sum(counts[key]["marks"] for key in keys)
            sums.append((marks, _last(arrivals)))
    sums.sort()
    sent.sort()
    times = []
    for place, (answered, asked) in enumerate(sent):
        rank = place + 1
        while rank < len(sent) and sent[rank][0] == answered:
            rank += 1
        last = next((when for marks, when in sums if marks >= rank), None)
        times.append(float("inf") if last is None else last - asked)
    return times + [float("inf")] * (people - len(sent))


def _last(arrivals: "Arrivals[float]") -> float:
    return arrivals[-1]
