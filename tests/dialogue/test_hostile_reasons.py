"""Hostile text in reasons and lists that are read on pages: it stays text there."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dialogue.models import Participation
from dialogue.qualified import grant_exception, state_conflict
from projects.actions import assign_staff
from proposals.held import set_words
from qualification.actions import (
    confirm_session,
    grant_certificate,
    revoke_certificate,
)
from shared import clock
from tests.factories import (
    make_certificate,
    make_dialogue,
    make_participation,
    make_person,
    make_staff,
)

pytestmark = pytest.mark.django_db

HOSTILE = "\"'><img src=x onerror=pwn()><!--csrf-->{{ 7 }}"
ESCAPED = "&lt;img src=x onerror=pwn()&gt;"


class City:
    """Every reason and note that somebody without a desk writes or reads."""

    def __init__(self) -> None:
        self.administrator = make_person(is_administrator=True, is_staff_member=True)
        self.staff = make_staff()
        self.dialogue = make_dialogue()
        assign_staff(project=self.dialogue.project, person=self.staff)
        lead: Any = {"qualified": False, "person": make_person(email="ada@example.org")}
        self.lead = make_participation(self.dialogue, "lead_moderator", **lead)
        state_conflict(moderator=self.lead, kind="other", text=HOSTILE)
        grant_exception(
            administrator=self.administrator,
            dialogue=self.dialogue,
            participation_pk=self.lead.pk,
            reason=HOSTILE,
        )
        set_words(dialogue=self.dialogue, words=HOSTILE)
        self.supervisor = make_staff()
        make_certificate(self.supervisor)
        confirm_session(
            supervisor=self.supervisor,
            email="ada@example.org",
            dialogue_title=HOSTILE[:100],
            held_on=clock.now().date(),
            note=HOSTILE,
        )
        granted = grant_certificate(
            administrator=self.administrator, email="ada@example.org", reason=HOSTILE
        )
        self.number = granted.number
        revoke_certificate(
            administrator=self.administrator, number=granted.number, reason=HOSTILE
        )

    def read(self, person: Any, name: str, *args: Any, **query: str) -> str:
        client = Client()
        client.force_login(person)
        answer = client.get(reverse(name, args=args), query)
        assert answer.status_code == 200, (name, answer.status_code)
        return answer.content.decode()


@pytest.fixture
def city() -> City:
    return City()


def test_words_of_reasons_stay_words_on_every_page(city: City):
    code = city.dialogue.code
    lead: Participation = city.lead
    pages = {
        "people": city.read(city.staff, "planning:people", code),
        "check": city.read(city.staff, "planning:golive", code),
        "holding": city.read(city.staff, "holding:edit", code),
        "learning": city.read(lead.person, "qualification:overview"),
        "verify": city.read(lead.person, "qualification:verify", number=city.number),
        "certificates": city.read(city.administrator, "qualification:certificate"),
        "sessions": city.read(city.supervisor, "qualification:sessions"),
        "own data": city.read(lead.person, "portal:my_data"),
        "desk": city.read(lead.person, "live:desk", code),
    }

    for name, html in pages.items():
        assert "<img src=x" not in html, name
    # Where it is read at all, it is read as it was written.
    assert {name for name, html in pages.items() if ESCAPED in html} >= {
        "people",
        "holding",
        "own data",
    }
