"""Yes and no, one of several, several of several, approval."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from proposals.methods import approval, multiple, single, yes_no
from proposals.methods.outcome import Cast, Terms, Tie
from shared.errors import Refusal
from tests.proposals.methods.profiles import TERMS, casts

YES, NO, ABSTAIN = 1, 2, 3
FIXED = replace(TERMS["yes_no"], eligible=8)
THREE = Terms((1, 2, 3), {"abstain": 9, "none": 3}, most=2)
SMALL = list(product(range(4), repeat=3))


def yes_no_votes(yes: int, no: int, abstain: int) -> list[Cast]:
    return [
        Cast(sheet, number)
        for sheet, number in (({YES: 1}, yes), ({NO: 1}, no), ({ABSTAIN: 1}, abstain))
    ]


@pytest.mark.parametrize("majority", ["simple", "absolute", "two_thirds"])
@pytest.mark.parametrize("base", ["votes", "roll"])
@pytest.mark.parametrize("threshold", [0, 25, 50])
def test_yes_no_every_small_count(majority: str, base: str, threshold: int):
    """Against the words of the rule, for all counts up to three."""
    terms = replace(FIXED, majority=majority, base=base, threshold=threshold)
    for yes, no, abstain in SMALL:
        outcome = yes_no.count(yes_no_votes(yes, no, abstain), terms)

        of = 8 if base == "roll" else yes + no + abstain
        enough = {
            "simple": yes > no,
            "absolute": yes > of / 2,
            "two_thirds": 3 * yes >= 2 * of,
        }
        chosen: tuple[int, ...]
        if yes + no + abstain == 0:
            verdict, chosen = "none", ()
        elif enough[majority] and 100 * yes >= threshold * of and yes:
            verdict, chosen = "adopted", (YES,)
        else:
            verdict, chosen = "rejected", () if yes > no else (NO,)
        case = (yes, no, abstain)
        assert (case, outcome.verdict) == (case, verdict)
        assert outcome.chosen == chosen
        assert outcome.numbers == {YES: yes, NO: no, ABSTAIN: abstain}


def test_yes_no_tie_is_a_rejection_by_rule():
    outcome = yes_no.count(yes_no_votes(2, 2, 1), FIXED)

    assert outcome.verdict == "rejected"
    assert outcome.ties == (Tie((YES, NO), (NO, YES), "rejected"),)


def test_yes_no_abstentions_are_votes_cast_but_neither_yes_nor_no():
    """Three of five are more than half, three of six are not."""
    terms = replace(FIXED, majority="absolute")

    assert yes_no.count(yes_no_votes(3, 1, 1), terms).verdict == "adopted"
    assert yes_no.count(yes_no_votes(3, 1, 2), terms).verdict == "rejected"
    assert yes_no.count(yes_no_votes(3, 1, 2), FIXED).verdict == "adopted"


def test_yes_no_trace_says_what_was_needed():
    terms = replace(FIXED, majority="two_thirds", base="roll", threshold=50, quorum=50)

    outcome = yes_no.count(yes_no_votes(5, 1, 1), terms)

    turnout, quorum, majority, threshold = outcome.rounds
    assert turnout.facts == {"votes": 7, "abstained": 1, "eligible": 8}
    assert quorum.facts == {"votes": 7, "needed": 4, "percent": 50}
    assert majority.facts == {
        "majority": "two_thirds",
        "base": "roll",
        "of": 8,
        "needed": 6,
    }
    assert (majority.numbers, majority.chosen) == ({YES: 5, NO: 1}, ())
    assert (threshold.numbers[YES] * 8, threshold.chosen) == (5, (YES,))
    assert outcome.verdict == "rejected"


def test_yes_no_takes_a_roll_only_where_something_is_measured_by_it():
    for named in ({"majority": "absolute"}, {"threshold": 20}):
        yes_no.suits(replace(FIXED, base="roll", **named))
    with pytest.raises(Refusal, match=r"ballot\.base"):
        yes_no.suits(replace(FIXED, base="roll"))


@pytest.mark.parametrize("method", [single, multiple, approval])
@pytest.mark.parametrize(("a", "b", "c"), SMALL)
def test_most_marks_every_small_count(method: Any, a: int, b: int, c: int):
    terms = replace(THREE, keys={"abstain": 9})
    sheets = [{1: 1}] * a + [{2: 1}] * b + [{3: 1}] * c

    outcome = method.count(casts(sheets), terms)

    best = max(a, b, c)
    ahead = tuple(o for o, n in ((1, a), (2, b), (3, c)) if n == best and best)
    verdict = {0: "none", 1: "chosen"}.get(len(ahead), "tied")
    assert (outcome.verdict, outcome.chosen) == (verdict, ahead)
    assert outcome.numbers == {1: a, 2: b, 3: c, 9: 0}


@pytest.mark.parametrize("method", [multiple, approval])
def test_every_mark_counts(method: Any):
    sheets = [{1: 1, 2: 1}, {2: 1}, {2: 1, 3: 1}, {9: 1}]

    outcome = method.count(casts(sheets), replace(THREE, keys={"abstain": 9}))

    assert outcome.numbers == {1: 1, 2: 3, 3: 1, 9: 1}
    assert (outcome.verdict, outcome.chosen) == ("chosen", (2,))
    assert outcome.ranking == ((2,), (1, 3))
    assert [step.kind for step in outcome.rounds] == ["turnout", "count"]


def test_a_tie_keeps_the_order_of_the_ballot():
    outcome = multiple.count(casts([{1: 1, 3: 1}]), Terms((3, 2, 1), most=2))

    assert (outcome.verdict, outcome.chosen) == ("tied", (3, 1))
    assert outcome.ties == (Tie((3, 1)),)


@pytest.mark.parametrize("method", [single, multiple, approval])
@pytest.mark.parametrize(
    ("base", "threshold", "verdict"),
    [
        ("votes", 60, "chosen"),
        ("votes", 61, "below_threshold"),
        ("roll", 30, "chosen"),
        ("roll", 31, "below_threshold"),
    ],
)
def test_threshold_is_of_votes_cast_or_of_the_roll(
    method: Any, base: str, threshold: int, verdict: str
):
    """Three of five votes, one an abstention, ten on the roll."""
    terms = replace(
        THREE, keys={"abstain": 9}, base=base, threshold=threshold, eligible=10
    )
    method.suits(terms)

    outcome = method.count([Cast({1: 1}, 3), Cast({2: 1}), Cast({9: 1})], terms)

    assert outcome.verdict == verdict
    assert outcome.chosen == ((1,) if verdict == "chosen" else ())
    assert outcome.rounds[-1].chosen == outcome.chosen


@pytest.mark.parametrize(
    ("method", "marks", "code"),
    [
        (yes_no, {YES: 1, NO: 1}, "vote.too_many"),
        (yes_no, {YES: 2}, "vote.unknown_option"),
        (single, {1: 1, 2: 1}, "vote.too_many"),
        (single, {1: 0}, "vote.unknown_option"),
        (multiple, {1: 1, 2: 1, 3: 1}, "vote.too_many"),
        (multiple, {1: 1, 3: 1}, "vote.none_alone"),
        (multiple, {1: -1}, "vote.unknown_option"),
        (approval, {1: 1, 2: 1, 3: 1}, "vote.none_alone"),
        (approval, {1: 2}, "vote.unknown_option"),
    ],
)
def test_check_refuses(method: Any, marks: dict[int, int], code: str):
    with pytest.raises(Refusal) as refused:
        method.check(marks, FIXED if method is yes_no else THREE)

    assert (refused.value.code, refused.value.status) == (code, 400)


@pytest.mark.parametrize(
    ("method", "marks"),
    [
        (single, {3: 1}),
        (multiple, {1: 1, 2: 1}),
        (multiple, {3: 1}),
        (approval, {1: 1, 2: 1}),
    ],
)
def test_check_accepts(method: Any, marks: dict[int, int]):
    method.check(marks, THREE)


@pytest.mark.parametrize("most", [0, 4])
def test_multiple_wants_to_know_how_many(most: int):
    with pytest.raises(Refusal, match=r"ballot\.most_options"):
        multiple.suits(replace(THREE, most=most))
