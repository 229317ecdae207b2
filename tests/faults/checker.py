"""Holds the journal against the database: what is promised, line by line.

A set test as Jepsen's: every acknowledged element is in the final read, none is
there twice, and nothing is there that nobody sent.
"""

from collections import Counter, defaultdict
from typing import Any

from tests.faults.journal import Deed, Journal

Found = dict[str, Any]


def problems(journal: Journal, found: Found) -> list[str]:
    """One line per broken promise; empty when all are kept."""
    return [
        *_contributions(journal.of("submit_proposal"), found["proposals"]),
        *_contributions(journal.of("add_comment"), found["comments"]),
        *_stances(journal.of("take_stance"), found["stances"]),
        *(line for row in found["ballots"] for line in _ballot(journal, row)),
        *_receipts(journal),
        *_counts(found),
        *(f"chain: broken at {seq}" for seq in found["broken_links"]),
    ]


def _contributions(deeds: list[Deed], rows: list[list[Any]]) -> list[str]:
    """Texts begin with the deed's key; a key that nobody sent has another prefix."""
    there = Counter((author, text.split()[0]) for author, text in rows)
    lines = []
    for deed in deeds:
        number = there[deed.person, deed.key]
        if deed.acknowledged and number == 0:
            lines.append(f"lost: {deed.do} {deed.key} of {deed.person}")
        if number > 1:
            lines.append(f"doubled: {deed.do} {deed.key}, {number} times")
        if deed.refused and number:
            lines.append(f"refused, but there: {deed.do} {deed.key}")
    sent = {(deed.person, deed.key) for deed in deeds}
    # What the room began with is not marked.
    strange = [key for key in there if key[1].startswith("key-") and key not in sent]
    return lines + [f"never sent, but there: {key}" for key in strange]


def _possible(deeds: list[Deed], choice: str) -> dict[Any, set[Any]]:
    """Subject -> what may stand there: the last acknowledged choice, or one that
    was sent after it and never answered."""
    possible: dict[Any, set[Any]] = {}
    for deed in deeds:
        subject = (deed.person, deed.facts.get("proposal", deed.facts.get("ballot")))
        value = deed.facts[choice]
        if deed.refused is not None:
            continue
        if deed.acknowledged:
            possible[subject] = {value}
        else:
            possible.setdefault(subject, {None}).add(value)
    return possible


def _stances(deeds: list[Deed], rows: list[list[Any]]) -> list[str]:
    lines = []
    there: dict[tuple[int, int], list[str]] = defaultdict(list)
    for person, proposal, value in rows:
        there[person, proposal].append(value)
    for subject, may_be in _possible(deeds, "value").items():
        values = there.pop(subject, [])
        if len(values) > 1:
            lines.append(f"doubled: stance {subject}")
        if not values and None not in may_be:
            lines.append(f"lost: stance {subject}")
        if values and values[0] not in may_be:
            lines.append(f"wrong: stance {subject} is {values[0]}, not {may_be}")
    return lines + [f"never sent, but there: stance {subject}" for subject in there]


def _ballot(journal: Journal, row: Found) -> list[str]:
    """≤ 1 vote per person, none lost, receipts as shown, sums that add up."""
    deeds = [
        deed
        for deed in journal.of("cast_vote")
        if deed.facts["ballot"] == row["ballot"]
    ]
    voted = {person: receipt for person, has, receipt in row["roll"] if has}
    name = f"ballot {row['ballot']}"
    lines = [f"{name}: {person} twice on the roll" for person in _twice(row["roll"])]
    possible = _possible(deeds, "option")
    for (person, __), may_be in possible.items():
        if None not in may_be and person not in voted:
            lines.append(f"lost: vote of {person} in {name}")
    lines += [
        f"never sent, but there: vote of {person} in {name}"
        for person in voted
        if (person, row["ballot"]) not in possible
    ]
    last: dict[int, Deed] = {deed.person: deed for deed in deeds if deed.acknowledged}
    # An unanswered later vote may have taken the place of the acknowledged one.
    open_ends = {deed.person for deed in deeds if not deed.acknowledged}
    for person, deed in last.items():
        if person not in open_ends and voted.get(person) != deed.receipts[-1]:
            lines.append(f"{name}: {person} was shown another receipt")
    if row["turnout"] != len(voted):
        lines.append(f"{name}: turnout {row['turnout']}, on the roll {len(voted)}")
    if row["secret"]:
        return lines + _sheets(row, voted, deeds, name)
    return lines + _open_votes(row, voted, possible, name)


def _twice(rows: list[list[Any]]) -> list[Any]:
    return [
        key for key, number in Counter(row[0] for row in rows).items() if number > 1
    ]


def _sheets(
    row: Found, voted: dict[int, str], deeds: list[Deed], name: str
) -> list[str]:
    """The box cannot be linked to persons: only sums are compared."""
    lines = []
    if len(row["sheets"]) != len(voted):
        lines.append(f"{name}: {len(row['sheets'])} sheets of {len(voted)} voters")
    chosen = Counter(option for __, option in row["sheets"])
    certain = Counter(deed.facts["option"] for deed in deeds if deed.acknowledged)
    for option, number in certain.items():
        if chosen[option] < number:
            lines.append(f"lost: {number - chosen[option]} votes for {option}, {name}")
    if all(deed.acknowledged or deed.refused for deed in deeds) and chosen != certain:
        lines.append(f"{name}: the box holds {chosen}, acknowledged were {certain}")
    return lines


def _open_votes(
    row: Found, voted: dict[int, str], possible: dict[Any, set[Any]], name: str
) -> list[str]:
    lines = [f"doubled: vote of {person} in {name}" for person in _twice(row["votes"])]
    if row["votes_without_mark"] or len(row["votes"]) != len(voted):
        lines.append(f"{name}: {len(row['votes'])} votes of {len(voted)} voters")
    for person, option in row["votes"]:
        may_be = possible.get((person, row["ballot"]), set())
        if option not in may_be:
            lines.append(f"wrong: vote of {person} in {name} is not {may_be}")
    counted = Counter(str(option) for __, option in row["votes"])
    if any(counted[option] != number for option, number in row["running"].items()):
        lines.append(f"{name}: counts {row['running']}, but there are {dict(counted)}")
    return lines


def _receipts(journal: Journal) -> list[str]:
    """The same request brings the same receipt, however often it is sent."""
    return [
        f"{deed.do} {deed.key}: receipts {sorted(set(deed.receipts))}"
        for deed in journal.of("cast_vote")
        if len(set(deed.receipts)) > 1
    ]


def _counts(found: Found) -> list[str]:
    return [
        f"proposal {row['proposal']}: counts {row['running']} ≠ {row['counted']}"
        for row in found["counts"]
        if row["running"] != row["counted"]
    ]
