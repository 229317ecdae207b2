"""Expands only, so that processes of the old version go on: a column that may be
empty on each table that a vote writes, and indexes made without holding writers up."""

from typing import Any

from django.db import migrations, models

TABLES = ("RollEntry", "Vote", "Mark", "Ballot")


def column() -> Any:
    field = models.CharField(max_length=40, null=True)
    field.set_attributes_from_name("expanded")
    return field


def expand(apps: Any, editor: Any) -> None:
    for name in TABLES:
        editor.add_field(apps.get_model("proposals", name), column())
    concurrently = "CONCURRENTLY" if editor.connection.vendor == "postgresql" else ""
    for name in TABLES:
        table = apps.get_model("proposals", name)._meta.db_table
        editor.execute(
            f"CREATE INDEX {concurrently} expanded_{table} ON {table} (expanded)"
        )


def contract(apps: Any, editor: Any) -> None:
    for name in TABLES:
        table = apps.get_model("proposals", name)._meta.db_table
        editor.execute(f"DROP INDEX expanded_{table}")
        editor.execute(f"ALTER TABLE {table} DROP COLUMN expanded")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("proposals", "__first__")]
    operations = [migrations.RunPython(expand, contract)]
