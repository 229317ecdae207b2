"""Copeland by examples."""

from proposals.methods import pairwise
from tests.proposals.methods.orders import (
    FIVE,
    TENNESSEE,
    THREE,
    TOWNS,
    WIKIPEDIA,
    A,
    B,
    C,
    D,
    E,
    casts,
)


def test_tennessee():
    """Nashville wins all three duels, Memphis none."""
    outcome = pairwise.count(TENNESSEE, TOWNS)

    assert outcome.numbers == {A: 0, B: 6, C: 4, D: 2}
    assert outcome.chosen == (B,)
    assert outcome.ranking == ((B,), (C,), (D,), (A,))


def test_three_duels_won_of_four():
    outcome = pairwise.count(WIKIPEDIA, FIVE)

    assert outcome.chosen == (E,)
    assert outcome.numbers[E] == 6


def test_a_draw_is_half_a_win():
    outcome = pairwise.count(casts(ABC=1, BAC=1), THREE)

    assert {o: outcome.numbers[o] for o in (A, B, C)} == {A: 3, B: 3, C: 0}
    assert (outcome.verdict, outcome.chosen) == ("tied", (A, B))
