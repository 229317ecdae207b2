"""Verbs about who may steer a dialogue: conflicts of interest, exceptions."""

import secrets

import rules
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.actions import write_message
from accounts.models import Person
from dialogue.events import (
    ConflictStated,
    ExceptionGranted,
    ExceptionWithdrawn,
)
from dialogue.models import (
    ConflictStatement,
    Dialogue,
    Participation,
    QualificationException,
)
from dialogue.queries import forbidden, fresh, require, share_lock
from ledger.actions import act, record
from qualification.actions import salted
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_text

LONGEST_TEXT = 600
Kind = ConflictStatement.Kind


@act()
def state_conflict(
    *, moderator: Participation, kind: str, text: str = ""
) -> ConflictStatement:
    """Say "none", or which interest one has and why; the last word counts."""
    moderator, dialogue = fresh(moderator)
    require("dialogue.state_conflict", moderator, dialogue)
    if kind not in Kind.values:
        raise Refusal(
            "conflict.unknown",
            _("Please choose one of the answers."),
            status=400,
            field="kind",
        )
    text = clean_text(text)
    if kind != Kind.NONE and not text:
        raise Refusal(
            "conflict.undescribed",
            _("Please describe the conflict in a sentence. Only staff reads it."),
            status=400,
            field="text",
        )
    return _state(moderator, dialogue, kind, _short(text, "text"))


@act()
def grant_exception(
    *, administrator: Person, dialogue: Dialogue, participation_pk: int, reason: str
) -> QualificationException:
    """Let a lead moderator steer this dialogue without a certificate."""
    if not rules.has_perm("dialogue.grant_exception", administrator, dialogue):
        raise forbidden()
    reason = clean_text(reason)
    if not reason:
        raise Refusal(
            "exception.unreasoned",
            _("Please give a reason. It is kept in the ledger's record."),
            status=400,
            field="reason",
        )
    participation = _lead(dialogue, participation_pk)
    if participation.qualification_exceptions.filter(withdrawn_at=None).exists():
        raise Refusal("exception.granted", _("This person has an exception already."))
    exception = _grant(participation, _short(reason, "reason"), administrator)
    # A person's own language is not stored; messages are German first.
    with translation.override("de"):
        write_message(
            person=participation.person,
            subject=str(_("You can lead this dialogue by exception")),
            body=str(_("Dialogue: %(dialogue)s\nReason: %(reason)s"))
            % {"dialogue": dialogue.title, "reason": reason},
            link=reverse("live:desk", args=[dialogue.code]),
        )
    return exception


@act()
def withdraw_exception(
    *, administrator: Person, dialogue: Dialogue, participation_pk: int
) -> None:
    """End an exception; what was steered with it stands."""
    if not rules.has_perm("dialogue.grant_exception", administrator, dialogue):
        raise forbidden()
    participation = _lead(dialogue, participation_pk)
    ended = participation.qualification_exceptions.filter(withdrawn_at=None).update(
        withdrawn_at=clock.now()
    )
    if not ended:
        raise Refusal("exception.none", _("This person has no exception (any more)."))
    record(
        dialogue.stream_id,
        ExceptionWithdrawn(
            participation=participation.pk,
            administrator=administrator.pk,
            concerns=participation.pk,
        ),
    )


@act()
def let_program_lead(*, participation: Participation, reason: str) -> None:
    """For leads who are nobody: of simulated, imported and demonstrated dialogues.

    Called by commands of the operator only, never by a page.
    """
    present = participation.qualification_exceptions.filter(withdrawn_at=None)
    if not present.exists():
        _grant(participation, _short(reason, "reason"), None)
    _state(participation, participation.dialogue, Kind.NONE, "")


def erase_person(person: Person) -> None:
    """Take what somebody stated, and why there was an exception, out of every dialogue.

    The kind of the conflict stays: the public was told of it.
    """
    ConflictStatement.objects.filter(participation__person=person).update(
        text="", salt=""
    )
    QualificationException.objects.filter(participation__person=person).update(
        reason="–", salt=""
    )


def _state(
    moderator: Participation, dialogue: Dialogue, kind: str, text: str
) -> ConflictStatement:
    statement, __ = ConflictStatement.objects.update_or_create(
        participation=moderator,
        defaults={
            "kind": kind,
            "text": text,
            "stated_at": clock.now(),
            "salt": secrets.token_hex(16),
        },
    )
    record(
        dialogue.stream_id,
        ConflictStated(
            participation=moderator.pk,
            conflict=kind,
            text=salted(statement.salt, text),
            concerns=moderator.pk,
        ),
    )
    return statement


def _grant(
    participation: Participation, reason: str, by: Person | None
) -> QualificationException:
    exception = QualificationException.objects.create(
        participation=participation,
        reason=reason,
        granted_by=by,
        granted_at=clock.now(),
        salt=secrets.token_hex(16),
    )
    record(
        participation.dialogue.stream_id,
        ExceptionGranted(
            participation=participation.pk,
            administrator=by.pk if by else None,
            reason=salted(exception.salt, reason),
            concerns=participation.pk,
        ),
    )
    return exception


def _lead(dialogue: Dialogue, participation_pk: int) -> Participation:
    """A lead moderator of a dialogue that is not closed, locked for a change."""
    share_lock(Dialogue, [dialogue.pk])
    dialogue.refresh_from_db(fields=["state"])
    if dialogue.is_over:
        raise Refusal("dialogue.closed", _("This dialogue is closed."))
    participation = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person", "dialogue")
        .filter(
            pk=participation_pk,
            dialogue=dialogue,
            role=Participation.Role.LEAD_MODERATOR,
        )
        .first()
    )
    if participation is None:
        raise forbidden()
    return participation


def _short(text: str, field: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Refusal(
            "text.too_long",
            _("Please write at most %(most)d signs.") % {"most": LONGEST_TEXT},
            status=400,
            field=field,
        )
    return text
