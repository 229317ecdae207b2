"""Clients that do not read, hardly read, are gone without a word, or never finish
their handshake: they cost little and are given up. What others notice of those that
do not read, `make bench` judges.
"""

import asyncio
import contextlib
import os
import time
from typing import Any

import pytest

from tests.faults.cities import (
    SERVERS,
    each_server,
    memory_of,
    peers_of,
    share,
    standing,
)
from tests.faults.proxy import Proxy
from tests.faults.stamps import WRITERS, Traffic
from tests.faults.wire import Wire, request
from tests.servers import City

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

DEAF = int(os.environ.get("DEAF", "50"))
SLOW = DEAF // 5
ROUNDS = int(os.environ.get("DEAF_ROUNDS", "1"))
WARM_UP = 10.0
CUT_WITHIN, FREED_WITHIN, LONGEST = 30.0, 60.0, 62.0
MOST_MEMORY = 256 * 1024
# How often is looked, and what that may add.
LOOK, GRAIN = 0.5, 1.0
# uvicorn has no limit for a request's head, and both begin anew with every line. A
# server that citizens reach stands behind a proxy that reads the head first.
LEFT_TO_PROXY = {
    ("Daphne", "dripping"),
    ("uvicorn", "dripping"),
    ("uvicorn", "stopped"),
    ("uvicorn", "unreadable"),
}


async def until_gone(city: City, ports: set[int], longest: float) -> float:
    """Seconds until the server holds none of them; `longest` if it does not."""
    began = time.monotonic()
    while ports & peers_of(city):
        if time.monotonic() - began > longest:
            return longest
        await asyncio.sleep(LOOK)
    return time.monotonic() - began


async def deaf_round(traffic: Traffic, found: dict[str, Any]) -> None:
    city = traffic.city
    head = request(city.port, traffic.path, traffic.session(WRITERS + 1))
    memory = most = memory_of(city)
    wires = [await Wire.open(city.port, head, buffer=4096) for __ in range(DEAF)]
    for wire in wires:
        wire.stop_reading()
    slow = [
        await Wire.open(city.port, head, buffer=4096, kept=512) for __ in range(SLOW)
    ]
    reading = [asyncio.create_task(wire.trickle(1000)) for wire in slow]
    began = time.monotonic()
    ports = {wire.port for wire in wires}
    while ports & peers_of(city) and time.monotonic() - began < 2 * CUT_WITHIN:
        most = max(most, memory_of(city))
        await asyncio.sleep(LOOK)
    found["cut"].append(time.monotonic() - began)
    found["growth"].append((most - memory) // (DEAF + SLOW))
    found["slow kept"] += len({wire.port for wire in slow} & peers_of(city))
    for wire in (*wires, *slow):
        wire.close()
    await asyncio.gather(*reading)


async def deafness(city: City, room: dict[str, Any]) -> dict[str, Any]:
    traffic = Traffic(city, room)
    await traffic.begin()
    found: dict[str, Any] = {"cut": [], "growth": [], "slow kept": 0}
    await traffic.during(WARM_UP)
    for __ in range(ROUNDS):
        await deaf_round(traffic, found)
    await traffic.end()
    return found


@each_server
def test_clients_that_do_not_read(server, tmp_path, make_room, judge, note):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=WRITERS + 2, proposals=8)
        found = asyncio.run(deafness(city, room))
    note(**found)
    judge(
        f"{DEAF} sockets that never read, {server}: all cut after",
        f"{max(found['cut']):.0f} s",
        f"{CUT_WITHIN:.0f} s",
        max(found["cut"]) <= CUT_WITHIN,
    )
    judge(
        f"{DEAF} that never read and {SLOW} that read 1 kB/s, {server}: memory of each",
        f"{max(found['growth']) / 1024:.0f} KiB",
        f"{MOST_MEMORY // 1024} KiB",
        max(found["growth"]) <= MOST_MEMORY,
    )


async def halves(city: City, sent: list[bytes], drip: float) -> tuple[float, int]:
    """Handshakes that stop in the middle, or get one more line every `drip` seconds:
    how long they are held, and how many of them in the end."""
    ends = [(await asyncio.open_connection("127.0.0.1", city.port))[1] for __ in sent]
    for writer, head in zip(ends, sent, strict=True):
        writer.write(head)

    async def more() -> None:
        while drip:
            await asyncio.sleep(drip)
            for writer in ends:
                with contextlib.suppress(ConnectionError):
                    writer.write(b"X-More: and more\r\n")

    dripping = asyncio.create_task(more())
    ports = {writer.get_extra_info("sockname")[1] for writer in ends}
    # Who has not been taken in yet is not gone.
    await asyncio.sleep(2 * LOOK)
    seconds = 2 * LOOK + await until_gone(city, ports, LONGEST)
    held = len(ports & peers_of(city))
    dripping.cancel()
    for writer in ends:
        writer.transport.abort()
    return seconds, held


async def half_open(city: City, traffic: Traffic) -> float:
    """Twenty lines whose clients vanish without a word; seconds until given up."""
    async with Proxy(city.port) as proxy:
        head = request(proxy.port, traffic.path, traffic.session(WRITERS + 1))
        wires = [await Wire.open(proxy.port, head) for __ in range(20)]
        ports = set(proxy.upstream)
        proxy.is_silent = True
        seconds = await until_gone(city, ports, 2 * CUT_WITHIN)
        for wire in wires:
            wire.close()
        return seconds


async def besiege(city: City, room: dict[str, Any]) -> dict[str, Any]:
    traffic = Traffic(city, room)
    await traffic.begin()
    await traffic.during(3)
    alone = await traffic.during(7)
    half = request(city.port, traffic.path).partition(b"\r\nOrigin")[0]
    unreadable = request(
        city.port, traffic.path, traffic.session(0), origin="http://a\x01b"
    )
    entered: list[float] = []

    async def newcomers() -> None:
        head = request(city.port, traffic.path, traffic.session(WRITERS + 1))
        for __ in range(int(LONGEST / 5)):
            await asyncio.sleep(5)
            began = time.monotonic()
            wire = await Wire.open(city.port, head)
            entered.append(time.monotonic() - began)
            wire.close()

    beside = asyncio.create_task(traffic.during(LONGEST))
    stopped, broken, gone, drops, __ = await asyncio.gather(
        halves(city, [half] * 100, 0),
        halves(city, [unreadable] * 10, 0),
        half_open(city, traffic),
        halves(city, [half + b"\r\n"] * 100, 5),
        newcomers(),
    )
    delays = await beside
    await traffic.end()
    return {
        "stopped": stopped,
        "unreadable": broken,
        "half-open": gone,
        "dripping": drops,
        "entered": max(entered),
        "alone": share(alone, 0.95),
        "beside": share(delays, 0.95),
    }


@each_server
def test_half_open_and_half_shaken(server, tmp_path, make_room, judge, note):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=WRITERS + 2, proposals=8)
        found = asyncio.run(besiege(city, room))
    note(**found)
    judge(
        f"20 half-open lines, {server}: given up after",
        f"{found['half-open']:.0f} s",
        f"{CUT_WITHIN:.0f} s",
        found["half-open"] <= CUT_WITHIN,
    )
    for name, what in (
        ("stopped", "100 handshakes that stop in the middle"),
        ("unreadable", "10 handshakes that cannot be read"),
        ("dripping", "100 handshakes that send a line every 5 s"),
    ):
        seconds, held = found[name]
        to_proxy = (server, name) in LEFT_TO_PROXY
        judge(
            f"{what}, {server}: slots freed after; held for good",
            f"{seconds:.0f} s; {held}",
            "the proxy ends them" if to_proxy else f"{FREED_WITHIN:.0f} s; 0",
            None if to_proxy else seconds <= FREED_WITHIN + GRAIN and not held,
        )
    judge(
        f"meanwhile, {server}: newcomers, slowest; change to screen, p95, before it",
        f"{found['entered']:.1f} s; {found['beside']:.2f} s, {found['alone']:.2f} s",
        "5 s; 1 s",
        found["entered"] <= 5 and found["beside"] <= 1,
    )
