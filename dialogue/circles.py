"""Circles in which people speak: the plenary, and tables ("table-PK")."""

from dialogue.models import PLENARY, Dialogue, Participation, Seat, Table, Turn
from dialogue.table_queries import seat_of

Role = Participation.Role


def group_of(participation: Participation) -> str:
    """The circle of the table at which somebody sits; empty for who sits at none."""
    seat = seat_of(participation)
    return seat.table.circle if seat else ""


def _table_pk(circle: str) -> int:
    __, __, pk = circle.partition("-")
    return int(pk) if pk.isdigit() else 0


def is_circle(dialogue: Dialogue, circle: str) -> bool:
    """Whether the dialogue has such a circle."""
    return (
        circle == PLENARY
        or Table.objects.filter(dialogue=dialogue, pk=_table_pk(circle)).exists()
    )


def speaks_in(participation: Participation, circle: str) -> bool:
    """Whether somebody may raise a hand there: in the plenary and at one's table."""
    return circle == PLENARY or group_of(participation) == circle


def keeps(participation: Participation, circle: str) -> bool:
    """Whether a moderator keeps the list there: who leads all of them, a table
    moderator the plenary's and that of the own table."""
    return (
        participation.role == Role.LEAD_MODERATOR
        or speaks_in(participation, circle)
        or Table.objects.filter(moderator=participation, pk=_table_pk(circle)).exists()
    )


def people_in(dialogue: Dialogue, circle: str) -> int:
    """How many could speak: participants, and whoever else has spoken."""
    others = (
        Turn.objects.filter(
            speakers_list__dialogue=dialogue, speakers_list__circle=circle
        )
        .exclude(participation__role=Role.PARTICIPANT)
        .order_by()
        .values("participation_id", "name_key")
        .distinct()
        .count()
    )
    admitted = dialogue.participations.filter(
        role=Role.PARTICIPANT, state=Participation.State.ADMITTED
    )
    if circle != PLENARY:
        seats = Seat.objects.filter(table=_table_pk(circle), left_at=None)
        admitted = admitted.filter(pk__in=seats.values("participation_id"))
    return admitted.count() + others
