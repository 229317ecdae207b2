"""The speakers' list on the screens: one's own place, one's own share, no others'."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dialogue.actions import pause
from dialogue.models import Hand, SpeakersList
from dialogue.speakers_list import set_speakers
from dialogue.speaking import lower_hand, remove_hand
from dialogue.speaking_order import Place, Raised
from dialogue.speaking_turns import end_turn, give_floor
from live.commands.table import run_command
from live.parts.speaking import draw_shares, draw_speakers, own_speaking, why
from live.screens import View
from proposals.models import HoldingRule
from tests.dialogue.speaking_support import Evening, make_evening
from tests.factories import make_comment, make_proposal, make_question

START = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
ROOM, DESK = View("room", "en"), View("desk", "en")
PROJECTOR = View("projector", "en")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def at():
    with time_machine.travel(START, tick=False) as traveller:
        yield lambda seconds: traveller.move_to(START + timedelta(seconds=seconds))


@pytest.fixture
def evening(at) -> Evening:
    """Anna has spoken for 83 seconds; Bert has the floor; Carl waits."""
    evening = make_evening(rule="first_timers")
    evening.raises("Anna")
    evening.next()
    at(83)
    evening.raises("Bert", about="Bäume & <script>")
    evening.next()
    evening.raises("Anna")
    evening.raises("Carl")
    return evening


def own(evening: Evening, name: str) -> str | None:
    return own_speaking(evening.citizen(name), evening.dialogue, ROOM)


def test_own_place_says_why_the_hand_was_taken_until_it_is_raised_again(
    evening: Evening,
):
    hand = evening.speakers.hands.get(participation=evening.citizen("Carl"))
    remove_hand(moderator=evening.lead, hand_pk=hand.pk, reason="Pause <b>")

    taken = own(evening, "Carl") or ""
    evening.raises("Carl")
    raised = own(evening, "Carl") or ""

    assert "Your hand was taken off the list." in taken
    assert "Pause &lt;b&gt;" in taken
    assert "Lead" in taken
    assert "taken off" not in raised
    lower_hand(participation=evening.citizen("Carl"))
    assert own(evening, "Carl") is None


def test_own_place_and_why(evening: Evening):
    html = own(evening, "Anna")

    assert html is not None
    assert ">2</strong>" in html
    assert "1 person ahead has not spoken yet" in html
    assert "1:23 minutes" in html
    assert "Your place" not in (own(evening, "Bert") or "")


def test_speaker_can_yield(evening: Evening):
    assert "yield_floor" in (own(evening, "Bert") or "")
    assert "yield_floor" not in (own(evening, "Carl") or "")


def test_who_has_done_nothing_costs_one_look(
    evening: Evening, django_assert_num_queries
):
    silent = evening.citizen("Dora")

    with django_assert_num_queries(1):
        assert own_speaking(silent, evening.dialogue, ROOM) is None


@pytest.mark.parametrize("view", [ROOM, PROJECTOR], ids=str)
def test_nobody_elses_share_is_shown(evening: Evening, view: View):
    html = draw_speakers(evening.dialogue, view)

    assert "1:23" not in html
    assert "Carl" in html


def test_room_says_how_even_it_is_and_by_which_rule(evening: Evening):
    html = draw_speakers(evening.dialogue, ROOM)

    assert "2 of 2 have spoken." in html
    assert "whoever has not spoken yet comes first" in html
    assert "Bäume &amp; &lt;script&gt;" in html


def test_screens_without_a_list_show_none():
    evening = make_evening()
    SpeakersList.objects.all().delete()

    assert 'data-state="none"' in draw_speakers(evening.dialogue, ROOM)
    assert "<p" not in draw_speakers(evening.dialogue, PROJECTOR)
    assert "Open the list" in draw_speakers(evening.dialogue, DESK)


def test_desk_sees_every_share_with_what_was_written(evening: Evening):
    proposal = make_proposal(evening.citizen("Anna"))
    make_proposal(evening.citizen("Anna"), state="hidden")
    make_comment(evening.citizen("Dora"), proposal)
    make_question(evening.citizen("Dora"))

    cells = [
        row.replace("</td>", "").split('<td class="number">')
        for row in draw_shares(evening.dialogue, DESK).split("<tr>")[2:]
    ]

    shown = {
        row[0].partition("<bdi>")[2].partition("<")[0]: [
            cell.partition("<")[0] for cell in row[1:]
        ]
        for row in cells
    }
    assert shown == {
        "Anna": ["1:23", "100", "1", "1"],
        "Bert": ["0:00", "0", "1", "0"],
        "Dora": ["0:00", "0", "0", "2"],
    }


def test_own_share_counts_what_was_written(evening: Evening):
    make_proposal(evening.citizen("Anna"))

    assert "You have written 1 contribution." in (own(evening, "Anna") or "")


@pytest.mark.parametrize(
    ("rule", "place", "expected"),
    [
        ("first_come", (1, 0, 0), "next"),
        ("first_come", (3, 0, 2), "2 hands went up earlier"),
        (
            "least_time",
            (4, 2, 1),
            "2 people ahead have spoken less, 1 hand went up earlier",
        ),
        ("first_timers", (3, 2, 0), "2 people ahead have not spoken yet"),
        (
            "alternating",
            (2, 1, 0),
            "1 person is ahead because both sides take turns",
        ),
        ("tables", (2, 1, 0), "1 person is ahead because the tables take turns"),
    ],
)
def test_reason_in_words(rule: str, place: tuple[int, int, int], expected: str):
    assert why(rule, Place(Raised(1, "p1", 0), *place)) == expected


def test_pause_stops_the_shown_clock(evening: Evening, at):

    assert "data-clock-until" in draw_speakers(evening.dialogue, ROOM)
    at(93)
    pause(moderator=evening.lead)
    evening.dialogue.refresh_from_db()

    html = draw_speakers(evening.dialogue, ROOM)

    assert "data-clock-until" not in html
    assert "paused, 0:50 left" in html


def test_hand_goes_up_by_a_plain_form():
    evening = make_evening()
    client = Client()
    client.force_login(evening.citizen("Anna").person)
    address = reverse("live:do", args=[evening.dialogue.code, "raise_hand"])

    answer = client.post(address, {"side": "pro", "about": "Bäume", "next": "#speak"})
    page = client.get(evening.dialogue.get_absolute_url()).content.decode()

    assert answer.status_code == 302
    assert evening.order == ["Anna"]
    assert "lower_hand" in page
    assert "Bäume" in page


def raised_by_form(evening: Evening, about: str) -> Any:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(evening.citizen("Anna").person)
    address = reverse("live:do", args=[evening.dialogue.code, "raise_hand"])
    return client.post(address, {"about": about, "next": "#speak"}, follow=True)


def test_line_that_a_rule_holds_is_left_off_the_hand():
    """The place in the list is kept, and so is what was typed."""
    evening = make_evening()
    HoldingRule.objects.create(dialogue=evening.dialogue, holds_links=True)

    page = raised_by_form(evening, "Siehe www.example.org <b>").content.decode()

    assert evening.order == ["Anna"]
    assert Hand.objects.get().about == ""
    for view in (ROOM, DESK, PROJECTOR):
        assert "example" not in draw_speakers(evening.dialogue, view)
    assert "It contains a link." in page
    assert "Siehe www.example.org &lt;b&gt;" in page

    raised_by_form(evening, "Bäume")
    raised_by_form(evening, "Doch www.example.org")

    assert evening.order == ["Anna"]
    assert Hand.objects.get().about == "Bäume"


def test_form_to_mend_the_line_has_what_was_typed():
    evening = make_evening()
    HoldingRule.objects.create(dialogue=evening.dialogue, holds_links=True)
    anna = evening.citizen("Anna")

    done = run_command("raise_hand", {"about": "Auf www.example.org"}, anna, ROOM)

    assert "It contains a link." in done.ok["message"]
    assert 'value="Auf www.example.org"' in done.mine()["speaking"]


@pytest.mark.parametrize("who", ["citizen", "lead"])
def test_lines_are_shown_where_no_rule_holds_them(who: str):
    evening = make_evening()
    HoldingRule.objects.create(dialogue=evening.dialogue, holds_links=True)
    people = {"citizen": evening.citizen("Anna"), "lead": evening.lead}
    about = "Bäume" if who == "citizen" else "Siehe www.example.org"

    done = run_command("raise_hand", {"about": about}, people[who], ROOM)

    assert done.ok["message"] == "Your hand is raised."
    assert Hand.objects.get().about == about


def test_refused_form_keeps_what_was_typed():
    evening = make_evening()
    set_speakers(moderator=evening.lead, is_open=False)
    client = Client()
    client.force_login(evening.citizen("Anna").person)
    address = reverse("live:do", args=[evening.dialogue.code, "raise_hand"])

    answer = client.post(address, {"about": "Meine Bäume"})

    assert answer.status_code == 409
    assert "Meine Bäume" in answer.content.decode()


def test_list_shows_who_moderates_no_forms_to_citizens(evening: Evening):
    room = draw_speakers(evening.dialogue, ROOM)
    desk = draw_speakers(evening.dialogue, DESK)

    for command in ("give_floor", "end_turn", "extend_turn", "remove_hand"):
        assert command not in room
        assert command in desk


def test_late_order_is_that_of_the_next_call(evening: Evening):
    """What the list says comes: the next on the screen gets the floor."""
    first = evening.order[0]

    assert give_floor(moderator=evening.lead).shown_name == first
    assert end_turn(moderator=evening.lead).shown_name == first
