"""`manage.py tick`: what is due by the clock."""

import logging
import time
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from dialogue.actions import follow_dates
from dialogue.models import Dialogue
from dialogue.speaking_names import forget_due
from moderation.minutes_freezing import freeze_due
from moderation.sealing import end_of_time
from moderation.settling import settle_withdrawn
from moderation.wiping import look_after_rehearsals
from qualification.actions import remind_of_expiry
from qualification.queries import has_reminders_due
from shared import clock

logger = logging.getLogger(__name__)
EVERY = 20


class Command(BaseCommand):
    help = (
        "Move online dialogues along their dates, wipe rehearsals that are long over, "
        "and drop expired sessions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="every 20 seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            try:
                tick()
            except Exception:
                if not options["loop"]:
                    raise
                logger.exception("a tick failed; trying again")
            if not options["loop"]:
                return
            close_old_connections()
            time.sleep(EVERY)


def tick() -> None:
    """One look at the clock."""
    running = Dialogue.objects.filter(mode=Dialogue.Mode.ONLINE).exclude(
        state__in=[Dialogue.State.DRAFT, Dialogue.State.CLOSED]
    )
    for pk in running.values_list("pk", flat=True):
        follow_dates(dialogue_pk=pk)
    if has_reminders_due():
        remind_of_expiry()
    freeze_due()
    look_after_rehearsals()
    settle_withdrawn()
    end_of_time()
    forget_due()
    Session.objects.filter(expire_date__lt=clock.now() - timedelta(days=1)).delete()
