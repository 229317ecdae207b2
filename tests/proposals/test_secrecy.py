"""After a secret ballot has closed, nothing stored links a person to a choice.

The attack joins roll and box over everything a database keeps of a row: its
key, its transaction, its place, its order. It must not do better than guessing.
"""

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from dialogue.models import Participation
from ledger.queries import entries_since
from proposals import box
from proposals.ballots import annul_ballot, close_ballot, open_ballot
from proposals.channels import check_in, count_by_hand, issue_tickets, tick_off
from proposals.drafting import draft_ballot
from proposals.models import (
    Ballot,
    HandMark,
    HandSheet,
    Mark,
    Option,
    RollEntry,
    SealedMark,
    TicketRollEntry,
    Vote,
)
from proposals.voting import VoteRequest, cast_votes
from tests.factories import make_dialogue, make_participation

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]

VOTERS = 60
Sheet = dict[int, int]
# What somebody gives to three options, turned round for the next one.
SHEETS = {"single": (1,), "dots": (2, 1), "schulze": (1, 2, 3)}
# Three options, chosen equally often: guessing hits 20 of 60, five deviations 38.
MOST_BY_CHANCE = 38
ORDERS = {
    "sqlite": ["rowid", "sheet"],
    "postgresql": ["ctid", "xmin::text::bigint, ctid", "cmin::text::bigint", "sheet"],
}
ROLL_ORDERS = {
    "sqlite": ["rowid", "receipt", "request_key", "participation_id"],
    "postgresql": [
        "ctid",
        "xmin::text::bigint, ctid",
        "receipt",
        "request_key",
        "participation_id",
    ],
}


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def log_of_sqlite() -> bytes:
    """What SQLite's write-ahead log holds; PostgreSQL's is the operator's."""
    if connection.vendor != "sqlite":
        return b""
    return Path(f"{connection.settings_dict['NAME']}-wal").read_bytes()


def held(
    number: int = 3, method: str = "single", *, is_mixed: bool = False
) -> tuple[Participation, Ballot, dict[int, Sheet]]:
    """A secret ballot that everybody voted in, one by one, in random order."""
    dialogue = make_dialogue(allows="vote")
    lead = make_participation(dialogue, "lead_moderator")
    voters = [make_participation(dialogue) for __ in range(number)]
    tickets = []
    if is_mixed:
        tickets = issue_tickets(moderator=lead, number=number)
        for ticket in tickets:
            check_in(moderator=lead, code=ticket.code)
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method=method,
        options=("a", "b", "c"),
        is_mixed=is_mixed,
        **({"points": 3} if method == "dots" else {}),
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    options = list(ballot.options.filter(key="").values_list("pk", flat=True))
    sheets = [
        {options[(at + turn) % 3]: value for at, value in enumerate(SHEETS[method])}
        for turn in range(3)
    ]
    choices = sheets * (number // 3)
    random.shuffle(choices)
    random.shuffle(voters)
    truth = {}
    for voter, choice in zip(voters, choices, strict=True):
        cast_votes([VoteRequest(voter.pk, ballot.pk, choice, str(voter.pk))])
        truth[voter.pk] = choice
    random.shuffle(tickets)
    for ticket in tickets:
        tick_off(moderator=lead, ballot_pk=ballot.pk, code=ticket.code)
    if is_mixed:
        papers = [(sheet, number // 3) for sheet in sheets]
        for who in (lead, make_participation(dialogue, "lead_moderator")):
            random.shuffle(papers)
            count_by_hand(
                moderator=who, ballot_pk=ballot.pk, channel="hall", sheets=papers
            )
    return lead, ballot, truth


def linked_by_transaction(ballot: Ballot) -> int:
    """How many marks share a transaction with the roll, or with nothing else."""
    if connection.vendor == "sqlite":
        # SQLite keeps no transaction of a row; its place is all there is.
        places = rows("SELECT sheet FROM proposals_sealedmark ORDER BY rowid")
        return sum(a > b for a, b in pairwise(places))
    ((linked,),) = rows(
        "SELECT count(*) FROM proposals_rollentry roll "
        "JOIN proposals_sealedmark box ON roll.xmin = box.xmin"
    )
    ((transactions,),) = rows(
        "SELECT count(DISTINCT xmin::text) FROM proposals_sealedmark"
        " WHERE ballot_id = %s",
        ballot.pk,
    )
    return linked + transactions - 1


def sheets_in(ballot: Ballot, order: str) -> list[Sheet]:
    """The sheets as their first rows lie in `order`."""
    found: dict[str, Sheet] = {}
    for sheet, option, value in rows(
        "SELECT sheet, option_id, value FROM proposals_sealedmark "
        f"WHERE ballot_id = %s ORDER BY {order}",
        ballot.pk,
    ):
        found.setdefault(sheet, {})[option] = value
    return list(found.values())


@pytest.mark.parametrize(
    ("method", "is_mixed"),
    [("single", False), ("single", True), ("dots", False), ("schulze", False)],
)
def test_roll_and_box_cannot_be_joined(method: str, *, is_mixed: bool):
    lead, ballot, truth = held(VOTERS, method, is_mixed=is_mixed)
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    hits = {}

    for roll_order in ROLL_ORDERS[connection.vendor]:
        people = rows(
            "SELECT participation_id FROM proposals_rollentry "
            f"WHERE ballot_id = %s AND has_voted ORDER BY {roll_order}",
            ballot.pk,
        )
        for order in ORDERS[connection.vendor]:
            choices = sheets_in(ballot, order)
            hits[roll_order, order] = sum(
                truth[person] == choice
                for (person,), choice in zip(people, choices, strict=True)
            )

    assert {pair: n for pair, n in hits.items() if n > MOST_BY_CHANCE} == {}
    assert linked_by_transaction(ballot) == 0
    marks = VOTERS * len(SHEETS[method])
    assert SealedMark.objects.filter(ballot=ballot).count() == marks


def test_paper_counted_in_the_hall_knows_no_ticket():
    """Counted are sheets that are alike, so many of each: none is anybody's."""
    lead, ballot, __ = held(VOTERS, is_mixed=True)

    close_ballot(moderator=lead, ballot_pk=ballot.pk)

    assert TicketRollEntry.objects.filter(ballot=ballot, has_voted=True).count() == 60
    assert [sheet.copies for sheet in HandSheet.objects.all()] == [20] * 6
    fields = {
        field.name
        for model in (HandSheet, HandMark)
        for field in model._meta.concrete_fields
    }
    assert fields == {"id", "count", "copies", "sheet", "option", "value"}


def test_box_of_annulled_ballot_is_gone():
    lead, ballot, __ = held()

    annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="Versehen")

    assert box.table_of(ballot) not in connection.introspection.table_names()
    assert SealedMark.objects.count() == 0
    assert log_of_sqlite() == b""


def test_open_box_knows_no_person():
    __, ballot, truth = held()
    with connection.cursor() as cursor:
        fields = connection.introspection.get_table_description(
            cursor, box.table_of(ballot)
        )

    contents = rows(f"SELECT sheet, option_id, value FROM {box.table_of(ballot)}")

    assert {field.name for field in fields} == {"sheet", "option_id", "value"}
    chosen = sorted(option for sheet in truth.values() for option in sheet)
    assert sorted(option for __, option, __ in contents) == chosen
    assert {len(sheet) for sheet, __, __ in contents} == {32}
    if connection.vendor == "sqlite":
        ((made,),) = rows(
            "SELECT sql FROM sqlite_master WHERE name = %s", box.table_of(ballot)
        )
        assert made.endswith("WITHOUT ROWID")
        assert rows("PRAGMA secure_delete") == [(1,)]


def test_no_table_holds_person_and_choice():
    lead, ballot, __ = held()
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    log = log_of_sqlite()
    with_option = {
        model.__name__: {field.name for field in model._meta.concrete_fields}
        for model in apps.get_models()
        if any(field.related_model is Option for field in model._meta.concrete_fields)
    }

    assert with_option == {
        "Mark": {"id", "vote", "option", "value"},
        "HandMark": {"id", "sheet", "option", "value"},
        "SealedMark": {"ballot", "sheet", "option", "value"},
        "TallyRow": {"id", "tally", "option", "number", "is_chosen"},
    }
    assert (Vote.objects.count(), Mark.objects.count()) == (0, 0)
    assert {field.name for field in RollEntry._meta.concrete_fields} == {
        "id",
        "ballot",
        "participation",
        "has_voted",
        "weight",
        "request_key",
        "receipt",
    }
    kinds = [entry.kind for entry in entries_since(lead.dialogue.stream_id, 0)]
    assert kinds == ["ballot.drafted", "ballot.opened", "ballot.closed"]
    assert box.table_of(ballot) not in connection.introspection.table_names()
    assert log == b""


def test_receipt_does_not_depend_on_the_choice():
    """The same request with another choice leaves the same bytes on the roll."""
    lead, ballot, __ = held()
    voter = make_participation(lead.dialogue)
    RollEntry.objects.create(ballot=ballot, participation=voter)
    receipts = []

    for option in ballot.options.all():
        RollEntry.objects.filter(participation=voter).update(
            has_voted=False, request_key="", receipt=""
        )
        request = VoteRequest(voter.pk, ballot.pk, {option.pk: 1}, "key")
        receipts += cast_votes([request])

    assert receipts == [receipts[0]] * 4
