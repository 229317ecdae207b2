"""Freezing the minutes beside the result, and erasing a person from them."""

import hashlib
import logging
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy

from accounts.models import Person
from dialogue.events import MinutesFrozen
from dialogue.models import (
    CorrectionRequest,
    Dialogue,
    FrozenMinutes,
    MinutesText,
    Participation,
    Remark,
)
from dialogue.queries import fresh, require
from ledger.actions import act, record
from ledger.chain import canonical
from moderation.minutes import ends_at, frozen_minutes, refuse_frozen
from moderation.minutes_sheet import draw_up, result_of
from shared import clock
from shared.errors import Refusal

logger = logging.getLogger(__name__)
State = CorrectionRequest.State


@act()
def freeze_minutes(*, moderator: Participation) -> FrozenMinutes:
    """Freeze before the time is over: when no request is open."""
    dialogue = _hold(moderator.dialogue_id)
    moderator, __ = fresh(moderator)
    require("dialogue.freeze_minutes", moderator, dialogue)
    refuse_frozen(dialogue)
    if dialogue.rehearsal_of_id is not None:
        raise Refusal(
            "minutes.rehearsal",
            gettext_lazy("This is a rehearsal. It leaves no minutes."),
        )
    if dialogue.corrections.filter(state=State.OPEN).exists():
        raise Refusal(
            "minutes.open_requests",
            gettext_lazy("Please answer all requests for correction first."),
        )
    return _freeze(dialogue, by=moderator.pk)


@act()
def follow_clock(*, dialogue_pk: int) -> FrozenMinutes | None:
    """Freeze when the time is over. Requests that are open get as long again."""
    dialogue = _hold(dialogue_pk)
    end = ends_at(dialogue)
    if not dialogue.is_over or end is None or frozen_minutes(dialogue):
        return None
    if dialogue.corrections.filter(state=State.OPEN).exists():
        end += timedelta(hours=settings.CORRECTION_HOURS)
    if clock.now() <= end or result_of(dialogue) is None:
        return None
    return _freeze(dialogue, by=None)


def freeze_due() -> None:
    """All minutes whose time is over; one that fails does not stop the others."""
    before = clock.now() - timedelta(hours=settings.CORRECTION_HOURS)
    due = Dialogue.objects.filter(
        state=Dialogue.State.CLOSED,
        closed_at__lt=before,
        minutes=None,
        rehearsal_of=None,
    )
    for pk in due.order_by("closed_at").values_list("pk", flat=True):
        try:
            follow_clock(dialogue_pk=pk)
        except Exception:
            logger.exception("the minutes of dialogue %s were not frozen", pk)


def _freeze(dialogue: Dialogue, *, by: int | None) -> FrozenMinutes:
    result = result_of(dialogue)
    if result is None:
        raise Refusal(
            "minutes.no_result", gettext_lazy("There is no result of this dialogue.")
        )
    facts, texts = draw_up(dialogue, result)
    text = canonical(facts).decode()
    minutes = FrozenMinutes.objects.create(
        dialogue=dialogue,
        result=result,
        canonical=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        frozen_at=clock.now(),
    )
    MinutesText.objects.bulk_create(
        MinutesText(
            minutes=minutes,
            key=key,
            salt=salt,
            text=words,
            writer_id=texts.writers.get(key),
        )
        for key, (salt, words) in sorted(texts.kept.items())
    )
    record(dialogue.stream_id, MinutesFrozen(digest=minutes.digest, by=by))
    return minutes


def _hold(pk: int) -> Dialogue:
    """The dialogue, alone: whoever began to add something before commits first."""
    return (
        Dialogue.objects.select_for_update(of=("self",))
        .select_related("project", "stream")
        .get(pk=pk)
    )


# --- erasing ----------------------------------------------------------------------
@act()
def erase_person(person: Person, *, texts: bool) -> None:
    """Take the person's names out of minutes; with `texts` also what was written."""
    rows = MinutesText.objects.filter(writer__person=person)
    if not texts:
        rows = rows.filter(key__startswith="name-")
    rows.update(salt="", text="")
    if texts:
        CorrectionRequest.objects.filter(asked_by__person=person).update(text="")
        Remark.objects.filter(written_by__person=person).update(text="")
