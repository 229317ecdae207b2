"""What unites, what divides, what a group stands for, what is asked next.

All shares have one more success and two more trials than were counted, so that few
stances prove nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from proposals.opinions.table import Counts, Flags, Floats, Whole, total

# One-sided, 90 %.
SIGNIFICANT = 1.2816
MOST_LISTED = 5
# What the importance of a statement about the conversation itself is set to.
META_IMPORTANCE = 7.0


def share(success: Whole, trials: Whole) -> Floats:
    return np.asarray((success + 1) / (trials + 2), np.float64)


def share_test(success: Whole, trials: Whole) -> Floats:
    """z: is the share above one half?"""
    trials = trials + 1
    return np.asarray(2 * np.sqrt(trials) * ((success + 1) / trials - 0.5))


def difference_test(
    success: Whole, others_success: Whole, trials: Whole, others_trials: Whole
) -> Floats:
    """z: is the share above that of all others?"""
    inside, outside = trials + 1, others_trials + 1
    together = (success + others_success + 2) / (inside + outside)
    noise = np.sqrt(together * (1 - together) * (1 / inside + 1 / outside))
    apart = (success + 1) / inside - (others_success + 1) / outside
    # Where everybody has said the same there is no noise, and nothing to tell apart.
    certain = together >= 1
    return np.where(certain, 0.0, apart / np.where(certain, 1.0, noise))


@dataclass(frozen=True)
class Side:
    """One direction (agree or disagree) of one group, per statement."""

    success: Whole
    trials: Whole
    share: Floats
    test: Floats
    ratio: Floats
    ratio_test: Floats

    @property
    def weight(self) -> Floats:
        return self.ratio * self.ratio_test * self.share * self.test


def sides(counts: Counts, others: Counts) -> tuple[Side, Side]:
    """Agreement and disagreement of a group beside all others."""

    def side(success: Whole, others_success: Whole) -> Side:
        own = share(success, counts.seen)
        return Side(
            success,
            counts.seen,
            own,
            share_test(success, counts.seen),
            own / share(others_success, others.seen),
            difference_test(success, others_success, counts.seen, others.seen),
        )

    return (
        side(counts.agree, others.agree),
        side(counts.disagree, others.disagree),
    )


class Representative(NamedTuple):
    """A statement (by column) that a group stands for more than others do."""

    column: int
    direction: str
    success: int
    trials: int
    probability: float
    test: float
    ratio: float
    ratio_test: float

    @property
    def weight(self) -> float:
        return self.ratio * self.ratio_test * self.probability * self.test


def representative(groups: Sequence[Counts], kept: Flags) -> list[list[Representative]]:
    """Per group up to five statements, those it agrees to first."""
    everybody = total(groups, len(kept))
    return [_representative(*sides(own, everybody - own), kept) for own in groups]


def _representative(agree: Side, disagree: Side, kept: Flags) -> list[Representative]:
    """All that pass both tests, by weight; at least the best one.

    Before them the statement that the group agrees to best, whether it passes or not:
    a group should not be known by its refusals alone.
    """
    is_agreed = agree.ratio_test > disagree.ratio_test
    passes = kept & (
        ((agree.ratio_test > SIGNIFICANT) & (agree.test > SIGNIFICANT))
        | ((disagree.ratio_test > SIGNIFICANT) & (disagree.test > SIGNIFICANT))
    )

    def one(column: int) -> Representative:
        side = agree if is_agreed[column] else disagree
        return Representative(
            column,
            "agree" if is_agreed[column] else "disagree",
            int(side.success[column]),
            int(side.trials[column]),
            float(side.share[column]),
            float(side.test[column]),
            float(side.ratio[column]),
            float(side.ratio_test[column]),
        )

    columns = np.flatnonzero(kept)
    first = _best_agreed(agree, disagree, columns)
    passing = [one(int(column)) for column in np.flatnonzero(passes)]
    head = [] if first is None else [one(first)]
    if not passing:
        if head or not len(columns):
            return head
        strongest = np.maximum(agree.ratio_test, disagree.ratio_test)[columns]
        return [one(int(columns[int(strongest.argmax())]))]
    rest = [row for row in passing if row.column != first]
    rest.sort(key=lambda row: -row.weight)
    listed = (head + rest)[:MOST_LISTED]
    return sorted(listed, key=lambda row: row.direction != "agree")


def _best_agreed(agree: Side, disagree: Side, columns: Whole) -> int | None:
    """The statement that the group agrees to best, compared one after another."""
    best: int | None = None
    for column in map(int, columns):
        if not agree.success[column] and not disagree.success[column]:
            continue
        likely = agree.share[column] * agree.test[column]
        if best is None:
            is_better = agree.test[column] > SIGNIFICANT or (
                agree.ratio[column] > 1 and agree.share[column] > 0.5
            )
        elif agree.ratio[best] > 1:
            is_better = agree.weight[column] > agree.weight[best]
        else:
            is_better = likely > agree.share[best] * agree.test[best]
        if is_better:
            best = column
    return best


class Agreed(NamedTuple):
    """A statement (by column) on which most of all people say the same."""

    column: int
    success: int
    trials: int
    probability: float
    test: float


def consensus(counts: Counts, kept: Flags) -> dict[str, list[Agreed]]:
    """Up to five statements most agree to, and five most disagree with."""
    lists = {}
    for name, success in (("agree", counts.agree), ("disagree", counts.disagree)):
        shares, tests = share(success, counts.seen), share_test(success, counts.seen)
        weights = shares * tests
        columns = np.flatnonzero(kept & (shares > 0.5) & (tests > SIGNIFICANT))
        columns = columns[np.argsort(-weights[columns], kind="stable")][:MOST_LISTED]
        lists[name] = [
            Agreed(
                int(column),
                int(success[column]),
                int(counts.seen[column]),
                float(shares[column]),
                float(tests[column]),
            )
            for column in columns
        ]
    return lists


def group_aware_consensus(groups: Sequence[Counts], width: int) -> Floats:
    """Per statement: how likely one of every group agrees, all at once."""
    likely = np.ones(width)
    for own in groups:
        likely *= share(own.agree, own.seen)
    return likely


def priority(groups: Sequence[Counts], extremity: Floats, meta: Flags) -> Floats:
    """How much each statement should be asked next.

    What few pass on, many agree to, and what puts people far apart is important; what
    few have seen yet is asked more, so that it gets its chance.
    """
    counts = total(groups, len(meta))
    importance = (
        (1 - share(counts.passed, counts.seen))
        * (extremity + 1)
        * share(counts.agree, counts.seen)
    )
    fresh = 1 + 8 * 2.0 ** (-counts.seen / 5)
    return np.asarray(np.where(meta, META_IMPORTANCE, importance * fresh) ** 2)
