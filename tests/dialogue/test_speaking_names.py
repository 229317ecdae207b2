"""Names entered on somebody's behalf: forgotten on request, and by the clock."""

from datetime import timedelta
from typing import Any

import pytest

from dialogue.models import Dialogue, Hand, Participation, Turn
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker, raise_hand
from dialogue.speaking_names import KEPT_FOR, forget_due, forget_speaker
from dialogue.speaking_queries import shares
from dialogue.speaking_turns import end_turn, give_floor
from ledger.queries import entries_since
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db
NAME = "Herr Weber am Telefon"


@pytest.fixture
def lead() -> Participation:
    lead = make_participation(make_dialogue(), "lead_moderator")
    set_speakers(moderator=lead, is_open=True)
    return lead


def speak(lead: Participation, name: str = NAME) -> Turn:
    enter_speaker(moderator=lead, name=name, about="Parkplätze")
    turn = give_floor(moderator=lead)
    end_turn(moderator=lead)
    return turn


def code_of(**facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        forget_speaker(**facts)
    return refused.value.code


def test_forgotten_on_request_and_still_one_speaker(lead: Participation):
    speak(lead)
    last = speak(lead)
    speak(lead, "Frau Kaya")
    enter_speaker(moderator=lead, name=NAME)
    before = [(share.seconds, share.turns) for share in shares(lead.dialogue)]

    assert forget_speaker(moderator=lead, turn_pk=last.pk) == 2

    rows = [*Turn.objects.values(), *Hand.objects.values()]
    assert "Weber" not in str(rows)
    assert "Frau Kaya" in str(rows)
    assert not Hand.objects.exists()
    after = shares(lead.dialogue)
    assert [(share.seconds, share.turns) for share in after] == before
    assert sorted(share.turns for share in after) == [1, 2]
    kinds = [entry.kind for entry in entries_since(lead.dialogue.stream_id, 0)]
    assert kinds[-2:] == ["hand.lowered", "turn.forgotten"]


def test_who_may_and_what_is_no_name(lead: Participation):
    turn = speak(lead)
    citizen = make_participation(lead.dialogue)
    helper = make_participation(lead.dialogue, "table_moderator")
    other = make_participation(make_dialogue(), "lead_moderator")

    for who in (citizen, helper):
        assert code_of(moderator=who, turn_pk=turn.pk)
    assert code_of(moderator=other, turn_pk=turn.pk) == "speaking.no_name"
    raise_hand(participation=citizen)
    own = give_floor(moderator=lead)
    assert code_of(moderator=lead, turn_pk=own.pk) == "speaking.no_name"
    forget_speaker(moderator=lead, turn_pk=turn.pk)
    assert code_of(moderator=lead, turn_pk=turn.pk) == "speaking.no_name"


@pytest.mark.parametrize(("late", "stays"), [(-1, True), (1, False)])
def test_forgotten_some_time_after_the_end(lead: Participation, late: int, stays: bool):
    speak(lead)
    enter_speaker(moderator=lead, name="Frau Kaya")
    moment = clock.now() - KEPT_FOR - timedelta(days=late)
    Dialogue.objects.update(state="closed", closed_at=moment)

    forget_due()
    forget_due()

    rows = str([*Turn.objects.values(), *Hand.objects.values()])
    assert ("Weber" in rows, "Kaya" in rows) == (stays, stays)
    assert Turn.objects.count() == 1


def test_nothing_is_forgotten_while_it_runs(lead: Participation):
    speak(lead)

    forget_due()

    assert Turn.objects.get().name == NAME
