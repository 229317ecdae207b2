"""The typed outcome of a dialogue, from which a result record is made.

Holds integers, digests, pseudonyms and the city's own titles; every text of a
person stands in `texts` under its key, as (salt, text), and in the figures as
SHA-256(salt || text). So a record can be checked with `sha256sum` years later,
also after erasure.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True)
class AgendaRun:
    """One agenda item: planned and real minutes, in the order of the agenda."""

    kind: str
    title: str
    planned_minutes: int
    began_at: tuple[int, ...]
    ended_at: tuple[int, ...]


@dataclass(frozen=True)
class ProposalResult:
    """`author` is a pseudonym of this dialogue; the rest are figures."""

    number: int
    kind: str
    author: str
    wording: str
    revision: int
    state: str
    supports: int
    comments: int
    agrees: int
    disagrees: int
    passes: int


@dataclass(frozen=True)
class QuestionResult:
    """A question that was public at the end. `answered_minute`: in the recording."""

    number: int
    author: str
    wording: str
    supports: int
    is_answered: bool
    answered_minute: int | None


@dataclass(frozen=True)
class OptionResult:
    """`proposal` and `question`: the numbers of what stood for election, if any."""

    position: int
    title: str
    number: int
    is_chosen: bool
    proposal: int | None
    # Of fixed choices ("yes", "abstain"...), and in whole euros of budgets.
    key: str = ""
    cost: int = 0
    question: int | None = None


@dataclass(frozen=True)
class BallotResult:
    """A ballot with its anonymised votes: sorted [option position, value] pairs.

    `terms`: those of `proposals.methods.outcome.Terms` that are not the usual ones.
    `weights`: of each vote, where not all are 1. `channels`: the votes that were
    counted by hand, by channel; `votes` are then those cast online. `previous`: the
    number of the ballot whose next round this is. `annulled`: the digest of the reason.
    `reasons`: digests of objections and concerns of an open consent decision, sorted by
    their words.
    """

    number: int
    title: str
    method: str
    secrecy: str
    electorate: str
    most_options: int
    state: str
    eligible: int
    turnout: int
    roll_digest: str
    verdict: str
    options: tuple[OptionResult, ...]
    votes: list[list[list[int]]]
    terms: dict[str, int | str] = field(default_factory=dict)
    weights: list[int] = field(default_factory=list)
    channels: dict[str, list[list[list[int]]]] = field(default_factory=dict)
    round: int = 1
    previous: int | None = None
    annulled: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResultSheet:
    """What `moderation.closing` hands over. Times are Unix ms."""

    title: str
    dialogue: str
    mode: str
    opened_at: int | None
    closed_at: int
    participants: int
    moderation: dict[str, int]
    questions: int
    questions_answered: int
    comments: int
    stances: int
    agenda: tuple[AgendaRun, ...]
    proposals: tuple[ProposalResult, ...]
    ballots: tuple[BallotResult, ...]
    parked: tuple[str, ...]
    ledger_head: int
    ledger_digest: str
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    # The opinion map as last shown, its statements by the proposals' numbers; or {}.
    opinions: dict[str, Any] = field(default_factory=dict)
    # `questions` of them, in the order in which they became public.
    asked: tuple[QuestionResult, ...] = ()

    def figures(self) -> dict[str, Any]:
        """The record itself: everything but the texts."""
        facts = asdict(self)
        del facts["texts"]
        facts["version"] = VERSION
        _leave_out(facts, {"opinions": {}, "asked": ()})
        for ballot in facts["ballots"]:
            _leave_out(ballot, _USUAL_BALLOT)
            for option in ballot["options"]:
                _leave_out(option, {"key": "", "cost": 0, "question": None})
        return facts


_USUAL_BALLOT: dict[str, Any] = {
    "terms": {},
    "weights": [],
    "channels": {},
    "round": 1,
    "previous": None,
    "annulled": "",
    "reasons": (),
}


def _leave_out(facts: dict[str, Any], usual: dict[str, Any]) -> None:
    """Drop what says nothing: so a record from before there was more stays whole."""
    for key, value in usual.items():
        if facts[key] == value:
            del facts[key]
