"""What moderation hid is in no byte that a citizen is sent after it was confirmed.

Two hundred people at a real server: connected, joining, cut and resuming, polling and
reading pages. Moderators hide canaries of every kind meanwhile, each of which was on
the others' screens before. How "after" is told is written down in ears.py.
"""

import asyncio
import json
import os
from functools import partial
from typing import Any

import pytest
import websockets.asyncio.client

import live.client
from live.traffic import Site
from tests.faults.canary_town import COMING, CUT, READING, Town, afterwards
from tests.faults.canary_ways import WAYS, at_tables, tell
from tests.faults.conftest import Keeper
from tests.faults.ears import Ear, Wire

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

# Three rounds take twelve minutes for each database.
ROUNDS = int(os.environ.get("CANARY_ROUNDS", "1"))


@pytest.fixture(autouse=True)
def listen_at_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every client's sockets are wires, and come back quickly."""
    connect = partial(websockets.asyncio.client.connect, create_connection=Wire)
    monkeypatch.setattr(live.client, "connect", connect)
    monkeypatch.setattr(live.client, "FIRST_PAUSE", 0.3)


async def one_round(town: Town, number: int) -> None:
    """Canaries of every kind on all screens, then all are hidden at once."""
    people = town.ears[number * 2 * len(WAYS) :]
    pairs = zip(people[::2], people[1::2], strict=False)
    deeds = [await way(town, *pair) for way, pair in zip(WAYS, pairs, strict=False)]
    await town.wait_until_seen([canary for deed in deeds for canary in deed[0]])
    await asyncio.gather(*(tell(town, deed) for deed in deeds))
    await asyncio.sleep(3)


async def control(town: Town, writers: list[Ear]) -> None:
    """The same search where it must find something: authors may read their own."""
    for ear in writers:
        await ear.browser.get("/me/export.json")
        await ear.browser.get(f"/d/{town.code}/")


async def evening(site: Site, room: dict[str, Any]) -> tuple[Town, int]:
    town = Town(site, room)
    for client in (*town.leads, *town.ears):
        await client.connect()
    crowd = [
        *(town.be_cut(place) for place in CUT),
        *(town.come_and_go(place) for place in COMING),
        *(town.read(place) for place in READING),
    ]
    going_on = [asyncio.create_task(town.noting(work)) for work in crowd]
    await asyncio.sleep(3)
    for number in range(ROUNDS):
        await one_round(town, number)
    await at_tables(town)
    await control(town, town.ears[: ROUNDS * 2 * len(WAYS) : 2] + town.ears[:60])
    # A desk that begins anew is shown what is hidden.
    await town.leads[0].missed(epoch="none", since=0, version=0)
    town.stop.set()
    await asyncio.gather(*going_on)
    pages = await afterwards(town)
    for client in (*town.leads, *town.ears):
        await client.leave()
    await site.close()
    return town, pages


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_nobody_is_sent_what_was_hidden(
    database: str, quick_city: Any, fresh_database: Any, keeper: Keeper, judge: Any
) -> None:
    city = quick_city(fresh_database(database))
    printed = city.run(
        "-m", "bench.room", "--people", "200", "--moderators", "2",
        "--proposals", "12", "--ballots", "open",
    )  # fmt: skip

    town, pages = asyncio.run(evening(Site(city.url), json.loads(printed)))

    aviary, facts = town.aviary, {"database": database}
    for trouble in town.troubles[:5]:
        print(trouble)
    assert not town.troubles
    hidden = aviary.hidden
    for leak in aviary.leaks[:20]:
        print("LEAK", leak)
    ways = sorted({canary.way for canary in hidden})
    what = f"200 people, {len(hidden)} texts hidden in {len(ways)} ways"
    number = len(aviary.leaks)
    judge(f"{what}: deliveries with one of them after the confirmation", number, "0",
          not number, **facts)  # fmt: skip
    blind = [canary.way for canary in hidden if not canary.seen_by]
    judge("… that nobody else had seen before", len(blind), "0", not blind, **facts)
    found = len(aviary.still_known & {c.name.encode() for c in hidden})
    judge("… found by the same search where they may be read on",
          f"{found} of {len(hidden)}", "all", found == len(hidden),
          **facts)  # fmt: skip
    bred = len(aviary.canaries)
    judge("… bred and hidden", f"{len(hidden)} of {bred}", "all",
          len(hidden) == bred >= ROUNDS * len(WAYS), **facts)  # fmt: skip
    way = sum(1 for __ in aviary.on_their_way)
    longest = max((leak.seconds for leak in aviary.on_their_way), default=0.0)
    judge("… deliveries with one that were on their way at the confirmation",
          f"{way}, the longest {longest * 1000:.0f} ms", "", None, **facts)  # fmt: skip
    judge("… searched", f"{aviary.size / 2**20:.0f} MB of {aviary.deliveries:,} "
          f"deliveries; {town.cut} resumed, {town.came} came in, "
          f"{sum(aviary.pages.values()):,} answers, {pages} addresses crawled",
          "", None, **facts)  # fmt: skip
