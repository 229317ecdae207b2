"""A ballot as one CSV table: a line per vote, a column per option.

Cells that a spreadsheet would take for a formula begin with an apostrophe. Described
for readers in docs/ballot-file.md.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import compress
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from proposals.choices import folded
from proposals.formats.cells import check_width, guarded, table_with, unguarded
from proposals.formats.own import BallotFile
from proposals.formats.votefile import (
    FileUnreadable,
    Line,
    VoteFile,
    as_text,
    quoted,
    whole,
)
from proposals.methods.outcome import Cast
from shared.texts import clean_line

# As heads are called, besides what they are called in the exports.
_HEADS: dict[str, tuple[Any, ...]] = {
    "vote": (pgettext_lazy("column", "Vote"),),
    "channel": (_("Channel"), "Kanal"),
    "weight": (_("Weight"),),
    "cost": (_("Cost"),),
}
_CHANNELS = ("online", "hall", "phone")
MOST_OPTIONS = 1000


@cache
def _words(head: str) -> frozenset[str]:
    """What the column is called in any language, folded."""
    words = set()
    for language, __ in settings.LANGUAGES:
        with override(language):
            words |= {folded(str(word)) for word in _HEADS[head]}
    return frozenset(words)


def write_csv(file: BallotFile, heads: tuple[str, str, str, str]) -> str:
    """`heads`: what the columns vote, channel and weight and the cost line are called.

    An empty cell: this option is not on the vote. No line says who, or when.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    vote, channel, weight, cost = heads
    # An option called like a column is told from it by its place: after all of them.
    reserved = _words("channel") | _words("weight")
    alike = any(folded(option.title) in reserved for option in file.options)
    # Columns that say nothing are left out.
    has = [True, alike or bool(file.channels), alike or bool(file.weights)]

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
    return guarded(text)


def read_csv(raw: bytes) -> VoteFile:
    """What `write_csv` wrote, or somebody by the same layout.

    Options are numbered from 1 as their columns stand. What a number means, and which
    of them are right, is the method's: whoever counts names it.
    """
    text = as_text(raw)
    if not text.strip():
        raise FileUnreadable(_("The file is empty."))
    rows = table_with(text, _words("vote"), first_only=True)
    if rows is None:
        raise FileUnreadable(_("The first column must be called “Vote”."), 1)
    head, line = next(rows)
    leading = _leading(head)
    names = _titles(head[len(leading) :], line)
    costs: dict[int, int] = {}
    lines: list[Line] = []
    voters: set[str] = set()
    for place, (cells, line) in enumerate(rows):
        check_width(cells, len(head), line)
        said = dict(zip(leading, cells, strict=False))
        values = dict(zip(names, cells[len(leading) :], strict=True))
        if place == 0 and folded(cells[0]) in _words("cost"):
            costs = _numbers(values, _("The cost"), line, lowest=0)
            continue
        lines.append(_vote(said, values, line))
        if cells[0] in voters:
            raise FileUnreadable(f"The vote {quoted(cells[0])} stands twice.", line)
        voters.add(cells[0])
    facts = {"costs": costs} if costs else {}
    return VoteFile("table", names, tuple(lines), facts)


def _leading(head: Sequence[str]) -> list[str]:
    """The columns before the options, which come in this order."""
    leading = ["vote"]
    for name in ("channel", "weight"):
        if len(head) > len(leading) and folded(head[len(leading)]) in _words(name):
            leading.append(name)
    return leading


def _titles(head: Sequence[str], line: int) -> dict[int, str]:
    names = {number: clean_line(unguarded(text)) for number, text in enumerate(head, 1)}
    if not names:
        raise FileUnreadable(_("The file has no options."), line)
    if len(names) > MOST_OPTIONS:
        raise FileUnreadable(f"{len(names)} options are too many.", line)
    seen: set[str] = set()
    for title in names.values():
        if not title:
            raise FileUnreadable(_("An option has no title."), line)
        if folded(title) in seen:
            raise FileUnreadable(
                _("The option %(title)s stands there twice."), line, title=quoted(title)
            )
        seen.add(folded(title))
    return names


def _vote(said: dict[str, str], values: dict[int, str], line: int) -> Line:
    if not said["vote"]:
        raise FileUnreadable("The vote has no number.", line)
    if said.get("channel", "online") not in _CHANNELS:
        raise FileUnreadable(
            f"The channel {quoted(said['channel'])} is none of {_CHANNELS}.", line
        )
    weight = whole(said.get("weight", "1"), _("The weight"), line)
    return Line(Cast(_numbers(values, _("The number"), line), weight), line)


def _numbers(
    values: dict[int, str], what: Any, line: int, lowest: int = -(10**6)
) -> dict[int, int]:
    return {
        option: whole(text, what, line, lowest)
        for option, text in values.items()
        if text
    }
