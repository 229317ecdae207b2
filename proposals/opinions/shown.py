"""What of a map everybody may see, as JSON: groups and statements, never a person.

Figures of fewer than five people are not in it: neither a group, nor what a group
says of a statement, nor a spot of the map.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np

from proposals.opinions.groups import Smoother
from proposals.opinions.mapping import Earlier, OpinionMap, draw_up
from proposals.opinions.table import (
    FEWEST_FOR_GROUPS,
    Counts,
    Flags,
    Floats,
    StanceTable,
)
from proposals.opinions.weighing import share

FEWEST_SHOWN = 5
LISTED = 5
# The map in tenths of a percent, and into how many spots a side is divided.
SIDE, FEWEST_SPOTS, MOST_SPOTS = 1000, 6, 14
# From this difference in agreement on, a statement divides groups.
APART = 0.25
# Two-sided, 90 %.
Z = 1.6449

Facts = dict[str, Any]


def facts_of(table: StanceTable, earlier: Mapping[str, Any] | None = None) -> Facts:
    """The facts of a map of `table`, near to the facts shown before."""
    has_groups = len(table.people) >= FEWEST_FOR_GROUPS
    before = earlier or {}
    found = (
        draw_up(table, earlier=_earlier(table, before), fewest=FEWEST_SHOWN)
        if has_groups
        else draw_up(table, assigned=dict.fromkeys(table.people.tolist(), 0))
    )
    everybody = table.counts()
    facts: Facts = {
        "people": len(table.people),
        "statements": int(table.kept.sum()),
        "left_out": int(table.left_out.sum()),
        "has_groups": has_groups and len(found.groups) > 1,
        "table": _table(table, everybody),
        "priority": {
            str(pk): round(value, 4)
            for pk, value in zip(
                table.statements.tolist(), found.priority.tolist(), strict=True
            )
        },
    }
    if has_groups:
        facts |= _with_places(found)
    if facts["has_groups"]:
        facts |= _with_groups(found)
    return facts


def interval(success: int, trials: int) -> tuple[int, int]:
    """Between which percentages the share of all would lie, 90 % sure (Wilson)."""
    if not trials:
        return 0, 100
    p, n = success / trials, trials
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return round(100 * max(0.0, middle - half)), round(100 * min(1.0, middle + half))


def spread_of(agree: int, disagree: int, seen: int) -> int:
    """Standard deviation of agree 1, pass 0, disagree -1, in hundredths: 0 to 100."""
    if not seen:
        return 0
    mean = (agree - disagree) / seen
    return round(100 * sqrt(max(0.0, (agree + disagree) / seen - mean * mean)))


def _table(table: StanceTable, counts: Counts) -> list[list[int]]:
    """[statement, agree, disagree, pass], those with the most stances first."""
    columns = np.flatnonzero(table.kept)
    order = columns[np.argsort(-counts.seen[columns], kind="stable")]
    rows = (table.statements, counts.agree, counts.disagree, counts.passed)
    return [[int(row[column]) for row in rows] for column in order]


def _earlier(table: StanceTable, before: Mapping[str, Any]) -> Earlier | None:
    if "places" not in before:
        return None
    places = before["places"]
    axes = np.array(
        [places.get(str(pk), (0, 0, 0))[1:] for pk in table.statements.tolist()]
    ).T.reshape(2, -1)
    groups = before.get("groups", ())
    smoother = before.get("smoother")
    return Earlier(
        axes,
        {group["id"]: tuple(group["center"]) for group in groups},
        Smoother(*smoother) if smoother else None,
    )


def _with_places(found: OpinionMap) -> Facts:
    """What one's own place is reckoned from, and how sure the map is."""
    projection, table = found.projection, found.table
    rows = zip(
        table.statements.tolist(),
        projection.center.tolist(),
        *projection.axes.tolist(),
        table.kept.tolist(),
        strict=True,
    )
    # With room for ovals at the rim.
    reach = 1.1 * float(np.abs(projection.points[found.rows_in]).max(initial=1e-9))
    return {
        "in_conversation": len(found.rows_in),
        "reach": round(reach, 4),
        "places": {
            str(pk): [round(c, 5), round(x, 5), round(y, 5)]
            for pk, c, x, y, is_kept in rows
            if is_kept
        },
        "width": len(table.statements),
        "explained": [round(100 * part) for part in projection.spread],
        "smoother": (
            [found.smoother.shown, found.smoother.last, found.smoother.turns]
            if found.smoother
            else None
        ),
        "spots": _spots(projection.points[found.rows_in], reach),
    }


def place_on_side(x: float, reach: float) -> int:
    """From a place to the drawing's measure; what lies farther off is at the rim."""
    return round(SIDE * (0.5 + 0.47 * max(-1.0, min(1.0, x / reach))))


def _spots(points: Floats, reach: float) -> list[list[int]]:
    """[x, y, people] of squares of the map with at least five people."""
    side = int(np.clip(np.sqrt(len(points)) / 1.5, FEWEST_SPOTS, MOST_SPOTS))
    cells = np.clip(((points / reach + 1) / 2 * side).astype(int), 0, side - 1)
    numbers = np.bincount(cells[:, 0] * side + cells[:, 1], minlength=side**2)
    step = 2 * reach / side
    return [
        [
            place_on_side((cell // side + 0.5) * step - reach, reach),
            place_on_side((cell % side + 0.5) * step - reach, reach),
            int(numbers[cell]),
        ]
        for cell in map(int, np.flatnonzero(numbers >= FEWEST_SHOWN))
    ]


def picture(facts: Mapping[str, Any]) -> Facts:
    """What is drawn of a map with groups, in whole numbers of a square of SIDE.

    `ovals`: id, size, middle x y, half-axes rx ry, turn in degrees; `spots`: x, y and
    radius r, the larger the more people stand there.
    """
    reach = facts["reach"]
    scale = SIDE * 0.47 / reach
    ovals = []
    for group in facts["groups"]:
        x, y, long, short, turn = group["oval"]
        ovals.append(
            {
                "id": group["id"],
                "size": group["size"],
                "x": place_on_side(x, reach),
                "y": place_on_side(y, reach),
                "rx": max(30, round(long * scale)),
                "ry": max(30, round(short * scale)),
                "turn": round(turn),
            }
        )
    most = max((people for __, __, people in facts["spots"]), default=1)
    return {
        "side": SIDE,
        "ovals": ovals,
        "spots": [
            {"x": x, "y": y, "r": round(8 + 22 * sqrt(people / most))}
            for x, y, people in facts["spots"]
        ],
    }


def _with_groups(found: OpinionMap) -> Facts:
    table = found.table
    likely = [share(group.counts.agree, group.counts.seen) for group in found.groups]
    enough = table.kept & np.all(
        [group.counts.seen >= FEWEST_SHOWN for group in found.groups], axis=0
    )
    lowest = np.min(likely, axis=0)
    apart = np.max(likely, axis=0) - lowest

    def top(values: Floats, which: Flags) -> list[list[Any]]:
        columns = np.flatnonzero(enough & which)
        best = columns[np.argsort(-values[columns], kind="stable")][:LISTED]
        return [
            [int(table.statements[c]), [_cell(g.counts, int(c)) for g in found.groups]]
            for c in best
        ]

    return {
        "groups": [
            {
                "id": group.id,
                "size": len(group.members),
                "center": [round(float(x), 4) for x in group.center],
                "oval": _oval(found.projection.points[group.members]),
                "stands_for": [
                    [
                        int(table.statements[row.column]),
                        row.direction,
                        row.success,
                        row.trials,
                    ]
                    for row in group.representative
                    if row.trials >= FEWEST_SHOWN
                ],
            }
            for group in found.groups
        ],
        "clearness": _clearness(found),
        "unites": top(found.group_aware_consensus, lowest > 0.5),
        "divides": top(apart, apart >= APART),
    }


def _clearness(found: OpinionMap) -> int:
    """How much nearer people are to the middle of their own group than to the next
    one, in hundredths of the farther way. A silhouette, but of people: that of small
    clusters is nought where all of a group think quite the same."""
    centers = np.array([group.center for group in found.groups])
    parts = []
    for place, group in enumerate(found.groups):
        points = found.projection.points[group.members]
        ways = np.linalg.norm(points[:, None] - centers[None], axis=2)
        own, other = ways[:, place], np.delete(ways, place, axis=1).min(axis=1)
        farther = np.maximum(np.maximum(own, other), 1e-12)
        parts.append((other - own) / farther)
    return round(100 * float(np.concatenate(parts).mean()))


def _cell(counts: Counts, column: int) -> list[int]:
    return [int(counts.agree[column]), int(counts.seen[column])]


def _oval(points: Floats) -> list[float]:
    """Middle, half-axes and turn (degrees) of where most of a group stand."""
    middle = points.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(points.T) + 1e-9 * np.eye(2))
    # Within 1.4 standard deviations of a normal cloud stand 62 of 100.
    long, short = (1.4 * sqrt(max(float(v), 0.0)) for v in values[::-1])
    turn = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    facts = (*map(float, middle), long, short, turn)
    return [round(value, 4) for value in facts]
