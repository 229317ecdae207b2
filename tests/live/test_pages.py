"""The room by plain forms, and what its pages must not give away."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from live import frames
from live.screens import View
from moderation.actions import hide_contribution
from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot, RollEntry, Vote
from proposals.voting import VoteRequest, _request_digest
from tests.live.scene import Scene, make_scene

KEY = re.compile(r'name="request_key" value="(\w+)"')


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def citizen(scene: Scene) -> Client:
    client = Client()
    client.force_login(scene.citizen.person)
    return client


def room_of(scene: Scene) -> str:
    return reverse("live:room", args=[scene.dialogue.code])


def test_vote_by_form_twice_is_one_vote(scene: Scene, citizen: Client) -> None:
    page = citizen.get(room_of(scene)).content.decode()
    (key,) = KEY.findall(page)
    cast = reverse("live:do", args=[scene.dialogue.code, "cast_vote"])
    form = {
        "ballot": scene.open_ballot.pk,
        "options": [scene.option()],
        "request_key": key,
        "next": "#ballots",
    }

    first = citizen.post(cast, form, headers={"Accept": "application/json"}).json()
    second = citizen.post(cast, form, headers={"Accept": "application/json"}).json()

    assert first["ok"]["receipt"] == second["ok"]["receipt"]
    assert Vote.objects.count() == 1


def test_key_of_a_vote_by_form_is_random(scene: Scene, citizen: Client) -> None:
    pages = [citizen.get(room_of(scene)).content.decode() for __ in range(2)]

    keys = [KEY.findall(page)[0] for page in pages]

    assert len(set(keys)) == 2


def test_vote_without_key_leaves_nothing_made_from_the_choice(scene: Scene) -> None:
    ballot = draft_ballot(moderator=scene.lead, title="Geheim?")
    open_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    option = ballot.options.get(key="yes").pk
    digests = []
    for who in (scene.citizen, scene.neighbour):
        client = Client()
        client.force_login(who.person)
        client.post(
            reverse("live:do", args=[scene.dialogue.code, "cast_vote"]),
            {"ballot": ballot.pk, "options": [option]},
        )
        entry = RollEntry.objects.get(ballot=ballot, participation=who)
        guesses = {
            _request_digest(VoteRequest(who.pk, ballot.pk, {option: 1}, key))
            for key in (f"form:{option}", str(option), "")
        }
        digests.append((entry.has_voted, entry.request_key in guesses))

    assert digests == [(True, False), (True, False)]


def test_refused_form_gives_everything_typed_back(
    scene: Scene, citizen: Client
) -> None:
    scene.dialogue.state = "paused"
    scene.dialogue.save()

    response = citizen.post(
        reverse("live:do", args=[scene.dialogue.code, "submit_proposal"]),
        {"title": "Mein Satz", "text": "Viele Zeilen", "next": "#proposals"},
        headers={"Origin": "http://testserver"},
    )
    page = response.content.decode()

    assert response.status_code in (403, 409)
    assert "Mein Satz" in page
    assert "Viele Zeilen" in page


@pytest.mark.parametrize("address", ["live:desk", "live:since", "live:thread"])
def test_desk_needs_the_second_factor(scene: Scene, address: str, settings) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = False
    client = Client()
    client.force_login(scene.lead.person)
    words = [scene.dialogue.code]
    if address == "live:thread":
        words.append(scene.proposal.pk)

    response = client.get(
        reverse(address, args=words),
        {"screen": "desk", "since": 0, "version": 0, "epoch": "x"},
    )

    assert response.status_code == (302 if address == "live:desk" else 403)
    assert "Neighbour" not in response.content.decode()


def test_hidden_proposal_is_no_readable_option_any_more(scene: Scene) -> None:
    ballot = draft_ballot(
        moderator=scene.lead,
        title="Welcher?",
        method=Ballot.Method.SINGLE,
        options=("Keiner",),
        proposals=(scene.other.pk,),
    )
    open_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    view = View("room", "de")
    heads = frames.heads_of(scene.dialogue.pk)

    hide_contribution(
        moderator=scene.lead,
        kind="proposal",
        pk=scene.other.pk,
        rule="insult",
        reason="Beleidigend",
    )
    missed = frames.catch_up(
        scene.dialogue.pk,
        view,
        epoch=heads.epoch,
        since=heads.seq,
        version=heads.version,
    ).frames
    now = frames.encode(frames.snapshot(scene.dialogue.pk, view))

    assert scene.other.title not in frames.encode(missed[0])
    assert f'id=\\"ballot-{ballot.pk}\\"' in frames.encode(missed[0])
    assert scene.other.title not in now


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS=*"),
        ("ALLOWED_HOSTS", "mitwirken.example", "DEMO"),
    ],
)
def test_unsafe_settings_do_not_start(name: str, value: str, word: str) -> None:
    tried = subprocess.run(
        [sys.executable, "-c", "import settings"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DEMO": "1", "SECRET_KEY": "x", name: value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert tried.returncode == 1
    assert word in tried.stderr
