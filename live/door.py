"""Who stands at a room's socket, read in as few queries as can be.

When a whole room comes back at once, this is what costs: so it is one function in
one thread that keeps its database connection, not a chain of middleware per socket.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from types import SimpleNamespace

import rules
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore

from dialogue.models import Dialogue, Participation
from dialogue.queries import find_dialogue, forbidden
from live.commands import check_second_factor
from live.frames import Heads
from live.screens import View
from shared.errors import Refusal


@dataclass(frozen=True)
class Entered:
    """`heads` as read before the socket is told that it is in; `password` is the
    hash by which a change is noticed, None for a guest."""

    participation: Participation
    dialogue: Dialogue
    heads: Heads
    session_key: str
    password: str | None


def session_key_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The session cookie among an ASGI scope's headers."""
    for name, value in headers:
        if name == b"cookie":
            try:
                cookies = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                return None
            if settings.SESSION_COOKIE_NAME in cookies:
                return cookies[settings.SESSION_COOKIE_NAME].value
    return None


def enter(session_key: str | None, code: str, view: View) -> Entered:
    """Let somebody in who may see `view`; else a Refusal: status 401 without a valid
    session, 404 without such a dialogue, 403 without the right."""
    session = SessionStore(session_key)
    # `get_user` asks a request for nothing but its session.
    person = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    if not person.is_authenticated:
        find_dialogue(code)
        raise Refusal("session.missing", "", status=401)
    participation = (
        Participation.objects.filter(person=person, dialogue__code=code.upper())
        .select_related("dialogue__stream", "dialogue__current")
        .first()
    )
    if participation is None:
        find_dialogue(code)
        raise forbidden()
    participation.person = person
    dialogue = participation.dialogue
    right = "dialogue.enter_desk" if view.is_desk else "dialogue.enter_room"
    if not rules.has_perm(right, participation, dialogue):
        raise forbidden()
    check_second_factor(participation, session)
    stream = dialogue.stream
    return Entered(
        participation,
        dialogue,
        Heads(stream.epoch, stream.head, stream.counts),
        session.session_key or "",
        None if person.is_guest else person.password,
    )
