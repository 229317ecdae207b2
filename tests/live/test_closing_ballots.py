"""When a ballot closes, what is one's own is right at once, and nobody has to ask."""

from typing import Any

import pytest

from live import frames
from live.commands import run_command
from live.mine import ballot_slots
from live.page_tree import Element, parse
from live.screens import View
from proposals.ballots import close_ballot
from proposals.models import Ballot
from tests.live.scene import Scene, make_scene

pytestmark = pytest.mark.django_db


def slot_of(scene: Scene, who: Any) -> Element:
    """One's own part of the open ballot."""
    pk = scene.open_ballot.pk
    return parse(ballot_slots(who, scene.dialogue, [pk])[f"ballot-{pk}"])


def after_closing(slot: Element) -> Element:
    """What the script leaves of it (static/live/draw.js)."""
    for part in list(slot.find("data-until-closed")):
        part.leave()
    return slot


@pytest.mark.parametrize("secrecy", Ballot.Secrecy.values)
@pytest.mark.parametrize("has_voted", [True, False])
def test_what_is_left_says_what_a_new_page_says(secrecy: str, has_voted: bool) -> None:
    scene = make_scene()
    ballot = scene.open_ballot
    if has_voted:
        facts = {"ballot": ballot.pk, "options": [scene.option()]}
        run_command("cast_vote", facts, scene.citizen, View("room", "de"))
    Ballot.objects.filter(pk=ballot.pk).update(secrecy=secrecy)
    before = slot_of(scene, scene.citizen)
    assert any(before.find("data-until-closed")) or (has_voted and secrecy == "secret")
    Ballot.objects.filter(pk=ballot.pk).update(secrecy="open")
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)

    left, new = after_closing(before), slot_of(scene, scene.citizen)

    receipts = [[e.text for e in tree.find("class", "receipt")] for tree in (left, new)]
    assert receipts[0] == receipts[1]
    assert len(receipts[0]) == int(has_voted)
    assert bool(left.text) == bool(new.text) == has_voted
    assert not any(left.find("data-command"))


def test_who_is_not_on_the_roll_reads_nothing_of_it_any_more() -> None:
    scene = make_scene()
    late = slot_of(scene, scene.other_lead)
    assert late.text

    assert after_closing(late).text == ""


def test_closing_asks_nobody_to_look() -> None:
    """A thousand people who get their slots anew at once would be a storm."""
    scene = make_scene()
    before = frames.heads_of(scene.dialogue.pk).seq
    close_ballot(moderator=scene.lead, ballot_pk=scene.open_ballot.pk)

    entries = scene.dialogue.stream.entries.filter(seq__gt=before)

    assert [entry.kind for entry in entries] == ["ballot.closed"]
    assert "concerns" not in entries[0].payload or not entries[0].payload["concerns"]
