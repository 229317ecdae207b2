"""Planning: roles, invitations, announcing."""

import pytest
from django.test import Client

from dialogue.joining import token_digest
from dialogue.models import Dialogue
from dialogue.planning import (
    create_dialogue,
)
from dialogue.planning_people import invite_many, withdraw_invitation
from tests.dialogue.planning_support import (
    address,
    basics,
    kinds_recorded,
    refused_code,
)
from tests.factories import (
    make_dialogue,
    make_participation,
    make_person,
    make_project,
)

pytestmark = pytest.mark.django_db


# --- people and announcing ---------------------------------------------------
def test_role_by_address(page: Client, dialogue: Dialogue) -> None:
    person = make_person(email="mod@example.org")

    page.post(
        address("role_assign", dialogue),
        {
            "role-email": "Mod@Example.org",
            "role-name": "Moderation Kim",
            "role-role": "lead_moderator",
        },
    )

    participation = dialogue.participations.get()
    assert (participation.person, participation.role, participation.display_name) == (
        person,
        "lead_moderator",
        "Moderation Kim",
    )


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "nobody@example.org"}, "email"),
        ({"email": "gone@example.org"}, "email"),
        ({"name": "\u2060"}, "name"),
        ({"role": "king"}, "role"),
        ({"name": "Robin"}, "name"),
    ],
)
def test_impossible_role_is_refused(
    facts: dict[str, str], field: str, page: Client, dialogue: Dialogue
) -> None:
    make_person(email="mod@example.org")
    make_person(email="gone@example.org", is_active=False)
    make_participation(dialogue, display_name="Robin", name_key="robin")
    facts = {"email": "mod@example.org", "name": "Kim", "role": "observer"} | facts

    answer = page.post(
        address("role_assign", dialogue),
        {f"role-{name}": text for name, text in facts.items()},
    )

    assert answer.status_code == 400
    errors = answer.context["role_form"].errors
    assert list(errors) in ([field], ["__all__"])
    assert dialogue.participations.count() == 1


def test_links_are_shown_once(page: Client, dialogue: Dialogue) -> None:
    answer = page.post(
        address("invite", dialogue),
        {"invitations-labels": "Kim\n\n  Robin \n", "invitations-role": "observer"},
    )

    fresh = answer.context["fresh"]
    again = page.get(address("people", dialogue)).content.decode()
    assert [row["label"] for row in fresh] == ["Kim", "Robin"]
    for row in fresh:
        door, token = row["link"].split("?invitation=")
        assert door == f"http://testserver/d/{dialogue.code}/join/"
        invitation = dialogue.invitations.get(token_digest=token_digest(token))
        assert (invitation.label, invitation.role) == (row["label"], "observer")
        assert token in answer.content.decode()
        assert token not in again


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (" \n\u200b\n", "invitation.unlabelled"),
        ("x\n" * 201, "invitation.too_many"),
        ("x" * 121, "invitation.label_too_long"),
    ],
)
def test_impossible_invitations_are_refused(
    labels: str, code: str, dialogue: Dialogue
) -> None:
    assert (
        refused_code(invite_many, dialogue=dialogue, labels=labels, role="participant")
        == code
    )
    assert dialogue.invitations.count() == 0


def test_only_unused_invitations_are_withdrawn(
    page: Client, dialogue: Dialogue
) -> None:
    made = invite_many(dialogue=dialogue, labels="Kim\nRobin", role="participant")
    unused, used = [invitation for invitation, __ in made]
    used.used_by = make_participation(dialogue)
    used.save()

    page.post(address("invitation_withdraw", dialogue, unused.pk))

    assert list(dialogue.invitations.all()) == [used]
    assert (
        refused_code(withdraw_invitation, dialogue=dialogue, invitation_pk=used.pk)
        == "invitation.used"
    )


def test_invitation_of_another_dialogue_is_not_withdrawn(dialogue: Dialogue) -> None:
    other = make_dialogue(state="draft")
    invitation = invite_many(dialogue=other, labels="Kim", role="participant")[0][0]

    assert (
        refused_code(
            withdraw_invitation, dialogue=dialogue, invitation_pk=invitation.pk
        )
        == "invitation.used"
    )


def test_people_page_names_no_address_of_participants(
    page: Client, dialogue: Dialogue
) -> None:
    make_participation(dialogue, "table_moderator", display_name="Tisch 1")
    citizen = make_person(email="citizen@example.org")
    make_participation(dialogue, person=citizen, display_name="Leise")
    observer = make_person(email="observer@example.org")
    make_participation(dialogue, "observer", person=observer, display_name="Presse")

    text = page.get(address("people", dialogue)).content.decode()

    assert "Tisch 1" in text
    assert "Presse" in text
    assert "Leise" not in text
    assert "citizen@example.org" not in text
    assert "observer@example.org" not in text


def test_announcing(page: Client, dialogue: Dialogue) -> None:
    page.post(address("announce", dialogue))

    dialogue.refresh_from_db()
    assert dialogue.state == "announced"
    assert kinds_recorded(dialogue) == ["dialogue.announced"]


def test_announcing_an_empty_agenda_is_refused(
    page: Client, dialogue: Dialogue
) -> None:
    dialogue.agenda.all().delete()

    answer = page.post(address("announce", dialogue), follow=True)

    dialogue.refresh_from_db()
    assert dialogue.state == "draft"
    assert "at least one agenda item" in answer.content.decode()


@pytest.mark.parametrize("name", ["overview", "poster"])
def test_way_in_is_shown(name: str, page: Client, dialogue: Dialogue) -> None:
    text = page.get(address(name, dialogue)).content.decode()

    assert f"http://testserver/d/{dialogue.code}/" in text
    assert f"{dialogue.code[:4]} {dialogue.code[4:]}" in text
    assert '<svg viewBox="' in text
    assert "style=" not in text


def test_created_dialogues_have_different_addresses() -> None:
    project = make_project()

    first = create_dialogue(project=project, facts=basics())
    second = create_dialogue(project=project, facts=basics())

    assert (first.slug, second.slug) == ("sicher-zur-schule", "sicher-zur-schule-2")
    assert first.code != second.code
