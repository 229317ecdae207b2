"""The Python client of the room, against the real application."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from live.client import RoomClient
from live.crowd.gathering import compare_with_fresh, settle
from live.traffic import NotLetIn, Refused, Site, Unanswered
from tests.conftest import LiveCity
from tests.live.evenings import hold_evening


@dataclass
class Room:
    site: Site
    code: str
    lead_cookies: dict[str, str]

    async def come_in(self, name: str) -> RoomClient:
        client = RoomClient(self.site, self.code, name=name)
        await client.join()
        await client.load_page()
        await client.connect()
        return client

    async def lead(self) -> RoomClient:
        client = RoomClient(
            self.site, self.code, screen="desk", cookies=self.lead_cookies
        )
        await client.load_page()
        await client.connect()
        return client


@pytest.fixture(scope="module")
def evening(live_city: LiveCity) -> tuple[str, dict[str, str]]:
    return hold_evening(live_city.server, "client-evening")


@pytest.fixture
async def room(
    live_city: LiveCity, evening: tuple[str, dict[str, str]]
) -> AsyncIterator[Room]:
    site = Site(live_city.url)
    yield Room(site, *evening)
    await site.close()


async def test_what_one_says_the_other_sees(room: Room):
    ayla, bernd = await room.come_in("Ayla"), await room.come_in("Bernd")

    done = await ayla.send("submit_proposal", title="Zebrastreifen am Tor")
    await bernd.send("take_stance", proposal=done["proposal"], value="agree")
    await settle([ayla, bernd], ayla)

    shown = bernd.state.element(f"proposal-{done['proposal']}-title")
    assert shown is not None
    assert shown.text == "Zebrastreifen am Tor"
    assert await compare_with_fresh([ayla, bernd]) == []
    await ayla.leave()
    await bernd.leave()


async def test_who_was_cut_off_hears_what_was_missed(room: Room):
    carla, dilan = await room.come_in("Carla"), await room.come_in("Dilan")

    await dilan.drop()
    for number in range(3):
        await carla.send("submit_proposal", title=f"Vorschlag {number}")
    await settle([carla, dilan], carla)

    assert dilan.figures.reconnects == 1
    assert await compare_with_fresh([carla, dilan]) == []
    await carla.leave()
    await dilan.leave()


async def test_refusal_has_its_code(room: Room):
    emre = await room.come_in("Emre")

    with pytest.raises(Refused, match=r"right\.missing"):
        await emre.send("take_stance", proposal=10**9, value="agree")

    assert emre.figures.refused_codes == {"right.missing": 1}
    await emre.leave()


async def test_refusal_that_says_when_is_obeyed(room: Room):
    frieda = await room.come_in("Frieda")

    # Faster than the socket lets anybody be.
    await asyncio.gather(
        *(frieda.send("save_draft", title="Bänke", patience=30) for __ in range(75))
    )

    assert set(frieda.figures.refused_codes) <= {"socket.too_fast"}
    assert frieda.figures.retries == frieda.figures.refusals
    await frieda.leave()


async def test_repeated_vote_gets_the_same_receipt(room: Room):
    gerd, lead = await room.come_in("Gerd"), await room.lead()
    drafted = await lead.send(
        "draft_ballot", title="Womit beginnen?", secrecy="secret", method="yes_no"
    )
    await lead.send("open_ballot", ballot=drafted["ballot"])
    await settle([gerd], gerd)
    card = gerd.state.element(f"ballot-{drafted['ballot']}")
    assert card is not None
    option = int(next(card.find("name", "options")).attributes["value"])
    vote = {"ballot": drafted["ballot"], "options": [option]}

    receipts = [
        (await gerd.send("cast_vote", **vote, request_key="abcdefgh1234"))["receipt"]
        for __ in range(2)
    ]

    assert receipts[0] == receipts[1]
    with pytest.raises(Refused, match=r"vote\.already_cast"):
        await gerd.cast_vote(drafted["ballot"], options=[option])
    await gerd.leave()
    await lead.leave()


async def test_stranger_is_not_let_in(room: Room):
    stranger = RoomClient(room.site, room.code, name="Hanna")

    with pytest.raises(NotLetIn):
        await stranger.connect()

    assert stranger.ended == 4401
    with pytest.raises(Unanswered):
        await stranger.send("react", kind="agree")


async def test_name_is_taken_once(room: Room):
    ibrahim = RoomClient(room.site, room.code, name="Ibrahim")
    await ibrahim.join()

    with pytest.raises(NotLetIn, match="Ibrahim"):
        await RoomClient(room.site, room.code, name="Ibrahim").join()
