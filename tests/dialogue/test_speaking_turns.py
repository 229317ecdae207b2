"""The floor: who gets it, for how long, and how it ends."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError

from dialogue import actions as steering
from dialogue.models import Hand, Participation, Turn
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker, summary
from dialogue.speaking_queries import own_share, shares
from dialogue.speaking_turns import (
    end_turn,
    extend_turn,
    give_floor,
    leave_floor,
    yield_floor,
)
from ledger.actions import act
from moderation.closing import close_dialogue
from shared.errors import Refusal
from tests.dialogue.speaking_support import Evening, make_evening
from tests.factories import make_item, make_participation
from tests.ledger.threads import at_once

START = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    with time_machine.travel(START, tick=False) as traveller:
        yield lambda seconds: traveller.move_to(START + timedelta(seconds=seconds))


@pytest.fixture
def evening(at) -> Evening:
    del at
    return make_evening()


def refused(verb, **facts) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        verb(**facts)
    return refusal.value


def turn_of(evening: Evening, name: str) -> Turn:
    return evening.speakers.turns.get(participation=evening.citizen(name))


# --- by the rule ----------------------------------------------------------------
def test_next_by_the_rule_gets_the_planned_time(evening: Evening):
    evening.raises("Anna", side="pro", about="Bäume")
    evening.raises("Bert")

    turn = evening.next()

    assert (turn.shown_name, turn.side, turn.about) == ("Anna", "pro", "Bäume")
    assert turn.ends_at - turn.began_at == timedelta(seconds=60)
    assert turn.is_override is False
    assert evening.order == ["Bert"]


def test_next_ends_the_turn_before(evening: Evening, at):
    evening.raises("Anna")
    evening.raises("Bert")
    evening.next()
    at(42)

    evening.next()

    assert turn_of(evening, "Anna").spoken_seconds == 42
    assert turn_of(evening, "Bert").ended_at is None
    ended = evening.dialogue.stream.entries.get(kind="turn.ended").payload
    assert (ended["cause"], ended["seconds"]) == ("next", 42)


def test_spoken_time_moves_people_back(evening: Evening, at):
    set_speakers(moderator=evening.lead, rule="least_time")
    for name, lasted in (("Anna", 50), ("Bert", 20)):
        evening.raises(name)
        turn = evening.next()
        at((turn.began_at - START).total_seconds() + lasted)
        end_turn(moderator=evening.lead)
    for name in ("Anna", "Bert", "Carl"):
        evening.raises(name)

    assert evening.order == ["Carl", "Bert", "Anna"]


def test_speaker_by_phone_counts_under_the_name(evening: Evening, at):
    set_speakers(moderator=evening.lead, rule="first_timers")
    enter_speaker(moderator=evening.lead, name="Klara")
    evening.next()
    at(30)
    end_turn(moderator=evening.lead)

    enter_speaker(moderator=evening.lead, name="KLARA")
    evening.raises("Anna")

    assert evening.order == ["Anna", "KLARA"]
    assert [(s.name, s.seconds) for s in shares(evening.dialogue)] == [("Klara", 30)]


def test_floor_goes_to_nobody_without_hands(evening: Evening):
    assert refused(give_floor, moderator=evening.lead).code == "speaking.nobody"


def test_who_was_silenced_meanwhile_is_left_out(evening: Evening, at):
    evening.raises("Anna")
    evening.raises("Bert")
    Participation.objects.filter(pk=evening.citizen("Anna").pk).update(
        silenced_until=START + timedelta(minutes=5)
    )

    assert evening.next().shown_name == "Bert"
    assert Hand.objects.count() == 0


# --- against the rule -----------------------------------------------------------
def test_override_needs_a_reason(evening: Evening):
    evening.raises("Anna")
    bert = evening.raises("Bert")

    refusal = refused(give_floor, moderator=evening.lead, hand_pk=bert.pk, reason=" ")

    assert (refusal.code, refusal.field) == ("speaking.reason", "reason")
    assert Turn.objects.count() == 0


def test_override_stands_in_the_ledger_without_its_words(evening: Evening):
    evening.raises("Anna")
    bert = evening.raises("Bert")

    turn = evening.next(hand_pk=bert.pk, reason="Muss zur\x07 Bahn")

    assert (turn.shown_name, turn.is_override) == ("Bert", True)
    assert turn.reason == "Muss zur Bahn"
    said = evening.dialogue.stream.entries.get(kind="turn.given").payload
    expected = hashlib.sha256(f"{turn.salt}\x1fMuss zur Bahn".encode()).hexdigest()
    assert said["digest"] == expected
    assert "Bahn" not in str(said)
    assert said["by"] == evening.lead.pk


def test_choosing_who_is_next_anyway_is_no_override(evening: Evening):
    anna = evening.raises("Anna")

    turn = evening.next(hand_pk=anna.pk, reason="Weil")

    assert (turn.is_override, turn.reason) == (False, "")
    said = evening.dialogue.stream.entries.get(kind="turn.given").payload
    assert "digest" not in said


def test_hand_that_is_gone_gets_no_floor(evening: Evening):
    evening.raises("Anna")

    refusal = refused(give_floor, moderator=evening.lead, hand_pk=10**9, reason="x")

    assert refusal.code == "speaking.hand_gone"


# --- two moderators -------------------------------------------------------------
def test_second_next_is_told_who_was_first(evening: Evening):
    for name in ("Anna", "Bert", "Carl"):
        evening.raises(name)
    first = evening.next(expected_pk=0)

    refusal = refused(give_floor, moderator=evening.other_lead, expected_pk=0)

    assert refusal.code == "speaking.changed_meanwhile"
    assert "Lead" in str(refusal.message)
    assert evening.order == ["Bert", "Carl"]
    assert give_floor(moderator=evening.other_lead, expected_pk=first.pk)


@pytest.mark.parametrize("verb", [end_turn, extend_turn])
def test_late_press_does_not_touch_the_next_speaker(evening: Evening, verb):
    evening.raises("Anna")
    evening.raises("Bert")
    first = evening.next()
    evening.next()

    facts = {"seconds": 30} if verb is extend_turn else {}
    refusal = refused(verb, moderator=evening.other_lead, expected_pk=first.pk, **facts)

    assert refusal.code == "speaking.changed_meanwhile"
    assert turn_of(evening, "Bert").ended_at is None


@pytest.mark.django_db(transaction=True)
def test_many_presses_at_once_give_the_floor_once():
    evening = make_evening()
    for n in range(4):
        evening.raises(f"Name {'abcd'[n]}")
    leads = [evening.lead, evening.other_lead] * 3

    got = at_once(
        [
            lambda who=who: give_floor(moderator=who, expected_pk=0)  # type: ignore[misc]
            for who in leads
        ]
    )

    turns = [one for one in got if isinstance(one, Turn)]
    codes = {one.code for one in got if isinstance(one, Refusal)}
    assert (len(turns), codes) == (1, {"speaking.changed_meanwhile"})
    assert len(evening.order) == 3


@pytest.mark.django_db(transaction=True)
def test_many_tabs_at_once_raise_one_hand():
    evening = make_evening()
    evening.citizen("Anna")

    got = at_once([lambda: evening.raises("Anna")] * 5)

    assert [one for one in got if not isinstance(one, Hand)] == []
    assert evening.order == ["Anna"]


def test_database_keeps_one_speaker_at_a_time(evening: Evening):
    evening.raises("Anna")
    turn = evening.next()

    turn.pk = None
    with pytest.raises(IntegrityError):
        turn.save(force_insert=True)


# --- the clock ------------------------------------------------------------------
def test_pause_of_the_dialogue_holds_the_speakers_time(evening: Evening, at):
    evening.raises("Anna")
    evening.next()
    at(20)
    steering.pause(moderator=evening.lead)
    at(500)
    paused = turn_of(evening, "Anna")
    steering.resume(moderator=evening.lead)
    at(510)
    turn = turn_of(evening, "Anna")

    assert paused.left == timedelta(seconds=40)
    assert turn.left == timedelta(seconds=30)
    yield_floor(participation=evening.citizen("Anna"))
    assert turn_of(evening, "Anna").spoken_seconds == 30


def test_next_step_out_of_a_pause_lets_the_time_run_on(evening: Evening, at):
    make_item(evening.dialogue)
    evening.raises("Anna")
    evening.next()
    at(20)
    steering.pause(moderator=evening.lead)
    at(100)
    steering.go_on(moderator=evening.lead)

    assert turn_of(evening, "Anna").left == timedelta(seconds=40)


def test_turn_ended_in_a_pause_counts_to_its_beginning(evening: Evening, at):
    evening.raises("Anna")
    evening.next()
    at(20)
    steering.pause(moderator=evening.lead)
    at(500)

    assert end_turn(moderator=evening.lead).spoken_seconds == 20


def test_nobody_gets_the_floor_in_a_pause(evening: Evening):
    evening.raises("Anna")
    steering.pause(moderator=evening.lead)

    assert refused(give_floor, moderator=evening.lead).code == "dialogue.paused"


def test_turn_is_extended_from_its_end_or_from_now(evening: Evening, at):
    evening.raises("Anna")
    evening.next()
    extend_turn(moderator=evening.lead, seconds=30)
    assert turn_of(evening, "Anna").left == timedelta(seconds=90)

    at(200)
    extend_turn(moderator=evening.lead, seconds=30)

    assert turn_of(evening, "Anna").left == timedelta(seconds=30)


@pytest.mark.parametrize("seconds", [9, 601, -30])
def test_extension_has_bounds(evening: Evening, seconds: int):
    evening.raises("Anna")
    evening.next()

    refusal = refused(extend_turn, moderator=evening.lead, seconds=seconds)

    assert (refusal.code, refusal.field) == ("speaking.extension", "seconds")


# --- how it ends ----------------------------------------------------------------
def test_speaker_yields(evening: Evening, at):
    evening.raises("Anna")
    evening.next()
    at(15)

    turn = yield_floor(participation=evening.citizen("Anna"))

    assert turn.spoken_seconds == 15
    assert own_share(evening.citizen("Anna")) == (15, 1)


def test_only_the_speaker_yields(evening: Evening):
    evening.raises("Anna")
    evening.next()

    for __ in range(2):
        refusal = refused(yield_floor, participation=evening.citizen("Bert"))
        assert refusal.code == "speaking.not_speaking"
    yield_floor(participation=evening.citizen("Anna"))
    refusal = refused(yield_floor, participation=evening.citizen("Anna"))
    assert refusal.code == "speaking.not_speaking"


@pytest.mark.parametrize("verb", [end_turn, extend_turn])
def test_nothing_ends_where_nobody_speaks(evening: Evening, verb):
    facts = {"seconds": 30} if verb is extend_turn else {}

    refusal = refused(verb, moderator=evening.lead, **facts)

    assert refusal.code == "speaking.not_running"


def test_silenced_speaker_loses_the_floor(evening: Evening, at):
    evening.raises("Anna")
    evening.next()
    evening.raises("Anna")
    at(25)

    with act():
        leave_floor(participation=evening.citizen("Anna"), by=evening.lead.pk)

    assert turn_of(evening, "Anna").spoken_seconds == 25
    assert evening.order == []
    ended = evening.dialogue.stream.entries.get(kind="turn.ended").payload
    assert ended["cause"] == "left"


def test_closing_ends_turn_hands_and_list(evening: Evening, at):
    evening.raises("Anna", about="Bäume")
    evening.raises("Bert")
    evening.next()
    at(12)

    close_dialogue(moderator=evening.lead)

    assert turn_of(evening, "Anna").spoken_seconds == 12
    assert (evening.speakers.is_open, evening.order) == (False, [])


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("participant", "agenda.not_now"),
        ("observer", "role.observer"),
        ("technical_host", "agenda.not_now"),
    ],
)
@pytest.mark.parametrize("verb", [give_floor, end_turn, set_speakers])
def test_who_does_not_moderate_gives_no_floor(
    evening: Evening, role: str, code: str, verb
):
    evening.raises("Anna")
    somebody = make_participation(evening.dialogue, role)

    assert refused(verb, moderator=somebody).code == code


# --- for the minutes ------------------------------------------------------------
def test_summary(evening: Evening, at):
    assert summary(evening.dialogue).turns == 0
    evening.raises("Anna")
    enter_speaker(moderator=evening.lead, name="Klara")
    evening.next()
    at(30)
    bert = evening.raises("Bert")
    evening.next(hand_pk=bert.pk, reason="Muss los")
    at(50)
    set_speakers(moderator=evening.lead, rule="alternating")
    evening.raises("Anna")
    evening.next()
    at(60)
    evening.next()
    at(63)
    end_turn(moderator=evening.lead)

    found = summary(evening.dialogue)

    assert (found.speakers, found.turns, found.seconds) == (3, 4, 63)
    assert found.by_rule == {"first_come": 2, "alternating": 2}
    assert found.overrides == 1
