"""Verbs on people: silence for a time, exclude, and take it back."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden
from dialogue.seats import get_up
from dialogue.speaking import may_have_floor
from dialogue.speaking_turns import leave_floor
from ledger.actions import act
from moderation.deciding import changed_meanwhile, moderating, write_decision
from moderation.models import NO_RULE, Decision
from shared import clock
from shared.errors import Refusal

LONGEST_SILENCE = 240
Action = Decision.Action
Role, State = Participation.Role, Participation.State


@act()
def silence(
    *,
    moderator: Participation,
    participation_pk: int,
    minutes: int,
    rule: str,
    reason: str,
) -> Decision:
    """Somebody listens for `minutes`, in every tab at once; it ends by itself."""
    moderator, other = _about(moderator, participation_pk, "moderation.silence_person")
    if not 1 <= minutes <= LONGEST_SILENCE:
        raise Refusal(
            "silence.minutes",
            _("Please choose between 1 and 240 minutes."),
            status=400,
            field="minutes",
        )
    if other.is_moderator:
        raise Refusal(
            "silence.official",
            _("Somebody with a role in the moderation cannot be silenced."),
        )
    other.silenced_until = clock.now() + timedelta(minutes=minutes)
    decision = write_decision(
        dialogue=moderator.dialogue,
        moderator=moderator,
        action=Action.SILENCE,
        rule=rule,
        reason=reason,
        person=other,
        until=other.silenced_until,
    )
    other.save(update_fields=["silenced_until"])
    _leave_floor(moderator, other)
    return decision


@act()
def end_silence(
    *, moderator: Participation, participation_pk: int, reason: str
) -> Decision:
    """Let somebody speak before the time is over."""
    moderator, other = _about(moderator, participation_pk, "moderation.silence_person")
    if not other.is_silenced():
        raise _changed_meanwhile(other, Action.END_SILENCE, Action.SILENCE)
    return speak_again(
        moderator.dialogue,
        other,
        moderator=moderator,
        reverses=_last(other, Action.SILENCE),
        reason=reason,
    )


@act()
def exclude(
    *, moderator: Participation, participation_pk: int, rule: str, reason: str
) -> Decision:
    """Close the room to somebody: all open screens of the person end."""
    moderator, other = _about(moderator, participation_pk, "moderation.exclude_person")
    if other.is_moderator and moderator.role != Role.LEAD_MODERATOR:
        raise forbidden()
    if other.state == State.EXCLUDED:
        raise _changed_meanwhile(other, Action.EXCLUDE, Action.READMIT)
    decision = write_decision(
        dialogue=moderator.dialogue,
        moderator=moderator,
        action=Action.EXCLUDE,
        rule=rule,
        reason=reason,
        person=other,
    )
    other.state = State.EXCLUDED
    other.save(update_fields=["state"])
    _leave_floor(moderator, other)
    get_up(participation=other)
    return decision


@act()
def readmit(
    *, moderator: Participation, participation_pk: int, reason: str
) -> Decision:
    """Let somebody in again."""
    moderator, other = _about(moderator, participation_pk, "moderation.exclude_person")
    if other.is_moderator and moderator.role != Role.LEAD_MODERATOR:
        raise forbidden()
    if other.state != State.EXCLUDED:
        raise _changed_meanwhile(other, Action.READMIT, Action.EXCLUDE)
    return let_in_again(
        moderator.dialogue,
        other,
        moderator=moderator,
        reverses=_last(other, Action.EXCLUDE),
        reason=reason,
    )


def speak_again(
    dialogue: Dialogue,
    other: Participation,
    *,
    moderator: Participation | None,
    reverses: Decision | None,
    reason: str,
) -> Decision:
    """A step of ending a silence and of a reversal."""
    other.silenced_until = None
    other.save(update_fields=["silenced_until"])
    return write_decision(
        dialogue=dialogue,
        moderator=moderator,
        action=Action.END_SILENCE,
        rule=reverses.rule if reverses else NO_RULE,
        reason=reason,
        person=other,
        reverses=reverses,
    )


def let_in_again(
    dialogue: Dialogue,
    other: Participation,
    *,
    moderator: Participation | None,
    reverses: Decision | None,
    reason: str,
) -> Decision:
    """A step of letting in again and of a reversal."""
    other.state = State.ADMITTED
    other.save(update_fields=["state"])
    return write_decision(
        dialogue=dialogue,
        moderator=moderator,
        action=Action.READMIT,
        rule=reverses.rule if reverses else NO_RULE,
        reason=reason,
        person=other,
        reverses=reverses,
    )


def _about(
    moderator: Participation, participation_pk: int, right: str
) -> tuple[Participation, Participation]:
    """Moderator and other, both held; nobody decides about themselves."""
    moderator, dialogue = moderating(moderator, right, about=participation_pk)
    other = (
        Participation.objects.filter(pk=participation_pk, dialogue=dialogue)
        .select_related("person")
        .first()
    )
    if other is None or other.pk == moderator.pk:
        raise forbidden()
    return moderator, other


def _leave_floor(moderator: Participation, other: Participation) -> None:
    """Off the speakers' list, and off the microphone."""
    if not may_have_floor(other):
        leave_floor(participation=other, by=moderator.pk)


def _last(other: Participation, action: str) -> Decision | None:
    return Decision.objects.filter(author=other, action=action).first()


def _changed_meanwhile(other: Participation, act: str, undoes: str) -> Refusal:
    """Somebody's `act` was quicker, unless the last one was what it `undoes`: a
    silence has run out by itself."""
    last = (
        Decision.objects.filter(author=other, action__in=(act, undoes))
        .select_related("decided_by")
        .first()
    )
    return changed_meanwhile(last.decided_by if last and last.action == act else None)
