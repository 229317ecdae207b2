"""A city on each database, with a room full of people, that can be killed."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bench.servers import RoomCity
from tests.servers import BASE_DIR, Postgres


class Keeper:
    """Starts and kills a server without stopping the clients' event loop.

    One thread for its whole life: a server ends with the thread that began it
    (see `end_with_parent`), and those of asyncio's executor come and go.
    """

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, "keeper")

    async def do(self, work: Callable[..., Any], *facts: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.thread, work, *facts)


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    kept = Keeper()
    yield kept
    kept.thread.shutdown()


@pytest.fixture
def sqlite_city(tmp_path: Path, keeper: Keeper) -> Iterator[RoomCity]:
    yield from _running(RoomCity(directory=tmp_path / "city"), keeper)


@pytest.fixture
def postgres_city(
    tmp_path: Path, keeper: Keeper, postgres_server: Postgres
) -> Iterator[RoomCity]:
    name = f"faults_{tmp_path.name.rpartition('_')[2].lower()}"
    postgres_server.sql(f'CREATE DATABASE "{name}"')
    env = {"DATABASE_URL": postgres_server.url_of(name)}
    yield from _running(RoomCity(env, directory=tmp_path / "city"), keeper)


def _running(city: RoomCity, keeper: Keeper) -> Iterator[RoomCity]:
    city.manage("migrate", "-v0")
    keeper.thread.submit(city.start).result()
    yield city
    keeper.thread.submit(city.stop).result()


@pytest.fixture
def make_room() -> Callable[..., dict[str, Any]]:
    def make(city: RoomCity, *, people: int, proposals: int = 6) -> dict[str, Any]:
        facts = ["--people", str(people), "--proposals", str(proposals)]
        printed = city.run("-m", "bench.room", *facts, "--ballots", "open", "secret")
        room: dict[str, Any] = json.loads(printed)
        return room

    return make


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep a test's figures in var/faults, for docs/reliability.md."""

    def write(**figures: Any) -> None:
        kept = BASE_DIR / "var" / "faults"
        kept.mkdir(parents=True, exist_ok=True)
        path = kept / f"{request.node.name}.json"
        path.write_text(json.dumps(figures, indent=1) + "\n")
        print(request.node.name, json.dumps(figures))

    return write
