"""Events of speaking. `circle` is "plenary" or "table-PK"."""

from typing import ClassVar, Literal

from dialogue.models import PLENARY
from ledger.events import EVERYBODY, Event

Cause = Literal["yielded", "ended", "next", "left", "closed"]


class InCircle(Event):
    """Base: everybody hears of the plenary's, of a table's only who sits there."""

    circle: str

    @property
    def audience(self) -> str:  # type: ignore[override]
        return EVERYBODY if self.circle == PLENARY else self.circle


class SpeakersChanged(InCircle):
    """The list is open or not, with this rule and so many seconds for a turn."""

    kind: ClassVar[str] = "speakers.changed"
    is_open: bool
    rule: str
    seconds: int
    by: int


class SpeakersSeen(InCircle):
    """Of those with a raised hand so many are not connected."""

    kind: ClassVar[str] = "speakers.seen"
    away: int


class HandRaised(InCircle):
    """Also when its side or words were changed. `by`: on somebody's behalf."""

    kind: ClassVar[str] = "hand.raised"
    hand: int
    by: int | None = None


class HandLowered(InCircle):
    """`digest` is of the reason that a moderator gave for taking it down."""

    kind: ClassVar[str] = "hand.lowered"
    hand: int
    by: int | None = None
    digest: str | None = None


class FloorGiven(InCircle):
    """`rule` was in force; `digest` is of the reason if the rule was set aside."""

    kind: ClassVar[str] = "turn.given"
    turn: int
    rule: str
    seconds: int
    by: int
    digest: str | None = None


class SpeakerForgotten(InCircle):
    """The name of somebody without a device was erased from their turns."""

    kind: ClassVar[str] = "turn.forgotten"
    by: int | None = None


class TurnExtended(InCircle):
    kind: ClassVar[str] = "turn.extended"
    turn: int
    seconds: int
    by: int


class TurnEnded(InCircle):
    """`seconds` were spoken. "left": silenced, excluded, observing or erased."""

    kind: ClassVar[str] = "turn.ended"
    turn: int
    seconds: int
    cause: Cause
    by: int | None = None
