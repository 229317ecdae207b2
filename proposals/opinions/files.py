"""Reads what `manage.py opinion_map` is given: an export, groups, base clusters.

Its own reader of votes, since a typed row for each of 375,000 would take longer than
the map. What the format hides stands in `proposals/polis.py`.
"""

import csv
import gzip
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from proposals.opinions.groups import BaseClusters
from proposals.opinions.table import StanceTable, Whole, stance_table
from proposals.polis import ACCEPTED, REJECTED, ExportUnreadable

VOTES = ("timestamp", "comment-id", "voter-id", "vote")
YES = {"1", "true", "t", "yes"}


def read_table(directory: Path, *, strict: bool = False) -> StanceTable:
    """The table of an export; ExportUnreadable names file and line.

    `strict`: what nobody has moderated is left out as well.
    """
    at, statements, people, values = _votes(directory / "votes.csv")
    if len(values) == 0:
        raise ExportUnreadable("votes.csv holds no votes.")
    left_out, meta = _moderated(directory / "comments.csv", strict=strict)
    order = np.argsort(at, kind="stable")
    return stance_table(
        people[order],
        statements[order],
        values[order],
        left_out=left_out,
        meta=meta,
    )


def _votes(path: Path) -> list[Whole]:
    """The columns of VOTES. Read at once; if that fails, line by line to say where."""
    with _opened(path) as lines:
        places = _places(path, next(csv.reader(lines), []), VOTES)
        try:
            with warnings.catch_warnings():
                # A file without any votes is refused later.
                warnings.simplefilter("ignore", UserWarning)
                rows = np.loadtxt(
                    lines,
                    dtype=np.int64,
                    comments=None,
                    delimiter=",",
                    usecols=places,
                    ndmin=2,
                    quotechar='"',
                )
        except ValueError:
            raise ExportUnreadable(_fault(path, places)) from None
    if rows.size and np.abs(rows[:, 3]).max() > 1:
        raise ExportUnreadable(_fault(path, places))
    return list(rows.reshape(-1, len(VOTES)).T)


def _fault(path: Path, places: list[int]) -> str:
    with _opened(path) as lines:
        reader = csv.reader(lines)
        next(reader)
        for row in reader:
            try:
                vote = [int(row[place]) for place in places][3] if row else 0
            except (IndexError, ValueError):
                return (
                    f"{path.name}, line {reader.line_num}: no whole number in "
                    f"{' or '.join(VOTES)}."
                )
            if abs(vote) > 1:
                return (
                    f"{path.name}, line {reader.line_num}: {vote} is no value of vote."
                )
    return f"{path.name} holds numbers that are too large."


def _moderated(path: Path, *, strict: bool) -> tuple[set[int], set[int]]:
    """The statements left out, and those about the conversation itself."""
    states: dict[int, int] = {}
    meta: set[int] = set()
    with _opened(path) as lines:
        reader = csv.DictReader(lines)
        _places(path, reader.fieldnames or (), ("comment-id", "moderated"))
        for row in reader:
            try:
                pk, state = int(row["comment-id"]), int(row["moderated"])
            except (TypeError, ValueError):
                raise ExportUnreadable(
                    f"{path.name}, line {reader.line_num}: no whole number in "
                    "comment-id or moderated."
                ) from None
            # A statement may stand there twice: the last row holds.
            states[pk] = state
            is_meta = (row.get("is-meta") or row.get("is_meta") or "").lower() in YES
            (meta.add if is_meta else meta.discard)(pk)
    lowest = ACCEPTED if strict else REJECTED + 1
    return {pk for pk, state in states.items() if state < lowest}, meta


def read_groups(path: Path) -> dict[int, int]:
    """Person -> group, from `participant,group` or a participants-votes.csv.

    Whoever has an empty group is in none.
    """
    assigned = {}
    with _opened(path) as lines:
        reader = csv.reader(lines)
        head = next(reader, [])
        name = "group-id" if "group-id" in head else "group"
        person, group = _places(path, head, ("participant", name))
        try:
            for row in reader:
                if row and row[group].strip():
                    assigned[int(row[person])] = int(row[group])
        except (IndexError, ValueError):
            raise ExportUnreadable(
                f"{path.name}, line {reader.line_num}: no whole number in participant "
                f"or {name}."
            ) from None
    if not assigned:
        raise ExportUnreadable(f"{path.name} puts nobody in a group.")
    return assigned


def read_base_clusters(path: Path) -> BaseClusters:
    """Small clusters as Pol.is writes them, or a list of {id, members, center}.

    Folded ({id, members, x, y}), alone or within a whole result.
    """
    try:
        raw = path.read_bytes()
        text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        found = json.loads(text)
        if isinstance(found, dict):
            found = found.get("base-clusters", found)
        if isinstance(found, dict):
            centers = list(zip(found["x"], found["y"], strict=True))
            rows = list(zip(found["id"], found["members"], centers, strict=True))
        else:
            rows = [
                (row["id"], row["members"], row.get("center") or (row["x"], row["y"]))
                for row in found
            ]
        base = BaseClusters(
            np.array([row[0] for row in rows], np.int64),
            [np.array(row[1], np.int64) for row in rows],
            np.array([row[2] for row in rows], np.float64).reshape(len(rows), 2),
        )
    except (OSError, EOFError, KeyError, TypeError, ValueError, AttributeError):
        raise ExportUnreadable(
            f"{path.name} holds no base clusters: id, members, x and y."
        ) from None
    if not rows or not all(len(people) for people in base.members):
        raise ExportUnreadable(f"{path.name} holds a base cluster without members.")
    if not np.isfinite(base.centers).all():
        raise ExportUnreadable(f"{path.name} holds a place that is no number.")
    return base


def _opened(path: Path) -> Any:
    if not path.is_file():
        raise ExportUnreadable(f"{path.name} is missing in {path.parent.name}.")
    return path.open(encoding="utf-8-sig", newline="")


def _places(path: Path, head: Any, names: tuple[str, ...]) -> list[int]:
    missing = [name for name in names if name not in head]
    if missing:
        raise ExportUnreadable(f"{path.name}, line 1: no column {missing[0]}.")
    return [list(head).index(name) for name in names]
