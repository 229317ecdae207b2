"""The guard: guessing is held off, people are not."""

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.cache import cache
from django.test import RequestFactory, override_settings

from accounts.guard import (
    PER_ADDRESS,
    PER_SESSION,
    client_address,
    count_failure,
    network,
    refuse_flood,
    refuse_guessing,
)
from shared.errors import Refusal


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def request_from(address="192.0.2.1", session_key=None, **headers):
    request = RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)
    request.session = SessionStore()
    request.session._session_key = session_key
    return request


def is_refused(request):
    try:
        refuse_guessing(request)
    except Refusal as refusal:
        return (refusal.code, refusal.status) == ("code.too_many", 429)
    return False


def test_a_session_is_refused_after_its_limit_and_its_neighbour_is_not():
    guesser = request_from(session_key="one-session")
    for __ in range(PER_SESSION[0]):
        assert not is_refused(guesser)
        count_failure(guesser)

    assert is_refused(guesser)
    assert not is_refused(request_from(session_key="other-session"))


def test_an_address_is_refused_after_its_limit_and_another_is_not():
    for number in range(PER_ADDRESS[0]):
        count_failure(request_from(session_key=f"throw-away-{number}"))

    assert is_refused(request_from(session_key="new-session"))
    assert is_refused(request_from())
    assert not is_refused(request_from("192.0.2.2"))


@override_settings(TRUSTED_PROXIES=0)
def test_forwarded_header_counts_nothing_without_a_proxy():
    for number in range(PER_ADDRESS[0]):
        count_failure(request_from(**{"X-Forwarded-For": f"198.51.100.{number % 250}"}))

    assert is_refused(request_from(**{"X-Forwarded-For": "203.0.113.9"}))


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # the first one is invented
        (2, "10.0.0.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
    ],
)
def test_client_address_believes_only_trusted_proxies(proxies, header, address):
    with override_settings(TRUSTED_PROXIES=proxies):
        request = request_from(**{"X-Forwarded-For": header})

        assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_is_counted_by_its_customer(address, counted):
    assert network(request_from(address)) == counted


def test_a_flood_is_refused_after_most():
    for __ in range(3):
        refuse_flood(request_from(), "help", most=3, seconds=60)
    refuse_flood(request_from("192.0.2.2"), "help", most=3, seconds=60)
    refuse_flood(request_from(), "other", most=3, seconds=60)

    with pytest.raises(Refusal) as caught:
        refuse_flood(request_from(), "help", most=3, seconds=60)

    assert (caught.value.code, caught.value.retry_after) == ("rate.limited", 60)
