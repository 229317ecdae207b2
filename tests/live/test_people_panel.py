"""The people on the desk: where they sit, how long they have spoken, at what cost."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from dialogue.actions import pause
from dialogue.models import Dialogue, Participation
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker, raise_hand
from dialogue.speaking_turns import end_turn, give_floor
from dialogue.table_rounds import begin_round, end_round
from dialogue.tables import change_table
from ledger.models import Entry
from live import frames
from live.ops import draw_ops, targets_of
from live.page_tree import parse
from live.screens import View
from moderation.people import silence
from proposals.actions import ask_question, submit_proposal
from shared import clock
from tests.factories import make_dialogue, make_participation
from tests.live.test_verify_action import fresh, verify_action

pytestmark = pytest.mark.django_db

DESK, ENGLISH = View("desk", "de"), View("desk", "en")


class Hall:
    """A lead and citizens, and what stands beside their names."""

    def __init__(self, people: int) -> None:
        self.dialogue: Dialogue = make_dialogue(allows="propose ask")
        self.lead = make_participation(self.dialogue, "lead_moderator")
        self.people = [
            make_participation(self.dialogue, display_name=f"Bürger*in {n}")
            for n in range(people)
        ]

    def where(self, person: Participation) -> str:
        html = fresh(self.dialogue, ENGLISH)["regions"]["people"]
        (found,) = parse(html).find("id", f"where-{person.pk}")
        return found.text

    def speaks(self, person: Participation) -> Any:
        set_speakers(moderator=self.lead, is_open=True)
        raise_hand(participation=person)
        return give_floor(moderator=self.lead)

    def targets(self, after: int) -> set[Any]:
        entries = Entry.objects.filter(stream=self.dialogue.stream_id, seq__gt=after)
        return set().union(*(targets_of(entry) for entry in entries))

    @property
    def head(self) -> int:
        return frames.heads_of(self.dialogue.pk).seq


def test_table_and_time_stand_beside_each_person() -> None:
    hall = Hall(2)
    ada, ben = hall.people
    assert hall.where(ada) == ""
    with verify_action(hall.dialogue):
        begin_round(moderator=hall.lead, method="random", tables=1)
    assert hall.where(ada) == "Tisch 1"
    with verify_action(hall.dialogue):
        turn = hall.speaks(ada)
    assert hall.where(ada) == "Tisch 1 · has the floor"
    with (
        time_machine.travel(turn.began_at + timedelta(seconds=125), tick=False),
        verify_action(hall.dialogue),
    ):
        end_turn(moderator=hall.lead)
    assert hall.where(ada) == "Tisch 1 · spoke 2:05 min"
    with verify_action(hall.dialogue):
        change_table(
            moderator=hall.lead,
            table_pk=hall.dialogue.tables.get().pk,
            name="Radwege <b>",
            leader_pk=None,
            conference_url="",
        )
    assert hall.where(ada) == "Radwege <b> · spoke 2:05 min"
    assert hall.where(ben) == "Radwege <b>"
    with verify_action(hall.dialogue):
        silence(
            moderator=hall.lead,
            participation_pk=ada.pk,
            minutes=5,
            rule="insult",
            reason="Bitte zuhören",
        )
    assert hall.where(ada) == "Radwege <b> · spoke 2:05 min"


@pytest.mark.parametrize("method", ["choice", "hand", "remix"])
def test_round_without_a_seat_for_all_leaves_no_old_table(method: str) -> None:
    """Who gets no new seat has left the old one, and no entry says so."""
    hall = Hall(3)
    begin_round(moderator=hall.lead, method="random", tables=3)
    gone = hall.people[0]
    gone.seen_at = clock.now() - timedelta(hours=1)
    gone.joined_at = gone.seen_at - timedelta(minutes=9)
    gone.save()

    with verify_action(hall.dialogue):
        begin_round(moderator=hall.lead, method=method, tables=1)
    assert hall.where(gone) == ""
    with verify_action(hall.dialogue):
        end_round(moderator=hall.lead)
    assert {hall.where(person) for person in hall.people} == {""}


def test_name_of_somebody_from_the_phone_is_beside_nobody() -> None:
    hall = Hall(1)
    set_speakers(moderator=hall.lead, is_open=True)
    enter_speaker(moderator=hall.lead, name="Herr Weber")

    with verify_action(hall.dialogue):
        give_floor(moderator=hall.lead)

    assert hall.where(hall.people[0]) == ""


def test_name_that_looks_like_a_place_stays_a_name() -> None:
    dialogue = make_dialogue()
    who = make_participation(dialogue, display_name="<!--where-->")

    html = fresh(dialogue, DESK)["regions"]["people"]

    assert "&lt;!--where--&gt;" in html
    assert "<!--where-->" not in html
    assert html.count(f'id="where-{who.pk}"') == 1


def test_what_people_write_draws_nobody_anew() -> None:
    hall = Hall(2)
    before = hall.head
    submit_proposal(author=hall.people[0], title="Ein Brunnen")
    ask_question(author=hall.people[1], text="Wann?")
    pause(moderator=hall.lead)

    touched = hall.targets(before)

    assert touched
    assert not touched & {("region", "people"), ("where", 0)}
    assert not {kind for kind, __ in touched} & {"person", "where"}


def test_three_hundred_who_sit_down_are_a_line_each(
    django_assert_max_num_queries: Any,
) -> None:
    """Not three hundred cards with all their forms, and no query for each."""
    hall = Hall(300)
    before = hall.head
    began = begin_round(moderator=hall.lead, method="random", size=8)
    targets = {t for t in hall.targets(before) if t[0] in ("where", "person")}

    with django_assert_max_num_queries(4):
        ops = draw_ops(hall.dialogue, DESK, targets)

    assert began.seats.count() == 300
    assert {op["target"].partition("-")[0] for op in ops} == {"where"}
    assert sum(len(op["html"]) for op in ops) < 300 * 120


def test_many_cards_cost_as_many_queries_as_one(
    django_assert_max_num_queries: Any,
) -> None:
    hall = Hall(30)

    with django_assert_max_num_queries(5):
        ops = draw_ops(
            hall.dialogue, DESK, {("person", person.pk) for person in hall.people}
        )

    assert len(ops) == 31


def test_citizens_get_none_of_it() -> None:
    hall = Hall(1)
    ada = hall.people[0]

    ops = draw_ops(
        hall.dialogue, View("room", "de"), {("where", ada.pk), ("person", ada.pk)}
    )

    assert ops == []
