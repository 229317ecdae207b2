"""Votes and stances: one at a time, in batches, repeated, forged, and at once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from proposals.ballots import (
    annul_ballot,
    casts_of,
    close_ballot,
    open_ballot,
)
from proposals.drafting import draft_ballot
from proposals.models import Ballot, Mark, Option, Proposal, RollEntry, Stance, Vote
from proposals.stances import StanceRequest, StanceTaken, take_stances
from proposals.voting import Receipt, VoteRequest, cast_votes
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_item,
    make_participation,
    make_proposal,
)
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db
SECRECIES = ["open", "secret"]


def make_room(voters: int = 3) -> Any:
    dialogue = make_dialogue(allows="vote stance")
    lead = make_participation(dialogue, "lead_moderator")
    return lead, [make_participation(dialogue) for __ in range(voters)]


def make_open(lead: Participation, secrecy: str = "open", **facts: Any) -> Ballot:
    facts = {"title": "Was?", "method": "single", "options": ("a", "b", "c"), **facts}
    ballot = draft_ballot(moderator=lead, secrecy=secrecy, **facts)
    return open_ballot(moderator=lead, ballot_pk=ballot.pk)


def options_of(ballot: Ballot) -> Any:
    """Without the abstention that every ballot has."""
    return list(ballot.options.exclude(key="abstain").values_list("pk", flat=True))


def cast(
    voter: Participation, ballot: Ballot, *options: int, key: str = "key"
) -> Receipt | Refusal:
    marks = dict.fromkeys(options, 1)
    (answer,) = cast_votes([VoteRequest(voter.pk, ballot.pk, marks, key)])
    return answer


def code_of(answer: Receipt | StanceTaken | Refusal) -> str:
    return answer.code if isinstance(answer, Refusal) else "accepted"


def counted(ballot: Ballot) -> list[int]:
    return [row.number for row in ballot.tally.rows.filter(option__key="")]


# --- one vote ---------------------------------------------------------------------
@pytest.mark.parametrize("secrecy", SECRECIES)
def test_cast_votes_gives_a_receipt(secrecy: str):
    lead, (voter, *__) = make_room()
    ballot = make_open(lead, secrecy)

    receipt = cast(voter, ballot, options_of(ballot)[0])

    entry = RollEntry.objects.get(ballot=ballot, participation=voter)
    ballot.refresh_from_db()
    assert receipt == Receipt(ballot.pk, entry.receipt)
    assert len(entry.receipt) == 11
    assert (entry.has_voted, ballot.turnout) == (True, 1)
    assert ballot.counts_version == 1
    assert "key" not in (entry.request_key, entry.receipt)
    # Nothing about a single vote goes into the ledger.
    kinds = [entry.kind for entry in entries_since(lead.dialogue.stream_id, 0)]
    assert kinds == ["ballot.drafted", "ballot.opened"]


def test_open_ballot_last_vote_counts():
    lead, (voter, other, __) = make_room()
    ballot = make_open(lead)
    a, b, __ = options_of(ballot)

    first = cast(voter, ballot, a, key="1")
    cast(other, ballot, a, key="1")
    second = cast(voter, ballot, b, key="2")

    ballot.refresh_from_db()
    named = ballot.options.filter(key="")
    live = list(named.values_list("marks_count", flat=True))
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert first != second
    assert (ballot.turnout, live) == (2, [1, 1, 0])
    assert counted(ballot) == [1, 1, 0]
    assert (Vote.objects.count(), Mark.objects.count()) == (2, 2)


def test_secret_ballot_first_vote_is_final():
    lead, (voter, *__) = make_room()
    ballot = make_open(lead, "secret")
    a, b, __ = options_of(ballot)

    cast(voter, ballot, a, key="1")
    second = cast(voter, ballot, b, key="2")

    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert code_of(second) == "vote.already_cast"
    assert counted(ballot) == [1, 0, 0]
    assert (Vote.objects.count(), Mark.objects.count()) == (0, 0)
    # Not even a running sum tells what was chosen.
    assert set(Option.objects.values_list("marks_count", flat=True)) == {0}


@pytest.mark.parametrize("secrecy", SECRECIES)
def test_same_request_key_gives_the_same_receipt(secrecy: str):
    lead, (voter, *__) = make_room()
    ballot = make_open(lead, secrecy)
    a, b, __ = options_of(ballot)

    receipts = [cast(voter, ballot, a), cast(voter, ballot, a), cast(voter, ballot, b)]

    ballot.refresh_from_db()
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert receipts == [receipts[0]] * 3
    assert ballot.turnout == 1
    assert counted(ballot) == [1, 0, 0]


@pytest.mark.parametrize("secrecy", SECRECIES)
def test_same_request_key_after_closing_gives_the_same_receipt(secrecy: str):
    lead, (voter, other, __) = make_room()
    ballot = make_open(lead, secrecy)
    a, *__ = options_of(ballot)
    receipt = cast(voter, ballot, a)

    close_ballot(moderator=lead, ballot_pk=ballot.pk)

    # The reply was lost and the ballot closed: the vote counts, so say so.
    assert cast(voter, ballot, a) == receipt
    assert code_of(cast(voter, ballot, a, key="new")) == "ballot.not_open"
    assert code_of(cast(other, ballot, a)) == "ballot.not_open"
    assert counted(ballot) == [1, 0, 0]


def test_receipts_differ_between_people_and_ballots():
    lead, voters = make_room()
    ballots = [make_open(lead), make_open(lead)]

    receipts = {
        cast(voter, ballot, options_of(ballot)[0]).code
        for voter in voters
        for ballot in ballots
    }

    assert len(receipts) == 6


# --- refusals ---------------------------------------------------------------------
@pytest.mark.parametrize("secrecy", SECRECIES)
def test_cast_votes_refuses_forged_marks(secrecy: str):
    lead, (voter, *__) = make_room()
    ballot, other = make_open(lead, secrecy), make_open(lead, secrecy)
    a, b, __ = options_of(ballot)
    forgeries: list[tuple[dict[int, int], str]] = [
        ({}, "vote.empty"),
        ({0: 1}, "vote.unknown_option"),
        ({options_of(other)[0]: 1}, "vote.unknown_option"),
        ({a: 2}, "vote.unknown_option"),
        ({a: -1}, "vote.unknown_option"),
        ({a: 0}, "vote.unknown_option"),
        ({a: 1, b: 1}, "vote.too_many"),
    ]

    answers = cast_votes(
        [
            VoteRequest(voter.pk, ballot.pk, marks, str(number))
            for number, (marks, __) in enumerate(forgeries)
        ]
    )

    assert [code_of(answer) for answer in answers] == [code for __, code in forgeries]
    assert RollEntry.objects.filter(has_voted=True).count() == 0
    assert casts_of(close_ballot(moderator=lead, ballot_pk=ballot.pk)) == []


def test_cast_votes_with_several_options():
    lead, (voter, *__) = make_room()
    ballot = make_open(lead, "secret", method="multiple", most_options=2)
    a, b, c = options_of(ballot)

    answers = [
        cast(voter, ballot, a, b, c, key="1"),
        cast(voter, ballot, a, c, key="2"),
    ]

    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert [code_of(answer) for answer in answers] == ["vote.too_many", "accepted"]
    assert counted(ballot) == [1, 0, 1]
    assert ballot.tally.turnout == 1


def test_cast_votes_on_foreign_ballot():
    lead, __ = make_room()
    foreign = make_participation(make_dialogue(allows="vote"))
    ballot = make_open(lead)

    answer = cast(foreign, ballot, options_of(ballot)[0])

    assert code_of(answer) == "right.missing"


@pytest.mark.parametrize("which", ["person", "ballot"])
def test_cast_votes_of_nobody_or_nothing(which: str):
    lead, (voter, *__) = make_room()
    ballot = make_open(lead)
    a, *__ = options_of(ballot)
    request = (
        VoteRequest(0, ballot.pk, {a: 1}, "k")
        if which == "person"
        else VoteRequest(voter.pk, 0, {a: 1}, "k")
    )

    (answer,) = cast_votes([request])

    assert code_of(answer) == "right.missing"


@pytest.mark.parametrize("state", ["draft", "closed", "annulled"])
def test_cast_votes_in_other_state(state: str):
    lead, (voter, *__) = make_room()
    ballot = draft_ballot(moderator=lead, title="a")
    if state != "draft":
        open_ballot(moderator=lead, ballot_pk=ballot.pk)
    if state == "closed":
        close_ballot(moderator=lead, ballot_pk=ballot.pk)
    if state == "annulled":
        annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="x")

    answer = cast(voter, ballot, options_of(ballot)[0])

    assert code_of(answer) == "ballot.not_open"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "paused"}, "dialogue.paused"),
        ({"state": "closed"}, "dialogue.closed"),
        ({"current": None}, "agenda.not_now"),
    ],
)
def test_cast_votes_when_the_agenda_does_not_allow(change: dict[str, Any], code: str):
    lead, (voter, *__) = make_room()
    ballot = make_open(lead)
    Dialogue.objects.filter(pk=lead.dialogue_id).update(**change)

    assert code_of(cast(voter, ballot, options_of(ballot)[0])) == code


def test_cast_votes_at_another_item():
    lead, (voter, *__) = make_room()
    ballot = make_open(lead)
    item = make_item(lead.dialogue, allows="propose comment ask stance")
    Dialogue.objects.filter(pk=lead.dialogue_id).update(current=item)

    assert code_of(cast(voter, ballot, options_of(ballot)[0])) == "agenda.not_now"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "excluded"}, "participation.excluded"),
        ({"role": "observer"}, "role.observer"),
        ({"silenced_until": clock.now() + timedelta(1)}, "accepted"),
    ],
)
def test_cast_votes_by_somebody_changed_since_opening(
    change: dict[str, Any], code: str
):
    lead, (voter, *__) = make_room()
    ballot = make_open(lead)
    Participation.objects.filter(pk=voter.pk).update(**change)

    assert code_of(cast(voter, ballot, options_of(ballot)[0])) == code


@pytest.mark.parametrize("change", ["late", "observer"])
def test_cast_votes_by_somebody_not_on_the_roll(change: str):
    lead, __ = make_room()
    observer = make_participation(lead.dialogue, "observer")
    ballot = make_open(lead)
    late = make_participation(lead.dialogue)
    Participation.objects.filter(pk=observer.pk).update(role="participant")
    who = {"late": late, "observer": observer}[change]

    assert code_of(cast(who, ballot, options_of(ballot)[0])) == "vote.not_on_roll"


# --- batches ----------------------------------------------------------------------
@pytest.mark.parametrize("secrecy", SECRECIES)
def test_batch_accepts_and_refuses_each_by_itself(secrecy: str):
    lead, (first, second, third) = make_room()
    ballot, other = make_open(lead, secrecy), make_open(lead, "open")
    (a, b, __), (x, __, __) = options_of(ballot), options_of(other)
    outsider = make_participation(make_dialogue(allows="vote"))

    answers = cast_votes(
        [
            VoteRequest(first.pk, ballot.pk, {a: 1}, "1"),
            VoteRequest(outsider.pk, ballot.pk, {a: 1}, "2"),
            VoteRequest(second.pk, ballot.pk, {b: 1}, "3"),
            VoteRequest(second.pk, other.pk, {x: 1}, "3"),
            VoteRequest(third.pk, ballot.pk, {x: 1}, "4"),
            VoteRequest(first.pk, ballot.pk, {a: 1}, "1"),
            VoteRequest(first.pk, ballot.pk, {b: 1}, "5"),
        ]
    )

    for row in (ballot, other):
        row.refresh_from_db()
        close_ballot(moderator=lead, ballot_pk=row.pk)
    assert [code_of(answer) for answer in answers] == [
        "accepted",
        "right.missing",
        "accepted",
        "accepted",
        "vote.unknown_option",
        "accepted",
        "accepted" if secrecy == "open" else "vote.already_cast",
    ]
    assert answers[0] == answers[5]
    assert (ballot.turnout, other.turnout) == (2, 1)
    assert counted(ballot) == ([0, 2, 0] if secrecy == "open" else [1, 1, 0])
    assert counted(other) == [1, 0, 0]


def test_batch_of_nothing():
    assert cast_votes([]) == take_stances([]) == []


@pytest.mark.parametrize("size", [2, 40])
def test_batch_of_any_size_in_the_same_queries(
    size: int, django_assert_max_num_queries
):
    lead, voters = make_room(size)
    ballot = make_open(lead)
    a, *__ = options_of(ballot)
    requests = [VoteRequest(voter.pk, ballot.pk, {a: 1}, "k") for voter in voters]

    with django_assert_max_num_queries(22):
        answers = cast_votes(requests)

    assert {code_of(answer) for answer in answers} == {"accepted"}


votings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=14
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(votings=votings, cuts=st.lists(st.integers(1, 4), min_size=14, max_size=14))
def test_live_counts_equal_the_count(
    db: None, votings: list[tuple[int, int, int]], cuts: list[int]
):
    lead, voters = make_room(4)
    ballot = make_open(lead)
    options = options_of(ballot)
    last: dict[int, int] = {}
    keys: dict[int, int] = {}
    requests = []
    for voter, choice, key in votings:
        if keys.get(voter) != key:
            keys[voter], last[voter] = key, choice
        marks = {options[choice]: 1}
        requests.append(VoteRequest(voters[voter].pk, ballot.pk, marks, str(key)))

    while requests:
        size = cuts.pop()
        cast_votes(requests[:size])
        del requests[:size]

    ballot.refresh_from_db()
    named = ballot.options.filter(key="")
    live = list(named.values_list("marks_count", flat=True))
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert ballot.turnout == len(last)
    assert live == [list(last.values()).count(choice) for choice in range(3)]
    assert counted(ballot) == live


# --- at once ----------------------------------------------------------------------
@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secrecy", SECRECIES)
@pytest.mark.parametrize("keys", ["same key", "own keys"])
def test_64_votes_of_one_person_at_once(secrecy: str, keys: str):
    lead, (voter, *__) = make_room()
    ballot = make_open(lead, secrecy)
    options = options_of(ballot)

    answers = at_once(
        [
            partial(
                cast,
                voter,
                ballot,
                options[n % 3],
                key="key" if keys == "same key" else str(n),
            )
            for n in range(64)
        ]
    )

    ballot.refresh_from_db()
    assert ballot.turnout == 1
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert len(casts_of(ballot)) == sum(counted(ballot)) == 1
    receipts = {answer for answer in answers if isinstance(answer, Receipt)}
    codes = [code_of(answer) for answer in answers]
    if keys == "same key":
        assert len(receipts) == 1
        assert codes == ["accepted"] * 64
    elif secrecy == "open":
        assert len(receipts) == 64
    else:
        assert sorted(codes) == ["accepted"] + ["vote.already_cast"] * 63


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secrecy", SECRECIES)
@pytest.mark.parametrize("place", [3, 8, 13])
def test_vote_versus_close(secrecy: str, place: int):
    lead, voters = make_room(16)
    ballot = make_open(lead, secrecy)
    a, *__ = options_of(ballot)
    jobs: list[Any] = [partial(cast, v, ballot, a) for v in voters]
    jobs.insert(place, lambda: close_ballot(moderator=lead, ballot_pk=ballot.pk).state)

    answers = at_once(jobs)

    assert answers.pop(place) == "closed"
    ballot.refresh_from_db()
    receipts = [answer for answer in answers if isinstance(answer, Receipt)]
    refused = [answer for answer in answers if not isinstance(answer, Receipt)]
    assert {code_of(refusal) for refusal in refused} <= {"ballot.not_open"}
    assert len(receipts) + len(refused) == 16
    assert ballot.turnout == ballot.tally.turnout == len(receipts)
    assert counted(ballot) == [len(receipts), 0, 0]
    assert RollEntry.objects.filter(ballot=ballot, has_voted=True).count() == len(
        receipts
    )


# --- stances ----------------------------------------------------------------------
def numbers_of(proposal: Proposal) -> dict[str, int]:
    proposal.refresh_from_db()
    kept = {
        "agree": proposal.agrees,
        "disagree": proposal.disagrees,
        "pass": proposal.passes,
    }
    return {value: number for value, number in kept.items() if number}


def recount(proposal: Proposal) -> dict[str, int]:
    rows = proposal.stances.values("value").annotate(number=Count("pk"))
    return {row["value"]: row["number"] for row in rows.order_by("value")}


def test_take_stances_replaces_the_earlier_one():
    __, (person, other, __) = make_room()
    proposal = make_proposal(person)

    for who, value in ((person, "agree"), (other, "agree"), (person, "disagree")):
        (answer,) = take_stances([StanceRequest(who.pk, proposal.pk, value)])
        assert answer == StanceTaken(proposal.pk, value)

    assert numbers_of(proposal) == recount(proposal) == {"agree": 1, "disagree": 1}
    assert proposal.counts_version == 3
    assert entries_since(person.dialogue.stream_id, 0) == []


def test_take_stances_again_changes_nothing():
    __, (person, *__) = make_room()
    proposal = make_proposal(person)
    request = StanceRequest(person.pk, proposal.pk, "pass")

    take_stances([request])
    take_stances([request, request])

    assert numbers_of(proposal) == recount(proposal) == {"pass": 1}
    assert proposal.counts_version == 1


def test_take_stances_accepts_and_refuses_each_by_itself():
    __, (person, other, silenced) = make_room()
    dialogue = person.dialogue
    proposal, second = make_proposal(person), make_proposal(person)
    hidden = make_proposal(person, state="hidden")
    foreign = make_proposal(make_participation(make_dialogue(allows="stance")))
    observer = make_participation(dialogue, "observer")
    excluded = make_participation(dialogue, state="excluded")
    silenced.silenced_until = clock.now() + timedelta(minutes=5)
    silenced.save()

    answers = take_stances(
        [
            StanceRequest(person.pk, proposal.pk, "agree"),
            StanceRequest(person.pk, hidden.pk, "agree"),
            StanceRequest(person.pk, foreign.pk, "agree"),
            StanceRequest(person.pk, 0, "agree"),
            StanceRequest(0, proposal.pk, "agree"),
            StanceRequest(observer.pk, proposal.pk, "agree"),
            StanceRequest(excluded.pk, proposal.pk, "agree"),
            StanceRequest(other.pk, proposal.pk, "maybe"),
            StanceRequest(silenced.pk, proposal.pk, "disagree"),
            StanceRequest(other.pk, second.pk, "pass"),
            StanceRequest(person.pk, proposal.pk, "disagree"),
        ]
    )

    assert [code_of(answer) for answer in answers] == [
        "accepted",
        "right.missing",
        "right.missing",
        "right.missing",
        "right.missing",
        "role.observer",
        "participation.excluded",
        "right.missing",
        "accepted",
        "accepted",
        "accepted",
    ]
    assert numbers_of(proposal) == recount(proposal) == {"disagree": 2}
    assert numbers_of(second) == recount(second) == {"pass": 1}
    assert Stance.objects.count() == 3


@pytest.mark.parametrize(
    ("allows", "state", "code"),
    [
        ("vote", "live", "agenda.not_now"),
        ("stance", "paused", "dialogue.paused"),
        ("stance", "closed", "dialogue.closed"),
        ("stance", "lobby", "agenda.not_now"),
    ],
)
def test_take_stances_when_the_agenda_does_not_allow(
    allows: str, state: str, code: str
):
    person = make_participation(make_dialogue(allows=allows, state=state))
    proposal = make_proposal(person)

    (answer,) = take_stances([StanceRequest(person.pk, proposal.pk, "agree")])

    assert code_of(answer) == code
    assert Stance.objects.count() == 0


stance_runs = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 1),
            st.sampled_from(["agree", "disagree", "pass", "maybe"]),
        ),
        max_size=5,
    ),
    max_size=6,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=stance_runs)
def test_stance_counts_equal_recount(
    db: None, batches: list[list[tuple[int, int, str]]]
):
    __, people = make_room()
    proposals = [make_proposal(people[0]) for __ in range(2)]
    last: dict[tuple[int, int], str] = {}

    for batch in batches:
        take_stances(
            [
                StanceRequest(people[person].pk, proposals[proposal].pk, value)
                for person, proposal, value in batch
            ]
        )
        last |= {(p, q): value for p, q, value in batch if value != "maybe"}

    for number, proposal in enumerate(proposals):
        assert numbers_of(proposal) == recount(proposal)
        values = [value for (__, q), value in last.items() if q == number]
        assert recount(proposal) == {v: values.count(v) for v in set(values)}


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_stances_of_one_person_from_two_tabs():
    __, (person, other, __) = make_room()
    proposals = [make_proposal(person) for __ in range(2)]

    def flip(who: Participation, first: str, second: str) -> None:
        for number in range(12):
            value = first if number % 2 else second
            order = proposals if number % 2 else proposals[::-1]
            take_stances([StanceRequest(who.pk, p.pk, value) for p in order])

    results = at_once(
        [
            lambda: flip(person, "agree", "disagree"),
            lambda: flip(person, "pass", "agree"),
            lambda: flip(other, "pass", "agree"),
        ]
    )

    assert results == [None] * 3
    for proposal in proposals:
        assert numbers_of(proposal) == recount(proposal)
        assert sum(recount(proposal).values()) == 2
