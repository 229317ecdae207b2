"""Entries refuse change and removal from now on."""

from django.db import migrations

from ledger.triggers import install, remove


def protect(apps, schema_editor):
    install(schema_editor.connection, ["ledger_entry"])


def unprotect(apps, schema_editor):
    remove(schema_editor.connection, ["ledger_entry"])


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunPython(protect, unprotect)]
