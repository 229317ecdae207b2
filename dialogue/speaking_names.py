"""Forgetting those who spoke by phone or in the hall, entered on their behalf.

They have no account that could be erased: a moderator does it when they ask, and the
clock some time after the end. Minutes, turns and their order stay, without a name.
"""

import secrets
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Hand, Participation, Turn
from dialogue.queries import fresh, require
from dialogue.speaking_events import HandLowered, SpeakerForgotten
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal

KEPT_FOR = timedelta(days=30)


@act()
def forget_speaker(*, moderator: Participation, turn_pk: int) -> int:
    """Forget whoever had this turn, in every circle; returns in how many turns."""
    moderator, dialogue = fresh(moderator)
    require("dialogue.forget_speaker", moderator, dialogue)
    turn = (
        Turn.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=turn_pk, speakers_list__dialogue=dialogue, participation=None)
        .first()
    )
    if turn is None or not turn.name:
        raise Refusal(
            "speaking.no_name", _("There is no name (any more) that could be erased.")
        )
    return _forget(dialogue, turn.name_key, moderator)


def forget_due() -> None:
    """By the clock: all names of dialogues that ended long enough ago."""
    due = Dialogue.objects.filter(
        state=Dialogue.State.CLOSED, closed_at__lt=clock.now() - KEPT_FOR
    )
    named = {"participation": None, "speakers_list__dialogue__in": due}
    for pk in (
        Turn.objects.filter(**named)
        .exclude(name="")
        .order_by()
        .values_list("speakers_list__dialogue", flat=True)
        .union(
            Hand.objects.filter(**named)
            .order_by()
            .values_list("speakers_list__dialogue", flat=True)
        )
    ):
        _forget_all(dialogue_pk=pk)


@act()
def _forget_all(*, dialogue_pk: int) -> None:
    dialogue = Dialogue.objects.select_for_update(no_key=True).get(pk=dialogue_pk)
    named = {"participation": None, "speakers_list__dialogue": dialogue}
    keys = {
        *Turn.objects.filter(**named)
        .exclude(name="")
        .values_list("name_key", flat=True),
        *Hand.objects.filter(**named).values_list("name_key", flat=True),
    }
    for key in sorted(keys):
        _forget(dialogue, key, None)


def _forget(dialogue: Dialogue, key: str, by: Participation | None) -> int:
    named = {
        "participation": None,
        "name_key": key,
        "speakers_list__dialogue": dialogue,
    }
    for hand in Hand.objects.filter(**named).select_related("speakers_list"):
        record(
            dialogue.stream_id,
            HandLowered(
                circle=hand.speakers_list.circle,
                hand=hand.pk,
                by=by.pk if by else None,
            ),
        )
        hand.delete()
    turns = Turn.objects.filter(**named)
    circles = sorted(
        turns.order_by().values_list("speakers_list__circle", flat=True).distinct()
    )
    # A key of its own: what one person said stays one share.
    number = turns.update(name="", about="", name_key=f"-{secrets.token_hex(16)}")
    for circle in circles:
        record(
            dialogue.stream_id,
            SpeakerForgotten(circle=circle, by=by.pk if by else None),
        )
    return number
