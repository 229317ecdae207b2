"""What a scenario is given: how large, by which servers, and where figures go."""

import asyncio
import gc
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.board import Board
from bench.crowd import Crowd
from bench.servers import CITIES, Databases, running
from tests.servers import City


@dataclass
class Bench:
    """One call of `python -m bench`."""

    is_quick: bool
    runs: int
    servers: list[str]
    databases: list[str]
    nice: int
    board: Board
    stores: Databases

    def few(self, number: int) -> int:
        """So many, or a tenth to try things out."""
        return max(10, number // 10) if self.is_quick else number

    def scaled(self, number: int) -> int:
        """So many people as this machine must hold for one of 14 µs."""
        return max(10, int(self.few(number) * self.board.scale))

    @contextmanager
    def city(
        self,
        server: str,
        database: str,
        *facts: object,
        has_browser: bool = False,
        **env: str,
    ) -> Iterator[tuple[City, Any]]:
        """A running city with a room made by `bench.room` with `facts`. Only a browser
        asks for static files."""
        stored, room = self.stores.room(database, *facts)
        city = CITIES[server]({**stored, **env}, directory=Path(stored["DATA_DIR"]))
        if has_browser:
            city.manage("collectstatic", "--noinput", "-v0")
        try:
            with running(city):
                yield city, room
        finally:
            self.look_into(city)

    def look_into(self, city: City) -> None:
        """Say what a server complained about."""
        lines = city.log.read_text(errors="replace").splitlines()
        bad = [line for line in lines if re.match(r"[\w.]*Error\b|.* ERROR ", line)]
        if bad:
            say(f"  the log of {city.name} has {len(bad)} errors, such as {bad[-1]}")


@contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """The generator on other cores than its own."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def say(text: str) -> None:
    """Beside the table: how it goes."""
    print(text, file=sys.stderr, flush=True)


def in_crowd(work: Callable[[Crowd], Awaitable[None]]) -> None:
    """Run `work` with a crowd of its own."""

    async def run() -> None:
        crowd = Crowd()
        try:
            await work(crowd)
        finally:
            crowd.close()

    asyncio.run(run())
    gc.collect()
