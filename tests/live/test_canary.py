"""What waits or was hidden is in no byte that a citizen gets."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from dialogue.models import Table
from dialogue.table_queries import is_at_table
from dialogue.table_rounds import end_round
from dialogue.tables import write_note
from live import frames
from live.room import Room
from live.screens import View, view_of
from moderation.actions import ask_revision, hide_contribution
from moderation.merging import merge_contributions
from moderation.models import Decision
from portal.export import export_person
from proposals import actions, wall
from proposals.duplicates import similar_to
from proposals.findings import bring_back
from proposals.held import revise_held
from proposals.models import HoldingRule, Proposal
from proposals.responding import park_topic
from tests.live.scene import Scene, make_scene
from tests.live.sockets import communicator_of, open_socket, session_cookie
from tests.live.table_acts import the_table

CANARY = "Kanarienvogel"


def _hold(scene: Scene) -> None:
    HoldingRule.objects.create(dialogue=scene.dialogue, holds_everything=True)


def _write(scene: Scene) -> dict[str, int]:
    """One contribution of each kind that says it, by the citizen."""
    return {
        "proposal": actions.submit_proposal(
            author=scene.citizen, title=f"{CANARY} Park", text=CANARY, reason=CANARY
        ).pk,
        "comment": actions.add_comment(
            author=scene.citizen, proposal_pk=scene.other.pk, text=f"{CANARY} Park"
        ).pk,
        "question": actions.ask_question(
            author=scene.citizen, text=f"{CANARY} Park?"
        ).pk,
        "topic": park_topic(author=scene.citizen, text=f"{CANARY} Park").pk,
    }


def held(scene: Scene) -> None:
    _hold(scene)
    _write(scene)


def revised_while_held(scene: Scene) -> None:
    _hold(scene)
    pk = actions.ask_question(author=scene.citizen, text="Park?").pk
    revise_held(author=scene.citizen, kind="question", pk=pk, text=f"{CANARY} Park?")


def reworded_and_held(scene: Scene) -> None:
    _hold(scene)
    actions.revise_proposal(
        author=scene.citizen, proposal_pk=scene.proposal.pk, title=f"{CANARY} Park"
    )


def refused_from_the_queue(scene: Scene) -> None:
    _hold(scene)
    _hide(scene, _write(scene))


def hidden(scene: Scene) -> None:
    _hide(scene, _write(scene))


def hidden_from_the_stage(scene: Scene) -> None:
    pks = _write(scene)
    wall.sort_question(
        moderator=scene.lead,
        question_pk=pks["question"],
        topic="Verkehr",
        is_shortlisted=True,
    )
    wall.stage_question(
        moderator=scene.lead, question_pk=pks["question"], is_on_stage=True
    )
    _hide(scene, pks)


def sent_back(scene: Scene) -> None:
    for kind, pk in _write(scene).items():
        ask_revision(
            moderator=scene.lead, kind=kind, pk=pk, rule="insult", reason="Anders"
        )


def hidden_after_merging(scene: Scene) -> None:
    pks = _write(scene)
    _merge(scene, pks, proposal=scene.other.pk, question=scene.question.pk)
    _hide(scene, pks)


def hidden_synthesis(scene: Scene) -> None:
    pks = _write(scene)
    sources = {"proposal": scene.proposal.pk, "question": scene.question.pk}
    _merge(scene, sources, proposal=pks["proposal"], question=pks["question"])
    _hide(scene, pks)


def finding_hidden(scene: Scene) -> None:
    _hide(scene, {"proposal": _bring(scene).pk})


def finding_held(scene: Scene) -> None:
    _hold(scene)
    _bring(scene)


def finding_hidden_after_merging(scene: Scene) -> None:
    pks = {"proposal": _bring(scene).pk}
    _merge(scene, pks, proposal=scene.other.pk)
    _hide(scene, pks)


def finding_hidden_after_the_round(scene: Scene) -> None:
    pk = _bring(scene).pk
    end_round(moderator=scene.lead)
    _hide(scene, {"proposal": pk})


def _bring(scene: Scene) -> Proposal:
    """A finding of the table at which another citizen sits too."""
    table = the_table(scene)
    assert is_at_table(scene.neighbour, table.pk)
    write_note(
        author=scene.citizen, table_pk=table.pk, title=f"{CANARY} Park", text=CANARY
    )
    # Kept from before, with its words: the table reads them until they are brought.
    assert CANARY in frames.encode(frames.snapshot(scene.dialogue.pk, _at(table)))
    (finding,) = bring_back(moderator=scene.lead, table_pk=table.pk)
    return finding


def _at(table: Table) -> View:
    return View("table", "de", table.pk)


def _merge(scene: Scene, pks: dict[str, int], **into: int) -> None:
    for kind, target in into.items():
        merge_contributions(
            moderator=scene.lead,
            kind=kind,
            pks=[pks[kind]],
            into=target,
            reason="Gleich",
        )


def _hide(scene: Scene, pks: dict[str, int]) -> None:
    for kind, pk in pks.items():
        hide_contribution(
            moderator=scene.lead, kind=kind, pk=pk, rule="insult", reason="Beleidigt"
        )


WAYS: list[Callable[[Scene], None]] = [
    held,
    revised_while_held,
    reworded_and_held,
    refused_from_the_queue,
    hidden,
    hidden_from_the_stage,
    sent_back,
    hidden_after_merging,
    hidden_synthesis,
    finding_hidden,
    finding_held,
    finding_hidden_after_merging,
    finding_hidden_after_the_round,
]


def pages(scene: Scene, start: frames.Heads) -> dict[str, str]:
    """All that another citizen can ask for, by address."""
    client = Client()
    client.force_login(scene.neighbour.person)
    room = f"/d/{scene.dialogue.code}/"
    since = f"epoch={start.epoch}&since={start.seq}&version={start.version}"
    addresses = [
        room,
        room + "projector/",
        room + "proposals/",
        # The words that are searched for come back in their field.
        room + "proposals/?q=Park",
        room + "proposals/?sort=discussed",
        room + "questions/",
        room + "questions/?sort=supported&status=shortlisted",
        room + f"since/?{since}",
        room + f"since/?screen=projector&{since}",
        "/me/",
    ]
    for row in scene.dialogue.proposals.all():
        addresses += [
            room + f"proposals/{row.pk}/",
            room + f"proposals/{row.pk}/thread/",
        ]
    for table in scene.dialogue.tables.all():
        addresses += [
            room + f"table/{table.pk}/",
            room + f"table/{table.pk}/findings/",
            room + f"since/?screen={_at(table).name}&{since}",
        ]
    return {
        address: client.get(address, follow=True).content.decode()
        for address in addresses
    }


def drawn(scene: Scene, start: frames.Heads) -> dict[str, str]:
    """What sockets are sent: snapshots, and what those who come back have missed."""
    found = {}
    screens = [
        "room",
        "projector",
        *(_at(table).name for table in scene.dialogue.tables.all()),
    ]
    for screen in screens:
        for language in ("de", "en"):
            view = view_of(screen, language)
            name = f"{screen} {language}"
            found[f"snapshot {name}"] = frames.encode(
                frames.snapshot(scene.dialogue.pk, view)
            )
            missed = frames.catch_up(
                scene.dialogue.pk,
                view,
                epoch=start.epoch,
                since=start.seq,
                version=start.version,
            )
            found[f"missed {name}"] = "".join(missed.texts)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_no_citizen_gets_it(way: Callable[[Scene], None]) -> None:
    scene = make_scene()
    start = frames.heads_of(scene.dialogue.pk)
    # Kept from before: what is drawn later must not rest on it.
    drawn(scene, start)
    way(scene)

    got: dict[str, Any] = pages(scene, start) | drawn(scene, start)
    got["export of another"] = json.dumps(export_person(scene.neighbour.person))

    assert len(got) > 20
    assert [name for name, text in got.items() if CANARY in text] == []


@pytest.mark.django_db
def test_its_author_still_sees_it() -> None:
    scene = make_scene()
    held(scene)
    client = Client()
    client.force_login(scene.citizen.person)

    html = client.get(f"/d/{scene.dialogue.code}/").content.decode()

    assert html.count(f"{CANARY} Park") >= 3
    assert "revise_held" in html
    assert CANARY in json.dumps(export_person(scene.citizen.person))


@pytest.mark.django_db
def test_similar_hint_does_not_know_it() -> None:
    scene = make_scene()
    held(scene)

    assert similar_to(scene.dialogue, "proposal", f"{CANARY} Park") == []
    assert similar_to(scene.dialogue, "question", f"{CANARY} Park?") == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
async def test_socket_that_comes_back_does_not_get_it() -> None:
    scene = await sync_to_async(make_scene)()
    start = await sync_to_async(frames.heads_of)(scene.dialogue.pk)
    await sync_to_async(hidden)(scene)
    cookie = await sync_to_async(session_cookie)(scene.neighbour.person)
    communicator = communicator_of(scene.dialogue.code, cookie)
    assert (await communicator.connect(timeout=30))[0]

    await communicator.send_to(
        json.dumps(
            {
                "id": 1,
                "do": "resume",
                "with": {
                    "epoch": start.epoch,
                    "since": start.seq,
                    "version": start.version,
                },
            }
        )
    )
    texts: list[str] = []
    while not any('"re":1' in text for text in texts):
        texts.append(await communicator.receive_from(30))
    await communicator.disconnect(timeout=30)

    assert texts
    assert CANARY not in "".join(texts)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
@pytest.mark.parametrize("by_form", [False, True])
async def test_hiding_is_confirmed_when_what_was_drawn_before_is_written(
    by_form: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proposal is drawn, then hidden, and only then written."""
    scene = await sync_to_async(make_scene)()
    is_drawn, may_go_on = threading.Event(), threading.Event()
    draw = Room._draw

    def draw_and_wait(*facts: Any) -> Any:
        step = draw(*facts)
        seen = [said for view, said in step.messages.items() if not view.is_desk]
        if CANARY in str(seen):
            is_drawn.set()
            assert may_go_on.wait(30)
        return step

    monkeypatch.setattr(Room, "_draw", draw_and_wait)
    client = Client(headers={"Accept": "application/json"})
    cookie = await sync_to_async(session_cookie)(scene.lead.person)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    address = f"/d/{scene.dialogue.code}/do/hide/"

    async with (
        open_socket(scene.neighbour) as reader,
        open_socket(scene.citizen) as author,
        open_socket(scene.lead, screen="desk") as desk,
    ):
        done = await author.do("submit_proposal", title=f"{CANARY} Park")
        facts = {
            "kind": "proposal",
            "pk": done["ok"]["proposal"],
            "rule": "insult",
            "reason": "Das setzt andere herab.",
        }
        assert await sync_to_async(is_drawn.wait)(30)
        hide = (
            sync_to_async(client.post, thread_sensitive=False)(address, facts)
            if by_form
            else desk.do("hide", **facts)
        )
        hiding = asyncio.create_task(hide)
        decided = Decision.objects.filter(proposal_id=facts["pk"])
        while not await decided.aexists():  # noqa: ASYNC110 -- another process would too
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        was_confirmed_early = hiding.done()
        may_go_on.set()
        await hiding
        written = reader.communicator.output_queue.qsize()
        before = [await reader.receive() for __ in range(written)]
        later: list[dict[str, Any]] = []
        gone = f"'target': 'proposal-{facts['pk']}', 'swap': 'remove'"
        while gone not in str(before + later):
            later.append(await reader.receive())

    assert not was_confirmed_early
    assert CANARY in str(before)
    assert CANARY not in str(later)
