"""Old snapshot + frames = new snapshot, for every action and every screen."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine

from dialogue.actions import open_lobby
from dialogue.desk import take_chair
from dialogue.joining import mark_seen
from dialogue.models import Dialogue
from ledger.events import Event
from ledger.models import Entry
from live import frames
from live.commands import COMMANDS, run_command
from live.ops import targets_of
from live.room_state import RoomState
from live.screens import LIMITS, View
from moderation.actions import hide_contribution
from proposals.actions import (
    add_comment,
    revise_proposal,
    submit_proposal,
    withdraw,
)
from proposals.drafting import draft_ballot
from proposals.weights import set_weights
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation
from tests.live.scene import ACTS, EARLIER_ACTS, LATER_ACTS, make_scene

VIEWS = [View("room", "de"), View("room", "en"), View("desk", "de")]
VIEWS.append(View("projector", "de"))

pytestmark = pytest.mark.django_db


def fresh(dialogue: Dialogue, view: View) -> frames.Frame:
    """A snapshot drawn now, past the one that is kept for a second."""
    return frames._draw_snapshot(dialogue.pk, view, frames.heads_of(dialogue.pk))


@contextmanager
def verify_action(dialogue: Dialogue) -> Iterator[None]:
    """What happens inside must reach every view that was open before, and no
    view may differ from one that is opened after."""
    old = {view: fresh(dialogue, view) for view in VIEWS}
    yield
    for view, before in old.items():
        state = RoomState.from_snapshot(before)
        for frame in frames.catch_up(
            dialogue.pk,
            view,
            epoch=before["epoch"],
            since=before["seq"],
            version=before["version"],
        ).frames:
            assert state.apply(frame)
        new = fresh(dialogue, view)

        assert state.comparable() == RoomState.from_snapshot(new).comparable()
        assert (state.seq, state.version) == (new["seq"], new["version"])


@pytest.mark.parametrize("name", sorted(ACTS))
def test_action_reaches_every_view(name: str) -> None:
    who, facts, screen = ACTS[name]
    scene = make_scene()

    with verify_action(scene.dialogue):
        run_command(name, facts(scene), getattr(scene, who), View(screen, "de"))


@pytest.mark.parametrize("name", sorted(LATER_ACTS))
def test_later_action_reaches_every_view(name: str) -> None:
    who, facts, screen, before = LATER_ACTS[name]
    scene = make_scene()
    for earlier in before:
        actor, earlier_facts, earlier_screen = (ACTS | LATER_ACTS)[earlier][:3]
        run_command(
            earlier,
            earlier_facts(scene),
            getattr(scene, actor),
            View(earlier_screen, "de"),
        )

    with verify_action(scene.dialogue):
        run_command(name, facts(scene), getattr(scene, who), View(screen, "de"))


def test_opening_the_doors_reaches_every_view() -> None:
    dialogue = make_dialogue(state="announced")
    lead = make_participation(dialogue, "lead_moderator")

    with verify_action(dialogue):
        open_lobby(moderator=lead)


def test_every_command_is_verified() -> None:
    assert set(ACTS) | set(LATER_ACTS) | EARLIER_ACTS == set(COMMANDS)


def kinds(of: type[Event]) -> Iterator[str]:
    for event in of.__subclasses__():
        if event.__module__.partition(".")[0] not in ("qualification", "tests"):
            if "kind" in vars(event):  # else it is a base of others
                yield event.kind
            yield from kinds(event)


class Facts(dict[str, int]):
    def __missing__(self, name: str) -> int:
        return 0


def is_known(kind: str) -> bool:
    """Whether the screens have a place for it, whatever its facts are."""
    try:
        targets_of(Entry(kind=kind, payload=Facts()))
    except KeyError as missing:
        return missing.args != (kind,)
    except Refusal:  # known, but there is no such contribution
        return True
    return True


@pytest.mark.parametrize("kind", sorted(set(kinds(Event))))
def test_screens_know_every_event(kind: str) -> None:
    """An entry without a place would keep all that comes after it from the screens.

    The register of qualifications has a stream that no screen follows.
    """
    assert is_known(kind)


def test_screens_say_what_they_do_not_know() -> None:
    assert not is_known("nothing.happened")


def test_weights_reach_every_view() -> None:
    """By a page of their own: everybody reads why at once."""
    scene = make_scene()

    with verify_action(scene.dialogue):
        set_weights(
            moderator=scene.lead, weights={scene.citizen.pk: 3}, reason="Für drei."
        )
    assert "Für drei." in frames.encode(fresh(scene.dialogue, VIEWS[0]))


def test_holder_of_the_chair_who_goes_and_comes_back_reaches_every_view() -> None:
    with time_machine.travel("2026-11-20 18:00", tick=False) as now:
        scene = make_scene()
        here = [scene.lead.pk]
        mark_seen(scene.dialogue.pk, here, clock.now())
        take_chair(moderator=scene.lead)
        for people in ([], here):
            now.shift(21)
            with verify_action(scene.dialogue):
                mark_seen(scene.dialogue.pk, people, clock.now())

    kinds = list(Entry.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds[-2:] == ["chair.gone", "chair.back"]


def test_reworded_option_of_a_draft_reaches_every_view() -> None:
    scene = make_scene()
    draft_ballot(
        moderator=scene.lead,
        title="Welcher?",
        method="single",
        proposals=(scene.proposal.pk,),
        options=("Keiner",),
    )

    with verify_action(scene.dialogue):
        revise_proposal(
            author=scene.citizen, proposal_pk=scene.proposal.pk, title="Ganz anders"
        )
    with verify_action(scene.dialogue):
        withdraw(author=scene.citizen, kind="proposal", pk=scene.proposal.pk)


@pytest.mark.parametrize("kind", ["proposal", "question", "comment"])
def test_hiding_reaches_every_view(kind: str) -> None:
    scene = make_scene()

    with verify_action(scene.dialogue):
        hide_contribution(
            moderator=scene.lead,
            kind=kind,
            pk=getattr(scene, kind).pk,
            rule="insult",
            reason="Beleidigend",
        )


@pytest.mark.parametrize("leaving", [1, 3])
def test_list_stays_full_when_proposals_leave_it(leaving: int) -> None:
    """Several at once are in one frame."""
    dialogue = make_dialogue(allows="propose")
    authors = [make_participation(dialogue) for __ in range(3)]
    proposals = [
        submit_proposal(author=authors[n // 15], title=f"Nummer {n}")
        for n in range(LIMITS["proposals"] + 4)
    ]

    with verify_action(dialogue):
        for row in proposals[-leaving:]:
            withdraw(author=authors[2], kind="proposal", pk=row.pk)
    with verify_action(dialogue):
        submit_proposal(author=authors[2], title="Noch einer")


def test_comment_reaches_an_open_thread() -> None:
    scene = make_scene()
    thread = [
        op
        for frame in _after(
            scene.dialogue,
            lambda: add_comment(
                author=scene.citizen,
                proposal_pk=scene.proposal.pk,
                text="Antwort",
                parent_pk=scene.comment.pk,
            ),
        )
        for op in frame.get("ops", [])
    ]

    assert [(op["target"], op["swap"]) for op in thread] == [
        (f"replies-{scene.comment.pk}", "put")
    ]
    assert "Antwort" in thread[0]["html"]


def test_resume_after_hiding_never_shows_the_text() -> None:
    scene = make_scene()
    before = fresh(scene.dialogue, VIEWS[0])
    canary = submit_proposal(author=scene.citizen, title="KANARIENVOGEL")
    hide_contribution(
        moderator=scene.lead,
        kind="proposal",
        pk=canary.pk,
        rule="insult",
        reason="Grund",
    )

    missed = frames.catch_up(
        scene.dialogue.pk,
        VIEWS[0],
        epoch=before["epoch"],
        since=before["seq"],
        version=before["version"],
    ).frames

    assert [frame["kind"] for frame in missed] == ["ops"]
    assert "KANARIENVOGEL" not in frames.encode(missed[0])
    assert "KANARIENVOGEL" not in frames.encode(fresh(scene.dialogue, VIEWS[0]))
    assert "KANARIENVOGEL" in frames.encode(fresh(scene.dialogue, VIEWS[2]))


def test_far_behind_gets_a_snapshot() -> None:
    scene = make_scene()
    epoch = frames.heads_of(scene.dialogue.pk).epoch

    other = frames.catch_up(
        scene.dialogue.pk, VIEWS[0], epoch="other", since=1, version=0
    ).frames
    ahead = frames.catch_up(
        scene.dialogue.pk, VIEWS[0], epoch=epoch, since=10**6, version=0
    ).frames

    assert [frame["kind"] for frame in (*other, *ahead)] == ["snapshot", "snapshot"]


@pytest.mark.parametrize(("seconds", "kind"), [(599, "ops"), (601, "snapshot")])
def test_resume_window(seconds: int, kind: str) -> None:
    with time_machine.travel("2026-11-20 18:00", tick=False) as now:
        scene = make_scene()
        heads = frames.heads_of(scene.dialogue.pk)
        run_command("park_topic", {"text": "Bänke"}, scene.citizen, VIEWS[0])

        now.shift(seconds)
        missed = frames.catch_up(
            scene.dialogue.pk,
            VIEWS[0],
            epoch=heads.epoch,
            since=heads.seq,
            version=heads.version,
        ).frames

    assert [frame["kind"] for frame in missed] == [kind]


def test_citizen_hears_nothing_of_what_moderators_hear() -> None:
    scene = make_scene()
    heads = frames.heads_of(scene.dialogue.pk)

    run_command("call_help", {"text": "GEHEIM"}, scene.citizen, VIEWS[0])
    for_citizen, for_desk = (
        frames.catch_up(
            scene.dialogue.pk,
            view,
            epoch=heads.epoch,
            since=heads.seq,
            version=heads.version,
        ).frames
        for view in (VIEWS[0], VIEWS[2])
    )

    assert for_citizen == ()
    assert "GEHEIM" in frames.encode(for_desk[0])


def _after(dialogue, work):  # type: ignore[no-untyped-def]
    heads = frames.heads_of(dialogue.pk)
    work()
    return frames.catch_up(
        dialogue.pk,
        VIEWS[0],
        epoch=heads.epoch,
        since=heads.seq,
        version=heads.version,
    ).frames
