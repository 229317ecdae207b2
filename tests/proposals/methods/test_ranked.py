"""What holds for every method that counts orders by duels or rounds."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.methods import METHODS
from proposals.methods.outcome import Cast
from shared.errors import Refusal
from tests.proposals.methods.orders import (
    ABSTAIN,
    FIVE,
    THREE,
    A,
    B,
    C,
    casts,
    explained,
    order,
    votes,
)

ONE_SEAT = ("schulze", "irv", "pairwise")
RANKED = (*ONE_SEAT, "stv")
every = pytest.mark.parametrize("name", RANKED)
single = pytest.mark.parametrize("name", ONE_SEAT)


def terms_of(name: str, terms: Any = FIVE) -> Any:
    return replace(terms, seats=2) if name == "stv" else terms


@every
@settings(max_examples=60, deadline=None)
@given(data=st.data(), random=st.randoms())
def test_the_order_of_the_votes_and_their_grouping_play_no_part(
    name: str, data: Any, random: Any
):
    sheets = data.draw(votes())
    weights = data.draw(
        st.lists(st.integers(0, 3), min_size=len(sheets), max_size=len(sheets))
    )
    weighted = [Cast(*pair) for pair in zip(sheets, weights, strict=True)]
    repeated = [Cast(cast.sheet) for cast in weighted for _ in range(cast.weight)]
    terms = terms_of(name)

    outcome = METHODS[name].count(weighted, terms)

    mixed = random.sample(repeated, len(repeated))
    assert METHODS[name].count(mixed, terms) == outcome


@every
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_names_of_the_options_play_no_part(name: str, data: Any):
    """Options in another order on the ballot: the same are elected, ties too."""
    sheets = data.draw(votes())
    terms = terms_of(name)
    turned = replace(terms, options=terms.options[::-1])

    one = METHODS[name].count([Cast(sheet) for sheet in sheets], terms)
    other = METHODS[name].count([Cast(sheet) for sheet in sheets], turned)

    assert (set(one.chosen), one.verdict) == (set(other.chosen), other.verdict)


@every
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_option_has_a_whole_number_and_every_step_a_sentence(
    name: str, data: Any
):
    sheets = data.draw(votes())
    terms = terms_of(name)
    for sheet in sheets:
        METHODS[name].check(sheet, terms)

    outcome = METHODS[name].count([Cast(sheet) for sheet in sheets], terms)

    assert set(outcome.numbers) == {*terms.options, ABSTAIN}
    assert {type(number) for number in outcome.numbers.values()} == {int}
    assert outcome.numbers[ABSTAIN] == sheets.count({ABSTAIN: 1})
    ranked = [option for group in outcome.ranking for option in group]
    assert not ranked or sorted(ranked) == sorted(terms.options)
    said = explained(name, outcome, terms)
    assert len(said.steps) == len(outcome.rounds)
    assert all((said.result, said.why, said.easy))


@every
def test_nobody_voted_or_all_abstain(name: str):
    terms = terms_of(name)

    assert METHODS[name].count([], terms).verdict == "none"
    outcome = METHODS[name].count([Cast({ABSTAIN: 1}, 3), Cast({A: 1}, 0)], terms)

    assert (outcome.verdict, outcome.chosen) == ("none", ())
    assert outcome.numbers == dict.fromkeys(terms.options, 0) | {ABSTAIN: 3}


@every
def test_one_vote_for_all_on_one_rank_is_a_complete_tie(name: str):
    terms = terms_of(name, THREE)

    outcome = METHODS[name].count([Cast(order("A=B=C"))], terms)

    assert (outcome.verdict, outcome.chosen) == ("tied", (A, B, C))
    assert outcome.ties[-1].among == (A, B, C)
    assert outcome.ties[-1].rule == "reported"
    assert explained(name, outcome, terms).tie


@every
@pytest.mark.parametrize(("voted", "verdict"), [(9, "below_quorum"), (10, "chosen")])
def test_quorum(name: str, voted: int, verdict: str):
    """A quarter of forty is ten; whoever abstains has voted."""
    terms = replace(terms_of(name), quorum=25)
    sheets = [Cast(order("A>B>C>D>E"), voted - 1), Cast({ABSTAIN: 1})]

    outcome = METHODS[name].count(sheets, terms)

    assert outcome.verdict == verdict
    assert bool(outcome.chosen) == (verdict == "chosen")


@single
def test_none_of_these_can_win(name: str):
    terms = replace(THREE, keys={"abstain": ABSTAIN, "none": C})

    outcome = METHODS[name].count(casts(CAB=2, ABC=1), terms)

    assert (outcome.verdict, outcome.chosen) == ("none_of_these", (C,))
    assert "no option" in explained(name, outcome, terms).result


@every
@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ({}, "vote.empty"),
        ({77: 1}, "vote.unknown_option"),
        ({A: 0}, "vote.ranks"),
        ({A: 2}, "vote.ranks"),
        ({A: 1, B: 3}, "vote.ranks"),
        ({A: 1, ABSTAIN: 2}, "vote.unknown_option"),
    ],
)
def test_check_refuses(name: str, marks: dict[int, int], code: str):
    with pytest.raises(Refusal) as refused:
        METHODS[name].check(marks, FIVE)

    assert (refused.value.code, refused.value.field) == (code, "options")


@every
@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"options": (A,)}, "ballot.options"),
        ({"threshold": 10}, "ballot.threshold"),
        ({"quorum": 101}, "ballot.quorum"),
        ({"majority": "absolute"}, "ballot.majority"),
        ({"base": "roll"}, "ballot.base"),
        ({"seats": 0}, "ballot.seats"),
        ({"seats": 5}, "ballot.seats"),
    ],
)
def test_suits_refuses(name: str, named: dict[str, Any], code: str):
    METHODS[name].suits(terms_of(name))
    with pytest.raises(Refusal) as refused:
        METHODS[name].suits(replace(terms_of(name), **named))

    assert refused.value.code == code
    assert refused.value.field == code.removeprefix("ballot.")


@single
def test_several_seats_are_for_stv(name: str):
    with pytest.raises(Refusal, match=r"ballot\.seats"):
        METHODS[name].suits(replace(FIVE, seats=2))


@every
def test_five_hundred_options(name: str):
    options = tuple(range(1, 501))
    terms = replace(terms_of(name), options=options)

    outcome = METHODS[name].count([Cast({7: 1, 8: 2}, 3), Cast({8: 1}, 2)], terms)

    assert outcome.verdict == "chosen"
    assert outcome.chosen == ((7, 8) if name == "stv" else (7,))
