"""How a moderator states a conflict of interest."""

from django.utils.translation import gettext as _

from dialogue.models import Participation
from dialogue.qualified import state_conflict
from live.commands.table import Done, command
from live.screens import View
from shared.payloads import Payload, Text


class StateConflict(Payload):
    kind: Text(12)  # type: ignore[valid-type]
    text: Text(600, shortest=0) = ""  # type: ignore[valid-type]


@command("state_conflict", StateConflict)
def _state_conflict(who: Participation, said: StateConflict, __: View) -> Done:
    state_conflict(moderator=who, kind=said.kind, text=said.text)
    return Done({"message": _("Thank you. Your statement is kept.")})
