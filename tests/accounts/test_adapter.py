"""From guest to account: who is signed in, and what moves along."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.actions import give_consents
from accounts.models import Consent, Person
from dialogue.joining import adopt_guest, call_help
from dialogue.models import HelpCall, Participation
from tests.factories import make_dialogue, make_guest, make_participation, make_person

pytestmark = pytest.mark.django_db
PASSWORD = "korrekt-pferd-batterie"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def log_in(client, email="kim@example.org"):
    return client.post(reverse("account_login"), {"login": email, "password": PASSWORD})


def make_account(**facts):
    person = make_person(email="kim@example.org", **facts)
    person.set_password(PASSWORD)
    person.save()
    return person


def test_log_in_moves_a_guests_participation_consent_and_calls(client):
    account = make_account()
    participation = make_participation(make_dialogue())
    guest, dialogue = participation.person, participation.dialogue
    for context in (f"dialogue:{dialogue.pk}", "elsewhere"):
        give_consents(person=guest, context=context, texts={Consent.About.PRIVACY: "x"})
    call_help(person=guest, dialogue=dialogue, name="Kim", text="Hilfe")
    client.force_login(guest)

    log_in(client)

    assert client.session["_auth_user_id"] == str(account.pk)
    assert "was_guest" not in client.session
    assert Participation.objects.get(pk=participation.pk).person == account
    assert [consent.context for consent in account.consents.all()] == [
        f"dialogue:{dialogue.pk}"
    ]
    assert HelpCall.objects.get().person == account


def test_the_session_gets_a_new_key_and_keeps_its_codes(client):
    make_account()
    client.force_login(make_guest())
    session = client.session
    session["codes"] = ["ABCD2345"]
    session.save()
    before = session.session_key

    log_in(client)

    assert client.session.session_key != before
    assert client.session["codes"] == ["ABCD2345"]


def test_where_the_account_takes_part_already_both_rows_stay():
    dialogue = make_dialogue()
    own = make_participation(dialogue, person=make_person())
    guests = make_participation(dialogue)

    adopt_guest(guest_pk=guests.person_id, person=own.person)

    kept = Participation.objects.in_bulk([own.pk, guests.pk])
    assert kept[own.pk].person_id == own.person_id
    assert kept[guests.pk].person_id == guests.person_id


def test_the_participations_of_an_account_are_never_taken_over():
    other = make_participation(make_dialogue(), person=make_person())

    adopt_guest(guest_pk=other.person_id, person=make_person())

    assert Participation.objects.get(pk=other.pk).person_id == other.person_id


def test_log_in_as_somebody_else_takes_nothing_from_the_account_before(client):
    account = make_account()
    other = make_participation(make_dialogue(), person=make_person())
    client.force_login(other.person)

    log_in(client)

    assert client.session["_auth_user_id"] == str(account.pk)
    assert Participation.objects.get(pk=other.pk).person_id == other.person_id


def test_failed_log_in_moves_nothing(client):
    make_account()
    participation = make_participation(make_dialogue())
    client.force_login(participation.person)

    client.post(
        reverse("account_login"), {"login": "kim@example.org", "password": "wrong"}
    )

    assert client.session["_auth_user_id"] == str(participation.person_id)
    assert Participation.objects.get().person_id == participation.person_id


def test_a_guest_who_signs_up_keeps_the_participations(client):
    participation = make_participation(make_dialogue())
    client.force_login(participation.person)

    client.post(
        reverse("account_signup"), {"email": "Kim@Example.ORG", "password1": PASSWORD}
    )
    link = re.findall(r"/accounts/confirm-email/\S+", str(mail.outbox[0].body))[0]
    assert client.session["_auth_user_id"] == str(participation.person_id)
    client.post(link)

    account = Person.objects.get(email="kim@example.org")
    assert client.session["_auth_user_id"] == str(account.pk)
    assert Participation.objects.get().person == account


def test_a_guest_who_confirms_elsewhere_keeps_the_participations(client):
    participation = make_participation(make_dialogue())
    client.force_login(participation.person)
    client.post(
        reverse("account_signup"), {"email": "kim@example.org", "password1": PASSWORD}
    )
    link = re.findall(r"/accounts/confirm-email/\S+", str(mail.outbox[0].body))[0]

    elsewhere = Client()
    elsewhere.post(link)
    assert "_auth_user_id" not in elsewhere.session
    log_in(client)

    account = Person.objects.get(email="kim@example.org")
    assert Participation.objects.get().person == account


def test_an_account_is_open_only_after_confirmation(client):
    client.post(
        reverse("account_signup"), {"email": "kim@example.org", "password1": PASSWORD}
    )

    answer = log_in(client)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session


def test_addresses_are_stored_in_lower_case(client):
    client.post(
        reverse("account_signup"), {"email": "KIM@EXAMPLE.org", "password1": PASSWORD}
    )

    assert Person.objects.get().email == "kim@example.org"
    assert Person.objects.create_user("TIM@Example.org").email == "tim@example.org"
