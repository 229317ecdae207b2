"""Show of hands, gradients of agreement, consent."""

from itertools import product
from statistics import median_high, median_low

import pytest

from proposals.methods import consent, gradients, hands
from proposals.methods.outcome import Cast
from shared.errors import Refusal
from tests.proposals.methods.profiles import TERMS, fixed_terms


def test_hands_are_noted():
    terms = TERMS["hands"]
    up, side, down, abstain = (terms.keys[key] for key in hands.FIXED)
    votes = [Cast({up: 1}, 2), Cast({down: 1}, 5), Cast({abstain: 1})]

    outcome = hands.count(votes, terms)

    assert (outcome.verdict, outcome.chosen, outcome.ties) == ("noted", (), ())
    assert outcome.numbers == {up: 2, side: 0, down: 5, abstain: 1}
    assert outcome.ranking == ((down,), (up,), (side,))
    assert outcome.rounds[-1].numbers == {up: 2, side: 0, down: 5}


@pytest.mark.parametrize("counts", list(product(range(3), repeat=5)))
def test_gradients_median_is_the_step_in_the_middle(counts: tuple[int, ...]):
    terms = fixed_terms("gradients")
    votes = [Cast({step: 1}, n) for step, n in zip(terms.options, counts, strict=True)]

    outcome = gradients.count(votes, terms)

    places = [s for s, n in zip(terms.options, counts, strict=True) for _ in range(n)]
    if not places:
        assert outcome.verdict == "none"
        return
    middle = dict.fromkeys([median_low(places), median_high(places)])
    kinds = {step.kind: step for step in outcome.rounds}
    assert outcome.verdict == "noted"
    assert kinds["median"].chosen == tuple(middle)
    assert kinds["bearable"].facts == {"votes": sum(counts[:3]), "of": sum(counts)}
    assert list(kinds["distribution"].numbers.values()) == list(counts)


@pytest.mark.parametrize("counts", list(product(range(3), repeat=4)))
def test_consent_stands_and_falls_with_one_objection(counts: tuple[int, ...]):
    terms = TERMS["consent"]
    keys = [terms.keys[key] for key in consent.FIXED]
    yes, concerns, objection, _abstain = counts

    outcome = consent.count(
        [Cast({key: 1}, number) for key, number in zip(keys, counts, strict=True)],
        terms,
    )

    expected: tuple[str, tuple[int, ...]]
    if objection:
        expected = ("objected", (terms.keys["objection"],))
    elif yes or concerns:
        expected = ("adopted", (terms.keys["consent"],))
    else:
        expected = ("none", ())
    assert (outcome.verdict, outcome.chosen) == expected
    assert outcome.numbers == dict(zip(keys, counts, strict=True))


@pytest.mark.parametrize("method", [hands, gradients, consent])
def test_one_choice_only(method: type):
    terms = TERMS[method.__name__.rpartition(".")[2]]

    with pytest.raises(Refusal, match=r"vote\.too_many"):
        method.check({1: 1, 2: 1}, terms)  # type: ignore[attr-defined]
