"""A whole evening of simulated citizens, and what must be true afterwards."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from live.client import RoomClient
from live.crowd import words
from live.crowd.citizens import Citizen, Diary, Wishes
from live.crowd.gathering import compare_with_fresh, let_in, settle, together, until
from live.crowd.leading import Leader, Stop
from live.crowd.measuring import processor_seconds
from live.traffic import Figures, Site


@dataclass
class Lived:
    """What came of it; the database is compared by the caller."""

    diaries: list[Diary] = field(default_factory=list)
    citizens: Figures = field(default_factory=Figures)
    desk: Figures = field(default_factory=Figures)
    seconds: dict[str, float] = field(default_factory=dict)
    server_seconds: float = 0.0
    ballots: list[int] = field(default_factory=list)
    stop_seconds: list[float] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    digest: str = ""
    compared: int = 0
    differences: list[str] = field(default_factory=list)


class Evening:
    """`stops` and `moderator_cookies` only if the crowd is to lead, too."""

    def __init__(
        self,
        *,
        site: Site,
        code: str,
        people: int,
        seed: int,
        pause: float,
        wishes: dict[str, int],
        names: Callable[[int], str] = words.name,
        stops: Sequence[Stop] = (),
        moderator_cookies: dict[str, str] | None = None,
        longest_stop: float = 60.0,
        server_pid: int | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.site = site
        self.code = code
        self.people = people
        self.seed = seed
        self.pause = pause
        self.wishes = Wishes()
        self.wishes.begin(wishes)
        self.names = names
        self.stops = stops
        self.moderator_cookies = moderator_cookies
        self.longest_stop = longest_stop
        self.server_pid = server_pid
        self.say = say
        self.lived = Lived()

    async def run(self) -> Lived:
        """In, through the agenda, settled, compared, and out."""
        lived = self.lived
        clients = [
            RoomClient(
                self.site,
                self.code,
                name=self.names(number),
                figures=lived.citizens,
                slots=asyncio.Semaphore(4),
            )
            for number in range(self.people)
        ]
        citizens = [
            Citizen(client, self.wishes, seed=self.seed + number, pause=self.pause)
            for number, client in enumerate(clients)
        ]
        official = self._official()
        doors, sockets = await let_in(clients, at_once=8)
        lived.seconds |= {"joining": doors, "opening_sockets": sockets}
        self.say(f"{self.people} people in after {doors + sockets:.0f} s.")
        everybody = [*clients, *official]
        try:
            for client in official:
                await client.load_page()
                await client.connect()
            started, used = time.monotonic(), processor_seconds(self.server_pid)
            leading = asyncio.create_task(self._lead(official, citizens))
            await together([leading, *(citizen.live() for citizen in citizens)])
            lived.seconds["acting"] = time.monotonic() - started
            lived.server_seconds = processor_seconds(self.server_pid) - used
            lived.seconds["settling"] = await settle(everybody, clients[0])
            lived.compared = len(everybody)
            lived.differences += await compare_with_fresh(everybody)
        finally:
            await together(client.leave() for client in everybody)
        lived.diaries = [citizen.diary for citizen in citizens]
        lived.differences += [
            f"{citizen.client.name} was refused: {strange}"
            for citizen in citizens
            for strange in citizen.diary.strange
        ]
        return lived

    def _official(self) -> list[RoomClient]:
        """The desk and the projector of the lead moderator."""
        if self.moderator_cookies is None:
            return []
        return [
            RoomClient(
                self.site,
                self.code,
                name=f"moderation's {screen}",
                screen=screen,
                figures=self.lived.desk,
                cookies=self.moderator_cookies,
            )
            for screen in ("desk", "projector")
        ]

    async def _lead(
        self, official: Sequence[RoomClient], citizens: Sequence[Citizen]
    ) -> None:
        if not official:
            await until(lambda: self.wishes.is_done, self.longest_stop)
            self.wishes.over = True
            return
        leader = Leader(
            official[0],
            self.wishes,
            voters=sum(citizen.votes for citizen in citizens),
            longest_stop=self.longest_stop,
            seed=self.seed,
        )
        try:
            await leader.lead(self.stops)
            await asyncio.sleep(2 * self.pause)
            await leader.close()
        finally:
            self.wishes.over = True
            self.lived.ballots = leader.ballots
            self.lived.stop_seconds = leader.stop_seconds
            self.lived.unfinished = leader.unfinished
            self.lived.digest = leader.digest
