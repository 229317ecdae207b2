"""A chair whose holder has gone: noticed whenever it is noted who is here."""

from typing import Any

from dialogue.desk import is_gone
from dialogue.desk_events import ChairBack, ChairGone
from dialogue.models import Desk
from ledger.actions import act, record
from shared import clock


@act()
def look_after_chair(*, dialogue_pk: int) -> bool:
    """Note that who holds the chair has gone or is back; whether that has changed."""
    # Looked at first without a lock: nearly always nothing has changed.
    if not _has_turned(_desk(dialogue_pk).first()):
        return False
    desk = _desk(dialogue_pk).select_for_update(of=("self",)).first()
    if desk is None or desk.chair is None or not _has_turned(desk):
        return False
    was_here = desk.chair_since is not None
    desk.chair_since = None if was_here else clock.now()
    desk.save(update_fields=["chair_since"])
    event: Any = ChairGone if was_here else ChairBack
    record(desk.dialogue.stream_id, event(holder=desk.chair.pk))
    return True


def _desk(dialogue_pk: int) -> Any:
    return Desk.objects.filter(
        dialogue=dialogue_pk, chair__isnull=False
    ).select_related("chair", "dialogue")


def _has_turned(desk: Desk | None) -> bool:
    if desk is None or desk.chair is None or desk.dialogue.is_over:
        return False
    return is_gone(desk.chair) == (desk.chair_since is not None)
