"""The whole map of a table of stances, and the JSON that others can compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from proposals.opinions import groups as grouping
from proposals.opinions.groups import BaseClusters, Smoother
from proposals.opinions.projection import Projection, project
from proposals.opinions.table import Counts, Floats, StanceTable, Whole
from proposals.opinions.weighing import (
    Agreed,
    Representative,
    consensus,
    group_aware_consensus,
    priority,
    representative,
)


@dataclass(frozen=True)
class OpinionGroup:
    """`members` are rows of the table."""

    id: int
    members: Whole
    center: Floats
    counts: Counts
    representative: list[Representative]


@dataclass(frozen=True)
class OpinionMap:
    """`rows_in` are the people sorted into groups; `groups` in order of their ids."""

    table: StanceTable
    projection: Projection
    rows_in: Whole
    groups: list[OpinionGroup]
    group_aware_consensus: Floats
    consensus: dict[str, list[Agreed]]
    priority: Floats
    silhouettes: dict[int, float]
    smoother: Smoother | None


@dataclass(frozen=True)
class Earlier:
    """What a later map keeps of an earlier one, so that it does not jump about."""

    axes: Floats
    centers: Mapping[int, tuple[float, float]]
    smoother: Smoother | None


def draw_up(
    table: StanceTable,
    *,
    assigned: Mapping[int, int] | None = None,
    base: BaseClusters | None = None,
    earlier: Earlier | None = None,
    fewest: int = 1,
) -> OpinionMap:
    """The map. The groups can be given (`assigned`: person -> group), or the small
    clusters they are made of (`base`, of people). `fewest`: see `groups.group`.
    """
    projection = project(table, earlier.axes if earlier else None)
    if assigned is not None:
        members_of = _rows_of(table, assigned)
        ids = sorted(members_of)
        members = [members_of[which] for which in ids]
        found = None
    else:
        if base is None:
            base = grouping.base_clusters(projection.points, table.rows_in())
            clusters = base.members
        else:
            clusters = [_rows(table, people) for people in base.members]
        found = grouping.group(base, earlier.smoother if earlier else None, fewest)
        members = [
            np.sort(np.concatenate([clusters[place] for place in np.flatnonzero(mine)]))
            for mine in (found.labels == which for which in range(found.number))
        ]
        centers = np.array([_middle(projection.points[rows]) for rows in members])
        kept_ids = grouping.matched(centers, earlier.centers if earlier else {})
        order = np.argsort(kept_ids)
        ids, members = [kept_ids[i] for i in order], [members[i] for i in order]
    counts = [table.counts(rows) for rows in members]
    lists = representative(counts, table.kept)
    return OpinionMap(
        table=table,
        projection=projection,
        rows_in=np.sort(np.concatenate([np.empty(0, np.int64), *members])),
        groups=[
            OpinionGroup(which, rows, _middle(projection.points[rows]), own, stands)
            for which, rows, own, stands in zip(
                ids, members, counts, lists, strict=True
            )
        ],
        group_aware_consensus=group_aware_consensus(counts, len(table.statements)),
        consensus=consensus(table.counts(), table.kept),
        priority=priority(counts, projection.extremity, table.meta),
        silhouettes=found.silhouettes if found else {},
        smoother=found.smoother if found else None,
    )


def _middle(points: Floats) -> Floats:
    return points.mean(axis=0) if len(points) else np.zeros(points.shape[1])


def _rows(table: StanceTable, people: Whole) -> Whole:
    """The rows of these people; who has taken no stance has none."""
    return np.flatnonzero(np.isin(table.people, people))


def _rows_of(table: StanceTable, assigned: Mapping[int, int]) -> dict[int, Whole]:
    people_of: dict[int, list[int]] = {}
    for person, which in assigned.items():
        people_of.setdefault(which, []).append(person)
    rows = {w: _rows(table, np.array(people)) for w, people in people_of.items()}
    return {which: found for which, found in rows.items() if len(found)}


def as_json(found: OpinionMap) -> dict[str, Any]:
    """What `manage.py opinion_map --json` prints. 1 is agreement throughout."""
    table, projection = found.table, found.projection
    names = [str(pk) for pk in table.statements.tolist()]

    def by_statement(values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(names, values, strict=True))

    def listed(rows: Sequence[Agreed]) -> list[dict[str, Any]]:
        return [
            {
                "statement": int(table.statements[row.column]),
                "probability": row.probability,
                "test": row.test,
                "count": row.success,
                "seen": row.trials,
            }
            for row in rows
        ]

    return {
        "participants": table.people.tolist(),
        "statements": table.statements.tolist(),
        "in_conversation": table.people[found.rows_in].tolist(),
        "center": projection.center.tolist(),
        "components": projection.axes.tolist(),
        "projection": {
            str(person): point
            for person, point in zip(
                table.people.tolist(), projection.points.tolist(), strict=True
            )
        },
        "groups": [
            {
                "id": group.id,
                "members": table.people[group.members].tolist(),
                "votes": by_statement(_votes(group.counts)),
                "representative": [
                    {
                        "statement": int(table.statements[row.column]),
                        "direction": row.direction,
                        "probability": row.probability,
                        "test": row.test,
                        "ratio": row.ratio,
                        "ratio_test": row.ratio_test,
                    }
                    for row in group.representative
                ],
            }
            for group in found.groups
        ],
        "group_aware_consensus": by_statement(found.group_aware_consensus.tolist()),
        "consensus": {name: listed(rows) for name, rows in found.consensus.items()},
        "priority": by_statement(found.priority.tolist()),
    }


def _votes(counts: Counts) -> list[dict[str, int]]:
    columns = (counts.agree, counts.disagree, counts.passed, counts.seen)
    return [
        dict(zip(("agree", "disagree", "pass", "seen"), row, strict=True))
        for row in np.stack(columns, axis=1).tolist()
    ]
