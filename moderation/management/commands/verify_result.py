"""Check a result file that anybody may have kept: figures, votes, texts, ledger."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from moderation.verifying import verify

MARKS = {True: "ok  ", False: "FAIL", None: "--  "}


class Command(BaseCommand):
    help = "Check a result file: digest, every ballot counted again, texts, ledger."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--texts", type=Path, help="the texts.json of the result")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raw = options["file"].read_bytes()
            texts = options["texts"].read_bytes() if options["texts"] else None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        try:
            report = verify(raw, texts)
        except DatabaseError:
            # Years later there may be no database at all.
            report = verify(raw, texts, ask_database=False)
        if options["as_json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            self.stdout.write(f"SHA-256 {report.digest}")
            for check in report.checks:
                self.stdout.write(f"{MARKS[check.ok]} {check.line}")
        if not report.holds:
            raise CommandError("This result does not hold.", returncode=1)
        if not options["as_json"]:
            self.stdout.write("This result holds.")
