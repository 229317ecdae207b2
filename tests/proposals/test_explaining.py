"""Every result in words: it names the winner, and nothing is left open."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.explaining import EXPLAIN, Explanation
from proposals.explaining.saying import NAMED, figure, figures
from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Outcome, Terms
from tests.proposals.methods.profiles import ABSTAIN, TERMS, A, B, C, D, votes

NAMES = {
    A: "Alder 100 %",
    B: "Birch %s",
    C: "Cedar {0}",
    D: "Dogwood",
    5: "Elm",
    6: "Fir",
    ABSTAIN: "Abstain",
}
LANGUAGES = ["de", "en"]
every = pytest.mark.parametrize("name", TERMS)
in_both = pytest.mark.parametrize("language", LANGUAGES)


def explained(
    name: str, casts: list[Cast], terms: Terms
) -> tuple[Outcome, Explanation]:
    outcome = METHODS[name].count(casts, terms)
    return outcome, EXPLAIN[name](outcome, terms, NAMES)


def texts(explanation: Explanation) -> list[str]:
    return [
        explanation.result,
        explanation.why,
        explanation.easy,
        *explanation.steps,
        *filter(None, [explanation.tie, explanation.change]),
    ]


def bare(text: str) -> str:
    """Without the titles, which may hold any sign."""
    for title in NAMES.values():
        text = text.replace(title, "")
    return text


@every
@in_both
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_result_is_explained(name: str, language: str, data: Any):
    terms = replace(
        TERMS[name],
        quorum=data.draw(st.sampled_from([0, 10])),
        threshold=0
        if name in ("hands", "gradients", "consent")
        else data.draw(st.sampled_from([0, 45])),
    )
    weight = data.draw(st.integers(1, 3))
    casts = [Cast(sheet, weight) for sheet in data.draw(votes(name))]

    with override(language):
        outcome, explanation = explained(name, casts, terms)

    assert len(explanation.steps) == len(outcome.rounds)
    for text in texts(explanation):
        assert text.strip() == text != ""
        assert text[-1] == "."
        assert not re.search(r"%[(sd]|[{}]|<|None|Fraction|  |\.\.", bare(text)), text
    if outcome.verdict in ("chosen", "none_of_these", "tied"):
        for option in outcome.chosen:
            assert NAMES[option] in explanation.result
            assert NAMES[option] in explanation.easy
    if name == "yes_no" and outcome.verdict in ("adopted", "rejected"):
        assert NAMES[A] in explanation.why
        assert NAMES[A] in explanation.easy
    assert bool(explanation.tie) == bool(outcome.ties)


def yes_no(yes: int, no: int, abstain: int, **named: Any) -> tuple[Outcome, str]:
    terms = replace(TERMS["yes_no"], **named)
    keys = [terms.keys[key] for key in ("yes", "no", "abstain")]
    casts = [
        Cast({key: 1}, number)
        for key, number in zip(keys, (yes, no, abstain), strict=True)
    ]
    with override("en"):
        outcome, explanation = explained("yes_no", casts, terms)
    return outcome, explanation.change


@settings(deadline=None)
@given(
    yes=st.integers(0, 9),
    no=st.integers(0, 9),
    abstain=st.integers(0, 4),
    majority=st.sampled_from(["simple", "absolute", "two_thirds"]),
    base=st.sampled_from(["votes", "roll"]),
    threshold=st.sampled_from([0, 30, 60]),
)
def test_what_would_have_changed_yes_or_no_is_true(
    yes: int, no: int, abstain: int, majority: str, base: str, threshold: int
):
    """Said is the smallest number that turns the result; one fewer does not."""
    named = {"majority": majority, "base": base, "threshold": threshold}
    outcome, change = yes_no(yes, no, abstain, **named)
    if outcome.verdict == "none":
        return
    said = re.search(r"\d+", change)
    if said is None:
        assert outcome.verdict == "rejected"
        assert yes_no(yes + no, 0, abstain, **named)[0].verdict == "rejected"
        assert yes_no(yes + no + abstain, 0, 0, **named)[0].verdict == "adopted"
        return
    number = int(said.group())

    def after(moved: int) -> str:
        if "more yes" in change:
            return yes_no(yes + moved, no, abstain, **named)[0].verdict
        moved = -moved if outcome.verdict == "adopted" else moved
        return yes_no(yes + moved, no - moved, abstain, **named)[0].verdict

    assert after(number) not in (outcome.verdict, "none")
    assert after(number - 1) == outcome.verdict


def test_single_says_who_and_why_and_who_comes_next():
    casts = [Cast({A: 1}, 5), Cast({D: 1}, 2), Cast({ABSTAIN: 1}, 3)]

    with override("en"):
        outcome, explanation = explained("single", casts, TERMS["single"])

    assert outcome.verdict == "chosen"
    assert explanation == Explanation(
        result="“Alder 100 %” is chosen.",
        why="It has 5 of 10 votes cast, more than any other option.",
        easy="“Alder 100 %” has won. It has the most votes: 5.",
        steps=(
            "10 of 40 possible votes were cast. 3 of them are abstentions.",
            "Counted are the votes: “Alder 100 %”: 5; “Dogwood”: 2; “Birch %s”: 0; "
            "“Cedar {0}”: 0.",
        ),
        change="Next comes “Dogwood”: 2 votes. With 4 more votes, “Dogwood” would have "
        "been in front.",
    )


def test_a_tie_names_all_and_what_comes_now():
    with override("en"):
        __, explanation = explained(
            "single", [Cast({A: 1}), Cast({B: 1}), Cast({D: 1})], TERMS["single"]
        )

    assert explanation.result == (
        "There is a tie between “Alder 100 %”, “Birch %s” and “Dogwood”."
    )
    assert explanation.tie == (
        "A tie is reported as a tie, no lot is drawn. A new round among these options "
        "can decide."
    )


def test_missing_the_threshold_says_by_how_much():
    terms = replace(TERMS["single"], threshold=67)
    with override("en"):
        __, explanation = explained("single", [Cast({A: 1}, 2), Cast({B: 1}, 1)], terms)

    assert explanation.why == (
        "Furthest in front is “Alder 100 %”, at 66.7 percent of the votes cast; "
        "67 percent were needed."
    )
    assert explanation.change == (
        "0.4 percentage points were missing. Had 1 more of the votes cast been for "
        "“Alder 100 %”, this option would have reached the threshold."
    )


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (3, "en", "3"),
        (Fraction(2, 3), "en", "0.7"),
        (Fraction(2, 3), "de", "0,7"),
        (Fraction(6699, 100), "en", "66.9"),
        (Fraction(199, 100), "en", "1.9"),
        (Fraction(-1, 2), "en", "-0.5"),
        (12345, "de", "12345"),
    ],
)
def test_a_rounded_figure_never_reaches_a_whole_one(
    value: Any, language: str, said: str
):
    with override(language):
        assert figure(value) == said


def test_many_options_are_cut_off():
    numbers = {option: option for option in range(1, 31)}
    names = {option: f"Option {option}" for option in numbers}

    with override("en"):
        said = figures(numbers, names)

    assert said.count("“") == NAMED
    assert said.endswith("; 25 more options follow")


def test_consensing_names_what_is_better_than_today():
    sheets = [Cast({A: 0, B: 2, C: 9, D: 5}, 2)]
    with override("en"):
        __, explanation = explained("consensing", sheets, TERMS["consensing"])

    assert explanation.steps[-1] == (
        "These options meet less resistance than “Dogwood”: “Alder 100 %” and "
        "“Birch %s”."
    )
