"""What would have changed a result is true: with that change, it is another one.

The sentence is read, what it says is done to the votes, and they are counted again;
with one fewer the result stays, where the sentence does not say "perhaps fewer".
"""

import re
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.explaining import EXPLAIN
from proposals.methods import METHODS, equal_shares, irv, ranking, stv
from proposals.methods.outcome import Cast, Outcome, Sheet, Terms
from tests.proposals.methods.profiles import ABSTAIN, OPEN, TERMS, A, B, C, D, ranks
from tests.proposals.methods.profiles import sheets as sheets_of

LETTERS = dict(zip((A, B, C, D, ABSTAIN), "ABCDX", strict=True))
RANKED = ("borda", "schulze", "pairwise", "irv", "stv")
BUDGETS = ("greedy", "knapsack", "equal_shares")
MONEY = replace(OPEN, budget=100, costs={A: 60, B: 50, C: 40, D: 90})
ONE, OPTION = r"(?P<number>\d+)", r"“(?P<option>.+?)”"
SAID = {
    "votes": rf"With {ONE} more votes?, {OPTION} would have been in front",
    "points": rf"With {ONE} more points?, {OPTION} would have been in front",
    "alone": rf"With {ONE} more votes? that names? only {OPTION}, this option would "
    "have been in front",
    "seat": rf"With {ONE} more votes? that names? only {OPTION}, this option would "
    "have had a seat",
    "enough": rf"{ONE} more votes? that names? only {OPTION} would certainly have put",
    "seat_enough": rf"{ONE} more votes? that names? only {OPTION} would certainly have "
    "been enough for a seat",
    "rated": rf"With {ONE} more votes? that rates? {OPTION} highest",
    "resistance": rf"With {ONE} points? of resistance less, {OPTION} would have been",
    "accepted": rf"With {ONE} more votes? without resistance against {OPTION}",
    "middle": rf"With {ONE} more votes? on the step {OPTION}",
    "of_votes": rf"Had {ONE} more of the votes cast been for {OPTION}",
    "of_points": rf"Had {ONE} more of the points given gone to {OPTION}",
    "to_threshold": rf"With {ONE} more votes?, {OPTION} would have reached",
    "points_to_threshold": rf"With {ONE} more points?, {OPTION} would have reached",
    "resistance_to_threshold": rf"With {ONE} points? of resistance less, {OPTION} "
    "would have reached",
    "cost": rf"At {ONE} euros, (?:or with \d+ more votes? for it alone, )?{OPTION} ",
    "paid": rf"ith {ONE} more votes? for (?:it|“.”) alone, (?:it|{OPTION}) would have "
    "been paid",
    "paid_enough": rf"{ONE} more votes? for {OPTION} alone would certainly",
}


class Said(NamedTuple):
    kind: str
    number: int
    option: int


def said_of(method: str, outcome: Outcome, terms: Terms) -> list[Said]:
    """What the sentence claims."""
    names = LETTERS | {pk: key for key, pk in terms.keys.items()}
    names |= {pk: names.get(pk, str(pk)) for pk in terms.options}
    by_name = {name: pk for pk, name in names.items()}
    with override("en"):
        change = EXPLAIN[method](outcome, terms, names).change
    found = []
    for kind, pattern in SAID.items():
        for match in re.finditer(pattern, change):
            name = match["option"] or re.findall(r"“(.+?)”", change)[-1]
            found.append(Said(kind, int(match["number"]), by_name[name]))
    return found


def raised(casts: list[Cast], option: int, by: int, limit: int) -> list[Cast]:
    """The same votes; those who can give the option more or less, until it is all."""
    changed, sign = [], 1 if by > 0 else -1
    for sheet, weight in casts:
        value, moved = sheet.get(option), 0
        if value is not None and weight == 1:
            moved = sign * min(abs(by), abs(limit - value))
        by -= moved
        changed.append(
            Cast({**sheet, option: sheet[option] + moved} if moved else sheet, weight)
        )
    assert by == 0
    return changed


def changed(
    casts: list[Cast], terms: Terms, said: Said, number: int
) -> tuple[list[Cast], Terms]:
    """The votes and terms, had it been as the sentence says."""
    o = said.option
    match said.kind:
        case "cost":
            return casts, replace(terms, costs={**terms.costs, o: number})
        case "points":
            if terms.points:
                return [*casts, Cast({o: 1}, number)], terms
            return raised(casts, o, number, terms.highest), terms
        case "points_to_threshold":
            return raised(casts, o, number, terms.highest), terms
        case "resistance" | "resistance_to_threshold":
            return raised(casts, o, -number, 0), terms
        case "rated":
            best = dict.fromkeys(terms.options, terms.lowest) | {o: terms.highest}
            return [*casts, Cast(best, number)], terms
        case "accepted":
            best = dict.fromkeys(terms.options, terms.highest) | {o: 0}
            return [*casts, Cast(best, number)], terms
        case "of_votes":
            to_change = number
            moved = []
            for sheet, weight in casts:
                is_other = o not in sheet and to_change > 0
                to_change -= is_other
                moved.append(Cast({o: 1} if is_other else sheet, weight))
            assert to_change <= 0
            return moved, terms
        case "of_points":
            left, given = number, []
            for sheet, weight in casts:
                rest = dict(sheet)
                for other in set(rest) - {o, ABSTAIN}:
                    takes = min(left, rest[other])
                    rest[other] -= takes
                    rest[o] = rest.get(o, 0) + takes
                    left -= takes
                given.append(Cast(rest, weight))
            assert left == 0
            return given, terms
        case _:
            return [*casts, Cast({o: 1}, number)], terms


def came_true(method: str, said: Said, outcome: Outcome, before: Outcome) -> bool:
    match said.kind:
        case "seat" | "seat_enough":
            among = set(outcome.ties[-1].among) if outcome.verdict == "tied" else set()
            return said.option in set(outcome.chosen) - among
        case "cost" | "paid" | "paid_enough":
            return said.option in outcome.chosen
        case "middle":
            middle = [
                next(step.chosen for step in one.rounds if step.kind == "median")
                for one in (before, outcome)
            ]
            return middle[0] != middle[1]
        case "of_votes" | "of_points" | "to_threshold":
            return outcome.verdict != "below_threshold"
        case "points_to_threshold" | "resistance_to_threshold":
            return outcome.verdict != "below_threshold"
    if method in ("irv", "schulze", "pairwise"):
        return outcome.chosen == (said.option,)
    return outcome.ranking[0] == (said.option,)


def prove(method: str, casts: list[Cast], terms: Terms) -> list[Said]:
    """Do what is said, and one fewer."""
    before = METHODS[method].count(casts, terms)
    claims = said_of(method, before, terms)
    for said in claims:
        assert said.number > 0

        def then(number: int, said: Said = said) -> bool:
            votes, new = changed(casts, terms, said, number)
            return came_true(method, said, METHODS[method].count(votes, new), before)

        assert then(said.number), said
        if not said.kind.endswith("enough"):
            fewer = said.number + (1 if said.kind == "cost" else -1)
            assert not then(fewer), said
    return claims


def some(sheets: st.SearchStrategy[Sheet]) -> st.SearchStrategy[list[Cast]]:
    return st.lists(sheets.map(Cast), min_size=1, max_size=9)


DECIDED = ("chosen", "tied", "none_of_these", "below_threshold", "noted")
BY_NUMBERS = sorted(set(TERMS) - {"yes_no", "consent", "borda"})


@pytest.mark.parametrize("method", BY_NUMBERS)
@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_numbers(method: str, data: Any):
    terms = TERMS[method]
    if method in ("single", "multiple", "approval", "score", "dots", "consensing"):
        terms = replace(terms, threshold=data.draw(st.sampled_from([0, 50, 80])))
    if method in ("single", "multiple", "approval") and terms.threshold:
        terms = replace(terms, base=data.draw(st.sampled_from(["votes", "roll"])))
    casts = data.draw(some(sheets_of(method)))

    claims = prove(method, casts, terms)

    decided = METHODS[method].count(casts, terms).verdict in DECIDED
    assert len(claims) == decided


@pytest.mark.parametrize("method", RANKED)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_orders(method: str, data: Any):
    seats = data.draw(st.integers(1, 3)) if method == "stv" else 1
    terms = replace(OPEN, seats=seats)
    weight = data.draw(st.integers(1, 3))
    casts = [Cast(sheet, weight) for sheet in data.draw(st.lists(ranks((A, B, C, D))))]
    casts += [Cast({ABSTAIN: 1})] * data.draw(st.integers(0, 1))

    claims = prove(method, casts, terms)

    decided = METHODS[method].count(casts, terms).verdict in DECIDED
    assert len(claims) == decided


@pytest.mark.parametrize("method", BUDGETS)
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_budgets(method: str, data: Any):
    costs = st.integers(1, 90)
    terms = replace(
        MONEY,
        costs={option: data.draw(costs) for option in MONEY.options},
        threshold=data.draw(st.sampled_from([0, 30])),
        base=data.draw(st.sampled_from(["votes", "roll"])),
    )
    marks = st.sets(st.sampled_from((A, B, C, D)), min_size=1)
    casts = data.draw(some(marks.map(lambda chosen: dict.fromkeys(chosen, 1))))

    claims = prove(method, casts, terms)

    paid = METHODS[method].count(casts, terms).chosen
    assert bool(claims) == (len(paid) < len(terms.options))


@pytest.mark.parametrize("method", ["irv", "schulze", "pairwise", "stv"])
@settings(deadline=None, max_examples=60)
@given(casts=some(ranks((A, B, C, D))))
def test_what_is_enough_where_counting_would_take_too_long(
    method: str, casts: list[Cast]
):
    terms = replace(OPEN, seats=2 if method == "stv" else 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "MOST_TURNED", 1)
        patch.setattr(irv, "MOST_TURNED", 0)
        patch.setattr(irv, "MOST_WORK", 0)
        patch.setattr(stv, "MOST_WORK", 0)
        (said,) = prove(method, casts, terms)

    assert said.kind in ("enough", "seat_enough")


@settings(deadline=None, max_examples=60)
@given(
    casts=some(
        st.sets(st.sampled_from((A, B, C, D)), min_size=1).map(
            lambda chosen: dict.fromkeys(chosen, 1)
        )
    )
)
def test_votes_that_pay_alone_are_enough(casts: list[Cast]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equal_shares, "MOST_WORK", 0)
        claims = prove("equal_shares", casts, MONEY)

    assert {said.kind for said in claims} <= {"paid_enough"}


@settings(deadline=None)
@given(casts=some(ranks((A, B, C, D))))
def test_borda_says_how_many_points_the_threshold_needs(casts: list[Cast]):
    terms = replace(OPEN, threshold=90)
    outcome = METHODS["borda"].count(casts, terms)
    if outcome.verdict != "below_threshold":
        return
    (said,) = said_of("borda", outcome, terms)
    possible = 2 * 3 * len(casts)

    assert said.option == outcome.ranking[0][0]
    reached = outcome.numbers[said.option] + said.number
    assert 100 * reached >= 90 * possible > 100 * (reached - 1)


@pytest.mark.parametrize("verdict", ["adopted", "objected"])
def test_consent_is_turned_by_one_objection(verdict: str):
    terms = TERMS["consent"]
    consent, __, objection, __ = (terms.keys[k] for k in METHODS["consent"].FIXED)
    agreed = [Cast({consent: 1}, 3)]
    objected = [*agreed, Cast({objection: 1})]

    assert METHODS["consent"].count(agreed, terms).verdict == "adopted"
    outcome = METHODS["consent"].count(objected, terms)
    assert outcome.verdict == "objected"
    with override("en"):
        said = EXPLAIN["consent"](
            outcome
            if verdict == "objected"
            else METHODS["consent"].count(agreed, terms),
            terms,
            {option: str(option) for option in terms.keys.values()},
        ).change
    expected = {
        "adopted": "One objection would have stopped it.",
        "objected": "Without an objection it would have been adopted.",
    }
    assert said.endswith(expected[verdict])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_missing_quorum_says_how_many_votes_were_missing(method: str):
    terms = replace(TERMS.get(method, MONEY), quorum=30)
    sheet = {terms.options[0]: 1}
    if METHODS[method].FORM == "scale":
        sheet = dict.fromkeys(terms.options, 1)
    outcome = METHODS[method].count([Cast(sheet, 5)], terms)
    names = dict.fromkeys((*terms.options, ABSTAIN, *terms.keys.values()), "A")
    with override("en"):
        change = EXPLAIN[method](outcome, terms, names).change

    assert change == "With 7 more votes the quorum would have been reached."
    verdicts = [
        METHODS[method].count([Cast(sheet, 5 + more)], terms).verdict for more in (6, 7)
    ]
    assert verdicts[0] == "below_quorum" != verdicts[1]


@settings(deadline=None)
@given(
    votes=st.lists(st.sampled_from((A, B, C, D)), min_size=1, max_size=9),
    costs=st.integers(20, 60),
)
def test_a_tie_between_projects_says_which_of_them_are_paid(
    votes: list[int], costs: int
):
    terms = replace(MONEY, costs=dict.fromkeys(MONEY.options, costs))
    casts = [Cast({option: 1}) for option in votes]
    outcome = METHODS["greedy"].count(casts, terms)
    with override("en"):
        tie = EXPLAIN["greedy"](outcome, terms, LETTERS).tie

    for equal in outcome.ties:
        paid = [LETTERS[o] for o in equal.among if o in outcome.chosen]
        said = re.findall(r"Of them, these are paid: (.+?)\.", tie)
        assert [re.findall("“(.)”", names) for names in said] == [paid]
    assert bool(tie) == bool(outcome.ties)


def test_a_tie_for_a_seat_says_what_one_more_vote_does():
    terms = replace(OPEN, seats=2)
    casts = [Cast({A: 1}, 4), Cast({B: 1}), Cast({C: 1})]

    assert METHODS["stv"].count(casts, terms).verdict == "tied"
    assert prove("stv", casts, terms) == [Said("seat", 1, B)]


def test_a_compromise_that_left_early_is_the_one_that_was_near():
    """Three towns (Tennessee): not the second of the last round, but who left first."""
    casts = [
        Cast({A: 1, B: 2, C: 3, D: 4}, 42),
        Cast({B: 1, C: 2, D: 3, A: 4}, 26),
        Cast({C: 1, D: 2, B: 3, A: 4}, 15),
        Cast({D: 1, C: 2, B: 3, A: 4}, 17),
    ]

    assert prove("irv", casts, OPEN) == [Said("alone", 3, C)]


@pytest.mark.parametrize("method", ["greedy", "equal_shares"])
def test_a_project_is_told_its_cost_and_its_votes(method: str):
    casts = [Cast({A: 1}, 6), Cast({B: 1, C: 1}, 3), Cast({C: 1}, 2)]

    kinds = {said.kind for said in prove(method, casts, replace(MONEY, budget=110))}

    assert kinds == {"cost", "paid"}
