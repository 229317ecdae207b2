"""Restoring a backup: check it, load it, migrate it, and check what came of it."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Person
from ledger import triggers
from ledger.models import Stream, new_epoch
from ledger.queries import broken_links
from moderation.verifying import verify
from portal.backup import (
    FORMAT,
    MANIFEST,
    MEDIA,
    SQLITE_FILE,
    TABLES,
    BackupFailed,
    columns,
    digests,
    key_print,
)
from projects.models import Project, ResultRecord
from proposals import box
from proposals.models import Ballot

Say = Callable[[str], None]


def restore(source: Path, *, overwrite: bool, say: Say) -> bool:
    """Put the backup in `source` in place of what is there; whether all of it holds.

    No web process, worker or clock may run meanwhile.
    """
    facts = read_manifest(source)
    if facts["engine"] != connection.vendor:
        raise BackupFailed(
            f"This backup is of {facts['engine']}, the database is {connection.vendor}."
        )
    if unknown := _unknown_migrations(facts):
        raise BackupFailed(
            f"This backup is of a newer version: {unknown[0]} is not known here. "
            "Install that version first."
        )
    if not overwrite and (there := _what_is_there()):
        raise BackupFailed(
            f"{there}. Say --overwrite to have it replaced; it cannot be brought back."
        )
    say(f"Backup of {facts['made_at']}: {len(facts['files'])} files, all whole.")
    if connection.vendor == "sqlite":
        _load_sqlite(source / SQLITE_FILE)
    else:
        _load_tables(source / TABLES, facts)
    call_command("migrate", interactive=False, verbosity=0)
    say("The database is loaded and migrated.")
    _replace_media(source / MEDIA)
    for pk in Stream.objects.values_list("pk", flat=True):
        Stream.objects.filter(pk=pk).update(epoch=new_epoch())
    say(f"{facts['streams']} streams have a new epoch: open screens fetch all anew.")
    if facts["secret_key"] != key_print():
        say(
            "SECRET_KEY is another than at the backup: everybody is signed out, and "
            "a vote repeated from before gets no receipt."
        )
    return _check(facts, say)


def read_manifest(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is as it was written."""
    try:
        facts: dict[str, Any] = json.loads((source / MANIFEST).read_text())
        wanted = facts["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupFailed(f"{source} is no backup: no {MANIFEST} to read.") from None
    if facts.get("format") != FORMAT:
        raise BackupFailed(f"This backup has another format than {FORMAT}.")
    found = digests(source)
    if wrong := sorted(
        name for name in {*wanted, *found} if wanted.get(name) != found.get(name)
    ):
        raise BackupFailed(f"The backup is damaged: {', '.join(wrong[:5])}.")
    return facts


def _unknown_migrations(facts: dict[str, Any]) -> list[str]:
    known = MigrationExecutor(connection).loader.disk_migrations
    return [f"{a}.{n}" for a, n in facts["migrations"] if (a, n) not in known]


def _what_is_there() -> str:
    """What a restore would destroy; empty when there is nothing of worth."""
    if Path(settings.MEDIA_ROOT).is_dir() and any(Path(settings.MEDIA_ROOT).iterdir()):
        return f"There are uploads in {settings.MEDIA_ROOT}"
    for model in (Person, Project, Stream):
        try:
            number = model._default_manager.count()
        except DatabaseError:  # no such table: nothing was ever migrated
            continue
        if number:
            return (
                f"The database is not empty: {number} {model._meta.verbose_name_plural}"
            )
    return ""


# --- SQLite -----------------------------------------------------------------------
def _load_sqlite(path: Path) -> None:
    """Through the open database, not by its file: whoever still reads it is safe."""
    connection.ensure_connection()
    copy = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        with connection.wrap_database_errors:
            copy.backup(connection.connection)
    finally:
        copy.close()
    # A new connection: settings of the old one are those of the file before.
    connection.close()


# --- PostgreSQL -------------------------------------------------------------------
def _load_tables(directory: Path, facts: dict[str, Any]) -> None:
    """In a new schema, as the migrations of the backup's time leave it. All or nothing:
    PostgreSQL undoes this, should it fail, with what was there before.
    """
    newest = {app: (app, name) for app, name in facts["migrations"]}
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
        MigrationExecutor(connection).migrate(list(newest.values()))
        _make_boxes(set(facts["rows"]))
        triggers.remove(connection)
        names = ", ".join(map(connection.ops.quote_name, facts["rows"]))
        cursor.execute(f"TRUNCATE {names}")
        # Tables come in the order of their names, and point at each other.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table, rows in facts["rows"].items():
            _load_table(cursor, directory, table, rows)
        for sequence, last in facts["sequences"].items():
            cursor.execute("SELECT setval(%s::regclass, %s)", [f'"{sequence}"', last])
        # Creating a trigger needs a table without rows that wait to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        triggers.install(connection)


def _make_boxes(tables: set[str]) -> None:
    """Boxes of secret ballots that were open: no migration makes them."""
    prefix = box.table_of(Ballot(pk=0)).removesuffix("0")
    for table in tables:
        number = table.removeprefix(prefix)
        if table.startswith(prefix) and number.isdigit():
            box.build(Ballot(pk=int(number)))


def _load_table(cursor: Any, directory: Path, table: str, rows: int) -> None:
    path = directory / f"{table}.copy"
    name = connection.ops.quote_name(table)
    statement = f"COPY {name} ({columns(cursor, table)}) FROM STDIN"
    with path.open("rb") as file, cursor.copy(statement) as writing:
        while block := file.read(1 << 20):
            writing.write(block)
    if cursor.rowcount != rows:
        raise BackupFailed(f"{table} has {cursor.rowcount} rows instead of {rows}.")


# --- after it ---------------------------------------------------------------------
def _replace_media(source: Path) -> None:
    target = Path(settings.MEDIA_ROOT)
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)


def _check(facts: dict[str, Any], say: Say) -> bool:
    """Every chain and every result of what is in the database now."""
    broken = {s.pk: links for s in Stream.objects.all() if (links := broken_links(s))}
    for pk, links in broken.items():
        say(f"The ledger of stream {pk} is broken at {links[:5]}.")
    if not broken:
        say(f"The ledger's chain holds in all {Stream.objects.count()} streams.")
    bad = 0
    for record in ResultRecord.objects.all():
        report = verify(record.canonical.encode())
        if report.digest != record.digest or not report.holds:
            bad += 1
            say(f"The result {record.digest} of {record.dialogue_title} does not hold.")
    if not bad:
        say(f"All {ResultRecord.objects.count()} results hold.")
    if facts["holds_secret_ballots"]:
        say("A secret ballot was open: delete this backup once it is closed.")
    say("What was erased after the backup is back: erase it again.")
    return not (broken or bad or facts["streams"] != Stream.objects.count())
