"""Fifty clients that never read: what they cost, and whom they disturb."""

import asyncio
import contextlib
import socket
import time

import psutil

from bench.board import quantile
from bench.crowd import Crowd
from bench.hall import Hall, Stances, command
from bench.machine import Meter, memory
from bench.plan import Bench, in_crowd, say
from bench.sockets import framed, handshake
from bench.window import measure
from bench.yardsticks import updates_of
from tests.servers import City

DEAF, HEARING = 50, 1000
# So that a machine that becomes slower or faster meanwhile favours neither.
ORDER = (False, True, True, False) * 2
# A snapshot each time: the quickest way to have much waiting.
SNAPSHOT = framed(command(1, "resume", epoch="", since=0, version=0))
# The kernel takes some megabytes for each of them before anything waits in the server.
BEFORE = 10
ASK_EVERY, ASK_FOR = 0.1, 10.0


class Deaf:
    """Shakes hands and then never reads, with the smallest buffer there is."""

    def __init__(self, hall: Hall, number: int) -> None:
        room, port = hall.room, hall.ports[0]
        who = room["people"][len(room["people"]) - 1 - number]
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.settimeout(10)
        self.sock.connect(("127.0.0.1", port))
        cookie = f"session={who['session']}"
        self.sock.sendall(handshake(port, hall.path("room", number), cookie))

    def ask(self) -> None:
        """For a snapshot. The server may have cut us: that is its right."""
        with contextlib.suppress(OSError):
            self.sock.sendall(SNAPSHOT)


def deaf(bench: Bench) -> None:
    """Memory of fifty who never read, and the others' p95 with and without them."""
    for server in bench.servers:
        people = bench.few(HEARING)
        with bench.city(server, "sqlite", "--people", people + DEAF + 10) as (c, room):
            in_crowd(
                lambda crowd, c=c, room=room, server=server: _deaf(
                    bench, crowd, Hall(crowd, room, c.port), c, server
                )
            )


async def _let_in(hall: Hall) -> list[Deaf]:
    return [await asyncio.to_thread(Deaf, hall, number) for number in range(DEAF)]


async def _deaf(
    bench: Bench, crowd: Crowd, hall: Hall, city: City, server: str
) -> None:
    people = bench.few(HEARING)
    await hall.size(people)
    stances = Stances(hall, min(people, 500))
    meter = Meter(city.pid)
    times: dict[bool, list[float]] = {False: [], True: []}
    for is_with in ORDER[:2] if bench.is_quick else ORDER:
        there = await _let_in(hall) if is_with else []
        await asyncio.sleep(1)
        for one in there * BEFORE:
            one.ask()
        await crowd.quiet(0.5)
        window = await measure(crowd, people, stances, updates_of(bench), meter)
        say(f"  {'with' if is_with else 'without'} the deaf, {server}: {window}")
        times[is_with] += window.seconds
        for one in there:
            one.sock.close()
        await crowd.quiet(0.5)
    change = (quantile(times[True], 0.95) / quantile(times[False], 0.95) - 1) * 100
    bench.board.add(
        "memory", f"p95 of the others with {DEAF} who never read, {server}: change",
        change, "%", at_most=10,
    )  # fmt: skip
    await _fill(bench, hall, city, server)


async def _fill(bench: Bench, hall: Hall, city: City, server: str) -> None:
    """More and more is waiting for them, until the server cuts them."""
    # What a snapshot costs once for all comes first.
    await hall.lines[0].ask(command(1, "resume", epoch="", since=0, version=0))
    before = most = memory(city.pid)
    there = await _let_in(hall)
    ends = time.monotonic() + (4 if bench.is_quick else ASK_FOR)
    while time.monotonic() < ends:
        for one in there:
            one.ask()
        asked = time.monotonic()
        while time.monotonic() < asked + ASK_EVERY:
            most = max(most, memory(city.pid))
            await asyncio.sleep(0.02)
    each = (most - before) / DEAF / 1024
    ports = {one.sock.getsockname()[1] for one in there}
    held = {
        row.raddr.port
        for row in psutil.Process(city.pid).net_connections("tcp")
        if row.raddr and row.status == "ESTABLISHED"
    }
    cut = len(ports - held)
    say(f"  each who never reads, {server}: {each:.0f} KiB at most; {cut} were cut")
    bench.board.add("memory", f"of these cut by the server, {server}", cut)
    bench.board.add(
        "memory", f"each of {DEAF} who never read, at most, {server}", each, "KiB",
        at_most=256,
    )  # fmt: skip
    for one in there:
        one.sock.close()
