"""The public pages of projects and results."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from projects.models import Assignment, District, Project, ResultText, Topic
from projects.queries import narrow_projects, public_dialogues, public_projects
from projects.reading import outcome_in_words, read_result
from projects.wording import RULES
from tests.factories import make_dialogue, make_person, make_project, make_staff
from tests.filed import hold_evening

pytestmark = pytest.mark.django_db


def add_facts(project: Project) -> Project:
    """A phase, a topic and a district, so that a list has something to fetch."""
    today = timezone.localdate()
    project.phases.create(title="Ideen", starts_on=today, ends_on=today)
    topic, __ = Topic.objects.get_or_create(name_de="Verkehr", name_en="Traffic")
    district, __ = District.objects.get_or_create(name="Hörde")
    project.topics.add(topic)
    project.districts.add(district)
    return project


def page(client: Client, address: str, language: str = "en") -> str:
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code == 200
    return response.content.decode()


# --- list -----------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3])
def test_list_needs_the_same_queries_for_any_number(
    client, django_assert_num_queries, number
):
    for __ in range(number):
        add_facts(make_project())

    # Count, projects, topics, districts, phases, and the two lists of choices.
    with django_assert_num_queries(7):
        content = page(client, reverse("projects:list"))

    assert content.count('<article class="tile">') == number


def test_list_shows_no_draft(client):
    make_project(title="Sichtbar")
    make_project(title="Entwurf", published_at=None)

    content = page(client, reverse("projects:list"))

    assert "Sichtbar" in content
    assert "Entwurf" not in content


def test_list_is_narrowed_by_every_field():
    fits = add_facts(make_project(title="Schulweg in Hörde", status="open"))
    add_facts(make_project(title="Schulweg in Hörde", status="planned"))
    make_project(title="Schulweg in Hörde", status="open")
    add_facts(make_project(title="Park", status="open"))

    found = narrow_projects(
        public_projects(),
        words="schulweg hörde",
        status="open",
        topic=Topic.objects.get(),
        district=District.objects.get(),
    )

    assert list(found) == [fits]


def test_list_form_narrows(client):
    make_project(title="Schulweg")
    make_project(title="Stadtpark")

    content = page(client, reverse("projects:list") + "?words=park")

    assert "Stadtpark" in content
    assert "Schulweg" not in content


def test_list_says_that_a_choice_is_unknown(client):
    make_project(title="Schulweg")

    content = page(client, reverse("projects:list") + "?topic=99")

    assert 'role="alert"' in content
    assert "Schulweg" in content


def test_list_has_pages(client):
    for __ in range(13):
        make_project()

    first = page(client, reverse("projects:list"))
    second = page(client, reverse("projects:list") + "?page=2")

    assert first.count('<article class="tile">') == 12
    assert second.count('<article class="tile">') == 1


# --- one project ----------------------------------------------------------------
def test_draft_is_visible_to_its_staff_only(client):
    project = make_project(published_at=None)
    own, other = make_staff(), make_staff()
    Assignment.objects.create(project=project, person=own)
    address = project.get_absolute_url()

    seen = {}
    for name, person in {
        "public": None,
        "account": make_person(),
        "other staff": other,
        "own staff": own,
        "administrator": make_person(is_administrator=True),
    }.items():
        client.logout()
        if person:
            client.force_login(
                person, "allauth.account.auth_backends.AuthenticationBackend"
            )
        seen[name] = client.get(address).status_code

    assert seen == {
        "public": 404,
        "account": 404,
        "other staff": 404,
        "own staff": 200,
        "administrator": 200,
    }


def test_draft_carries_a_banner_and_a_public_project_none(client):
    staff = make_staff()
    draft, public = make_project(published_at=None), make_project()
    for project in (draft, public):
        Assignment.objects.create(project=project, person=staff)
    client.force_login(staff, "allauth.account.auth_backends.AuthenticationBackend")

    assert "<strong>Draft</strong>" in page(client, draft.get_absolute_url())
    assert "<strong>Draft</strong>" not in page(client, public.get_absolute_url())


def test_missing_and_forbidden_look_alike(client):
    draft = make_project(published_at=None)

    missing = client.get(reverse("projects:detail", args=["nothing"]))
    forbidden = client.get(draft.get_absolute_url())

    assert (missing.status_code, forbidden.status_code) == (404, 404)
    token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub(b"", missing.content) == token.sub(
        b"", forbidden.content.replace(draft.slug.encode(), b"nothing")
    )


def test_project_is_shown_in_the_readers_language(client):
    project = make_project(
        title="Sicher zur Schule",
        title_en="Safe to school",
        summary_easy="Der Weg soll sicher sein.",
    )
    address = project.get_absolute_url()

    english, german = page(client, address), page(client, address, "de")

    assert '<h1 lang="en">Safe to school</h1>' in english
    assert '<h1 lang="de">Sicher zur Schule</h1>' in german
    assert 'aria-labelledby="easy" lang="de"' in english
    assert "Der Weg soll sicher sein." in english


def test_project_says_what_can_be_changed_and_who_decides(client):
    project = make_project(can_change="Nur der **Weg**", is_fixed="Das <b>Geld</b>")

    content = page(client, project.get_absolute_url())

    assert "Nur der <strong>Weg</strong>" in content
    assert "<b>Geld</b>" not in content
    assert "Das &lt;b&gt;Geld&lt;/b&gt;" in content
    assert '<strong lang="de">Der Rat</strong><br>by 30 June 2027' in content
    assert "gives reasons for every point" in content
    assert 'href="mailto:kim@stadt.example"' in content


def test_phases_say_where_they_stand(client):
    project, today = make_project(), timezone.localdate()
    for days, title in ((-10, "Vorbei"), (0, "Jetzt"), (10, "Bald")):
        day = today + timedelta(days=days)
        project.phases.create(title=title, starts_on=day, ends_on=day)

    content = page(client, project.get_absolute_url())

    assert content.count("agenda__step--done") == 1
    assert content.count('aria-current="step"') == 1


def test_dialogues_are_grouped_and_drafts_left_out():
    project = make_project()
    by_state = {
        state: make_dialogue(project=project, state=state)
        for state in ("draft", "announced", "lobby", "live", "paused", "closed")
    }

    assert public_dialogues(project) == {
        "announced": [by_state["announced"]],
        "running": [by_state["lobby"], by_state["live"], by_state["paused"]],
        "closed": [by_state["closed"]],
    }


def test_closed_dialogue_leads_to_its_result(client):
    evening = hold_evening()

    content = page(client, evening.dialogue.project.get_absolute_url())

    assert content.count(f'href="{evening.address}"') == 2
    assert f'href="{evening.dialogue.get_absolute_url()}"' not in content


# --- results --------------------------------------------------------------------
def test_download_is_the_canonical_file(client):
    evening = hold_evening()

    response = client.get(evening.address + "result.json")

    assert response.content == evening.record.canonical.encode()
    assert hashlib.sha256(response.content).hexdigest() == evening.record.digest
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == (
        f'attachment; filename="result-{evening.record.digest[:12]}.json"'
    )


def test_texts_download_holds_every_text(client):
    evening = hold_evening()

    file = json.loads(client.get(evening.address + "texts.json").content)

    assert file["record"] == evening.record.digest
    assert sorted(file["texts"]) == sorted(
        ResultText.objects.values_list("key", flat=True)
    )
    row = ResultText.objects.get(key="proposal-3")
    assert file["texts"]["proposal-3"] == {"salt": row.salt, "text": row.text}
    assert row.text == "Bänke\n\nZum Sitzen."


@pytest.mark.parametrize("name", ["", "result.json", "texts.json"])
def test_result_of_a_draft_is_not_public(client, name):
    evening = hold_evening()
    Project.objects.update(published_at=None)

    assert client.get(evening.address + name).status_code == 404


@pytest.mark.parametrize("name", ["result", "result_json", "result_texts"])
def test_result_is_not_found_in_another_project(client, name):
    evening, other = hold_evening(), make_project()

    addresses = [
        reverse(f"projects:{name}", args=[other.slug, evening.record.digest]),
        reverse(f"projects:{name}", args=[evening.dialogue.project.slug, "0" * 64]),
    ]

    assert [client.get(address).status_code for address in addresses] == [404, 404]


def test_result_is_told_in_words():
    evening = hold_evening()

    with translation.override("en"):
        reading = read_result(evening.record)

    secret, several, mistake = reading["ballots"]
    assert secret["outcome"] == "Adopted, with 2 yes to 1 no votes."
    assert [row["number"] for row in secret["rows"]] == [2, 1, 0]
    assert [row["first"] for row in secret["rows"]] == [True, False, False]
    assert (secret["turnout"], secret["eligible"]) == (3, 5)
    assert several["outcome"] == "Chosen, with 2 votes: “Tempo 20”."
    assert mistake["outcome"] == "This ballot was annulled. Its votes count nowhere."
    assert [proposal["title"] for proposal in reading["proposals"]] == [
        "Zebrastreifen",
        "Tempo 20",
        "Bänke",
    ]
    assert reading["proposals"][0]["author"] == "Ada"
    assert reading["parked"] == ["Spielplatz", "Radweg"]
    assert [(row["rule"], row["number"]) for row in reading["moderation"]] == [
        (RULES["insult"], 1)
    ]


@pytest.mark.parametrize(
    ("verdict", "numbers", "chosen", "words"),
    [
        ("adopted", (2, 1), {0}, "Adopted, with 2 yes to 1 no votes."),
        ("rejected", (1, 2), {1}, "Rejected, with 1 yes to 2 no votes."),
        ("rejected", (2, 2), {1}, "Rejected: 2 yes and 2 no votes are a tie."),
        ("none", (0, 0), set(), "Nobody voted. Nothing is decided."),
        ("chosen", (1, 0), {0}, "Chosen, with 1 vote: “A”."),
        (
            "tied",
            (3, 3),
            {0, 1},
            "A tie, with 3 votes each: “A”, “B”. No lot was drawn.",
        ),
        (
            "annulled",
            (0, 0),
            set(),
            "This ballot was annulled. Its votes count nowhere.",
        ),
    ],
)
def test_every_verdict_has_its_sentence(verdict, numbers, chosen, words):
    rows = [
        {"label": label, "number": number, "first": position in chosen}
        for position, (label, number) in enumerate(zip("AB", numbers, strict=True))
    ]

    with translation.override("en"):
        assert outcome_in_words(verdict, rows) == words


def test_result_page_shows_figures_and_how_to_check_them(client):
    evening = hold_evening()

    content = page(client, evening.address)

    assert content.count('<p class="verdict">') == 2
    assert "3 of 5 people who could vote did so (60 %)." in content
    assert "does not guard against a person who joined twice" in content
    assert f"sha256sum result-{evening.record.digest[:12]}.json" in content
    assert f"<code>{evening.record.digest}</code>" in content
    assert "Beleidigung" not in content


def test_erased_text_reads_as_removed(client):
    evening = hold_evening()
    ResultText.objects.filter(key="proposal-1").update(salt="", text="")

    content = page(client, evening.address)

    assert content.count("Text removed") == 1
    assert "An der Schule." not in content


def test_result_page_needs_the_same_queries_for_any_number(
    client, django_assert_num_queries
):
    evening = hold_evening()

    # Project, result, texts, and whether a correction came later.
    with django_assert_num_queries(5):
        page(client, evening.address)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_read_only(client, method):
    project = make_project()

    assert getattr(client, method)(project.get_absolute_url()).status_code == 405
