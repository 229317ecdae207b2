"""Cities under either server and on either database, as they are deployed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.servers import City, Postgres, Uvicorn

SERVERS: dict[str, type[City]] = {"Daphne": City, "uvicorn": Uvicorn}
DATABASES = ["SQLite", "PostgreSQL"]

each_server = pytest.mark.parametrize("server", SERVERS)
each_database = pytest.mark.parametrize("database", DATABASES)


def database_env(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> dict[str, str]:
    """A fresh database that several cities may share."""
    if database == "SQLite":
        return {"DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}"}
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"faults_{tmp_path.name.lower()}"[-60:].replace("-", "_")
    server.sql(f'CREATE DATABASE "{name}"')
    return {"DATABASE_URL": server.url_of(name)}


@contextmanager
def standing(*cities: City) -> Iterator[None]:
    """Migrated, started, and in the end stopped. They share one database."""
    cities[0].manage("migrate", "-v0")
    with ExitStack() as stack:
        for city in cities:
            stack.enter_context(city)
        yield


def lines_of(city: City) -> list[str]:
    """What the server has written into its log so far."""
    return city.log.read_text(errors="replace").splitlines()


def memory_of(city: City) -> int:
    """Bytes of real memory."""
    rss: int = psutil.Process(city.pid).memory_info().rss
    return rss


def peers_of(city: City) -> set[int]:
    """The ports of all whom the server holds a connection with."""
    rows = psutil.Process(city.pid).net_connections("tcp")
    return {row.raddr.port for row in rows if row.raddr and row.status != "LISTEN"}


def share(times: list[float], part: float) -> float:
    """The time that `part` of all stayed below; 0 if there are none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
