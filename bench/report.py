"""Figures as Markdown, put between two marks of docs/performance.md."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.board import RAW_MICROSECONDS, Board, Row

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
WORDS = {True: "held", False: "**missed**"}


def _figure(row: Row) -> str:
    """The median, and all runs if there are several."""
    unit = f" {row.unit}" if row.unit else ""
    shown = f"**{row.middle:,.{row.digits}f}**{unit}"
    if len(row.values) == 1:
        return shown
    return f"{shown} ({', '.join(f'{value:,.{row.digits}f}' for value in row.values)})"


def _bar(row: Row, scale: float) -> str:
    meant, bar = row.bar(1), row.bar(scale)
    assert meant is not None and bar is not None
    sign = "≥" if row.at_least is not None else "≤"
    if row.is_scaled:
        return f"{sign} {bar:,.0f} ({meant:,.0f} at {RAW_MICROSECONDS:.0f} µs)"
    return f"{sign} {meant:,g}"


def _table(head: str, rows: Iterable[str]) -> list[str]:
    return [head, "|---" * (head.count("|") - 1) + "|", *rows, ""]


def markdown(board: Board, facts: dict[str, Any], command: str) -> str:
    """The block of figures: those with a bar first."""
    scale = board.scale
    by_part = sorted(board.rows.values(), key=lambda row: board.parts.index(row.part))
    barred = [row for row in by_part if row.is_held(scale) is not None]
    others = [row for row in by_part if row.is_held(scale) is None]
    lines = [
        f"Command: `{command}`. **Medians**, every run in brackets. "
        f"{len(barred) - len(board.missed)} of {len(barred)} bars held.",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        f"- bars for numbers of people × {scale:.2f}: they are meant for a machine on "
        f"which a raw write costs {RAW_MICROSECONDS:.0f} µs",
        "",
        *_table(
            "| | figure | median (runs) | bar | verdict |",
            (
                f"| {row.part} | {row.name} | {_figure(row)} | {_bar(row, scale)} "
                f"| {WORDS[bool(row.is_held(scale))]} |"
                for row in barred
            ),
        ),
        "Beside them:",
        "",
        *_table(
            "| | figure | median (runs) |",
            (f"| {row.part} | {row.name} | {_figure(row)} |" for row in others),
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


def put_into(path: Path, block: str) -> None:
    """Replace what stands between the marks."""
    text = path.read_text() if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, __, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n{block}{END}{after}")
