"""Fixtures that need real servers, and the rules every test session keeps."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connections
from django.test import TransactionTestCase
from playwright.sync_api import Browser, sync_playwright

from ledger import triggers
from tests.servers import City, Postgres, Redis, find_chromium

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


# --- rules of the session ---------------------------------------------------
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what needs PostgreSQL while the session runs on SQLite."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgres":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: nobody reads the reasons there."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    if reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("CI=true: tests were skipped, see below.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# --- append-only tables -----------------------------------------------------
@pytest.fixture(autouse=True, scope="session")
def flush_lifts_triggers() -> Iterator[None]:
    """Let the flush after a transactional test empty the append-only tables."""
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: Any) -> None:
        aliases = self._databases_names(include_mirrors=False)
        for alias in aliases:
            triggers.remove(connections[alias])
        try:
            flush(self)
        finally:
            for alias in aliases:
                triggers.install(connections[alias])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


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
