"""What holds for every method that counts marks, points or ratings."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Outcome
from shared.errors import Refusal
from tests.proposals.methods.profiles import TERMS, casts, votes

every = pytest.mark.parametrize("name", TERMS)


@every
@settings(max_examples=40, deadline=None)
@given(data=st.data(), random=st.randoms())
def test_count_knows_no_order(name: str, data: Any, random: Any):
    given_votes = data.draw(votes(name))
    shuffled = random.sample(given_votes, len(given_votes))

    outcome = METHODS[name].count(casts(given_votes), TERMS[name])

    assert METHODS[name].count(casts(shuffled), TERMS[name]) == outcome


@every
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_weight_is_so_many_equal_votes(name: str, data: Any):
    given_votes = data.draw(votes(name))
    weights = data.draw(
        st.lists(
            st.integers(0, 3), min_size=len(given_votes), max_size=len(given_votes)
        )
    )
    weighted = [Cast(*pair) for pair in zip(given_votes, weights, strict=True)]
    repeated = [Cast(cast.sheet) for cast in weighted for _ in range(cast.weight)]

    outcome = METHODS[name].count(weighted, TERMS[name])

    assert outcome == METHODS[name].count(repeated, TERMS[name])


@every
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_votes_are_valid_and_every_option_has_a_whole_number(name: str, data: Any):
    given_votes = data.draw(votes(name))
    for sheet in given_votes:
        METHODS[name].check(sheet, TERMS[name])

    outcome = METHODS[name].count(casts(given_votes), TERMS[name])

    assert set(outcome.numbers) == {*TERMS[name].options, TERMS[name].abstain}
    assert {type(number) for number in outcome.numbers.values()} == {int}
    assert set(outcome.chosen) <= set(TERMS[name].options)
    for better, worse in pairwise(outcome.ranking):
        level = {outcome.numbers[option] for option in better}
        assert len(level) == 1
        assert level != {outcome.numbers[option] for option in worse}


@every
def test_nobody_voted(name: str):
    outcome = METHODS[name].count([], TERMS[name])

    assert (outcome.verdict, outcome.chosen, outcome.ties) == ("none", (), ())
    assert [step.kind for step in outcome.rounds] == ["turnout"]


@every
def test_weights_of_zero_are_no_votes(name: str):
    terms = TERMS[name]

    outcome = METHODS[name].count([Cast({terms.keys["abstain"]: 1}, 0)] * 3, terms)

    assert outcome == METHODS[name].count([], terms)


@pytest.mark.parametrize("name", sorted(TERMS.keys() - {"yes_no"}))
def test_all_abstain(name: str):
    terms = TERMS[name]

    outcome = METHODS[name].count(casts([{terms.keys["abstain"]: 1}] * 3), terms)

    assert (outcome.verdict, outcome.chosen) == ("none", ())
    assert outcome.numbers[terms.abstain] == 3


def first_vote(name: str) -> dict[int, int]:
    """A vote that puts the first option in front."""
    if METHODS[name].FORM == "scale":
        return dict.fromkeys(TERMS[name].options, 1)
    return {TERMS[name].options[0]: 1}


@every
@pytest.mark.parametrize(("voted", "verdict"), [(9, "below_quorum"), (10, "")])
def test_quorum(name: str, voted: int, verdict: str):
    """A quarter of forty is ten; whoever abstains counts."""
    terms = replace(TERMS[name], quorum=25)
    sheets = [first_vote(name)] * (voted - 1) + [{terms.abstain: 1}]

    outcome = METHODS[name].count(casts(sheets), terms)

    step = next(step for step in outcome.rounds if step.kind == "quorum")
    assert step.facts == {"votes": voted, "needed": 10, "percent": 25}
    if verdict:
        assert (outcome.verdict, outcome.chosen) == (verdict, ())
    else:
        free = METHODS[name].count(casts(sheets), TERMS[name])
        assert (outcome.verdict, outcome.chosen) == (free.verdict, free.chosen)


@every
@pytest.mark.parametrize("marks", [{}, {77: 1}, {1: 1, 77: 1}])
def test_check_refuses_none_and_unknown(name: str, marks: dict[int, int]):
    with pytest.raises(Refusal) as refused:
        METHODS[name].check(marks, TERMS[name])

    code = "vote.unknown_option" if marks else "vote.empty"
    assert (refused.value.code, refused.value.field) == (code, "options")
    assert refused.value.status == 400


@every
def test_abstain_stands_alone(name: str):
    terms = TERMS[name]
    METHODS[name].check({terms.abstain: 1}, terms)

    for marks in ({terms.abstain: 2}, {terms.abstain: 1, terms.options[0]: 1}):
        with pytest.raises(Refusal, match=r"vote\.unknown_option"):
            METHODS[name].check(marks, terms)


@every
def test_suits_its_terms(name: str):
    METHODS[name].suits(TERMS[name])


@every
@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"quorum": 101}, "ballot.quorum"),
        ({"quorum": -1}, "ballot.quorum"),
        ({"threshold": 101}, "ballot.threshold"),
        ({"threshold": -1}, "ballot.threshold"),
        ({"base": "roll"}, "ballot.base"),
        ({"seats": 2}, "ballot.seats"),
        ({"options": ()}, "ballot.options"),
        ({"options": (1,)}, "ballot.options"),
    ],
)
def test_suits_refuses(name: str, named: Any, code: str):
    with pytest.raises(Refusal) as refused:
        METHODS[name].suits(replace(TERMS[name], **named))

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert refused.value.field


@pytest.mark.parametrize("name", sorted(TERMS.keys() - {"yes_no"}))
def test_a_majority_is_for_yes_and_no(name: str):
    with pytest.raises(Refusal, match=r"ballot\.majority"):
        METHODS[name].suits(replace(TERMS[name], majority="absolute"))


@pytest.mark.parametrize("name", ["hands", "gradients", "consent"])
def test_no_threshold_without_a_winner(name: str):
    with pytest.raises(Refusal, match=r"ballot\.threshold"):
        METHODS[name].suits(replace(TERMS[name], threshold=50))


@pytest.mark.parametrize("name", ["score", "dots", "consensing", "borda"])
def test_a_threshold_of_points_is_not_of_the_roll(name: str):
    with pytest.raises(Refusal, match=r"ballot\.base"):
        METHODS[name].suits(replace(TERMS[name], threshold=50, base="roll"))


@pytest.mark.parametrize("name", ["hands", "yes_no", "gradients", "consent"])
def test_fixed_choices_are_fixed(name: str):
    terms = TERMS[name]
    others = replace(terms, options=(*terms.options, 50))
    nameless = replace(terms, keys={})

    for wrong in (others, nameless):
        with pytest.raises(Refusal, match=r"ballot\.options"):
            METHODS[name].suits(wrong)
    assert list(METHODS[name].LABELS) == list(METHODS[name].FIXED)


@pytest.mark.parametrize("name", [n for n in TERMS if not hasattr(METHODS[n], "FIXED")])
class TestOneOptionWins:
    def test_complete_tie(self, name: str):
        terms = TERMS[name]
        # Everybody for all, or one for each.
        form = METHODS[name].FORM
        sheets = [{option: 1} for option in terms.options]
        if form == "scale":
            sheets = [dict.fromkeys(terms.options, 1)]

        outcome = METHODS[name].count(casts(sheets), terms)

        assert (outcome.verdict, outcome.chosen) == ("tied", terms.options)
        assert [tie.among for tie in outcome.ties] == [terms.options]
        assert outcome.ties[0].rule == "reported"

    def test_one_option(self, name: str):
        terms = replace(TERMS[name], options=(1,), keys={"abstain": 9})

        outcome = METHODS[name].count(casts([{1: 1}, {9: 1}]), terms)

        assert (outcome.verdict, outcome.chosen) == ("chosen", (1,))

    def test_none_of_these_can_win(self, name: str):
        terms = replace(TERMS[name], keys={"abstain": 9, "none": 1})
        sheet = {1: 1}
        if METHODS[name].FORM == "scale":
            best, worst = (0, 2) if name == "consensing" else (2, 0)
            sheet = dict.fromkeys(terms.options, worst) | {1: best}

        outcome = METHODS[name].count(casts([sheet]), terms)

        assert outcome == Outcome(
            outcome.numbers,
            (1,),
            "none_of_these",
            outcome.ranking,
            outcome.rounds,
        )

    def test_five_hundred_options(self, name: str):
        options = tuple(range(1, 501))
        terms = replace(TERMS[name], options=options, keys={"abstain": 999})
        sheet = {7: 1}
        if METHODS[name].FORM == "scale":
            best, worst = (0, 2) if name == "consensing" else (2, 0)
            sheet = dict.fromkeys(options, worst) | {7: best}

        outcome = METHODS[name].count([Cast(sheet, 5), Cast({999: 1})], terms)

        assert (outcome.verdict, outcome.chosen) == ("chosen", (7,))
        assert len(outcome.numbers) == 501
