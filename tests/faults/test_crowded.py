"""No room for newcomers, and forty people signing in at once: voting goes on."""

import asyncio
import contextlib
import os
import random
import re
import secrets
import time
from typing import Any

import httpx
import psutil
import pytest

from live.client import RoomClient
from live.traffic import Refused, Site, Unanswered
from tests.faults.cities import SERVERS, each_server, lines_of, share, standing
from tests.faults.citizens import client_of
from tests.faults.wire import Wire, request
from tests.servers import City, Uvicorn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

FILES = 128
VOTERS = 40
LOGINS = int(os.environ.get("LOGINS", "40"))
LONGEST_ANSWER = 1.0
# As in deeds.py, which cannot be imported here: it sets up the city's Django.
PASSWORD = "Ein langer Satz als Passwort 1"


async def vote(client: RoomClient, room: dict[str, Any], stop: asyncio.Event) -> int:
    """Again and again, about twice a second; gives how many were not answered."""
    ballot = room["ballots"][0]
    lost = number = 0
    while not stop.is_set():
        number += 1
        try:
            await client.send(
                "cast_vote",
                patience=0,
                ballot=ballot["ballot"],
                options=[ballot["options"][number % len(ballot["options"])]],
                request_key=secrets.token_hex(8),
            )
        except (Refused, Unanswered):
            lost += 1
        await asyncio.sleep(client.chance.uniform(0.3, 0.7))
    return lost


async def voters(site: Site, room: dict[str, Any]) -> list[RoomClient]:
    clients = [client_of(site, room, place) for place in range(VOTERS)]
    for client in clients:
        await client.connect()
    return clients


def since(clients: list[RoomClient], before: list[int]) -> list[float]:
    """The answer times of votes after `before`."""
    return [
        seconds
        for client, had in zip(clients, before, strict=True)
        for seconds in client.figures.reply_seconds.get("cast_vote", [])[had:]
    ]


def so_far(clients: list[RoomClient]) -> list[int]:
    return [
        len(client.figures.reply_seconds.get("cast_vote", [])) for client in clients
    ]


# --- no file descriptors --------------------------------------------------
class Narrow(City):
    """Under Daphne, with few files to open."""

    def command(self) -> list[str]:
        script = f'ulimit -n {FILES}; exec "$@"'
        return ["sh", "-c", script, "limited", *super().command()]


class NarrowUvicorn(Narrow, Uvicorn):
    """The same under uvicorn."""


NARROW: dict[str, type[City]] = {"Daphne": Narrow, "uvicorn": NarrowUvicorn}


async def crowd_in(city: City, room: dict[str, Any]) -> dict[str, Any]:
    """Newcomers until nobody gets in, and some more, while those inside vote."""
    site = Site(city.url)
    clients = await voters(site, room)
    stop = asyncio.Event()
    voting = [asyncio.create_task(vote(client, room, stop)) for client in clients]
    await asyncio.sleep(3)
    head = request(
        city.port,
        f"/ws/d/{room['code']}/?screen=room&lang=de",
        room["people"][VOTERS]["session"],
    )
    wires: list[Wire] = []
    turned_away: list[float] = []
    before = so_far(clients)
    lines = len(lines_of(city))

    async def newcomer() -> None:
        began = time.monotonic()
        try:
            wire = await Wire.open(city.port, head, patience=15)
        except (OSError, EOFError, TimeoutError):
            turned_away.append(time.monotonic() - began)
            return
        if wire.status == 101:
            wires.append(wire)
        else:
            turned_away.append(time.monotonic() - began)
            wire.close()

    for __ in range(15):
        await asyncio.gather(*(newcomer() for __ in range(10)))
    await asyncio.sleep(3)
    most = psutil.Process(city.pid).num_fds()
    answers = since(clients, before)
    log = len(lines_of(city)) - lines
    reconnects = sum(client.figures.reconnects for client in clients)
    for wire in wires:
        wire.close()
    await asyncio.sleep(3)
    again = await Wire.open(city.port, head)
    again.close()
    stop.set()
    lost = sum(await asyncio.gather(*voting))
    for client in clients:
        await client.leave()
    await site.close()
    return {
        "entered": len(wires),
        "turned away": len(turned_away),
        "slowest": max(turned_away, default=0.0),
        "files": most,
        "votes": len(answers),
        "p95": share(answers, 0.95),
        "lost": lost,
        "reconnects": reconnects,
        "lines": log,
        "again": again.status,
    }


@each_server
def test_no_files_left(server, tmp_path, make_room, judge, note):
    city = NARROW[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=VOTERS + 1, proposals=2)
        found = asyncio.run(crowd_in(city, room))
    note(**found)
    judge(
        f"{FILES} files, 150 newcomers, {server}: turned away, slowest; let in after",
        f"{found['turned away']} (with {found['files']} open), "
        f"{found['slowest']:.1f} s; {found['again']}",
        "some, within 5 s; 101",
        found["turned away"] > 0 and found["slowest"] <= 5 and found["again"] == 101,
    )
    judge(
        f"meanwhile, {server}: votes of those inside, p95; unanswered, sockets cut",
        f"{found['votes']}, {found['p95']:.2f} s; "
        f"{found['lost']}, {found['reconnects']}",
        f"{LONGEST_ANSWER} s; 0, 0",
        found["votes"] > 0
        and found["p95"] <= LONGEST_ANSWER
        and not found["lost"]
        and not found["reconnects"],
    )
    judge(
        f"meanwhile, {server}: lines in the log",
        found["lines"],
        "at most 1,000",
        found["lines"] <= 1000,
    )


# --- a login storm --------------------------------------------------
async def sign_in(site: Site, number: int) -> tuple[int, float]:
    """(status, seconds) of one person's login, by the page's form."""
    browser = site.browser()
    shown = await browser.get("/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)
    assert token is not None
    began = time.monotonic()
    facts = {
        "login": f"account{number}@example.org",
        "password": PASSWORD,
        "csrfmiddlewaretoken": token[1],
    }
    while True:
        answer = await browser.post(
            "/accounts/login/", data=facts, headers={"Referer": site.base_url}
        )
        # Told that many are signing in: people wait a moment and press again.
        if answer.status_code not in (429, 503) or time.monotonic() - began > 240:
            return answer.status_code, time.monotonic() - began
        await asyncio.sleep(random.uniform(4, 6))


async def storm(city: City, room: dict[str, Any]) -> dict[str, Any]:
    site, door = Site(city.url), Site(city.url, connections=LOGINS)
    clients = await voters(site, room)
    stop = asyncio.Event()
    voting = [asyncio.create_task(vote(client, room, stop)) for client in clients]
    await asyncio.sleep(3)
    before = so_far(clients)
    await asyncio.sleep(8)
    alone = since(clients, before)
    before = so_far(clients)
    pages: list[float] = []

    async def look() -> None:
        while True:
            began = time.monotonic()
            with contextlib.suppress(httpx.TimeoutException):
                await clients[0].browser.get(f"/d/{room['code']}/")
            pages.append(time.monotonic() - began)
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    began = time.monotonic()
    done = await asyncio.gather(*(sign_in(door, number) for number in range(LOGINS)))
    seconds = time.monotonic() - began
    during = since(clients, before)
    looking.cancel()
    stop.set()
    lost = sum(await asyncio.gather(*voting))
    await asyncio.gather(looking, return_exceptions=True)
    for client in clients:
        await client.leave()
    await site.close()
    await door.close()
    return {
        "in": sum(status == 302 for status, __ in done),
        "statuses": sorted({status for status, __ in done}),
        "seconds": seconds,
        "slowest": max(took for __, took in done),
        "votes": len(during),
        "p95": share(during, 0.95),
        "p95 before": share(alone, 0.95),
        "page p95": share(pages, 0.95),
        "lost": lost,
    }


@each_server
def test_login_storm(server, tmp_path, make_room, judge, note):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=VOTERS, proposals=2)
        city.run("-m", "tests.faults.deeds", "make_accounts", str(LOGINS))
        found = asyncio.run(storm(city, room))
    note(**found)
    judge(
        f"{LOGINS} logins at once, {server}: votes meanwhile, p95 (before); unanswered",
        f"{found['votes']}, {found['p95']:.2f} s ({found['p95 before']:.2f} s); "
        f"{found['lost']}",
        f"{LONGEST_ANSWER} s; 0",
        found["votes"] > 0 and found["p95"] <= LONGEST_ANSWER and not found["lost"],
    )
    judge(
        f"{LOGINS} logins at once, {server}: signed in, all after, the room's page p95",
        f"{found['in']}, {found['seconds']:.0f} s, {found['page p95']:.1f} s",
        f"{LOGINS}",
        found["in"] == LOGINS,
    )
