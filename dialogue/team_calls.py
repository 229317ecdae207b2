"""Verbs of a moderator's call for help: another one takes it, or it is taken back."""

from django.utils.translation import gettext_lazy as _

from dialogue.desk_events import TeamCallTaken, TeamCallTakenBack
from dialogue.models import Dialogue, Participation, TeamMessage
from dialogue.queries import forbidden, fresh, require
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal


@act()
def take_team_call(*, moderator: Participation, message_pk: int) -> TeamMessage:
    """ "I am coming": the first one who says so takes the call, never the caller."""
    moderator, dialogue, call = _held_call(moderator, message_pk)
    if call.author_id == moderator.pk:
        raise Refusal(
            "team.own_call",
            _("This call is yours: another moderator takes it, or you take it back."),
        )
    _end(call, moderator)
    record(dialogue.stream_id, TeamCallTaken(message=call.pk, by=moderator.pk))
    return call


@act()
def take_back_call(*, moderator: Participation, message_pk: int) -> TeamMessage:
    """The caller needs nobody any more: the call leaves the queue."""
    moderator, dialogue, call = _held_call(moderator, message_pk)
    if call.author_id != moderator.pk:
        raise Refusal(
            "team.not_yours", _("Only whoever has called can take the call back.")
        )
    _end(call, moderator)
    record(dialogue.stream_id, TeamCallTakenBack(message=call.pk, by=moderator.pk))
    return call


def _held_call(
    moderator: Participation, message_pk: int
) -> tuple[Participation, Dialogue, TeamMessage]:
    moderator, dialogue = fresh(moderator)
    require("dialogue.write_to_team", moderator, dialogue)
    call = (
        TeamMessage.objects.select_for_update(of=("self",))
        .select_related("taken_by")
        .filter(dialogue=dialogue, pk=message_pk, is_call=True)
        .first()
    )
    if call is None:
        raise forbidden()
    return moderator, dialogue, call


def _end(call: TeamMessage, by: Participation) -> None:
    if call.is_taken_back:
        raise Refusal(
            "team.taken_back", _("Whoever had called has taken the call back.")
        )
    if call.taken_at is not None:
        name = call.taken_by.display_name if call.taken_by else "–"
        raise Refusal(
            "team.taken", _("%(name)s has taken this call already.") % {"name": name}
        )
    call.taken_by, call.taken_at = by, clock.now()
    call.save(update_fields=["taken_by", "taken_at"])
