"""Ballot files of every method, made by chance: counted, whole, and as in an export."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proposals.formats.own import (
    BallotFile,
    FileOption,
    FileResult,
    as_vote_file,
    result_of,
    stated_terms,
    votes_digest,
)
from proposals.methods import METHODS
from proposals.methods.outcome import Sheet, Terms
from proposals.terms import terms_in_file
from shared.errors import Refusal

BUDGETS = ("knapsack", "greedy", "equal_shares")


def random_file(method: str, seed: int, **wanted: Any) -> BallotFile:
    """Some options, terms that suit the method, and votes that it knows.

    Now and then nobody votes, all abstain, votes have weights, or there is a quorum.
    """
    chance = random.Random(f"{method}-{seed}")
    terms, options = _terms(method, chance, wanted)
    sheets = [_sheet(method, terms, chance) for __ in range(chance.choice(_SIZES))]
    if chance.random() < 0.04 and terms.abstain is not None:
        sheets = [{terms.abstain: 1} for __ in sheets]
    weighted = method not in BUDGETS and chance.random() < 0.15
    rows = sorted(
        (
            sorted([option, value] for option, value in sheet.items()),
            chance.randint(0, 3) if weighted else 1,
        )
        for sheet in sheets
    )
    weights = [weight for __, weight in rows]
    votes = [vote for vote, __ in rows]
    channels = {}
    if not weighted and chance.random() < 0.2:
        by_hand = [vote for vote in votes if chance.random() < 0.5]
        for vote in by_hand:
            votes.remove(vote)
        channels = {"hall": by_hand} if by_hand else {}
    file = BallotFile(
        title=f"Ballot by {method}: “<b>&amp;</b>” </script>",
        method=method,
        secrecy="secret",
        electorate="room",
        closed_at=1_780_000_000_000,
        roll_size=len(rows) + 3,
        roll_digest="0" * 64,
        turnout=len(rows),
        terms=stated_terms(terms),
        options=options,
        votes=votes,
        result=FileResult("", [], [], []),
        digest="",
        weights=weights if set(weights) - {1} else [],
        channels=channels,
    )
    outcome = METHODS[method].count(as_vote_file(file).casts, file.as_terms())
    result = result_of(outcome, [option.position for option in options])
    return replace(file, result=result, digest=votes_digest(file))


_SIZES = (0, 1, 2, 3, 5, 8, 13, 21)


def _terms(
    method: str, chance: random.Random, wanted: Mapping[str, Any]
) -> tuple[Terms, list[FileOption]]:
    """Terms that suit; what the method does not look at stays as usual."""
    fixed = getattr(METHODS[method], "FIXED", ())
    size = chance.randint(2, 6)
    titles = fixed or tuple("ABCDEF"[:size])
    keys = list(fixed) or [""] * size
    if not fixed and method not in BUDGETS and chance.random() < 0.3:
        keys[-1] = "status_quo" if method == "consensing" else "none"
    if not fixed and chance.random() < 0.5:
        titles, keys = (*titles, "Enthaltung"), [*keys, "abstain"]
    costs = [chance.choice([5, 7, 10, 13, 20, 30]) for __ in titles]
    options = [
        FileOption(
            place, title, key, cost if method in BUDGETS and key != "abstain" else 0
        )
        for place, (title, key, cost) in enumerate(
            zip(titles, keys, costs, strict=True)
        )
    ]
    named: dict[str, int | str] = {}
    if method == "yes_no":
        named["majority"] = chance.choice(["simple", "absolute", "two_thirds"])
    if method in ("score", "consensing"):
        named["highest"] = chance.choice([2, 5, 10])
    if method == "dots":
        named |= {
            "points": chance.randint(1, 6),
            "per_option": chance.choice([0, 0, 1, 2]),
        }
    if method == "stv":
        named["seats"] = chance.randint(1, max(1, len(options) - 2))
    if method in BUDGETS:
        named["budget"] = chance.choice([20, 40, 55, 80])
    named["quorum"] = chance.choice([0, 0, 0, 10, 60, 95])
    named["threshold"] = chance.choice([0, 0, 30])
    if named["threshold"] and chance.random() < 0.3:
        named["base"] = "roll"
    named |= wanted
    usual: dict[str, int | str] = {
        "majority": "simple", "base": "votes", "threshold": 0, "quorum": 0,
        "seats": 1, "per_option": 0, "points": 3, "budget": 80,
    }  # fmt: skip
    most = chance.randint(1, size) if method == "multiple" else 1
    # What the method refuses is left out, one after another.
    for name in ("", "base", "threshold", "quorum", "per_option", "seats", "budget"):
        if name in named:
            named[name] = usual[name]
        terms = terms_in_file(
            method,
            [(row.position, row.key, row.cost) for row in options],
            named,
            most=most,
            eligible=chance.choice([24, 30]),
        )
        try:
            METHODS[method].suits(terms)
        except Refusal:
            continue
        return terms, options
    raise AssertionError(f"{method}: no terms suit, {named}")


def _sheet(method: str, terms: Terms, chance: random.Random) -> Sheet:
    """A vote that the method knows."""
    while True:
        if terms.abstain is not None and chance.random() < 0.1:
            return {terms.abstain: 1}
        sheet = _draw(METHODS[method].FORM, terms, chance)
        try:
            METHODS[method].check(sheet, terms)
        except Refusal:
            continue
        return sheet


def _draw(form: str, terms: Terms, chance: random.Random) -> Sheet:
    options = list(terms.options)
    some = [option for option in options if chance.random() < 0.5]
    if form == "one":
        return {chance.choice(options): 1}
    if form == "some":
        return dict.fromkeys(some, 1)
    if form == "scale":
        return {
            option: chance.randint(terms.lowest, terms.highest) for option in options
        }
    if form == "points":
        return {option: chance.randint(0, terms.points) for option in some}
    chance.shuffle(options)
    ranked = options if chance.random() < 0.6 else options[: chance.randint(1, 6)]
    ranks, rank = {}, 1
    for place, option in enumerate(ranked):
        if place and chance.random() < 0.8:
            rank += 1
        ranks[option] = rank
    return ranks
