"""Verbs of sitting: move, choose, come late, get up.

Whoever changes a seat holds the running round's row: one change after the other.
"""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, Participation, Seat, Table, TableRound
from dialogue.queries import forbidden, fresh, require
from dialogue.table_events import SeatLeft, SeatTaken
from dialogue.table_queries import find_table, open_tables
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal


@act()
def move_person(
    *,
    moderator: Participation,
    participation_pk: int,
    table_pk: int,
    seen: int | None = None,
) -> Seat:
    """Put one person at another table. What the person has typed goes along.

    `seen` is the `latest_seat` that the moderator's screen knew of.
    """
    moderator, dialogue = arranging(moderator)
    person = Participation.objects.filter(
        pk=participation_pk,
        dialogue=dialogue,
        state=Participation.State.ADMITTED,
        role=Participation.Role.PARTICIPANT,
    ).first()
    if person is None:
        raise forbidden()
    running = held_round(dialogue)
    table = find_table(dialogue.pk, table_pk)
    moved = running.seats.filter(participation=person).order_by("pk").last()
    if seen is not None and moved and moved.pk > seen and moved.table_id != table.pk:
        raise changed_meanwhile(
            dialogue,
            "table.changed_meanwhile",
            SeatTaken.kind,
            seen=moved.pk,
            participation=person.pk,
        )
    return _sit(dialogue, running, person, table, by=moderator)


@act()
def choose_table(*, participation: Participation, table_pk: int) -> Seat:
    """Sit down where a place is free, as long as everybody chooses."""
    participation, dialogue = fresh(participation)
    require("dialogue.choose_table", participation, dialogue)
    running = held_round(dialogue)
    if running.method != TableRound.Method.CHOICE:
        raise Refusal(
            "table.not_chosen",
            _("The moderation seats everybody in this round."),
            field="table",
        )
    table = find_table(dialogue.pk, table_pk)
    others = table.seats.filter(left_at=None).exclude(participation=participation)
    if others.count() >= running.places:
        raise Refusal(
            "table.full",
            _("All places at this table are taken. Please choose another one."),
            field="table",
        )
    return _sit(dialogue, running, participation, table)


@act()
def take_seat(*, participation: Participation) -> Seat:
    """Who comes late sits down at the smallest table; who sits stays there."""
    participation, dialogue = fresh(participation)
    require("dialogue.choose_table", participation, dialogue)
    running = held_round(dialogue)
    seat = Seat.objects.filter(participation=participation, left_at=None).first()
    if seat is not None:
        return seat
    table = (
        open_tables(dialogue)
        .annotate(people=Count("seats", filter=Q(seats__left_at=None)))
        .order_by("people", "number")
        .first()
    )
    if table is None:
        raise no_round()
    return _sit(dialogue, running, participation, table)


@act()
def get_up(*, participation: Participation) -> None:
    """Leave the table: who is excluded, or takes another role, sits there no more."""
    seats = Seat.objects.filter(participation=participation, left_at=None)
    if not seats.exists():
        return
    dialogue = Dialogue.objects.get(pk=participation.dialogue_id)
    running = held_round(dialogue)
    for seat in seats:
        seat.left_at = clock.now()
        seat.save(update_fields=["left_at"])
        record(
            dialogue.stream_id,
            SeatLeft(
                round=running.number,
                table=seat.table_id,
                participation=participation.pk,
                concerns=participation.pk,
            ),
        )


def has_seats_for_late(dialogue: Dialogue) -> bool:
    """Whether who comes in now is seated at once: not while everybody chooses."""
    return (
        TableRound.objects.filter(dialogue=dialogue, ended_at=None)
        .exclude(method=TableRound.Method.CHOICE)
        .exists()
    )


def arranging(
    moderator: Participation, right: str = "dialogue.arrange_tables"
) -> tuple[Participation, Dialogue]:
    """The moderator with `right`, and the dialogue held against a second one."""
    Dialogue.objects.select_for_update(no_key=True).get(pk=moderator.dialogue_id)
    moderator, dialogue = fresh(moderator)
    require(right, moderator, dialogue)
    return moderator, dialogue


def held_round(dialogue: Dialogue) -> TableRound:
    running = (
        TableRound.objects.select_for_update()
        .filter(dialogue=dialogue, ended_at=None)
        .first()
    )
    if running is None:
        raise no_round()
    return running


def no_round() -> Refusal:
    return Refusal(
        "table.no_round",
        _("Nobody sits at tables just now. Please begin a round first."),
    )


def _sit(
    dialogue: Dialogue,
    running: TableRound,
    person: Participation,
    table: Table,
    *,
    by: Participation | None = None,
) -> Seat:
    if table.state != Table.State.OPEN:
        raise Refusal(
            "table.cleared",
            _("This table was cleared. Please choose another one."),
            field="table",
        )
    old = Seat.objects.filter(participation=person, left_at=None).first()
    if old is not None and old.table_id == table.pk:
        return old
    moment = clock.now()
    if old is not None:
        old.left_at = moment
        old.save(update_fields=["left_at"])
    seat = Seat.objects.create(
        round=running, table=table, participation=person, taken_at=moment
    )
    record(dialogue.stream_id, seat_event(seat, old.table_id if old else None, by))
    return seat


def seat_event(seat: Seat, left: int | None, by: Participation | None) -> SeatTaken:
    """Somebody sits at a table now, and has left another one."""
    return SeatTaken(
        round=seat.round.number,
        table=seat.table_id,
        participation=seat.participation_id,
        left=left,
        by=by.pk if by else None,
        concerns=seat.participation_id,
    )
