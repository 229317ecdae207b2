"""Traffic whose every change says when it was sent, and one screen that reads it."""

import asyncio
import itertools
import re
import time
from typing import Any

from bench.sockets import Screen
from live.client import RoomClient
from live.traffic import Site
from tests.faults.citizens import client_of
from tests.servers import City

# Each of them stays below the 20 contributions that a person may make in a minute.
WRITERS, EVERY = 14, 0.25
STAMP = re.compile(rb"stamp (\d+\.\d+)")


class Traffic:
    """Four long comments a second, and one screen that reads their stamps."""

    def __init__(self, city: City, room: dict[str, Any]) -> None:
        self.city, self.room = city, room
        self.site = Site(city.url)
        self.delays: list[float] = []
        self.seen: set[bytes] = set()
        self.path = f"/ws/d/{room['code']}/?screen=room&lang=de"
        self.writers: list[RoomClient] = []
        self.writing: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        self.writers = [client_of(self.site, self.room, n) for n in range(WRITERS)]
        for writer in self.writers:
            await writer.connect()
        self.screen = await Screen.open(
            self.city.port, self.path, self._hear, f"session={self.session(WRITERS)}"
        )
        self.writing = [
            asyncio.create_task(self._write(place)) for place in range(WRITERS)
        ]

    def session(self, place: int) -> str:
        session: str = self.room["people"][place]["session"]
        return session

    def _hear(self, screen: Screen, raw: bytes) -> None:
        del screen
        if not raw.startswith(b'{"kind":"ops"'):
            return
        for stamp in STAMP.findall(raw):
            if stamp not in self.seen:
                self.seen.add(stamp)
                self.delays.append(time.monotonic() - float(stamp))

    async def _write(self, place: int) -> None:
        await asyncio.sleep(place * EVERY)
        for number in itertools.count(place):
            proposals = self.room["proposals"]
            due = time.monotonic() + WRITERS * EVERY
            await self.writers[place].send(
                "add_comment",
                proposal=proposals[number % len(proposals)],
                text=f"stamp {time.monotonic():.6f} " + "Wort " * 180,
            )
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def during(self, seconds: float) -> list[float]:
        """How long each change took to the screen, for so long."""
        self.delays = []
        await asyncio.sleep(seconds)
        return self.delays

    async def end(self) -> None:
        for task in self.writing:
            task.cancel()
        await asyncio.gather(*self.writing, return_exceptions=True)
        self.screen.close()
        for writer in self.writers:
            await writer.leave()
        await self.site.close()
