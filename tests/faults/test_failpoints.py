"""The server dies at four places in the way of a vote; the clients send again."""

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Judge, Keeper
from tests.faults.databases import roll_in
from tests.faults.journal import Journal
from tests.faults.quick import QuickCity
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd, Voter

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

ROUNDS = int(os.environ.get("ROUNDS", "25"))
# Named as in failpoints.py, which only the server can import.
IS_DONE = {
    "before the transaction": False,
    "before commit": False,
    "after commit": True,
    "before the answer": True,
}


class Trial:
    """Round after round: four vote at once, the server dies, all send again."""

    def __init__(self, city: QuickCity, keeper: Keeper, room: dict[str, Any]) -> None:
        self.city, self.keeper, self.room = city, keeper, room
        self.crowd = Crowd(room, [city.port], people=len(room["people"]))
        self.armed = Path(city.env["DATA_DIR"]) / "failpoint"
        self.chance = random.Random(3)
        # Place -> of each round, whether the vote that was cut off was done.
        self.done: dict[str, list[bool]] = {place: [] for place in IS_DONE}

    async def run(self) -> Journal:
        voters = self.crowd.voters
        for number in range(ROUNDS):
            for place in IS_DONE:
                first = number * 4 % (len(voters) - 3)
                await self.round(place, voters[first : first + 4])
        await self.crowd.repeat()
        await asyncio.gather(*(voter.leave() for voter in voters))
        return self.crowd.journal

    async def round(self, place: str, voters: list[Voter]) -> None:
        for voter in voters:
            if not voter.by_form and voter._line is None:
                await voter.open()
        ballot = self.room["ballots"][0]
        self.armed.write_text(place)
        voting = [
            asyncio.create_task(
                voter.vote(ballot["ballot"], self.chance.choice(ballot["options"]))
            )
            for voter in voters
        ]
        deadline = time.monotonic() + 30
        while self.city.is_running:
            assert time.monotonic() < deadline, f"nobody came {place}"
            await asyncio.sleep(0.005)
        cut_off = [voter.pending for voter in voters if voter.pending]
        await self.keeper.do(self.city.kill)
        roll = await self.keeper.do(roll_in, self.city.env["DATABASE_URL"])
        await self.keeper.do(self.city.start)
        await asyncio.gather(*voting)
        self.done[place].append(
            any(
                roll.get((deed.person, deed.facts["ballot"])) in deed.receipts
                for deed in cut_off
            )
        )


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_failpoints(
    database: str, quick_city, fresh_database, keeper, make_room, judge: Judge
):
    city = quick_city(
        fresh_database(database), application="tests.faults.failpoints:application"
    )
    trial = Trial(city, keeper, make_room(city, people=24))
    journal = asyncio.run(trial.run())
    for place, is_done in IS_DONE.items():
        right = sum(done is is_done for done in trial.done[place])
        judge(
            f"killed {place}, client repeats: vote {'was' if is_done else 'was not'} "
            "in the database, then counted once",
            f"{right} of {ROUNDS}",
            "all",
            right == ROUNDS,
            database=database,
        )
    found = found_in(city, trial.room["code"])
    judge_journal(judge, "killed at four places", journal, found, database)
