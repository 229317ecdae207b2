"""Our ballot file: one counted ballot with every vote, and nobody's name.

Canonical JSON. Described for readers in docs/ballot-file.md.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import NoReturn

from pydantic import TypeAdapter, ValidationError

from ledger.chain import canonical
from proposals.formats.votefile import (
    FileUnreadable,
    Line,
    VoteFile,
    as_text,
    told_apart,
)
from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Outcome, Terms
from proposals.terms import terms_in_file

FORMAT, VERSION = "mitwirken-ballot", 1
_FROM_OPTIONS = ("options", "keys", "costs")


@dataclass(frozen=True)
class FileOption:
    position: int
    title: str
    key: str
    cost: int


@dataclass(frozen=True)
class FileResult:
    """As it was announced. `numbers` in the order of the options."""

    verdict: str
    numbers: list[int]
    chosen: list[int]
    ranking: list[list[int]]


@dataclass(frozen=True)
class BallotFile:
    """`votes`: per vote its sorted [option position, value] pairs, sorted by content.

    `weights` of the votes, where not all are 1. `channels`: the votes counted by hand,
    by channel; `votes` are then those cast online. `digest` is of all votes together,
    as the ledger notes it at closing.
    """

    title: str
    method: str
    secrecy: str
    electorate: str
    closed_at: int
    roll_size: int
    roll_digest: str
    turnout: int
    terms: dict[str, int | str]
    options: list[FileOption]
    votes: list[list[list[int]]]
    result: FileResult
    digest: str
    weights: list[int] = field(default_factory=list)
    channels: dict[str, list[list[list[int]]]] = field(default_factory=dict)

    def all_votes(self) -> list[tuple[list[list[int]], int]]:
        """The votes of all channels with their weights, sorted by content."""
        rows = list(zip(self.votes, self.weights or [1] * len(self.votes), strict=True))
        rows += [(vote, 1) for votes in self.channels.values() for vote in votes]
        return sorted(rows)

    def as_terms(self) -> Terms:
        named = {key: value for key, value in self.terms.items() if key != "most"}
        most = self.terms.get("most", 1)
        return terms_in_file(
            self.method,
            [(option.position, option.key, option.cost) for option in self.options],
            named,
            most=most if isinstance(most, int) else 1,
            eligible=self.roll_size,
        )


_file = TypeAdapter(BallotFile)


def votes_digest(file: BallotFile) -> str:
    """SHA-256 of the anonymised votes, as the ledger notes it at closing."""
    rows = file.all_votes()
    votes = [vote for vote, __ in rows]
    weights = [weight for __, weight in rows]
    facts = [votes, weights] if set(weights) - {1} else votes
    return hashlib.sha256(canonical(facts)).hexdigest()


def stated_terms(terms: Terms) -> dict[str, int | str]:
    """All terms but those that stand with the options."""
    return {
        row.name: getattr(terms, row.name)
        for row in fields(Terms)
        if row.name not in _FROM_OPTIONS
    }


def result_of(outcome: Outcome, positions: Sequence[int]) -> FileResult:
    return FileResult(
        verdict=outcome.verdict,
        numbers=[outcome.numbers[position] for position in positions],
        chosen=list(outcome.chosen),
        ranking=[list(group) for group in outcome.ranking],
    )


def write_own(file: BallotFile) -> bytes:
    """The file's bytes: equal ballots give equal files."""
    facts = {"format": FORMAT, "version": VERSION, **asdict(file)}
    for name in ("weights", "channels"):
        if not facts[name]:
            del facts[name]
    return canonical(facts)


def read_own(raw: bytes) -> BallotFile:
    """A whole ballot file whose votes have the digest it states."""
    try:
        facts = json.loads(as_text(raw), parse_float=_refuse, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise FileUnreadable(f"This is no JSON ({error.msg}).", error.lineno) from None
    except (ValueError, RecursionError):
        raise FileUnreadable("This is not JSON of texts and whole numbers.") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise FileUnreadable(f"This is no ballot file: its format is not {FORMAT!r}.")
    if facts.get("version") != VERSION:
        raise FileUnreadable(f"The ballot file is not of version {VERSION}.")
    known = {row.name for row in fields(BallotFile)} | {"format", "version"}
    if unknown := sorted(set(facts) - known):
        raise FileUnreadable(f"The ballot file holds unknown fields: {unknown}.")
    try:
        file = _file.validate_python(
            {key: value for key, value in facts.items() if key in known}, strict=False
        )
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise FileUnreadable(f"The ballot file is not whole: {place}.") from None
    _check(file)
    return file


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _check(file: BallotFile) -> None:
    if file.method not in METHODS:
        raise FileUnreadable(f"The method {file.method!r} is not known.")
    positions = [option.position for option in file.options]
    if not positions or positions != list(range(len(positions))):
        raise FileUnreadable("The options are not numbered in order.")
    if file.weights and (len(file.weights) != len(file.votes) or min(file.weights) < 0):
        raise FileUnreadable("The weights are not those of the votes.")
    rows = file.all_votes()
    if len(rows) != file.turnout:
        raise FileUnreadable(
            f"The turnout is {file.turnout}, but {len(rows)} votes are there."
        )
    for number, (pairs, __) in enumerate(rows, 1):
        if any(len(pair) != 2 for pair in pairs):
            raise FileUnreadable(f"Vote {number} is not made of pairs.")
        if len({pair[0] for pair in pairs}) != len(pairs):
            raise FileUnreadable(f"Vote {number} names an option twice.")
    if votes_digest(file) != file.digest:
        raise FileUnreadable("The digest is not that of the votes: they were changed.")


def as_vote_file(file: BallotFile) -> VoteFile:
    """For counting it, by its own method or another one that asks the same."""
    try:
        terms = file.as_terms()
    except (KeyError, TypeError) as error:
        raise FileUnreadable(f"The term {error} is not known.") from None
    return VoteFile(
        "own",
        told_apart({option.position: option.title for option in file.options}, 1),
        tuple(
            Line(Cast({pair[0]: pair[1] for pair in pairs}, weight), number)
            for number, (pairs, weight) in enumerate(file.all_votes(), 1)
        ),
        {row.name: getattr(terms, row.name) for row in fields(Terms)},
        file.method,
    )
