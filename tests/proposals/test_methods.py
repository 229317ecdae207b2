"""Counting as pure arithmetic: exact, and blind to the order of the votes."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals.methods import METHODS, multiple, single, yes_no
from proposals.methods.outcome import Cast, Outcome, Terms
from proposals.models import Ballot
from shared.errors import Refusal

YES, NO, ABSTAIN = 11, 12, 13
FIXED = Terms((YES, NO), {"yes": YES, "no": NO, "abstain": ABSTAIN})
THREE = Terms((1, 2, 3), {"yes": 1, "no": 2}, most=2)


def casts(sheets: list[dict[int, int]]) -> list[Cast]:
    return [Cast(sheet) for sheet in sheets]


def test_methods_are_those_of_the_model():
    assert set(METHODS) <= set(Ballot.Method.values)


@pytest.mark.parametrize(("yes", "no", "abstain"), list(product(range(4), repeat=3)))
def test_yes_no_every_small_count(yes: int, no: int, abstain: int):
    sheets = [{YES: 1}] * yes + [{NO: 1}] * no + [{ABSTAIN: 1}] * abstain

    outcome = yes_no.count(casts(sheets), FIXED)

    chosen: tuple[int, ...]
    if yes + no + abstain == 0:
        verdict, chosen = "none", ()
    elif yes > no:
        verdict, chosen = "adopted", (YES,)
    else:
        verdict, chosen = "rejected", (NO,)
    assert outcome == Outcome({YES: yes, NO: no, ABSTAIN: abstain}, chosen, verdict)


@pytest.mark.parametrize("method", [single, multiple])
@pytest.mark.parametrize(("a", "b", "c"), list(product(range(3), repeat=3)))
def test_most_marks_every_small_count(method: Any, a: int, b: int, c: int):
    sheets = [{1: 1}] * a + [{2: 1}] * b + [{3: 1}] * c

    outcome = method.count(casts(sheets), THREE)

    best = max(a, b, c)
    ahead = tuple(o for o, n in ((1, a), (2, b), (3, c)) if n == best and best)
    verdict = {0: "none", 1: "chosen"}.get(len(ahead), "tied")
    assert outcome == Outcome({1: a, 2: b, 3: c}, ahead, verdict)


def test_multiple_counts_every_mark():
    outcome = multiple.count(
        casts([{1: 1, 2: 1}, {2: 1}, {2: 1, 3: 1}]), Terms((1, 2, 3, 4), most=2)
    )

    assert outcome == Outcome({1: 1, 2: 3, 3: 1, 4: 0}, (2,), "chosen")


def test_multiple_tie_keeps_the_order_of_the_ballot():
    outcome = multiple.count(casts([{1: 1, 3: 1}]), Terms((3, 2, 1), most=2))

    assert outcome.chosen == (3, 1)
    assert outcome.verdict == "tied"


votes = st.lists(
    st.dictionaries(st.sampled_from([1, 2, 3]), st.just(1), min_size=1), max_size=12
)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@given(sheets=votes, random=st.randoms())
def test_count_knows_no_order(method: Any, sheets: list[dict[int, int]], random: Any):
    shuffled = random.sample(sheets, len(sheets))

    outcome = method.count(casts(sheets), THREE)

    assert method.count(casts(shuffled), THREE) == outcome
    assert sum(outcome.numbers.values()) == sum(len(sheet) for sheet in sheets)
    assert list(outcome.numbers) == [1, 2, 3]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ({}, "vote.empty"),
        ({9: 1}, "vote.unknown_option"),
        ({1: 1, 9: 1}, "vote.unknown_option"),
        ({1: 0}, "vote.unknown_option"),
        ({1: 2}, "vote.unknown_option"),
        ({1: -1}, "vote.unknown_option"),
        ({1: 1, 2: 1, 3: 1}, "vote.too_many"),
    ],
)
def test_check_refuses(method: Any, marks: dict[int, int], code: str):
    with pytest.raises(Refusal) as refused:
        method.check(marks, THREE)

    assert (refused.value.code, refused.value.status) == (code, 400)


@pytest.mark.parametrize(
    ("method", "marks", "accepted"),
    [
        (yes_no, {1: 1}, True),
        (yes_no, {1: 1, 2: 1}, False),
        (single, {3: 1}, True),
        (single, {1: 1, 2: 1}, False),
        (multiple, {1: 1}, True),
        (multiple, {1: 1, 2: 1}, True),
    ],
)
def test_check_by_method(method: Any, marks: dict[int, int], accepted: bool):
    if accepted:
        assert method.check(marks, THREE) is None
    else:
        with pytest.raises(Refusal, match=r"vote\.too_many"):
            method.check(marks, THREE)
