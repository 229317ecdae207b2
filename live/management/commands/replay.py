"""`manage.py replay DIR --dialogue SLUG`: an export as live traffic on a server."""

import asyncio
import json
import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Q

from dialogue.models import Dialogue
from live.crowd.measuring import memory, peak_memory, session_cookie
from live.crowd.replaying import Replay, Replayed
from live.crowd.staging import lead_of
from live.traffic import Site
from moderation.importing import create_imported_dialogue, lead_dialogue
from projects.models import Project
from proposals.models import Proposal, Stance
from proposals.polis import Counts, ExportUnreadable, PolisExport, read_export
from shared import clock


class Command(BaseCommand):
    help = (
        "Replays a Pol.is export over real sockets against a running server and "
        "compares every count with the export: ends with 1 if a vote was lost or "
        "doubled. Needs the server's database and SECRET_KEY."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--dialogue", required=True, metavar="SLUG")
        parser.add_argument(
            "--project", metavar="SLUG", help="where to make a missing dialogue"
        )
        parser.add_argument(
            "--speed",
            default="max",
            help="how many times faster than then; max: as fast as answers come",
        )
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")
        parser.add_argument("--at-once", type=int, default=64, metavar="N")
        parser.add_argument("--witnesses", type=int, default=10, metavar="N")
        parser.add_argument("--server-pid", type=int)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            export = read_export(options["directory"])
        except ExportUnreadable as error:
            raise CommandError(str(error)) from None
        speed = _speed(options["speed"])
        dialogue, is_new = self._dialogue(export, options)
        moderator = lead_of(dialogue)
        suffix = "" if is_new else f" {secrets.token_hex(3)}"
        pid = options["server_pid"]
        before = memory(pid)

        async def run() -> Replayed:
            site = Site(options["base_url"])
            try:
                return await Replay(
                    export,
                    site=site,
                    code=dialogue.code,
                    moderator_cookies=session_cookie_of,
                    speed=speed,
                    names=lambda number: f"Person {number}{suffix}",
                    at_once=options["at_once"],
                    witnesses=options["witnesses"],
                    server_pid=pid,
                    say=self.stderr.write,
                ).run()
            finally:
                await site.close()

        session_cookie_of = session_cookie(moderator.person)
        replayed = asyncio.run(run())
        differences = replayed.differences + compare_counts(export, replayed)
        acting = replayed.seconds["acting"]
        commands = replayed.citizens.commands
        facts = {
            "dialogue": dialogue.slug,
            "people": replayed.people,
            "statements": len(replayed.proposals),
            "votes_sent": len(export.known_votes),
            "votes_that_count": len(
                [v for v in export.final_votes if v.statement in export.statements]
            ),
            "hidden": replayed.hidden,
            "seconds": {key: round(s, 1) for key, s in replayed.seconds.items()},
            "commands_per_second": round(commands / acting, 1),
            "server_processor_seconds": round(replayed.server_seconds, 1),
            "citizens": replayed.citizens.summary(),
            "moderation": replayed.moderation.summary(),
            "server_memory_mb": {"before": before, "peak": peak_memory(pid)},
            "differences": differences,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self._print(facts)
        if differences:
            raise CommandError(f"{len(differences)} differences.")

    def _print(self, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            if isinstance(value, dict):
                value = ", ".join(f"{key} {number}" for key, number in value.items())
            if name != "differences":
                self.stdout.write(f"{name.replace('_', ' '):<22} {value}")
        for difference in facts["differences"]:
            self.stdout.write(f"DIFFERS: {difference}")
        if not facts["differences"]:
            self.stdout.write("Every count is exact: no vote lost, none doubled.")

    def _dialogue(
        self, export: PolisExport, options: dict[str, Any]
    ) -> tuple[Dialogue, bool]:
        dialogue = Dialogue.objects.filter(slug=options["dialogue"]).first()
        if dialogue is not None:
            if not (dialogue.allows("propose") and dialogue.allows("stance")):
                raise CommandError("The dialogue must allow proposals and stances now.")
            return dialogue, False
        project = Project.objects.filter(slug=options["project"] or "").first()
        if project is None:
            raise CommandError(
                "There is no such dialogue. Name the --project to make it in."
            )
        dialogue = create_imported_dialogue(
            project=project,
            slug=options["dialogue"],
            title=export.topic,
            mode=Dialogue.Mode.LIVE,
            allows=["propose", "stance"],
            starts_at=clock.now(),
        )
        lead_dialogue(dialogue)
        return dialogue, True


def compare_counts(export: PolisExport, replayed: Replayed) -> list[str]:
    """Server's numbers, the rows' numbers and the stances against the export."""
    expected = {
        pk: counts
        for pk, counts in export.final_counts().items()
        if pk in export.statements
    }
    proposals = Proposal.objects.filter(pk__in=replayed.proposals.values())
    on_rows = {
        row.pk: Counts(row.agrees, row.disagrees, row.passes) for row in proposals
    }
    counted = {
        row.pk: Counts(row.counted_agrees, row.counted_disagrees, row.counted_passes)
        for row in proposals.annotate(
            counted_agrees=_number_of(Stance.Value.AGREE),
            counted_disagrees=_number_of(Stance.Value.DISAGREE),
            counted_passes=_number_of(Stance.Value.PASS),
        )
    }
    differences = []
    for statement, right in expected.items():
        proposal = replayed.proposals.get(statement)
        if proposal is None:
            differences.append(f"statement {statement} was never published")
            continue
        seen = {
            "shown by the server": replayed.server_counts.get(statement, Counts()),
            "on the row": on_rows.get(proposal),
            "in the stances": counted.get(proposal),
        }
        differences += [
            f"statement {statement} {where}: {found}, not {right}"
            for where, found in seen.items()
            if found != right
        ]
    return differences


def _number_of(value: str) -> Count:
    return Count("stances", filter=Q(stances__value=value))


def _speed(text: str) -> float:
    if text == "max":
        return float("inf")
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise CommandError("--speed is a positive number or max.")
    return speed
