"""Databases that are migrated once in a run, and copied by whoever needs one.

Migrating takes longer than most tests. What is kept here lies in the directory of the
run, which all workers of pytest-xdist share and which goes when the run ends: it can
never be older than the code. Copies are their owners' alone.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import environ
import psycopg
from psycopg import sql

BASE_DIR = Path(__file__).resolve().parent.parent
TEMPLATE = "migrated"


def place(name: str) -> Path:
    """A directory for what the workers of this run share."""
    directory = Path(os.environ["MITWIRKEN_TEST_DIR"]) / name
    directory.mkdir(exist_ok=True)
    return directory


@contextmanager
def one_at_a_time(name: str) -> Iterator[Path]:
    """One worker makes it, the others wait and find it made."""
    directory = place(name)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory


def migrated_file() -> Path:
    """A SQLite database with empty tables."""
    with one_at_a_time(TEMPLATE) as directory:
        ready = directory / "ready.sqlite3"
        if not ready.exists():
            begun = directory / "begun.sqlite3"
            begun.unlink(missing_ok=True)
            _migrate(f"sqlite:///{begun}")
            begun.rename(ready)
    return ready


def migrated_database(url: str) -> str:
    """The name of the same on the PostgreSQL of `url`, a template for others."""
    line = connect(url)
    with one_at_a_time(f"{TEMPLATE}-postgres"), closing(line):
        if not _has_database(line, TEMPLATE):
            begun = f"{TEMPLATE}_begun"
            line.execute(f"DROP DATABASE IF EXISTS {begun}")
            line.execute(f"CREATE DATABASE {begun}")
            _migrate(f"{url.rpartition('/')[0]}/{begun}")
            line.execute(f"ALTER DATABASE {begun} RENAME TO {TEMPLATE}")
    return TEMPLATE


def fill(url: str) -> bool:
    """Put a migrated database where there is none, or an empty one, by copying.

    False where it is not empty, or belongs to no run of tests.
    """
    if "MITWIRKEN_TEST_DIR" not in os.environ:
        return False
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if path.exists():
            return False
        shutil.copy(migrated_file(), path)
        return True
    name = str(environ.Env.db_url_config(url)["NAME"])
    with closing(connect(url, name)) as line:
        if line.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").rowcount:
            return False
    template = migrated_database(url)
    with closing(connect(url)) as line:
        own = sql.Identifier(name)
        line.execute(sql.SQL("DROP DATABASE {}").format(own))
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        line.execute(copy.format(own, sql.Identifier(template)))
    return True


def connect(url: str, database: str = "postgres") -> psycopg.Connection[Any]:
    """A connection to a database of the server of `url`."""
    facts = environ.Env.db_url_config(url)
    return psycopg.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        dbname=database,
        autocommit=True,
    )


def _has_database(line: psycopg.Connection[Any], name: str) -> bool:
    found = line.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return bool(found.rowcount)


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings",
            "DEMO": "1",
            "SECRET_KEY": "tests",
            "DATABASE_URL": url,
        },
        stdin=subprocess.DEVNULL,
        check=True,
    )
