"""Reading tables: who sits where now, and who may look in."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from dialogue.models import (
    Dialogue,
    HelpCall,
    Participation,
    Seat,
    SeatingGroup,
    Table,
    TableNote,
    TableRound,
)
from dialogue.queries import forbidden
from shared.errors import Refusal
from shared.signs import sign_of

# Who leads a conversation looks in at every table; the technical host need not.
LOOKING_IN = (Participation.Role.TABLE_MODERATOR, Participation.Role.LEAD_MODERATOR)


def current_round(dialogue: Dialogue) -> TableRound | None:
    """The round that runs now, if any."""
    return TableRound.objects.filter(dialogue=dialogue, ended_at=None).first()


def latest_round(dialogue: Dialogue) -> TableRound | None:
    """The round that runs or ran last."""
    return TableRound.objects.filter(dialogue=dialogue).order_by("-number").first()


def open_tables(dialogue: Dialogue) -> QuerySet[Table]:
    return Table.objects.filter(
        dialogue=dialogue, state=Table.State.OPEN
    ).select_related("moderator")


def groups_sign(dialogue: Dialogue) -> str:
    """A short sign of who is in which group: another one when that changes."""
    rows = SeatingGroup.objects.filter(participation__dialogue=dialogue)
    return sign_of(
        *rows.order_by("participation").values_list("participation", "label")
    )


def seat_of(participation: Participation) -> Seat | None:
    """Where this person sits now, with the table; one query."""
    return (
        Seat.objects.filter(participation=participation, left_at=None)
        .select_related("table")
        .first()
    )


def group_of(participation: Participation) -> int | None:
    """The number of the table where this person sits now: for "tables in turn"."""
    seat = seat_of(participation)
    return seat.table.number if seat else None


def seated_at(dialogue: Dialogue) -> dict[int, list[Participation]]:
    """Table -> who sits there now, by name; everybody in one query."""
    people: dict[int, list[Participation]] = defaultdict(list)
    seats = (
        Seat.objects.filter(
            table__dialogue=dialogue,
            left_at=None,
            participation__state=Participation.State.ADMITTED,
        )
        .select_related("participation")
        .order_by("participation__display_name", "pk")
    )
    for seat in seats:
        people[seat.table_id].append(seat.participation)
    return people


def latest_seat(dialogue: Dialogue) -> int:
    """The number of the seat that was taken last, of whomever; 0: none was."""
    seats = Seat.objects.filter(table__dialogue=dialogue)
    return seats.aggregate(last=Max("pk"))["last"] or 0


def looks_in(participation: Participation) -> bool:
    """Whether every table is open to this person, because of the role."""
    return (
        participation.state == Participation.State.ADMITTED
        and participation.role in LOOKING_IN
    )


def is_at_table(participation: Participation, table_pk: int) -> bool:
    """Whether this person may see and hear what is said there: who sits there now,
    and who leads the conversation."""
    if participation.state != Participation.State.ADMITTED:
        return False
    if looks_in(participation):
        return Table.objects.filter(
            pk=table_pk, dialogue=participation.dialogue_id
        ).exists()
    return Seat.objects.filter(
        participation=participation.pk,
        table=table_pk,
        table__dialogue=participation.dialogue_id,
        left_at=None,
    ).exists()


def inside(dialogue_pk: int, table_pks: Iterable[int]) -> dict[int, set[int]]:
    """Table -> the participations that may see it now."""
    wanted = list(table_pks)
    found: dict[int, set[int]] = {pk: set() for pk in wanted}
    if not wanted:
        return found
    admitted = Participation.State.ADMITTED
    seats = Seat.objects.filter(
        table__in=wanted,
        table__dialogue=dialogue_pk,
        left_at=None,
        participation__state=admitted,
    )
    for table, participation in seats.values_list("table", "participation"):
        found[table].add(participation)
    leading = Participation.objects.filter(
        dialogue=dialogue_pk, role__in=LOOKING_IN, state=admitted
    ).values_list("pk", flat=True)
    everywhere = set(leading)
    for table in found:
        found[table] |= everywhere
    return found


def not_at_table() -> Refusal:
    """The same answer for "is not there", "not yours" and "not yours any more"."""
    return Refusal(
        "table.elsewhere",
        _("You do not sit at this table. What you have typed stays here."),
        status=410,
    )


def access_table(
    participation: Participation, table_pk: int, *, lock: bool = False
) -> Table:
    """A table that this person sits at or may look in at; a Refusal otherwise."""
    if not is_at_table(participation, table_pk):
        raise not_at_table()
    return find_table(participation.dialogue_id, table_pk, lock=lock)


def find_table(dialogue_pk: int, table_pk: int, *, lock: bool = False) -> Table:
    """A table of this dialogue, or a Refusal."""
    tables = Table.objects.filter(pk=table_pk, dialogue=dialogue_pk)
    if lock:
        tables = tables.select_for_update()
    table = tables.first()
    if table is None:
        raise forbidden()
    return table


def waiting_notes(table: Table) -> QuerySet[TableNote]:
    """What a table has found and the plenary has not seen yet."""
    return TableNote.objects.filter(table=table, brought_at=None).order_by(
        "round__number", "number"
    )


def open_table_calls(dialogue: Dialogue) -> QuerySet[HelpCall]:
    """Calls for help from tables that nobody has answered, oldest first."""
    return (
        HelpCall.objects.filter(
            dialogue=dialogue, answered_at=None, table_call__isnull=False
        )
        .select_related("table_call__table")
        .order_by("called_at", "pk")
    )


def notes_of(table: Table, at: TableRound | None) -> QuerySet[TableNote]:
    """The findings of a table in a round; brought ones have no words of their own."""
    return TableNote.objects.filter(table=table, round=at).select_related(
        "written_by", "revised_by"
    )


def group_of_people(people: Iterable[Participation]) -> dict[int, str]:
    """The group of each for mixing: what a moderator gave, else guest or account.

    `people` come with person and seating_group.
    """
    found = {}
    for row in people:
        given: Any = getattr(row, "seating_group", None)
        kind = "guest" if row.person.is_guest else "account"
        found[row.pk] = f"given:{given.label}" if given else kind
    return found
