"""The methods are those that a ballot can have, and each says what it is."""

from pathlib import Path

import pytest

from proposals.explaining import EXPLAIN
from proposals.methods import METHODS
from proposals.models import Ballot, Option, Tally

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "methods.md"
FORMS = {"one", "some", "scale", "points", "order"}


def test_methods_are_those_of_the_model():
    assert set(METHODS) == set(Ballot.Method.values)


def test_every_method_is_explained():
    assert set(EXPLAIN) == set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_a_card(name: str):
    method = METHODS[name]

    assert method.FORM in FORMS
    cards = [str(method.COUNTED), str(method.TIES), str(method.FITS)]
    assert all(text.endswith(".") for text in cards)
    assert len(set(cards)) == 3


@pytest.mark.parametrize("name", METHODS)
def test_keys_and_verdicts_fit_their_columns(name: str):
    keys = getattr(METHODS[name], "FIXED", ())
    Option._meta.get_field("key").run_validators("status_quo")
    for key in keys:
        Option._meta.get_field("key").run_validators(key)
    Tally._meta.get_field("verdict").run_validators("below_threshold")


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_described(name: str):
    __, __, rest = DOCUMENT.read_text().partition(f"(`{name}`)\n")
    part = rest.partition("\n##")[0].lower()

    missing = [word for word in ("source", "when") if word not in part]

    assert missing == []
