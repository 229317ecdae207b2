"""Every page of allauth: ours, in both languages, and fit for the content policy."""

import re
import time
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as project_settings
from django.core import mail
from django.core.cache import cache
from django.urls import get_resolver, reverse

from tests.factories import make_guest, make_person

pytestmark = pytest.mark.django_db
PASSWORD = "korrekt-pferd-batterie"
ANYBODY = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
    "accounts:second_factor",
]
SIGNED_IN = [
    "account_logout",
    "account_email",
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "accounts:second_factor",
]
WITH_FACTOR = [
    "mfa_index",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
]
# Shown by tests of their own below, or no pages.
ELSEWHERE = [
    "account_set_password",
    "account_confirm_email",
    "account_reset_password_from_key",
    "account_confirm_login_code",
    "mfa_authenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "mfa_login_webauthn",
    "mfa_download_recovery_codes",
]


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture(params=["de", "en"])
def language(request):
    return request.param


class _Scripts(HTMLParser):
    """Collects what the content policy would refuse."""

    def __init__(self):
        super().__init__()
        self.refused = []

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        if tag == "style" or "style" in facts:
            self.refused.append((tag, "style"))
        self.refused += [(tag, name) for name in facts if name.startswith("on")]
        is_known = facts.get("type") == "application/json" or facts.get("src")
        if tag == "script" and not is_known:
            self.refused.append((tag, "inline"))


def refused_by_policy(text):
    parser = _Scripts()
    parser.feed(text)
    return parser.refused


def check_page(client, address, language, status=200):
    client.cookies["language"] = language
    answer = client.get(address)
    text = answer.content.decode()
    assert answer.status_code == status, answer.get("Location")
    assert refused_by_policy(text) == []
    assert f'<html lang="{language}"' in text
    assert text.count("<h1") == 1
    assert 'id="main"' in text
    if language == "de":
        assert re.findall(r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b", text) == []
    return text


def sign_in(client, person):
    """Signed in, and asked for the password a moment ago."""
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return person


def with_password(**facts):
    person = make_person(**facts)
    person.set_password(PASSWORD)
    person.save()
    return person


def test_every_page_of_allauth_is_listed_here():
    names = {
        name
        for name in get_resolver().reverse_dict
        if isinstance(name, str) and name.startswith(("account_", "mfa_"))
    }
    listed = {*ANYBODY, *SIGNED_IN, *WITH_FACTOR, *ELSEWHERE}
    assert names == {name for name in listed if not name.startswith("accounts:")}


def test_the_check_of_scripts_finds_what_is_refused():
    text = '<p onclick="x()" style="a"></p><script>x()</script><style></style>'
    assert refused_by_policy(text) == [
        ("p", "style"),
        ("p", "onclick"),
        ("script", "inline"),
        ("style", "style"),
    ]


@pytest.mark.parametrize("name", ANYBODY)
def test_page_for_anybody(client, name, language):
    check_page(client, reverse(name), language)


@pytest.mark.parametrize("name", ANYBODY)
def test_page_for_a_guest(client, name, language):
    client.force_login(make_guest())

    check_page(client, reverse(name), language)


@pytest.mark.parametrize("name", SIGNED_IN)
def test_page_for_an_account(client, name, language):
    sign_in(client, with_password())

    check_page(client, reverse(name), language)


@pytest.mark.parametrize("name", WITH_FACTOR)
def test_page_for_an_account_with_a_second_factor(client, name, language):
    person = sign_in(client, with_password())
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)

    check_page(client, reverse(name), language)


@pytest.mark.parametrize("name", [*SIGNED_IN, *WITH_FACTOR])
def test_pages_of_an_account_are_closed_to_nobody(client, name):
    if name in ("accounts:second_factor",):
        return
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    expected = "/" if name == "account_logout" else "/accounts/login/"
    assert answer["Location"].partition("?")[0] == expected


def test_page_that_sets_a_first_password(client, language):
    sign_in(client, make_person())

    check_page(client, reverse("account_set_password"), language)


def test_page_for_the_code_at_login(client, language):
    person = with_password(email="kim@example.org")
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    facts = {"login": "kim@example.org", "password": PASSWORD}
    client.post(reverse("account_login"), facts)

    check_page(client, reverse("mfa_authenticate"), language)


def test_pages_of_confirmation(client, language):
    person = make_person()
    address = EmailAddress.objects.create(user=person, email="new@example.org")
    key = EmailConfirmationHMAC(address).key

    good = check_page(client, reverse("account_confirm_email", args=[key]), language)
    bad = check_page(client, reverse("account_confirm_email", args=["x"]), language)

    assert ("new@example.org" in good, "new@example.org" in bad) == (True, False)


def test_pages_of_a_new_password(client, language):
    with_password(email="kim@example.org")
    client.post(reverse("account_reset_password"), {"email": "KIM@example.org"})
    link = re.findall(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))[0]

    check_page(client, client.get(link)["Location"], language)
    check_page(client, "/accounts/password/reset/key/1-no/", language)


def test_refused_forms_keep_input_and_say_why(client, language):
    client.cookies["language"] = language
    answer = client.post(
        reverse("account_login"), {"login": "kim@example.org", "password": "wrong"}
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="kim@example.org"' in text
    assert 'role="alert"' in text


def test_signup_says_that_no_account_is_needed(client):
    text = check_page(client, reverse("account_signup"), "en")

    assert "You need no account to take part." in text


@pytest.mark.parametrize("known", [True, False])
def test_signup_answers_the_same_for_known_and_unknown_addresses(client, known):
    if known:
        with_password(email="kim@example.org")
    answer = client.post(
        reverse("account_signup"), {"email": "Kim@Example.org", "password1": PASSWORD}
    )

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert [sent.to for sent in mail.outbox] == [["kim@example.org"]]


@pytest.mark.parametrize("known", [True, False])
def test_reset_answers_the_same_for_known_and_unknown_addresses(client, known):
    if known:
        with_password(email="kim@example.org")
    answer = client.post(
        reverse("account_reset_password"), {"email": "kim@example.org"}
    )

    assert answer["Location"] == reverse("account_reset_password_done")
    assert [sent.to for sent in mail.outbox] == [["kim@example.org"]]


def test_mails_name_the_city_and_hold_no_markup(client):
    client.cookies["language"] = "en"
    client.post(
        reverse("account_signup"), {"email": "kim@example.org", "password1": PASSWORD}
    )

    sent = mail.outbox[0]
    assert sent.subject == "Mitwirken Dortmund: Please confirm your e-mail address"
    assert "http://testserver/accounts/confirm-email/" in sent.body
    assert sent.body.startswith("Good day,")
    assert re.findall(r"[<>]|&\w+;", str(sent.body)) == []


def test_failed_logins_are_limited_by_account_and_not_by_address(client):
    with_password(email="kim@example.org")
    with_password(email="tim@example.org")
    for __ in range(5):
        client.post(
            reverse("account_login"), {"login": "kim@example.org", "password": "wrong"}
        )

    kim = client.post(
        reverse("account_login"), {"login": "KIM@example.org", "password": PASSWORD}
    )
    tim = client.post(
        reverse("account_login"), {"login": "tim@example.org", "password": PASSWORD}
    )

    assert (kim.status_code, tim.status_code) == (200, 302)


def test_log_out_asks_first(client):
    person = sign_in(client, with_password())

    client.get(reverse("account_logout"))
    assert client.session["_auth_user_id"] == str(person.pk)
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "https:evil.example",
        "https:/evil.example",
        "///evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "\t//evil.example",
        "%09//evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "//testserver:80@evil.example",
        "\x00//evil.example",
    ],
)
@pytest.mark.parametrize("address", ["account_login", "set_language", "portal:theme"])
def test_next_leads_to_no_other_site(client, target, address):
    with_password(email="kim@example.org")
    answer = client.post(
        reverse(address),
        {
            "login": "kim@example.org",
            "password": PASSWORD,
            "language": "en",
            "theme": "dark",
            "next": target,
        },
    )

    assert answer.status_code == 302
    # Browsers drop tabs and read backslashes as slashes.
    location = answer["Location"].replace("\t", "").replace("\\", "/")
    landing = urlsplit(urljoin("http://testserver/accounts/login/", location))
    assert (landing.scheme, landing.netloc) == ("http", "testserver")


@pytest.mark.parametrize("target", ["/projects/", "/projects/?page=2"])
def test_next_leads_to_our_own_pages(client, target):
    with_password(email="kim@example.org")
    answer = client.post(
        reverse("account_login"),
        {"login": "kim@example.org", "password": PASSWORD, "next": target},
    )

    assert answer["Location"] == target


def test_settings_that_protect_accounts():
    assert project_settings.ACCOUNT_PREVENT_ENUMERATION is True
    assert project_settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
    assert project_settings.ACCOUNT_CONFIRM_EMAIL_ON_GET is False
    assert project_settings.ACCOUNT_LOGOUT_ON_GET is False
