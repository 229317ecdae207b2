"""kill -9 of the server at random moments: nothing acknowledged is lost.

`KILLS=200 make faults` kills more often.
"""

import asyncio
import json
import os
import random
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import pytest

from bench.servers import RoomCity
from live.traffic import Refused, Site
from tests.faults.checker import problems
from tests.faults.citizens import Citizen, client_of, differing, settle
from tests.faults.conftest import Keeper
from tests.faults.journal import Deed, Journal
from tests.servers import Postgres

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

KILLS = int(os.environ.get("KILLS", "20"))
CITIZENS = 56
ROLL = (
    "SELECT participation_id, ballot_id, receipt FROM proposals_rollentry "
    "WHERE has_voted"
)
Roll = dict[tuple[int, int], str]


async def evening(
    city: RoomCity, keeper: Keeper, room: dict[str, Any], roll: Callable[[], Roll]
) -> tuple[Journal, dict[str, Any]]:
    """Everybody acts while the server is killed; then all is held against all."""
    site = Site(city.url)
    journal = Journal()
    people = [
        Citizen(
            # Drawing all screens costs more than it shows: order and gaps for all,
            # the whole page for every fifth.
            client_of(site, room, place, keeps_regions=place % 5 == 0),
            who["participation"],
            room,
            journal,
        )
        for place, who in enumerate(room["people"])
    ]
    clients = [person.client for person in people]
    await asyncio.gather(*(client.connect() for client in clients))
    stop = asyncio.Event()
    acting = [asyncio.create_task(person.act(stop)) for person in people]
    figures = await kill_often(city, keeper, people, roll)
    stop.set()
    await asyncio.gather(*acting)
    await everybody_votes(people)
    await repeat_all(people, journal)
    await settle(clients)
    printed = await keeper.do(city.run, "-m", "tests.faults.found", room["code"])
    lines = problems(journal, json.loads(printed))
    lines += await differing([c for c in clients if c.state.keeps_regions])
    assert lines == []
    figures |= {
        "sent": sum(deed.tries for deed in journal.deeds),
        "acknowledged": journal.acknowledged,
        "votes acknowledged": sum(d.acknowledged for d in journal.of("cast_vote")),
        "never answered": journal.unanswered,
        "entries": clients[0].state.seq,
        "reconnects": sum(client.figures.reconnects for client in clients),
        "lost": 0,
        "doubled": 0,
        "screens that differ": 0,
    }
    await asyncio.gather(*(client.leave() for client in clients))
    await site.close()
    return journal, figures


async def until(condition: Callable[[], Any], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this never came"
        await asyncio.sleep(0.02)


def all_told(deeds: list[Deed]) -> bool:
    return all(deed.acknowledged or deed.refused for deed in deeds)


def answers(people: list[Citizen], after: float) -> list[float]:
    """When anybody was told that something is done."""
    return [when for p in people for when in p.answered if when > after]


async def kill_often(
    city: RoomCity, keeper: Keeper, people: list[Citizen], roll: Callable[[], Roll]
) -> dict[str, Any]:
    """Kill in the middle of things; look at the roll before the server is back."""
    chance = random.Random(7)
    waits, committed, ambiguous = [], 0, 0
    for __ in range(KILLS):
        before = time.monotonic()
        await until(partial(answers, people, before))
        await asyncio.sleep(chance.uniform(0, 1.2))
        await keeper.do(city.kill)
        killed = time.monotonic()
        kept = await keeper.do(roll)
        # Sent, and cut off before the answer: done or not, nobody was told.
        pending = [p.pending for p in people if p.pending and p.pending.tries]
        await keeper.do(city.start)
        await until(partial(all_told, pending))
        await until(partial(answers, people, killed))
        waits.append(min(answers(people, killed)) - killed)
        ambiguous += len(pending)
        committed += sum(
            kept.get((deed.person, deed.facts["ballot"])) in deed.receipts
            for deed in pending
        )
    return {
        "kills": KILLS,
        "citizens": len(people),
        "votes cut off before their receipt": ambiguous,
        "of these committed already": committed,
        "seconds from kill to the next acknowledgement (median)": round(
            median(waits), 1
        ),
    }


async def everybody_votes(people: list[Citizen]) -> None:
    """Who has not yet voted in secret does so now; a second vote is refused."""

    async def vote(person: Citizen) -> None:
        ballot = person.secret
        option = person.chance.choice(ballot["options"])
        if not person.has_voted:
            person.has_voted = True
            deed = person.journal.add(
                person.pk,
                "cast_vote",
                person._key(),
                ballot=ballot["ballot"],
                option=option,
            )
            await person._until_acknowledged(deed)
            assert deed.acknowledged, deed
        with pytest.raises(Refused, match="already_cast"):
            await person.client.send(
                "cast_vote",
                ballot=ballot["ballot"],
                options=[option],
                request_key=person._key(),
            )

    await asyncio.gather(*(vote(person) for person in people))


async def repeat_all(people: list[Citizen], journal: Journal) -> None:
    """Everybody's last vote in each ballot once more: the checker wants the same
    receipt and the same counts."""
    last = {
        (deed.person, deed.facts["ballot"]): deed for deed in journal.of("cast_vote")
    }
    by_pk = {person.pk: person for person in people}
    repeated = [deed for deed in last.values() if deed.acknowledged]
    await asyncio.gather(*(by_pk[deed.person].repeat(deed) for deed in repeated))
    assert all(len(deed.receipts) > 1 for deed in repeated)


def test_kill_loses_nothing_on_sqlite(sqlite_city, keeper, make_room, note):
    room = make_room(sqlite_city, people=CITIZENS)

    def roll() -> Roll:
        connection = sqlite3.connect(sqlite_city.directory / "city.sqlite3")
        try:
            return {(who, what): code for who, what, code in connection.execute(ROLL)}
        finally:
            connection.close()

    __, figures = asyncio.run(evening(sqlite_city, keeper, room, roll))
    note(**figures)


def test_kill_loses_nothing_on_postgres(
    postgres_city, keeper, make_room, note, postgres_server: Postgres
):
    room = make_room(postgres_city, people=CITIZENS)
    database = postgres_city.env["DATABASE_URL"].rpartition("/")[2]

    def roll() -> Roll:
        rows = postgres_server.sql(ROLL, database).splitlines()
        parts = (row.split("|") for row in rows)
        return {(int(who), int(what)): code for who, what, code in parts}

    __, figures = asyncio.run(evening(postgres_city, keeper, room, roll))
    note(**figures)
