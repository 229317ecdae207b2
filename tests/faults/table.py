"""The table of `make faults`: figure, bar and verdict of each promise under a fault.

Rows are kept in var/faults/rows.jsonl as they are judged, so that a run that is
broken off leaves what it knew. At the end the whole table goes to the terminal, to
var/faults/table.md and, with WRITE_DOCS=1, between the markers of docs/promises.md.
"""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers import BASE_DIR

KEPT = BASE_DIR / "var" / "faults"
DOCUMENT = BASE_DIR / "docs" / "promises.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEADINGS = ("fault", "database", "figure", "bar", "verdict")


@dataclass(frozen=True)
class Row:
    """One figure held against its bar; `verdict` is held, MISSED, not run, or
    noted where there is no bar of ours."""

    test: str
    what: str
    database: str
    figure: str
    bar: str
    verdict: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.database, self.figure, self.bar, self.verdict)


class Table:
    """The rows of one run, in the order in which they were judged."""

    def __init__(self, kept: Path = KEPT) -> None:
        self.kept = kept
        self.rows: list[Row] = []
        self.started = time.monotonic()

    def add(self, row: Row) -> None:
        self.kept.mkdir(parents=True, exist_ok=True)
        mode = "a" if self.rows else "w"
        with (self.kept / "rows.jsonl").open(mode) as lines:
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        self.rows.append(row)

    def finish(self, document: Path | None = None) -> str:
        """Write the table down; returns it as plain text for the terminal."""
        text = in_markdown(row.cells for row in self.rows)
        (self.kept / "table.md").write_text(text)
        if document is not None:
            write_between_markers(document, f"{self.caption()}\n\n{text}")
        return in_columns([HEADINGS, *(row.cells for row in self.rows)])

    def caption(self) -> str:
        held = sum(row.verdict == "held" for row in self.rows)
        bars = sum(row.verdict != "noted" for row in self.rows)
        minutes = (time.monotonic() - self.started) / 60
        cores = len(os.sched_getaffinity(0))
        return (
            f"Run of {time.strftime('%Y-%m-%d')}, {cores} cores, {minutes:.0f} minutes:"
            f" {held} of {bars} bars held."
        )


def in_markdown(rows: Iterable[tuple[str, ...]]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def in_columns(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def write_between_markers(document: Path, text: str) -> None:
    before, begin, rest = document.read_text().partition(BEGIN)
    __, end, after = rest.partition(END)
    assert begin, f"{document.name} has no marker for the table"
    assert end, f"{document.name} has no marker for the table's end"
    document.write_text(f"{before}{BEGIN}\n{text.strip()}\n{END}{after}")
