"""Budget methods against pabutools and abcvoting, exactly and with ties.

Ties: pabutools is given our published rule (cheaper, more choices, first on the
ballot), so the very order of the purchases is compared. abcvoting gives every outcome
that some order among equals would have.
"""

import random
from typing import Any

import pytest

from proposals.methods import equal_shares, greedy, knapsack
from proposals.methods.equal_shares import STEPS
from proposals.methods.outcome import Terms
from tests.oracle.asking import ask
from tests.oracle.profiles import PROFILES, Votes, casts, profiles, question, some

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(3600)]


def budgets(
    seed: int, number: int = PROFILES
) -> list[tuple[int, Votes, list[int], int]]:
    """Small round costs make ties, odd ones none; no project costs more than all."""
    chance = random.Random(seed)
    made = []
    for options, votes in profiles(some, seed=seed, most_options=9, number=number):
        unit = chance.choice([1, 10, 997])
        costs = [
            unit * chance.randint(1, chance.choice([3, 100])) for _ in range(options)
        ]
        budget = chance.randint(max(costs), max(max(costs), sum(costs)))
        made.append((options, votes, costs, budget))
    return made


def terms_of(costs: list[int], budget: int) -> Terms:
    options = tuple(range(len(costs)))
    return Terms(options, costs=dict(enumerate(costs)), budget=budget)


def asked(rule: str, case: Any, **more: Any) -> dict[str, Any]:
    options, votes, costs, budget = case
    return question(rule, options, votes, costs=costs, budget=budget, **more)


def test_greedy():
    """The same projects in the same order, those without any choice left out."""
    cases = budgets(5)
    answers = ask("pabutools", [asked("greedy", case) for case in cases])

    for (_options, votes, costs, budget), funded in zip(cases, answers, strict=True):
        chosen = {option for sheet, _ in votes for option in sheet}
        outcome = greedy.count(casts(votes), terms_of(costs, budget))

        assert list(outcome.chosen) == [p for p in funded if p in chosen]


def test_knapsack_counts_like_greedy():
    """Selections that fit into the budget, counted the same way."""
    cases = [
        (options, kept, costs, budget)
        for options, votes, costs, budget in budgets(6, 2000)
        if (
            kept := [
                (sheet, weight)
                for sheet, weight in votes
                if sum(costs[option] for option in sheet) <= budget
            ]
        )
    ]
    assert len(cases) >= 1000
    answers = ask("pabutools", [asked("greedy", case) for case in cases])

    for (_options, votes, costs, budget), funded in zip(cases, answers, strict=True):
        terms = terms_of(costs, budget)
        for sheet, _ in votes:
            knapsack.check(sheet, terms)
        chosen = {option for sheet, _ in votes for option in sheet}

        outcome = knapsack.count(casts(votes), terms)

        assert list(outcome.chosen) == [p for p in funded if p in chosen]


def test_equal_shares_with_completion():
    """The same purchases in the same order, with steps of a hundredth of the share."""
    cases = budgets(7)
    answers = ask(
        "pabutools", [asked("equal_shares", case, steps=STEPS) for case in cases]
    )
    raised = 0

    for (_options, votes, costs, budget), funded in zip(cases, answers, strict=True):
        outcome = equal_shares.count(casts(votes), terms_of(costs, budget))

        assert list(outcome.chosen) == funded
        raised += any(step.facts.get("steps") for step in outcome.rounds)
    assert raised > 100


def test_equal_shares_of_a_larger_election():
    """As in a district of a city: thousands of votes on dozens of projects."""
    chance = random.Random(8)
    costs = [chance.randint(5_000, 400_000) for _ in range(30)]
    votes = [
        (dict.fromkeys(chance.sample(range(30), chance.randint(1, 10)), 1), 1)
        for _ in range(800)
    ]
    case = (30, votes, costs, 1_500_000)
    (funded,) = ask("pabutools", [asked("equal_shares", case, steps=STEPS)])

    outcome = equal_shares.count(casts(votes), terms_of(costs, 1_500_000))

    assert list(outcome.chosen) == funded
    assert len(funded) > 5


def test_first_shares_of_equal_costs(monkeypatch: pytest.MonkeyPatch):
    """Without completion, every project costing one: abcvoting's committees."""
    chance = random.Random(9)
    cases = [
        (options, votes, chance.randint(1, options - 1))
        for options, votes in profiles(some, seed=9, most_options=5)
    ]
    answers = ask(
        "abcvoting",
        [
            question("equal_shares", options, votes, seats=seats)
            for options, votes, seats in cases
        ],
    )
    monkeypatch.setattr(
        equal_shares,
        "_complete",
        lambda sharing, first, budget: (sharing.run(first), 0, "fits"),
    )

    for (options, votes, seats), committees in zip(cases, answers, strict=True):
        outcome = equal_shares.count(casts(votes), terms_of([1] * options, seats))

        assert sorted(outcome.chosen) in committees
