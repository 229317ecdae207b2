"""The crowd of one rehearsal: in by the citizens' own door, and home again in time."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import translation
from django.utils.translation import gettext as _

from dialogue.models import Rehearsal
from dialogue.rehearsing import begin_rehearsal, end_rehearsal, keep_rehearsing
from live.client import RoomClient
from live.crowd import words
from live.crowd.citizens import Wishes
from live.rehearsal.citizens import KindOfCitizen
from live.rehearsal.kinds import crowd_of
from live.traffic import NotLetIn, Site

logger = logging.getLogger(__name__)
# Seconds between two looks whether somebody has sent them home.
LOOK_EVERY = 3.0
# They come in one after the other, as people do, within so long (s).
ARRIVING = 60.0
# A crowd of which nobody gets in for so many tries has the wrong address.
MOST_FAILURES = 3


@dataclass
class Crowd:
    """Everybody who was let in, and what kept others out."""

    rehearsal: Rehearsal
    site: Site
    over: Wishes = field(default_factory=Wishes)
    inside: list[KindOfCitizen] = field(default_factory=list)
    trouble: str = ""
    failures: int = 0

    async def live(self) -> None:
        """Until the time is over, the dialogue is closed, or they are sent home."""
        deadline = time.monotonic() + self.rehearsal.minutes * 60
        dialogue = self.rehearsal.dialogue
        slots = asyncio.Semaphore(4)
        kinds = crowd_of(self.rehearsal.citizens, self.rehearsal.seed)
        citizens = []
        for number, kind in enumerate(kinds):
            seed = self.rehearsal.seed * 1000 + number
            client = RoomClient(
                self.site,
                dialogue.code,
                name=words.name(number),
                chance=random.Random(seed),  # noqa: S311 -- pauses only
                slots=slots,
            )
            citizens.append(
                KindOfCitizen(
                    client, self.over, kind=kind, seed=seed, speed=dialogue.speed
                )
            )
        lives = [asyncio.create_task(self._one(citizen)) for citizen in citizens]
        try:
            while time.monotonic() < deadline and not self.over.over:
                if self.failures >= MOST_FAILURES and not self.inside:
                    break
                if not await sync_to_async(keep_rehearsing)(self.rehearsal.pk):
                    break
                await asyncio.sleep(LOOK_EVERY)
        finally:
            self.over.over = True
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)
            await asyncio.gather(
                *(citizen.client.leave() for citizen in citizens),
                return_exceptions=True,
            )
            await sync_to_async(_forget_sessions)(citizens)
        if not self.inside and self.trouble:
            raise NotLetIn(self.trouble)

    async def _one(self, citizen: KindOfCitizen) -> None:
        arriving = ARRIVING / self.rehearsal.dialogue.speed
        await asyncio.sleep(citizen.chance.uniform(0, arriving))
        try:
            await citizen.client.join()
            await citizen.client.load_page()
            await citizen.client.connect()
        except Exception as error:
            # Whatever it is: the others come, and the planning page names it.
            self.failures += 1
            self.trouble = self.trouble or str(error) or type(error).__name__
            return
        self.inside.append(citizen)
        await citizen.live()


def rehearse(rehearsal_pk: int, base_url: str) -> str:
    """Live through a planned rehearsal; what went wrong, or nothing."""
    planned = Rehearsal.objects.filter(pk=rehearsal_pk).first()
    if planned is None:
        return ""
    kinds = set(crowd_of(planned.citizens, planned.seed))
    rehearsal = begin_rehearsal(rehearsal_pk=rehearsal_pk, kinds=kinds)
    if rehearsal is None:
        return ""
    trouble = _("The simulated citizens were ended with the worker.")
    try:
        asyncio.run(_live(rehearsal, base_url))
        trouble = ""
    except NotLetIn as error:
        trouble = _lived_badly(str(error))
    except Exception as error:
        logger.exception("rehearsal %s failed", rehearsal_pk)
        trouble = _lived_badly(type(error).__name__)
    finally:
        end_rehearsal(rehearsal_pk=rehearsal_pk, trouble=trouble)
    return trouble


async def _live(rehearsal: Rehearsal, base_url: str) -> None:
    site = Site(base_url)
    try:
        await Crowd(rehearsal, site).live()
    finally:
        await site.close()


def _lived_badly(why: str) -> str:
    """Stored, so in the city's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("The simulated citizens could not come in: %(why)s") % {"why": why}


def _forget_sessions(citizens: list[KindOfCitizen]) -> None:
    """Nobody comes back as one of them."""
    name = settings.SESSION_COOKIE_NAME
    keys = [
        cookie.value
        for citizen in citizens
        for cookie in citizen.client.browser.cookies.jar
        if cookie.name == name
    ]
    Session.objects.filter(session_key__in=keys).delete()
