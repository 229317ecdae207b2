"""Steering a dialogue: every verb, in every state."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from dialogue import actions
from dialogue.models import AgendaStep, Dialogue, Participation
from ledger.queries import entries_since
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_item, make_participation
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db

STATES = ("draft", "announced", "lobby", "live", "paused", "closed")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def lead_of(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator")


def kinds(dialogue: Dialogue) -> list[str]:
    return [entry.kind for entry in entries_since(dialogue.stream_id, 0)]


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def steering(verb: str, dialogue: Dialogue) -> dict[str, Any]:
    """What `verb` needs besides the moderator."""
    needs: dict[str, dict[str, Any]] = {
        "go_to": {"item_pk": dialogue.agenda.get(position=1).pk},
        "extend": {"minutes": 5},
        "show_on_projector": {"shown": "result"},
    }
    return needs.get(verb, {})


# verb: the state it leads to, or the refusal, per state of STATES.
COURSES = {
    "open_lobby": (
        "dialogue.draft lobby dialogue.open dialogue.open dialogue.open dialogue.closed"
    ),
    "go_to": "dialogue.draft live live live live dialogue.closed",
    "go_on": "dialogue.draft live live live live dialogue.closed",
    "extend": (
        "dialogue.draft dialogue.not_live dialogue.not_live live paused dialogue.closed"
    ),
    "pause": (
        "dialogue.draft dialogue.not_live dialogue.not_live paused "
        "dialogue.not_live dialogue.closed"
    ),
    "resume": (
        "dialogue.draft dialogue.not_paused dialogue.not_paused "
        "dialogue.not_paused live dialogue.closed"
    ),
    "show_on_projector": "dialogue.draft announced lobby live paused dialogue.closed",
}


@pytest.mark.parametrize(
    ("verb", "state", "expected"),
    [
        (verb, state, expected)
        for verb, course in COURSES.items()
        for state, expected in zip(STATES, course.split(), strict=True)
    ],
)
def test_steering_in_state(verb: str, state: str, expected: str):
    dialogue = make_dialogue(state=state)
    make_item(dialogue)
    moderator = lead_of(dialogue)
    facts = {"moderator": moderator, **steering(verb, dialogue)}

    if "." in expected:
        assert refusal_of(getattr(actions, verb), **facts) == expected
    else:
        getattr(actions, verb)(**facts)

    dialogue.refresh_from_db()
    assert dialogue.state == (state if "." in expected else expected)
    assert len(kinds(dialogue)) == ("." not in expected)


@pytest.mark.parametrize("verb", COURSES)
@pytest.mark.parametrize("role", ["participant", "observer", "table_moderator"])
def test_steering_without_right(verb: str, role: str):
    dialogue = make_dialogue(state="announced" if verb == "open_lobby" else "live")
    make_item(dialogue)
    facts = {
        "moderator": make_participation(dialogue, role),
        **steering(verb, dialogue),
    }

    with pytest.raises(Refusal) as refused:
        getattr(actions, verb)(**facts)

    assert refused.value.status == 403
    assert kinds(dialogue) == []


def test_steering_by_excluded_lead():
    dialogue = make_dialogue()
    moderator = make_participation(dialogue, "lead_moderator", state="excluded")

    assert refusal_of(actions.pause, moderator=moderator) == "participation.excluded"


def test_steering_reads_role_anew():
    dialogue = make_dialogue()
    moderator = lead_of(dialogue)
    Participation.objects.filter(pk=moderator.pk).update(role="participant")

    assert refusal_of(actions.pause, moderator=moderator) == "agenda.not_now"


# --- announce -----------------------------------------------------------------
@pytest.mark.parametrize("state", STATES)
def test_announce_dialogue_in_state(state: str):
    dialogue = make_dialogue(state=state)

    if state == "draft":
        actions.announce_dialogue(dialogue=dialogue)
        expected = ("announced", ["dialogue.announced"])
    else:
        code = refusal_of(actions.announce_dialogue, dialogue=dialogue)
        assert code == "dialogue.announced"
        expected = (state, [])

    dialogue.refresh_from_db()
    assert (dialogue.state, kinds(dialogue)) == expected


def test_announce_dialogue_without_agenda():
    dialogue = make_dialogue(state="draft")
    dialogue.agenda.all().delete()

    assert refusal_of(actions.announce_dialogue, dialogue=dialogue) == "agenda.empty"


# --- agenda -------------------------------------------------------------------
@time_machine.travel(NOON, tick=False)
def test_open_lobby_notes_time():
    dialogue = make_dialogue(state="announced")
    lead_of(dialogue)
    host = make_participation(dialogue, "technical_host")

    actions.open_lobby(moderator=host)

    dialogue.refresh_from_db()
    assert (dialogue.state, dialogue.opened_at) == ("lobby", NOON)
    assert kinds(dialogue) == ["lobby.opened"]


def test_go_on_through_the_agenda():
    dialogue = make_dialogue(state="lobby")
    items = [dialogue.agenda.get(), make_item(dialogue), make_item(dialogue)]
    moderator = lead_of(dialogue)

    with time_machine.travel(NOON, tick=False) as travel:
        for item in items:
            moved = actions.go_on(moderator=moderator)
            assert (moved.current, moved.state) == (item, "live")
            assert moved.item_began_at == clock.now()
            assert moved.item_ends_at == clock.now() + timedelta(minutes=20)
            travel.shift(600)
        code = refusal_of(actions.go_on, moderator=moderator)

    assert code == "agenda.end"
    steps = AgendaStep.objects.order_by("began_at")
    assert [(s.item, s.began_at, s.ended_at) for s in steps] == [
        (items[0], NOON, NOON + timedelta(minutes=10)),
        (items[1], NOON + timedelta(minutes=10), NOON + timedelta(minutes=20)),
        (items[2], NOON + timedelta(minutes=20), None),
    ]
    entries = entries_since(dialogue.stream_id, 0)
    assert [(e.kind, e.payload["item"], e.payload["by"]) for e in entries] == [
        ("agenda.moved", item.pk, moderator.pk) for item in items
    ]


def test_go_back_to_the_first():
    dialogue = make_dialogue(state="lobby")
    first, __ = dialogue.agenda.get(), make_item(dialogue)
    moderator = lead_of(dialogue)
    actions.go_on(moderator=moderator)
    actions.go_on(moderator=moderator)

    moved = actions.go_back(moderator=moderator)

    assert moved.current == first
    assert refusal_of(actions.go_back, moderator=moderator) == "agenda.end"
    assert first.steps.count() == 2


def test_go_back_before_the_beginning():
    dialogue = make_dialogue(state="lobby")

    assert refusal_of(actions.go_back, moderator=lead_of(dialogue)) == "agenda.end"


@pytest.mark.parametrize("verb", ["go_on", "go_back"])
def test_step_twice_from_the_same_item(verb: str):
    dialogue = make_dialogue()
    middle = make_item(dialogue)
    make_item(dialogue)
    first, second = lead_of(dialogue), lead_of(dialogue)
    actions.go_to(moderator=first, item_pk=middle.pk)

    moved = getattr(actions, verb)(moderator=first, expected_pk=middle.pk)
    code = refusal_of(getattr(actions, verb), moderator=second, expected_pk=middle.pk)

    # The way back ends at the first item, and says so.
    assert code in ("agenda.moved_meanwhile", "agenda.end")
    dialogue.refresh_from_db()
    assert dialogue.current == moved.current
    assert kinds(dialogue) == ["agenda.moved", "agenda.moved"]


def test_go_on_twice_with_the_same_expectation():
    dialogue = make_dialogue()
    second, __ = make_item(dialogue), make_item(dialogue)
    moderator, expected_pk = lead_of(dialogue), dialogue.current_id

    actions.go_on(moderator=moderator, expected_pk=expected_pk)
    code = refusal_of(actions.go_on, moderator=moderator, expected_pk=expected_pk)

    assert code == "agenda.moved_meanwhile"
    dialogue.refresh_from_db()
    assert dialogue.current == second


def test_go_to_expecting_another_item():
    dialogue = make_dialogue()
    second = make_item(dialogue)

    code = refusal_of(
        actions.go_to,
        moderator=lead_of(dialogue),
        item_pk=second.pk,
        expected_pk=second.pk,
    )

    assert code == "agenda.moved_meanwhile"


def test_go_to_item_of_foreign_dialogue():
    dialogue, foreign = make_dialogue(), make_dialogue()

    code = refusal_of(
        actions.go_to, moderator=lead_of(dialogue), item_pk=foreign.current_id
    )

    assert code == "right.missing"
    assert kinds(dialogue) == kinds(foreign) == []


def test_go_to_item_with_closing_date():
    dialogue = make_dialogue(mode="online")
    item = make_item(dialogue, closes_at=NOON)

    moved = actions.go_to(moderator=lead_of(dialogue), item_pk=item.pk)

    assert moved.item_ends_at == NOON


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_go_on_by_two_moderators_at_once():
    dialogue = make_dialogue()
    second, __ = make_item(dialogue), make_item(dialogue)
    expected_pk = dialogue.current_id
    moderators = [lead_of(dialogue) for __ in range(6)]

    results = at_once(
        [
            partial(actions.go_on, moderator=m, expected_pk=expected_pk)
            for m in moderators
        ]
    )

    codes = sorted(r.code for r in results if isinstance(r, Refusal))
    assert [r.current for r in results if not isinstance(r, Exception)] == [second]
    assert codes == ["agenda.moved_meanwhile"] * 5
    assert kinds(dialogue) == ["agenda.moved"]


# --- time ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after", "minutes", "ends_after"),
    [(5, 10, 30), (20, 1, 21), (25, 10, 35), (120, 120, 240)],
    ids=["in time", "at its end", "overrun", "long overrun"],
)
def test_extend_current_item(after: int, minutes: int, ends_after: int):
    with time_machine.travel(NOON, tick=False) as travel:
        dialogue = make_dialogue()
        travel.shift(timedelta(minutes=after))
        extended = actions.extend(moderator=lead_of(dialogue), minutes=minutes)

    assert extended.item_ends_at == NOON + timedelta(minutes=ends_after)
    item = dialogue.agenda.get()
    assert (item.minutes, item.extended_minutes) == (20, minutes)
    assert kinds(dialogue) == ["agenda.extended"]


@pytest.mark.parametrize("minutes", [-5, 0, 121, 10_000])
def test_extend_by_wrong_minutes(minutes: int):
    dialogue = make_dialogue()
    moderator = lead_of(dialogue)

    code = refusal_of(actions.extend, moderator=moderator, minutes=minutes)

    assert code == "agenda.minutes"
    assert dialogue.agenda.get().extended_minutes == 0


def test_extend_adds_up():
    dialogue = make_dialogue()
    moderator = lead_of(dialogue)

    actions.extend(moderator=moderator, minutes=5)
    extended = actions.extend(moderator=moderator, minutes=7)

    assert dialogue.item_ends_at is not None
    assert extended.item_ends_at == dialogue.item_ends_at + timedelta(minutes=12)
    assert dialogue.agenda.get().extended_minutes == 12


def test_pause_keeps_the_remaining_time():
    with time_machine.travel(NOON, tick=False) as travel:
        dialogue = make_dialogue()
        moderator = lead_of(dialogue)
        travel.shift(timedelta(minutes=5))
        paused = actions.pause(moderator=moderator)
        travel.shift(timedelta(minutes=45))
        resumed = actions.resume(moderator=moderator)

    assert paused.paused_at == NOON + timedelta(minutes=5)
    assert resumed.item_ends_at == NOON + timedelta(minutes=65)
    assert (resumed.state, resumed.paused_at) == ("live", None)
    assert kinds(dialogue) == ["dialogue.paused", "dialogue.resumed"]


def test_extend_during_pause():
    with time_machine.travel(NOON, tick=False) as travel:
        dialogue = make_dialogue()
        moderator = lead_of(dialogue)
        travel.shift(timedelta(minutes=25))
        actions.pause(moderator=moderator)
        travel.shift(timedelta(minutes=30))
        actions.extend(moderator=moderator, minutes=10)
        resumed = actions.resume(moderator=moderator)

    # Overrun when paused: ten minutes remain from the moment it goes on.
    assert resumed.item_ends_at == NOON + timedelta(minutes=65)


def test_go_on_ends_a_pause():
    dialogue = make_dialogue(state="paused")
    second = make_item(dialogue)

    moved = actions.go_on(moderator=lead_of(dialogue))

    assert (moved.state, moved.paused_at, moved.current) == ("live", None, second)


# --- online dialogues ---------------------------------------------------------
@time_machine.travel(NOON, tick=False)
def test_follow_dates_moves_to_the_latest_due():
    dialogue = make_dialogue(mode="online", state="announced")
    days = [
        make_item(
            dialogue,
            opens_at=NOON + timedelta(days=day),
            closes_at=NOON + timedelta(days=day + 1),
        )
        for day in (-3, -1, 1)
    ]

    moved = actions.follow_dates(dialogue_pk=dialogue.pk)
    again = actions.follow_dates(dialogue_pk=dialogue.pk)

    dialogue.refresh_from_db()
    assert (moved, again) == (True, False)
    assert (dialogue.current, dialogue.state) == (days[1], "live")
    assert dialogue.item_ends_at == NOON
    entries = entries_since(dialogue.stream_id, 0)
    assert [(e.kind, e.payload) for e in entries] == [
        ("agenda.moved", {"item": days[1].pk, "ends_at": 1780315200000})
    ]


@pytest.mark.parametrize(
    ("mode", "state", "moved"),
    [
        ("online", "draft", False),
        ("online", "announced", True),
        ("online", "lobby", True),
        ("online", "live", True),
        ("online", "paused", False),
        ("online", "closed", False),
        ("live", "announced", False),
        ("hybrid", "live", False),
    ],
)
def test_follow_dates_in_state(mode: str, state: str, moved: bool):
    dialogue = make_dialogue(mode=mode, state=state)
    make_item(dialogue, opens_at=NOON - timedelta(days=1))

    assert actions.follow_dates(dialogue_pk=dialogue.pk) is moved
    assert len(kinds(dialogue)) == moved


def test_follow_dates_with_nothing_due():
    dialogue = make_dialogue(mode="online", state="announced")
    make_item(dialogue, opens_at=datetime(2999, 1, 1, tzinfo=UTC))

    assert actions.follow_dates(dialogue_pk=dialogue.pk) is False


# --- projector and plan -------------------------------------------------------
@pytest.mark.parametrize("role", ["lead_moderator", "technical_host"])
def test_show_on_projector_by_role(role: str):
    dialogue = make_dialogue()
    moderator = make_participation(dialogue, role)

    actions.show_on_projector(moderator=moderator, shown="ballot-7")

    dialogue.refresh_from_db()
    (entry,) = entries_since(dialogue.stream_id, 0)
    assert dialogue.projected == "ballot-7"
    assert (entry.kind, entry.payload) == (
        "projection.changed",
        {"shown": "ballot-7", "by": moderator.pk},
    )


def test_note_agenda_changed_tells_screens():
    dialogue = make_dialogue()

    actions.note_agenda_changed(dialogue=dialogue)

    assert kinds(dialogue) == ["agenda.changed"]
