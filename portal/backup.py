"""Making a backup: the database at one moment, the uploads, and a manifest.

SQLite is copied by its own online backup. PostgreSQL is read table by table with
COPY in one snapshot, so neither the version of the server nor a client program
matters; the schema is not in it, since the migrations named in the manifest make it.
Nothing is locked, and the web processes go on.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.crypto import salted_hmac

from ledger.models import Stream
from proposals.models import Ballot
from shared import clock

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_FILE = "database.sqlite3"
TABLES = "tables"
MEDIA = "media"


class BackupFailed(Exception):
    """Nothing was made or changed, unless the message says so."""


def back_up(target: Path, *, despite_secret_ballot: bool = False) -> dict[str, Any]:
    """Write a backup to the directory `target`; returns its manifest."""
    if target.exists():
        raise BackupFailed(f"{target} is there already. Name a new directory.")
    if not despite_secret_ballot:
        _refuse_secret_ballots()
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    facts: dict[str, Any] = {
        "format": FORMAT,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "engine": connection.vendor,
        "secret_key": key_print(),
        "holds_secret_ballots": despite_secret_ballot and bool(_secret_ballots()),
    }
    if connection.vendor == "sqlite":
        facts |= _copy_sqlite(part / SQLITE_FILE)
    else:
        facts |= _copy_tables(part / TABLES)
    if not despite_secret_ballot:
        try:
            _refuse_secret_ballots()  # one may have been opened meanwhile
        except BackupFailed:
            shutil.rmtree(part)
            raise
    # After the database: what that names is there already.
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir():
        shutil.copytree(media, part / MEDIA)
    facts["files"] = digests(part)
    (part / MANIFEST).write_text(json.dumps(facts, indent=1))
    for path in part.rglob("*"):
        _sync(path)
    _sync(part)
    part.rename(target)
    _sync(target.parent)
    return facts


def _secret_ballots() -> list[str]:
    """The titles of those that are open."""
    secret = Ballot.objects.filter(secrecy=Ballot.Secrecy.SECRET)
    opened = secret.filter(state__in=Ballot.RUNNING)
    return list(opened.values_list("title", flat=True))


def _refuse_secret_ballots() -> None:
    if opened := _secret_ballots():
        raise BackupFailed(
            f"A secret ballot is open ({', '.join(opened)}). A backup would hold roll "
            "and box before they are parted, and two backups with few votes between "
            "them may tell who voted what. Wait until it is closed; or say "
            "--despite-secret-ballot, and delete the backup after the ballot."
        )


def _copy_sqlite(path: Path) -> dict[str, Any]:
    connection.ensure_connection()
    copy = sqlite3.connect(path)
    try:
        with connection.wrap_database_errors:
            connection.connection.backup(copy)
        # One file: without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise BackupFailed(f"The database is damaged: {found}")
        applied = copy.execute("SELECT app, name FROM django_migrations ORDER BY id")
        streams = copy.execute(f"SELECT count(*) FROM {Stream._meta.db_table}")  # noqa: S608 -- a name of ours
        return {
            "migrations": [list(row) for row in applied],
            "streams": streams.fetchone()[0],
        }
    finally:
        copy.close()


def _copy_tables(directory: Path) -> dict[str, Any]:
    directory.mkdir()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            name = connection.ops.quote_name(table)
            statement = f"COPY {name} ({columns(cursor, table)}) TO STDOUT"
            path = directory / f"{table}.copy"
            with path.open("wb") as file, cursor.copy(statement) as reading:
                for block in reading:
                    file.write(block)
            rows[table] = cursor.rowcount
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences "
            "WHERE schemaname = current_schema() AND last_value IS NOT NULL"
        )
        sequences = dict(cursor.fetchall())
        applied = MigrationRecorder.Migration.objects.using("default").order_by("id")
        return {
            "migrations": [list(row) for row in applied.values_list("app", "name")],
            "rows": rows,
            "sequences": sequences,
            "streams": Stream.objects.count(),
        }


def columns(cursor: Any, table: str) -> str:
    """The columns by name: a migrated table may have them in another order."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attname",
        [connection.ops.quote_name(table)],
    )
    return ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())


# --- digests ----------------------------------------------------------------------
def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file below, by its path."""
    return {
        path.relative_to(directory).as_posix(): _digest(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_print() -> str:
    """Tells two secret keys apart, and nothing else about them."""
    return salted_hmac("portal.backup", "print", algorithm="sha256").hexdigest()[:16]


def _sync(path: Path) -> None:
    """A backup that has its name lies on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
