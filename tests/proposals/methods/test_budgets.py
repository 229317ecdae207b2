"""Knapsack and greedy, and what holds for every division of a budget."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.methods import METHODS, greedy, knapsack
from proposals.methods.outcome import Cast, Terms
from shared.errors import Refusal
from tests.proposals.methods.orders import ABSTAIN, A, B, C, D, explained

TERMS = Terms(
    (A, B, C, D),
    {"abstain": ABSTAIN},
    budget=100,
    costs={A: 60, B: 40, C: 50, D: 10},
    eligible=40,
)
BUDGETS = ("knapsack", "greedy", "equal_shares")
every = pytest.mark.parametrize("name", BUDGETS)


def chose(*options: int, times: int = 1) -> Cast:
    return Cast(dict.fromkeys(options, 1), times)


selections = st.one_of(
    st.sets(st.sampled_from((B, C, D)), min_size=1),
    st.just({A, B}),
    st.just({ABSTAIN}),
)
votes = st.lists(selections.map(lambda chosen: dict.fromkeys(chosen, 1)), max_size=9)


def test_the_most_choices_first_and_what_does_not_fit_is_passed_over():
    outcome = greedy.count(
        [chose(A, times=9), chose(C, times=5), chose(B, times=4), chose(D)], TERMS
    )

    assert outcome.chosen == (A, B)
    assert outcome.numbers == {A: 9, B: 4, C: 5, D: 1, ABSTAIN: 0}
    assert outcome.ranking == ((A,), (C,), (B,), (D,))
    kinds = [step.kind for step in outcome.rounds]
    assert kinds[2:] == ["funded", "passed_over", "funded", "passed_over", "left"]
    assert dict(outcome.rounds[-1].facts) == {"spent": 100, "left": 0, "budget": 100}
    said = explained("greedy", outcome, TERMS)
    assert said.result == "2 of 4 projects are paid: “A” and “B”."
    assert "“C”: it costs 50 euros, and 40 euros were left" in said.change
    assert "At 40 euros, or with 4 more votes for it alone" in said.change


def test_of_equals_the_cheaper_comes_first_and_the_tie_is_named():
    outcome = greedy.count([chose(A), chose(C), chose(B, times=2)], TERMS)

    assert outcome.chosen == (B, C)
    assert [(tie.among, tie.rule) for tie in outcome.ties] == [
        ((C, A), "cheaper_first")
    ]
    assert "cheaper one came first" in explained("greedy", outcome, TERMS).tie


def test_of_equal_costs_the_first_on_the_ballot():
    terms = replace(TERMS, costs=dict.fromkeys(TERMS.options, 50))

    outcome = greedy.count([chose(D), chose(C), chose(B)], terms)

    assert outcome.chosen == (B, C)
    assert outcome.ties[0].among == (B, C, D)


def test_a_tie_that_decides_nothing_is_not_named():
    assert greedy.count([chose(B), chose(C)], TERMS).ties == ()


def test_a_selection_must_fit_into_the_budget():
    knapsack.check({A: 1, B: 1}, TERMS)
    knapsack.check({ABSTAIN: 1}, TERMS)
    greedy.check({A: 1, B: 1, C: 1, D: 1}, TERMS)
    with pytest.raises(Refusal, match=r"vote\.over_budget") as refused:
        knapsack.check({A: 1, C: 1}, TERMS)
    assert refused.value.field == "options"


@every
@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ({}, "vote.empty"),
        ({77: 1}, "vote.unknown_option"),
        ({A: 2}, "vote.unknown_option"),
        ({A: 1, ABSTAIN: 1}, "vote.unknown_option"),
    ],
)
def test_check_refuses(name: str, marks: dict[int, int], code: str):
    with pytest.raises(Refusal) as refused:
        METHODS[name].check(marks, TERMS)

    assert (refused.value.code, refused.value.field) == (code, "options")


@every
@pytest.mark.parametrize(
    ("named", "code", "field"),
    [
        ({"options": (A,)}, "ballot.options", "options"),
        ({"budget": 0}, "ballot.budget", "budget"),
        ({"budget": 9}, "ballot.budget", "budget"),
        ({"costs": {A: 60, B: 40, C: 50}}, "ballot.costs", "options"),
        ({"costs": {A: 60, B: 40, C: 50, D: -1}}, "ballot.costs", "options"),
        ({"seats": 2}, "ballot.seats", "seats"),
        ({"threshold": 101}, "ballot.threshold", "threshold"),
        ({"majority": "absolute"}, "ballot.majority", "majority"),
    ],
)
def test_suits_refuses(name: str, named: dict[str, Any], code: str, field: str):
    METHODS[name].suits(TERMS)
    METHODS[name].suits(replace(TERMS, budget=10))
    with pytest.raises(Refusal) as refused:
        METHODS[name].suits(replace(TERMS, **named))

    assert (refused.value.code, refused.value.field) == (code, field)


@every
def test_nobody_voted_or_all_abstain(name: str):
    assert METHODS[name].count([], TERMS).verdict == "none"
    outcome = METHODS[name].count([Cast({ABSTAIN: 1}, 3), chose(A, times=0)], TERMS)

    assert (outcome.verdict, outcome.chosen) == ("none", ())
    assert outcome.numbers == {A: 0, B: 0, C: 0, D: 0, ABSTAIN: 3}


@every
@pytest.mark.parametrize(("voted", "verdict"), [(9, "below_quorum"), (10, "chosen")])
def test_quorum(name: str, voted: int, verdict: str):
    terms = replace(TERMS, quorum=25)

    outcome = METHODS[name].count(
        [chose(B, times=voted - 1), Cast({ABSTAIN: 1})], terms
    )

    assert outcome.verdict == verdict
    assert outcome.chosen == ((B,) if verdict == "chosen" else ())


@every
def test_only_projects_above_the_threshold_take_part(name: str):
    terms = replace(TERMS, threshold=50)
    votes = [chose(B, times=3), chose(C, D, times=2), Cast({ABSTAIN: 1})]

    outcome = METHODS[name].count(votes, terms)

    assert outcome.chosen == (B,)
    out = next(step for step in outcome.rounds if step.kind == "out")
    assert out.excluded == (A, C, D)


@every
def test_nothing_is_paid_when_nobody_reaches_the_threshold(name: str):
    terms = replace(TERMS, threshold=60)

    outcome = METHODS[name].count([chose(B), chose(C)], terms)

    assert (outcome.verdict, outcome.chosen) == ("below_threshold", ())
    assert explained(name, outcome, terms).result == "No project is paid."


@every
def test_a_project_dearer_than_the_budget_takes_no_part(name: str):
    terms = replace(TERMS, budget=55)

    outcome = METHODS[name].count([chose(A, times=9), chose(C, times=2)], terms)

    assert outcome.chosen == (C,)


@every
@settings(max_examples=50, deadline=None)
@given(sheets=votes, data=st.data(), random=st.randoms())
def test_order_and_grouping_play_no_part_and_the_budget_holds(
    name: str, sheets: list[dict[int, int]], data: Any, random: Any
):
    weights = data.draw(
        st.lists(st.integers(0, 3), min_size=len(sheets), max_size=len(sheets))
    )
    weighted = [Cast(*pair) for pair in zip(sheets, weights, strict=True)]
    repeated = [Cast(cast.sheet) for cast in weighted for _ in range(cast.weight)]
    for sheet in sheets:
        METHODS[name].check(sheet, TERMS)

    outcome = METHODS[name].count(weighted, TERMS)

    mixed = random.sample(repeated, len(repeated))
    assert METHODS[name].count(mixed, TERMS) == outcome
    assert sum(TERMS.costs[option] for option in outcome.chosen) <= TERMS.budget
    assert set(outcome.numbers) == {A, B, C, D, ABSTAIN}
    said = explained(name, outcome, TERMS)
    assert len(said.steps) == len(outcome.rounds)
