"""The opinion map of a Pol.is export or of a dialogue, as text or as JSON."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dialogue.models import Dialogue
from proposals.opinions.files import read_base_clusters, read_groups, read_table
from proposals.opinions.mapping import OpinionMap, as_json, draw_up
from proposals.opinions.reading import table_of
from proposals.opinions.table import FEWEST_FOR_GROUPS, StanceTable
from proposals.polis import ExportUnreadable


class Command(BaseCommand):
    help = "Draw the opinion map of a Pol.is export (a directory) or of a dialogue."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, nargs="?", metavar="DIR")
        parser.add_argument("--dialogue", metavar="SLUG")
        parser.add_argument(
            "--groups", type=Path, help="a file that fixes who is in which group"
        )
        parser.add_argument(
            "--base-clusters", type=Path, help="small clusters to make groups of"
        )
        parser.add_argument(
            "--strict",
            action="store_true",
            help="leave out statements that nobody has moderated",
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["directory"] is None) == (options["dialogue"] is None):
            raise CommandError("Give either a directory or --dialogue SLUG.")
        if options["groups"] and options["base_clusters"]:
            raise CommandError("Give either --groups or --base-clusters.")
        try:
            table = self._table(options)
            base = options["base_clusters"]
            found = draw_up(
                table,
                assigned=read_groups(options["groups"]) if options["groups"] else None,
                base=read_base_clusters(base) if base else None,
            )
        except ExportUnreadable as error:
            raise CommandError(str(error)) from None
        if not found.groups:
            raise CommandError("Nobody of these groups has taken a stance.")
        if options["as_json"]:
            self.stdout.write(json.dumps(as_json(found)))
        else:
            self._tell(found)

    def _table(self, options: dict[str, Any]) -> StanceTable:
        if options["directory"] is not None:
            return read_table(options["directory"], strict=options["strict"])
        dialogue = Dialogue.objects.filter(slug=options["dialogue"]).first()
        if dialogue is None:
            raise CommandError(f"There is no dialogue {options['dialogue']}.")
        table = table_of(dialogue, strict=options["strict"] or None)
        if not len(table.people):
            raise CommandError("Nobody has taken a stance in this dialogue.")
        if len(table.people) < FEWEST_FOR_GROUPS and not options["as_json"]:
            self.stdout.write(
                f"Fewer than {FEWEST_FOR_GROUPS} people: these groups say little."
            )
        return table

    def _tell(self, found: OpinionMap) -> None:
        table = found.table
        self.stdout.write(
            f"{len(table.people)} people, {len(table.statements)} statements, "
            f"{int(table.left_out.sum())} of them left out, "
            f"{len(found.rows_in)} people in {len(found.groups)} groups"
        )
        for group in found.groups:
            self.stdout.write(f"\nGroup {group.id}: {len(group.members)} people")
            for row in group.representative:
                self.stdout.write(
                    f"  {table.statements[row.column]:>7} {row.direction:<8} "
                    f"{row.success} of {row.trials}, {row.ratio:.1f} times the others"
                )
        for name, rows in found.consensus.items():
            self.stdout.write(f"\nMost {name}:")
            for agreed in rows:
                self.stdout.write(
                    f"  {table.statements[agreed.column]:>7} "
                    f"{agreed.success} of {agreed.trials}"
                )
