"""Everybody comes in at once, or comes back at once."""

import asyncio
import json
import random
from itertools import count
from typing import Any

from bench.board import quantile
from bench.crowd import Line, clock
from bench.hall import Hall, Stances, command, page, pause_until, resume_from
from bench.newcomers import Newcomer
from bench.plan import Bench, in_crowd, say
from bench.votes import vote

NEWCOMERS, PRESENT = 1000, 200
ARRIVE_WITHIN = 15.0
QUICKLY = 3.0
VOTES_A_SECOND = 20
CUT, STAYING = 3000, 20
BACK_WITHIN = 2.0
PATIENCE = 90.0


def join(bench: Bench) -> None:
    """A thousand people open the page and their socket; others vote meanwhile."""
    new, present = bench.few(NEWCOMERS), bench.few(PRESENT)
    facts = ("--people", new + present + 10, "--ballots", "open")
    for server in bench.servers:
        with bench.city(server, "sqlite", *facts) as (city, room):
            in_crowd(
                lambda crowd, city=city, room=room, server=server: _join(
                    bench, Hall(crowd, room, city.port), server, present
                )
            )


async def _join(bench: Bench, hall: Hall, server: str, present: int) -> None:
    await hall.size(present)
    people = hall.room["people"][present:-10]
    newcomers = [
        # Every tenth comes as a new guest, by the form that citizens fill in.
        Newcomer(hall, place, None if place % 10 == 0 else who["session"])
        for place, who in enumerate(people)
    ]
    receipts: list[float] = []
    stop = asyncio.Event()
    voting = asyncio.create_task(_vote_on(hall, receipts, stop))
    began = clock()
    due = asyncio.get_running_loop().time()
    within = QUICKLY if bench.is_quick else ARRIVE_WITHIN
    step = within / len(newcomers)
    await asyncio.gather(
        *(one.come_in(due + place * step) for place, one in enumerate(newcomers)),
        return_exceptions=False,
    )
    stop.set()
    await voting
    came = [one for one in newcomers if one.is_in]
    refused = [one.trouble for one in newcomers if one.trouble]
    last = max((one.done for one in came), default=float("inf")) - began
    waits = [one.done - one.began for one in came]
    opened = [one.opened for one in came]
    board, part = bench.board, f"{server}, 1,000 come in"
    p95 = quantile(receipts, 0.95) * 1000
    say(
        f"  join, {server}: {len(came)} in, the last after {last:.1f} s; each p50 "
        f"{quantile(waits, 0.5):.2f}, p95 {quantile(waits, 0.95):.2f} s (page p95 "
        f"{quantile(opened, 0.95):.2f}); {len(receipts)} votes p95 {p95:.0f} ms"
        + (f"; refused {len(refused)}: {refused[0]}" if refused else "")
    )
    outside = len(newcomers) - len(came)
    board.add("storms", f"{part}: not in, or refused", outside, at_most=0)
    board.add("storms", f"{part}: the last is in after", last, "s", 1, at_most=20)
    board.add("storms", f"{part}: page and socket, p95", quantile(waits, 0.95), "s", 2)
    board.add("storms", f"{part}: votes meanwhile, p95", p95, "ms", at_most=1000)
    for one in newcomers:
        one.leave()


async def _vote_on(hall: Hall, receipts: list[float], stop: asyncio.Event) -> None:
    """Those who are there vote one after the other. Who is refused waited forever."""
    ballot = hall.room["ballots"][0]

    def answer(line: Line, raw: bytes, now: float) -> None:
        receipts.append(now - line.sent if b'"ok"' in raw[:40] else float("inf"))

    sent = 0
    due = asyncio.get_running_loop().time()
    while not stop.is_set():
        line = hall.lines[sent % len(hall.lines)]
        line.on_answer = answer
        line.send(vote(ballot))
        sent += 1
        due += 1 / VOTES_A_SECOND
        await pause_until(due)
    await asyncio.sleep(2)
    receipts += [float("inf")] * (sent - len(receipts))


def reconnect(bench: Bench) -> None:
    """Three thousand sockets are cut and come back, while others go on."""
    cut, staying = bench.few(CUT), STAYING
    facts = ("--people", cut + staying + 10, "--moderators", 1 + cut // 500)
    for server in bench.servers:
        with bench.city(server, "sqlite", *facts) as (city, room):
            in_crowd(
                lambda crowd, city=city, room=room, server=server: _reconnect(
                    bench, Hall(crowd, room, city.port), server, staying
                )
            )


class Returning:
    """One screen that was cut, as the page's script goes on."""

    def __init__(self, hall: Hall, place: int, heads: dict[str, Any]) -> None:
        self.hall, self.place = hall, place
        self.resume = command(0, "resume", **heads)
        self.seq, self.version = heads["since"], heads["version"]
        self.tries = self.gaps = 0
        self.back = float("inf")
        self.line: Line | None = None

    async def come_back(self, due: float, chance: random.Random) -> None:
        """Growing pauses after each failure, as in the protocol."""
        await pause_until(due)
        pause = 0.5
        ends = clock() + PATIENCE
        while clock() < ends:
            self.tries += 1
            self.line = self.hall.seat(self.place)
            self.line.log = []
            try:
                self.line.connect()
                await asyncio.wait_for(self.line.up, 60)
                await self.line.ask(self.resume)
            except (OSError, TimeoutError):
                self.line.close()
                await asyncio.sleep(chance.uniform(pause, 2 * pause))
                pause = min(15.0, 2 * pause)
                continue
            self.back = clock()
            return

    def read(self, facts: "Frames") -> None:
        """What came since. Before `resume` was answered, a newer op may come first;
        after it every op must follow the one before."""
        resumed = False
        for raw in self.line.log or () if self.line else ():
            if raw.startswith(b'{"re"'):
                resumed = True
                continue
            kind, after, seq, version = facts.of(raw)
            if kind == "ops" and after > self.seq:
                self.gaps += resumed
            elif kind in ("ops", "snapshot"):
                self.seq = max(self.seq, seq)
            self.version = max(self.version, version)


class Frames:
    """The heads of frames; each is read once for all who got it."""

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[str, int, int, int]] = {}

    def of(self, raw: bytes) -> tuple[str, int, int, int]:
        if raw not in self.known:
            frame = json.loads(raw)
            self.known[raw] = (
                frame["kind"],
                frame.get("after", 0),
                frame.get("seq", 0),
                frame.get("version", 0),
            )
        return self.known[raw]


async def _heads(hall: Hall) -> dict[str, Any]:
    session = hall.room["people"][0]["session"]
    html = await page(hall.ports[0], hall.room, session)
    heads: dict[str, Any] = json.loads(resume_from(html))["with"]
    return heads


async def _go_on(hall: Hall, staying: int, stop: asyncio.Event) -> None:
    """Those who were not cut take stances, and comment once a second."""
    stances = Stances(hall, staying)
    numbers = count()
    due = asyncio.get_running_loop().time()
    for number in numbers:
        if stop.is_set():
            return
        stances.do()
        if number % 5 == 0:
            proposals = hall.room["proposals"]
            proposal = proposals[number % len(proposals)]
            line = hall.lines[number // 5 % staying]
            line.send(command(number, "add_comment", proposal=proposal, text="Ja."))
        due += 0.2
        await pause_until(due)


async def _reconnect(bench: Bench, hall: Hall, server: str, staying: int) -> None:
    cut = len(hall.room["people"]) - staying - 10
    await hall.size(staying + cut)
    heads = await _heads(hall)
    for line in hall.lines[:staying]:
        line.log = []
    chance = random.Random(7)
    returning = [Returning(hall, staying + n, heads) for n in range(cut)]
    stop = asyncio.Event()
    going_on = asyncio.create_task(_go_on(hall, staying, stop))
    for line in hall.lines[staying:]:
        line.close()
    began = clock()
    now = asyncio.get_running_loop().time()
    await asyncio.gather(
        *(
            one.come_back(now + chance.uniform(0, BACK_WITHIN), chance)
            for one in returning
        )
    )
    took = [one.back - began for one in returning]
    stop.set()
    await going_on
    await asyncio.sleep(2)
    last = await _heads(hall)
    frames = Frames()
    for one in returning:
        one.read(frames)
    behind = [one for one in returning if one.version < last["version"]]
    behind += [one for one in returning if one.seq < last["since"]]
    gaps = sum(one.gaps for one in returning)
    tries = sum(one.tries for one in returning)
    board, part = bench.board, f"{server}, 3,000 cut at once"
    say(
        f"  reconnect, {server}: p50 {quantile(took, 0.5):.1f}, p95 "
        f"{quantile(took, 0.95):.1f}, all after {max(took):.1f} s; {tries} tries, gaps "
        f"{gaps}, behind {len(behind)}"
    )
    board.add("storms", f"{part}: all caught up after", max(took), "s", 1, at_most=60)
    board.add("storms", f"{part}: gaps", gaps, at_most=0)
    board.add("storms", f"{part}: without the last state", len(behind), at_most=0)
    for one in returning:
        if one.line is not None:
            one.line.close()
