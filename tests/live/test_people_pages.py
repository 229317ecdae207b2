"""Everybody in a dialogue as pages, and the forms that a card loads."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dialogue.models import Participation
from dialogue.table_watch import GONE_AFTER
from live.entering import _dialogues
from live.parts.people import draw_person
from live.screens import View
from shared import clock
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(
        make_dialogue(), "lead_moderator", display_name="Zoe Leitung"
    )


def client_of(who: Participation) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who.person)
    return client


def path(name: str, who: Participation, *args: object) -> str:
    return reverse(f"live:{name}", args=[who.dialogue.code, *args])


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_so_often(
    lead: Participation, number: int, django_assert_num_queries: Any
):
    client = client_of(lead)
    for n in range(number - 1):
        make_participation(lead.dialogue, display_name=f"Anna {n}")
    client.get(path("people", lead))
    # Kept for a second, which a busy machine may need or not.
    _dialogues.rows.clear()

    with django_assert_num_queries(8):
        page = client.get(path("people", lead))

    assert len(page.context["listed"]) == number


def test_list_is_searched_by_name(lead: Participation):
    anna = make_participation(lead.dialogue, display_name="Anna")
    make_participation(make_dialogue(), display_name="Anna")

    page = client_of(lead).get(path("people", lead), {"q": "ann"})
    nobody = client_of(lead).get(path("people", lead), {"q": "xyz"})

    assert [row for row, __, __ in page.context["listed"]] == [anna]
    assert "Nobody has this name here." in nobody.content.decode()


def test_who_is_connected_is_told(lead: Participation):
    now = clock.now()
    for name, seen in (("A", now), ("B", now - 2 * GONE_AFTER), ("C", None)):
        make_participation(lead.dialogue, display_name=name, seen_at=seen)

    html = client_of(lead).get(path("people", lead), {"q": ""}).content.decode()

    told = re.findall(r"is here now|not connected since|was never connected", html)
    assert told[:3] == ["is here now", "not connected since", "was never connected"]


def test_page_and_fragment_have_the_forms(lead: Participation):
    anna = make_participation(lead.dialogue, display_name="Anna")
    client = client_of(lead)

    for name in ("person", "person_forms"):
        html = client.get(path(name, lead, anna.pk)).content.decode()
        for command in ("change_participation", "silence", "exclude"):
            assert html.count(f'data-command="{command}"') == 1
        assert html.count('name="csrfmiddlewaretoken"') >= 3
        assert 'data-command="readmit"' not in html


@pytest.mark.parametrize("name", ["person", "person_forms"])
def test_person_of_another_dialogue_is_not_there(lead: Participation, name: str):
    stranger = make_participation(make_dialogue())

    answer = client_of(lead).get(path(name, lead, stranger.pk))

    assert answer.status_code == 404


def test_card_is_small_and_another_when_the_state_is(lead: Participation):
    anna = make_participation(lead.dialogue, display_name="Anna")
    view = View("desk", "en")
    with translation.override("en"):
        state = anna.state
        present = draw_person(lead.dialogue, view, anna)
        anna.state = Participation.State.EXCLUDED
        excluded = draw_person(lead.dialogue, view, anna)

    assert len(present) < 1000
    assert f'id="person-{anna.pk}-participant-{state}"' in present
    assert f'id="person-{anna.pk}-participant-excluded"' in excluded
