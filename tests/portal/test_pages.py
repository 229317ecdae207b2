"""Home, joining by code, my data, refusals, and the legal pages."""

import json

import pytest
from django.contrib.auth import get_user
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.actions import write_message
from accounts.models import Person
from dialogue.models import Participation
from portal.middleware import refusals
from projects.models import Project
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_project,
)
from tests.filed import Evening, hold_evening

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def no_guesses():
    cache.clear()


def page(client: Client, name: str) -> str:
    response = client.get(reverse(name), headers=ENGLISH)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def evening(client: Client) -> Evening:
    evening = hold_evening()
    client.force_login(evening.author.person, BACKEND)
    return evening


# --- home -----------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3])
def test_home_needs_the_same_queries_for_any_number(
    client, django_assert_num_queries, number
):
    for __ in range(number):
        project = make_project()
        make_dialogue(project=project, state="live")
        make_dialogue(project=project, state="announced")

    # Running, announced, projects, and their topics, districts and phases.
    with django_assert_num_queries(6):
        content = page(client, "portal:home")

    assert content.count('<article class="panel panel--now">') == number
    assert content.count('<article class="tile">') == 2 * number


def test_home_shows_what_the_public_may_know(client):
    public, draft = make_project(), make_project(title="Geheim", published_at=None)
    for state in ("draft", "announced", "lobby", "closed"):
        make_dialogue(project=public, state=state, title=f"Öffentlich {state}")
        make_dialogue(project=draft, state=state, title=f"Geheim {state}")

    content = page(client, "portal:home")

    assert "Öffentlich lobby" in content
    assert "Öffentlich announced" in content
    assert "Öffentlich draft" not in content
    assert "Öffentlich closed" not in content
    assert "Geheim" not in content


# --- joining by code ------------------------------------------------------------
@pytest.mark.parametrize("typed", ["{}", " {} ", "{}-", "\t{}"])
def test_code_leads_to_its_dialogue(client, typed):
    dialogue = make_dialogue(code="ABCD2345")

    response = client.post(
        reverse("portal:join_by_code"), {"code": typed.format("abcd-2345")}
    )

    assert response.status_code == 302
    assert response["Location"] == dialogue.get_absolute_url()


def test_wrong_code_is_refused_and_kept_in_the_form(client):
    make_dialogue(code="ABCD2345")

    response = client.post(
        reverse("portal:join_by_code"), {"code": "ABCD2346"}, headers=ENGLISH
    )

    assert response.status_code == 404
    content = response.content.decode()
    assert 'value="ABCD2346"' in content
    assert 'role="alert"' in content


# --- my data --------------------------------------------------------------------
def test_my_data_of_nobody_says_so(client):
    content = page(client, "portal:my_data")

    assert "We hold nothing that we could link to you here." in content
    assert reverse("portal:erase_me") not in content
    assert client.get(reverse("portal:export_data")).status_code == 302
    assert client.post(reverse("portal:erase_me")).status_code == 302


def test_my_data_shows_what_is_held(client, evening):
    content = page(client, "portal:my_data")

    for words in ("Ada", "Abend", "Zebrastreifen", "Tempo 20", "Wann geht es los?"):
        assert words in content
    assert "Bänke" not in content


def test_own_vote_weight_is_shown_and_exported(client, evening):
    said = "your vote counts 3 times"
    assert said not in page(client, "portal:my_data")
    evening.author.vote_weight = 3
    evening.author.save(update_fields=["vote_weight"])

    assert said in page(client, "portal:my_data")
    facts = client.get(reverse("portal:export_data")).json()
    assert [row["vote_weight"] for row in facts["participations"]] == [3]


def test_messages_are_new_once(client, evening):
    write_message(person=evening.author.person, subject="Hallo", body="Text")

    first, second = page(client, "portal:my_data"), page(client, "portal:my_data")

    assert first.count(">new</span>") == 1
    assert second.count(">new</span>") == 0
    assert "Hallo" in second


@pytest.mark.parametrize("number", [1, 3])
def test_my_data_needs_the_same_queries_for_any_number(
    client, django_assert_num_queries, number
):
    person = make_guest()
    for __ in range(number):
        make_participation(make_dialogue(), person=person)
        write_message(person=person, subject="Hallo", body="Text")
    client.force_login(person, BACKEND)

    # Session, person; messages, participations, consents, four kinds of
    # contributions; marking as read is an act of its own (savepoints and all).
    with django_assert_num_queries(12):
        page(client, "portal:my_data")


def test_export_holds_everything_linked_to_the_person(client, evening):
    response = client.get(reverse("portal:export_data"))

    facts = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert facts["person"]["email"] == "ada@example.org"
    assert [row["display_name"] for row in facts["participations"]] == ["Ada"]
    assert sorted(
        (row["kind"], row.get("title") or row["text"]) for row in facts["contributions"]
    ) == [
        ("comment", "Gern im Schatten."),
        ("proposal", "Tempo 20"),
        ("proposal", "Zebrastreifen"),
        ("question", "Wann geht es los?"),
        ("topic", "Radweg"),
    ]
    earlier = [row.get("earlier_wordings") for row in facts["contributions"]]
    assert [{"title": "Tempo 30", "text": "", "reason": "Sicherheit."}] in earlier


def test_export_says_what_a_contribution_was_held_for(client, evening):
    evening.author.proposals.update(held_for="links")
    evening.author.comments.update(held_for="first")

    facts = json.loads(client.get(reverse("portal:export_data")).content)

    held = {(row["kind"], row.get("held_for")) for row in facts["contributions"]}
    assert held == {
        ("proposal", "links"),
        ("comment", "first"),
        ("question", ""),
        ("topic", ""),
    }


def test_export_links_open_votes_and_no_secret_ones(client, evening):
    client.force_login(evening.voters[1].person, BACKEND)

    facts = json.loads(client.get(reverse("portal:export_data")).content)

    assert [
        (row["ballot"], row["secrecy"], row["has_voted"], row["vote"])
        for row in facts["ballots"]
    ] == [
        ("Zebrastreifen bauen?", "secret", True, []),
        ("Was zuerst?", "open", True, [{"option": "Tempo 20", "value": 1}]),
        ("Irrtum", "secret", False, []),
    ]
    assert [row["reason"] for row in facts["decisions_about_me"]] == ["Grob."]


@pytest.mark.parametrize("word", ["", "yes", "ERAS"])
def test_erasing_needs_the_word(client, evening, word):
    response = client.post(
        reverse("portal:erase_me"), {"word": word, "texts": "on"}, headers=ENGLISH
    )

    assert response.status_code == 400
    assert b'aria-invalid="true"' in response.content
    assert Person.objects.filter(email="ada@example.org").exists()
    assert get_user(client).is_authenticated


@pytest.mark.parametrize("is_guest", [True, False])
def test_erasing_ends_the_session(client, is_guest):
    person = make_guest() if is_guest else make_person()
    mine = make_participation(make_dialogue(), person=person, display_name="Ada")
    client.force_login(person, BACKEND)

    response = client.post(
        reverse("portal:erase_me"), {"word": " erase "}, headers=ENGLISH
    )

    assert (response.status_code, response["Location"]) == (302, reverse("portal:home"))
    assert not get_user(client).is_authenticated
    assert Participation.objects.get(pk=mine.pk).display_name != "Ada"
    assert "Your data was erased." in page(client, "portal:home")


def test_erasing_by_get_is_refused(client, evening):
    assert client.get(reverse("portal:erase_me")).status_code == 405


# --- refusals -------------------------------------------------------------------
def test_refused_page_without_a_form_for_reading(client):
    response = client.get(reverse("projects:detail", args=["x"]), headers=ENGLISH)

    content = response.content.decode()
    assert response.status_code == 404
    assert 'role="alert"' in content
    assert "There is no such project, or it is not open to you." in content
    assert "Send again" not in content


@pytest.fixture
def strict() -> Client:
    return Client(enforce_csrf_checks=True, headers=ENGLISH)


TYPED = {
    "csrfmiddlewaretoken": "old",
    "title": 'Mehr "Bänke"',
    "text": "Zeile 1\nZeile 2 <b>",
    "proposal_pk": "7",
    "note": "kurz",
    "password": "geheim-geheim",
}


def test_nothing_typed_is_lost_when_a_page_was_open_too_long(strict):
    response = strict.post(
        reverse("portal:join_by_code") + "?a=1",
        TYPED,
        headers={"Origin": "http://testserver"},
    )

    content = response.content.decode()
    assert response.status_code == 403
    assert '<form class="form" method="post" action="/join/?a=1">' in content
    assert 'name="title" type="text" value="Mehr &quot;Bänke&quot;"' in content
    assert ">\nZeile 1\nZeile 2 &lt;b&gt;</textarea>" in content
    assert '<input type="hidden" name="proposal_pk" value="7">' in content
    assert 'name="note" type="text" value="kurz"' in content
    assert 'name="password" type="password" value=""' in content
    assert "geheim-geheim" not in content
    assert 'value="old"' not in content


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_words_of_another_site_are_not_given_back(strict, origin):
    response = strict.post(
        reverse("portal:join_by_code"), TYPED, headers={"Origin": origin}
    )

    assert response.status_code == 403
    assert b"Zeile 1" not in response.content
    assert b"Send again" not in response.content


def test_refused_field_is_marked(client):
    for __ in range(10):
        client.post(reverse("portal:join_by_code"), {"code": "XXXXXXXX"})
        client.session.save()
    session = client.session
    session["here"] = True
    session.save()
    client.cookies["session"] = session.session_key
    for __ in range(10):
        client.post(reverse("portal:join_by_code"), {"code": "XXXXXXXX"})

    response = client.post(
        reverse("portal:join_by_code"), {"code": "XXXXXXXX"}, headers=ENGLISH
    )

    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert b'name="code" type="text" value="XXXXXXXX"' in response.content


# --- legal and error pages ------------------------------------------------------
@pytest.mark.parametrize("name", ["imprint", "privacy", "accessibility"])
def test_legal_pages_mark_what_the_city_has_to_fill_in(client, name):
    content = page(client, f"portal:{name}")

    assert "<mark>[To be filled in by the city:" in content
    assert content.count("<h1") == 1


def test_unknown_page_leads_home(client):
    response = client.get("/nothing/here/", headers=ENGLISH)

    assert response.status_code == 404
    assert b"This page does not exist" in response.content


def test_fault_page_needs_nothing(settings, monkeypatch):
    def break_down(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("portal.views.public_projects", break_down)
    client = Client(raise_request_exception=False)

    response = client.get(reverse("portal:home"))

    assert response.status_code == 500
    assert "Hier ist etwas schiefgegangen" in response.content.decode()
    assert Project.objects.count() == 0


def test_failing_database_is_no_error_page(rf) -> None:
    """As when the disk is full; `make faults` fills a real one."""
    answer_none = refusals(lambda request: HttpResponse())
    request = rf.post("/d/ABCD2345/do/cast_vote/", HTTP_ACCEPT="application/json")

    answer = answer_none.process_exception(request, OperationalError("disk is full"))

    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert json.loads(answer.content)["refused"]["code"] == "server.unavailable"
    assert answer_none.process_exception(request, ValueError()) is None
