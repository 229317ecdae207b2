"""kill -9 of the server while moderators decide: every act is whole, or is not there.

KILLS times on each database. Three screens of two moderators hide, restore, send back,
approve, silence, exclude, let in, merge, part and rule on appeals; authors reword and
appeal. Afterwards each decision, appeal and ruling must have its reason, its messages
and its entry, each state its decision, and nothing that was confirmed is lost.
"""

import asyncio
import json
import os
import random
import secrets
from typing import Any

import pytest

import live.client
from live.client import RoomClient
from live.traffic import Refused, Site, Unanswered
from tests.faults.conftest import Keeper
from tests.faults.quick import QuickCity

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

KILLS = int(os.environ.get("KILLS", "60"))
SCREENS, PEOPLE, PROPOSALS = 3, 12, 12
# The first of the people reword and appeal; others are silenced and excluded.
AUTHORS = 4


@pytest.fixture(autouse=True)
def come_back_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.client, "FIRST_PAUSE", 0.3)


class Actor:
    """One screen; acts until told to stop, keeps what was confirmed."""

    name, screen = "", "desk"

    def __init__(self, site: Site, room: dict[str, Any], place: int) -> None:
        self.room, self.place = room, place
        self.chance = random.Random(f"{self.screen} {place}")
        self.client = RoomClient(
            site,
            room["code"],
            name=f"{self.name} {place}",
            screen=self.screen,
            keeps_regions=False,
            cookies={"session": self.session()},
        )
        self.sent: list[str] = []
        self.confirmed: list[str] = []
        self.news = asyncio.Event()

    def session(self) -> str:
        raise NotImplementedError

    def choose(self, key: str) -> tuple[str, dict[str, Any]]:
        """A command in whose words the key stands."""
        raise NotImplementedError

    async def act(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(self.chance.uniform(0, 0.05))
            key = "key-" + secrets.token_hex(8)
            do, facts = self.choose(key)
            self.sent.append(key)
            try:
                await self.client.send(do, patience=0, **facts)
            except (Refused, Unanswered, ConnectionError, OSError):
                await asyncio.sleep(0.05)
            else:
                # A wording may be replaced by the next one.
                if do != "reword":
                    self.confirmed.append(key)
                self.room["appeals"] += do == "appeal"
                self.news.set()

    def trouble(self) -> str:
        """Why nothing is confirmed any more."""
        client = self.client
        is_up = "connected" if client.is_up.is_set() else "not connected"
        return (
            f"nothing of {client.name} was confirmed for long: {is_up}, closed with "
            f"{client.ended}, {client.figures.summary()}"
        )


class Author(Actor):
    """Rewords what was sent back, and appeals against decisions that come by."""

    name, screen = "author", "room"
    # Decisions are numbered from one: whose they are is found out by trying.
    tried = 0

    def session(self) -> str:
        return str(self.room["people"][self.place]["session"])

    def choose(self, key: str) -> tuple[str, dict[str, Any]]:
        pk = self.room["proposals"][self.place]
        if self.chance.random() < 0.3:
            return "reword", {"kind": "proposal", "pk": pk, "title": key, "text": key}
        self.tried = self.tried % (self.room["decided"] + 10) + 1
        return "appeal", {"decision": self.tried, "text": key}


class Moderator(Actor):
    name = "moderator"

    def session(self) -> str:
        moderators = self.room["moderators"]
        return str(moderators[self.place % len(moderators)]["session"])

    def choose(self, key: str) -> tuple[str, dict[str, Any]]:
        self.room["decided"] += 1
        pk = self.chance.choice(self.room["proposals"])
        about = {"kind": "proposal", "pk": pk}
        person = self.chance.choice(self.room["people"][AUTHORS:])["participation"]
        whom = {"participation": person}
        outcome = self.chance.choice(["upheld", "reversed"])
        # Numbered from one, too; one more may be on record, unconfirmed.
        appeal = self.chance.randint(1, self.room["appeals"] + 1)
        do, facts = self.chance.choice(
            [
                ("hide", {**about, "rule": "insult"}),
                ("restore", about),
                ("restore", about),
                ("ask_revision", {**about, "rule": "unreadable"}),
                ("approve", about),
                ("approve", about),
                ("approve", about),
                ("unmerge", about),
                ("silence", {**whom, "minutes": 5, "rule": "insult"}),
                ("end_silence", whom),
                ("exclude", {**whom, "rule": "insult"}),
                ("readmit", whom),
                ("merge", self._pair(pk)),
                ("rule_on_appeal", {"appeal": appeal, "outcome": outcome}),
                ("rule_on_appeal", {"appeal": appeal, "outcome": outcome}),
            ]
        )
        return do, {**facts, "reason": key}

    def _pair(self, into: int) -> dict[str, Any]:
        other = self.chance.choice([p for p in self.room["proposals"] if p != into])
        # The wording that was read is not what this is about: any digest's beginning.
        digest = self.room["wordings"][str(other)][:12]
        return {"kind": "proposal", "picked": [f"{other}-{digest}"], "into": into}


WORDINGS = """
import django, json, sys; django.setup()
from proposals.models import Proposal
from proposals.queries import wording_digest
rows = Proposal.objects.filter(dialogue__code=sys.argv[1])
print(json.dumps({row.pk: wording_digest(row) for row in rows}))
"""


async def decide(city: QuickCity, keeper: Keeper, room: dict[str, Any]) -> list[Actor]:
    site = Site(city.url)
    room["decided"] = room["appeals"] = 0
    moderators = [Moderator(site, room, place) for place in range(SCREENS)]
    everybody = [*moderators, *(Author(site, room, place) for place in range(AUTHORS))]
    await asyncio.gather(*(one.client.connect() for one in everybody))
    stop, chance = asyncio.Event(), random.Random(11)
    acting = [asyncio.create_task(one.act(stop)) for one in everybody]
    for __ in range(KILLS):
        one = chance.choice(moderators)
        one.news.clear()
        try:
            await asyncio.wait_for(one.news.wait(), 120)
        except TimeoutError:
            pytest.fail(one.trouble())
        await asyncio.sleep(chance.uniform(0, 0.5))
        await keeper.do(city.kill)
        await keeper.do(city.start)
    stop.set()
    await asyncio.gather(*acting)
    await asyncio.gather(*(one.client.leave() for one in everybody))
    await site.close()
    return everybody


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_kill_while_moderators_decide(
    database: str, quick_city: Any, fresh_database: Any, keeper: Keeper,
    make_room: Any, judge: Any,
) -> None:  # fmt: skip
    city = quick_city(fresh_database(database))
    room = make_room(city, people=PEOPLE, proposals=PROPOSALS, moderators=2)
    room["wordings"] = json.loads(city.run("-c", WORDINGS, room["code"]))

    everybody = asyncio.run(decide(city, keeper, room))

    found = json.loads(city.run("-m", "tests.faults.decided", room["code"]))
    for line in found["problems"][:20]:
        print(line)
    there = set(found["reasons"])
    confirmed = {reason for one in everybody for reason in one.confirmed}
    sent = {reason for one in everybody for reason in one.sent}
    what = f"kill -9, {KILLS} times while moderators decide"
    facts = {"database": database}
    number = len(found["problems"])
    judge(f"{what}: acts without reason, notice or record", number, "0",
          not number, **facts)  # fmt: skip
    lost = len(confirmed - there)
    judge("… confirmed and missing", f"{lost} of {len(confirmed)}", "0",
          not lost, **facts)  # fmt: skip
    strange = len(there - sent)
    judge("… decided by nobody", strange, "0", not strange, **facts)
    kinds = {
        "hide", "restore", "ask_revision", "approve", "silence", "end_silence",
        "exclude", "readmit", "merge", "appeal", "ruling",
    }  # fmt: skip
    missing = sorted(kinds - found["actions"].keys())
    # A few kills leave time for a few acts: then it is noted, and is no bar.
    judge("… kinds of acts that never came about", missing, "none",
          not missing if KILLS >= 60 else None, **facts)  # fmt: skip
