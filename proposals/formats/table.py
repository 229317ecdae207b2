"""A ballot as one CSV table: a line per vote, a column per option.

Cells that a spreadsheet would take for a formula begin with an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import compress

from proposals.formats.own import BallotFile

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(file: BallotFile, heads: tuple[str, str, str, str]) -> str:
    """`heads`: what the columns vote, channel and weight and the cost line are called.

    An empty cell: this option is not on the vote. No line says who, or when.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    vote, channel, weight, cost = heads
    # Columns that say nothing are left out.
    has = [True, bool(file.channels), bool(file.weights)]

    def write(first: Sequence[object], rest: Iterable[object]) -> None:
        table.writerow([*compress(first, has), *rest])

    write([vote, channel, weight], (cell(option.title) for option in file.options))
    if any(option.cost for option in file.options):
        write([cost, "", ""], (option.cost or "" for option in file.options))
    rows = [
        ("online", pairs, times)
        for pairs, times in zip(
            file.votes, file.weights or [1] * len(file.votes), strict=True
        )
    ]
    for name, votes in file.channels.items():
        rows += [(name, pairs, 1) for pairs in votes]
    for number, (name, pairs, times) in enumerate(rows, 1):
        values = dict(map(_pair, pairs))
        write(
            [number, name, times],
            (values.get(option.position, "") for option in file.options),
        )
    return out.getvalue()


def _pair(pair: Sequence[int]) -> tuple[int, int]:
    return pair[0], pair[1]


def cell(text: str) -> str:
    """One line that no spreadsheet computes."""
    line = " ".join(text.split())
    return "'" + line if line.startswith(_FORMULAS) else line
