"""Verbs of rounds: seat everybody, set the countdown, end; who is in which group."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random, SystemRandom

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dialogue import seating
from dialogue.meanwhile import changed_meanwhile
from dialogue.models import (
    Dialogue,
    Participation,
    Seat,
    SeatingGroup,
    TableRound,
)
from dialogue.queries import forbidden
from dialogue.seats import arranging, held_round, no_round, seat_event
from dialogue.table_events import (
    GroupsGiven,
    RoundBegan,
    RoundEnded,
    RoundTimed,
    SeatLeft,
)
from dialogue.table_queries import groups_sign, latest_round
from dialogue.table_setup import deal, set_up_tables
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal

Method = TableRound.Method
MOST_TABLES = 100
SMALLEST, LARGEST = 2, 20
USUAL_SIZE = 7
LONGEST_ROUND = 240
# Who has not been seen for so long is taken to have left. Of those who use plain pages
# alone nobody can tell, so they count as present.
GONE = timedelta(minutes=5)


@act()
def begin_round(
    *,
    moderator: Participation,
    method: str,
    tables: int | None = None,
    size: int | None = None,
    minutes: int | None = None,
    also_absent: bool = False,
    expected: int | None = None,
    rng: Random | None = None,
) -> TableRound:
    """Seat everybody anew: so many `tables`, or as many as tables of `size` need.

    `expected` is the number of the last round that the moderator saw (0: none).
    """
    moderator, dialogue = arranging(moderator, "dialogue.begin_round")
    last = _last_round(dialogue, expected)
    people = present_people(dialogue, also_absent=also_absent)
    number = _number_of_tables(len(people), tables, size)
    before = {
        seat.participation_id: seat.table_id
        for seat in Seat.objects.filter(round__dialogue=dialogue, left_at=None)
    }
    _end(dialogue)
    set_up = set_up_tables(dialogue, number)
    moment = clock.now()
    began = TableRound.objects.create(
        dialogue=dialogue,
        number=last.number + 1 if last else 1,
        item=dialogue.current,
        method=method,
        places=size or max(SMALLEST, -(-len(people) // number)),
        began_at=moment,
        ends_at=_end_of(minutes),
    )
    record(
        dialogue.stream_id,
        RoundBegan(round=began.number, method=method, tables=number, by=moderator.pk),
    )
    dealt = deal(dialogue, method, people, set_up, before, rng or SystemRandom())
    rows = [
        Seat(round=began, table=table, participation_id=pk, taken_at=moment)
        for table, pks in zip(set_up, dealt, strict=True)
        for pk in pks
    ]
    Seat.objects.bulk_create(rows)
    for row in rows:
        left = before.get(row.participation_id)
        record(dialogue.stream_id, seat_event(row, left, moderator))
    return began


@act()
def end_round(*, moderator: Participation, expected: int | None = None) -> TableRound:
    """Everybody gets up. Who sat where, and what was noted, stays."""
    moderator, dialogue = arranging(moderator)
    last = _last_round(dialogue, expected)
    if expected and last is not None and last.ended_at is not None:
        raise _changed(dialogue)
    left = list(
        Seat.objects.filter(round__dialogue=dialogue, left_at=None).order_by("pk")
    )
    ended = _end(dialogue)
    if ended is None:
        raise no_round()
    record(dialogue.stream_id, RoundEnded(round=ended.number, by=moderator.pk))
    for seat in left:
        record(
            dialogue.stream_id,
            SeatLeft(
                round=ended.number,
                table=seat.table_id,
                participation=seat.participation_id,
                concerns=seat.participation_id,
            ),
        )
    return ended


@act()
def time_round(
    *,
    moderator: Participation,
    minutes: int | None,
    expected: int | None = None,
    seen_ends_at: int | None = None,
) -> TableRound:
    """Set the tables' countdown to `minutes` from now; None: the agenda item's.

    `seen_ends_at` is the end that the moderator saw, in Unix ms (0: none).
    """
    moderator, dialogue = arranging(moderator)
    _last_round(dialogue, expected)
    running = held_round(dialogue)
    ends_at = clock.milliseconds(running.ends_at) or 0
    if seen_ends_at is not None and seen_ends_at != ends_at:
        raise _changed(dialogue)
    running.ends_at = _end_of(minutes)
    running.save(update_fields=["ends_at"])
    record(
        dialogue.stream_id,
        RoundTimed(
            round=running.number,
            ends_at=clock.milliseconds(running.ends_at),
            by=moderator.pk,
        ),
    )
    return running


@act()
def group_people(
    *,
    moderator: Participation,
    participation_pks: Iterable[int],
    label: str,
    seen: str | None = None,
) -> int:
    """Say in which group people count when tables are mixed; without label: none.

    `seen` is the `groups_sign` of what the moderator saw.
    """
    moderator, dialogue = arranging(moderator)
    if seen is not None and seen != (now := groups_sign(dialogue)):
        raise changed_meanwhile(
            dialogue, "table.changed_meanwhile", GroupsGiven.kind, seen=now
        )
    pks = set(participation_pks)
    people = dialogue.participations.filter(pk__in=pks)
    if len(pks) != people.count():
        raise forbidden()
    SeatingGroup.objects.filter(participation__in=pks).delete()
    if label:
        SeatingGroup.objects.bulk_create(
            SeatingGroup(participation=person, label=label) for person in people
        )
    record(dialogue.stream_id, GroupsGiven(number=len(pks), by=moderator.pk))
    return len(pks)


def present_people(
    dialogue: Dialogue, *, also_absent: bool = False
) -> list[Participation]:
    """The citizens who get a seat: those who take part and have not left."""
    people = dialogue.participations.filter(
        role=Participation.Role.PARTICIPANT, state=Participation.State.ADMITTED
    ).select_related("person", "seating_group")
    if not also_absent:
        # Joining marks as seen once, and only a socket marks again.
        never_again = Q(seen_at__lte=F("joined_at") + timedelta(seconds=1))
        people = people.filter(
            Q(seen_at=None) | never_again | Q(seen_at__gte=clock.now() - GONE)
        )
    return list(people.order_by("pk"))


def _last_round(dialogue: Dialogue, expected: int | None) -> TableRound | None:
    """The round that runs or ran last, if it is the one that the moderator saw."""
    last = latest_round(dialogue)
    if expected is not None and expected != (last.number if last else 0):
        raise _changed(dialogue)
    return last


def _changed(dialogue: Dialogue) -> Refusal:
    kinds = (RoundBegan.kind, RoundTimed.kind, RoundEnded.kind)
    return changed_meanwhile(dialogue, "table.changed_meanwhile", *kinds)


def _number_of_tables(people: int, tables: int | None, size: int | None) -> int:
    if tables is not None and not 1 <= tables <= MOST_TABLES:
        raise Refusal(
            "table.number",
            _("There can be 1 to 100 tables."),
            status=400,
            field="tables",
        )
    if size is not None and not SMALLEST <= size <= LARGEST:
        raise Refusal(
            "table.size",
            _("A table has 2 to 20 places."),
            status=400,
            field="size",
        )
    number = tables or seating.tables_for(people, size or USUAL_SIZE)
    if tables and size and tables * size < people:
        raise Refusal(
            "table.too_few",
            _("So many people do not fit. Please take more or larger tables."),
            status=400,
            field="tables",
        )
    return min(number, MOST_TABLES)


def _end_of(minutes: int | None) -> datetime | None:
    if minutes is None:
        return None
    if not 1 <= minutes <= LONGEST_ROUND:
        raise Refusal(
            "table.minutes",
            _("A round takes 1 to 240 minutes."),
            status=400,
            field="minutes",
        )
    return clock.now() + timedelta(minutes=minutes)


def _end(dialogue: Dialogue) -> TableRound | None:
    """End the running round, if any: nobody sits after."""
    running = (
        TableRound.objects.select_for_update()
        .filter(dialogue=dialogue, ended_at=None)
        .first()
    )
    if running is not None:
        running.ended_at = clock.now()
        running.save(update_fields=["ended_at"])
        running.seats.filter(left_at=None).update(left_at=running.ended_at)
    return running
