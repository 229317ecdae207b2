"""The second factor: which session may open a page of staff or desk."""

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from accounts.second_factor import Missing, missing, second_factor_required
from tests.factories import make_guest, make_person, make_staff

SECRET = "JBSWY3DPEHPK3PXP"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outside_demo(settings):
    cache.clear()
    settings.DEMO = False
    settings.SECURE_SSL_REDIRECT = False


def set_up(person):
    TOTP.activate(person, SECRET)
    return person


def code_now():
    counter = next(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(SECRET, counter))


def records(person, *methods):
    return {
        "account_authentication_methods": [{"method": method} for method in methods],
        "account_authentication_methods_user": str(person.pk),
    }


def with_password(person):
    person.set_password("korrekt-pferd-batterie")
    person.save()
    return person


def test_missing_names_the_next_step():
    staff, guest = make_staff(), make_guest()
    prepared = set_up(make_staff())

    assert missing(AnonymousUser(), {}) == Missing.ACCOUNT
    assert missing(guest, {}) == Missing.ACCOUNT
    assert missing(staff, {}) == Missing.SET_UP
    assert missing(staff, records(staff, "password")) == Missing.SET_UP
    assert missing(prepared, {}) == Missing.USE
    assert missing(prepared, records(prepared, "password")) == Missing.USE
    assert missing(prepared, records(prepared, "password", "mfa")) is None


def test_records_of_another_person_count_for_nothing():
    prepared, other = set_up(make_staff()), set_up(make_staff())

    assert missing(prepared, records(other, "password", "mfa")) == Missing.USE


def test_recovery_codes_alone_are_no_second_factor():
    staff = make_staff()
    RecoveryCodes.activate(staff)

    assert missing(staff, records(staff, "password")) == Missing.SET_UP


@override_settings(DEMO=True)
def test_demo_asks_for_nothing():
    assert missing(make_staff(), {}) is None
    assert missing(AnonymousUser(), {}) is None


def answer_to(person, session, method="get"):
    @second_factor_required
    def page(request):
        return HttpResponse("secret")

    request = getattr(RequestFactory(), method)("/staff/?tab=2")
    request.user, request.session = person, session
    return page(request)


def test_a_guarded_page_opens_after_the_factor_was_used():
    person = set_up(make_staff())

    assert answer_to(person, records(person, "mfa")).content == b"secret"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("get", "/accounts/second-factor/?next=%2Fstaff%2F%3Ftab%3D2"),
        ("post", "/accounts/second-factor/"),
    ],
)
def test_a_guarded_page_sends_others_to_the_explanation(method, target):
    answer = answer_to(make_staff(), {}, method)

    assert (answer.status_code, answer["Location"]) == (302, target)


@pytest.mark.parametrize(
    ("who", "way"),
    [
        (make_guest, "/accounts/login/"),
        (make_staff, "/accounts/2fa/totp/activate/"),
        (lambda: set_up(make_staff()), "/accounts/2fa/reauthenticate/"),
    ],
)
def test_the_explanation_leads_to_the_next_step(client, who, way):
    client.force_login(who())

    page = client.get("/accounts/second-factor/?next=/projects/")

    assert page.status_code == 200
    assert f'href="{way}' in page.content.decode()


def test_log_in_with_code_satisfies_and_leads_on(client):
    person = set_up(with_password(make_staff(email="staff@example.org")))
    facts = {"login": "STAFF@Example.org", "password": "korrekt-pferd-batterie"}

    first = client.post("/accounts/login/", facts)
    second = client.post("/accounts/2fa/authenticate/", {"code": code_now()})

    assert first["Location"] == "/accounts/2fa/authenticate/"
    assert second.status_code == 302
    assert missing(person, client.session) is None
    leads_on = client.get("/accounts/second-factor/?next=/projects/")
    assert leads_on["Location"] == "/projects/"


def test_a_wrong_code_does_not_log_in(client):
    set_up(with_password(make_staff(email="staff@example.org")))
    facts = {"login": "staff@example.org", "password": "korrekt-pferd-batterie"}
    client.post("/accounts/login/", facts)

    wrong = "000000" if code_now() != "000000" else "000001"
    answer = client.post("/accounts/2fa/authenticate/", {"code": wrong})

    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_log_in_out_of_a_guest_session_keeps_the_record_of_the_factor(client):
    person = set_up(with_password(make_staff(email="staff@example.org")))
    client.force_login(make_guest())
    facts = {"login": "staff@example.org", "password": "korrekt-pferd-batterie"}

    client.post("/accounts/login/", facts)
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})

    assert client.session["_auth_user_id"] == str(person.pk)
    assert missing(person, client.session) is None


def test_a_session_without_the_factor_reauthenticates_with_it(client):
    person = set_up(make_staff())
    client.force_login(person)
    assert missing(person, client.session) == Missing.USE

    answer = client.post(
        "/accounts/2fa/reauthenticate/",
        {"code": code_now(), "next": "/accounts/second-factor/?next=/projects/"},
    )

    assert answer["Location"] == "/accounts/second-factor/?next=/projects/"
    assert missing(person, client.session) is None


def test_reauthentication_by_password_is_not_enough(client):
    person = set_up(with_password(make_staff()))
    client.force_login(person)

    client.post("/accounts/reauthenticate/", {"password": "korrekt-pferd-batterie"})

    assert missing(person, client.session) == Missing.USE


def test_switching_the_factor_off_closes_the_pages(client):
    person = set_up(make_person())
    session = SimpleNamespace(**{"get": records(person, "mfa").get})
    assert missing(person, session) is None

    Authenticator.objects.filter(user=person).delete()

    assert missing(person, session) == Missing.SET_UP
