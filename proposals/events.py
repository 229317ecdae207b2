"""Events of contributions and ballots. Votes and stances have none: see counts."""

from typing import ClassVar, Literal

from ledger.events import MODERATORS, Event

ContributionKind = Literal["proposal", "comment", "question", "topic"]
MapState = Literal["open", "in", "out"]


class ProposalPublished(Event):
    kind: ClassVar[str] = "proposal.published"
    proposal: int
    digest: str


class ProposalRevised(Event):
    kind: ClassVar[str] = "proposal.revised"
    proposal: int
    revision: int
    digest: str


class ProposalWithdrawn(Event):
    kind: ClassVar[str] = "proposal.withdrawn"
    proposal: int


class ProposalHeld(Event):
    """A published proposal was reworded, and the new wording waits."""

    kind: ClassVar[str] = "proposal.held"
    proposal: int


class HeldReceived(Event):
    """A contribution waits for the moderation. `reasons` are HoldReasons."""

    kind: ClassVar[str] = "held.received"
    audience: ClassVar[str] = MODERATORS
    contribution: ContributionKind
    pk: int
    reasons: str
    digest: str


class HeldRevised(Event):
    kind: ClassVar[str] = "held.revised"
    audience: ClassVar[str] = MODERATORS
    contribution: ContributionKind
    pk: int
    reasons: str
    digest: str


class HeldWithdrawn(Event):
    kind: ClassVar[str] = "held.withdrawn"
    audience: ClassVar[str] = MODERATORS
    contribution: ContributionKind
    pk: int


class SynthesisChanged(Event):
    """Something was merged into a contribution, or taken out of it again."""

    kind: ClassVar[str] = "synthesis.changed"
    contribution: ContributionKind
    pk: int


class HoldingChanged(Event):
    """What is held has changed, in the dialogue or during `item`.

    `by` nobody: the city's staff, who take no part. `is_words`: the word list.
    """

    kind: ClassVar[str] = "holding.changed"
    item: int | None = None
    by: int | None = None
    is_words: bool = False


class CommentPublished(Event):
    kind: ClassVar[str] = "comment.published"
    comment: int
    proposal: int
    digest: str


class CommentWithdrawn(Event):
    kind: ClassVar[str] = "comment.withdrawn"
    comment: int
    proposal: int


class QuestionAsked(Event):
    kind: ClassVar[str] = "question.asked"
    question: int
    digest: str


class QuestionAnswered(Event):
    kind: ClassVar[str] = "question.answered"
    question: int
    by: int
    digest: str | None = None
    minute: int | None = None


class QuestionSorted(Event):
    """Tagged with a topic, or put on or taken off the shortlist."""

    kind: ClassVar[str] = "question.sorted"
    question: int
    is_shortlisted: bool
    by: int


class QuestionOnStage(Event):
    """The question is on stage now, or (`is_on_stage` false) no longer."""

    kind: ClassVar[str] = "question.staged"
    question: int
    is_on_stage: bool
    by: int


class QuestionWithdrawn(Event):
    kind: ClassVar[str] = "question.withdrawn"
    question: int


class TopicParked(Event):
    kind: ClassVar[str] = "topic.parked"
    topic: int


class TopicRemoved(Event):
    kind: ClassVar[str] = "topic.removed"
    topic: int
    by: int


class TopicWithdrawn(Event):
    kind: ClassVar[str] = "topic.withdrawn"
    topic: int


class BallotDrafted(Event):
    kind: ClassVar[str] = "ballot.drafted"
    audience: ClassVar[str] = MODERATORS
    ballot: int
    by: int


class BallotChanged(Event):
    """A draft was written anew."""

    kind: ClassVar[str] = "ballot.changed"
    audience: ClassVar[str] = MODERATORS
    ballot: int
    by: int


class BallotDiscarded(Event):
    kind: ClassVar[str] = "ballot.discarded"
    audience: ClassVar[str] = MODERATORS
    ballot: int
    by: int


class BallotOpened(Event):
    """Opened with a frozen roll: its size and the digest of its pseudonyms."""

    kind: ClassVar[str] = "ballot.opened"
    ballot: int
    roll_size: int
    roll_digest: str
    by: int


class BallotClosed(Event):
    kind: ClassVar[str] = "ballot.closed"
    ballot: int
    turnout: int
    ballots_digest: str
    by: int


class BallotPaused(Event):
    """Takes no votes for a while, or (`is_paused` false) takes them again."""

    kind: ClassVar[str] = "ballot.paused"
    ballot: int
    is_paused: bool
    by: int


class BallotPublished(Event):
    kind: ClassVar[str] = "ballot.published"
    ballot: int
    by: int


class TicketsIssued(Event):
    kind: ClassVar[str] = "ticket.issued"
    audience: ClassVar[str] = MODERATORS
    number: int
    channel: str
    by: int


class TicketChanged(Event):
    """Checked in, linked to somebody who votes online, or ticked off."""

    kind: ClassVar[str] = "ticket.changed"
    audience: ClassVar[str] = MODERATORS
    ticket: int
    by: int


class HandCounted(Event):
    """One person has entered a count; it `holds` when another entered the same."""

    kind: ClassVar[str] = "ballot.hand_counted"
    audience: ClassVar[str] = MODERATORS
    ballot: int
    channel: str
    holds: bool
    by: int


class WeightSet(Event):
    """How often somebody's vote counts from now on, where ballots use weights.

    It concerns whom it is about: the own weight stands in the room.
    """

    kind: ClassVar[str] = "weight.set"
    audience: ClassVar[str] = MODERATORS
    participation: int
    weight: int
    by: int


class BallotAnnulled(Event):
    kind: ClassVar[str] = "ballot.annulled"
    ballot: int
    by: int


class OpinionMapSet(Event):
    """The opinion map is shown or taken off; `strict`: see `OpinionMap.Mode`."""

    kind: ClassVar[str] = "opinions.set"
    by: int
    shown: bool
    projector: bool
    strict: bool


class StatementMarked(Event):
    """A statement counts in the map or does not (`state`); `meta`: about the talk."""

    kind: ClassVar[str] = "opinions.marked"
    proposal: int
    by: int
    state: MapState
    meta: bool


class OpinionMapDrawn(Event):
    kind: ClassVar[str] = "opinions.drawn"
    people: int
    statements: int
    groups: int
