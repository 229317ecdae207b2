"""The options of a vote from a file: CSV, PrefLib or Pabulib; its votes are left."""

from collections.abc import Sequence
from pathlib import PurePath

from django.utils.translation import gettext_lazy as _

from proposals.choices import folded
from proposals.formats.cells import check_width, table_with, unguarded
from proposals.formats.pabulib import read_projects
from proposals.formats.preflib import TYPES, read_alternatives
from proposals.formats.votefile import (
    FileUnreadable,
    Listed,
    OptionList,
    as_text,
    quoted,
    whole,
)

SUFFIXES = (".csv", ".pb", *(f".{kind}" for kind in TYPES))
# English and German, whatever the reader's language: files travel.
_COLUMNS = {
    "title": ("title", "titel"),
    "text": ("text", "description", "beschreibung"),
    "cost": ("cost", "kosten"),
}


def read_options(name: str, raw: bytes) -> OptionList:
    """By the end of the file's name; FileUnreadable for everything else."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise FileUnreadable(
            _("The file’s name must end in one of these: %(suffixes)s."),
            suffixes=", ".join(SUFFIXES),
        )
    if not raw.strip():
        raise FileUnreadable(_("The file is empty."))
    if suffix == ".csv":
        return read_list(raw)
    if suffix == ".pb":
        return read_projects(raw)
    return read_alternatives(raw, suffix)


def read_list(raw: bytes) -> OptionList:
    """A CSV with a column `title` (Titel), perhaps `text` and `cost` (Kosten)."""
    rows = table_with(as_text(raw), _COLUMNS["title"], first_only=False)
    if rows is None:
        raise FileUnreadable(_("A column must be called “Title”."), 1)
    head, line = next(rows)
    columns = _columns(head, line)
    options = []
    for cells, line in rows:
        check_width(cells, len(columns), line)
        row = {name: unguarded(cell) for name, cell in zip(columns, cells, strict=True)}
        cost = row.get("cost", "")
        options.append(
            Listed(
                row["title"],
                row.get("text", ""),
                whole(cost, _("The cost"), line) if cost else 0,
                line,
            )
        )
    return OptionList("", tuple(options))


def _columns(head: Sequence[str], line: int) -> list[str]:
    columns = []
    for cell in head:
        known = (name for name, words in _COLUMNS.items() if folded(cell) in words)
        name = next(known, "")
        if not name:
            raise FileUnreadable(
                _("The column %(name)s is not known: Title, Text and Cost are."),
                line,
                name=quoted(cell),
            )
        if name in columns:
            raise FileUnreadable(
                _("The column %(name)s stands there twice."), line, name=quoted(cell)
            )
        columns.append(name)
    return columns
