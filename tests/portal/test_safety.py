"""What must not start does not, and says why; each rule also lets good settings by."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from portal import safety
from tests.portal.asking import ask, until_ready
from tests.servers import BASE_DIR, City, Postgres, ServerFailed, Uvicorn


# --- the environment --------------------------------------------------------------
def settings_say(**env: str) -> str:
    """What settings.py says to an environment; empty when it is content."""
    kept = {"PATH": os.environ["PATH"], "SECRET_KEY": "tests"}
    done = subprocess.run(
        [sys.executable, "-c", "import settings"],
        cwd=BASE_DIR,
        env={**kept, **env},
        capture_output=True,
        text=True,
    )
    return done.stderr


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"ALLOWED_HOSTS": "*"}, "Name the hosts"),
        ({"DEMO": "1", "ALLOWED_HOSTS": "stadt.example"}, "DEMO has published"),
        ({"DEBUG": "1", "ALLOWED_HOSTS": "localhost,stadt.example"}, "Unset DEBUG"),
    ],
)
def test_unsafe_environment_is_refused(env, says):
    assert says in settings_say(**env)


@pytest.mark.parametrize(
    "env", [{"ALLOWED_HOSTS": "stadt.example"}, {"DEMO": "1"}, {"DEBUG": "1"}]
)
def test_safe_environment_is_accepted(env):
    assert settings_say(**env) == ""


@pytest.mark.parametrize("name", ["DEMO", "DEBUG"])
def test_nothing_for_this_machine_alone_listens_to_others(name):
    done = subprocess.run(
        [sys.executable, "deploy/serve.py"],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], name: "on", "HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, f"{name} is for this machine" in done.stderr) == (1, True)


# --- processes and packages ---------------------------------------------------------
@pytest.mark.parametrize(
    ("processes", "redis", "faults"),
    [(1, "", 0), (2, "", 1), (2, "redis://localhost", 0), (1, "redis://localhost", 0)],
)
def test_several_processes_need_redis(settings, processes, redis, faults):
    settings.WEB_PROCESSES, settings.REDIS_URL = processes, redis

    assert len(safety.redis_faults()) == faults


def test_old_packages_are_refused(monkeypatch):
    assert safety.version_faults() == []

    monkeypatch.setattr(safety, "LEAST_VERSIONS", {"Django": (99, 1, 0)})
    assert "at least 99.1.0" in safety.version_faults()[0]


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("5.2.17", (5, 2, 17)), ("26.10.2", (26, 10, 2)), ("5.3a1", (5, 3, 1))],
)
def test_versions_are_compared_as_numbers(version, numbers):
    assert safety.as_numbers(version) == numbers


# --- the database -------------------------------------------------------------------
@pytest.mark.databases
@pytest.mark.django_db
def test_database_of_our_settings_is_safe_and_migrated():
    assert safety.database_faults() == []
    assert safety.missing_migrations() == []


@pytest.mark.databases
@pytest.mark.django_db
def test_missing_migration_is_named():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ledger'")

    assert safety.missing_migrations() == ["ledger.0003_rehearsal"]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own settings")
@pytest.mark.parametrize("mode", ["NORMAL", "OFF"])
@pytest.mark.django_db(transaction=True)
def test_sqlite_that_does_not_sync_is_refused(mode):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={mode}")
        try:
            assert "below FULL" in safety.database_faults()[0]
        finally:
            cursor.execute("PRAGMA synchronous=FULL")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own settings")
@pytest.mark.django_db(transaction=True)
def test_sqlite_that_does_not_lock_at_once_is_refused():
    connection.ensure_connection()  # which sets it
    used: Any = connection
    used.transaction_mode = "DEFERRED"
    try:
        assert "IMMEDIATE" in safety.database_faults()[0]
    finally:
        used.transaction_mode = "IMMEDIATE"


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize(("mode", "faults"), [("off", 1), ("local", 0), ("on", 0)])
def test_postgres_that_does_not_wait_for_the_disk_is_refused(mode, faults):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL synchronous_commit = {mode}")

    assert len(safety.database_faults()) == faults


# --- real servers -------------------------------------------------------------------
@pytest.mark.parametrize("server", [City, Uvicorn])
def test_server_says_why_it_does_not_start(server, tmp_path):
    city = server({"WEB_PROCESSES": "2"}, directory=tmp_path)

    with pytest.raises(ServerFailed, match=r"does not start:\n- Several web processes"):
        city.start()


def test_workers_of_uvicorn_are_several_processes(tmp_path):
    class Workers(Uvicorn):
        def command(self):
            return [*super().command(), "--workers", "2"]

        def is_ready(self):
            return "Several web processes" in self.log.read_text()

    with Workers(directory=tmp_path):
        pass


@pytest.fixture(scope="module")
def stoppable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def own_postgres(stoppable: Postgres) -> Postgres:
    """A PostgreSQL that may be stopped, with a fresh database."""
    if stoppable.process is None:
        stoppable.start()
    stoppable.sql("DROP DATABASE IF EXISTS city WITH (FORCE)")
    stoppable.sql("CREATE DATABASE city")
    return stoppable


def test_server_refuses_postgres_that_may_lose_votes(own_postgres, tmp_path):
    env = {"DATABASE_URL": own_postgres.url_of("city")}
    own_postgres.sql("ALTER DATABASE city SET synchronous_commit = off")
    with pytest.raises(ServerFailed, match="synchronous_commit=off"):
        Uvicorn(env, directory=tmp_path / "refused").start()

    own_postgres.sql("ALTER DATABASE city RESET synchronous_commit")
    with Uvicorn(env, directory=tmp_path / "accepted") as city:
        assert ask(city, "/healthz") == (200, "ok")


def test_unreachable_database_is_waited_for(own_postgres, tmp_path):
    city = Uvicorn({"DATABASE_URL": own_postgres.url_of("city")}, directory=tmp_path)
    city.manage("migrate", "-v0")
    own_postgres.kill()

    with city:
        status, says = ask(city, "/readyz")
        assert (status, "database" in says) == (503, True)
        assert ask(city, "/healthz") == (200, "ok")

        own_postgres.start()
        until_ready(city, 40)


def test_unsafe_database_that_comes_late_ends_the_process(own_postgres, tmp_path):
    own_postgres.sql("ALTER DATABASE city SET synchronous_commit = off")
    own_postgres.kill()
    city = City({"DATABASE_URL": own_postgres.url_of("city")}, directory=tmp_path)

    with city:
        own_postgres.start()
        assert city.process is not None
        deadline = time.monotonic() + 40
        while city.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)

        assert city.process.poll() is not None
        assert "synchronous_commit=off" in city.log.read_text()
