"""The socket: who may open it, what it answers, what it survives."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from dialogue.models import Participation
from live import consumers, frames, room
from live.gauges import gauges
from live.hub import hub
from live.screens import View
from moderation.people import exclude
from proposals.actions import submit_proposal
from proposals.models import Proposal, RollEntry, Stance, Vote
from proposals.weights import set_weights
from tests.factories import make_dialogue, make_guest, make_participation
from tests.live.scene import ACTS, make_scene
from tests.live.sockets import (
    PATIENCE,
    communicator_of,
    open_socket,
    session_cookie,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quiet_hub"),
]
make = sync_to_async(make_scene)


# --- who may open it --------------------------------------------------------------
@pytest.mark.parametrize(
    "origin",
    [b"https://evil.example", b"null", b"http://localhost.evil.example", b""],
)
async def test_foreign_origin_is_refused(origin: bytes) -> None:
    scene = await make()
    cookie = await sync_to_async(session_cookie)(scene.citizen.person)

    communicator = communicator_of(scene.dialogue.code, cookie, origin=origin)

    connected, __ = await communicator.connect(timeout=PATIENCE)

    assert connected is False


@pytest.mark.parametrize(
    ("who", "screen", "code"),
    [
        ("nobody", "room", 4401),
        ("stranger", "room", 4403),
        ("citizen", "desk", 4403),
        ("excluded", "room", 4403),
        ("lost", "room", 4404),
    ],
)
async def test_socket_without_right_is_closed(who: str, screen: str, code: int) -> None:
    scene = await make()
    people = {
        "stranger": await sync_to_async(make_guest)(),
        "citizen": scene.citizen.person,
        "lost": scene.citizen.person,
        "excluded": (
            await sync_to_async(make_participation)(scene.dialogue, state="excluded")
        ).person,
    }
    cookie = await sync_to_async(session_cookie)(people[who]) if who in people else ""
    address = "NOSUCHCO" if who == "lost" else scene.dialogue.code

    communicator = communicator_of(address, cookie, screen=screen)
    connected, __ = await communicator.connect(timeout=PATIENCE)
    bye = json.loads(await communicator.receive_from(PATIENCE))
    closed = await communicator.receive_output(PATIENCE)

    assert connected
    assert bye == {"kind": "bye", "code": code}
    assert (closed["type"], closed["code"]) == ("websocket.close", code)


async def test_signing_out_closes_the_socket() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        await Session.objects.all().adelete()

        assert await socket.close_code() == 4401


async def test_everybody_is_looked_after_in_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One session of three ends; those who are still here are marked, one by one."""
    for name, value in (
        ("AT_ONCE", 1),
        ("SESSIONS_EVERY", 0.1),
        ("HEARTBEAT_EVERY", 0.0),
    ):
        monkeypatch.setattr(f"live.hub.{name}", value)
    scene = await make()
    here = {scene.citizen.pk, scene.lead.pk}
    seen = Participation.objects.exclude(seen_at=None)

    async with open_socket(scene.citizen), open_socket(scene.lead):
        others = Session.objects.exclude(
            session_key__in=[one.session_key async for one in Session.objects.all()]
        )
        async with open_socket(scene.neighbour) as gone:
            await others.adelete()
            assert await gone.close_code() == 4401
        await seen.aupdate(seen_at=None)
        marked: set[int] = set()
        for __ in range(PATIENCE * 10):
            marked = {one.pk async for one in seen.all()}
            if marked >= here:
                break
            await asyncio.sleep(0.1)

    assert marked == here


async def test_exclusion_closes_the_socket_at_once() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        await sync_to_async(exclude)(
            moderator=scene.host,
            participation_pk=scene.citizen.pk,
            rule="insult",
            reason="Droht",
        )

        assert await socket.close_code() == 4403


async def test_silenced_person_stays_and_may_not_speak() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        scene.citizen.silenced_until = scene.citizen.joined_at.replace(year=2100)
        await scene.citizen.asave()
        spoke = await socket.do("submit_proposal", title="Doch noch etwas")
        took = await socket.do("take_stance", proposal=scene.other.pk, value="agree")

    assert spoke["refused"]["code"] == "participation.silenced"
    assert took["ok"] == {"proposal": scene.other.pk, "value": "agree"}


# --- what it brings -----------------------------------------------------------------
async def test_proposal_reaches_both_languages_and_the_desk() -> None:
    scene = await make()

    async with (
        open_socket(scene.citizen) as mine,
        open_socket(scene.neighbour, lang="en") as theirs,
        open_socket(scene.lead, screen="desk") as desk,
    ):
        answer = await mine.do("submit_proposal", title="Zebrastreifen")
        frames = [await socket.until("ops") for socket in (mine, theirs, desk)]

    pk = answer["ok"]["proposal"]
    places = [[(op["target"], op["swap"]) for op in frame["ops"]] for frame in frames]
    put = ("proposals", "put")
    # The desk's queue would lose one that was held.
    assert places == [[put], [put], [put, (f"queueproposal-{pk}", "remove")]]
    for frame in frames:
        card = next(op for op in frame["ops"] if op["target"] == "proposals")
        assert f'id="proposal-{pk}"' in card["html"]
    assert "Ausblenden" not in frames[0]["ops"][0]["html"]
    assert frames[0]["after"] < frames[0]["seq"]


async def test_desk_gets_first_what_was_acted_on() -> None:
    """Its gauges, and the list of what the opinion map asks about, come after it."""
    scene = await make()

    async with (
        open_socket(scene.citizen) as writer,
        open_socket(scene.lead, screen="desk") as desk,
    ):
        await writer.do("submit_proposal", title="Zebrastreifen")
        first, owed = [await desk.until("ops") for __ in range(2)]

    assert [op["target"] for op in owed["ops"]] == ["load", "shares", "statements"]
    assert owed["after"] == owed["seq"] == first["seq"]
    assert "Zebrastreifen" in owed["ops"][2]["html"]


async def test_owed_parts_are_gathered_under_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "LATER_EVERY", 3600.0)
    scene = await make()

    async with (
        open_socket(scene.citizen) as writer,
        open_socket(scene.lead, screen="desk") as desk,
    ):
        for number in range(6):
            await writer.do("submit_proposal", title=f"Vorschlag {number}")
        seqs: list[tuple[int, int]] = []
        owed: list[dict[str, Any]] = []
        head = (await sync_to_async(frames.heads_of)(scene.dialogue.pk)).seq
        while not seqs or seqs[-1][1] < head:
            frame = await desk.until("ops")
            if frame["after"] == frame["seq"]:
                owed.append(frame)
            else:
                seqs.append((frame["after"], frame["seq"]))
        # The time has come.
        served = hub().rooms[scene.dialogue.pk]
        served.owed_due = 0.0
        served.wake()
        last = await desk.until("ops")

    # The first ones at once, all others together.
    assert len(owed) == 1
    assert [op["target"] for op in last["ops"]] == ["load", "shares", "statements"]
    assert "Vorschlag 5" in last["ops"][2]["html"]
    for (__, before), (after, ___) in pairwise(seqs):
        assert after == before


async def test_desk_that_comes_back_gets_what_it_was_owed() -> None:
    """Also from a process that never knew of it."""
    scene = await make()
    submitted = await sync_to_async(submit_proposal)(
        author=scene.citizen, kind="idea", title="Zebrastreifen"
    )

    def missed(since: int, view: View) -> list[list[str]]:
        heads = frames.heads_of(scene.dialogue.pk)
        found = frames.catch_up(
            scene.dialogue.pk, view, epoch=heads.epoch, since=since,
            version=heads.version,
        )  # fmt: skip
        return [[op["target"] for op in frame["ops"]] for frame in found.frames]

    read = sync_to_async(missed)
    head = (await sync_to_async(frames.heads_of)(scene.dialogue.pk)).seq
    # The scene has a call for help, too: tables show theirs.
    late = ["load", "shares", "statements", "tables"]

    assert await read(head, View("desk", "de")) == [late]
    assert await read(head, View("room", "de")) == []
    behind = await read(head - 1, View("desk", "de"))
    assert behind == [[*late, "proposals", f"queueproposal-{submitted.pk}"]]


async def test_frames_of_a_view_have_no_gap() -> None:
    scene = await make()

    async with (
        open_socket(scene.neighbour) as reader,
        open_socket(scene.citizen) as writer,
    ):
        seqs = []
        for number in range(5):
            # A call for help is for moderators only: no gap for citizens.
            await writer.do("submit_proposal", title=f"Vorschlag {number}")
            frame = await reader.until("ops")
            seqs.append((frame["after"], frame["seq"]))
            if number == 2:
                await writer.do("call_help", text="Ton weg")

    for (__, before), (after, ___) in pairwise(seqs):
        assert after == before


async def test_stances_come_as_absolute_counts() -> None:
    scene = await make()

    async with (
        open_socket(scene.citizen) as one,
        open_socket(scene.neighbour) as two,
    ):
        await one.do("take_stance", proposal=scene.other.pk, value="agree")
        await two.do("take_stance", proposal=scene.other.pk, value="disagree")
        await two.do("take_stance", proposal=scene.other.pk, value="agree")
        subject = f"proposal-{scene.other.pk}"
        numbers: dict[str, int] = {}
        while numbers.get("agrees") != 2:
            numbers = (await two.until("counts"))["counts"].get(subject, numbers)

    assert (numbers["agrees"], numbers["disagrees"], numbers["passes"]) == (2, 0, 0)
    assert await Stance.objects.acount() == 2


async def test_vote_gives_a_receipt_and_the_repetition_the_same() -> None:
    scene = await make()
    facts = {
        "ballot": scene.open_ballot.pk,
        "options": [await sync_to_async(scene.option)()],
        "request_key": "abcdefgh12345678",
    }

    async with open_socket(scene.citizen) as socket:
        first = await socket.do("cast_vote", **facts)
        second = await socket.do("cast_vote", **facts)

    assert first["ok"]["receipt"] == second["ok"]["receipt"]
    assert await Vote.objects.acount() == 1
    entry = await RollEntry.objects.aget(
        participation=scene.citizen, ballot=scene.open_ballot
    )
    assert entry.receipt == first["ok"]["receipt"]


async def test_author_of_a_hidden_proposal_is_told_to_look() -> None:
    scene = await make()

    async with (
        open_socket(scene.citizen) as author,
        open_socket(scene.lead, screen="desk") as desk,
    ):
        __, facts, ___ = ACTS["hide"]
        await desk.do("hide", **facts(scene))
        await author.until("mine")
        mine = await author.do("mine")

    assert "Gehört nicht hierher" in json.dumps(mine["mine"], ensure_ascii=False)


async def test_whose_vote_counts_otherwise_is_told_to_look() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        await sync_to_async(set_weights)(
            moderator=scene.lead, weights={scene.citizen.pk: 3}, reason="Für drei."
        )
        await socket.until("mine")
        mine = await socket.do("mine")

    assert "zählt Ihre Stimme 3-mal" in mine["mine"]["weight"]


async def test_resume_brings_what_was_missed() -> None:
    scene = await make()
    heads = await sync_to_async(consumers.frames.heads_of)(scene.dialogue.pk)
    async with open_socket(scene.citizen) as socket:
        for number in range(3):
            await socket.do("submit_proposal", title=f"Verpasst {number}")
        await socket.do("take_stance", proposal=scene.other.pk, value="pass")

    async with open_socket(scene.neighbour) as back:
        await back.do(
            "resume", epoch=heads.epoch, since=heads.seq, version=heads.version
        )
        kinds = [frame["kind"] for frame in back.frames if "kind" in frame]
        ops = next(frame for frame in back.frames if frame.get("kind") == "ops")

    assert {"ops", "counts"} <= set(kinds)
    assert [op["target"] for op in ops["ops"]] == ["proposals"] * 3


# --- what it survives ----------------------------------------------------------------
BAD_FRAMES = [
    "not json",
    "[]",
    "null",
    "{}",
    '{"id": 1}',
    '{"id": 1, "do": 7}',
    '{"id": 1, "do": "mine", "with": []}',
    "[" * 50_000,
    '{"id":1,"do":"mine","with":' + '{"a":' * 20 + "1" + "}" * 20 + "}",
    "x" * (consumers.LONGEST_FRAME + 1),
]


@pytest.mark.parametrize("text", BAD_FRAMES, ids=range(len(BAD_FRAMES)))
async def test_bad_frame_is_answered_and_the_socket_lives(text: str, caplog) -> None:  # type: ignore[no-untyped-def]
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        await socket.send_raw(text)
        answer = await socket.answer(None)
        alive = await socket.do("react", kind="agree")

    assert answer["refused"]["code"] == "frame.unreadable"
    assert answer["refused"]["message"]
    assert "ok" in alive
    assert caplog.records == []


async def test_binary_frame_is_answered() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        await socket.send_raw(data=b"\x00\x01")
        answer = await socket.answer(None)

    assert answer["refused"]["code"] == "frame.unreadable"


BAD_COMMANDS = [
    ("fly", {}, "command.unknown"),
    ("submit_proposal", {}, "input.invalid"),
    ("submit_proposal", {"title": "x" * 141}, "input.invalid"),
    ("submit_proposal", {"title": "\u200b\u0000 "}, "input.invalid"),
    ("submit_proposal", {"title": "\ud800"}, "input.invalid"),
    ("submit_proposal", {"title": "x", "author": 1}, "input.invalid"),
    ("add_comment", {"proposal": 999_999, "text": "x"}, "right.missing"),
    ("add_comment", {"proposal": -1, "text": "x"}, "input.invalid"),
    ("take_stance", {"proposal": 1, "value": "maybe"}, "input.invalid"),
    ("take_stance", {"proposal": 999_999, "value": "agree"}, "right.missing"),
    ("cast_vote", {"ballot": 999_999, "options": [1]}, "right.missing"),
    ("cast_vote", {"ballot": 1, "options": "x"}, "input.invalid"),
    ("react", {"kind": "boo"}, "input.invalid"),
    ("go_on", {}, "agenda.not_now"),
    ("close_dialogue", {"confirm": "yes"}, "input.invalid"),
    ("show_on_projector", {"shown": "<script>"}, "input.invalid"),
    ("resume", {"epoch": "x"}, "input.invalid"),
]


@pytest.mark.parametrize(("name", "facts", "code"), BAD_COMMANDS)
async def test_wrong_command_gets_its_code(
    name: str,
    facts: dict,
    code: str,
    caplog,  # type: ignore[type-arg, no-untyped-def]
) -> None:
    scene = await make()

    async with open_socket(scene.citizen, lang="en") as socket:
        answer = await socket.do(name, **facts)

    assert answer["refused"]["code"] == code
    assert answer["refused"]["message"]
    assert caplog.records == []


async def test_foreign_dialogue_is_out_of_reach() -> None:
    scene, other = await make(), await make()

    async with open_socket(scene.citizen) as socket:
        answers = [
            await socket.do("add_comment", proposal=other.proposal.pk, text="x"),
            await socket.do("take_stance", proposal=other.proposal.pk, value="agree"),
            await socket.do("support", kind="proposal", pk=other.proposal.pk),
            await socket.do(
                "cast_vote",
                ballot=other.open_ballot.pk,
                options=[await sync_to_async(other.option)()],
            ),
        ]

    assert {answer["refused"]["code"] for answer in answers} == {"right.missing"}
    assert await Stance.objects.acount() == 0


async def test_too_many_commands_are_slowed_down() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        answers = [
            await socket.do("react", kind="agree") for __ in range(consumers.BURST * 3)
        ]

    codes = {a["refused"]["code"] for a in answers if "refused" in a}
    assert codes <= {"socket.too_fast", "rate.limited"}
    assert len([a for a in answers if "ok" in a]) >= consumers.BURST


async def test_control_characters_are_cleaned() -> None:
    scene = await make()

    async with open_socket(scene.citizen) as socket:
        answer = await socket.do(
            "submit_proposal", title="Sicher\u0000 \u202ezur\u200b Schule"
        )
    proposal = await Proposal.objects.aget(pk=answer["ok"]["proposal"])

    assert proposal.title == "Sicher zur Schule"


async def test_vote_by_form_is_cast_with_those_by_socket() -> None:
    scene = await make()
    vote = {
        "ballot": scene.open_ballot.pk,
        "options": await sync_to_async(scene.option)(),
        "request_key": "form-key-0001",
    }
    cookie = await sync_to_async(session_cookie)(scene.citizen.person)
    client = Client(headers={"Accept": "application/json"})
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    address = f"/d/{scene.dialogue.code}/do/cast_vote/"

    async with open_socket(scene.citizen) as socket:
        await socket.do("mine")
        batches = gauges.batches
        answer = await sync_to_async(client.post)(address, vote)
        by_socket = await socket.do(
            "cast_vote", **{**vote, "options": [vote["options"]]}
        )

    assert gauges.batches == batches + 2
    assert answer.json()["ok"]["receipt"] == by_socket["ok"]["receipt"]


async def test_vote_after_closing_is_refused() -> None:
    scene = await make()

    async with (
        open_socket(scene.citizen) as socket,
        open_socket(scene.lead, screen="desk") as desk,
    ):
        await desk.do("close_ballot", ballot=scene.open_ballot.pk)
        answer = await socket.do(
            "cast_vote",
            ballot=scene.open_ballot.pk,
            options=[await sync_to_async(scene.option)()],
        )

    assert answer["refused"]["code"] == "ballot.not_open"
    assert await Vote.objects.acount() == 0


async def test_two_dialogues_do_not_hear_each_other() -> None:
    one, two = await make(), await sync_to_async(make_dialogue)(allows="propose")
    reader = await sync_to_async(make_participation)(two)

    async with open_socket(one.citizen) as writer, open_socket(reader) as silent:
        await writer.do("submit_proposal", title="NUR HIER")
        await writer.until("ops")
        beat = await silent.do("mine")

    assert silent.frames == [] or all(
        frame.get("kind") == "heartbeat" for frame in silent.frames
    )
    assert "ok" in beat
