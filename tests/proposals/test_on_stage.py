"""What of a result stands on a projector: one table, if it can be read from afar."""

import pytest
from django.template.loader import render_to_string

from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Terms
from proposals.models import Ballot
from proposals.results import Result, show

FIVE, EIGHT = tuple(range(1, 6)), tuple(range(1, 9))


def ranked(method: str, options: tuple[int, ...], rounds: int = 2) -> Result:
    """The first one has most; with every round one more has to leave."""
    weights = {option: 2 ** (len(options) - option) for option in options[:rounds]}
    votes = [Cast({option: 1}, weight) for option, weight in weights.items()]
    others = sum(weights.values())
    votes += [Cast({options[-1]: 1, options[0]: 2}, others)] if rounds > 1 else []
    return counted(method, votes, Terms(options, eligible=2 * others))


def counted(method: str, votes: list[Cast], terms: Terms) -> Result:
    names = {option: f"Option {option}" for option in terms.options}
    return show(method, METHODS[method].count(votes, terms), terms, names)


@pytest.mark.parametrize(
    ("method", "options", "table"),
    [
        ("irv", FIVE, "course"),
        ("irv", EIGHT, ""),
        ("schulze", FIVE, "duels"),
        ("schulze", EIGHT, ""),
        ("pairwise", FIVE, "duels"),
        ("borda", FIVE, ""),
    ],
)
def test_table_where_there_is_room(method: str, options: tuple[int, ...], table: str):
    found = ranked(method, options)

    assert found.on_stage == table
    # The table is the steps: they are not told beside it.
    assert not (table and found.told)


def test_one_round_has_bars():
    assert ranked("irv", FIVE, rounds=1).on_stage == ""


@pytest.mark.parametrize(("options", "table"), [(FIVE, "spending"), (EIGHT, "")])
def test_money_where_there_is_room(options: tuple[int, ...], table: str):
    terms = Terms(options, budget=100, costs=dict.fromkeys(options, 10), eligible=9)
    votes = [Cast(dict.fromkeys(options, 1)) for __ in range(9)]

    assert counted("greedy", votes, terms).on_stage == table


def test_duels_are_those_counted_not_the_paths():
    found = ranked("schulze", FIVE)

    assert found.duels is not None
    assert not found.duels.has_paths
    assert len(found.duels.pairs) == 5


@pytest.mark.parametrize(("letters", "has_room"), [(10, True), (250, False)])
def test_easy_language_where_there_is_room(letters: int, has_room: bool):
    terms = Terms((1, 2), eligible=9)
    outcome = METHODS["single"].count([Cast({1: 1})], terms)
    found = show("single", outcome, terms, {1: "A" * letters, 2: "B"})

    assert found.easy_on_stage == (found.explanation.easy if has_room else "")
    drawn = render_to_string(
        "live/regions/stage_result.html", {"result": found, "ballot": Ballot()}
    )
    assert (found.explanation.easy in drawn.replace("&quot;", '"')) is has_room
