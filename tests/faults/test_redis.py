"""Redis killed, frozen, full, started again with and without what it held.

Two web processes share a database; Redis carries wake-ups, nothing else. Voting and
proposing go on, what happens at one process is seen at the other, and all heals
alone. The longest loss is on PostgreSQL; `REDIS_AWAY=20` makes it shorter than the
60 s of the promise.
"""

import asyncio
import json
import os
import signal
from typing import Any

import pytest

from tests.faults.checker import problems
from tests.faults.cities import database_env, each_database, share, standing
from tests.faults.citizens import differing, settle
from tests.faults.town import PEOPLE, KeepingRedis, Seen, Town
from tests.servers import City, Uvicorn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

AWAY = float(os.environ.get("REDIS_AWAY", "60"))
SHORT = min(20.0, AWAY)
SEEN_WITHIN, ENTERED_WITHIN = 1.5, 5.0


async def evening(town: Town, server: KeepingRedis, away: float) -> dict[str, Any]:
    await asyncio.gather(*(client.connect() for client in town.clients))
    stop = asyncio.Event()
    acting = [asyncio.create_task(person.act(stop)) for person in town.citizens]
    do = town.keeper.do
    faults: dict[str, Seen] = {"Redis in order": await town.live_through(8)}

    await do(server.kill)
    faults[f"Redis killed for {away:.0f} s"] = await town.live_through(away)
    await do(server.start)
    faults["started again, empty"] = await town.live_through(8)

    server.signal(signal.SIGSTOP)
    faults[f"Redis frozen for {SHORT:.0f} s"] = await town.live_through(SHORT)
    server.signal(signal.SIGCONT)
    faults["going on"] = await town.live_through(6)

    await do(server.set_option, "maxmemory", "1")
    faults["Redis full"] = await town.live_through(8)
    await do(server.set_option, "maxmemory", "0")

    await do(server.restart)
    faults["restarted with what it held"] = await town.live_through(8)

    stop.set()
    await asyncio.gather(*acting)
    await settle(town.clients)
    different = await differing([c for c in town.clients if c.state.keeps_regions])
    printed = await do(
        town.cities[0].run, "-m", "tests.faults.found", town.room["code"]
    )
    reconnects = sum(client.figures.reconnects for client in town.clients)
    gaps = sum(client.figures.gaps for client in town.clients)
    faulty = sum(
        client.figures.refused_codes.get("server.fault", 0) for client in town.clients
    )
    await asyncio.gather(*(client.leave() for client in town.clients))
    for site in town.sites:
        await site.close()
    return {
        "faults": faults,
        "problems": problems(town.journal, json.loads(printed)) + different,
        "acknowledged": town.journal.acknowledged,
        "reconnects": reconnects,
        "gaps": gaps,
        "server faults": faulty,
    }


@each_database
def test_redis_fails(database, request, tmp_path, keeper, make_room, judge, note):
    env = database_env(database, request, tmp_path)
    with KeepingRedis(tmp_path / "redis") as server:
        env["REDIS_URL"] = server.url
        cities = [
            City(env, directory=tmp_path / "here"),
            Uvicorn(env, directory=tmp_path / "there"),
        ]
        with standing(*cities):
            room = make_room(cities[0], people=PEOPLE, proposals=4)
            town = Town(cities, room, keeper)
            away = AWAY if database == "PostgreSQL" else SHORT
            found = asyncio.run(evening(town, server, away))
    faults: dict[str, Seen] = found.pop("faults")
    note(**found)
    for name, seen in faults.items():
        judge(
            f"{name}: change seen at the other process, p95; never",
            f"{share(seen.delays, 0.95):.1f} s of {len(seen.delays)}; {seen.never}",
            f"{SEEN_WITHIN} s; 0",
            not seen.never and 0 < share(seen.delays, 0.95) <= SEEN_WITHIN,
            database=database,
        )
        bad = [status for status in seen.pages if status != 200]
        judge(
            f"{name}: votes answered by socket, p95; forms and pages not in order",
            f"{len(seen.votes)}, {share(seen.votes, 0.95):.2f} s; "
            f"{len(bad)} of {len(seen.pages)}",
            "going on; 0",
            bool(seen.votes) and not bad,
            database=database,
        )
        bad = [status for status in seen.doors if not 200 <= status < 500]
        judge(
            f"{name}: signing in and codes that fail; slowest",
            f"{len(bad)} of {len(seen.doors)}; {seen.slowest_door:.1f} s",
            "0; 10 s",
            not bad and seen.slowest_door <= 10,
            database=database,
        )
        judge(
            f"{name}: newcomers' sockets, slowest",
            f"{max(seen.entered):.1f} s",
            f"{ENTERED_WITHIN:.0f} s",
            max(seen.entered) <= ENTERED_WITHIN,
            database=database,
        )
    judge(
        f"through all of it, {PEOPLE} people: sockets cut, gaps, faults answered",
        f"{found['reconnects']}, {found['gaps']}, {found['server faults']}",
        "0, 0, 0",
        not (found["reconnects"] or found["gaps"] or found["server faults"]),
        database=database,
    )
    judge(
        f"through all of it: lost, doubled or different of "
        f"{found['acknowledged']} acknowledged",
        "; ".join(found["problems"][:3]) or 0,
        0,
        not found["problems"],
        database=database,
    )
