"""Fixtures that need real servers, and the rules every test session keeps."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections, transaction
from django.test import TransactionTestCase
from playwright.sync_api import Browser, sync_playwright

from ledger import triggers
from tests import prepared
from tests.servers import City, Postgres, Redis, Server, find_chromium

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium must not speak to anybody but the server under test.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WITH_SERVERS = {"live_city", "browser", "postgres_server", "redis_server", "supervisor"}


# --- rules of the session ---------------------------------------------------
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Real servers first; leave out what needs PostgreSQL in a session on SQLite.

    The longest tests are among those with servers: begun last, all would wait for
    them. And with `--dist worksteal` one worker does most of them, in one city.
    """
    items.sort(key=lambda item: not starts_servers(item))
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgres":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def starts_servers(item: pytest.Item) -> bool:
    """Whether the test, or another of its module, asks for a process beside it."""
    if WITH_SERVERS & set(getattr(item, "fixturenames", ())):
        return True
    held = vars(getattr(item, "module", None) or object).values()
    return any(isinstance(kind, type) and issubclass(kind, Server) for kind in held)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: nobody reads the reasons there."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    if reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("CI=true: tests were skipped, see below.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# --- the test database ------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Django shall take the database that it finds: a copy, or made from one."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Give this worker a test database that is migrated already."""
    creation: Any = connection.creation
    if connection.vendor == "postgresql":
        template = prepared.migrated_database(os.environ["DATABASE_URL"])
        connection.settings_dict["TEST"]["TEMPLATE"] = template
        return
    name = creation._get_test_db_name()
    if not creation.is_in_memory_db(name):
        shutil.copy(prepared.migrated_file(), name)


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """After a transactional test, empty what it filled, append-only tables too.

    Django's flush empties every table and makes all permissions anew, which takes
    longer than most of these tests.
    """

    def teardown(self: Any) -> None:
        for alias in self._databases_names(include_mirrors=False):
            empty(connections[alias])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


def empty(line: Any) -> None:
    """Remove all rows but those that migrating itself writes."""
    kept = {ContentType._meta.db_table, Permission._meta.db_table}
    tables = set(line.introspection.django_table_names(only_existing=True)) - kept
    with transaction.atomic(line.alias), line.cursor() as cursor:
        triggers.remove(line)
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"
                for table in sorted(tables)
            )
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")
        # PostgreSQL changes no table that still has keys to check.
        line.check_constraints()
        triggers.install(line)


# --- servers ----------------------------------------------------------------
@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of this worker's own."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """DATABASE_URL of an empty PostgreSQL, for cities that tests start."""
    return postgres_server.url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of this worker's own."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: Redis) -> str:
    """REDIS_URL of this worker's Redis."""
    return redis_server.url


class LiveCity(NamedTuple):
    """A running demo city: its server, addresses and logins."""

    server: City
    addresses: list[dict[str, str]]
    logins: list[dict[str, str]]

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end."""
        return self.server.url

    @property
    def directory(self) -> Path:
        """Where database and log are."""
        return self.server.directory

    def login(self, who: str) -> dict[str, str]:
        """The account of "Staff", "Moderator", "Administrator" or "Citizen"."""
        return next(login for login in self.logins if login["who"] == who)


@pytest.fixture(scope="session")
def live_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCity]:
    """The demo city under a real Daphne, one for all tests of this worker."""
    server = City(directory=tmp_path_factory.mktemp("city"))
    demo = json.loads(server.prepare())
    with server:
        yield LiveCity(server, demo["addresses"], demo["logins"])


# Not for the session: Playwright keeps an event loop running in this thread, and
# no asynchronous test can run beside it. So a module of browser tests is sync.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium; tests make their own contexts (`browser.new_context()`)."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium found: install chromium or set CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
