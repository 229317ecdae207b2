"""`manage.py import_polis DIR --project SLUG`: a Pol.is export as a dialogue."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from moderation.importing import import_polis
from projects.models import Project
from proposals.polis import ExportUnreadable, read_export


class Command(BaseCommand):
    help = (
        "Imports a Pol.is export: statements, the last vote of each person as a "
        "stance, and moderation states. Rejected statements are hidden after the "
        "last vote: they keep their counts. Run twice, it makes two dialogues."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--slug", default="", help="short name of the dialogue")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            export = read_export(directory)
        except ExportUnreadable as error:
            raise CommandError(str(error)) from None
        started = time.perf_counter()
        dialogue, figures = import_polis(
            export=export,
            project=project,
            slug=options["slug"] or slugify(f"polis-{directory.resolve().name}"),
        )
        facts = {
            "dialogue": dialogue.slug,
            "code": dialogue.code,
            **figures,
            "seconds": round(time.perf_counter() - started, 1),
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name.replace('_', ' '):<30} {value}")
        self.stdout.write("Hidden statements keep their counts.")
