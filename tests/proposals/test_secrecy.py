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
from proposals.drafting import draft_ballot
from proposals.models import Ballot, Mark, Option, RollEntry, SealedMark, Vote
from proposals.voting import VoteRequest, cast_votes
from tests.factories import make_dialogue, make_participation

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]

VOTERS = 60
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


def held(number: int = 3) -> tuple[Participation, Ballot, dict[int, int]]:
    """A secret ballot that everybody voted in, one by one, in random order."""
    dialogue = make_dialogue(allows="vote")
    lead = make_participation(dialogue, "lead_moderator")
    voters = [make_participation(dialogue) for __ in range(number)]
    ballot = draft_ballot(
        moderator=lead, title="Was?", method="single", options=("a", "b", "c")
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    options = list(ballot.options.filter(key="").values_list("pk", flat=True))
    choices = options * (number // 3)
    random.shuffle(choices)
    random.shuffle(voters)
    truth = {}
    for voter, choice in zip(voters, choices, strict=True):
        cast_votes([VoteRequest(voter.pk, ballot.pk, {choice: 1}, str(voter.pk))])
        truth[voter.pk] = choice
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


def test_roll_and_box_cannot_be_joined():
    lead, ballot, truth = held(VOTERS)
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    hits = {}

    for roll_order in ROLL_ORDERS[connection.vendor]:
        people = rows(
            "SELECT participation_id FROM proposals_rollentry "
            f"WHERE ballot_id = %s AND has_voted ORDER BY {roll_order}",
            ballot.pk,
        )
        for order in ORDERS[connection.vendor]:
            choices = rows(
                "SELECT option_id FROM proposals_sealedmark "
                f"WHERE ballot_id = %s ORDER BY {order}",
                ballot.pk,
            )
            hits[roll_order, order] = sum(
                truth[person] == choice
                for (person,), (choice,) in zip(people, choices, strict=True)
            )

    assert {pair: n for pair, n in hits.items() if n > MOST_BY_CHANCE} == {}
    assert linked_by_transaction(ballot) == 0
    assert SealedMark.objects.filter(ballot=ballot).count() == VOTERS


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
    assert sorted(option for __, option, __ in contents) == sorted(truth.values())
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
