"""Check a file of frozen minutes that anybody may have kept."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from moderation.management.commands.verify_result import MARKS
from moderation.minutes_verifying import verify_minutes


class Command(BaseCommand):
    help = "Check a file of minutes: digest, texts, and the ledger."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--texts", type=Path, help="the texts.json of the minutes")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raw = options["file"].read_bytes()
            texts = options["texts"].read_bytes() if options["texts"] else None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        try:
            report = verify_minutes(raw, texts)
        except DatabaseError:
            # Years later there may be no database at all.
            report = verify_minutes(raw, texts, ask_database=False)
        if options["as_json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            self.stdout.write(f"SHA-256 {report.digest}")
            for check in report.checks:
                self.stdout.write(f"{MARKS[check.ok]} {check.line}")
        if not report.holds:
            raise CommandError("These minutes do not hold.", returncode=1)
        if not options["as_json"]:
            self.stdout.write("These minutes hold.")
