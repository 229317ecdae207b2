"""The servers that are measured, each on the core it is told."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copyfile
from typing import Any

from bench import machine
from bench.machine import prefer
from tests.servers import City, Postgres, Redis, Server, Uvicorn, free_port

# Autobahn colours the texts of its log where it finds click, whether anybody reads
# them or not. requirements.txt has no click; the tools of a developer do.
WITHOUT_CLICK = {"PYTHONPATH": str(Path(__file__).parent / "without_click")}


class RoomCity(City):
    """The application under Daphne, with the packages of requirements.txt. NICE=-15
    (root): on a machine that others use, let it go first."""

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), **WITHOUT_CLICK}

    def start(self) -> None:
        super().start()
        prefer(self.pid, int(os.environ.get("NICE", "0")))


class UvicornCity(Uvicorn, City):
    """The application under uvicorn."""

    def start(self) -> None:
        super().start()
        prefer(self.pid, int(os.environ.get("NICE", "0")))


CITIES: dict[str, type[City]] = {"daphne": RoomCity, "uvicorn": UvicornCity}


class StockCity(RoomCity):
    """Daphne as it comes: listening with an endpoint of Twisted's own."""

    application: str

    def command(self) -> list[str]:
        words = [*super().command()[:-1], self.application]
        at = words.index("--endpoint")
        words[at : at + 2] = ["--bind", "127.0.0.1", "--port", str(self.port)]
        return words


class PlainCity(StockCity):
    """Plain Channels under Daphne: with REDIS_URL by Redis pub/sub."""

    name = "plain"
    application = "bench.baseline:application"


class FormCity(StockCity):
    """One transaction per vote by HTTP POST, under Daphne."""

    application = "bench.form.application:application"

    name = "form"

    def __init__(
        self, env: Mapping[str, str] | None = None, directory: Path | None = None
    ) -> None:
        own = {"DJANGO_SETTINGS_MODULE": "bench.form.settings"}
        super().__init__({**(env or {}), **own}, directory=directory)


class RawServer(Server):
    """A prebuilt frame written by `transport.write`: as cheap as asyncio gets."""

    name = "raw"

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__(directory)
        self.port = free_port()

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.raw", str(self.port)]

    def is_ready(self) -> bool:
        async def knock() -> bool:
            try:
                __, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                return False
            writer.close()
            return True

        return asyncio.run(knock())


def start_on(core: int | None, server: Any) -> None:
    """Start `server` on a core, or on all. Threads inherit it from before they are
    made, so it is the starter's own core that is changed for that while."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} if core is not None else machine.ALL_CORES)
    try:
        server.start()
    finally:
        os.sched_setaffinity(0, own)
    prefer(server.pid, int(os.environ.get("NICE", "0")))


@contextmanager
def running(server: Any, core: int | None = machine.SERVER_CORE) -> Iterator[Any]:
    """`server` on its core until the end."""
    try:
        start_on(core, server)
        yield server
    finally:
        server.stop()


class Databases:
    """A fresh database for every city, copied from one that was filled once: a file,
    or a database of a PostgreSQL that is started when it is first asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.stack = ExitStack()
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.filled: dict[tuple[str, ...], tuple[dict[str, str], Any]] = {}
        self.migrated: dict[str, dict[str, str]] = {}
        self.number = 0

    def _fresh(self, kind: str, model: dict[str, str] | None) -> dict[str, str]:
        self.number += 1
        data = self.directory / f"data{self.number}"
        data.mkdir()
        facts = {"DATA_DIR": str(data)}
        if kind == "sqlite":
            if model:
                copyfile(
                    Path(model["DATA_DIR"]) / "city.sqlite3", data / "city.sqlite3"
                )
            return {**facts, "DATABASE_URL": f"sqlite:///{data / 'city.sqlite3'}"}
        if self.postgres is None:
            self.postgres = self.stack.enter_context(
                running(Postgres(), machine.OWN_CORE)
            )
        name = f"bench{self.number}"
        template = model["DATABASE_URL"].rpartition("/")[2] if model else "template1"
        self.postgres.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return {**facts, "DATABASE_URL": self.postgres.url_of(name)}

    def room(self, kind: str, *facts: object) -> tuple[dict[str, str], Any]:
        """A city's environment and the room in it, made with these arguments."""
        words = [str(fact) for fact in facts]
        return self._copy(kind, City, ("bench.room", *words))

    def form(self, kind: str, people: int) -> tuple[dict[str, str], Any]:
        """The same for the yardstick by form, and everybody's session."""
        return self._copy(kind, FormCity, ("bench.form.people", str(people)))

    def _copy(
        self, kind: str, make: type[City], filler: tuple[str, ...]
    ) -> tuple[dict[str, str], Any]:
        key = (kind, *filler)
        if key not in self.filled:
            env = self._fresh(kind, self._migrated(kind) if make is City else None)
            city = make(env, directory=Path(env["DATA_DIR"]))
            self.filled[key] = (env, json.loads(city.run("-m", *filler)))
        env, made = self.filled[key]
        return self._fresh(kind, env), made

    def _migrated(self, kind: str) -> dict[str, str]:
        """An empty one with all tables, made once: it takes longer than many rooms."""
        if kind not in self.migrated:
            env = self._fresh(kind, None)
            city = City(env, directory=Path(env["DATA_DIR"]))
            city.manage("migrate", "-v0")
            self.migrated[kind] = env
        return self.migrated[kind]

    def redis_url(self) -> str:
        if self.redis is None:
            self.redis = self.stack.enter_context(running(Redis(), machine.OWN_CORE))
        return self.redis.url

    def close(self) -> None:
        self.stack.close()
