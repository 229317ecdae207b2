"""Setting up the tables of a round: which are open, who leads, who sits where."""

from random import Random

from dialogue import seating
from dialogue.models import Dialogue, Participation, Seat, Table, TableRound
from dialogue.table_queries import group_of_people

Method = TableRound.Method


def set_up_tables(dialogue: Dialogue, number: int) -> list[Table]:
    """Tables 1 to `number` are open, the others cleared; each has somebody to lead
    it as long as there are table moderators without a table."""
    known = {table.number: table for table in dialogue.tables.select_for_update()}
    missing = [
        # Kept in the database, so in the city's language; moderators rename it.
        Table(dialogue=dialogue, number=n, name=f"Tisch {n}")
        for n in range(1, number + 1)
        if n not in known
    ]
    Table.objects.bulk_create(missing)
    tables = list(dialogue.tables.select_related("moderator"))
    at_tables, cleared = tables[:number], tables[number:]
    free = list(
        dialogue.participations.filter(
            role=Participation.Role.TABLE_MODERATOR,
            state=Participation.State.ADMITTED,
        )
    )
    for table in at_tables:
        if table.moderator is not None and not table.moderator.is_moderator:
            table.moderator = None
        free = [person for person in free if person.pk != table.moderator_id]
    for table in at_tables:
        table.state = Table.State.OPEN
        if table.moderator is None and free:
            table.moderator = free.pop(0)
    for table in cleared:
        table.state, table.moderator = Table.State.CLEARED, None
    for table in tables:
        table.abandoned_at = None
    Table.objects.bulk_update(tables, ["state", "moderator", "abandoned_at"])
    return at_tables


def deal(
    dialogue: Dialogue,
    method: str,
    people: list[Participation],
    tables: list[Table],
    before: dict[int, int],
    rng: Random,
) -> seating.Tables:
    pks = [person.pk for person in people]
    if method == Method.RANDOM:
        return seating.deal(pks, len(tables), rng)
    if method == Method.STRATIFIED:
        return seating.deal_mixed(group_of_people(people), len(tables), rng)
    if method == Method.REMIX:
        return seating.remix(pks, len(tables), _met(dialogue), rng)
    if method == Method.HAND:
        # As they sat, where the table is still there.
        return [[pk for pk in pks if before.get(pk) == table.pk] for table in tables]
    return [[] for __ in tables]


def _met(dialogue: Dialogue) -> seating.Meetings:
    tables: dict[tuple[int, int], list[int]] = {}
    seats = Seat.objects.filter(round__dialogue=dialogue)
    for at, table, person in seats.values_list("round", "table", "participation"):
        tables.setdefault((at, table), []).append(person)
    return seating.meetings_of(tables.values())
