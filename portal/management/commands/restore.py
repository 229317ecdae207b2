"""`manage.py restore SOURCE`: a backup takes the place of what is there."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import BackupFailed
from portal.restoring import restore


class Command(BaseCommand):
    help = (
        "Restore a backup made by `backup`, migrate it, give every stream a new epoch, "
        "and check every ledger and result. Stop web, jobs and clock before."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument(
            "--overwrite", action="store_true", help="replace what is in the database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            holds = restore(
                options["source"],
                overwrite=options["overwrite"],
                say=self.stdout.write,
            )
        except (BackupFailed, OSError) as failed:
            raise CommandError(str(failed)) from None
        if not holds:
            raise CommandError("Restored, but not all of it holds: see above.")
        self.stdout.write("Restored, and all of it holds.")
