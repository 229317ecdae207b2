"""Whoever is second is told by whom something was changed, and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import override

from dialogue import actions, desk, table_rounds, tables
from dialogue.meanwhile import changed_by, changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.speakers_list import set_speakers
from dialogue.table_queries import groups_sign
from ledger.models import Entry
from moderation.remarks import hide_remark, restore_remark
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_item, make_participation

pytestmark = pytest.mark.django_db


@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue()


@pytest.fixture
def ada(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator", display_name="Ada")


@pytest.fixture
def ben(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator", display_name="Ben")


def told(act: Callable[[], Any]) -> tuple[str, str, Any]:
    """Code, message and what is there now; the act leaves no entry."""
    before = Entry.objects.count()
    with override("en"), pytest.raises(Refusal) as refused:
        act()
    assert Entry.objects.count() == before
    return refused.value.code, str(refused.value.message), refused.value.seen


BY_ADA = "Changed meanwhile by Ada. Please look again."
BY_SOMEBODY = "This was changed meanwhile. Please look again."


def test_pace(dialogue: Dialogue, ada: Participation, ben: Participation):
    desk.set_pace(moderator=ada, seconds=60, seen=0)

    late = told(lambda: desk.set_pace(moderator=ben, seconds=30, seen=0))

    assert late == ("pace.changed_meanwhile", BY_ADA, 60)
    # Who means the same is not held up; who has seen it changes it.
    assert desk.set_pace(moderator=ben, seconds=60, seen=0).slow_seconds == 60
    assert desk.set_pace(moderator=ben, seconds=30, seen=60).slow_seconds == 30


def test_same_five_minutes_are_given_once(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    seen = clock.milliseconds(dialogue.item_ends_at)
    actions.extend(moderator=ada, minutes=5, seen_ends_at=seen)

    late = told(lambda: actions.extend(moderator=ben, minutes=5, seen_ends_at=seen))

    assert late == ("agenda.changed_meanwhile", BY_ADA, None)
    assert dialogue.agenda.get().extended_minutes == 5
    # Who presses twice means it, screen or not.
    extended = actions.extend(moderator=ada, minutes=5, seen_ends_at=seen)
    now = clock.milliseconds(extended.item_ends_at)
    actions.extend(moderator=ben, minutes=5, seen_ends_at=now)
    assert dialogue.agenda.get().extended_minutes == 15


def test_moved_agenda_names_who_moved_it(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    first = dialogue.current_id
    make_item(dialogue)
    make_item(dialogue)
    actions.go_on(moderator=ada, expected_pk=first)

    late = told(lambda: actions.go_on(moderator=ben, expected_pk=first))

    assert late == ("agenda.moved_meanwhile", BY_ADA, None)


def test_withdrawn_announcement_names_who_took_it_back(
    ada: Participation, ben: Participation
):
    made = desk.make_announcement(moderator=ben, text="Pause")
    other = desk.make_announcement(moderator=ben, text="Weiter")
    desk.withdraw_announcement(moderator=ada, announcement_pk=made.pk)
    desk.withdraw_announcement(moderator=ben, announcement_pk=other.pk)

    late = told(
        lambda: desk.withdraw_announcement(moderator=ben, announcement_pk=made.pk)
    )

    assert late == ("announcement.gone", BY_ADA, None)


def test_groups(dialogue: Dialogue, ada: Participation, ben: Participation):
    anna, bert = make_participation(dialogue), make_participation(dialogue)
    seen = groups_sign(dialogue)
    table_rounds.group_people(
        moderator=ada, participation_pks=[anna.pk], label="Schule", seen=seen
    )
    facts = {"moderator": ben, "participation_pks": [anna.pk, bert.pk], "label": "Amt"}

    code, message, now = told(lambda: table_rounds.group_people(**facts, seen=seen))

    assert (code, message) == ("table.changed_meanwhile", BY_ADA)
    assert table_rounds.group_people(**facts, seen=now) == 2


def test_taken_table_names_who_took_it(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    table_rounds.begin_round(moderator=ada, method="hand", tables=1)
    table = dialogue.tables.get()
    tables.take_over_table(moderator=ada, table_pk=table.pk, expected=0)

    late = told(
        lambda: tables.take_over_table(moderator=ben, table_pk=table.pk, expected=0)
    )

    assert late == ("table.taken_meanwhile", BY_ADA, None)


def test_speakers_rule_says_what_is_there_now(ada: Participation, ben: Participation):
    set_speakers(moderator=ada, seconds=60, seen="")

    late = told(lambda: set_speakers(moderator=ben, seconds=90, seen="least_time 45"))

    assert late[:2] == ("speaking.changed_meanwhile", BY_ADA)
    set_speakers(moderator=ben, seconds=90, seen=late[2])


def test_remark_names_who_hid_it_and_who_showed_it_again(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    table_rounds.begin_round(moderator=ada, method="hand", tables=1)
    table = dialogue.tables.get()
    remark = tables.add_remark(author=ben, table_pk=table.pk, text="Grob")
    facts = {"remark_pk": remark.pk, "reason": "Bitte sachlich"}
    hide_remark(moderator=ada, rule="insult", **facts)

    hidden = told(lambda: hide_remark(moderator=ben, rule="insult", **facts))
    restore_remark(moderator=ada, **facts)
    shown = told(lambda: restore_remark(moderator=ben, **facts))

    assert (hidden[:2], shown[:2]) == (
        ("remark.hidden", BY_ADA),
        ("remark.shown", BY_ADA),
    )


@pytest.mark.parametrize("who", ["nobody", "nameless"])
def test_who_is_not_known_is_not_named(dialogue: Dialogue, who: str):
    nameless = make_participation(dialogue, display_name="")
    person = nameless if who == "nameless" else None

    with override("en"):
        told = [
            str(changed_by(person, "a.b").message),
            str(changed_meanwhile(dialogue, "a.b", "agenda.moved").message),
        ]

    assert told == [BY_SOMEBODY] * 2
