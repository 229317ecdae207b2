"""Schulze by examples from the literature."""

from proposals.methods import schulze
from proposals.methods.outcome import Cast
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
    explained,
    order,
)


def test_the_example_of_the_literature():
    outcome = schulze.count(WIKIPEDIA, FIVE)

    assert outcome.chosen == (E,)
    assert outcome.ranking == ((E,), (A,), (C,), (B,), (D,))
    duels, paths = (step.pairs for step in outcome.rounds[-2:])
    assert [duels[A, o] for o in (B, C, D, E)] == [20, 26, 30, 22]
    # The strongest paths as printed there.
    assert [paths[A, o] for o in (B, C, D, E)] == [28, 28, 30, 24]
    assert [paths[B, o] for o in (A, C, D, E)] == [25, 28, 33, 24]
    assert [paths[C, o] for o in (A, B, D, E)] == [25, 29, 29, 24]
    assert [paths[D, o] for o in (A, B, C, E)] == [25, 28, 28, 24]
    assert [paths[E, o] for o in (A, B, C, D)] == [25, 28, 28, 31]


def test_who_wins_every_duel_is_chosen():
    outcome = schulze.count(TENNESSEE, TOWNS)

    assert outcome.ranking == ((B,), (C,), (D,), (A,))
    said = explained("schulze", outcome, TOWNS)
    assert "58 put it before, 42 behind" in said.why
    assert said.change == (
        "With 17 more votes that name only “A”, this option would have been in front."
    )


def test_the_votes_that_win_decide_not_the_margin():
    """A over B by 6 to 4, B over C by 5 to 0 and C over A by 4 to 1: votes cast differ.

    By winning votes the weakest victory is C over A with 4; by margins it would be A
    over B with 2.
    """
    votes = [
        Cast(order("A>B>C"), 1),
        Cast(order("A=C>B"), 0),
        Cast(order("A>B=C"), 5),
        Cast(order("B>C>A"), 4),
    ]
    outcome = schulze.count(votes, THREE)
    duels = outcome.rounds[1].pairs

    assert (duels[A, B], duels[B, A]) == (6, 4)
    assert (duels[B, C], duels[C, B]) == (5, 0)
    assert (duels[A, C], duels[C, A]) == (6, 4)
    assert outcome.chosen == (A,)


def test_a_circle_of_equal_strength_is_a_tie():
    outcome = schulze.count(casts(ABC=1, BCA=1, CAB=1), THREE)

    assert (outcome.verdict, outcome.chosen) == ("tied", (A, B, C))


def test_unranked_options_share_the_last_place():
    short = schulze.count([Cast({A: 1})], THREE)

    assert short == schulze.count([Cast(order("A>B=C"))], THREE)
    assert short.ranking == ((A,), (B, C))
