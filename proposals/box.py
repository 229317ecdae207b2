"""The box of a secret ballot while it is open: one table per ballot.

A row is (sheet, option, value), `sheet` a random number of 128 bits. No person,
time, order, session or request key. On SQLite the table has no rowid, so rows
lie in the order of the random key. At closing the rows are copied, in that
order, into SealedMark and the table is dropped: nothing of the order of
casting, and on PostgreSQL no transaction id that the roll shares, is left.
"""

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing

from django.db import connection, transaction

from proposals.models import Ballot, SealedMark
from shared.rows import as_table

logger = logging.getLogger(__name__)
# Seconds to wait for somebody who reads, between tries, and until we give up.
PATIENCE, PAUSE, LONGEST = 0.5, 2.0, 3600.0


def table_of(ballot: Ballot) -> str:
    return f"proposals_box_{int(ballot.pk)}"


def build(ballot: Ballot) -> None:
    """Make the empty box, inside the transaction that opens the ballot."""
    suffix = " WITHOUT ROWID" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {table_of(ballot)} (sheet char(32) NOT NULL, "
            "option_id bigint NOT NULL, value integer NOT NULL, "
            f"PRIMARY KEY (sheet, option_id)){suffix}"
        )


def put(ballot: Ballot, sheets: Iterable[dict[int, int]]) -> None:
    """Drop sheets (option pk -> value) into the box."""
    rows = []
    for sheet in sheets:
        key = secrets.token_hex(16)
        rows += [(key, option, value) for option, value in sheet.items()]
    table, values = as_table(
        "new", {"sheet": "text", "option_id": "bigint", "value": "integer"}, rows
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table_of(ballot)} (sheet, option_id, value) "  # noqa: S608 -- the name is an integer of ours
            f"SELECT new.sheet, new.option_id, new.value FROM {table}",
            values,
        )


def seal(ballot: Ballot) -> None:
    """Copy the box in key order and drop it. Requires the ballot's row lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SealedMark._meta.db_table} "  # noqa: S608 -- names of ours
            "(ballot_id, sheet, option_id, value) "
            f"SELECT %s, sheet, option_id, value FROM {table_of(ballot)} "
            "ORDER BY sheet, option_id",
            [ballot.pk],
        )
    drop(ballot)


def drop(ballot: Ballot) -> None:
    """Throw the box away, with what the write-ahead log still holds of it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table_of(ballot)}")
    transaction.on_commit(empty_log_soon)


def empty_log_soon() -> None:
    """Empty SQLite's log now, or as soon as nobody reads what was before.

    Also called when a web process starts: the one before may have been killed while it
    waited for that.
    """
    if connection.vendor != "sqlite":
        return
    name = str(connection.settings_dict["NAME"])
    try:
        is_empty = empty_log(name)
    except sqlite3.Error:
        is_empty = False
    if not is_empty:
        # Whoever closed the ballot need not wait.
        threading.Thread(
            target=_empty_later, args=[name], name="empty-log", daemon=True
        ).start()


def empty_log(name: str) -> bool:
    """Empty SQLite's log; False if it cannot be as long as somebody reads."""
    if name == ":memory:" or "mode=memory" in name:
        return True
    with closing(sqlite3.connect(name, timeout=PATIENCE)) as own:
        (busy, *__) = own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _empty_later(name: str) -> None:
    ends = time.monotonic() + LONGEST
    while time.monotonic() < ends:
        time.sleep(PAUSE)
        try:
            if empty_log(name):
                return
        except sqlite3.Error:
            logger.exception("the write-ahead log could not be emptied; trying again")
    logger.error("the write-ahead log still holds pages of a closed ballot's box")
