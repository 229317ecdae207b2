"""Ranked methods against pref_voting, on random and on real elections.

Ties are compared as they are: where the library gives all winners, ours must be the
same set. Nobody is left out of a comparison because of a tie.
"""

import random
from itertools import permutations
from typing import Any

import pytest

from proposals.methods import irv, pairwise, schulze, stv
from proposals.methods.outcome import Terms
from tests.oracle.asking import ask
from tests.oracle.profiles import (
    casts,
    complete_order,
    preflib,
    profiles,
    question,
    real_elections,
    short_order,
    weak_order,
)

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(3600)]


def real() -> list[tuple[int, Any]]:
    return [preflib(name) for name in real_elections()]


def terms_of(options: int, seats: int = 1) -> Terms:
    return Terms(tuple(range(options)), seats=seats)


@pytest.mark.parametrize("sheet", [complete_order, short_order, weak_order])
def test_schulze(sheet: Any):
    """The same winners, and the same order of every pair."""
    cases = profiles(sheet, seed=1) + real()
    answers = ask("pref_voting", [question("schulze", *case) for case in cases])

    for (options, votes), (winners, order) in zip(cases, answers, strict=True):
        outcome = schulze.count(casts(votes), terms_of(options))

        assert sorted(outcome.chosen) == winners
        paths = next(step.pairs for step in outcome.rounds if step.kind == "paths")
        ahead = [[a, b] for (a, b), n in paths.items() if n > paths[b, a]]
        assert sorted(ahead) == sorted(order)


@pytest.mark.parametrize("sheet", [complete_order, short_order, weak_order])
def test_pairwise(sheet: Any):
    """The same winners and points; ours are doubled."""
    cases = profiles(sheet, seed=2) + real()
    answers = ask("pref_voting", [question("pairwise", *case) for case in cases])

    for (options, votes), (winners, points) in zip(cases, answers, strict=True):
        outcome = pairwise.count(casts(votes), terms_of(options))

        assert sorted(outcome.chosen) == winners
        assert [outcome.numbers[option] for option in range(options)] == [
            2 * point for point in points
        ]


@pytest.mark.parametrize(
    ("rule", "sheet"),
    [("irv", complete_order), ("irv_split", short_order), ("irv_split", weak_order)],
)
def test_irv(rule: str, sheet: Any):
    """All who win in some order among equals ("parallel universes")."""
    cases = profiles(sheet, seed=3) + real()
    answers = ask("pref_voting", [question(rule, *case) for case in cases])
    tied = 0

    for (options, votes), winners in zip(cases, answers, strict=True):
        outcome = irv.count(casts(votes), terms_of(options))

        assert sorted(outcome.chosen) == winners
        tied += len(winners) > 1
    assert tied > 100


@pytest.mark.parametrize("sheet", [complete_order, short_order])
def test_stv(sheet: Any):
    """For every order of precedence among equals; the union of all is ours.

    Sheets without shared ranks: there the library lets a part of the vote lapse that
    ours hands to the other options of the rank.
    """
    chance = random.Random(4)
    cases = [
        (options, votes, chance.randint(1, options - 1))
        for options, votes in profiles(sheet, seed=4, most_options=4) + real()
    ]
    answers = ask(
        "pref_voting",
        [
            question(
                "stv",
                options,
                votes,
                seats=seats,
                orders=list(permutations(range(options))),
            )
            for options, votes, seats in cases
        ],
    )
    tied = 0

    for (options, votes, seats), ways in zip(cases, answers, strict=True):
        outcome = stv.count(casts(votes), terms_of(options, seats))

        assert sorted(outcome.chosen) == sorted(set().union(*ways))
        sure = set(range(options)).intersection(*ways)
        among = set(outcome.ties[0].among) if outcome.verdict == "tied" else set()
        assert set(outcome.chosen) - among == sure
        tied += outcome.verdict == "tied"
    assert tied > 50


def test_the_wikipedia_example():
    options, votes = preflib("schulze-wikipedia-45.soc")
    a, b, c, d, e = range(5)

    outcome = schulze.count(casts(votes), terms_of(options))
    runoff = irv.count(casts(votes), terms_of(options))

    assert outcome.ranking == ((e,), (a,), (c,), (b,), (d,))
    assert runoff.chosen == (c,)
    rounds = [step for step in runoff.rounds if step.kind == "runoff"]
    assert len(rounds) == 4
    assert rounds[-1].numbers == {c: 24, e: 21}
