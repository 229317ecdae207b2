"""Events of moderation."""

from typing import ClassVar, Literal

from ledger.events import MODERATORS, Event

ContributionKind = Literal["proposal", "comment", "question", "topic"]


class ContributionHidden(Event):
    """Hidden from citizens. `proposal` is where a comment stood."""

    kind: ClassVar[str] = "contribution.hidden"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ContributionRestored(Event):
    kind: ClassVar[str] = "contribution.restored"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ContributionApproved(Event):
    """Held before and visible now, or looked at and left visible."""

    kind: ClassVar[str] = "contribution.approved"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    rule: str
    decision: int
    digest: str
    by: int | None = None


class RevisionAsked(Event):
    """Out of sight until its author has reworded it."""

    kind: ClassVar[str] = "contribution.revision_asked"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ContributionMerged(Event):
    kind: ClassVar[str] = "contribution.merged"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ContributionReworded(Event):
    """The author has done what was asked; it waits for the moderation again."""

    kind: ClassVar[str] = "contribution.reworded"
    audience: ClassVar[str] = MODERATORS
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    wording: str


class TextDeleted(Event):
    """The time for appeals is over: the hidden text is deleted, its digest stays."""

    kind: ClassVar[str] = "contribution.text_deleted"
    audience: ClassVar[str] = MODERATORS
    contribution: ContributionKind
    pk: int
    proposal: int | None = None


class ParticipationSilenced(Event):
    """May listen, support and vote, but not speak, until `until` (Unix ms)."""

    kind: ClassVar[str] = "participation.silenced"
    audience: ClassVar[str] = MODERATORS
    participation: int
    until: int
    rule: str
    decision: int
    digest: str
    by: int | None = None


class SilenceEnded(Event):
    kind: ClassVar[str] = "participation.silence_ended"
    audience: ClassVar[str] = MODERATORS
    participation: int
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ParticipationExcluded(Event):
    kind: ClassVar[str] = "participation.excluded"
    audience: ClassVar[str] = MODERATORS
    participation: int
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ParticipationReadmitted(Event):
    kind: ClassVar[str] = "participation.readmitted"
    audience: ClassVar[str] = MODERATORS
    participation: int
    rule: str
    decision: int
    digest: str
    by: int | None = None


class ReportMade(Event):
    kind: ClassVar[str] = "report.made"
    audience: ClassVar[str] = MODERATORS
    report: int
    contribution: ContributionKind
    pk: int


class ReportsSettled(Event):
    """Open reports were answered with one decision; none: what they were about
    was withdrawn."""

    kind: ClassVar[str] = "report.settled"
    audience: ClassVar[str] = MODERATORS
    decision: int | None = None
    reports: int


class AppealMade(Event):
    kind: ClassVar[str] = "appeal.made"
    audience: ClassVar[str] = MODERATORS
    appeal: int
    decision: int


class AppealDecided(Event):
    kind: ClassVar[str] = "appeal.decided"
    audience: ClassVar[str] = MODERATORS
    appeal: int
    decision: int
    outcome: str
    by: int | None = None
