"""Bursts, cuts short and long, and everybody coming back at once: no gaps.

`BURST=200 CUT=50` make it smaller.
"""

import asyncio
import json
import os
import secrets
import time
from typing import Any

import pytest

from live.client import RoomClient
from live.traffic import Site
from tests.faults.checker import problems
from tests.faults.cities import (
    SERVERS,
    database_env,
    each_database,
    each_server,
    share,
    standing,
)
from tests.faults.citizens import client_of, differing, settle
from tests.faults.journal import Journal
from tests.servers import City, Redis, Uvicorn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

EVENTS = int(os.environ.get("BURST", "1000"))
CLIENTS = 50
CUT = int(os.environ.get("CUT", "300"))
WINDOW = 3.0
BACK_WITHIN = 60.0


async def enter(clients: list[RoomClient]) -> None:
    slots = asyncio.Semaphore(20)

    async def one(client: RoomClient) -> None:
        async with slots:
            await client.connect()

    await asyncio.gather(*(one(client) for client in clients))


async def leave(sites: list[Site], clients: list[RoomClient]) -> None:
    await asyncio.gather(*(client.leave() for client in clients))
    for site in sites:
        await site.close()


def all_clients(cities: list[City], room: dict[str, Any]) -> Any:
    """(sites, clients): everybody, spread over the processes.

    Drawing all screens costs more than it shows: order and gaps for all, the whole
    page for every ninth.
    """
    sites = [Site(city.url) for city in cities]
    return sites, [
        client_of(sites[place % len(sites)], room, place, keeps_regions=place % 9 == 0)
        for place in range(len(room["people"]))
    ]


# --- a burst -----------------------------------------------------------------------
async def burst(cities: list[City], room: dict[str, Any]) -> dict[str, Any]:
    """Fifty people comment twenty times each, as fast as they are answered."""
    sites, clients = all_clients(cities, room)
    await enter(clients)
    journal = Journal()

    async def write(client: RoomClient, place: int) -> None:
        person = room["people"][place]["participation"]
        for number in range(EVENTS // len(clients)):
            key = "key-" + secrets.token_hex(8)
            deed = journal.add(person, "add_comment", key)
            proposal = room["proposals"][(place + number) % len(room["proposals"])]
            await client.send("add_comment", proposal=proposal, text=f"{key} ja")
            deed.receipts.append("")

    before = clients[0].state.seq
    started = time.monotonic()
    await asyncio.gather(*(write(client, n) for n, client in enumerate(clients)))
    written = time.monotonic()
    await settle(clients)
    settled = time.monotonic()
    found = {
        "behind": sum(client.state.seq - before != EVENTS for client in clients),
        "gaps": sum(client.figures.gaps for client in clients),
        "differing": await differing([c for c in clients if c.state.keeps_regions]),
        "seconds to write": round(written - started, 1),
        "seconds until all have all": round(settled - written, 1),
        "journal": journal,
    }
    await leave(sites, clients)
    return found


@pytest.mark.parametrize(
    ("database", "with_redis", "processes"),
    [("SQLite", False, 1), ("SQLite", True, 1), ("PostgreSQL", True, 2)],
    ids=["alone", "redis", "two-processes"],
)
def test_burst_reaches_everybody(
    database, with_redis, processes, request, tmp_path, make_room, judge, note
):
    env = database_env(database, request, tmp_path)
    server = Redis(tmp_path / "redis")
    if with_redis:
        server.start()
        env["REDIS_URL"] = server.url
    kinds = [City, Uvicorn][:processes]
    cities = [
        kind(env, directory=tmp_path / f"city{n}") for n, kind in enumerate(kinds)
    ]
    try:
        with standing(*cities):
            room = make_room(cities[0], people=CLIENTS, proposals=25)
            found = asyncio.run(burst(cities, room))
            printed = cities[0].run("-m", "tests.faults.found", room["code"])
    finally:
        server.stop()
    wrong = problems(found.pop("journal"), json.loads(printed))
    note(**found, wrong=wrong)
    bad = found["behind"] + found["gaps"] + len(found["differing"]) + len(wrong)
    name = "without Redis" if not with_redis else f"Redis, {processes} processes"
    judge(
        f"burst of {EVENTS} events to {CLIENTS} people, {name}: "
        "people without all, gaps, screens that differ, events lost or doubled",
        f"{found['behind']}, {found['gaps']}, {len(found['differing'])}, {len(wrong)}"
        f"; all have all {found['seconds until all have all']} s after",
        "0, 0, 0, 0",
        not bad,
        database=database,
    )


# --- cuts within the window, and beyond it -----------------------------------------
async def go_away(city: City, room: dict[str, Any]) -> dict[str, Any]:
    """One writes all the time; the others are away for one second, then for longer
    than the window."""
    sites, (writer, *others) = all_clients([city], room)
    clients = [writer, *others]
    await enter(clients)
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await writer.send("park_topic", text=f"{number} später")
            await asyncio.sleep(3)

    async def be_away(client: RoomClient, seconds: float) -> None:
        await client.leave()
        client.is_up.clear()
        await asyncio.sleep(seconds)
        await client.connect()

    writing = asyncio.create_task(write())
    found: dict[str, Any] = {}
    for name, seconds in (("short", WINDOW / 3), ("long", WINDOW + 4)):
        before = [client.figures.snapshots for client in others]
        gaps = sum(client.figures.gaps for client in others)
        await asyncio.gather(*(be_away(client, seconds) for client in others))
        await asyncio.sleep(1)
        found[name] = {
            "gaps": sum(client.figures.gaps for client in others) - gaps,
            "snapshots": sum(
                client.figures.snapshots > had
                for client, had in zip(others, before, strict=True)
            ),
        }
    stop.set()
    await writing
    await settle(clients)
    found["differing"] = await differing([c for c in clients if c.state.keeps_regions])
    # The same answer to those who have no socket.
    state = others[0].state
    await asyncio.sleep(WINDOW + 1)
    frames = await others[0].missed(
        epoch=state.epoch, since=max(0, state.seq - 2), version=state.version
    )
    found["polled"] = [frame["kind"] for frame in frames]
    await leave(sites, clients)
    return found


@each_database
def test_cuts_and_the_window(database, request, tmp_path, make_room, judge, note):
    env = database_env(database, request, tmp_path)
    city = City({**env, "RESUME_WINDOW": f"{WINDOW:.0f}"}, directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=21, proposals=3)
        found = asyncio.run(go_away(city, room))
    note(**found)
    short, long = found["short"], found["long"]
    judge(
        "20 people away for less than the resume window: gaps, drawn anew",
        f"{short['gaps']}, {short['snapshots']}",
        "0, 0",
        not short["gaps"] and not short["snapshots"],
        database=database,
    )
    judge(
        "20 people away for longer: told to begin anew; by poll; screens that differ",
        f"{long['snapshots']} of 20; {found['polled'][0]}; {len(found['differing'])}",
        "all; snapshot; 0",
        long["snapshots"] == 20
        and found["polled"][0] == "snapshot"
        and not found["differing"],
        database=database,
    )


# --- all at once ---------------------------------------------------------------------
async def cut_all(city: City, room: dict[str, Any]) -> dict[str, Any]:
    """All sockets but one are cut; that one goes on writing meanwhile."""
    sites, clients = all_clients([city], room)
    await enter(clients)
    writer, *others = clients
    back: list[float] = []
    cut = time.monotonic()

    async def come_back(client: RoomClient) -> None:
        client.is_up.clear()
        await client.drop()
        await asyncio.wait_for(client.is_up.wait(), 2 * BACK_WITHIN)
        back.append(time.monotonic() - cut)

    async def write() -> None:
        for number in range(10):
            await writer.send("park_topic", text=f"weg {number}")

    await asyncio.gather(write(), *(come_back(client) for client in others))
    await settle(clients)
    found = {
        "half": round(share(back, 0.5), 1),
        "all": round(max(back), 1),
        "gaps": sum(client.figures.gaps for client in clients),
        "differing": await differing([c for c in clients if c.state.keeps_regions]),
    }
    await leave(sites, clients)
    return found


@each_server
def test_all_come_back_at_once(server, tmp_path, make_room, judge, note):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=CUT + 1)
        found = asyncio.run(cut_all(city, room))
    note(**found)
    judge(
        f"{CUT} sockets cut at once, {server}: half and all back; gaps, that differ",
        f"{found['half']} s, {found['all']} s; "
        f"{found['gaps']}, {len(found['differing'])}",
        f"{BACK_WITHIN:.0f} s; 0, 0",
        found["all"] <= BACK_WITHIN and not found["gaps"] and not found["differing"],
    )
