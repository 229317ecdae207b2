"""Real statements with real moderation decisions, through the pre-moderated queue.

The files are not ours to ship: SHARED_DATA (or ../shared/data) says where they are.
Nothing of their texts is written anywhere but to the test's own database.
"""

import csv
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db.models import Q
from django.test import Client

from dialogue.models import Dialogue, Participation
from ledger.models import Stream
from ledger.queries import broken_links
from moderation.actions import approve_contribution, hide_contribution
from moderation.public_log import figures
from proposals.actions import submit_proposal
from proposals.models import HoldingRule, Proposal
from proposals.queries import held_contributions, published_proposals
from shared import clock
from shared.texts import clean_line
from tests.factories import make_dialogue, make_participation

pytestmark = [pytest.mark.oracle, pytest.mark.django_db, pytest.mark.timeout(3600)]

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data")
FILES = {
    "klimarat-mobilitaet-comments.csv": (2138, 903, 1235),
    "klimarat-ernaehrung-landnutzung-comments.csv": (1452, 801, 651),
}
# So many seconds apart nobody is too fast.
APART = 10


def rows_of(name: str) -> list[dict[str, str]]:
    path = DATA / "text-de" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: set SHARED_DATA to the shared data")
    with path.open(newline="", encoding="utf-8") as file:
        return sorted(csv.DictReader(file), key=lambda row: int(row["timestamp"]))


def submit(authors: dict[str, Participation], row: dict[str, str]) -> Proposal:
    text = clean_line(row["comment-body"])
    return submit_proposal(
        author=authors[row["author-id"]],
        kind=Proposal.Kind.STATEMENT,
        title=text[:140],
        text=text if len(text) > 140 else "",
    )


def decide(lead: Participation, pk: int, decision: str) -> None:
    about: dict[str, Any] = {"moderator": lead, "kind": "proposal", "pk": pk}
    if decision == "1":
        approve_contribution(**about, reason="Passt zum Thema.")
    else:
        hide_contribution(**about, rule="off_topic", reason="Wie in der Vorlage.")


def published_figures(year: int) -> list[tuple[dict[str, int], int]]:
    """By action and together, as the year's report says as JSON and as CSV."""
    client = Client()
    found = client.get(f"/moderation/report/{year}.json").json()
    as_json = [(row["action"], row["number"]) for row in found["decisions"]]
    text = client.get(f"/moderation/report/{year}.csv").content.decode("utf-8-sig")
    as_csv = [
        (row["action"], int(row["value"]))
        for row in csv.DictReader(text.splitlines())
        if row["figure"] == "decisions"
    ]
    return [
        (dict(rows), sum(number for __, number in rows)) for rows in (as_json, as_csv)
    ]


@pytest.mark.parametrize("name", FILES)
@time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=UTC), tick=False)
def test_statements_through_the_queue(name: str) -> None:
    rows = rows_of(name)
    decided = Counter(row["moderated"] for row in rows)
    assert (len(rows), decided["1"], decided["-1"]) == FILES[name]
    dialogue: Dialogue = make_dialogue(allows="propose")
    HoldingRule.objects.create(dialogue=dialogue, holds_everything=True)
    lead = make_participation(dialogue, "lead_moderator")
    authors = {
        number: make_participation(dialogue)
        for number in sorted({row["author-id"] for row in rows})
    }

    with time_machine.travel(clock.now(), tick=False) as moment:
        later = partial(moment.shift, timedelta(seconds=APART))
        pks = []
        for row in rows:
            pks.append(submit(authors, row).pk)
            later()
        waiting = held_contributions(dialogue)
        assert [held.pk for held in waiting] == pks
        assert [held.text.split("\n\n")[-1] for held in waiting] == [
            clean_line(row["comment-body"]) for row in rows
        ]
        assert not published_proposals(dialogue).exists()
        for pk, row in zip(pks, rows, strict=True):
            decide(lead, pk, row["moderated"])
            later()

    assert held_contributions(dialogue) == []
    shown = set(published_proposals(dialogue).values_list("pk", flat=True))
    expected = {
        pk for pk, row in zip(pks, rows, strict=True) if row["moderated"] == "1"
    }
    assert shown == expected
    assert dialogue.proposals.count() == len(rows)
    numbers = Counter(
        {row["action"]: row["number"] for row in figures(Q(pk=dialogue.pk)).decisions}
    )
    assert (numbers["approve"], numbers["hide"]) == (decided["1"], decided["-1"])
    assert numbers.total() == len(rows)
    wanted = {"approve": decided["1"], "hide": decided["-1"]}
    assert published_figures(2026) == [(wanted, len(rows))] * 2
    page = Client().get(f"/moderation/report/{2026}/").content.decode()
    assert all(f">{number}</td>" in page for number in wanted.values())
    assert broken_links(Stream.objects.get(pk=dialogue.stream_id)) == []
