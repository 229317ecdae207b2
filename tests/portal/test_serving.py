"""Pages in a few threads that stay, and what a storm of sign-ins does to them."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections
from django.test import override_settings
from django.urls import reverse

from accounts.hashing import MOST_AT_ONCE
from accounts.models import Person
from portal.serving import PageHandler
from proposals.models import RollEntry
from tests.live.scene import Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "http://testserver"
TOKEN = "a" * 32
PASSWORD = "ein-langes-Kennwort"


@pytest.fixture
def pages() -> Iterator[PageHandler]:
    handler = PageHandler()
    yield handler
    # The threads stay in a server; here their connections would stay open.
    everyone = threading.Barrier(settings.PAGE_THREADS)

    def leave() -> None:
        everyone.wait(10)
        connections.close_all()

    for __ in range(everyone.parties):
        handler.threads.submit(leave)
    handler.threads.shutdown()


def session_of(person: Person) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    assert store.session_key
    return store.session_key


def browser(pages: PageHandler, **cookies: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(pages),
        base_url=SITE,
        cookies={"csrf": TOKEN, **cookies},
        headers={"Origin": SITE},
        timeout=60,
    )


async def test_threads_keep_their_connections(pages: PageHandler) -> None:
    used = set()

    def notice(pages: PageHandler, *facts: Any) -> Any:
        connection.ensure_connection()
        before = connection.connection
        response = PageHandler.answer(pages, *facts)
        assert connection.connection is before
        used.add(threading.current_thread().name)
        return response

    pages.answer = notice.__get__(pages)  # type: ignore[method-assign]
    async with browser(pages) as nobody:
        for __ in range(20):
            assert (await nobody.get("/")).status_code == 200

    assert all(name.startswith("page") for name in used)


async def test_language_of_one_request_ends_with_it(pages: PageHandler) -> None:
    async with browser(pages) as nobody:
        both = [
            await nobody.get("/", headers={"Accept-Language": language})
            for language in ("en", "de") * settings.PAGE_THREADS
        ]

    english = both[0]
    said = [page.headers["Content-Language"] for page in both]
    assert said == ["en", "de"] * settings.PAGE_THREADS
    assert english.headers["Cache-Control"] == "private, no-store"
    assert "Accept-Language" in english.headers["Vary"]


@override_settings(
    PASSWORD_HASHERS=["accounts.hashing.Argon2"], ACCOUNT_RATE_LIMITS=False
)
async def test_storm_of_sign_ins_leaves_the_room_open(pages: PageHandler) -> None:
    scene, keys = await asyncio.to_thread(_scene_with_accounts)
    login, room = reverse("account_login"), scene.dialogue.get_absolute_url()
    cast = reverse("live:do", args=[scene.dialogue.code, "cast_vote"])
    slowest = 0.0

    async def sign_in(number: int) -> httpx.Response:
        async with browser(pages) as person:
            return await person.post(
                login,
                data={
                    "csrfmiddlewaretoken": TOKEN,
                    "login": f"person{number % 5}@stadt.example",
                    "password": PASSWORD,
                },
            )

    async with browser(pages, session=keys) as citizen:
        await citizen.get(room)
        storm = asyncio.gather(*(sign_in(number) for number in range(60)))
        while not storm.done():
            began = time.monotonic()
            page = await citizen.get(room)
            vote = await citizen.post(
                cast,
                data={
                    "csrfmiddlewaretoken": TOKEN,
                    "ballot": scene.open_ballot.pk,
                    "options": scene.chosen,  # type: ignore[attr-defined]
                },
            )
            slowest = max(slowest, time.monotonic() - began)
            assert (page.status_code, vote.status_code) == (200, 302)
        answers = await storm

    refused = [answer for answer in answers if answer.status_code == 503]
    let_in = [answer for answer in answers if answer.status_code == 302]
    assert len(refused) + len(let_in) == 60
    assert len(let_in) >= MOST_AT_ONCE
    assert refused
    assert refused[0].headers["Retry-After"] == "5"
    assert "@stadt.example" in refused[0].text
    assert PASSWORD not in refused[0].text
    assert slowest < 10


def _scene_with_accounts() -> tuple[Scene, str]:
    scene = make_scene()
    scene.chosen = scene.option()  # type: ignore[attr-defined]
    for number in range(5):
        person = Person.objects.create_user(f"person{number}@stadt.example", PASSWORD)
        EmailAddress.objects.create(
            user=person, email=person.email or "", verified=True, primary=True
        )
    key = session_of(scene.citizen.person)
    assert RollEntry.objects.filter(participation=scene.citizen).exists()
    connections.close_all()
    return scene, key
