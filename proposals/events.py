"""Events of contributions and ballots. Votes and stances have none: see counts."""

from typing import ClassVar

from ledger.events import MODERATORS, Event


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


class BallotDrafted(Event):
    kind: ClassVar[str] = "ballot.drafted"
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


class BallotAnnulled(Event):
    kind: ClassVar[str] = "ballot.annulled"
    ballot: int
    by: int
