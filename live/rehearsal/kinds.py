"""Kinds of citizens: how often each says what, and how a crowd is put together."""

import random
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`pace`: acts a minute of the agenda. `acts`: what is done, and how readily."""

    name: str
    share: int
    pace: float
    acts: Mapping[str, int]


KINDS = (
    Kind(
        "helpful", 8, 0.5,
        {"propose": 2, "comment": 3, "ask": 2, "stance": 5, "support": 4, "react": 2,
         "hand": 2},
    ),
    Kind("quiet", 5, 0.15, {"comment": 1, "propose": 1, "stance": 6, "support": 3}),
    Kind(
        "dominating", 2, 1.5,
        {"propose": 4, "comment": 6, "ask": 4, "hand": 6, "react": 1},
    ),
    Kind("insulting", 1, 0.5, {"comment": 5, "propose": 2, "ask": 1}),
    Kind("off_topic", 2, 0.4, {"comment": 3, "propose": 2, "ask": 2, "park": 1}),
    Kind("lost", 1, 0.4, {"help": 5, "comment": 1, "propose": 1, "ask": 1}),
    Kind("hostile_markup", 1, 0.4, {"propose": 3, "comment": 3, "ask": 2}),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


def crowd_of(number: int, seed: int) -> list[str]:
    """Names of kinds for `number` citizens: one of each first, then by their shares."""
    chance = random.Random(seed)  # noqa: S311 -- a simulation
    names = [kind.name for kind in KINDS][:number]
    shares = [kind.share for kind in KINDS]
    more = chance.choices([kind.name for kind in KINDS], shares, k=number - len(names))
    crowd = [*names, *more]
    chance.shuffle(crowd)
    return crowd
