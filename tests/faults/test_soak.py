"""An hour with 500 people coming and going: nothing grows. Run by `make soak`.

`SOAK_MINUTES=5 SOAK_PEOPLE=100 make soak` is shorter; `SOAK_SERVER=Daphne` is the
other server. PostgreSQL and Redis, as a city of this size has them.
"""

import asyncio
import contextlib
import os
import random
import time
from dataclasses import dataclass, field
from statistics import linear_regression
from typing import Any

import psutil
import pytest
import redis

from live.client import RoomClient
from live.traffic import NotLetIn, Refused, Site, Unanswered
from tests.faults.cities import (
    SERVERS,
    database_env,
    lines_of,
    memory_of,
    share,
    standing,
)
from tests.faults.citizens import client_of, settle
from tests.servers import City, Postgres, Redis

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
PEOPLE = int(os.environ.get("SOAK_PEOPLE", "500"))
SERVER = os.environ.get("SOAK_SERVER", "uvicorn")
# Of everybody, who leaves in a minute; and how long somebody is away (s).
LEAVE_A_MINUTE, AWAY = 0.05, (5, 60)
# A minute's deeds of one person, and of the whole room.
STANCES, COMMENTS = 3.0, 30.0
SAMPLE_EVERY = 10.0
WARM_UP = 0.25
MOST_SLOPE = 1.0
SPARE = 5


@dataclass
class Sample:
    minute: float
    memory: float
    files: int
    people: int
    connections: int
    keys: int


@dataclass
class Soak:
    city: City
    room: dict[str, Any]
    database: str
    postgres: Postgres
    redis: Redis
    samples: list[Sample] = field(default_factory=list)
    unanswered: int = 0

    def sample(self, began: float, people: int) -> None:
        process = psutil.Process(self.city.pid)
        asked = (
            f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.database}'"
        )
        with redis.Redis(port=self.redis.port) as connection:
            keys = int(connection.dbsize())  # type: ignore[arg-type]
        self.samples.append(
            Sample(
                (time.monotonic() - began) / 60,
                memory_of(self.city) / 2**20,
                process.num_fds() - len(process.net_connections("tcp")),
                people,
                int(self.postgres.sql(asked)),
                keys,
            )
        )


async def come_and_go(client: RoomClient, soak: Soak, stop: asyncio.Event) -> None:
    """One person: takes stances, leaves now and then, and comes back."""
    chance = random.Random(client.name)
    while not stop.is_set():
        with contextlib.suppress(NotLetIn):
            await client.connect()
        leaves = time.monotonic() + chance.expovariate(LEAVE_A_MINUTE / 60)
        while not stop.is_set() and time.monotonic() < leaves:
            await asyncio.sleep(chance.expovariate(STANCES / 60))
            try:
                await client.send(
                    "take_stance",
                    proposal=chance.choice(soak.room["proposals"]),
                    value=chance.choice(["agree", "disagree", "pass"]),
                )
            except (Refused, Unanswered):
                soak.unanswered += 1
        if not stop.is_set():
            await client.leave()
            client.is_up.clear()
            await asyncio.sleep(chance.uniform(*AWAY))


async def comment(clients: list[RoomClient], soak: Soak, stop: asyncio.Event) -> None:
    """Somebody who is here says something, all the time."""
    chance = random.Random(1)
    while not stop.is_set():
        await asyncio.sleep(60 / COMMENTS)
        here = [client for client in clients if client.is_up.is_set()]
        if not here:
            continue
        try:
            await chance.choice(here).send(
                "add_comment",
                proposal=chance.choice(soak.room["proposals"]),
                text="Das sehe ich auch so. " * 5,
            )
        except (Refused, Unanswered):
            soak.unanswered += 1


async def live_on(soak: Soak) -> dict[str, Any]:
    site = Site(soak.city.url)
    clients = [
        client_of(site, soak.room, n, keeps_regions=False) for n in range(PEOPLE)
    ]
    stop = asyncio.Event()
    began = time.monotonic()
    # They come within a minute, as people do.
    living = []
    for client in clients:
        living.append(asyncio.create_task(come_and_go(client, soak, stop)))
        await asyncio.sleep(min(60, MINUTES * 6) / PEOPLE)
    talking = asyncio.create_task(comment(clients, soak, stop))
    while time.monotonic() - began < MINUTES * 60:
        await asyncio.sleep(SAMPLE_EVERY)
        number = sum(client.is_up.is_set() for client in clients)
        await asyncio.to_thread(soak.sample, began, number)
    stop.set()
    await asyncio.gather(*living, talking)
    here = [client for client in clients if client.is_up.is_set()]
    await settle(here)
    answers = [
        seconds for c in clients for seconds in c.figures.reply_seconds["take_stance"]
    ]
    figures = {
        "gaps": sum(client.figures.gaps for client in clients),
        "reconnects": sum(client.figures.reconnects for client in clients),
        "commands": sum(client.figures.commands for client in clients),
        "p95": share(answers, 0.95),
    }
    for client in here:
        await client.leave()
    await site.close()
    return figures


def test_soak(request, tmp_path, make_room, judge, note):
    env = database_env("PostgreSQL", request, tmp_path)
    with Redis(tmp_path / "redis") as server:
        env["REDIS_URL"] = server.url
        city = SERVERS[SERVER](env, directory=tmp_path / "city")
        with standing(city):
            room = make_room(city, people=PEOPLE, proposals=40)
            soak = Soak(
                city,
                room,
                env["DATABASE_URL"].rpartition("/")[2],
                request.getfixturevalue("postgres_server"),
                server,
            )
            figures = asyncio.run(live_on(soak))
            errors = [
                line
                for line in lines_of(city)
                if "ERROR" in line or "Traceback" in line
            ]
    warm = [row for row in soak.samples if row.minute > WARM_UP * MINUTES]
    early, late = warm[: len(warm) // 3], warm[-(len(warm) // 3) :]
    slope = (
        10
        * linear_regression(
            [row.minute for row in warm], [row.memory for row in warm]
        ).slope
    )
    note(**figures, slope=slope, samples=[vars(row) for row in soak.samples[::6]])
    name = f"{MINUTES:.0f} minutes, {PEOPLE} people, {SERVER}"
    judge(
        f"{name}: growth of memory, of {warm[-1].memory:.0f} MB",
        f"{slope:.2f} MB in 10 minutes",
        f"{MOST_SLOPE} MB",
        slope <= MOST_SLOPE,
        database="PostgreSQL",
    )
    for what in ("files", "connections", "keys"):
        then, now = (max(getattr(row, what) for row in rows) for rows in (early, late))
        label = {
            "files": "files open besides sockets",
            "connections": "connections to the database",
            "keys": "keys in Redis",
        }[what]
        judge(
            f"{name}: {label}, first and last third",
            f"{then}, {now}",
            f"no more than {SPARE} more",
            now <= then + SPARE,
            database="PostgreSQL",
        )
    judge(
        f"{name}: {figures['commands']} commands: errors in the log, unanswered, gaps",
        f"{len(errors)}, {soak.unanswered}, {figures['gaps']}",
        "0, 0, 0",
        not (errors or soak.unanswered or figures["gaps"]),
        database="PostgreSQL",
    )
    judge(
        f"{name}: answers, p95; sockets that broke",
        f"{figures['p95'] * 1000:.0f} ms; {figures['reconnects']}",
        "500 ms; 0",
        figures["p95"] <= 0.5 and not figures["reconnects"],
        database="PostgreSQL",
    )
