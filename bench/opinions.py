"""The opinion map while people vote.

A dialogue of 1,000 people and 300 statements with 150,000 stances in three camps.
Fifty of them vote by socket, all at once in every second. In windows that take turns
the map is shown, and drawn again all the time, or it is not; in both the same stances
are taken. So what differs between the windows is what the map costs whoever votes.

How long until a stance is on the map: from its receipt until another client has a new
map. "Just missed" is the worst case: the stance comes right after a map was drawn.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.board import quantile
from bench.plan import Bench, pinned
from bench.servers import CITIES, running
from live.client import RoomClient
from live.room_state import Frame
from live.traffic import Site
from tests.servers import City

PEOPLE, STATEMENTS, STANCES = 1000, 300, 150_000
VOTERS = 50
WINDOW, TURNS = 10.0, 4
# Seconds within which a stance shall be on the map; and how much longer votes may take
# beside it at p95: windows without the map differ so much from each other.
BAR, TOLERANCE = 5.0, 1.25


def fill(made: dict[str, Any]) -> float:
    """Put the stances into a room of `bench.room`, inside its city.

    Returns the seconds of CPU that the first map took.
    """
    import django  # noqa: PLC0415 -- the measuring process needs no database

    django.setup()
    import numpy as np  # noqa: PLC0415

    from dialogue.models import Participation  # noqa: PLC0415
    from proposals.models import Proposal, Stance  # noqa: PLC0415
    from proposals.opinions import keeping  # noqa: PLC0415

    people, statements, stances = PEOPLE, STATEMENTS, STANCES
    chance = np.random.default_rng(1)
    camp, taste = chance.integers(0, 3, people), chance.normal(0, 1, (3, statements))
    cells = chance.choice(people * statements, stances, replace=False)
    who, what = cells // statements, cells % statements
    drawn = np.round(taste[camp[who], what] + chance.normal(0, 0.8, stances))
    signs = np.sign(drawn).astype(int)
    values = {1: "agree", 0: "pass", -1: "disagree"}
    Stance.objects.bulk_create(
        (
            Stance(
                participation_id=made["people"][person]["participation"],
                proposal_id=made["proposals"][statement],
                value=values[sign],
            )
            for person, statement, sign in zip(
                who.tolist(), what.tolist(), signs.tolist(), strict=True
            )
        ),
        batch_size=5000,
    )
    rows = list(Proposal.objects.filter(pk__in=made["proposals"]).order_by("pk"))
    for place, row in enumerate(rows):
        of_it = signs[what == place]
        row.agrees, row.passes, row.disagrees = (
            int((of_it == sign).sum()) for sign in (1, 0, -1)
        )
    Proposal.objects.bulk_update(rows, ["agrees", "passes", "disagrees"], 100)
    lead = Participation.objects.get(pk=made["moderator"]["participation"])
    keeping.set_opinion_map(moderator=lead, is_shown=True)
    began = time.process_time()
    keeping.redraw(lead.dialogue)
    return time.process_time() - began


class Hall:
    """The voters, somebody who takes stances, a desk, and somebody who looks on."""

    def __init__(self, site: Site, room: dict[str, Any]) -> None:
        self.site, self.room = site, room
        people = room["people"]
        self.voters = [self._client(who) for who in people[:VOTERS]]
        self.taker = self._client(people[VOTERS])
        self.desk = self._client(room["moderator"], "desk")
        self.watcher = self._client(people[VOTERS + 1])
        self.watcher.on_frame = self._look
        self.map_came = asyncio.Event()
        self.maps: list[float] = []
        self.bursts = self.changes = 0

    def _client(self, who: dict[str, Any], screen: str = "room") -> RoomClient:
        return RoomClient(
            self.site,
            self.room["code"],
            name=str(who["participation"]),
            screen=screen,
            keeps_regions=False,
            cookies={"session": who["session"]},
        )

    async def enter(self) -> None:
        for client in (*self.voters, self.taker, self.desk, self.watcher):
            await client.load_page()
            await client.connect()

    async def leave(self) -> None:
        for client in (*self.voters, self.taker, self.desk, self.watcher):
            await client.leave()

    def _look(self, frame: Frame) -> None:
        if frame["kind"] == "ops" and any(
            'id="opinions"' in str(op.get("html", "")) for op in frame["ops"]
        ):
            self.maps.append(time.monotonic())
            self.map_came.set()

    async def take_stance(self) -> float:
        """Somebody changes their mind, each time; when that was acknowledged."""
        self.changes += 1
        value = ("agree", "disagree")[self.changes % 2]
        statement = self.room["proposals"][0]
        await self.taker.send("take_stance", proposal=statement, value=value)
        return time.monotonic()

    async def until_map(self) -> float:
        """Take a stance; seconds from its receipt to another client's new map."""
        self.map_came.clear()
        taken = await self.take_stance()
        await asyncio.wait_for(self.map_came.wait(), 30)
        return max(0.0, self.maps[-1] - taken)

    async def show_map(self, *, is_shown: bool) -> None:
        await self.desk.send("set_opinion_map", is_shown=is_shown)
        await asyncio.sleep(2)

    async def burst(self) -> list[float]:
        """Everybody's vote at the same moment: seconds until each receipt."""
        ballot = self.room["ballots"][0]
        self.bursts += 1
        option = ballot["options"][self.bursts % 2]

        async def vote(client: RoomClient) -> float:
            began = time.monotonic()
            await client.cast_vote(ballot["ballot"], options=[option])
            return time.monotonic() - began

        return await asyncio.gather(*map(vote, self.voters))

    async def window(self, *, with_map: bool) -> tuple[list[float], list[float]]:
        """A burst in every second; meanwhile one stance after the other."""
        await self.show_map(is_shown=with_map)
        ends = time.monotonic() + WINDOW
        waits: list[float] = []

        async def take() -> None:
            while time.monotonic() < ends:
                if with_map:
                    waits.append(await self.until_map())
                else:
                    await self.take_stance()
                    await asyncio.sleep(3)

        taking = asyncio.create_task(take())
        times: list[float] = []
        while time.monotonic() < ends:
            due = time.monotonic() + 1
            times += await self.burst()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await taking
        return times, waits


async def measure(city: City, room: dict[str, Any], turns: int) -> dict[str, Any]:
    site = Site(city.url)
    hall = Hall(site, room)
    await hall.enter()
    try:
        await hall.burst()
        # What was taken before the measuring may be the same.
        await hall.take_stance()
        votes: dict[bool, list[float]] = {False: [], True: []}
        missed: list[float] = []
        for turn in range(2 * turns):
            with_map = bool(turn % 2)
            times, waits = await hall.window(with_map=with_map)
            votes[with_map] += times
            # The first one finds the map at rest.
            missed += waits[1:]
        calm = []
        for __ in range(turns + 1):
            await asyncio.sleep(4)
            calm.append(await hall.until_map())
    finally:
        await hall.leave()
        await site.close()
    return {
        "calm": calm,
        "missed": missed,
        "without": votes[False],
        "with": votes[True],
    }


def opinions(bench: Bench) -> None:
    """A map of 1,000 people and 300 statements while others vote: how soon a stance is
    on it, and what it costs whoever votes."""
    turns = 1 if bench.is_quick else TURNS
    for server in bench.servers:
        with tempfile.TemporaryDirectory() as directory:
            city = CITIES[server](directory=Path(directory))
            city.migrate()
            size = ["--people", str(PEOPLE), "--proposals", str(STATEMENTS)]
            printed = city.run("-m", "bench.room", *size, "--ballots", "open")
            kept = Path(directory) / "room.json"
            kept.write_text(printed)
            drawn_in = float(city.run("-m", "bench.opinions", str(kept)))
            # The map has a process of its own, and may have a core of its own.
            both = set(range(os.cpu_count() or 1))
            with pinned(both), running(city, core=None):
                found = asyncio.run(measure(city, json.loads(printed), turns))
            bench.look_into(city)
        _note(bench, server, drawn_in, found)


def _note(
    bench: Bench, server: str, drawn_in: float, found: dict[str, list[float]]
) -> None:
    add = bench.board.add
    part = f"opinion map, {server}"
    add(part, "first map, CPU", drawn_in, "s", 2)
    add(part, "stance at rest: longest", max(found["calm"]), "s", 2, at_most=BAR)
    just_missed = f"stance just missed, beside bursts of {VOTERS} votes: longest"
    add(part, just_missed, max(found["missed"]), "s", 2, at_most=BAR)
    for name in ("without", "with"):
        for share in (0.5, 0.95):
            took = quantile(found[name], share) * 1000
            add(part, f"votes {name} the map, p{share * 100:.0f}", took, "ms")
    ratio = quantile(found["with"], 0.95) / quantile(found["without"], 0.95)
    add(part, "votes with the map / without, p95", ratio, "", 2, at_most=TOLERANCE)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    print(fill(json.loads(Path(sys.argv[1]).read_text())))
