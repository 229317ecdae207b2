"""The tests' own handling of append-only tables."""

import pytest
from django.db import DatabaseError, connection

from ledger.models import Stream

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


INSERT = (
    "INSERT INTO ledger_entry "
    "(stream_id, seq, kind, audience, payload, recorded_at, digest) "
    "VALUES (%s, 1, 'test', 'all', '{}', '2026-01-01 00:00:00+00:00', '')"
)


def refuse_update() -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [Stream.objects.create().pk])
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute("UPDATE ledger_entry SET seq = 2")


# Two tests: the second finds an empty table (the flush went through) and the
# triggers in force (they came back).
@pytest.mark.parametrize("time", ["first", "second"])
def test_triggers_survive_flush(time: str):
    refuse_update()
