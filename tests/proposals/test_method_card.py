"""The rules of a ballot that is still open, as its voters read them."""

from typing import Any

import pytest
from django.utils.translation import override

from proposals.method_card import terms_before
from proposals.methods import METHODS
from proposals.models import Ballot

SIMPLE = "A simple majority decides: more yes than no."


def said(method: str, **terms: Any) -> list[str]:
    with override("en"):
        return terms_before(Ballot(method=method, **terms))


@pytest.mark.parametrize(
    ("majority", "base", "sentence"),
    [
        ("simple", "votes", SIMPLE),
        (
            "absolute",
            "votes",
            "An absolute majority decides: more than half of the votes cast must say "
            "yes.",
        ),
        (
            "absolute",
            "roll",
            "An absolute majority decides: more than half of the roll must say yes.",
        ),
        (
            "two_thirds",
            "votes",
            "Two thirds decide: at least two of three votes cast must say yes.",
        ),
        (
            "two_thirds",
            "roll",
            "Two thirds decide: at least two of three on the roll must say yes.",
        ),
    ],
)
def test_majority_and_what_it_is_of(majority: str, base: str, sentence: str):
    assert said("yes_no", majority=majority, base=base) == [sentence]


@pytest.mark.parametrize("majority", Ballot.Majority.values)
@pytest.mark.parametrize("base", Ballot.Base.values)
def test_every_majority_has_its_sentence(majority: str, base: str):
    assert len(said("yes_no", majority=majority, base=base)) == 1


def test_quorum():
    assert said("single", quorum=30) == [
        "At least 30 percent of the roll must vote. Otherwise nothing is decided."
    ]


@pytest.mark.parametrize(
    ("method", "base", "sentences"),
    [
        (
            "approval",
            "votes",
            ["To be chosen, 40 percent of the votes cast are needed."],
        ),
        ("approval", "roll", ["To be chosen, 40 percent of the roll are needed."]),
        ("score", "votes", ["To be chosen, 40 percent are needed."]),
        (
            "yes_no",
            "votes",
            [SIMPLE, "At least 40 percent of the votes cast must say yes."],
        ),
        (
            "yes_no",
            "roll",
            [SIMPLE, "At least 40 percent of the roll must say yes."],
        ),
    ],
)
def test_threshold(method: str, base: str, sentences: list[str]):
    assert said(method, threshold=40, base=base) == sentences


@pytest.mark.parametrize(
    ("seats", "sentence"), [(1, "1 seat is filled."), (3, "3 seats are filled.")]
)
def test_seats(seats: int, sentence: str):
    assert said("stv", seats=seats) == [sentence]


def test_all_of_them_together():
    found = said("yes_no", majority="two_thirds", threshold=25, quorum=50)

    assert [words.split()[0] for words in found] == ["Two", "At", "At"]


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"yes_no", "stv"}))
def test_without_special_terms_nothing_is_said(method: str):
    assert said(method) == []
