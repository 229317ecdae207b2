"""Events of tables. What is said at a table is for its people and the moderation."""

from typing import ClassVar

from ledger.events import MODERATORS, Event

# An audience that begins so is that of one table.
TABLES = "table-"


def circle_of(table_pk: int) -> str:
    """The audience of what happens at one table."""
    return f"{TABLES}{table_pk}"


class RoundBegan(Event):
    kind: ClassVar[str] = "tableround.began"
    round: int
    method: str
    tables: int
    by: int


class RoundTimed(Event):
    """The countdown of a round was set: its end in Unix ms, none for the item's."""

    kind: ClassVar[str] = "tableround.timed"
    round: int
    ends_at: int | None = None
    by: int


class RoundEnded(Event):
    kind: ClassVar[str] = "tableround.ended"
    round: int
    by: int


class SeatTaken(Event):
    """Somebody sits at `table` now; `left` is the table before, if any."""

    kind: ClassVar[str] = "seat.taken"
    round: int
    table: int
    participation: int
    left: int | None = None
    by: int | None = None


class SeatLeft(Event):
    """Somebody got up, since the round has ended."""

    kind: ClassVar[str] = "seat.left"
    round: int
    table: int
    participation: int


class GroupsGiven(Event):
    kind: ClassVar[str] = "seatinggroup.given"
    audience: ClassVar[str] = MODERATORS
    number: int
    by: int


class TableChanged(Event):
    kind: ClassVar[str] = "table.changed"
    table: int
    by: int


class TableTakenOver(Event):
    kind: ClassVar[str] = "table.taken_over"
    table: int
    by: int


class TableAbandoned(Event):
    """The moderator of a table has not been seen for a while."""

    kind: ClassVar[str] = "table.abandoned"
    table: int


class TableAttended(Event):
    """The moderator of a table is back."""

    kind: ClassVar[str] = "table.attended"
    table: int


class FindingsBrought(Event):
    """What a table has found stands in the plenary now."""

    kind: ClassVar[str] = "table.brought"
    table: int
    number: int
    by: int


class AtTable(Event):
    """Base of what only a table and the moderation hear of."""

    table: int

    @property
    def audience(self) -> str:  # type: ignore[override]
        return circle_of(self.table)


class NoteWritten(AtTable):
    kind: ClassVar[str] = "tablenote.written"
    note: int
    revision: int
    by: int


class NoteStruck(AtTable):
    """`by` nobody: with all texts of a person."""

    kind: ClassVar[str] = "tablenote.struck"
    note: int
    by: int | None = None


class RemarkMade(AtTable):
    kind: ClassVar[str] = "tableremark.made"
    remark: int


class RemarkHidden(AtTable):
    """`decision` and what belongs to it: since remarks are decided about as others."""

    kind: ClassVar[str] = "tableremark.hidden"
    remark: int
    by: int | None = None
    rule: str = ""
    decision: int | None = None
    digest: str = ""


class RemarkRestored(AtTable):
    kind: ClassVar[str] = "tableremark.restored"
    remark: int
    by: int | None = None
    rule: str
    decision: int
    digest: str


class RemarkErased(AtTable):
    kind: ClassVar[str] = "tableremark.erased"
    remark: int
