"""Verbs of the minutes before they are frozen: remarks and corrections."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import write_message
from dialogue.events import (
    CorrectionAnswered,
    CorrectionAsked,
    MinutesRemarked,
)
from dialogue.models import (
    AgendaItem,
    CorrectionRequest,
    Dialogue,
    FrozenMinutes,
    Participation,
    Remark,
)
from dialogue.queries import forbidden, fresh, require
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_text

State = CorrectionRequest.State
# One person's: more is a conversation, and belongs to the contact named in the project.
MOST_REQUESTS = 10
MOST_REMARKS = 200


def ends_at(dialogue: Dialogue) -> datetime | None:
    """Until when corrections can be asked for."""
    if dialogue.closed_at is None:
        return None
    return dialogue.closed_at + timedelta(hours=settings.CORRECTION_HOURS)


def frozen_minutes(dialogue: Dialogue) -> FrozenMinutes | None:
    return FrozenMinutes.objects.filter(dialogue=dialogue).first()


# --- remarks --------------------------------------------------------------------
@act()
def add_remark(
    *, moderator: Participation, text: str, item_pk: int | None = None
) -> Remark:
    """Add what the ledger cannot know, to an agenda item or to the whole."""
    moderator, dialogue = fresh(moderator)
    require("dialogue.remark_minutes", moderator, dialogue)
    if dialogue.opened_at is None:
        raise Refusal(
            "dialogue.not_live", gettext_lazy("The dialogue has not begun yet.")
        )
    refuse_frozen(dialogue)
    if dialogue.remarks.count() >= MOST_REMARKS:
        raise Refusal(
            "minutes.full", gettext_lazy("The minutes have 200 remarks already.")
        )
    remark = Remark.objects.create(
        dialogue=dialogue,
        item=_item(dialogue, item_pk),
        text=_said(text, Remark, "text"),
        written_by=moderator,
        written_at=clock.now(),
    )
    record(dialogue.stream_id, MinutesRemarked(remark=remark.pk, by=moderator.pk))
    return remark


@act()
def remove_remark(*, moderator: Participation, remark_pk: int) -> None:
    """Take a remark out again: one's own, or any for the lead."""
    moderator, dialogue = fresh(moderator)
    require("dialogue.remark_minutes", moderator, dialogue)
    refuse_frozen(dialogue)
    rows = dialogue.remarks.filter(pk=remark_pk)
    if moderator.role != Participation.Role.LEAD_MODERATOR:
        rows = rows.filter(written_by=moderator)
    remark = rows.select_for_update().first()
    if remark is None:
        raise forbidden()
    record(dialogue.stream_id, MinutesRemarked(remark=remark.pk, by=moderator.pk))
    remark.delete()


# --- corrections ------------------------------------------------------------------
@act()
def ask_correction(
    *, participation: Participation, text: str, item_pk: int | None = None
) -> CorrectionRequest:
    """Say what is wrong in the minutes; the lead moderators are told."""
    # Held first: two requests at once must not both be the tenth.
    Participation.objects.select_for_update(no_key=True).get(pk=participation.pk)
    participation, dialogue = fresh(participation)
    require("dialogue.ask_correction", participation, dialogue)
    refuse_frozen(dialogue)
    end = ends_at(dialogue)
    if end is None or clock.now() > end:
        raise Refusal(
            "minutes.too_late",
            gettext_lazy("The time for corrections is over."),
        )
    if participation.corrections.count() >= MOST_REQUESTS:
        raise Refusal(
            "minutes.too_many",
            gettext_lazy("You have asked for ten corrections. Please write to us."),
            status=429,
        )
    request = CorrectionRequest.objects.create(
        dialogue=dialogue,
        item=_item(dialogue, item_pk),
        text=_said(text, CorrectionRequest, "text"),
        asked_by=participation,
        asked_at=clock.now(),
    )
    record(dialogue.stream_id, CorrectionAsked(correction=request.pk))
    with translation.override("de"):
        subject = _("Somebody asks for a correction of the minutes")
        body = _("Dialogue: %(dialogue)s\n\n%(text)s") % {
            "dialogue": dialogue.title,
            "text": request.text,
        }
    for lead in _leads(dialogue):
        write_message(
            person=lead.person, subject=subject, body=body, link=address_of(dialogue)
        )
    return request


@act()
def answer_correction(
    *, moderator: Participation, request_pk: int, state: str, reason: str
) -> CorrectionRequest:
    """Accept or decline with a reason; who asked is told. Nobody answers themselves."""
    moderator, dialogue = fresh(moderator)
    require("dialogue.answer_correction", moderator, dialogue)
    refuse_frozen(dialogue)
    request = (
        dialogue.corrections.select_for_update(of=("self",))
        .select_related("asked_by__person")
        .filter(pk=request_pk)
        .first()
    )
    if request is None:
        raise forbidden()
    if request.asked_by_id == moderator.pk:
        raise Refusal(
            "minutes.own_request",
            gettext_lazy("This is your own request: another moderator answers it."),
            status=403,
        )
    if request.state != State.OPEN:
        raise Refusal(
            "minutes.answered",
            gettext_lazy("This was answered meanwhile. Please look again."),
        )
    if state not in (State.ACCEPTED, State.DECLINED):
        raise Refusal(
            "minutes.answer",
            gettext_lazy("Please accept or decline."),
            status=400,
            field="state",
        )
    request.reason = _said(reason, CorrectionRequest, "reason")
    request.state, request.answered_by = state, moderator
    request.answered_at = clock.now()
    request.save()
    record(
        dialogue.stream_id,
        CorrectionAnswered(
            correction=request.pk,
            state=state,
            by=moderator.pk,
            concerns=request.asked_by_id,
        ),
    )
    with translation.override("de"):
        subject = (
            _("Your correction of the minutes was accepted")
            if state == State.ACCEPTED
            else _("Your correction of the minutes was declined")
        )
        body = _("Dialogue: %(dialogue)s\nYour text: %(text)s\nReason: %(reason)s") % {
            "dialogue": dialogue.title,
            "text": request.text,
            "reason": request.reason,
        }
    write_message(
        person=request.asked_by.person,
        subject=subject,
        body=body,
        link=address_of(dialogue),
    )
    return request


# --- what these share ---------------------------------------------------------------
def address_of(dialogue: Dialogue) -> str:
    return f"/d/{dialogue.code}/minutes/"


def refuse_frozen(dialogue: Dialogue) -> None:
    if frozen_minutes(dialogue) is not None:
        raise Refusal(
            "minutes.frozen",
            gettext_lazy("The minutes are frozen. Nothing in them changes any more."),
        )


def _item(dialogue: Dialogue, pk: int | None) -> AgendaItem | None:
    if pk is None:
        return None
    item = dialogue.agenda.filter(pk=pk).first()
    if item is None:
        raise forbidden()
    return item


def _said(text: str, model: type[Remark] | type[CorrectionRequest], name: str) -> str:
    text = clean_text(text)
    most = model._meta.get_field(name).max_length or 0  # type: ignore[union-attr]
    if not text or len(text) > most:
        raise Refusal(
            "input.invalid",
            gettext_lazy("Please write something, at most %(most)d signs.")
            % {"most": most},
            status=400,
            field=name,
        )
    return text


def _leads(dialogue: Dialogue) -> list[Participation]:
    return list(
        dialogue.participations.filter(
            role=Participation.Role.LEAD_MODERATOR,
            state=Participation.State.ADMITTED,
        ).select_related("person")
    )
