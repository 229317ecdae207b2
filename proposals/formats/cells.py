"""Rows of tables that are written as text: CSV, and the sections of Pabulib."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from proposals.choices import folded
from proposals.formats.votefile import FileUnreadable

SEPARATORS = (",", ";", "\t")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def rows_of(text: str, separator: str) -> Iterator[tuple[list[str], int]]:
    """Cells without the spaces around them, and the line; empty rows are left out."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileUnreadable(
                _(
                    "The row cannot be read: a quotation mark is too many or missing, "
                    "or a cell is too long."
                ),
                first,
            ) from None
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield cells, first


def table_with(
    text: str, known: Collection[str], *, first_only: bool
) -> Iterator[tuple[list[str], int]] | None:
    """The rows of a CSV, its head first; None if the head has none of `known`.

    The separator is the one that makes a folded word of `known` stand in the head: in
    its first cell, or anywhere.
    """
    for separator in SEPARATORS:
        try:
            head, __ = next(rows_of(text, separator), ([], 0))
        except FileUnreadable:  # quoted by another separator
            continue
        if set(map(folded, head[:1] if first_only else head)) & set(known):
            return rows_of(text, separator)
    return None


def check_width(cells: Sequence[str], columns: int, line: int) -> None:
    """Refuse a row with other cells than the head has."""
    if len(cells) != columns:
        raise FileUnreadable(
            _("The row has %(cells)s cells, but there are %(columns)s columns."),
            line,
            cells=len(cells),
            columns=columns,
        )


def guarded(text: str) -> str:
    """One line that no spreadsheet computes."""
    line = " ".join(text.split())
    return "'" + line if _is_formula(line) else line


def unguarded(cell: str) -> str:
    """The line that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(line: str) -> bool:
    # With an apostrophe of its own before the sign, too: so the guard can be undone.
    return line.lstrip("'").startswith(_FORMULAS)
