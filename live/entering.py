"""Who comes in, and where: the beginning of every request of the room.

A hall opens its pages at once and votes by form, so beside session and person this
asks the database one small question: who takes part, and where the stream stands.
"""

from typing import Any

import rules
from django.db.models import F

from dialogue.models import Participation
from dialogue.queries import find_dialogue, forbidden
from dialogue.table_queries import is_at_table, not_at_table
from live.frames import Heads
from live.screens import View
from shared.kept import Kept

# At most so old (s). Verbs read their dialogue anew, screens by `frames.shown`.
_dialogues = Kept(200, 1.0)


def taking_part(person: Any, code: str) -> tuple[Participation, Heads] | None:
    """The person's participation (person and dialogue set), and the stream's heads."""
    if not person.is_authenticated:
        return None
    at = "dialogue__stream__"
    found = (
        Participation.objects.filter(person_id=person.pk, dialogue__code=code.upper())
        .annotate(epoch=F(f"{at}epoch"), head=F(f"{at}head"), counts=F(f"{at}counts"))
        .order_by()
    )
    for row in found:
        key = (row.dialogue_id, row.epoch)
        row.dialogue = _dialogues.get(key, lambda: find_dialogue(code))
        row.person = person
        return row, Heads(row.epoch, row.head, row.counts)
    return None


def require_right(right: str, participation: Participation) -> None:
    """The same refusal for "is not there" and "is not yours"."""
    if not rules.has_perm(right, participation, participation.dialogue):
        raise forbidden()


def require_table(participation: Participation, view: View) -> None:
    """Of a table's screen: only for who sits there at this moment, or leads."""
    if view.table is not None and not is_at_table(participation, view.table):
        raise not_at_table()


def enter(
    person: Any, code: str, right: str = "dialogue.enter_room"
) -> tuple[Participation, Heads]:
    """The participation, if it holds `right`; a Refusal otherwise."""
    entered = taking_part(person, code)
    if entered is None:
        find_dialogue(code)
        raise forbidden()
    require_right(right, entered[0])
    return entered
