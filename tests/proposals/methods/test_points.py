"""Score, dots, systemic consensing, Borda."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from proposals.methods import borda, consensing, dots, score
from proposals.methods.outcome import Round, Terms
from shared.errors import Refusal
from tests.proposals.methods.profiles import TERMS, casts, votes

ABSTAIN = 9
SCALE = Terms((1, 2, 3), {"abstain": ABSTAIN}, lowest=0, highest=10)


def steps(outcome: Any) -> dict[str, Round]:
    return {step.kind: step for step in outcome.rounds}


# --- score -------------------------------------------------------------------
def test_score_sum_and_mean():
    sheets = [{1: 10, 2: 6, 3: 0}, {1: 0, 2: 5, 3: 1}, {ABSTAIN: 1}]

    outcome = score.count(casts(sheets), SCALE)

    assert (outcome.verdict, outcome.chosen) == ("chosen", (2,))
    assert outcome.numbers == {1: 10, 2: 11, 3: 1, ABSTAIN: 1}
    assert steps(outcome)["mean"].numbers == {
        1: 5,
        2: Fraction(11, 2),
        3: Fraction(1, 2),
    }


@pytest.mark.parametrize(("threshold", "verdict"), [(75, "chosen"), (76, "below")])
def test_score_threshold_is_of_the_best_rating(threshold: int, verdict: str):
    """Minus two to two: one is three quarters of the way."""
    terms = replace(TERMS["score"], threshold=threshold)
    sheets = [{1: 1, 2: 0, 3: 0, 4: -2}] * 4

    outcome = score.count(casts(sheets), terms)

    assert outcome.verdict.startswith(verdict)


@pytest.mark.parametrize("method", [score, consensing])
@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ({1: 1, 2: 1}, "vote.unrated"),
        ({1: 1, 2: 1, 3: 11}, "vote.scale"),
        ({1: 1, 2: 1, 3: -1}, "vote.scale"),
    ],
)
def test_ratings_refused(method: Any, marks: dict[int, int], code: str):
    with pytest.raises(Refusal) as refused:
        method.check(marks, SCALE)

    assert (refused.value.code, refused.value.status) == (code, 400)


@pytest.mark.parametrize("method", [score, consensing])
@pytest.mark.parametrize("highest", [0, -1, 101])
def test_a_scale_needs_steps(method: Any, highest: int):
    with pytest.raises(Refusal, match=r"ballot\.scale"):
        method.suits(replace(SCALE, highest=highest))


def test_resistance_begins_at_none():
    with pytest.raises(Refusal, match=r"ballot\.scale") as refused:
        consensing.suits(replace(SCALE, lowest=1))

    assert refused.value.field == "lowest"


# --- dots --------------------------------------------------------------------
def test_dots_are_added_up():
    terms = replace(TERMS["dots"], per_option=0)
    sheets = [{1: 4}, {2: 2, 3: 1}, {2: 1, 4: 0}, {ABSTAIN: 1}]

    outcome = dots.count(casts(sheets), terms)

    assert (outcome.verdict, outcome.chosen) == ("chosen", (1,))
    assert outcome.numbers == {1: 4, 2: 3, 3: 1, 4: 0, ABSTAIN: 1}
    assert steps(outcome)["points"].facts == {"given": 8}
    assert steps(outcome)["backed"].numbers == {1: 1, 2: 2, 3: 1, 4: 0}


@pytest.mark.parametrize(("threshold", "verdict"), [(50, "chosen"), (51, "below")])
def test_dots_threshold_is_of_the_points_given(threshold: int, verdict: str):
    terms = replace(TERMS["dots"], threshold=threshold)

    outcome = dots.count(casts([{1: 2, 2: 1}, {3: 1}]), terms)

    assert outcome.verdict.startswith(verdict)


@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ({1: 0, 2: 0}, "vote.empty"),
        ({1: -1, 2: 2}, "vote.points"),
        ({1: 3}, "vote.per_option"),
        ({1: 2, 2: 2, 3: 1}, "vote.too_many"),
    ],
)
def test_dots_refused(marks: dict[int, int], code: str):
    with pytest.raises(Refusal) as refused:
        dots.check(marks, TERMS["dots"])

    assert (refused.value.code, refused.value.status) == (code, 400)


def test_dots_without_a_limit_may_all_stand_on_one():
    terms = replace(TERMS["dots"], per_option=0)

    dots.suits(terms)
    dots.check({1: 4}, terms)
    with pytest.raises(Refusal, match=r"vote\.too_many"):
        dots.check({1: 5}, terms)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"points": 0}, "ballot.points"),
        ({"per_option": 5}, "ballot.per_option"),
        ({"per_option": -1}, "ballot.per_option"),
        ({"points": 9, "per_option": 2}, "ballot.per_option"),
    ],
)
def test_dots_terms_refused(named: Any, code: str):
    with pytest.raises(Refusal, match=code.replace(".", r"\.")):
        dots.suits(replace(TERMS["dots"], **named))


# --- systemic consensing -----------------------------------------------------
def test_consensing_finds_the_least_resistance():
    """Two love 1 and one cannot bear it; nobody minds 2; 3 is as things are."""
    terms = replace(SCALE, keys={"abstain": ABSTAIN, "status_quo": 3})
    sheets = [
        {1: 0, 2: 2, 3: 5},
        {1: 0, 2: 2, 3: 5},
        {1: 10, 2: 2, 3: 5},
        {ABSTAIN: 1},
    ]

    outcome = consensing.count(casts(sheets), terms)

    trace = steps(outcome)
    assert (outcome.verdict, outcome.chosen) == ("chosen", (2,))
    assert outcome.ranking == ((2,), (1,), (3,))
    assert outcome.numbers == {1: 10, 2: 6, 3: 15, ABSTAIN: 1}
    assert trace["resistance"].facts == {"votes": 3}
    assert trace["acceptance"].numbers == {
        1: Fraction(2, 3),
        2: Fraction(4, 5),
        3: Fraction(1, 2),
    }
    assert trace["spread"].numbers == {1: 10, 2: 0, 3: 0}
    assert trace["spread"].excluded == (1,)
    assert trace["status_quo"].numbers == {1: -5, 2: -9}
    assert trace["status_quo"].chosen == (1, 2)


def test_consensing_may_keep_things_as_they_are():
    terms = replace(SCALE, keys={"status_quo": 3})

    outcome = consensing.count(casts([{1: 5, 2: 4, 3: 3}]), terms)

    assert (outcome.verdict, outcome.chosen) == ("chosen", (3,))
    assert steps(outcome)["status_quo"].chosen == ()
    assert steps(outcome)["status_quo"].excluded == (1, 2)


@pytest.mark.parametrize(("threshold", "verdict"), [(80, "chosen"), (81, "below")])
def test_consensing_threshold_is_acceptance(threshold: int, verdict: str):
    terms = replace(SCALE, threshold=threshold)

    outcome = consensing.count(casts([{1: 9, 2: 2, 3: 9}]), terms)

    assert outcome.verdict.startswith(verdict)


@settings(deadline=None)
@given(sheets=votes("consensing"))
def test_consensing_is_score_upside_down(sheets: list[dict[int, int]]):
    """Resistance r is a score of ten minus r: the same order, the same share."""
    terms = TERMS["consensing"]
    turned = [
        sheet if ABSTAIN in sheet else {o: 10 - value for o, value in sheet.items()}
        for sheet in sheets
    ]

    outcome = consensing.count(casts(sheets), terms)

    scored = score.count(casts(turned), terms)
    assert outcome.verdict == scored.verdict
    assert outcome.chosen == scored.chosen
    assert [set(group) for group in outcome.ranking] == [
        set(group) for group in scored.ranking
    ]


# --- Borda -------------------------------------------------------------------
def test_borda_points_of_an_order():
    outcome = borda.count(casts([{1: 1, 2: 2, 3: 3, 4: 4}]), TERMS["borda"])

    assert outcome.numbers == {1: 6, 2: 4, 3: 2, 4: 0, ABSTAIN: 0}


def test_borda_equals_share_and_the_unranked_are_last():
    """1 and 2 share four and six; 3 and 4 share nothing and two."""
    outcome = borda.count(casts([{1: 1, 2: 1}]), TERMS["borda"])

    assert outcome.numbers == {1: 5, 2: 5, 3: 1, 4: 1, ABSTAIN: 0}
    assert steps(outcome)["first_places"].numbers == {1: 1, 2: 1, 3: 0, 4: 0}
    assert outcome.verdict == "tied"


@settings(deadline=None)
@given(sheets=votes("borda"))
def test_borda_by_its_definition(sheets: list[dict[int, int]]):
    """Every pair on every vote: two for whom is before, one each when level."""
    terms = TERMS["borda"]
    expected = dict.fromkeys(terms.options, 0)
    for sheet in sheets:
        if ABSTAIN in sheet:
            continue
        for one in terms.options:
            for other in terms.options:
                mine, theirs = sheet.get(one, 99), sheet.get(other, 99)
                expected[one] += 2 * (mine < theirs)
                expected[one] += mine == theirs and one != other

    outcome = borda.count(casts(sheets), terms)

    cast = sum(ABSTAIN not in sheet for sheet in sheets)
    assert outcome.numbers == expected | {ABSTAIN: len(sheets) - cast}
    assert sum(expected.values()) == 12 * cast


@pytest.mark.parametrize(("threshold", "verdict"), [(75, "chosen"), (76, "below")])
def test_borda_threshold_is_of_the_possible_points(threshold: int, verdict: str):
    """The winner has 4 and 2 of 8 points."""
    terms = replace(SCALE, threshold=threshold)

    outcome = borda.count(casts([{1: 1, 2: 2, 3: 3}, {3: 1, 1: 2, 2: 3}]), terms)

    assert outcome.numbers == {1: 6, 2: 2, 3: 4, ABSTAIN: 0}
    assert outcome.verdict.startswith(verdict)


@pytest.mark.parametrize(
    "marks", [{1: 0}, {1: 2}, {1: 1, 2: 3}, {1: -1, 2: 1}], ids=str
)
def test_ranks_refused(marks: dict[int, int]):
    with pytest.raises(Refusal, match=r"vote\.ranks"):
        borda.check(marks, TERMS["borda"])
