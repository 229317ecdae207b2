"""Equal shares by examples, against a plain count in fractions, and its speed."""

import random
import time
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.methods import equal_shares
from proposals.methods.equal_shares import STEPS
from proposals.methods.outcome import Cast, Outcome, Terms
from tests.proposals.methods.orders import A, B, C, explained
from tests.proposals.methods.test_budgets import chose


def bought(outcome: Outcome) -> list[tuple[int, object, object, object]]:
    return [
        (
            step.chosen[0],
            step.facts["price"],
            step.facts["payers"],
            step.facts["short"],
        )
        for step in outcome.rounds
        if step.kind == "bought"
    ]


def test_a_majority_does_not_take_all():
    """51 want A1 to A5, 49 want B1 to B5; each costs 10 of 100: five and five."""
    options = tuple(range(1, 21))
    terms = Terms(options, budget=100, costs=dict.fromkeys(options, 10))
    votes = [chose(*options[:10], times=51), chose(*options[10:], times=49)]

    outcome = equal_shares.count(votes, terms)

    first = [option for option in outcome.chosen if option <= 10]
    assert len(first) == 5
    assert len(outcome.chosen) - len(first) in (4, 5)


def test_who_has_less_pays_what_is_left():
    """Shares of 30. B and C cost 20 and 60: two pay 10 each, then 20 and twice 20."""
    terms = Terms((A, B, C), budget=90, costs={A: 90, B: 20, C: 60})
    votes = [chose(B, C, times=1), chose(B), chose(C)]

    outcome = equal_shares.count(votes, terms)

    assert outcome.rounds[3].kind == "shares"
    assert outcome.rounds[3].facts["share"] == 30
    assert bought(outcome)[0] == (B, 10, 2, 0)
    # After B, twenty are left to the one and thirty to the other: raised until 60.
    option, price, payers, short = bought(outcome)[1]
    assert (option, payers, short) == (C, 1, 1)
    share = outcome.rounds[4].facts["share"]
    assert isinstance(share, Fraction)
    assert share == 30 * (1 + Fraction(17, STEPS))
    assert price == 60 - (share - 10)
    said = explained("equal_shares", outcome, terms)
    assert "1 vote has less left and pays that." in said.steps[6]
    assert "raised by 17 percent" in said.steps[4]


def test_nothing_is_bought_that_would_break_the_budget():
    """Two lonely projects of 60 and a budget of 100: one step pays both or none."""
    terms = Terms((A, B), budget=100, costs={A: 60, B: 60})

    outcome = equal_shares.count([chose(A), chose(B)], terms)

    assert (outcome.verdict, outcome.chosen) == ("below_threshold", ())
    raised = next(step for step in outcome.rounds if step.kind == "raised")
    assert raised.facts["stopped"] == "over"
    assert raised.facts["steps"] == 19


def test_steps_scale_with_the_budget():
    """The same election in cents: the same result."""
    terms = Terms((A, B, C), budget=90, costs={A: 45, B: 20, C: 61})
    votes = [chose(B, C), chose(B), chose(A, C), chose(A)]
    cents = replace(
        terms, budget=9000, costs={o: 100 * cost for o, cost in terms.costs.items()}
    )

    assert (
        equal_shares.count(votes, terms).chosen
        == equal_shares.count(votes, cents).chosen
    )


def test_a_lonely_dear_project_does_not_make_it_count_for_ever():
    """Its only supporter could pay after some 99,900 steps of one percent."""
    terms = Terms((A, B), budget=2_000_000, costs={A: 1_000_000, B: 1_000_000})
    votes = [chose(A), chose(B, times=1999)]

    start = time.process_time()
    outcome = equal_shares.count(votes, terms)

    assert outcome.chosen == (B, A)
    assert (
        next(s for s in outcome.rounds if s.kind == "raised").facts["steps"] == 99_900
    )
    assert time.process_time() - start < 1


# --- against the rule as it is written ---------------------------------------
def plainly(votes: list[Cast], terms: Terms) -> tuple[int, ...]:
    """One person after the other, in fractions, from the start at every step."""
    people = [cast.sheet for cast in votes for _ in range(cast.weight)]
    numbers = {o: sum(o in sheet for sheet in people) for o in terms.options}
    fundable = [o for o in terms.options if numbers[o]]
    first = Fraction(terms.budget, len(people))

    def run(share: Fraction) -> list[int]:
        money = [share] * len(people)
        funded: list[int] = []
        while True:
            offers = {}
            for option in fundable:
                own = sorted(money[i] for i, s in enumerate(people) if option in s)
                cost = terms.costs[option]
                if option in funded or sum(own) < cost:
                    continue
                paid = Fraction(0)
                for at, has in enumerate(own):
                    price = (cost - paid) / (len(own) - at)
                    if has >= price:
                        offers[option] = price
                        break
                    paid += has
            if not offers:
                return funded
            best = min(
                offers,
                key=lambda o: (
                    offers[o] / terms.costs[o],
                    terms.costs[o],
                    -numbers[o],
                    terms.options.index(o),
                ),
            )
            for i, sheet in enumerate(people):
                if best in sheet:
                    money[i] -= min(money[i], offers[best])
            funded.append(best)

    share, funded = first, run(first)
    while True:
        rest = terms.budget - sum(terms.costs[o] for o in funded)
        if all(terms.costs[o] > rest for o in fundable if o not in funded):
            return tuple(funded)
        share += first / STEPS
        more = run(share)
        if sum(terms.costs[o] for o in more) > terms.budget:
            return tuple(funded)
        funded = more


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_it_is_the_plain_count(data: st.DataObject):
    options = tuple(range(1, data.draw(st.integers(2, 6)) + 1))
    costs = {o: data.draw(st.integers(1, 30)) for o in options}
    terms = Terms(
        options, budget=data.draw(st.integers(max(costs.values()), 90)), costs=costs
    )
    sheets = st.sets(st.sampled_from(options), min_size=1)
    votes = [
        chose(*chosen, times=times)
        for chosen, times in data.draw(
            st.lists(st.tuples(sheets, st.integers(1, 2)), min_size=1, max_size=6)
        )
    ]

    assert equal_shares.count(votes, terms).chosen == plainly(votes, terms)


# --- speed ---------------------------------------------------------------------
def election(projects: int, voters: int, seed: int) -> tuple[list[Cast], Terms]:
    """Like a district's: some projects are popular, costs differ a hundredfold."""
    chance = random.Random(seed)
    options = tuple(range(1, projects + 1))
    popular = [1 / (n + 1) ** 0.7 for n in range(projects)]
    costs = {option: int(chance.lognormvariate(11, 1)) for option in options}
    budget = sum(costs.values()) // 4
    costs = {option: min(cost, budget) for option, cost in costs.items()}
    votes = [
        chose(*chance.choices(options, popular, k=chance.randint(1, 15)))
        for _ in range(voters)
    ]
    return votes, Terms(options, budget=budget, costs=costs)


@pytest.mark.parametrize(
    ("projects", "voters", "seconds"), [(73, 7600, 5), (20, 2500, 1)]
)
def test_it_is_quick(projects: int, voters: int, seconds: int):
    """Seconds of one processor, whatever else the machine does."""
    votes, terms = election(projects, voters, 1)
    start = time.process_time()

    outcome = equal_shares.count(votes, terms)

    assert time.process_time() - start < seconds
    assert len(outcome.chosen) > 3
