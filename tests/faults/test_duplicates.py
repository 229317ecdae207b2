"""A line that sends every frame of a client twice: effects once where it counts."""

import asyncio
import json
import secrets
from collections import Counter
from typing import Any

import pytest

from live.client import RoomClient
from live.traffic import Site
from tests.faults.checker import problems
from tests.faults.cities import SERVERS, each_server, standing
from tests.faults.citizens import client_of
from tests.faults.journal import Journal
from tests.faults.proxy import Proxy
from tests.servers import City

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

PEOPLE = 20


async def act(
    client: RoomClient, place: int, room: dict[str, Any], log: Journal
) -> None:
    """One of everything, each of which goes out twice."""
    person = room["people"][place]["participation"]
    for ballot in room["ballots"]:
        key = "key-" + secrets.token_hex(8)
        option = ballot["options"][place % len(ballot["options"])]
        deed = log.add(person, "cast_vote", key, ballot=ballot["ballot"], option=option)
        done = await client.send(
            "cast_vote", ballot=ballot["ballot"], options=[option], request_key=key
        )
        deed.receipts.append(done["receipt"])
    for proposal in room["proposals"]:
        facts = {"proposal": proposal, "value": ["agree", "pass"][place % 2]}
        log.add(person, "take_stance", "", **facts).receipts.append("")
        await client.send("take_stance", **facts)
        if place:
            await client.send("support", kind="proposal", pk=proposal)
    key = f"key-{place}"
    await client.send("submit_proposal", title=f"{key} zweimal")
    await client.send("add_comment", proposal=room["proposals"][0], text=f"{key} ja")
    await client.send("ask_question", text=f"{key}?")


async def twice(city: City, room: dict[str, Any]) -> dict[str, Any]:
    log = Journal()
    async with Proxy(city.port) as proxy:
        site = Site(proxy.url)
        clients = [client_of(site, room, place) for place in range(PEOPLE)]
        for client in clients:
            await client.connect()
        proxy.repeats = True
        await asyncio.gather(
            *(act(client, place, room, log) for place, client in enumerate(clients))
        )
        await asyncio.sleep(1)
        proxy.repeats = False
        for client in clients:
            await client.leave()
        await site.close()
        repeated = proxy.repeated
    return {"journal": log, "repeated": repeated}


@each_server
def test_frames_that_come_twice(server, tmp_path, make_room, judge, note):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=PEOPLE, proposals=3)
        done = asyncio.run(twice(city, room))
        found = json.loads(city.run("-m", "tests.faults.found", room["code"]))
    written = Counter(text.split()[0] for __, text in found["proposals"])
    said = Counter(text.split()[0] for __, text in found["comments"])
    doubled = sum(
        number > 1
        for texts in (written, said)
        for key, number in texts.items()
        if key.startswith("key-")
    )
    # Contributions are judged apart.
    found["proposals"], found["comments"] = [], []
    wrong = problems(done["journal"], found)
    note(repeated=done["repeated"], wrong=wrong, doubled=doubled)
    judge(
        f"votes and stances of {PEOPLE} people, every frame twice, {server}: "
        "lost, doubled or another receipt",
        "; ".join(wrong[:3]) or 0,
        0,
        not wrong and done["repeated"] > PEOPLE,
    )
    judge(
        f"proposals and comments, every frame twice, {server}: written twice",
        f"{doubled} of {2 * PEOPLE}",
        "known: they have no key, and no line of TCP repeats",
        None,
    )
