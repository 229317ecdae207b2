"""Where people stand: the two directions in which stances differ most.

Missing stances are filled with the statement's mean. Since the mean is then taken
off, a missing stance counts nought. Whoever has taken few stances would so be drawn
towards the middle: that is undone by the root of (statements / stances taken).
"""

from dataclasses import dataclass

import numpy as np

from proposals.opinions.table import AGREE, Floats, StanceTable

AXES = 2


@dataclass(frozen=True)
class Projection:
    """`center` has the mean of every statement, `axes` one row per direction.

    `points` is the place of every person, `spread` the share of all difference that
    each direction holds, `extremity` how far apart a statement puts people.
    """

    center: Floats
    axes: Floats
    points: Floats
    spread: Floats
    extremity: Floats


def project(table: StanceTable, like: Floats | None = None) -> Projection:
    """The places of all. `like`: earlier axes, whose directions are kept."""
    seen, kept = table.seen, table.kept
    signs = np.where(seen & kept, table.values, 0).astype(np.float64)
    taken = np.maximum(seen.sum(axis=0), 1)
    center = signs.sum(axis=0) / taken
    away = signs
    away -= np.where(seen, center, 0.0)
    axes, spread = principal_axes(away)
    # Exactly: the decomposition leaves a few last digits.
    axes[:, ~kept] = 0.0
    axes *= _directions(axes, like)[:, None]
    # A statement that was taken out counts as if everybody had passed on it.
    stances = (seen & kept).sum(axis=1) + int(table.left_out.sum())
    width = len(table.statements)
    scale = np.sqrt(width / np.maximum(stances, 1))
    points = (away @ axes.T) * scale[:, None]
    # A statement stands where a person would who has agreed to nothing but it.
    agreed = np.where(kept, (AGREE - center) * np.sqrt(width), 0.0)
    extremity = np.hypot(*(axes * agreed))
    return Projection(center, axes, points, spread, extremity)


def principal_axes(away: Floats) -> tuple[Floats, Floats]:
    """The first principal axes, found exactly, and their share of the variance."""
    rows, columns = away.shape
    axes = np.zeros((AXES, columns))
    spread = np.zeros(AXES)
    if not away.size:
        return axes, spread
    # The smaller of the two products has the same eigenvalues.
    wide = columns > rows
    values, vectors = np.linalg.eigh(away @ away.T if wide else away.T @ away)
    whole = values.clip(0).sum()
    for place in range(min(AXES, len(values))):
        value, vector = values[-1 - place], vectors[:, -1 - place]
        if value <= 1e-12 * max(whole, 1.0):
            break
        axis = away.T @ vector if wide else vector
        axes[place] = axis / np.linalg.norm(axis)
        spread[place] = value / whole
    return axes, spread


def _directions(axes: Floats, like: Floats | None) -> Floats:
    """1 or -1 per axis. Which end is left is chance: so it is fixed here."""
    if not axes.size:  # nobody has taken a stance yet
        return np.ones(len(axes))
    if like is not None and like.shape == axes.shape:
        pointing = (axes * like).sum(axis=1)
    else:
        largest = np.abs(axes).argmax(axis=1)
        pointing = axes[np.arange(len(axes)), largest]
    return np.where(pointing < 0, -1.0, 1.0)
