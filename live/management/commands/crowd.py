"""`manage.py crowd --dialogue SLUG --people N`: simulated citizens on a server."""

import asyncio
import json
import secrets
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dialogue.models import AgendaItem, Dialogue, Participation
from live.crowd import words
from live.crowd.auditing import audit, reactions_of
from live.crowd.evening import Evening, Lived
from live.crowd.leading import plan
from live.crowd.measuring import memory, peak_memory, session_cookie
from live.crowd.staging import evening_of, lead_of
from live.traffic import Site
from projects.models import Project


class Command(BaseCommand):
    help = (
        "Lets simulated citizens live through a dialogue on a running server, and "
        "compares every screen and every receipt with the database afterwards: "
        "ends with 1 on any difference. Needs the server's database and SECRET_KEY."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dialogue", required=True, metavar="SLUG")
        parser.add_argument(
            "--project", metavar="SLUG", help="where to make a missing dialogue"
        )
        parser.add_argument("--people", type=int, default=75)
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--proposals", type=int, default=40)
        parser.add_argument("--comments", type=int, default=150)
        parser.add_argument("--ballots", type=int, default=2, help="with --lead")
        parser.add_argument(
            "--lead", action="store_true", help="walk the agenda, and close at the end"
        )
        parser.add_argument(
            "--pause", type=float, default=2.0, help="mean seconds between two acts"
        )
        parser.add_argument(
            "--longest-stop", type=float, default=90.0, help="seconds per agenda item"
        )
        parser.add_argument("--server-pid", type=int)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        dialogue = self._dialogue(options)
        evening, before = self._evening(dialogue, options), reactions_of(dialogue)
        pid = options["server_pid"]
        memory_before = memory(pid)

        async def run() -> Lived:
            site = Site(options["base_url"])
            try:
                return await Evening(site=site, **evening).run()
            finally:
                await site.close()

        lived = asyncio.run(run())
        dialogue.refresh_from_db()
        differences = [
            *lived.differences,
            *audit(dialogue, lived.diaries, reactions_before=before),
        ]
        if options["lead"] and dialogue.state != Dialogue.State.CLOSED:
            differences.append("the dialogue was not closed")
        facts = {
            **_summary(dialogue, lived),
            "server_memory_mb": {"before": memory_before, "peak": peak_memory(pid)},
            "differences": differences,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self._print(facts)
        if differences:
            raise CommandError(f"{len(differences)} differences.")

    def _dialogue(self, options: dict[str, Any]) -> Dialogue:
        dialogue = Dialogue.objects.filter(slug=options["dialogue"]).first()
        if dialogue is not None:
            if not options["lead"] and dialogue.state != Dialogue.State.LIVE:
                raise CommandError("The dialogue is not live. Use --lead to lead it.")
            return dialogue
        project = Project.objects.filter(slug=options["project"] or "").first()
        if project is None:
            raise CommandError(
                "There is no such dialogue. Name the --project to make it in."
            )
        return evening_of(project=project, slug=options["dialogue"])

    def _evening(self, dialogue: Dialogue, options: dict[str, Any]) -> dict[str, Any]:
        agenda = [(item.pk, item.allowed) for item in dialogue.agenda.all()]
        people = options["people"]
        wishes = {
            "propose": options["proposals"],
            "comment": options["comments"],
            "ask": max(1, people // 5),
            "stance": 3 * people,
            "support": people,
            "react": people,
            "park": 3,
        }
        evening: dict[str, Any] = {
            "code": dialogue.code,
            "people": people,
            "seed": options["seed"],
            "pause": options["pause"],
            "longest_stop": options["longest_stop"],
            "server_pid": options["server_pid"],
            "say": self.stderr.write,
            "wishes": {} if options["lead"] else _open_now(dialogue, wishes),
            "names": _names(dialogue),
        }
        if options["lead"]:
            evening["moderator_cookies"] = session_cookie(lead_of(dialogue).person)
            evening["stops"] = plan(
                agenda,
                people=people,
                proposals=options["proposals"],
                comments=options["comments"],
                ballots=options["ballots"],
            )
        return evening

    def _print(self, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            if isinstance(value, dict):
                value = ", ".join(f"{key} {number}" for key, number in value.items())
            if name != "differences":
                self.stdout.write(f"{name.replace('_', ' '):<24} {value}")
        for difference in facts["differences"]:
            self.stdout.write(f"DIFFERS: {difference}")
        if not facts["differences"]:
            self.stdout.write("Every screen, receipt and count agrees.")


def _open_now(dialogue: Dialogue, wishes: dict[str, int]) -> dict[str, int]:
    """Without a leader only what the present item allows can be wished."""
    allowed = dialogue.current.allowed if dialogue.current else frozenset()
    always = {"support", "react", "park"}
    return {kind: n for kind, n in wishes.items() if kind in allowed | always}


def _names(dialogue: Dialogue) -> Any:
    """Names of the crowd; a second crowd in the same dialogue has other ones."""
    role = Participation.Role.PARTICIPANT
    if not dialogue.participations.filter(role=role).exists():
        return words.name
    sign = secrets.token_hex(2)
    return lambda number: f"{words.name(number)} {sign}"


def _summary(dialogue: Dialogue, lived: Lived) -> dict[str, Any]:
    told: Counter[str] = Counter()
    for diary in lived.diaries:
        told["proposals"] += len(diary.proposals)
        told["comments"] += len(diary.comments)
        told["questions"] += len(diary.questions)
        told["stances"] += len(diary.stances)
        told["supports"] += sum(diary.supports.values())
        told["votes"] += len(diary.receipts)
        told["reactions"] += diary.reactions
        told["parked_topics"] += diary.topics
        told["unanswered"] += diary.unanswered
    return {
        "dialogue": dialogue.slug,
        "people": len(lived.diaries),
        "agenda_items": AgendaItem.objects.filter(dialogue=dialogue).count(),
        "acknowledged": dict(told),
        "turnout": {
            f"{ballot.secrecy} {ballot.pk}": f"{ballot.turnout}/{ballot.roll_size}"
            for ballot in dialogue.ballots.filter(pk__in=lived.ballots)
        },
        "not_said_in_time": lived.unfinished,
        "seconds": {key: round(value, 1) for key, value in lived.seconds.items()},
        "stop_seconds": [round(value, 1) for value in lived.stop_seconds],
        "server_processor_seconds": round(lived.server_seconds, 1),
        "citizens": lived.citizens.summary(),
        "desk_and_projector": lived.desk.summary(),
        "screens_compared": lived.compared,
        "result": lived.digest,
    }
