"""The table of stances: people in rows, statements in columns."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

AGREE, PASS, DISAGREE = 1, 0, -1
# No stance. Passing is one.
NONE = -2

# With fewer there are no groups: agreement and spread of each statement only.
FEWEST_FOR_GROUPS = 50
SEEN_TO_BE_IN = 7
FEWEST_IN = 15


@dataclass(frozen=True)
class StanceTable:
    """`values` are AGREE, PASS, DISAGREE or NONE, one row per person.

    `left_out` marks statements that the moderation took out: nobody's place and no
    list depends on them, but counts of theirs are still given. `meta` marks those
    about the conversation itself, which are left out as well, but asked early.
    """

    people: Whole
    statements: Whole
    values: NDArray[np.int8]
    left_out: Flags
    meta: Flags

    @property
    def seen(self) -> Flags:
        return self.values != NONE

    @property
    def kept(self) -> Flags:
        return ~self.left_out

    def counts(self, rows: Whole | None = None) -> "Counts":
        """Counts per statement, of everybody or of these rows."""
        values = self.values if rows is None else self.values[rows]
        return Counts(
            (values == AGREE).sum(axis=0),
            (values == DISAGREE).sum(axis=0),
            (values != NONE).sum(axis=0),
        )

    def rows_in(self) -> Whole:
        """The rows that are sorted into groups.

        Whoever has taken seven stances, or one on everything there is; if these are
        fewer than fifteen people, those with the most stances as well.
        """
        taken = self.seen.sum(axis=1)
        enough = taken >= min(SEEN_TO_BE_IN, len(self.statements))
        if enough.sum() < FEWEST_IN:
            most = np.lexsort((self.people, -taken))
            # Whoever has enough stands before all others.
            enough[most[:FEWEST_IN]] = True
        return np.flatnonzero(enough)


@dataclass(frozen=True)
class Counts:
    """Per statement: how many agree, disagree, and have taken any stance."""

    agree: Whole
    disagree: Whole
    seen: Whole

    @property
    def passed(self) -> Whole:
        return self.seen - self.agree - self.disagree

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.agree + other.agree,
            self.disagree + other.disagree,
            self.seen + other.seen,
        )

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.agree - other.agree,
            self.disagree - other.disagree,
            self.seen - other.seen,
        )


def total(counts: Iterable[Counts], width: int) -> Counts:
    nothing = np.zeros(width, np.int64)
    return sum(counts, Counts(nothing, nothing, nothing))


def stance_table(
    people: Sequence[int] | Whole,
    statements: Sequence[int] | Whole,
    values: Sequence[int] | NDArray[np.integer],
    *,
    left_out: Collection[int] = (),
    meta: Collection[int] = (),
) -> StanceTable:
    """The table of stances given one by one; a later one of a person holds.

    Statements without any stance have no column.
    """
    people, rows = np.unique(np.asarray(people, np.int64), return_inverse=True)
    statements, columns = np.unique(
        np.asarray(statements, np.int64), return_inverse=True
    )
    table = np.full((len(people), len(statements)), NONE, np.int8)
    cells = rows * len(statements) + columns
    # Assigning to one cell twice has no order that numpy promises.
    last = len(cells) - 1 - np.unique(cells[::-1], return_index=True)[1]
    table.flat[cells[last]] = np.asarray(values, np.int8)[last]
    about = np.isin(statements, np.fromiter(meta, np.int64))
    out = np.isin(statements, np.fromiter(left_out, np.int64)) | about
    return StanceTable(people, statements, table, out, about)
