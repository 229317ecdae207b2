"""What a document of words is made of: headings, paragraphs, lists and tables."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, what a person said, a list or a table.

    Of a table, `rows` hold texts and numbers; numbers stand at the right.
    """

    kind: str
    text: str = ""
    level: int = 2
    rows: list[list[Any]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)


def heading(text: str, level: int = 2) -> Block:
    return Block("heading", text, level)


def paragraph(text: str) -> Block:
    return Block("paragraph", text)


def quoted(text: str) -> Block:
    return Block("said", text)


def listed(items: list[str]) -> Block:
    return Block("list", rows=[[item] for item in items])


def table(caption: str, head: list[str], rows: list[list[Any]]) -> Block:
    words = [
        [cell if isinstance(cell, int) else str(cell) for cell in row] for row in rows
    ]
    return Block("table", caption, head=head, rows=words)
