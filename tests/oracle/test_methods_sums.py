"""Adding up, against libraries that others wrote: at least a thousand profiles each.

Where a method has no counterpart there (systemic consensing, consent), it is a sum or
a count of another one. Two thirds, majorities of the roll, quorums and thresholds are
counted by definition in tests/proposals/methods.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proposals.methods import METHODS, consent, yes_no
from proposals.methods.outcome import Cast, Outcome, Terms
from tests.oracle.asking import ask

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data") / "vote"
PROFILES = 1200
Sheets = list[tuple[dict[int, int], int]]


def drawn(kind: Callable[[random.Random, int], dict[int, int]]) -> list[Any]:
    """Profiles of two to six options and one to twelve sheets, always the same ones."""
    chance = random.Random(20260901)
    profiles = []
    for __ in range(PROFILES):
        options = chance.randint(2, 6)
        votes = [
            (kind(chance, options), chance.randint(1, 3))
            for __ in range(chance.randint(1, 12))
        ]
        profiles.append((options, votes))
    return profiles


def an_order(chance: random.Random, options: int) -> dict[int, int]:
    order = chance.sample(range(options), options)
    return {option: place for place, option in enumerate(order, 1)}


def ranks(chance: random.Random, options: int) -> dict[int, int]:
    """Some options share a rank, some have none."""
    some = chance.sample(range(options), chance.randint(1, options))
    drawn = {option: chance.randint(1, options) for option in some}
    used = sorted(set(drawn.values()))
    return {option: used.index(rank) + 1 for option, rank in drawn.items()}


def some_marks(chance: random.Random, options: int) -> dict[int, int]:
    return dict.fromkeys(chance.sample(range(options), chance.randint(1, options)), 1)


def one_mark(chance: random.Random, options: int) -> dict[int, int]:
    return {chance.randrange(options): 1}


def two_marks(chance: random.Random, options: int) -> dict[int, int]:
    return dict.fromkeys(chance.sample(range(options), chance.randint(1, 2)), 1)


def five_dots(chance: random.Random, options: int) -> dict[int, int]:
    """The library wants all of them to be used."""
    dots = Counter(chance.randrange(options) for __ in range(5))
    return {option: dots[option] for option in range(options)}


def ratings(chance: random.Random, options: int) -> dict[int, int]:
    return {option: chance.randint(0, 10) for option in range(options)}


def counted(method: str, options: int, votes: Sheets, **named: Any) -> Outcome:
    terms = replace(Terms(tuple(range(options))), **named)
    METHODS[method].suits(terms)
    for sheet, __ in votes:
        METHODS[method].check(sheet, terms)
    return METHODS[method].count([Cast(*vote) for vote in votes], terms)


def question(rule: str, options: int, votes: Sheets, **more: Any) -> dict[str, Any]:
    return {"rule": rule, "options": options, "votes": votes, **more}


CASES = [
    ("borda", "pref_voting", "borda", an_order),
    ("borda", "pref_voting", "borda_ties", ranks),
    ("approval", "pref_voting", "approval", some_marks),
    ("approval", "abcvoting", "approval", some_marks),
    ("score", "pref_voting", "score", ratings),
    ("single", "pref_voting", "plurality", one_mark),
    ("multiple", "pref_voting", "approval", two_marks),
    ("multiple", "abcvoting", "approval", two_marks),
    ("dots", "pref_voting", "cumulative", five_dots),
]
GRADES = {"score": list(range(11)), "dots": list(range(6))}
TERMS = {"multiple": {"most": 2}, "dots": {"points": 5}}


@pytest.mark.parametrize(("method", "library", "rule", "kind"), CASES)
def test_the_same_winners(method: str, library: str, rule: str, kind: Any):
    profiles = drawn(kind)
    grades = GRADES.get(method, [0, 1])
    answers = ask(
        library,
        [question(rule, *profile, grades=grades) for profile in profiles],
    )

    tied = 0
    for (options, votes), winners in zip(profiles, answers, strict=True):
        outcome = counted(method, options, votes, **TERMS.get(method, {}))
        assert (votes, sorted(outcome.chosen)) == (votes, sorted(winners))
        tied += len(winners) > 1
    # Ties are among the profiles, or nothing was said about them.
    assert tied > 10


def test_least_resistance_is_the_best_score_upside_down():
    """Resistance r is a rating of ten minus r."""
    profiles = drawn(ratings)
    turned = [
        (options, [({o: 10 - r for o, r in sheet.items()}, n) for sheet, n in votes])
        for options, votes in profiles
    ]
    answers = ask(
        "pref_voting",
        [question("score", *profile, grades=list(range(11))) for profile in turned],
    )

    for (options, votes), winners in zip(profiles, answers, strict=True):
        outcome = counted("consensing", options, votes)
        assert (votes, sorted(outcome.chosen)) == (votes, sorted(winners))


# --- fixed answers --------------------------------------------------------------
def answered(keys: Sequence[str]) -> list[Sheets]:
    """Sheets with one of the answers `keys`, numbered in this order."""
    chance = random.Random(20261123)
    return [
        [
            (one_mark(chance, len(keys)), chance.randint(1, 3))
            for __ in range(chance.randint(1, 12))
        ]
        for __ in range(PROFILES)
    ]


def counted_fixed(
    method: str, keys: Sequence[str], votes: Sheets, **named: Any
) -> Outcome:
    terms = Terms(
        tuple(n for n, key in enumerate(keys) if key != "abstain"),
        keys={key: n for n, key in enumerate(keys)},
        **named,
    )
    METHODS[method].suits(terms)
    for sheet, __ in votes:
        METHODS[method].check(sheet, terms)
    return METHODS[method].count([Cast(*vote) for vote in votes], terms)


def as_orders(votes: Sheets, orders: Sequence[dict[int, int]]) -> Sheets:
    """What each answer means as an order of two things."""
    return [(orders[next(iter(sheet))], weight) for sheet, weight in votes]


def test_a_simple_majority_is_a_margin_between_two():
    """Who abstains puts neither before the other."""
    profiles = answered(yes_no.FIXED)
    orders = ({0: 1, 1: 2}, {0: 2, 1: 1}, {0: 1, 1: 1})
    answers = ask(
        "pref_voting",
        [question("margin", 2, as_orders(votes, orders)) for votes in profiles],
    )

    verdicts: Counter[Any] = Counter()
    for votes, margin in zip(profiles, answers, strict=True):
        outcome = counted_fixed("yes_no", yes_no.FIXED, votes)
        assert (votes, outcome.verdict) == (
            votes,
            "adopted" if margin > 0 else "rejected",
        )
        verdicts[outcome.verdict, margin == 0] += 1
    assert min(verdicts.values()) > 10


def test_an_absolute_majority_is_more_than_half_of_all_votes():
    """Abstentions are votes: they stand for a third thing."""
    profiles = answered(yes_no.FIXED)
    answers = ask("pref_voting", [question("majority", 3, votes) for votes in profiles])

    verdicts: Counter[Any] = Counter()
    for votes, winners in zip(profiles, answers, strict=True):
        outcome = counted_fixed("yes_no", yes_no.FIXED, votes, majority="absolute")
        assert (votes, outcome.verdict) == (
            votes,
            "adopted" if winners == [0] else "rejected",
        )
        verdicts[outcome.verdict] += 1
    assert min(verdicts.values()) > 10


def test_consent_is_that_nobody_puts_the_old_before_the_new():
    """Consent puts the new first, concerns and abstaining put neither first."""
    profiles = answered(consent.FIXED)
    equal = {0: 1, 1: 1}
    orders = ({0: 1, 1: 2}, equal, {0: 2, 1: 1}, equal)
    answers = ask(
        "pref_voting",
        [question("against", 2, as_orders(votes, orders)) for votes in profiles],
    )

    verdicts: Counter[Any] = Counter()
    for votes, objections in zip(profiles, answers, strict=True):
        outcome = counted_fixed("consent", consent.FIXED, votes)
        if all(sheet == {3: 1} for sheet, __ in votes):
            assert (votes, outcome.verdict) == (votes, "none")
            continue
        assert (votes, outcome.numbers[2]) == (votes, objections)
        assert outcome.verdict == ("objected" if objections else "adopted")
        verdicts[outcome.verdict] += 1
    assert min(verdicts.values()) > 10


@pytest.mark.parametrize("method", ["gradients", "hands"])
def test_the_mood_is_spread_alike(method: str):
    """Shares of each step; of the gradients the middle one too."""
    keys = [key for key in METHODS[method].FIXED if key != "abstain"]
    profiles = answered(keys)
    answers = ask(
        "pref_voting", [question("middle", len(keys), votes) for votes in profiles]
    )

    between = 0
    for votes, (ends, shares) in zip(profiles, answers, strict=True):
        outcome = counted_fixed(method, [*keys, "abstain"], votes)
        total = sum(weight for __, weight in votes)
        steps = range(len(keys))
        assert [outcome.numbers[step] / total for step in steps] == shares
        between += len(ends) > 1
        if method == "gradients":
            middle = next(r for r in outcome.rounds if r.kind == "median")
            assert (votes, sorted(middle.chosen)) == (votes, ends)
    assert between > 10


# --- real elections -----------------------------------------------------------
def election(path: Path) -> tuple[int, Sheets]:
    """A complete strict order list (.soc) of PrefLib, its options numbered from 0."""
    votes: Sheets = []
    for line in path.read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        number, __, order = line.partition(":")
        ranked = [int(option) for option in order.split(",")]
        # Some of these files number from 0, others from 1.
        places = {o - min(ranked): place for place, o in enumerate(ranked, 1)}
        votes.append((places, int(number)))
    return len(votes[0][0]), votes


def test_borda_on_the_elections_given():
    paths = sorted(DATA.rglob("*.soc"))
    if not paths:
        pytest.skip(f"{DATA} has no elections: set SHARED_DATA to the shared data")
    profiles = [election(path) for path in paths]
    answers = ask("pref_voting", [question("borda", *each) for each in profiles])

    for path, (options, votes), winners in zip(paths, profiles, answers, strict=True):
        outcome = counted("borda", options, votes)
        assert (path.name, sorted(outcome.chosen)) == (path.name, sorted(winners))


def test_borda_points_of_the_textbook_election():
    """Our points are twice the classical ones."""
    path = DATA / "schulze-wikipedia-45.soc"
    if not path.is_file():
        pytest.skip(f"{path} is not there: set SHARED_DATA to the shared data")
    expected = json.loads((DATA / "expected.json").read_text())[path.name]["borda"]
    options, votes = election(path)

    outcome = counted("borda", options, votes)

    best = sorted(outcome.numbers.values(), reverse=True)[: len(expected)]
    assert best == [2 * points for __, points in expected]
    assert [group[0] for group in outcome.ranking[: len(expected)]] == [
        "ABCDE".index(name) for name, __ in expected
    ]
