"""Simulated citizens vote by every method, and by what its form shows."""

import random

import pytest
from django.test import Client
from django.urls import reverse

from live.commands.deciding import CastVote, vote_request
from live.crowd.voting import filled, form_of
from live.page_tree import Element, parse
from proposals.ballots import all_casts, close_ballot
from proposals.methods import METHODS
from proposals.voting import cast_votes
from shared.errors import Refusal
from tests.factories import make_participation
from tests.live.scene import Scene, make_scene
from tests.live.voting import open_one

PEOPLE = 12


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def shown_card(scene: Scene, ballot: int) -> Element:
    client = Client()
    client.force_login(scene.citizen.person)
    page = client.get(reverse("live:room", args=[scene.dialogue.code]))
    return next(parse(page.content.decode()).find("id", f"ballot-{ballot}"))


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_form_is_filled_in_order(scene: Scene, method: str):
    voters = [make_participation(scene.dialogue) for __ in range(PEOPLE)]
    ballot = open_one(scene, method)
    form = form_of(shown_card(scene, ballot.pk))
    assert form is not None

    said = [filled(form, random.Random(seed)) for seed in range(PEOPLE)]
    answers = cast_votes(
        [
            vote_request(voter.pk, CastVote(ballot=ballot.pk, **facts))
            for voter, facts in zip(voters, said, strict=True)
        ]
    )

    assert [a for a in answers if isinstance(a, Refusal)] == []
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    casts = all_casts(ballot)
    assert len(casts) == PEOPLE
    # A few may think alike, many do not.
    assert len({str(filled(form, random.Random(seed))) for seed in range(200)}) > 1


def test_closed_ballot_has_no_form(scene: Scene):
    ballot = open_one(scene, "single")
    close_ballot(moderator=scene.lead, ballot_pk=ballot.pk)

    assert form_of(shown_card(scene, ballot.pk)) is None
    assert form_of(None) is None
