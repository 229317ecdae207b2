"""`manage.py rehearse CODE`: a rehearsal of a dialogue on a running server."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from dialogue.models import Rehearsal
from dialogue.queries import find_dialogue
from dialogue.rehearsing import plan_rehearsal
from live.rehearsal.running import rehearse
from moderation.wiping import wipe_rehearsal
from shared.errors import Refusal


class Command(BaseCommand):
    help = (
        "Copies a dialogue for a rehearsal and lets simulated citizens of many kinds "
        "live in it on a running server, until they are stopped on its planning page "
        "or the time is over. Needs the server's database and SECRET_KEY."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--speed", type=int, default=1, help="1 to 5")
        parser.add_argument("--citizens", type=int, default=30)
        parser.add_argument(
            "--minutes", type=int, default=60, help="at most so long, by the clock"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")
        parser.add_argument("--wipe", action="store_true", help="at the end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rehearsal = plan_rehearsal(
                dialogue=find_dialogue(options["code"]),
                speed=options["speed"],
                citizens=options["citizens"],
                minutes=options["minutes"],
                seed=options["seed"],
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from None
        code = rehearsal.dialogue.code
        base = options["base_url"].rstrip("/")
        self.stdout.write(f"Desk: {base}{reverse('live:desk', args=[code])}")
        self.stdout.flush()
        trouble = rehearse(rehearsal.pk, base)
        if options["wipe"]:
            wipe_rehearsal(dialogue=rehearsal.dialogue)
        if trouble:
            raise CommandError(trouble)
        kinds = Rehearsal.objects.filter(pk=rehearsal.pk).values_list("kinds").first()
        self.stdout.write(f"Over. There were: {kinds[0] if kinds else 'wiped'}")
