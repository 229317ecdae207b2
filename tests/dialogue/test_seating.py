"""Who sits where: sizes, groups, and whom one meets."""

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.seating import (
    deal,
    deal_mixed,
    meetings_of,
    remix,
    repetitions,
    tables_for,
)

PEOPLE = st.integers(0, 80).map(lambda n: list(range(1, n + 1)))
TABLES = st.integers(1, 15)
SEEDS = st.integers(0, 10_000).map(Random)


def assert_seated(tables: list[list[int]], people: list[int], number: int) -> None:
    """Everybody once, at tables whose sizes differ by one at most."""
    assert len(tables) == number
    assert sorted(person for table in tables for person in table) == people
    sizes = [len(table) for table in tables]
    assert max(sizes) - min(sizes) <= 1


@given(PEOPLE, TABLES, SEEDS)
def test_lot_seats_everybody_once(people: list[int], number: int, rng: Random):
    assert_seated(deal(people, number, rng), people, number)


@given(st.lists(st.sampled_from("abcd"), max_size=60), TABLES, SEEDS)
def test_every_group_is_spread(groups: list[str], number: int, rng: Random):
    of = dict(enumerate(groups, 1))

    tables = deal_mixed(of, number, rng)

    assert_seated(tables, list(of), number)
    for group in set(groups):
        there = [sum(of[person] == group for person in table) for table in tables]
        assert max(there) - min(there) <= 1


@given(
    st.integers(0, 16).map(lambda n: list(range(n))),
    st.integers(1, 5),
    st.lists(st.integers(1, 5), max_size=3),
    SEEDS,
)
def test_no_exchange_of_two_people_would_bring_more_new_ones(
    people: list[int], number: int, before: list[int], rng: Random
):
    met = meetings_of(table for n in before for table in deal(people, n, rng))

    tables = remix(people, number, met, rng)

    assert_seated(tables, people, number)
    count = repetitions(tables, met)
    for one, other in combinations(people, 2):
        swapped = {one: other, other: one}
        changed = [[swapped.get(who, who) for who in table] for table in tables]
        assert repetitions(changed, met) >= count


@pytest.mark.parametrize(
    ("people", "number"), [(9, 3), (16, 4), (24, 6), (60, 10), (75, 12)]
)
@pytest.mark.parametrize("seed", range(5))
def test_second_round_brings_only_new_people(people: int, number: int, seed: int):
    rng = Random(seed)
    everybody = list(range(people))
    met = meetings_of(deal(everybody, number, rng))

    assert repetitions(remix(everybody, number, met, rng), met) == 0


def test_remix_is_better_than_the_lot_when_there_is_no_perfect_one():
    rng = Random(1)
    everybody = list(range(40))
    met = Counter[frozenset[int]]()
    for __ in range(4):
        met += meetings_of(remix(everybody, 5, met, rng))

    by_lot = min(repetitions(deal(everybody, 5, rng), met) for __ in range(20))

    assert 0 < repetitions(remix(everybody, 5, met, rng), met) < by_lot


def test_three_hundred_people_take_bounded_work():
    """As many rounds as an evening has, at forty tables."""
    rng = Random(3)
    everybody = list(range(300))
    met = Counter[frozenset[int]]()
    for __ in range(4):
        tables = remix(everybody, 40, met, rng)
        assert repetitions(tables, met) <= 20
        met += meetings_of(tables)


def test_people_of_earlier_rounds_who_have_left_do_not_matter():
    met = meetings_of([[1, 2, 99], [3, 4, 98]])

    tables = remix([1, 2, 3, 4], 2, met, Random(0))

    assert repetitions(tables, met) == 0


@pytest.mark.parametrize(
    ("people", "size", "tables"), [(0, 7, 1), (7, 7, 1), (8, 7, 2), (60, 8, 8)]
)
def test_nobody_is_one_too_many(people: int, size: int, tables: int):
    assert tables_for(people, size) == tables
