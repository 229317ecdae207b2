"""64 votes of one person at once, by socket and by form, on two processes."""

import asyncio
import os
from collections import Counter
from typing import Any

import pytest

from tests.faults.conftest import Judge
from tests.faults.journal import Journal
from tests.faults.verdicts import found_in
from tests.faults.voters import Told, Voter

pytestmark = [pytest.mark.faults, pytest.mark.redis, pytest.mark.timeout(0)]

ROUNDS = int(os.environ.get("ROUNDS", "200"))
AT_ONCE = 64
# So many of them are the same request, sent again and again.
SAME = 8


class Round:
    """One person with three tabs and a browser at each of two processes."""

    def __init__(self, room: dict[str, Any], place: int, ports: list[int]) -> None:
        self.pk = room["people"][place]["participation"]
        # Half of the rounds in the open ballot, half in the secret one.
        self.ballot = room["ballots"][place % 2]
        self.lines = [
            Voter(room, place, [port], Journal(), Told(), by_form=by_form)
            for port in ports
            for by_form in (False, False, False, True)
        ]
        options = self.ballot["options"]
        self.options = {
            self.key_of(number): options[number % len(options)]
            for number in reversed(range(AT_ONCE))
        }
        self.receipts: dict[str, set[str]] = {}
        self.refused: Counter[str] = Counter()
        self.answers = 0

    def key_of(self, number: int) -> str:
        return f"key-{self.pk}-{0 if number < SAME else number:04}"

    async def run(self) -> None:
        sockets = [line for line in self.lines if not line.by_form]
        await asyncio.gather(*(line.open() for line in sockets))
        await asyncio.gather(*(self.vote(number) for number in range(AT_ONCE)))
        await asyncio.gather(*(line.leave() for line in self.lines))

    async def vote(self, number: int) -> None:
        key = self.key_of(number)
        answer = await self.lines[number % len(self.lines)].ask(
            "cast_vote",
            ballot=self.ballot["ballot"],
            options=[self.options[key]],
            request_key=key,
        )
        self.answers += 1
        if "ok" in answer:
            self.receipts.setdefault(key, set()).add(answer["ok"]["receipt"])
        else:
            self.refused[answer["refused"]["code"]] += 1

    def keeps_the_rule(self, is_secret: bool) -> bool:
        """Secret: one request wins, all others are refused. Open: all count in turn."""
        if self.answers != AT_ONCE:
            return False
        if is_secret:
            return len(self.receipts) == 1 and set(self.refused) == {
                "vote.already_cast"
            }
        return len(self.receipts) == AT_ONCE - SAME + 1 and not self.refused

    def is_one_ballot(self, facts: dict[str, Any]) -> bool:
        """The roll has a receipt that was given; an open vote is that request's."""
        receipts = [code for pk, has, code in facts["roll"] if pk == self.pk and has]
        keys = [key for key, codes in self.receipts.items() if codes == set(receipts)]
        if len(receipts) != 1 or len(keys) != 1:
            return False
        if facts["secret"]:
            return True
        marks = [option for pk, option in facts["votes"] if pk == self.pk]
        return marks == [self.options[keys[0]]]


def judge_rounds(
    judge: Judge, rounds: list[Round], found: dict[str, Any], database: str
) -> None:
    facts = {row["ballot"]: row for row in found["ballots"]}
    single = sum(one.is_one_ballot(facts[one.ballot["ballot"]]) for one in rounds)
    receipts = [codes for one in rounds for codes in one.receipts.values()]
    ruled = sum(
        one.keeps_the_rule(facts[one.ballot["ballot"]]["secret"]) for one in rounds
    )
    # No row twice, and as many sheets as voters, whoever they are.
    sums = [
        row["turnout"] == len(rows) == sum(has for __, has, __ in row["roll"])
        for row in facts.values()
        for rows in [row["sheets"] if row["secret"] else row["votes"]]
    ]
    what = f"{AT_ONCE} votes of one person at once, two processes"
    judge(
        f"{what}: rounds with exactly one ballot",
        f"{single} of {len(rounds)}",
        "all",
        single == len(rounds) and all(sums),
        database=database,
    )
    judge(
        "… requests told more than one receipt",
        f"{sum(len(codes) > 1 for codes in receipts)} of {len(receipts):,}",
        "0",
        all(len(codes) == 1 for codes in receipts),
        database=database,
    )
    judge(
        "… rounds in which the others were refused (secret) or replaced (open)",
        f"{ruled} of {len(rounds)}",
        "all",
        ruled == len(rounds),
        database=database,
    )


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_one_ballot(
    database: str, quick_city, fresh_database, make_room, judge: Judge, redis_url: str
):
    url = fresh_database(database)
    shared = {"REDIS_URL": redis_url, "WEB_PROCESSES": "2"}
    cities = [quick_city(url, **shared) for __ in range(2)]
    room = make_room(cities[0], people=ROUNDS)
    ports = [city.port for city in cities]
    rounds = [Round(room, place, ports) for place in range(ROUNDS)]

    async def all_rounds() -> None:
        for one in rounds:
            await one.run()

    asyncio.run(all_rounds())
    judge_rounds(judge, rounds, found_in(cities[0], room["code"]), database)
