"""A ballot of every method, with votes that are in order and votes that are not."""

from dataclasses import dataclass, field
from typing import Any

from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from tests.live.scene import Scene

THREE = ("Linde", "Ahorn", "Kastanie")
COSTED = (("Bank", 400), ("Brunnen", 600), ("Baum", 200))


Wrong = tuple[tuple[dict[int, int], str], ...]


@dataclass(frozen=True)
class Way:
    """How a method is voted in: `first` and `second` are marks by position,
    `wrong` is what its `check` refuses, with the code of the refusal."""

    plan: dict[str, Any]
    first: dict[int, int]
    second: dict[int, int]
    wrong: Wrong
    more: dict[str, Any] = field(default_factory=dict)


ONE: Wrong = (({}, "vote.empty"), ({0: 1, 1: 1}, "vote.too_many"))
RATED: Wrong = (({0: 3}, "vote.unrated"), ({0: 1, 1: 2, 2: 11}, "vote.scale"))
RANKED: Wrong = (({}, "vote.empty"), ({0: 1, 1: 3}, "vote.ranks"))
_ordered = Way({"options": THREE}, {0: 1, 1: 2, 2: 3}, {2: 1, 0: 2}, RANKED)
_rated = Way({"options": THREE}, {0: 10, 1: 5, 2: 0}, {0: 1, 1: 2, 2: 3}, RATED)
_bought = {"options": COSTED, "budget": 1000, "most_options": 3}
WAYS: dict[str, Way] = {
    "hands": Way({}, {0: 1}, {2: 1}, ONE),
    "yes_no": Way({}, {0: 1}, {1: 1}, ONE),
    "gradients": Way({}, {0: 1}, {4: 1}, ONE),
    "consent": Way(
        {"secrecy": "open"},
        {0: 1},
        {2: 1},
        (*ONE, ({2: 1}, "vote.reason")),
        {"reason": "Zu teuer."},
    ),
    "single": Way({"options": THREE}, {0: 1}, {2: 1}, ONE),
    "multiple": Way(
        {"options": THREE, "most_options": 2},
        {0: 1, 1: 1},
        {2: 1},
        (({}, "vote.empty"), ({0: 1, 1: 1, 2: 1}, "vote.too_many")),
    ),
    "approval": Way(
        {"options": THREE}, {0: 1, 1: 1, 2: 1}, {1: 1}, (({}, "vote.empty"),)
    ),
    "score": _rated,
    "consensing": _rated,
    "dots": Way(
        {"options": THREE, "points": 5, "per_option": 3},
        {0: 3, 1: 2},
        {2: 1},
        (
            ({}, "vote.empty"),
            ({0: 4}, "vote.per_option"),
            ({0: 3, 1: 3}, "vote.too_many"),
        ),
    ),
    "borda": _ordered,
    "irv": _ordered,
    "schulze": _ordered,
    "pairwise": _ordered,
    "stv": Way(
        {"options": THREE, "seats": 2}, {0: 1, 1: 2, 2: 3}, {2: 1, 0: 2}, RANKED
    ),
    "knapsack": Way(_bought, {0: 1, 1: 1}, {2: 1}, (({}, "vote.empty"),)),
    "greedy": Way(_bought, {0: 1, 1: 1, 2: 1}, {2: 1}, (({}, "vote.empty"),)),
    "equal_shares": Way(_bought, {0: 1, 1: 1, 2: 1}, {2: 1}, (({}, "vote.empty"),)),
}


def open_one(scene: Scene, method: str, **plan: Any) -> Ballot:
    """An open ballot of this method; hall and desk see it."""
    secrecy = Ballot.Secrecy.SECRET
    ballot = draft_ballot(
        moderator=scene.lead,
        **{
            "title": f"Frage: {method}",
            "method": method,
            "secrecy": secrecy,
            **WAYS[method].plan,
            **plan,
        },
    )
    return open_ballot(moderator=scene.lead, ballot_pk=ballot.pk)


def marked(ballot: Ballot, by_position: dict[int, int]) -> dict[int, int]:
    """The same marks by the option's number."""
    options = list(ballot.options.order_by("position"))
    return {options[position].pk: value for position, value in by_position.items()}


def fields_of(ballot: Ballot, kind: str, by_position: dict[int, int]) -> dict[str, Any]:
    """The fields that a form of this kind sends."""
    marks = marked(ballot, by_position)
    if kind in ("one", "some"):
        return {"options": list(marks)}
    return {f"value-{option}": value for option, value in marks.items()}
