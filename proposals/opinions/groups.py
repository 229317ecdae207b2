"""Groups: people are first gathered in up to 100 small clusters, these in groups.

How many groups there are is decided by the silhouette: how much nearer everybody is
to the own group than to the next one. Whatever is random elsewhere is not here: the
same stances give the same groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from proposals.opinions.table import Floats, Whole

BASE_CLUSTERS = 100
FEWEST_GROUPS, MOST_GROUPS = 2, 5
# So many clusters more allow another group.
CLUSTERS_PER_GROUP = 12
STEPS = 100
# As near as centres must stay to count as settled.
SETTLED = 0.01
# How often in a row another number of groups must be best before it is taken.
TURNS_TO_CHANGE = 4


@dataclass(frozen=True)
class BaseClusters:
    """Small clusters of people: `members` are rows (or ids), one array per cluster."""

    ids: Whole
    members: list[Whole]
    centers: Floats

    @property
    def weights(self) -> Floats:
        return np.array([len(rows) for rows in self.members], np.float64)


@dataclass(frozen=True)
class Smoother:
    """The number of groups shown, and how long another one has been better."""

    shown: int
    last: int
    turns: int = 1

    def after(self, best: int) -> "Smoother":
        turns = self.turns + 1 if best == self.last else 1
        shown = best if turns >= TURNS_TO_CHANGE else self.shown
        return Smoother(shown, best, turns)


@dataclass(frozen=True)
class Grouping:
    """`labels` says the group of each base cluster; `silhouettes` how well each number
    of groups fits; `smoother` is what the next grouping is given."""

    labels: Whole
    silhouettes: dict[int, float]
    smoother: Smoother | None

    @property
    def number(self) -> int:
        return len(np.unique(self.labels))


def base_clusters(points: Floats, rows: Whole) -> BaseClusters:
    """Up to 100 clusters of the people in `rows`."""
    inside = points[rows]
    labels, centers = k_means(inside, first_points(inside, BASE_CLUSTERS))
    ids = np.unique(labels)
    return BaseClusters(ids, [rows[labels == which] for which in ids], centers[ids])


def group(
    base: BaseClusters, smoother: Smoother | None = None, fewest: int = 1
) -> Grouping:
    """The groups of these clusters: as many as fit best.

    `smoother` keeps the number that was shown until another one has been best for a
    while. With `fewest`, numbers that leave a group fewer people are not taken; where
    none is left there is one group.
    """
    points, weights = base.centers, base.weights
    distinct = len(np.unique(points, axis=0))
    most = min(MOST_GROUPS, 2 + len(points) // CLUSTERS_PER_GROUP, distinct)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    found: dict[int, Whole] = {}
    silhouettes: dict[int, float] = {}
    for number in range(FEWEST_GROUPS, most + 1):
        labels, __ = k_means(points, first_points(points, number), weights)
        people = np.bincount(labels, weights)
        if people[people > 0].min() >= fewest:
            found[number] = labels
            silhouettes[number] = silhouette(apart, labels)
    if not found:
        return Grouping(np.zeros(len(points), np.int64), {}, None)
    best = max(silhouettes, key=lambda number: silhouettes[number])
    after = smoother.after(best) if smoother else Smoother(best, best)
    if after.shown not in found:
        after = Smoother(best, best)
    labels = np.unique(found[after.shown], return_inverse=True)[1]
    return Grouping(by_size(labels, weights), silhouettes, after)


def first_points(points: Floats, number: int) -> Floats:
    """The first distinct points: where Pol.is begins, too."""
    first = np.sort(np.unique(points, axis=0, return_index=True)[1])
    return points[first[:number]]


def k_means(
    points: Floats, start: Floats, weights: Floats | None = None
) -> tuple[Whole, Floats]:
    """Labels and centres; a cluster that loses everybody keeps its place, empty."""
    weights = np.ones(len(points)) if weights is None else weights
    centers = start.copy()
    for __ in range(STEPS):
        # Nearest by |c|² - 2pc: |p|² is the same for all centres.
        far = points @ (-2 * centers.T)
        far += (centers**2).sum(axis=1)
        labels = far.argmin(axis=1)
        mass = np.bincount(labels, weights, len(centers))
        before = centers
        centers = before.copy()
        for axis in range(points.shape[1]):
            sums = np.bincount(labels, weights * points[:, axis], len(centers))
            np.divide(sums, mass, out=centers[:, axis], where=mass > 0)
        if (np.linalg.norm(centers - before, axis=1) < SETTLED).all():
            break
    return labels, centers


def silhouette(apart: Floats, labels: Whole) -> float:
    """Mean over all clusters of (next - own) / larger; alone in a group: nought."""
    groups = np.unique(labels)
    belongs = labels[:, None] == groups[None]
    sizes = belongs.sum(axis=0)
    sums = apart @ belongs
    own_size = sizes[np.searchsorted(groups, labels)]
    own = sums[belongs] / np.maximum(own_size - 1, 1)
    means = sums / sizes
    means[belongs] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    value = np.divide(other - own, larger, out=np.zeros_like(own), where=larger > 0)
    return float(np.where(own_size > 1, value, 0.0).mean())


def by_size(labels: Whole, weights: Floats) -> Whole:
    """Numbered by how many people they have, the largest is 0."""
    masses = np.bincount(labels, weights)
    place = np.empty(len(masses), np.int64)
    place[np.argsort(-masses, kind="stable")] = np.arange(len(masses))
    return place[labels]


def matched(centers: Floats, earlier: Mapping[int, tuple[float, float]]) -> list[int]:
    """Ids for groups with these centres, each from the earlier group that is nearest.

    So that "group A" on the screen stays where it was while stances come in.
    """
    near = sorted(
        (float(np.hypot(*(center - np.array(before)))), old, new)
        for new, center in enumerate(centers)
        for old, before in earlier.items()
    )
    ids: dict[int, int] = {}
    for __, old, new in near:
        if new not in ids and old not in ids.values():
            ids[new] = old
    free = (i for i in range(len(centers) + len(earlier)) if i not in ids.values())
    return [ids[new] if new in ids else next(free) for new in range(len(centers))]
