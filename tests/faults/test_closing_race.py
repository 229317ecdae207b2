"""Votes against the closing of their ballot: a receipt or "closed", never both."""

import asyncio
import os
import random
import time
from typing import Any

import pytest

from tests.faults.conftest import Judge
from tests.faults.databases import rows_in
from tests.faults.journal import Journal
from tests.faults.voters import Told, Voter

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

CLOSINGS = int(os.environ.get("CLOSINGS", "500"))
PER_ROOM = 50
VOTERS = 8
COUNTED = """
    SELECT ballot.id, ballot.state, ballot.turnout,
      (SELECT turnout FROM proposals_tally WHERE ballot_id = ballot.id),
      (SELECT COUNT(*) FROM proposals_rollentry
        WHERE ballot_id = ballot.id AND has_voted),
      (SELECT COUNT(*) FROM proposals_sealedmark WHERE ballot_id = ballot.id)
      + (SELECT COUNT(*) FROM proposals_vote WHERE ballot_id = ballot.id)
    FROM proposals_ballot AS ballot
"""


class Race:
    """Ballot after ballot of one room: all vote while the moderator closes it."""

    def __init__(self, room: dict[str, Any], port: int) -> None:
        self.room = room
        told, journal = Told(), Journal()
        self.voters = [
            Voter(room, n, [port], journal, told, by_form=n >= VOTERS - 2)
            for n in range(VOTERS)
        ]
        self.latecomer = Voter(room, VOTERS, [port], journal, told)
        self.moderator = Voter(room, -1, [port], journal, told)
        self.chance = random.Random(room["code"])
        # How long a vote takes here: closing must come in the middle of them.
        self.usual = 0.01
        self.receipts: dict[int, int] = {}
        self.torn = self.after_closing = 0
        self.strange: list[dict[str, Any]] = []

    async def run(self) -> None:
        sockets = [v for v in self.voters if not v.by_form]
        everybody = [*self.voters, self.latecomer, self.moderator]
        for line in (*sockets, self.latecomer, self.moderator):
            await line.open()
        for ballot in self.room["ballots"]:
            await self.close_one(ballot)
        await asyncio.gather(*(line.leave() for line in everybody))

    async def close_one(self, ballot: dict[str, Any]) -> None:
        closing, *answers = await asyncio.gather(
            self.close(ballot), *(self.vote(voter, ballot) for voter in self.voters)
        )
        assert "ok" in closing, closing
        late = await self.vote(self.latecomer, ballot, at_once=True)
        self.after_closing += "ok" in late
        accepted = sum("ok" in answer for answer in answers)
        self.receipts[ballot["ballot"]] = accepted
        self.torn += 0 < accepted < len(answers)
        self.strange += [
            answer
            for answer in (*answers, late)
            if "refused" in answer and answer["refused"]["code"] != "ballot.not_open"
        ]

    async def close(self, ballot: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(self.chance.uniform(0, 2 * self.usual))
        return await self.moderator.ask("close_ballot", ballot=ballot["ballot"])

    async def vote(
        self, voter: Voter, ballot: dict[str, Any], *, at_once: bool = False
    ) -> dict[str, Any]:
        if not at_once:
            await asyncio.sleep(self.chance.uniform(0, 2 * self.usual))
        started = time.monotonic()
        answer = await voter.ask(
            "cast_vote",
            ballot=ballot["ballot"],
            options=[self.chance.choice(ballot["options"])],
            request_key=f"key-{voter.pk:06}-{ballot['ballot']:06}",
        )
        self.usual += (time.monotonic() - started - self.usual) / 20
        return answer


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_votes_against_closing(
    database: str, quick_city, fresh_database, make_room, judge: Judge
):
    url = fresh_database(database)
    city = quick_city(url)
    races = []
    for first in range(0, CLOSINGS, PER_ROOM):
        kinds = [
            ("open", "secret")[n % 2] for n in range(min(PER_ROOM, CLOSINGS - first))
        ]
        room = make_room(city, people=VOTERS + 1, proposals=1, ballots=kinds)
        races.append(Race(room, city.port))

    async def all_races() -> None:
        # Three rooms at a time: rooms must not disturb each other either.
        slots = asyncio.Semaphore(3)

        async def one(race: Race) -> None:
            async with slots:
                await race.run()

        await asyncio.gather(*(one(race) for race in races))

    asyncio.run(all_races())
    told = {pk: number for race in races for pk, number in race.receipts.items()}
    wrong = [
        row
        for row in rows_in(url, COUNTED)
        if row[1] != "closed" or set(row[2:]) != {told[row[0]]}
    ]
    strange = [answer for race in races for answer in race.strange]
    assert strange == []
    judge(
        f"votes against closing, {len(told)} ballots: counted differs from receipts",
        len(wrong),
        "0",
        not wrong,
        database=database,
    )
    judge(
        "… receipts after closing",
        sum(race.after_closing for race in races),
        "0",
        not any(race.after_closing for race in races),
        database=database,
    )
    torn = sum(race.torn for race in races)
    judge(
        "… ballots closed in the middle of their votes",
        f"{torn} of {len(told)}",
        "at least a tenth",
        torn * 10 >= len(told),
        database=database,
    )
