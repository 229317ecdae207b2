"""Simulated citizens of many kinds, against the real application."""

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.models import Stream
from live.commands import COMMANDS
from live.frames import Heads
from live.rehearsal import words
from live.rehearsal.citizens import ALWAYS
from live.rehearsal.kinds import BY_NAME, KINDS, crowd_of
from live.room import Room
from live.screens import View
from qualification.models import Practice
from shared.payloads import parse
from tests.conftest import LiveCity
from tests.live.evenings import hold_evening

NAMES = sorted(BY_NAME)


def test_every_kind_comes_before_any_comes_twice():
    assert sorted(crowd_of(len(KINDS), 1)) == NAMES
    assert len(set(crowd_of(3, 1))) == 3


def test_small_and_large_crowds():
    assert len(crowd_of(1, 1)) == 1
    crowd = crowd_of(100, 1)
    assert len(crowd) == 100
    assert set(crowd) == set(NAMES)


def test_chance_is_seeded():
    assert crowd_of(40, 7) == crowd_of(40, 7)
    assert crowd_of(40, 7) != crowd_of(40, 8)


def test_kinds_are_those_of_practice():
    assert set(Practice.Kind.values) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_kind_has_words_for_what_it_does(name: str):
    acts = set(BY_NAME[name].acts)

    assert acts <= {
        "propose", "comment", "ask", "stance", "support", "react", "park", "hand",
        *ALWAYS,
    }  # fmt: skip
    assert "propose" not in acts or words.PROPOSALS[name]
    assert "comment" not in acts or words.COMMENTS[name]
    assert "ask" not in acts or words.QUESTIONS[name]


@pytest.mark.parametrize("name", NAMES)
def test_words_are_valid_payloads(name: str):
    """What is hostile in them is for the moderation, not for the parser."""
    chance = random.Random(1)
    for __ in range(30):
        said = words.proposal(name, chance)
        parse(COMMANDS["submit_proposal"].payload, dict(said))
        assert len(said["title"]) <= 140
        parse(
            COMMANDS["add_comment"].payload,
            {"proposal": 1, **words.comment(name, chance)},
        )
    for text in words.QUESTIONS[name]:
        parse(COMMANDS["ask_question"].payload, {"text": text})
    for text in words.CALLS:
        parse(COMMANDS["call_help"].payload, {"text": text})
    for text in words.ABOUT:
        parse(COMMANDS["raise_hand"].payload, {"about": text})


# One shell for many questions: each costs a process.
LED = """
import json, time
from dialogue.actions import go_on, open_lobby
from dialogue.models import Dialogue, Participation, Rehearsal
from dialogue.rehearsing import stop_rehearsal
from proposals.models import Comment

def until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.5)

until(lambda: Rehearsal.objects.filter(
    dialogue__rehearsal_of__code={code!r}, state="running").exists())
rehearsal = Rehearsal.objects.get(dialogue__rehearsal_of__code={code!r})
dialogue = rehearsal.dialogue
lead = dialogue.participations.get(role="lead_moderator")
open_lobby(moderator=lead)
go_on(moderator=lead)
guests = dialogue.participations.filter(role="participant")
until(lambda: guests.count() == 7)
until(lambda: dialogue.proposals.count() >= 3 and dialogue.help_calls.exists()
      and Comment.objects.filter(proposal__dialogue=dialogue).exists())
facts = {{
    "proposals": dialogue.proposals.count(),
    "authors": dialogue.proposals.values("author").distinct().count(),
    "code": dialogue.code,
    "pk": dialogue.pk,
}}
stop_rehearsal(dialogue=dialogue)
print(json.dumps(facts))
"""
LEFT = """
import json
from django.contrib.sessions.models import Session
from accounts.models import Person
from dialogue.models import Dialogue, Participation
from ledger.models import Stream
print(json.dumps([
    Dialogue.objects.filter(rehearsal_of__isnull=False).count(),
    Stream.objects.filter(is_rehearsal=True).count(),
    Person.objects.filter(email=None, participations=None).count(),
    Session.objects.count(),
    Person.objects.count(),
]))
"""


@pytest.mark.timeout(300)
def test_rehearsal_is_lived_stopped_and_wiped(live_city: LiveCity):
    server = live_city.server
    code, __ = hold_evening(server, "to-rehearse")
    before = json.loads(server.manage("shell", "-v0", "-c", LEFT).splitlines()[-1])

    with ThreadPoolExecutor(1) as pool:
        crowd = pool.submit(
            server.manage,
            *("rehearse", code, "--speed", "5", "--citizens", "7", "--minutes", "5"),
            *("--base-url", live_city.url, "--wipe"),
        )
        led = server.manage("shell", "-v0", "-c", LED.format(code=code))
        said = crowd.result(120)

    facts = json.loads(led.splitlines()[-1])
    assert facts["proposals"] >= 3
    assert facts["authors"] >= 2
    assert f"/d/{facts['code']}/desk/" in said
    # Everything of it is gone: dialogue, stream, guests and their sessions.
    assert json.loads(server.manage("shell", "-v0", "-c", LEFT).splitlines()[-1]) == (
        before
    )


async def test_sockets_of_a_wiped_rehearsal_are_closed_for_good():
    class Watching:
        view, participation_pk, code = View("desk", "de"), 1, 0

        def end(self, code: int) -> None:
            self.code = code

    async def gone(*_: object) -> None:
        raise Stream.DoesNotExist

    room = Room(gone, 1, 1, Heads("epoch", 1, 1))
    watching = Watching()
    room.enter(watching)
    await asyncio.wait_for(room.task, 5)

    assert watching.code == 4404
