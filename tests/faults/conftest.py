"""A city on each database that can be killed, and the table of what was judged."""

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import pytest

from bench.servers import RoomCity
from tests.faults.quick import QuickCity
from tests.faults.table import DOCUMENT, Row, Table
from tests.servers import BASE_DIR, City, Postgres

TABLE = pytest.StashKey[Table]()


# --- the table --------------------------------------------------------------
class Judge(Protocol):
    """Holds a figure against its bar, both short texts in plain English."""

    def __call__(
        self, what: str, figure: object, bar: object, held: bool, *, database: str = ""
    ) -> None: ...


def table_of(config: pytest.Config) -> Table:
    """The one table of this run."""
    return config.stash.setdefault(TABLE, Table())


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Adds rows to the table; a test with a missed bar fails when it ends."""
    table, name = table_of(request.config), request.node.name
    missed = []

    def write(
        what: str,
        figure: object,
        bar: object,
        held: bool | None,
        *,
        database: str = "",
    ) -> None:
        """`held` None: a figure without a bar of ours, which counts for nothing."""
        verdict = "noted" if held is None else "held" if held else "MISSED"
        table.add(Row(name, what, database, str(figure), str(bar), verdict))
        if verdict == "MISSED":
            missed.append(f"{what} ({database}): {figure}, but the bar is {bar}")

    yield write
    if missed:
        pytest.fail("; ".join(missed), pytrace=False)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, with a row for what never came to be judged."""
    table = table_of(config)
    if not table.rows:
        return
    judged = {row.test for row in table.rows if row.verdict == "MISSED"}
    for outcome, verdict in (
        ("failed", "MISSED"),
        ("error", "MISSED"),
        ("skipped", "not run"),
    ):
        for report in terminalreporter.stats.get(outcome, []):
            name = report.nodeid.rpartition("::")[2]
            if "faults/" in report.nodeid and name not in judged:
                judged.add(name)
                why = _reason_of(report)
                table.add(Row(name, name, "", why, "runs to its end", verdict))
    document = DOCUMENT if os.environ.get("WRITE_DOCS") == "1" else None
    terminalreporter.section("faults: what was promised, and what was found")
    terminalreporter.write_line(table.finish(document))


def _reason_of(report: Any) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = str(crash.message if crash else report.longrepr).strip().splitlines()
    # Of what another process printed, the end says why; of an assertion, its head.
    line = lines[-1 if "Traceback" in lines[0] else 0] if lines else str(report.outcome)
    return line[:70].replace("|", "/")


# --- cities -----------------------------------------------------------------


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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with empty tables, to be copied: migrating takes long."""
    city = City(directory=tmp_path_factory.mktemp("migrated"))
    city.manage("migrate", "-v0")
    return city.directory / "city.sqlite3"


def template_in(server: Postgres) -> str:
    """The same on PostgreSQL; new databases take it as their template."""
    name = "faults_template"
    if not server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        server.sql(f"CREATE DATABASE {name}")
        city = City({"DATABASE_URL": server.url_of(name)})
        city.manage("migrate", "-v0")
        city.stop()
    return name


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[tuple[Postgres, Keeper]]:
    """A PostgreSQL that tests may restart and break, with its keeper."""
    server, kept = Postgres(), Keeper()
    kept.thread.submit(server.start).result()
    yield server, kept
    kept.thread.submit(server.stop).result()
    kept.thread.shutdown()


@pytest.fixture
def fresh_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., str]:
    """DATABASE_URL of a migrated database of the test's own, by the kind's name."""
    count = itertools.count()

    def make(
        kind: str, *, server: Postgres | None = None, where: Path = tmp_path
    ) -> str:
        number = next(count)
        if kind == "SQLite":
            path = where / f"{number}.sqlite3"
            shutil.copy(request.getfixturevalue("migrated_file"), path)
            return f"sqlite:///{path}"
        server = server or request.getfixturevalue("postgres_server")
        assert isinstance(server, Postgres)
        name = f"{request.node.originalname}_{number}"[-60:].lower()
        server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template_in(server)}"')
        return server.url_of(name)

    return make


@pytest.fixture
def sqlite_city(
    tmp_path: Path, keeper: Keeper, fresh_database: Callable[..., str]
) -> Iterator[RoomCity]:
    env = {"DATABASE_URL": fresh_database("SQLite")}
    yield from _running(RoomCity(env, directory=tmp_path / "city"), keeper)


@pytest.fixture
def postgres_city(
    tmp_path: Path, keeper: Keeper, fresh_database: Callable[..., str]
) -> Iterator[RoomCity]:
    env = {"DATABASE_URL": fresh_database("PostgreSQL")}
    yield from _running(RoomCity(env, directory=tmp_path / "city"), keeper)


def _running(city: RoomCity, keeper: Keeper) -> Iterator[RoomCity]:
    keeper.thread.submit(city.start).result()
    yield city
    keeper.thread.submit(city.stop).result()


@pytest.fixture
def quick_city(tmp_path: Path, keeper: Keeper) -> Iterator[Callable[..., QuickCity]]:
    """Makes and starts cities that are quick to restart, on a given DATABASE_URL."""
    made: list[QuickCity] = []

    def make(url: str, *, application: str = "", **env: str) -> QuickCity:
        place = tmp_path / f"quick{len(made)}"
        city = QuickCity({"DATABASE_URL": url, **env}, directory=place)
        city.application = application or city.application
        made.append(city)
        keeper.thread.submit(city.start).result()
        return city

    yield make
    for city in made:
        keeper.thread.submit(city.stop).result()


@pytest.fixture
def make_room() -> Callable[..., dict[str, Any]]:
    def make(
        city: City,
        *,
        people: int,
        proposals: int = 6,
        moderators: int = 1,
        ballots: Sequence[str] = ("open", "secret"),
    ) -> dict[str, Any]:
        facts = ["--people", str(people), "--proposals", str(proposals)]
        facts += ["--moderators", str(moderators)]
        printed = city.run("-m", "bench.room", *facts, "--ballots", *ballots)
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
