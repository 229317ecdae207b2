"""Result records refuse change and removal from now on."""

from django.db import migrations

from ledger.triggers import install, remove


def protect(apps, schema_editor):
    install(schema_editor.connection, ["projects_resultrecord"])


def unprotect(apps, schema_editor):
    remove(schema_editor.connection, ["projects_resultrecord"])


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("ledger", "0002_append_only")]

    operations = [migrations.RunPython(protect, unprotect)]
