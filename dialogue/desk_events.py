"""Events of the moderators' desk."""

from typing import ClassVar

from ledger.events import MODERATORS, Event


class ChairTaken(Event):
    """`by` holds the chair now; `before` held it until then and was gone, or nobody."""

    kind: ClassVar[str] = "chair.taken"
    audience: ClassVar[str] = MODERATORS
    by: int
    before: int | None = None


class ChairHanded(Event):
    kind: ClassVar[str] = "chair.handed"
    audience: ClassVar[str] = MODERATORS
    by: int
    to: int


class ChairLeft(Event):
    kind: ClassVar[str] = "chair.left"
    audience: ClassVar[str] = MODERATORS
    by: int


class ChairGone(Event):
    """Its holder has not been connected for 20 s: others can take the chair."""

    kind: ClassVar[str] = "chair.gone"
    audience: ClassVar[str] = MODERATORS
    holder: int


class ChairBack(Event):
    """Its holder is here again, and nobody has taken the chair meanwhile."""

    kind: ClassVar[str] = "chair.back"
    audience: ClassVar[str] = MODERATORS
    holder: int


class EntryClaimed(Event):
    """An entry of the queue: `entry` is its kind, `subject` its primary key."""

    kind: ClassVar[str] = "queue.claimed"
    audience: ClassVar[str] = MODERATORS
    entry: str
    subject: int
    by: int


class EntryReleased(Event):
    kind: ClassVar[str] = "queue.released"
    audience: ClassVar[str] = MODERATORS
    entry: str
    subject: int
    by: int


class AnnouncementMade(Event):
    kind: ClassVar[str] = "announcement.made"
    announcement: int
    by: int


class AnnouncementWithdrawn(Event):
    kind: ClassVar[str] = "announcement.withdrawn"
    announcement: int
    by: int


class TeamMessageSent(Event):
    kind: ClassVar[str] = "team.sent"
    audience: ClassVar[str] = MODERATORS
    message: int
    is_call: bool
    by: int


class TeamCallTaken(Event):
    kind: ClassVar[str] = "team.taken"
    audience: ClassVar[str] = MODERATORS
    message: int
    by: int


class TeamCallTakenBack(Event):
    """By its author, who needs nobody any more."""

    kind: ClassVar[str] = "team.taken_back"
    audience: ClassVar[str] = MODERATORS
    message: int
    by: int


class PaceSet(Event):
    """Everybody waits `seconds` between two contributions; 0: no longer."""

    kind: ClassVar[str] = "pace.set"
    seconds: int
    by: int
