"""Two web processes, people at both, and a Redis that can be made to fail."""

import asyncio
import json
import os
import re
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import redis

from live.client import RoomClient
from live.traffic import Site
from tests.faults.citizens import Citizen, client_of
from tests.faults.conftest import Keeper
from tests.faults.journal import Journal
from tests.faults.wire import Wire, request
from tests.servers import City, Redis

PEOPLE = 32
# Of them: comment so that the others can be watched, post forms, or just act.
PROBES, POSTERS = range(12), range(12, 14)


class KeepingRedis(Redis):
    """Writes down what it holds when it is ended in order."""

    def command(self) -> list[str]:
        return [*super().command(), "--save", "900 1"]

    def set_option(self, name: str, value: str) -> None:
        with redis.Redis(port=self.port) as connection:
            connection.config_set(name, value)

    def signal(self, kind: signal.Signals) -> None:
        os.kill(self.pid, kind)


@dataclass
class Seen:
    """What went on during one fault."""

    delays: list[float] = field(default_factory=list)
    never: int = 0
    pages: list[int] = field(default_factory=list)
    doors: list[int] = field(default_factory=list)
    slowest_door: float = 0.0
    entered: list[float] = field(default_factory=list)
    votes: list[float] = field(default_factory=list)


class Eye:
    """A screen at one process that looks out for marked texts."""

    def __init__(self, client: RoomClient) -> None:
        self.client = client
        self.waits: dict[str, asyncio.Event] = {}
        client.on_frame = self._hear

    def _hear(self, frame: Any) -> None:
        if frame["kind"] not in ("ops", "snapshot"):
            return
        text = json.dumps(frame)
        for key, seen in self.waits.items():
            if key in text:
                seen.set()


class Town:
    """Two processes and who is where: people with even numbers at the first."""

    def __init__(
        self, cities: list[City], room: dict[str, Any], keeper: Keeper
    ) -> None:
        self.cities, self.room, self.keeper = cities, room, keeper
        self.sites = [Site(city.url) for city in cities]
        self.journal = Journal()
        self.clients = [
            client_of(self.sites[place % 2], room, place, keeps_regions=place < 4)
            for place in range(PEOPLE)
        ]
        self.eyes = [Eye(self.clients[0]), Eye(self.clients[1])]
        self.citizens = [
            Citizen(
                self.clients[place],
                room["people"][place]["participation"],
                room,
                self.journal,
            )
            for place in range(POSTERS.stop, PEOPLE)
        ]

    async def probe(self, seen: Seen, number: int) -> None:
        """One comment at one process; how long until the other's screens have it?"""
        place = PROBES[number % len(PROBES)]
        eye = self.eyes[1 - place % 2]
        key = "key-" + secrets.token_hex(8)
        arrived = eye.waits[key] = asyncio.Event()
        person = self.room["people"][place]["participation"]
        deed = self.journal.add(person, "add_comment", key)
        await self.clients[place].send(
            "add_comment",
            proposal=self.room["proposals"][number % 4],
            text=f"{key} Wer sieht das?",
        )
        deed.receipts.append("")
        sent = time.monotonic()
        try:
            await asyncio.wait_for(arrived.wait(), 10)
        except TimeoutError:
            seen.never += 1
        else:
            seen.delays.append(time.monotonic() - sent)
        del eye.waits[key]

    async def enter(self, seen: Seen) -> None:
        """A newcomer's handshake at each process."""
        path = f"/ws/d/{self.room['code']}/?screen=room&lang=de"
        session = self.room["people"][0]["session"]
        for city in self.cities:
            began = time.monotonic()
            wire = await Wire.open(city.port, request(city.port, path, session))
            assert wire.status == 101
            seen.entered.append(time.monotonic() - began)
            wire.close()

    async def post(self, seen: Seen, place: int) -> None:
        """The room's page and a vote by form, as without a socket."""
        browser = self.clients[place].browser
        shown = await browser.get(f"/d/{self.room['code']}/")
        seen.pages.append(shown.status_code)
        ballot = self.room["ballots"][0]
        option = ballot["options"][0]
        key = "key-" + secrets.token_hex(8)
        person = self.room["people"][place]["participation"]
        deed = self.journal.add(
            person, "cast_vote", key, ballot=ballot["ballot"], option=option
        )
        answer = await browser.post(
            f"/d/{self.room['code']}/do/cast_vote/",
            data={
                "ballot": ballot["ballot"],
                "options": option,
                "request_key": key,
                "csrfmiddlewaretoken": token_of(shown.text),
            },
            headers={"Accept": "application/json"},
        )
        seen.pages.append(answer.status_code)
        if answer.status_code == 200:
            deed.receipts.append(answer.json()["ok"]["receipt"])

    async def knock(self, seen: Seen, number: int) -> None:
        """Signing in and wrong codes are counted in the cache, which is Redis."""
        site = self.sites[number % 2]
        stranger = site.browser()
        stranger.timeout = httpx.Timeout(10)
        began = time.monotonic()
        try:
            shown = await stranger.get("/accounts/login/")
            token = token_of(shown.text)
            for path, facts in (
                ("/accounts/login/", {"login": "x@example.org", "password": "x"}),
                ("/join/", {"code": "WRONGXXX"}),
            ):
                answer = await stranger.post(
                    path,
                    data={**facts, "csrfmiddlewaretoken": token},
                    headers={"Referer": site.base_url},
                )
                seen.doors.append(answer.status_code)
        except httpx.TimeoutException:
            seen.doors.append(0)
        seen.slowest_door = max(seen.slowest_door, time.monotonic() - began)

    async def live_through(self, seconds: float) -> Seen:
        """Everything at once, for so long."""
        seen = Seen()
        until = time.monotonic() + seconds
        answered = [
            len(client.figures.reply_seconds.get("cast_vote", []))
            for client in self.clients
        ]

        async def again(work: Callable[[int], Any], pause: float) -> None:
            number = 0
            while time.monotonic() < until:
                await work(number)
                number += 1
                await asyncio.sleep(pause)

        await asyncio.gather(
            again(lambda number: self.probe(seen, number), 0.4),
            again(lambda number: self.post(seen, POSTERS[number % 2]), 1.0),
            again(lambda number: self.knock(seen, number), 2.0),
            again(lambda __: self.enter(seen), 3.0),
        )
        for client, before in zip(self.clients, answered, strict=True):
            seen.votes += client.figures.reply_seconds.get("cast_vote", [])[before:]
        return seen


def token_of(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return found[1] if found else ""
