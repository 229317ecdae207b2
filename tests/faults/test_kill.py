"""kill -9 of the server in a burst of votes: nothing acknowledged is lost.

200 times on each database (KILLS). Two thirds only vote, as fast as they are told;
the others do everything a citizen can and keep their screens.
"""

import asyncio
import os
import random
import time
from functools import partial
from statistics import median
from typing import Any

import pytest

import live.client
from live.traffic import Refused, Site
from tests.faults.citizens import Citizen, client_of, differing, settle
from tests.faults.conftest import Judge, Keeper
from tests.faults.databases import roll_in
from tests.faults.journal import Deed, Journal
from tests.faults.quick import QuickCity
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd, Voter

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

KILLS = int(os.environ.get("KILLS", "200"))
VOTERS, CITIZENS = 20, 10


@pytest.fixture(autouse=True)
def come_back_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Citizens pause as long as the server is away, not as long as a hall would."""
    monkeypatch.setattr(live.client, "FIRST_PAUSE", 0.3)


class Evening:
    """Everybody acts while the server is killed; then all is held against all."""

    def __init__(self, city: QuickCity, keeper: Keeper, room: dict[str, Any]) -> None:
        self.city, self.keeper, self.room = city, keeper, room
        self.journal = Journal()
        self.site = Site(city.url)
        self.crowd = Crowd(room, [city.port], people=VOTERS, journal=self.journal)
        self.citizens = [
            # Drawing all screens costs more than it shows: order and gaps for all,
            # the whole page for every third.
            Citizen(
                client_of(self.site, room, place, keeps_regions=place % 3 == 0),
                room["people"][place]["participation"],
                room,
                self.journal,
            )
            for place in range(VOTERS, VOTERS + CITIZENS)
        ]

    async def run(self) -> dict[str, Any]:
        clients = [person.client for person in self.citizens]
        await asyncio.gather(*(client.connect() for client in clients))
        stop = asyncio.Event()
        acting = [asyncio.create_task(person.act(stop)) for person in self.citizens]
        async with self.crowd.voting(pause=0.03):
            figures = await self.kill_often()
        stop.set()
        await asyncio.gather(*acting)
        await everybody_votes(self.citizens)
        await repeat_all(self.citizens, self.journal)
        await settle(clients)
        figures["screens"] = await differing(
            [client for client in clients if client.state.keeps_regions]
        )
        await asyncio.gather(*(client.leave() for client in clients))
        await self.site.close()
        return figures

    async def kill_often(self) -> dict[str, Any]:
        """Kill in the middle of things; look at the roll before the server is back."""
        chance = random.Random(7)
        waits, committed, ambiguous = [], 0, 0
        people: list[Voter | Citizen] = [*self.crowd.voters, *self.citizens]
        for __ in range(KILLS):
            await self.crowd.next_receipt(time.monotonic())
            await asyncio.sleep(chance.uniform(0, 0.5))
            await self.keeper.do(self.city.kill)
            killed = time.monotonic()
            kept = await self.keeper.do(roll_in, self.city.env["DATABASE_URL"])
            # Sent, and cut off before the answer: done or not, nobody was told.
            pending = [
                deed for person in people if (deed := person.pending) and deed.tries
            ]
            await self.keeper.do(self.city.start)
            await self.crowd.until(partial(all_told, pending), 120)
            waits.append(await self.crowd.next_receipt(killed) - killed)
            ambiguous += len(pending)
            committed += sum(
                kept.get((deed.person, deed.facts["ballot"])) in deed.receipts
                for deed in pending
            )
        return {"cut off": ambiguous, "committed": committed, "waits": waits}


def all_told(deeds: list[Deed]) -> bool:
    return all(deed.acknowledged or deed.refused for deed in deeds)


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
    by_pk = {person.pk: person for person in people}
    last = {
        (deed.person, deed.facts["ballot"]): deed
        for deed in journal.of("cast_vote")
        if deed.person in by_pk
    }
    repeated = [deed for deed in last.values() if deed.acknowledged]
    await asyncio.gather(*(by_pk[deed.person].repeat(deed) for deed in repeated))
    assert all(len(deed.receipts) > 1 for deed in repeated)


def judge_evening(
    judge: Judge, evening: Evening, figures: dict[str, Any], database: str
) -> None:
    what = f"kill -9, {KILLS} times in a burst of votes"
    found = found_in(evening.city, evening.room["code"])
    judge_journal(judge, what, evening.journal, found, database)
    committed = f"{figures['committed']} of {figures['cut off']}"
    judge(
        "… votes cut off between commit and answer, told the same receipt later",
        committed,
        "some",
        figures["committed"] > 0,
        database=database,
    )
    judge(
        "… screens that differ from a newcomer's at the end",
        len(figures["screens"]),
        "0",
        not figures["screens"],
        database=database,
    )
    wait = median(figures["waits"])
    print(f"seconds from kill to the next receipt, median: {wait:.2f}")


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_kill(database, quick_city, fresh_database, keeper, make_room, judge):
    city = quick_city(fresh_database(database))
    evening = Evening(city, keeper, make_room(city, people=VOTERS + CITIZENS))
    figures = asyncio.run(evening.run())
    judge_evening(judge, evening, figures, database)
