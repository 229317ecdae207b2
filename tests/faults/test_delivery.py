"""Bursts, cuts and sockets that do not read: everybody ends with everything."""

import asyncio
import socket
import time
from typing import Any

import psutil
import pytest

from bench.servers import RoomCity
from bench.sockets import Screen
from live.client import RoomClient
from live.traffic import Site
from tests.faults.citizens import client_of, differing, settle

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

EVENTS = 1000
CUT = 200


async def enter(clients: list[RoomClient]) -> None:
    slots = asyncio.Semaphore(20)

    async def one(client: RoomClient) -> None:
        async with slots:
            await client.connect()

    await asyncio.gather(*(one(client) for client in clients))


async def burst(city: RoomCity, room: dict[str, Any]) -> dict[str, Any]:
    """Fifty people write twenty comments each, as fast as they are answered."""
    site = Site(city.url)
    # Drawing fifty screens costs more than it shows: order and gaps for all, the
    # whole page for every ninth.
    clients = [
        client_of(site, room, place, keeps_regions=place % 9 == 0)
        for place in range(len(room["people"]))
    ]
    await enter(clients)

    async def write(client: RoomClient, place: int) -> None:
        for number in range(EVENTS // len(clients)):
            proposal = room["proposals"][(place + number) % len(room["proposals"])]
            await client.send(
                "add_comment", proposal=proposal, text=f"{place}.{number}"
            )

    before = clients[0].state.seq
    started = time.monotonic()
    await asyncio.gather(*(write(client, n) for n, client in enumerate(clients)))
    written = time.monotonic()
    await settle(clients)
    settled = time.monotonic()
    assert [client.state.seq - before for client in clients] == [EVENTS] * len(clients)
    assert await differing([c for c in clients if c.state.keeps_regions]) == []
    gaps = sum(client.figures.gaps for client in clients)
    frames = clients[0].figures.ops_frames
    await asyncio.gather(*(client.leave() for client in clients))
    await site.close()
    assert gaps == 0
    return {
        "events": EVENTS,
        "clients": len(clients),
        "gaps": gaps,
        "seconds to write": round(written - started, 1),
        "seconds until all have all": round(settled - written, 1),
        "frames per client": frames,
    }


def test_burst_reaches_everybody(sqlite_city, make_room, note):
    room = make_room(sqlite_city, people=50, proposals=25)
    note(**asyncio.run(burst(sqlite_city, room)))


async def cut_all(city: RoomCity, room: dict[str, Any]) -> dict[str, Any]:
    """All sockets but one are cut; that one goes on writing meanwhile."""
    site = Site(city.url)
    clients = [
        # Drawing 200 screens costs more than it shows: order and gaps for all,
        # the whole page for every ninth.
        client_of(site, room, place, keeps_regions=place % 9 == 0)
        for place in range(len(room["people"]))
    ]
    await enter(clients)
    writer, others = clients[0], clients[1:]
    cut = time.monotonic()
    back: list[float] = []

    async def come_back(client: RoomClient) -> None:
        client.is_up.clear()
        await client.drop()
        await asyncio.wait_for(client.is_up.wait(), 120)
        back.append(time.monotonic() - cut)

    async def write() -> None:
        for number in range(10):
            await writer.send(
                "add_comment", proposal=room["proposals"][0], text=f"weg {number}"
            )

    await asyncio.gather(write(), *(come_back(client) for client in others))
    await settle(clients)
    assert await differing([c for c in clients if c.state.keeps_regions]) == []
    back.sort()
    assert len(back) == CUT
    await asyncio.gather(*(client.leave() for client in clients))
    await site.close()
    return {
        "cut": len(back),
        "back after (s), half": round(back[len(back) // 2], 1),
        "95 %": round(back[int(len(back) * 0.95)], 1),
        "all": round(back[-1], 1),
    }


def test_cut_sockets_come_back(sqlite_city, make_room, note):
    room = make_room(sqlite_city, people=CUT + 1)
    note(**asyncio.run(cut_all(sqlite_city, room)))


def deaf_socket(city: RoomCity, room: dict[str, Any], who: dict[str, Any]) -> Any:
    """Shakes hands and then never reads, with the smallest buffer there is."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", city.port))
    deaf.sendall(
        f"GET /ws/d/{room['code']}/?screen=room&lang=de HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{city.port}\r\nOrigin: {city.url}\r\n"
        f"Cookie: session={who['session']}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return deaf


def is_held(city: RoomCity, port: int) -> bool:
    """Whether the server still has the other end of our socket."""
    return any(
        row.raddr and row.raddr.port == port and row.status == "ESTABLISHED"
        for row in psutil.Process(city.pid).net_connections("tcp")
    )


async def deafness(city: RoomCity, room: dict[str, Any]) -> dict[str, Any]:
    site = Site(city.url)
    writer = client_of(site, room, 0)
    await enter([writer])
    arrivals: dict[bytes, float] = {}

    def hear(screen: Screen, raw: bytes) -> None:
        del screen
        if raw.startswith(b'{"kind":"ops"'):
            arrivals.setdefault(raw, time.monotonic())

    listener = await Screen.open(
        city.port,
        f"/ws/d/{room['code']}/?screen=room&lang=de",
        hear,
        f"session={room['people'][1]['session']}",
    )
    memory = psutil.Process(city.pid).memory_info().rss
    deaf = [deaf_socket(city, room, who) for who in room["people"][2:]]
    ports = [sock.getsockname()[1] for sock in deaf]
    started = time.monotonic()
    delays: list[float] = []
    most_memory = memory
    number = 0
    while any(is_held(city, port) for port in ports):
        assert time.monotonic() - started < 120, "a deaf socket was never cut"
        number += 1
        before, sent = len(arrivals), time.monotonic()
        await writer.send(
            "add_comment",
            patience=120,
            proposal=room["proposals"][number % len(room["proposals"])],
            text=f"{number} " + "Wort " * 190,
        )
        while len(arrivals) == before:
            assert time.monotonic() - sent < 10, "the deaf ones hold up the others"
            await asyncio.sleep(0.005)
        delays.append(time.monotonic() - sent)
        most_memory = max(most_memory, psutil.Process(city.pid).memory_info().rss)
        # Nobody may write faster than this for longer than a minute.
        await asyncio.sleep(3)
    cut = time.monotonic() - started
    for sock in deaf:
        sock.close()
    listener.close()
    await writer.leave()
    await site.close()
    delays.sort()
    return {
        "deaf sockets": len(deaf),
        "all cut after (s)": round(cut, 1),
        "growth of memory (KiB per deaf socket)": (most_memory - memory)
        // 1024
        // len(deaf),
        "others' change to screen, median (ms)": round(delays[len(delays) // 2] * 1000),
        "longest (ms)": round(delays[-1] * 1000),
    }


def test_deaf_sockets_are_cut_and_hold_up_nobody(sqlite_city, make_room, note):
    room = make_room(sqlite_city, people=22)
    note(**asyncio.run(deafness(sqlite_city, room)))
