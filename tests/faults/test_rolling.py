"""Two processes are restarted one after the other, as at an update, under votes."""

import asyncio
import itertools
import os
import signal
import time
from typing import Any

import pytest

from live.traffic import Site
from tests.faults.citizens import Citizen, client_of, differing, settle
from tests.faults.conftest import Judge, Keeper
from tests.faults.proxy import Proxy
from tests.faults.quick import QuickCity
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd

pytestmark = [pytest.mark.faults, pytest.mark.redis, pytest.mark.timeout(600)]

ROLLS = int(os.environ.get("ROLLS", "4"))
VOTERS, CITIZENS = 20, 8
# systemd, compose and Kubernetes wait longer than this before they kill.
END_WITHIN = 10.0


class Update:
    """Voters go to the other process by themselves, citizens through a proxy."""

    def __init__(
        self, cities: list[QuickCity], keeper: Keeper, room: dict[str, Any]
    ) -> None:
        self.cities, self.keeper, self.room = cities, keeper, room
        self.crowd = Crowd(room, [city.port for city in cities], people=VOTERS)
        self.ends: list[float] = []
        self.pauses: list[float] = []
        self.citizens: list[Citizen] = []

    async def run(self) -> dict[str, Any]:
        async with Proxy(self.cities[0].port) as proxy:
            site = Site(proxy.url)
            self.citizens = [
                Citizen(
                    client_of(site, self.room, place, keeps_regions=place % 3 == 0),
                    self.room["people"][place]["participation"],
                    self.room,
                    self.crowd.journal,
                )
                for place in range(VOTERS, VOTERS + CITIZENS)
            ]
            clients = [person.client for person in self.citizens]
            await asyncio.gather(*(client.connect() for client in clients))
            stop = asyncio.Event()
            acting = [asyncio.create_task(p.act(stop)) for p in self.citizens]
            async with self.crowd.voting():
                for __ in range(ROLLS):
                    await self.roll(proxy)
            stop.set()
            await asyncio.gather(*acting)
            await settle(clients)
            seen = {
                "differing": await differing(
                    [client for client in clients if client.state.keeps_regions]
                ),
                "gaps": sum(client.figures.gaps for client in clients),
                "reconnects": sum(client.figures.reconnects for client in clients),
            }
            await asyncio.gather(*(client.leave() for client in clients))
            await site.close()
        return seen

    async def roll(self, proxy: Proxy) -> None:
        for city, other in (self.cities, self.cities[::-1]):
            await asyncio.sleep(1)
            # The proxy sends newcomers to the process that stays.
            proxy.target = other.port
            told = time.monotonic()
            await self.keeper.do(city.end, signal.SIGTERM)
            self.ends.append(time.monotonic() - told)
            await self.keeper.do(city.start)
            receipts = sorted(w for w, __ in self.crowd.told.receipts if w > told)
            self.pauses += [b - a for a, b in itertools.pairwise(receipts)]


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_rolling_restart(
    database: str,
    quick_city,
    fresh_database,
    keeper,
    make_room,
    judge: Judge,
    redis_url: str,
):
    url = fresh_database(database)
    shared = {"REDIS_URL": redis_url, "WEB_PROCESSES": "2"}
    cities = [quick_city(url, **shared) for __ in range(2)]
    room = make_room(cities[0], people=VOTERS + CITIZENS)
    update = Update(cities, keeper, room)
    seen = asyncio.run(update.run())
    what = f"rolling restart of two processes, {ROLLS} times under votes"
    found = found_in(cities[0], room["code"])
    judge_journal(judge, what, update.crowd.journal, found, database)
    judge(
        f"… gaps on screens, screens that differ ({seen['reconnects']} reconnects)",
        f"{seen['gaps']}, {len(seen['differing'])}",
        "0",
        not seen["gaps"] and not seen["differing"] and seen["reconnects"] > 0,
        database=database,
    )
    judge(
        "… longest from SIGTERM to the end of the process",
        f"{max(update.ends):.1f} s",
        f"{END_WITHIN:.0f} s",
        max(update.ends) <= END_WITHIN,
        database=database,
    )
    judge(
        "… longest time without any receipt meanwhile",
        f"{max(update.pauses):.1f} s",
        "5 s",
        max(update.pauses) <= 5,
        database=database,
    )
