"""Single transferable vote by examples, in exact fractions."""

from dataclasses import replace
from fractions import Fraction

from proposals.methods import stv
from proposals.methods.outcome import Cast
from tests.proposals.methods.orders import (
    FIVE,
    TENNESSEE,
    THREE,
    TOWNS,
    A,
    B,
    C,
    D,
    E,
    casts,
    explained,
    order,
)


def test_food_for_a_party():
    """Wikipedia's example of 2011: 20 guests, three dishes of five; quota 6.

    Orange 4, pear (then orange) 2, chocolate (strawberry) 8, chocolate (sweets) 4,
    strawberry 1, sweets 1. Chocolate has 12, and hands on 6: 4 to strawberry, 2 to
    sweets.
    """
    orange, pear, chocolate, strawberry, sweets = A, B, C, D, E
    votes = casts(A=4, BA=2, CD=8, CE=4, D=1, E=1)

    outcome = stv.count(votes, replace(FIVE, seats=3))

    counts = [step for step in outcome.rounds if step.kind != "turnout"]
    assert {step.facts["quota"] for step in counts} == {6}
    assert counts[0].chosen == (chocolate,)
    assert dict(counts[1].numbers) == {orange: 4, pear: 2, strawberry: 5, sweets: 3}
    assert counts[1].excluded == (pear,)
    assert counts[2].chosen == (orange,)
    assert counts[3].excluded == (sweets,)
    assert outcome.chosen == (chocolate, orange, strawberry)
    assert counts[-1].kind == "seats_left"


def test_every_vote_of_a_pile_moves_on_with_the_same_part():
    """Quota 4 of 10; A has 7: three sevenths of each vote move on."""
    votes = casts(AB=5, AC=2, C=3)

    outcome = stv.count(votes, replace(THREE, seats=2))

    second = outcome.rounds[2]
    assert dict(second.numbers) == {
        B: Fraction(15, 7),
        C: 3 + Fraction(6, 7),
    }
    assert second.excluded == (B,)
    assert outcome.chosen == (A, C)
    assert outcome.numbers[C] == 3
    assert "3.86" in explained("stv", outcome, replace(THREE, seats=2)).steps[2]


def test_one_seat_is_an_instant_runoff():
    outcome = stv.count(TENNESSEE, TOWNS)

    assert outcome.chosen == (D,)
    assert outcome.ranking == ((D,), (A,), (B,), (C,))


def test_a_tie_for_the_last_seat_is_reported_and_the_first_is_sure():
    outcome = stv.count(casts(A=4, B=1, C=1), replace(THREE, seats=2))

    assert (outcome.verdict, outcome.chosen) == ("tied", (A, B, C))
    assert outcome.ties[0].among == (B, C)
    said = explained("stv", outcome, replace(THREE, seats=2))
    assert said.result.startswith("“A” is elected.")


def test_equals_that_change_nothing_are_named():
    outcome = stv.count(casts(AB=6, B=3, C=1, D=1), replace(TOWNS, seats=2))

    assert outcome.chosen == (A, B)
    assert outcome.verdict == "chosen"


def test_a_shared_rank_hands_its_part_to_the_other():
    """A=B shares; when B leaves, all of it is with A."""
    votes = [Cast(order("A=B"), 4), *casts(C=3, A=1)]

    outcome = stv.count(votes, THREE)

    counts = [step for step in outcome.rounds if step.kind != "turnout"]
    assert dict(counts[0].numbers) == {A: 3, B: 2, C: 3}
    assert dict(counts[1].numbers) == {A: 5, C: 3}
    assert outcome.chosen == (A,)


def test_more_equals_than_can_be_counted_are_a_tie():
    many = tuple(range(1, 13))
    outcome = stv.count(
        [Cast({option: 1}) for option in many], stv.Terms(many, seats=4)
    )

    assert (outcome.verdict, set(outcome.chosen)) == ("tied", set(many))


def test_order_among_many_equals_that_changes_nothing():
    """Twelve with a vote each: 12! orders, but all of them end at the same two."""
    weak = tuple(range(10, 22))
    votes = [Cast({option: 1, A: 2}) for option in weak]
    votes += [Cast({A: 1}, 9), Cast({B: 1}, 15)]

    outcome = stv.count(votes, stv.Terms((A, B, *weak), seats=2))

    assert (outcome.verdict, set(outcome.chosen)) == ("chosen", {A, B})
    assert set(outcome.ties[0].among) == set(weak)


def test_weaker_together_than_the_next_leave_at_once():
    """D and E have one vote each, C three: whatever their order, both leave first."""
    outcome = stv.count(casts(A=9, B=4, C=3, D=1, E=1), replace(FIVE, seats=2))

    counts = [step for step in outcome.rounds if step.kind == "leaves"]
    assert [step.excluded for step in counts] == [(D, E), (C,)]
    assert not outcome.ties


def test_they_leave_one_by_one_where_one_could_reach_the_quota():
    """Quota 6 of 16: with D's or E's vote C is elected before the other leaves."""
    votes = casts(A=5, B=4, C=5, DC=1, EC=1)

    outcome = stv.count(votes, replace(FIVE, seats=2))

    assert outcome.rounds[1].excluded == (D,)
    assert outcome.rounds[2].chosen == (C,)


def test_five_hundred_options_with_a_vote_each():
    many = tuple(range(1, 501))

    outcome = stv.count(
        [Cast({option: 1, (option % 500) + 1: 2}) for option in many],
        stv.Terms(many, seats=3),
    )

    assert (outcome.verdict, set(outcome.chosen)) == ("tied", set(many))
