"""Writes a Pol.is export: the four CSV files as Pol.is itself writes them."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from proposals.polis import PolisStatement, PolisVote

FILES = ("comments.csv", "votes.csv", "participants-votes.csv", "summary.csv")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


@dataclass(frozen=True)
class Conversation:
    """What is written. `votes`: the last one of each person on each statement.

    `groups`: participant -> group of the opinion map, of those who are in one.
    """

    topic: str
    url: str
    description: str
    views: int
    statements: Sequence[PolisStatement]
    votes: Sequence[PolisVote]
    groups: Mapping[int, int]


def write_polis(conversation: Conversation) -> dict[str, str]:
    """File name -> text."""
    return {
        "comments.csv": _table(_comments(conversation)),
        "votes.csv": _table(_votes(conversation)),
        "participants-votes.csv": _table(_participants(conversation)),
        "summary.csv": _table(_summary(conversation)),
    }


def moment(milliseconds: int) -> str:
    """As Pol.is writes it: "Wed Apr 27 07:51:34 UTC 2022", in no locale."""
    at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    month = _MONTHS[3 * at.month - 3 : 3 * at.month]
    return f"{_DAYS[at.weekday()]} {month} {at:%d %H:%M:%S} UTC {at.year}"


def _comments(conversation: Conversation) -> Iterable[Sequence[object]]:
    counts = Counter((vote.statement, vote.sign) for vote in conversation.votes)
    yield [
        "timestamp",
        "datetime",
        "comment-id",
        "author-id",
        "agrees",
        "disagrees",
        "moderated",
        "comment-body",
    ]
    for row in conversation.statements:
        yield [
            row.created,
            moment(row.created),
            row.id,
            row.author,
            counts[row.id, 1],
            counts[row.id, -1],
            row.moderated,
            row.text,
        ]


def _votes(conversation: Conversation) -> Iterable[Sequence[object]]:
    yield ["timestamp", "datetime", "comment-id", "voter-id", "vote"]
    for vote in sorted(
        conversation.votes, key=lambda vote: (vote.statement, vote.voter)
    ):
        yield [vote.at, moment(vote.at), vote.statement, vote.voter, vote.sign]


def _participants(conversation: Conversation) -> Iterable[Sequence[object]]:
    """A line per person; a statement nobody voted on has no column."""
    seen = sorted({vote.statement for vote in conversation.votes})
    cells = {(vote.voter, vote.statement): vote.sign for vote in conversation.votes}
    written = Counter(row.author for row in conversation.statements)
    people = {vote.voter for vote in conversation.votes} | set(written)
    yield [
        "participant",
        "group-id",
        "n-comments",
        "n-votes",
        "n-agree",
        "n-disagree",
        *seen,
    ]
    for person in sorted(people):
        row = [cells.get((person, statement), "") for statement in seen]
        yield [
            person,
            conversation.groups.get(person, ""),
            written[person],
            sum(value != "" for value in row),
            row.count(1),
            row.count(-1),
            *row,
        ]


def _summary(conversation: Conversation) -> Iterable[Sequence[object]]:
    voters = len({vote.voter for vote in conversation.votes})
    yield from (
        ("topic", conversation.topic),
        ("url", conversation.url),
        ("views", conversation.views),
        ("voters", voters),
        ("voters-in-conv", len(conversation.groups) or voters),
        ("commenters", len({row.author for row in conversation.statements})),
        ("comments", len(conversation.statements)),
        ("groups", len(set(conversation.groups.values()))),
        ("conversation-description", conversation.description),
    )


def _table(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
