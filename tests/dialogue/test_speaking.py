"""Raised hands: who may raise one, for whom, and what becomes of it."""

from datetime import timedelta

import pytest

from accounts.models import Message
from dialogue.joining import change_participation, erase_person, mark_seen
from dialogue.models import Hand, Seat, SpeakersList, Table, TableRound, TakenHand
from dialogue.speakers_list import set_speakers
from dialogue.speaking import (
    enter_speaker,
    lower_hand,
    raise_hand,
    reason_digest,
    remove_hand,
)
from dialogue.speaking_queries import balance_of, longest_fifth
from dialogue.speaking_turns import end_turn, give_floor
from dialogue.speaking_turns import erase_person as erase_speaker
from ledger.actions import act
from moderation.people import exclude, silence
from shared import clock
from shared.errors import Refusal
from tests.dialogue.speaking_support import Evening, make_evening
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening() -> Evening:
    return make_evening()


def refused(verb, **facts) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refusal:
        verb(**facts)
    return refusal.value.code, refusal.value.field


# --- the list -------------------------------------------------------------------
def test_rule_and_opening_stand_in_the_ledger(evening: Evening):
    set_speakers(moderator=evening.lead, rule="alternating")
    set_speakers(moderator=evening.lead, is_open=False)

    said = [
        (entry.audience, entry.payload)
        for entry in evening.dialogue.stream.entries.filter(kind="speakers.changed")
    ]
    common = {"circle": "plenary", "seconds": 60, "by": evening.lead.pk}
    assert said == [
        ("everybody", {**common, "is_open": True, "rule": "first_come"}),
        ("everybody", {**common, "is_open": True, "rule": "alternating"}),
        ("everybody", {**common, "is_open": False, "rule": "alternating"}),
    ]


def test_setting_what_is_set_already_says_nothing(evening: Evening):
    set_speakers(moderator=evening.other_lead, is_open=True, rule="first_come")

    assert evening.kinds() == ["speakers.changed"]


def test_second_of_two_who_change_the_rule_is_told_by_whom(evening: Evening):
    """Both saw the same; what the first one set is not overwritten unseen."""
    seen = evening.speakers.setting
    set_speakers(moderator=evening.other_lead, rule="alternating", seen=seen)
    before = evening.kinds()

    with pytest.raises(Refusal) as late:
        set_speakers(moderator=evening.lead, rule="least_time", seconds=30, seen=seen)

    assert late.value.code == "speaking.changed_meanwhile"
    assert "Kim" in str(late.value.message)
    assert evening.speakers.setting == "alternating 60"
    assert evening.kinds() == before
    # The same wish is no conflict, and who looks again may change it.
    set_speakers(moderator=evening.lead, rule="alternating", seen=seen)
    set_speakers(
        moderator=evening.lead, rule="least_time", seen=evening.speakers.setting
    )
    assert evening.speakers.rule == "least_time"


def test_second_of_two_who_open_the_first_list_with_a_rule_is_told():
    dialogue = make_dialogue()
    one, other = (make_participation(dialogue, "lead_moderator") for __ in range(2))
    set_speakers(moderator=one, rule="alternating", seen="")

    assert refused(set_speakers, moderator=other, rule="tables", seen="") == (
        "speaking.changed_meanwhile",
        None,
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"rule": "loudest"}, ("speaking.rule", "rule")),
        ({"seconds": 14}, ("speaking.seconds", "seconds")),
        ({"seconds": 1801}, ("speaking.seconds", "seconds")),
        ({"circle": "table-999"}, ("right.missing", None)),
        ({"circle": "balcony"}, ("right.missing", None)),
    ],
)
def test_list_that_cannot_be(evening: Evening, facts: dict, expected: tuple):
    assert refused(set_speakers, moderator=evening.lead, **facts) == expected
    assert SpeakersList.objects.count() == 1


def test_nobody_raises_a_hand_without_an_open_list(evening: Evening):
    other = make_participation(make_dialogue())
    set_speakers(moderator=evening.lead, is_open=False)

    assert refused(raise_hand, participation=other)[0] == "speaking.closed"
    assert (
        refused(raise_hand, participation=evening.citizen("Anna"))[0]
        == "speaking.closed"
    )


def test_raised_hands_stay_when_the_list_closes(evening: Evening):
    evening.raises("Anna")
    set_speakers(moderator=evening.lead, is_open=False)

    evening.raises("Anna", about="Doch etwas")

    assert evening.order == ["Anna"]
    assert evening.next().about == "Doch etwas"


# --- one's own hand -------------------------------------------------------------
def test_five_tabs_are_one_hand(evening: Evening):
    evening.raises("Anna")
    evening.raises("Bert")
    for __ in range(5):
        evening.raises("Anna", side="pro", about="  Mehr\n Bäume ")

    hand = Hand.objects.get(participation=evening.citizen("Anna"))
    assert evening.order == ["Anna", "Bert"]
    assert (hand.side, hand.about) == ("pro", "Mehr Bäume")
    # Only what changed is told.
    assert evening.kinds()[1:] == ["hand.raised"] * 3


def test_hand_of_an_entry_concerns_its_person(evening: Evening):
    evening.raises("Anna")
    lower_hand(participation=evening.citizen("Anna"))

    *__, raised, lowered = evening.dialogue.stream.entries.order_by("seq")
    assert (raised.kind, lowered.kind) == ("hand.raised", "hand.lowered")
    assert raised.payload["concerns"] == evening.citizen("Anna").pk
    assert lowered.payload["concerns"] == evening.citizen("Anna").pk


def test_lowering_a_hand_that_is_not_up_is_no_event(evening: Evening):
    lower_hand(participation=evening.citizen("Anna"))

    assert evening.kinds() == ["speakers.changed"]


@pytest.mark.parametrize(
    ("role", "facts", "code"),
    [
        ("observer", {}, "role.observer"),
        ("participant", {"state": "excluded"}, "participation.excluded"),
        ("participant", {"silenced": True}, "participation.silenced"),
    ],
)
def test_who_may_not_speak_raises_no_hand(
    evening: Evening, role: str, facts: dict, code: str
):
    if facts.pop("silenced", False):
        facts = {"silenced_until": clock.now() + timedelta(minutes=5)}
    somebody = make_participation(evening.dialogue, role, **facts)

    assert refused(raise_hand, participation=somebody)[0] == code
    assert Hand.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "code"),
    [("lobby", "agenda.not_now"), ("paused", "dialogue.paused")],
)
def test_hands_go_up_while_the_dialogue_runs(state: str, code: str):
    dialogue = make_dialogue(state=state)

    assert refused(raise_hand, participation=make_participation(dialogue))[0] == code


# --- for somebody without a device ----------------------------------------------
def test_somebody_from_the_hall_stands_on_the_list(evening: Evening):
    evening.raises("Anna")

    enter_speaker(moderator=evening.lead, name=" Frau  Yıldız ", side="contra")

    assert evening.order == ["Anna", "Frau Yıldız"]
    hand = Hand.objects.get(participation=None)
    assert (hand.side, hand.entered_by) == ("contra", evening.lead)


def test_name_of_somebody_in_the_dialogue_is_that_person(evening: Evening):
    anna = evening.citizen("Anna")

    enter_speaker(moderator=evening.lead, name="ANNA")

    assert Hand.objects.get().participation == anna


def test_closed_list_takes_those_entered_by_the_moderation(evening: Evening):
    set_speakers(moderator=evening.lead, is_open=False)

    enter_speaker(moderator=evening.lead, name="Herr Klein")

    assert evening.order == ["Herr Klein"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("speaking.who", "name")),
        ({"name": "  "}, ("speaking.who", "name")),
        ({"name": "Klara", "participation_pk": 1}, ("speaking.who", "name")),
        ({"name": "Moderation"}, ("name.official", "name")),
        ({"name": "x" * 41}, ("name.too_long", "name")),
        ({"name": "??"}, ("name.empty", "name")),
        ({"name": "KLÁRA"}, ("speaking.hand_up", "name")),
        ({"participation_pk": 10**9}, ("speaking.not_here", "participation")),
    ],
)
def test_speaker_who_cannot_be_entered(
    evening: Evening, facts: dict, expected: tuple[str, str]
):
    enter_speaker(moderator=evening.lead, name="Klara")

    assert refused(enter_speaker, moderator=evening.lead, **facts) == expected
    assert evening.order == ["Klara"]


@pytest.mark.parametrize("why", ["observer", "excluded", "silenced", "elsewhere"])
def test_nobody_is_entered_who_may_not_speak(evening: Evening, why: str):
    facts = {
        "observer": {"role": "observer"},
        "excluded": {"state": "excluded"},
        "silenced": {"silenced_until": clock.now() + timedelta(minutes=5)},
        "elsewhere": {},
    }[why]
    where = make_dialogue() if why == "elsewhere" else evening.dialogue
    somebody = make_participation(where, **facts)

    code, __ = refused(
        enter_speaker, moderator=evening.lead, participation_pk=somebody.pk
    )

    assert code == "speaking.not_here"


def test_person_and_moderator_raise_one_hand(evening: Evening):
    evening.raises("Anna")

    assert refused(enter_speaker, moderator=evening.lead, name="Anna") == (
        "speaking.hand_up",
        "name",
    )


def test_moderator_takes_a_hand_down_once(evening: Evening):
    hand = evening.raises("Anna")
    remove_hand(moderator=evening.lead, hand_pk=hand.pk, reason="Ist gegangen")

    code, __ = refused(
        remove_hand, moderator=evening.other_lead, hand_pk=hand.pk, reason="Auch"
    )

    assert code == "speaking.hand_gone"
    assert evening.order == []


def test_person_is_told_why_the_hand_was_taken_off(evening: Evening):
    hand = evening.raises("Anna")

    remove_hand(moderator=evening.lead, hand_pk=hand.pk, reason="Zu  <b>spät\n")

    message = Message.objects.get(person=evening.citizen("Anna").person)
    assert "Lead" in message.body
    assert "Zu <b>spät" in message.body
    assert message.link == f"/d/{evening.dialogue.code}/"
    taken = TakenHand.objects.get()
    assert (taken.reason, taken.participation, taken.taken_by) == (
        "Zu <b>spät",
        evening.citizen("Anna"),
        evening.lead,
    )
    entry = evening.dialogue.stream.entries.get(kind="hand.lowered")
    assert entry.payload == {
        "circle": "plenary",
        "hand": hand.pk,
        "by": evening.lead.pk,
        "digest": reason_digest(taken),
        "concerns": evening.citizen("Anna").pk,
    }


@pytest.mark.parametrize("reason", ["", " \n ", "\x00"])
def test_hand_is_not_taken_off_without_a_reason(evening: Evening, reason: str):
    hand = evening.raises("Anna")

    assert refused(
        remove_hand, moderator=evening.lead, hand_pk=hand.pk, reason=reason
    ) == ("speaking.reason", "reason")
    assert evening.order == ["Anna"]
    assert not Message.objects.exists()


def test_own_hand_and_that_of_a_mere_name_need_no_reason(evening: Evening):
    own = raise_hand(participation=evening.lead)
    named = enter_speaker(moderator=evening.lead, name="Klara")

    for hand in (own, named):
        remove_hand(moderator=evening.lead, hand_pk=hand.pk)

    assert evening.order == []
    assert not TakenHand.objects.exists()
    assert not Message.objects.exists()


def test_erased_person_leaves_no_reason_behind(evening: Evening):
    hand = evening.raises("Anna")
    remove_hand(moderator=evening.lead, hand_pk=hand.pk, reason="Ist gegangen")

    erase_speaker(evening.citizen("Anna").person)

    taken = TakenHand.objects.get()
    assert (taken.reason, taken.salt, taken.is_shown) == ("", "", False)


# --- those who leave ------------------------------------------------------------
def test_who_is_gone_for_long_is_shown_and_stays(evening: Evening):
    evening.raises("Anna")
    evening.raises("Bert")
    enter_speaker(moderator=evening.lead, name="Klara")
    later = clock.now() + timedelta(seconds=61)

    mark_seen(evening.dialogue.pk, [evening.citizen("Bert").pk], later)
    mark_seen(evening.dialogue.pk, [evening.citizen("Bert").pk], later)

    away = [hand.shown_name for hand in Hand.objects.filter(is_away=True)]
    assert away == ["Anna"]
    assert evening.order == ["Anna", "Bert", "Klara"]
    assert evening.kinds().count("speakers.seen") == 1

    mark_seen(evening.dialogue.pk, [evening.citizen("Anna").pk], later)

    assert not Hand.objects.filter(is_away=True).exists()
    assert evening.kinds().count("speakers.seen") == 2


@pytest.mark.parametrize("how", ["excluded", "silenced", "observer"])
def test_who_may_not_speak_any_more_leaves_list_and_floor(evening: Evening, how: str):
    evening.raises("Anna")
    evening.next()
    evening.raises("Anna")

    decision = {"moderator": evening.lead, "rule": "insult", "reason": "Grund"}
    anna = {"participation_pk": evening.citizen("Anna").pk}
    if how == "excluded":
        exclude(**decision, **anna)
    elif how == "silenced":
        silence(minutes=5, **decision, **anna)
    else:
        change_participation(host=evening.lead, role="observer", **anna)

    assert evening.order == []
    assert evening.speakers.turns.get().ended_at is not None
    assert evening.kinds()[-2:] == ["hand.lowered", "turn.ended"]


def test_change_of_role_that_may_speak_keeps_the_hand(evening: Evening):
    evening.raises("Anna")

    change_participation(
        host=evening.lead,
        participation_pk=evening.citizen("Anna").pk,
        role="table_moderator",
    )

    assert evening.order == ["Anna"]


def test_erasing_somebody_takes_hand_floor_and_words(evening: Evening):
    anna = evening.citizen("Anna")
    evening.raises("Bert")
    hand = evening.raises("Anna", about="Mein Garten")
    turn = evening.next(hand_pk=hand.pk, reason="Anna muss gehen")
    evening.raises("Anna", about="Noch etwas")
    named = enter_speaker(moderator=evening.lead, name="Klara")

    with act():
        erase_person(anna.person)

    turn.refresh_from_db()
    assert turn.ended_at is not None
    assert (turn.about, turn.reason, turn.salt) == ("", "", "")
    assert turn.shown_name.startswith("–")
    assert set(evening.order) == {"Bert", named.name}


# --- tables ---------------------------------------------------------------------
def seat(evening: Evening, number: int, *names: str) -> Table:
    round_ = TableRound.objects.filter(dialogue=evening.dialogue).first()
    round_ = round_ or TableRound.objects.create(
        dialogue=evening.dialogue,
        number=1,
        method="hand",
        places=8,
        began_at=clock.now(),
    )
    table = Table.objects.create(
        dialogue=evening.dialogue, number=number, name=f"Tisch {number}"
    )
    for name in names:
        Seat.objects.create(
            round=round_,
            table=table,
            participation=evening.citizen(name),
            taken_at=clock.now(),
        )
    return table


def test_table_has_a_list_of_its_own(evening: Evening):
    table = seat(evening, 1, "Anna", "Bert")
    host = make_participation(evening.dialogue, "table_moderator")
    Table.objects.filter(pk=table.pk).update(moderator=host)
    set_speakers(moderator=host, circle=table.circle, is_open=True)

    evening.raises("Anna", circle=table.circle)
    turn = give_floor(moderator=host, circle=table.circle)
    evening.raises("Bert")

    assert turn.shown_name == "Anna"
    assert evening.order == ["Bert"]
    assert turn.speakers_list.people == 2
    audiences = evening.dialogue.stream.entries.filter(kind="turn.given")
    assert [entry.audience for entry in audiences] == [table.circle]


def test_table_is_closed_to_others(evening: Evening):
    table = seat(evening, 1, "Anna")
    stranger = make_participation(evening.dialogue, "table_moderator")
    set_speakers(moderator=evening.lead, circle=table.circle, is_open=True)

    for verb, who in (
        (raise_hand, {"participation": evening.citizen("Bert")}),
        (set_speakers, {"moderator": stranger, "is_open": False}),
        (give_floor, {"moderator": stranger}),
        (end_turn, {"moderator": stranger}),
    ):
        assert refused(verb, circle=table.circle, **who)[0] == "right.missing"


def test_tables_take_turns_in_the_plenary(evening: Evening):
    seat(evening, 1, "Anna", "Bert")
    seat(evening, 2, "Carl")
    set_speakers(moderator=evening.lead, rule="tables")
    for name in ("Anna", "Bert", "Carl"):
        evening.raises(name)

    assert evening.order == ["Anna", "Carl", "Bert"]


# --- what the public learns -----------------------------------------------------
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], None),
        ([60, 60, 60, 60], None),
        ([0, 0, 0, 0, 0], None),
        ([60, 60, 60, 60, 60], 20),
        ([10, 300, 30, 30, 30], 75),
        ([100, 100, 50, 50, 50, 50], 50),
    ],
)
def test_longest_fifth(seconds: list[int], expected: int | None):
    assert longest_fifth(seconds) == expected


def test_balance_counts_people_not_turns(evening: Evening):
    for name in ("Anna", "Bert", "Carl"):
        evening.citizen(name)
    make_participation(evening.dialogue, "observer")
    make_participation(evening.dialogue, state="excluded")
    for __ in range(2):
        evening.raises("Anna")
        evening.next()
    enter_speaker(moderator=evening.lead, name="Klara")
    evening.next()

    balance = balance_of(evening.speakers)

    assert (balance.spoken, balance.people) == (2, 4)
