"""Events of moderation."""

from typing import ClassVar, Literal

from ledger.events import Event

ContributionKind = Literal["proposal", "comment", "question"]


class ContributionHidden(Event):
    """Hidden from citizens. `proposal` is where a comment stood."""

    kind: ClassVar[str] = "contribution.hidden"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    rule: str
    decision: int
    by: int


class ContributionRestored(Event):
    kind: ClassVar[str] = "contribution.restored"
    contribution: ContributionKind
    pk: int
    proposal: int | None = None
    decision: int
    by: int
