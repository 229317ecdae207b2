"""Rights that end while a socket is open: over two processes, without Redis.

The moderator and those who act are at one process, the sockets at the other.
"""

import asyncio
import re
import time
from functools import partial
from typing import Any

import pytest

from live.client import RoomClient
from live.traffic import Refused, Site
from tests.faults.cities import database_env, each_database, standing
from tests.faults.citizens import client_of
from tests.faults.conftest import Keeper
from tests.faults.wire import CLOSE, Wire, request
from tests.servers import City, Uvicorn

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

WITHIN = 5.0
CONTENT = ("ops", "counts", "snapshot")
DEEDS = ("-m", "tests.faults.deeds")


class Watched:
    """Somebody's screen, and when it last showed anything."""

    def __init__(self, client: RoomClient, who: dict[str, Any]) -> None:
        self.client, self.who = client, who
        self.last_content = 0.0
        client.on_frame = self._hear

    def _hear(self, frame: Any) -> None:
        if frame["kind"] in CONTENT:
            self.last_content = time.monotonic()

    async def closed_after(self, since: float) -> float:
        """Seconds until the server ended it; 99 if it does not."""
        while self.client.ended is None:
            if time.monotonic() - since > 15:
                return 99.0
            await asyncio.sleep(0.02)
        return time.monotonic() - since

    async def attempt(self, do: str, **payload: Any) -> str:
        try:
            await self.client.send(do, patience=0, **payload)
        except Refused as refused:
            return refused.code
        return "ok"

    async def goes_on(self) -> bool:
        """Whether what happens from now on is still shown."""
        now = time.monotonic()
        while self.last_content < now:
            if time.monotonic() - now > 5:
                return False
            await asyncio.sleep(0.05)
        return self.client.ended is None


class Evening:
    def __init__(
        self, here: City, there: City, room: dict[str, Any], keeper: Keeper
    ) -> None:
        self.here, self.room, self.keeper = here, room, keeper
        self.site, self.other_site = Site(here.url), Site(there.url)

    async def watch(self, place: int, **facts: Any) -> Watched:
        client = client_of(self.site, self.room, place, **facts)
        watched = Watched(client, self.room["people"][place])
        await client.connect()
        return watched

    async def deed(self, what: str, key: object) -> float:
        """Done in the database; returns when: all processes share this clock."""
        said: str = await self.keeper.do(self.here.run, *DEEDS, what, str(key))
        return float(said)

    async def logout(self, who: Watched) -> float:
        browser = who.client.browser
        # Its jar serves the socket as well: the old cookie is what it still has.
        session = who.who["session"]
        shown = await browser.get("/accounts/logout/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)
        assert token is not None
        answer = await browser.post(
            "/accounts/logout/",
            data={"csrfmiddlewaretoken": token[1]},
            headers={"Referer": self.here.url},
        )
        assert answer.status_code == 302
        browser.cookies.set("session", session)
        return time.monotonic()

    async def comes_back(self, session: str, screen: str = "room") -> int:
        """What a new socket with the old cookie is closed with; 0 if it is not."""
        path = f"/ws/d/{self.room['code']}/?screen={screen}&lang=de"
        wire = await Wire.open(self.here.port, request(self.here.port, path, session))
        try:
            async with asyncio.timeout(3):
                while (arrived := await wire.next()) is not None:
                    if arrived[0] == CLOSE:
                        return int.from_bytes(arrived[1][:2], "big")
        except TimeoutError:
            pass
        finally:
            wire.close()
        return 0


async def bustle(client: RoomClient, room: dict[str, Any]) -> None:
    """Numbers move all the time, so that everybody always has something to hear."""
    number = 0
    while True:
        number += 1
        await client.send(
            "take_stance",
            proposal=room["proposals"][0],
            value=["agree", "disagree"][number % 2],
        )
        await asyncio.sleep(0.2)


async def hold(
    here: City, there: City, room: dict[str, Any], keeper: Keeper
) -> dict[str, Any]:
    evening = Evening(here, there, room, keeper)
    writer = client_of(evening.other_site, room, 0)
    await writer.connect()
    lead = RoomClient(
        evening.other_site,
        room["code"],
        screen="desk",
        name="lead",
        cookies={"session": room["moderator"]["session"]},
    )
    await lead.connect()
    change = partial(lead.send, "change_participation")
    out, late, gone, quiet, listener, helper = [
        await evening.watch(place) for place in range(1, 7)
    ]
    await change(participation=helper.who["participation"], role="table_moderator")
    desk = await evening.watch(6, screen="desk")
    moving = asyncio.create_task(bustle(writer, room))
    closed: dict[str, tuple[float, int | None, int]] = {}

    async def ends(name: str, who: Watched, since: float, screen: str = "room") -> None:
        seconds = await who.closed_after(since)
        again = await evening.comes_back(who.who["session"], screen)
        closed[name] = (seconds, who.client.ended, again)

    await ends("logged out", out, await evening.logout(out))
    expired = await evening.deed("expire", late.who["session"])
    await ends("session expired", late, expired)
    await lead.send(
        "exclude",
        participation=gone.who["participation"],
        rule="insult",
        reason="Droht anderen",
    )
    refused_at_once = await gone_says(gone)
    await ends("excluded", gone, time.monotonic())
    await change(participation=helper.who["participation"], role="participant")
    await ends("lost the desk", desk, time.monotonic(), "desk")

    await evening.deed("silence", quiet.who["participation"])
    ballot = room["ballots"][0]
    kept: dict[str, list[str]] = {
        "silenced": [
            await quiet.attempt("add_comment", proposal=room["proposals"][0], text="x"),
            await quiet.attempt("ask_question", text="x"),
            await quiet.attempt(
                "cast_vote", ballot=ballot["ballot"], options=ballot["options"][:1]
            ),
            "hears" if await quiet.goes_on() else "deaf",
        ]
    }
    await change(participation=listener.who["participation"], role="observer")
    kept["made observer"] = [
        await listener.attempt(
            "cast_vote", ballot=ballot["ballot"], options=ballot["options"][:1]
        ),
        await listener.attempt(
            "take_stance", proposal=room["proposals"][0], value="agree"
        ),
        await listener.attempt("ask_question", text="x"),
        "hears" if await listener.goes_on() else "deaf",
    ]
    kept["desk lost, room kept"] = ["hears" if await helper.goes_on() else "deaf"]
    watched_lead = RoomClient(
        evening.site,
        room["code"],
        name="lead",
        cookies={"session": room["moderator"]["session"]},
    )
    changed = Watched(watched_lead, room["moderator"])
    await watched_lead.connect()
    since = await evening.deed("change_password", room["moderator"]["participation"])
    await ends("password changed", changed, since)
    moving.cancel()
    clients = [out, late, gone, quiet, listener, helper, desk, changed]
    for client in [writer, lead, *(who.client for who in clients)]:
        await client.leave()
    await evening.site.close()
    await evening.other_site.close()
    return {"closed": closed, "kept": kept, "excluded, at once": refused_at_once}


async def gone_says(gone: Watched) -> str:
    """What a command is answered right after the exclusion was confirmed."""
    try:
        return await gone.attempt("ask_question", text="Noch da?")
    except Exception as error:  # the socket is closed already: nothing was taken
        return type(error).__name__


EXPECTED = {
    "logged out": 4401,
    "session expired": 4401,
    "excluded": 4403,
    "lost the desk": 4403,
    "password changed": 4401,
}
KEPT = {
    "silenced": ["participation.silenced"] * 2 + ["ok", "hears"],
    "made observer": ["role.observer"] * 3 + ["hears"],
    "desk lost, room kept": ["hears"],
}


@each_database
def test_ended_rights(database, request, tmp_path, keeper, make_room, judge, note):
    env = database_env(database, request, tmp_path)
    here = City(env, directory=tmp_path / "here")
    there = Uvicorn(env, directory=tmp_path / "there")
    with standing(here, there):
        room = make_room(here, people=7, proposals=2)
        found = asyncio.run(hold(here, there, room, keeper))
    note(**found)
    for name, code in EXPECTED.items():
        seconds, ended, again = found["closed"][name]
        judge(
            f"{name}: the open socket is closed; a new one",
            f"{seconds:.1f} s, {ended}; {again}",
            f"within {WITHIN:.0f} s, {code}; {code}",
            seconds <= WITHIN and ended == again == code,
            database=database,
        )
    for name, answers in KEPT.items():
        judge(
            f"{name}: first command after it, and listening",
            ", ".join(found["kept"][name]),
            ", ".join(answers),
            found["kept"][name] == answers,
            database=database,
        )
    judge(
        "command right after the exclusion",
        found["excluded, at once"],
        "not ok",
        found["excluded, at once"] != "ok",
        database=database,
    )
