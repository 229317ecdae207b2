"""Reads a Pol.is export (comments.csv, votes.csv) into typed rows.

What the format hides: votes.csv is not in order of time; whoever voted twice on
a statement counts with the last vote; comments.csv may repeat a statement (the
last row holds), lack one that was voted on, and list some nobody voted on.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from proposals.models import Stance
from shared.texts import clean_text

# In the CSV files 1 is agreement. (Pol.is's database has the opposite sign.)
STANCES = {
    1: Stance.Value.AGREE,
    -1: Stance.Value.DISAGREE,
    0: Stance.Value.PASS,
}
REJECTED, UNMODERATED, ACCEPTED = -1, 0, 1
LONGEST_TITLE = 140
LONGEST_TEXT = 2000
WITHOUT_TEXT = "(ohne Text)"


class ExportUnreadable(Exception):
    """The directory holds no Pol.is export; the message says what is wrong."""


@dataclass(frozen=True)
class PolisStatement:
    """One row of comments.csv; `created` is Unix time in ms."""

    id: int
    author: int
    text: str
    moderated: int
    created: int

    @property
    def is_rejected(self) -> bool:
        return self.moderated == REJECTED

    @property
    def wording(self) -> tuple[str, str]:
        """Title and text of the proposal that it becomes.

        A longer statement's title is its first sentence, or what fits at the
        border of a word; the text is then the whole.
        """
        whole = clean_text(self.text)
        line = " ".join(whole.split())
        if len(line) <= LONGEST_TITLE:
            return line or WITHOUT_TEXT, ""
        return shortened(line), whole[:LONGEST_TEXT]


@dataclass(frozen=True)
class PolisVote:
    """One row of votes.csv; `at` is Unix time in ms, `sign` 1, -1 or 0."""

    at: int
    statement: int
    voter: int
    sign: int

    @property
    def stance(self) -> str:
        return str(STANCES[self.sign].value)


@dataclass(frozen=True)
class Counts:
    """How many people agree, disagree and pass, each counted once."""

    agrees: int = 0
    disagrees: int = 0
    passes: int = 0


@dataclass(frozen=True)
class PolisExport:
    """A conversation: statements by id, all votes in order of time."""

    topic: str
    statements: dict[int, PolisStatement]
    votes: list[PolisVote]

    @cached_property
    def final_votes(self) -> list[PolisVote]:
        """The last vote of each person on each statement, in order of time."""
        last = {(vote.voter, vote.statement): vote for vote in self.votes}
        return sorted(last.values(), key=_moment)

    @cached_property
    def known_votes(self) -> list[PolisVote]:
        """All votes on statements that comments.csv holds, in order of time."""
        return [vote for vote in self.votes if vote.statement in self.statements]

    @cached_property
    def people(self) -> list[int]:
        """Whoever voted or wrote, by number."""
        voters = {vote.voter for vote in self.votes}
        return sorted(voters | {row.author for row in self.statements.values()})

    def in_order(self) -> list[PolisStatement]:
        """The statements in the order in which they were written."""
        return sorted(self.statements.values(), key=lambda row: (row.created, row.id))

    def final_counts(self) -> dict[int, Counts]:
        """Counts per statement from votes.csv alone, never from comments.csv.

        Statements without a vote have zeros; statements that comments.csv lacks
        are there, too.
        """
        numbers = {pk: dict.fromkeys(STANCES, 0) for pk in self.statements}
        for vote in self.final_votes:
            numbers.setdefault(vote.statement, dict.fromkeys(STANCES, 0))
            numbers[vote.statement][vote.sign] += 1
        return {
            pk: Counts(agrees=by[1], disagrees=by[-1], passes=by[0])
            for pk, by in numbers.items()
        }


def read_export(directory: Path) -> PolisExport:
    """The export in `directory`; ExportUnreadable names file and line."""
    # Two votes of a person in the same millisecond: the later row holds.
    votes = sorted(
        (
            PolisVote(
                at=_whole(row, "timestamp"),
                statement=_whole(row, "comment-id"),
                voter=_whole(row, "voter-id"),
                sign=_whole(row, "vote", among=tuple(STANCES)),
            )
            for row in _rows(directory / "votes.csv")
        ),
        key=_moment,
    )
    statements = {}
    for row in _rows(directory / "comments.csv"):
        statement = PolisStatement(
            id=_whole(row, "comment-id"),
            author=_whole(row, "author-id"),
            text=row.get("comment-body") or "",
            moderated=_whole(row, "moderated", among=(REJECTED, UNMODERATED, ACCEPTED)),
            created=_whole(row, "timestamp"),
        )
        statements[statement.id] = statement
    return PolisExport(_topic(directory), statements, votes)


def shortened(line: str, longest: int = LONGEST_TITLE) -> str:
    """The first sentence of `line` if it fits, else words up to `longest`."""
    for place in range(min(len(line) - 1, longest)):
        if place >= 20 and line[place] in ".!?" and line[place + 1] == " ":
            return line[: place + 1]
    cut = line[: longest - 1]
    if line[longest - 1] != " " and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:–-") + "…"


def _moment(vote: PolisVote) -> int:
    return vote.at


def _topic(directory: Path) -> str:
    path = directory / "summary.csv"
    if not path.is_file():
        return directory.name
    with path.open(encoding="utf-8-sig", newline="") as lines:
        facts = {row[0]: row[1] for row in csv.reader(lines) if len(row) > 1}
    return " ".join(facts.get("topic", "").split()) or directory.name


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise ExportUnreadable(f"{path.name} is missing in {path.parent.name}.")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            yield {**row, "": f"{path.name}, line {reader.line_num}"}


def _whole(row: dict[str, str], column: str, among: tuple[int, ...] = ()) -> int:
    try:
        number = int(row[column])
    except (KeyError, TypeError, ValueError):
        raise ExportUnreadable(f"{row['']}: no whole number in {column}.") from None
    if among and number not in among:
        raise ExportUnreadable(f"{row['']}: {number} is no value of {column}.")
    return number
