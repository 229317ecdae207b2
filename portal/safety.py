"""What a web process asserts before it serves: unsafe settings do not start.

Called by asgi.py, so it holds under any server; commands of manage.py are not
slowed. settings.py itself refuses what can be seen in the environment alone.

A database that cannot be reached is not unsafe: the process starts, says so on
/readyz, and asserts as soon as it gets an answer.
"""

import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from importlib import metadata
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)

# Below these stand published holes that reach us; docs/operations.md names them.
LEAST_VERSIONS = {
    "Django": (5, 2, 17),
    "daphne": (4, 2, 2),
    "autobahn": (26, 7, 1),
    "django-allauth": (65, 19, 4),
    "channels": (4, 3, 2),
}
# Seconds the start waits for the database before it goes on without its answer.
PATIENCE = 3.0
ASK_AGAIN = 2.0
_leaves: list[tuple[str, str]] = []


def check_start() -> None:
    """End the process, saying why, where it must not serve."""
    if faults := redis_faults() + version_faults():
        refuse(faults)
    if not settings.ASK_DATABASE_AT_START:
        return
    found: list[str] = []
    started = threading.Event()
    asking = threading.Thread(target=_ask, args=[found, started], daemon=True)
    asking.start()
    asking.join(PATIENCE)
    started.set()
    if found:
        refuse(found)


def refuse(faults: list[str]) -> None:
    """Say all that is wrong, and end."""
    sys.exit("\n".join(["Mitwirken does not start:", *(f"- {f}" for f in faults)]))


# --- processes and packages -------------------------------------------------------
def redis_faults() -> list[str]:
    """Several processes that cannot hear of each other's votes at once."""
    # Workers of a server (uvicorn --workers) are children of its first process.
    is_worker = multiprocessing.parent_process() is not None and not settings.DEBUG
    if (settings.WEB_PROCESSES > 1 or is_worker) and not settings.REDIS_URL:
        return [
            "Several web processes need REDIS_URL: without it, limits on wrong codes "
            "count in each process alone and changes reach others a second late. "
            "Set REDIS_URL, or run one process (WEB_PROCESSES=1)."
        ]
    return []


def version_faults() -> list[str]:
    """Packages older than what is known to be safe."""
    faults = []
    for package, least in LEAST_VERSIONS.items():
        installed = metadata.version(package)
        if as_numbers(installed) < least:
            wanted = ".".join(map(str, least))
            faults.append(
                f"{package} {installed} has known holes; at least {wanted} is needed. "
                "Install requirements.txt again."
            )
    return faults


def as_numbers(version: str) -> tuple[int, ...]:
    """(5, 2, 17) of "5.2.17"; an early release of 5.3 counts as 5.3."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


# --- the database -----------------------------------------------------------------
def database_faults() -> list[str]:
    """What would lose acknowledged votes when a machine fails. Asks the server."""
    if connection.vendor == "sqlite":
        return _sqlite_faults()
    with connection.cursor() as cursor:
        names = ["fsync", "full_page_writes", "synchronous_commit"]
        names += ["synchronous_standby_names"]
        asked = ", ".join(f"current_setting('{name}')" for name in names)
        cursor.execute(f"SELECT {asked}")
        has: dict[str, str] = dict(zip(names, cursor.fetchone(), strict=True))
    faults = [
        f"PostgreSQL has {name}=off: a crash of its machine may lose or damage "
        "what was acknowledged. Set it to on."
        for name in ("fsync", "full_page_writes")
        if has[name] != "on"
    ]
    commit = has["synchronous_commit"]
    if commit == "off":
        faults.append(
            "PostgreSQL has synchronous_commit=off: a crash loses votes that were "
            "acknowledged. Set it to on."
        )
    elif commit == "local" and has["synchronous_standby_names"]:
        faults.append(
            "PostgreSQL has synchronous_commit=local beside a synchronous standby: "
            "votes that were acknowledged are lost when that takes over. Set it to on."
        )
    return faults


def _sqlite_faults() -> list[str]:
    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    options: Any = connection
    faults = []
    if journal != "wal":
        faults.append(
            f"SQLite has journal_mode={journal}, not wal: readers and the writer would "
            "hold each other up. The file must lie on a disk of this machine."
        )
    if synchronous < 2:  # NORMAL, OFF
        faults.append(
            "SQLite has synchronous below FULL: a power cut loses votes that were "
            "acknowledged."
        )
    if options.transaction_mode != "IMMEDIATE":
        faults.append(
            "SQLite has another transaction_mode than IMMEDIATE: transactions that "
            "read first fail under load."
        )
    return faults


def missing_migrations() -> list[str]:
    """The newest migrations of this code that the database does not have. One that
    has more (a newer process migrated it) is fine."""
    if not _leaves:
        _leaves.extend(MigrationLoader(None).graph.leaf_nodes())
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in _leaves if (app, name) not in applied]


def shortcomings() -> list[str]:
    """Why this process should get no visitors now; empty when all is well."""
    try:
        if faults := database_faults():
            return faults
        if missing := missing_migrations():
            return [f"The database is not migrated: {', '.join(missing[:5])}."]
        return []
    except Error:
        return ["The database does not answer."]
    finally:
        connection.close()


def _ask(found: list[str], started: threading.Event) -> None:
    """In a thread of its own, from the start until the database has answered once.

    Fills `found`; when nobody waits for that any more, it ends the process itself.
    """
    while True:
        try:
            found += database_faults()
            break
        except Error as error:
            logger.warning("the database does not answer, trying again: %s", error)
        finally:
            connection.close()
        time.sleep(ASK_AGAIN)
    if found and started.is_set():
        logger.critical("Mitwirken ends: %s", " ".join(found))
        os.kill(os.getpid(), signal.SIGTERM)
