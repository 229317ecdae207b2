"""Pages of learning and of the register."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from qualification.lessons import all_lessons, find_lesson
from qualification.models import SupervisedSession
from shared import clock
from tests.factories import make_certificate, make_guest, make_person, make_staff
from tests.qualification.learning import (
    learn_all,
    make_supervisor,
    practise,
    right_answers,
    supervise,
)

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def client_of(person: Person | None) -> Client:
    client = Client(headers=ENGLISH)
    if person is not None:
        client.force_login(person)
    return client


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.content.decode()


def post_check(client: Client, key: str, answers: dict[int, int]) -> Any:
    return client.post(
        f"/learn/lessons/{key}/", {f"question-{n}": a for n, a in answers.items()}
    )


# --- learning -------------------------------------------------------------------
def test_overview_shows_the_way():
    person = make_person()
    practise(person, kinds=["quiet"], dialogue_title="Probe <b>eins</b>")
    supervise(person, note="Sehr <script>klar")

    page = text_of(client_of(person).get("/learn/"))

    assert "0 of 11 checks passed" in page
    assert "1 of 2 sessions confirmed" in page
    assert "Probe &lt;b&gt;eins&lt;/b&gt;" in page
    assert "Sehr &lt;script&gt;klar" in page
    assert all(lesson.key in page for lesson in all_lessons())


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.key)
def test_every_lesson_has_a_page(lesson: Any):
    page = text_of(client_of(make_person()).get(f"/learn/lessons/{lesson.key}/"))

    assert page.count("<fieldset") == len(lesson.here.questions)
    # Nothing is given away before the answers.
    assert not any(
        answer.why in page for q in lesson.here.questions for answer in q.answers
    )


def test_answers_are_explained():
    person, lesson = make_person(), find_lesson("opening")
    assert lesson is not None
    right = right_answers(lesson)
    wrong = right | {1: (right[1] + 1) % 3}

    page = text_of(post_check(client_of(person), "opening", wrong))

    english = lesson.wordings["en"].questions
    assert "Not everything is right yet." in page
    assert page.count("Your answer is right.") == 2
    assert page.count("Your answer is not right.") == 1
    assert page.count("Right would be:") == 1
    assert page.count("checked") == 3
    assert english[0].answers[right[0]].why.replace("'", "&#x27;") in page

    page = text_of(post_check(client_of(person), "opening", right))

    assert "This check is passed." in page
    assert person.lesson_checks.get().attempts == 2


def test_missing_answers_are_named_and_the_others_kept():
    person = make_person()

    page = text_of(post_check(client_of(person), "opening", {0: 1}), 400)

    assert page.count("Please choose an answer.") == 2
    assert page.count("checked") == 1
    assert person.lesson_checks.count() == 0


@pytest.mark.parametrize("value", ["-1", "99", "x", "²", "1" * 400])
def test_hostile_answers_are_refused(value: str):
    client = client_of(make_person())

    answer = client.post(
        "/learn/lessons/opening/", dict.fromkeys(["question-0", "question-1"], value)
    )

    assert answer.status_code == 400


def test_unknown_lesson_is_not_found():
    assert client_of(make_person()).get("/learn/lessons/magic/").status_code == 404


def test_guest_is_told_to_open_an_account():
    assert "account" in text_of(client_of(make_guest()).get("/learn/"), 403)


def test_certificate_by_one_button():
    person = make_person()
    client = client_of(person)
    assert "Get my certificate" not in text_of(client.get("/learn/certificate/"))
    learn_all(person)
    assert "Get my certificate" in text_of(client.get("/learn/certificate/"))

    client.post("/learn/certificate/")
    page = text_of(client.post("/learn/certificate/", follow=True))

    number = person.certificates.get().number
    assert "You are qualified until" in page
    assert number in page


def test_revoked_and_expired_are_said():
    revoked, expired = make_person(), make_person()
    make_certificate(revoked, revoked_at=clock.now(), revoked_reason="Zu <i>laut</i>")
    past = clock.now() - timedelta(days=1)
    make_certificate(expired, issued_at=past - timedelta(days=9), expires_at=past)

    page = text_of(client_of(revoked).get("/learn/certificate/"))
    assert "Your certificate was revoked" in page
    assert "Zu &lt;i&gt;laut&lt;/i&gt;" in page
    page = text_of(client_of(expired).get("/learn/certificate/"))
    assert "Your certificate expired" in page


# --- supervision ----------------------------------------------------------------
def test_session_by_form():
    person = make_person(name="Ada")
    facts = {
        "session-email": person.email,
        "session-dialogue_title": "Abend",
        "session-held_on": clock.now().date().isoformat(),
        "session-note": "Gut.",
    }
    client = client_of(make_supervisor())

    page = text_of(client.post("/learn/sessions/", facts, follow=True))
    assert "Ada" in page
    again = text_of(client.post("/learn/sessions/", facts), 400)
    assert "This session is confirmed already." in again
    assert 'value="Abend"' in again
    assert SupervisedSession.objects.count() == 1


# --- verifying ------------------------------------------------------------------
def test_number_is_verified_without_name():
    held = make_certificate(make_person(name="Ada Lovelace"))
    past = clock.now() - timedelta(days=1)
    old = make_certificate(
        make_person(), issued_at=past - timedelta(days=9), expires_at=past
    )
    ended = make_certificate(
        make_person(), revoked_at=clock.now(), revoked_reason="Geheim"
    )
    client = client_of(None)

    page = text_of(client.get(f"/learn/verify/?number={held.number.lower()}"))
    assert f"Certificate {held.number} is valid." in page
    assert "Lovelace" not in page
    page = text_of(client.get(f"/learn/verify/?number={old.number}"))
    assert "It expired on" in page
    page = text_of(client.get(f"/learn/verify/?number={ended.number}"))
    assert "is not valid any more" in page
    assert "Geheim" not in page
    page = text_of(client.get("/learn/verify/?number=<b>x"), 404)
    assert "There is no certificate" in page
    assert "<b>x" not in page


def test_guessing_numbers_is_held_off():
    client = client_of(make_person())

    codes = [
        client.get(f"/learn/verify/?number=AAAAA-{n:05}").status_code for n in range(12)
    ]

    assert codes == [404] * 10 + [429] * 2


# --- the register ---------------------------------------------------------------
def test_register_shows_what_ends_first_and_the_last_of_each():
    soon = make_person(name="Bald Ende")
    make_certificate(soon, expires_at=clock.now() + timedelta(days=10))
    late = make_person(name="Lang Gültig")
    make_certificate(late, issued_at=clock.now() - timedelta(days=400))
    newer = make_certificate(late)

    page = text_of(client_of(make_staff()).get("/staff/qualification/"))

    assert page.index("Bald Ende") < page.index("Lang Gültig")
    assert page.count("Lang Gültig") == 1
    assert newer.number in page
    assert "ends soon" in page
    assert "Revoke" not in page


def test_administrator_issues_and_revokes_by_form():
    person = make_person()
    client = client_of(make_person(is_administrator=True, is_staff_member=True))

    page = text_of(
        client.post(
            "/staff/qualification/grant/",
            {"grant-email": person.email, "grant-reason": "VHS <b>2026"},
            follow=True,
        )
    )
    assert "VHS &lt;b&gt;2026" in page
    number = person.certificates.get().number
    address = f"/staff/qualification/{number}/revoke/"
    assert "Revoke for good" in text_of(client.get(address))
    assert text_of(client.post(address, {"revoke-reason": " "}), 400)
    assert person.certificates.get().is_valid
    page = text_of(client.post(address, {"revoke-reason": "Laut"}, follow=True))
    assert "revoked" in page
    assert person.certificates.get().revoked_reason == "Laut"


def test_unknown_address_keeps_the_reason():
    client = client_of(make_person(is_administrator=True))

    page = text_of(
        client.post(
            "/staff/qualification/grant/",
            {"grant-email": "nobody@example.org", "grant-reason": "VHS 2026"},
        ),
        400,
    )

    assert "There is no account with this address." in page
    assert "VHS 2026" in page


def test_staff_cannot_issue():
    person = make_person()
    client = client_of(make_staff())

    answer = client.post(
        "/staff/qualification/grant/",
        {"grant-email": person.email, "grant-reason": "Darum"},
    )

    assert answer.status_code == 403
    assert person.certificates.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_register_costs_the_same(number: int, django_assert_num_queries: Any):
    client = client_of(make_staff())
    for __ in range(number):
        make_certificate(make_person())

    with django_assert_num_queries(4):
        text_of(client.get("/staff/qualification/"))
