"""Random profiles for the oracles, many of them with ties, from fixed seeds."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from proposals.methods.outcome import Cast
from tests.oracle.test_klimarat import DATA

Votes = list[tuple[dict[int, int], int]]
# At least so many of each kind.
PROFILES = 1000


def complete_order(chance: random.Random, options: int) -> dict[int, int]:
    """A rank of its own for every option."""
    order = chance.sample(range(options), options)
    return {option: rank for rank, option in enumerate(order, 1)}


def short_order(chance: random.Random, options: int) -> dict[int, int]:
    """The first ranks only."""
    whole = complete_order(chance, options)
    last = chance.randint(1, options)
    return {option: rank for option, rank in whole.items() if rank <= last}


def weak_order(chance: random.Random, options: int) -> dict[int, int]:
    """Some options share a rank, some have none."""
    named = chance.sample(range(options), chance.randint(1, options))
    ranks = {option: chance.randint(1, options) for option in named}
    used = sorted(set(ranks.values()))
    return {option: used.index(rank) + 1 for option, rank in ranks.items()}


def some(chance: random.Random, options: int) -> dict[int, int]:
    return dict.fromkeys(chance.sample(range(options), chance.randint(1, options)), 1)


def profiles(
    sheet: Callable[[random.Random, int], dict[int, int]],
    *,
    seed: int,
    most_options: int = 6,
    number: int = PROFILES,
) -> list[tuple[int, Votes]]:
    """Few voters make many ties, more voters few: both are in."""
    chance = random.Random(seed)
    made = []
    for turn in range(number):
        options = chance.randint(2, most_options)
        voters = chance.randint(1, 8 if turn % 2 else 40)
        made.append(
            (
                options,
                [
                    (sheet(chance, options), chance.choice([1, 1, 1, 2, 3]))
                    for _ in range(voters)
                ],
            )
        )
    return made


def casts(votes: Votes) -> list[Cast]:
    return [Cast(sheet, weight) for sheet, weight in votes]


def question(rule: str, options: int, votes: Votes, **more: Any) -> dict[str, Any]:
    return {"rule": rule, "options": options, "votes": votes, **more}


def preflib(name: str) -> tuple[int, Votes]:
    """An election in PrefLib's format of strict complete orders."""
    path = DATA / "vote" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: set SHARED_DATA to the shared data")
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    rows: list[tuple[int, Sequence[int]]] = []
    for line in lines:
        times, order = line.split(":")
        rows.append((int(times), [int(option) for option in order.split(",")]))
    first = min(rows[0][1])
    votes = [
        ({option - first: rank for rank, option in enumerate(order, 1)}, times)
        for times, order in rows
    ]
    return len(rows[0][1]), votes


def real_elections() -> list[str]:
    """All files of orders among the shared data; skipped by name where they miss."""
    found = sorted((DATA / "vote").rglob("*.so[ci]")) if DATA.is_dir() else []
    return [str(Path(path).relative_to(DATA / "vote")) for path in found] or [
        "schulze-wikipedia-45.soc"
    ]
