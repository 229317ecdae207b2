"""Reads a file of votes, counts it, and says so in plain figures and words."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils import translation

from proposals.explaining import EXPLAIN
from proposals.formats.own import as_vote_file, read_own
from proposals.formats.pabulib import read_pabulib
from proposals.formats.preflib import TYPES, read_preflib
from proposals.formats.preparing import method_named, prepare
from proposals.formats.table import read_csv
from proposals.formats.votefile import FileUnreadable, VoteFile
from proposals.methods import METHODS
from proposals.methods.outcome import Number, Outcome, Round, Terms

LARGEST = 200 * 1024 * 1024
Names = Mapping[int, str]


def read_file(path: Path) -> VoteFile:
    """By the end of the name; FileUnreadable for everything else."""
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in (*TYPES, "pb", "csv", "json"):
        raise FileUnreadable(
            f"{path.name}: the name must end in .soc, .soi, .toc, .toi, .pb, .csv or "
            ".json."
        )
    try:
        if path.stat().st_size > LARGEST:
            raise FileUnreadable(f"{path.name} is larger than 200 MB.")
        raw = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path.name}: {error.strerror}.") from None
    if suffix == "pb":
        return read_pabulib(raw)
    if suffix == "csv":
        return read_csv(raw)
    if suffix == "json":
        return as_vote_file(read_own(raw))
    return read_preflib(raw, suffix)


def count_file(
    file: VoteFile, method: str, **wanted: int | None
) -> tuple[str, Terms, Outcome]:
    """Counted by `method` ("" for that of our own file)."""
    name = method_named(method or file.method)
    terms, casts = prepare(file, name, **wanted)
    return name, terms, METHODS[name].count(casts, terms)


def report(method: str, terms: Terms, outcome: Outcome, names: Names) -> dict[str, Any]:
    """What `manage.py count --json` prints."""
    return {
        **report_figures(method, outcome, names),
        "explanation": {
            language: explained(method, terms, outcome, names, language)
            for language in ("de", "en")
        },
    }


def report_figures(method: str, outcome: Outcome, names: Names) -> dict[str, Any]:
    """All of it but the words. Fractions are texts "a/b".

    `ranking` is best first; equals stand together in a list of their own.
    """
    return {
        "method": method,
        "winners": _named(outcome.chosen, names),
        "ranking": [
            names[group[0]] if len(group) == 1 else _named(group, names)
            for group in outcome.ranking
        ],
        "rounds": [_round(row, names) for row in outcome.rounds],
        "ties": [
            {
                "among": _named(tie.among, names),
                "settled": _named(tie.settled, names),
                "rule": tie.rule,
            }
            for tie in outcome.ties
        ],
    }


def explained(
    method: str, terms: Terms, outcome: Outcome, names: Names, language: str
) -> str:
    """Who won and why, what a tie meant, what would have changed it."""
    with translation.override(language):
        words = EXPLAIN[method](outcome, terms, names)
        parts = (words.result, words.why, words.tie, words.change)
        return " ".join(str(part) for part in parts if part)


def _named(options: Sequence[int], names: Names) -> list[str]:
    return [names[option] for option in options]


def _round(row: Round, names: Names) -> dict[str, Any]:
    pairs: dict[str, dict[str, int | str]] = {}
    for (before, after), number in row.pairs.items():
        pairs.setdefault(names[before], {})[names[after]] = plain(number)
    return {
        "kind": row.kind,
        "numbers": {names[pk]: plain(number) for pk, number in row.numbers.items()},
        "chosen": _named(row.chosen, names),
        "excluded": _named(row.excluded, names),
        "pairs": pairs,
        "facts": {
            key: value if isinstance(value, str) else plain(value)
            for key, value in row.facts.items()
        },
    }


def plain(number: Number) -> int | str:
    """Whole ones as they are, others as "a/b"."""
    if isinstance(number, Fraction) and number.denominator != 1:
        return f"{number.numerator}/{number.denominator}"
    return int(number)
