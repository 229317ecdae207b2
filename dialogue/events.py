"""Events of a dialogue's course and of who takes part."""

from typing import ClassVar

from ledger.events import MODERATORS, Event


class DialogueAnnounced(Event):
    kind: ClassVar[str] = "dialogue.announced"


class LobbyOpened(Event):
    kind: ClassVar[str] = "lobby.opened"


class AgendaMoved(Event):
    """The dialogue stands at `item` now, planned to end at `ends_at` (Unix ms)."""

    kind: ClassVar[str] = "agenda.moved"
    item: int
    ends_at: int | None = None
    by: int | None = None


class AgendaExtended(Event):
    kind: ClassVar[str] = "agenda.extended"
    item: int
    minutes: int
    ends_at: int | None = None
    by: int | None = None


class AgendaChanged(Event):
    """The plan itself was edited while the dialogue is announced or running."""

    kind: ClassVar[str] = "agenda.changed"


class DialoguePaused(Event):
    kind: ClassVar[str] = "dialogue.paused"
    by: int | None = None


class DialogueResumed(Event):
    kind: ClassVar[str] = "dialogue.resumed"
    ends_at: int | None = None
    by: int | None = None


class DialogueClosed(Event):
    """The result is filed under `digest`."""

    kind: ClassVar[str] = "dialogue.closed"
    digest: str
    by: int | None = None


class ProjectionChanged(Event):
    """The projector shows something else; see Dialogue.projected."""

    kind: ClassVar[str] = "projection.changed"
    shown: str
    by: int | None = None


class ParticipationJoined(Event):
    kind: ClassVar[str] = "participation.joined"
    audience: ClassVar[str] = MODERATORS
    participation: int


class ParticipationChanged(Event):
    """Role, name or state of a participation changed; its rights are read anew.

    `role` and `before` are of a changed role.
    """

    kind: ClassVar[str] = "participation.changed"
    audience: ClassVar[str] = MODERATORS
    participation: int
    by: int | None = None
    role: str | None = None
    before: str | None = None


class HelpCalled(Event):
    kind: ClassVar[str] = "help.called"
    audience: ClassVar[str] = MODERATORS
    call: int


class HelpAnswered(Event):
    kind: ClassVar[str] = "help.answered"
    audience: ClassVar[str] = MODERATORS
    call: int
    by: int | None = None


class ConferenceChanged(Event):
    """Where the video is was planned anew."""

    kind: ClassVar[str] = "conference.changed"


class MinutesRemarked(Event):
    """The moderation added a remark to the minutes, or took one out."""

    kind: ClassVar[str] = "minutes.remarked"
    audience: ClassVar[str] = MODERATORS
    remark: int
    by: int


class CorrectionAsked(Event):
    kind: ClassVar[str] = "minutes.correction_asked"
    audience: ClassVar[str] = MODERATORS
    correction: int


class CorrectionAnswered(Event):
    kind: ClassVar[str] = "minutes.correction_answered"
    audience: ClassVar[str] = MODERATORS
    correction: int
    state: str
    by: int


class MinutesFrozen(Event):
    """The minutes stand under `digest`; nobody froze them: the clock did."""

    kind: ClassVar[str] = "minutes.frozen"
    digest: str
    by: int | None = None


class ConflictStated(Event):
    """A moderator has said which interest is theirs; `text` is a salted digest."""

    kind: ClassVar[str] = "conflict.stated"
    audience: ClassVar[str] = MODERATORS
    participation: int
    conflict: str
    text: str = ""


class ExceptionGranted(Event):
    """`administrator` (a person) lets a lead steer without certificate.

    Nobody for simulated and imported dialogues. `reason` is a salted digest.
    """

    kind: ClassVar[str] = "exception.granted"
    audience: ClassVar[str] = MODERATORS
    participation: int
    administrator: int | None = None
    reason: str = ""


class ExceptionWithdrawn(Event):
    kind: ClassVar[str] = "exception.withdrawn"
    audience: ClassVar[str] = MODERATORS
    participation: int
    administrator: int
