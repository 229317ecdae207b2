"""The opinion map against red-dwarf, on random tables of stances.

The library follows the formulas of Pol.is from the stances on, for any groups. Who is
in and how groups are found is not compared: there it goes ways of its own
(docs/opinion-map.md).
"""

import random
from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
import pytest

from proposals.opinions.groups import silhouette
from proposals.opinions.mapping import OpinionMap, draw_up
from proposals.opinions.table import StanceTable, stance_table, total
from proposals.opinions.weighing import Side, sides
from tests.oracle.asking import ask
from tests.oracle.profiles import PROFILES, Votes, question

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(3600)]

# Of some small ones the axes are not determined: so there are more.
SMALL, LARGE = PROFILES * 5 // 4, 40
CLOSE = 1e-6
# The parts of the variance along the first three axes must differ by so much of the
# first one: where two are equal, every direction in their plane is as good.
APART = 1e-6


class Case(NamedTuple):
    """`groups` has a number for each sheet, -1 for none."""

    statements: int
    votes: Votes
    groups: list[int]
    left_out: list[int]
    meta: list[int]


class Compared(NamedTuple):
    case: Case
    table: StanceTable
    ours: OpinionMap
    theirs: dict[str, Any]


def cases(seed: int) -> list[Case]:
    """Many small tables, where equal figures are common, and a few larger ones."""
    chance = random.Random(seed)
    return [
        case(chance, chance.randint(3, 8 if turn % 2 else 30), chance.randint(2, 12))
        for turn in range(SMALL)
    ] + [
        case(chance, chance.randint(60, 250), chance.randint(20, 70))
        for __ in range(LARGE)
    ]


def case(chance: random.Random, people: int, statements: int) -> Case:
    """Camps that lean to either side, pass at times, and leave out more or less."""
    camps = [
        [chance.choice([0, 0.1, 0.5, 0.9, 1]) for __ in range(statements)]
        for __ in range(chance.randint(1, 4))
    ]
    passing, missing = chance.choice([0, 0.1, 0.3]), chance.choice([0, 0.2, 0.7])
    sheets: list[dict[int, int]] = []
    groups = []
    for __ in range(people):
        camp = chance.randrange(len(camps))
        sheets.append(
            {
                statement: stance(chance, leaning, passing)
                for statement, leaning in enumerate(camps[camp])
                if chance.random() >= missing
            }
        )
        groups.append(chance.choice([camp] * 8 + [chance.randrange(len(camps)), -1]))
    # Nobody and nothing without any stance: they would be in no table.
    for sheet in sheets:
        if not sheet:
            sheet[chance.randrange(statements)] = chance.choice([1, 0, -1])
    for statement in set(range(statements)).difference(*sheets):
        chance.choice(sheets)[statement] = chance.choice([1, 0, -1])
    if max(groups) < 0:
        groups[0] = 0
    ids = sorted(set(groups) - {-1})
    moderated = chance.sample(range(statements), chance.choice([0, 0, 1, 2]))
    about = chance.randint(0, len(moderated))
    return Case(
        statements,
        [(sheet, 1) for sheet in sheets],
        [ids.index(group) if group >= 0 else -1 for group in groups],
        moderated[about:],
        moderated[:about],
    )


def stance(chance: random.Random, leaning: float, passing: float) -> int:
    if chance.random() < passing:
        return 0
    return 1 if chance.random() < leaning else -1


def table_of(case: Case) -> StanceTable:
    rows = [
        (person, statement, value)
        for person, (sheet, __) in enumerate(case.votes)
        for statement, value in sheet.items()
    ]
    people, statements, values = zip(*rows, strict=True)
    return stance_table(
        people, statements, values, left_out=case.left_out, meta=case.meta
    )


@cache
def compared() -> list[Compared]:
    """All of them, asked once for all tests."""
    asked = cases(seed=11)
    answers = ask(
        "red_dwarf",
        [
            question(
                "opinion_map",
                case.statements,
                case.votes,
                groups=case.groups,
                left_out=case.left_out,
                meta=case.meta,
            )
            for case in asked
        ],
    )
    found = []
    for case, theirs in zip(asked, answers, strict=True):
        table = table_of(case)
        assigned = {who: group for who, group in enumerate(case.groups) if group >= 0}
        found.append(Compared(case, table, draw_up(table, assigned=assigned), theirs))
    return found


def with_axes() -> list[Compared]:
    """Those whose first two axes are determined, up to their sign."""
    found = []
    for each in compared():
        values = np.where(each.table.seen, each.table.values, np.nan)
        values[:, each.case.left_out + each.case.meta] = 0
        away = np.nan_to_num(values - np.nanmean(values, axis=0))
        first, second, third, *__ = [
            *np.linalg.svd(away, compute_uv=False) ** 2,
            0.0,
        ]
        if min(first - second, second - third) > APART * first:
            found.append(each)
    assert len(found) >= PROFILES
    return found


def test_centre():
    for *__, ours, theirs in compared():
        assert ours.projection.center == pytest.approx(theirs["center"], abs=CLOSE)


def test_axes_places_and_extremity():
    for *__, ours, theirs in with_axes():
        found = ours.projection
        axes = np.array(theirs["axes"])
        turned = np.sign((found.axes * axes).sum(axis=1))
        assert np.allclose(found.axes * turned[:, None], axes, rtol=0, atol=CLOSE)
        assert np.allclose(found.points * turned, theirs["places"], rtol=0, atol=CLOSE)
        assert found.extremity == pytest.approx(theirs["extremity"], abs=CLOSE)


def test_figures_of_groups():
    """Counts, shares, ratios and the tests of both, in both directions."""
    for case, __, ours, theirs in compared():
        assert len(ours.groups) == len(theirs["figures"]) == max(case.groups) + 1
        everybody = total([group.counts for group in ours.groups], case.statements)
        for group, figures in zip(ours.groups, theirs["figures"], strict=True):
            assert group.counts.seen.tolist() == figures["ns"]
            both = sides(group.counts, everybody - group.counts)
            for side, letter in zip(both, "ad", strict=True):
                assert side.success.tolist() == figures[f"n{letter}"]
                for name, own in (
                    (f"p{letter}", side.share),
                    (f"p{letter}t", side.test),
                    (f"r{letter}", side.ratio),
                    (f"r{letter}t", side.ratio_test),
                ):
                    assert own == pytest.approx(figures[name], abs=CLOSE)


def test_group_aware_consensus():
    for *__, ours, theirs in compared():
        assert ours.group_aware_consensus == pytest.approx(
            theirs["group_aware_consensus"], abs=CLOSE
        )


def test_what_groups_stand_for():
    """The same statements in the same order with the same figures."""
    untied = several = without = 0
    for __, table, ours, theirs in compared():
        everybody = total([each.counts for each in ours.groups], len(table.statements))
        for group, known in zip(ours.groups, theirs["representative"], strict=True):
            rows = [
                [
                    int(table.statements[row.column]),
                    1 if row.direction == "agree" else -1,
                    row.success,
                    row.trials,
                    row.probability,
                    row.test,
                    row.ratio,
                    row.ratio_test,
                ]
                for row in group.representative
            ]
            if rows and not known:
                # The library lists nothing where no agreement stands before the
                # rest; Pol.is then lists the rest (`select-rep-comments`).
                assert {row[1] for row in rows} == {-1}
                without += 1
                continue
            agree, disagree = sides(group.counts, everybody - group.counts)
            weights = chosen(agree, disagree)[table.kept]
            untied += listed_alike(rows, known, weights, figures=4)
            several += len(rows) > 1
    assert untied > 500
    assert several > 500


def chosen(agree: Side, disagree: Side) -> Any:
    """The weight of every statement in the direction it would be listed for."""
    return np.where(
        agree.ratio_test > disagree.ratio_test, agree.weight, disagree.weight
    )


def listed_alike(
    rows: Sequence[Sequence[float]],
    known: Sequence[Sequence[float]],
    weights: Any,
    figures: int,
) -> bool:
    """Compares two lists of rows that end with the figures of the weight.

    False where some statements weigh the same: which of them stand in the list, and
    in which order, is chance in the library. Their weights must be there all the same.
    """
    if len(np.unique(weights.round(9))) < len(weights):
        own, others = (
            sorted(prod(row[-figures:]) for row in each) for each in (rows, known)
        )
        assert own == pytest.approx(others, abs=CLOSE)
        return False
    assert len(rows) == len(known)
    for row, other in zip(rows, known, strict=True):
        assert row == pytest.approx(other, abs=CLOSE)
    return True


def test_consensus():
    untied = 0
    for __, table, ours, theirs in compared():
        counts = table.counts()
        both = sides(counts, counts)
        for name, side in zip(("agree", "disagree"), both, strict=True):
            rows = [
                [
                    int(table.statements[row.column]),
                    row.success,
                    row.trials,
                    row.probability,
                    row.test,
                ]
                for row in ours.consensus[name]
            ]
            weights = (side.share * side.test)[table.kept]
            known = theirs["consensus"][name]
            is_untied = listed_alike(rows, known, weights, figures=2)
            untied += is_untied and bool(rows)
    assert untied > 300


def test_priority():
    for *__, ours, theirs in with_axes():
        assert ours.priority == pytest.approx(theirs["priority"], abs=CLOSE)


def test_silhouette_of_the_groups():
    number = 0
    for case, __, ours, theirs in with_axes():
        for known in theirs["silhouette"]:
            groups = np.array(case.groups)
            points, groups = ours.projection.points[groups >= 0], groups[groups >= 0]
            apart = np.linalg.norm(points[:, None] - points[None], axis=2)
            if apart.max() < CLOSE:
                # All in one place: only rounding tells them apart.
                continue
            assert silhouette(apart, groups) == pytest.approx(known, abs=CLOSE)
            number += 1
    assert number > 500
