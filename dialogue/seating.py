"""Who sits where: by lot, every group at every table, or with new people.

Plain numbers in, plain lists out. The sizes of tables differ by one at most.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from random import Random

Tables = list[list[int]]
# How often two people have sat together.
Meetings = Mapping[frozenset[int], int]

BEGINNINGS = 6
# Swaps looked at in one mixing: three hundred people take under a second.
MOST_SWAPS = 30_000


def tables_for(people: int, size: int) -> int:
    """How many tables it takes that nobody sits at one of more than `size`."""
    return max(1, -(-people // size))


def deal(people: Sequence[int], tables: int, rng: Random) -> Tables:
    """By lot."""
    drawn = list(people)
    rng.shuffle(drawn)
    return _round_about(drawn, tables)


def deal_mixed(groups: Mapping[int, str], tables: int, rng: Random) -> Tables:
    """By lot, but so that of no group one table has two more than another."""
    members = defaultdict(list)
    for person, group in groups.items():
        members[group].append(person)
    names = sorted(members)
    rng.shuffle(names)
    drawn: list[int] = []
    for name in names:
        rng.shuffle(members[name])
        drawn += members[name]
    return _round_about(drawn, tables)


def _round_about(people: Sequence[int], tables: int) -> Tables:
    return [list(people[table::tables]) for table in range(tables)]


def meetings_of(tables: Iterable[Iterable[int]]) -> Counter[frozenset[int]]:
    """Who has met whom, from all tables there were so far."""
    met: Counter[frozenset[int]] = Counter()
    for table in tables:
        people = sorted(set(table))
        for place, one in enumerate(people):
            met.update(frozenset((one, other)) for other in people[place + 1 :])
    return met


def repetitions(tables: Iterable[Iterable[int]], met: Meetings) -> int:
    """How often people meet again at these tables; twice before counts twice."""
    return sum(met.get(pair, 0) for pair in meetings_of(tables))


def remix(people: Sequence[int], tables: int, met: Meetings, rng: Random) -> Tables:
    """So that people meet whom they have not met: few repetitions, not always the
    fewest there could be."""
    known = _known(people, met)
    best: Tables = []
    fewest = -1
    swaps = MOST_SWAPS
    for __ in range(BEGINNINGS):
        mixed = _seat_strangers(people, tables, known, rng)
        swaps = _swap(mixed, known, rng, swaps)
        count = repetitions(mixed, met)
        if fewest < 0 or count < fewest:
            best, fewest = mixed, count
        if fewest == 0 or swaps <= 0:
            break
    return best


def _known(people: Iterable[int], met: Meetings) -> dict[int, dict[int, int]]:
    known: dict[int, dict[int, int]] = {person: {} for person in people}
    for pair, times in met.items():
        one, other = sorted(pair)
        if one in known and other in known:
            known[one][other] = known[other][one] = times
    return known


def _seat_strangers(
    people: Sequence[int], tables: int, known: dict[int, dict[int, int]], rng: Random
) -> Tables:
    """One after the other to the table where they know the fewest."""
    drawn = list(people)
    rng.shuffle(drawn)
    small, rest = divmod(len(drawn), tables)
    places = [small + (table < rest) for table in range(tables)]
    seated: Tables = [[] for __ in range(tables)]
    for person in drawn:
        free = [table for table in range(tables) if len(seated[table]) < places[table]]
        chosen = min(
            free,
            key=lambda table: (
                _knows(person, seated[table], known),
                len(seated[table]),
            ),
        )
        seated[chosen].append(person)
    return seated


def _knows(person: int, table: Iterable[int], known: dict[int, dict[int, int]]) -> int:
    mine = known[person]
    return sum(mine.get(other, 0) for other in table)


def _swap(
    tables: Tables, known: dict[int, dict[int, int]], rng: Random, most: int
) -> int:
    """Let two people change places as long as that helps; the swaps that are left."""
    improved = True
    while improved and most > 0:
        improved = False
        unlucky = [
            (here, person)
            for here, table in enumerate(tables)
            for person in table
            if _knows(person, table, known)
        ]
        rng.shuffle(unlucky)
        for here, person in unlucky:
            there_and_other, looked_at = _better_place(tables, known, here, person)
            most -= looked_at
            if there_and_other is not None:
                there, other = there_and_other
                tables[here][tables[here].index(person)] = other
                tables[there][tables[there].index(other)] = person
                improved = True
                # Who is unlucky has changed.
                break
            if most <= 0:
                break
    return most


def _better_place(
    tables: Tables, known: dict[int, dict[int, int]], here: int, person: int
) -> tuple[tuple[int, int] | None, int]:
    """With whom (table, person) to change places best, if that helps; and how many
    were looked at."""
    best, gain, looked_at = None, 0, 0
    now_here = _knows(person, tables[here], known)
    for there, table in enumerate(tables):
        if there == here:
            continue
        then_there = _knows(person, table, known)
        for other in table:
            looked_at += 1
            # Those two do not meet each other by changing places.
            between = 2 * known[person].get(other, 0)
            gained = (
                now_here
                + _knows(other, table, known)
                - then_there
                - _knows(other, tables[here], known)
                + between
            )
            if gained > gain:
                best, gain = (there, other), gained
    return best, looked_at
