"""Streams of rehearsals, whose entries may be removed; and those of no others."""

from django.db import migrations, models

from ledger.triggers import install, remove


def lift(apps, schema_editor):
    remove(schema_editor.connection)


def protect(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]

    operations = [
        # Around the new column, in both directions: SQLite makes the table anew,
        # and a trigger that names a column cannot stand while there is none.
        migrations.RunPython(lift, protect),
        migrations.AddField(
            model_name="stream",
            name="is_rehearsal",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(protect, lift),
    ]
