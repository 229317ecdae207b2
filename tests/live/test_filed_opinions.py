"""The opinion map in the result: numbers instead of rows, and what groups stand for."""

import json

import pytest
from django.test import Client

from live.parts.opinions import MOST_IN_TABLE
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from moderation.verifying import verify
from proposals.opinions import keeping
from tests.factories import make_dialogue, make_participation
from tests.live.test_opinions import ROOM, crowd, shown

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def test_map_is_filed_with_the_result_and_read_there(client: Client):
    dialogue = make_dialogue(allows="propose stance")
    lead = make_participation(dialogue, "lead_moderator")
    # One more than a screen's table has.
    lines = "\n".join(f"Aussage {n}" for n in range(MOST_IN_TABLE + 2))
    seeds = keeping.seed_statements(moderator=lead, lines=lines)
    crowd(dialogue, lead, seeds)
    hide_contribution(
        moderator=lead, kind="proposal", pk=seeds[0].pk, rule="insult", reason="Grund"
    )
    keeping.redraw(dialogue)
    assert "Statements with the most answers as a table" in shown(dialogue, ROOM)
    assert shown(dialogue, ROOM).count("<tr><th scope=") >= MOST_IN_TABLE

    record = close_dialogue(moderator=lead)

    facts = json.loads(record.canonical)
    filed = facts["opinions"]
    by_number = {row["number"]: row for row in facts["proposals"]}
    assert {row["proposal"] for row in filed["stances"]} <= set(by_number)
    assert len(filed["stances"]) == MOST_IN_TABLE + 1
    assert [group["size"] for group in filed["groups"]] == [30, 30]
    assert (filed["people"], filed["left_out"]) == (60, 1)
    assert verify(record.canonical.encode()).holds
    page = client.get(record.get_absolute_url(), headers=ENGLISH).content.decode()
    # Drawn as the room saw it, from whole numbers that stand in the record.
    assert [oval["size"] for oval in filed["picture"]["ovals"]] == [30, 30]
    assert page.count('<ellipse class="opinions__oval') == 2
    assert page.count('<circle class="opinions__spot"') == len(
        filed["picture"]["spots"]
    )
    assert "group A with 30 people, group B with 30 people" in page
    assert "The groups can be told apart clearly." in page
    assert "2 groups of similar opinion were found." in page
    assert page.count("Stands for this more than others do:") == 2
    assert page.count("<tr><th scope=") >= MOST_IN_TABLE + 1
    assert "Aussage 0<" not in page
