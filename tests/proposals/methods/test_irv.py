"""Instant runoff by examples."""

from fractions import Fraction

from proposals.methods import irv
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


def rounds(outcome: irv.Outcome) -> list[dict[int, object]]:
    return [dict(step.numbers) for step in outcome.rounds if step.kind == "runoff"]


def test_tennessee():
    """Chattanooga leaves, then Nashville; Knoxville wins with 58 of 100."""
    outcome = irv.count(TENNESSEE, TOWNS)

    assert rounds(outcome) == [
        {A: 42, B: 26, C: 15, D: 17},
        {A: 42, B: 26, D: 32},
        {A: 42, D: 58},
    ]
    assert outcome.chosen == (D,)
    assert outcome.ranking == ((D,), (A,), (B,), (C,))
    assert outcome.numbers == {A: 42, B: 26, C: 15, D: 58}
    said = explained("irv", outcome, TOWNS)
    assert "58 of the 100 votes" in said.why
    # Chattanooga stays in, Knoxville leaves instead, and its votes go to Chattanooga.
    assert said.change == (
        "With 3 more votes that name only “C”, this option would have been in front."
    )


def test_equals_on_the_way_are_counted_in_every_order():
    outcome = irv.count(WIKIPEDIA, FIVE)

    assert outcome.chosen == (C,)
    assert rounds(outcome)[-1] == {C: 24, E: 21}
    assert [(tie.among, tie.rule) for tie in outcome.ties] == [((B, E), "all_ways")]
    assert "result is the same" in explained("irv", outcome, FIVE).tie


def test_equals_whose_order_decides_are_a_tie():
    """If B leaves first, A wins; if C does, B wins; A and B are possible."""
    outcome = irv.count(casts(A=4, BA=3, CB=3), THREE)

    assert (outcome.verdict, outcome.chosen) == ("tied", (A, B))
    assert outcome.ranking == ()
    assert rounds(outcome) == [{A: 4, B: 3, C: 3}]


def test_the_weakest_together_leave_at_once():
    outcome = irv.count(casts(A=4, B=3, CB=1, DB=1), TOWNS)

    assert rounds(outcome) == [{A: 4, B: 3, C: 1, D: 1}, {A: 4, B: 5}]
    assert outcome.chosen == (B,)
    assert outcome.ties == ()


def test_a_vote_without_an_option_in_rests():
    outcome = irv.count(casts(A=4, B=3, C=2), THREE)

    last = outcome.rounds[-1]
    assert dict(last.facts) == {"votes": 7, "resting": 2}
    assert outcome.chosen == (A,)


def test_a_shared_rank_shares_the_vote():
    outcome = irv.count([Cast(order("A=B>C"), 3), Cast(order("C>A"), 2)], THREE)

    assert rounds(outcome)[0] == {A: Fraction(3, 2), B: Fraction(3, 2), C: 2}
    # Whoever leaves of A and B, the whole vote is with the other: three to two.
    assert (outcome.verdict, outcome.chosen) == ("tied", (A, B))


def test_more_equals_than_can_be_counted_are_a_tie():
    many = tuple(range(1, 41))
    outcome = irv.count([Cast({option: 1}) for option in many], irv.Terms(many))

    assert (outcome.verdict, outcome.chosen) == ("tied", many)
