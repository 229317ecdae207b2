"""`manage.py backup TARGET`: database, uploads and manifest in a new directory."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import BackupFailed, back_up


class Command(BaseCommand):
    help = (
        "Write a backup to a new directory, while everything runs. The secret key is "
        "not in it: keep that elsewhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path)
        parser.add_argument(
            "--despite-secret-ballot",
            action="store_true",
            help="although a secret ballot is open, whose votes it may give away",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["target"]
        try:
            facts = back_up(
                target, despite_secret_ballot=options["despite_secret_ballot"]
            )
        except (BackupFailed, OSError) as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(
            f"{target}: {facts['streams']} dialogues, {len(facts['files'])} files."
        )
