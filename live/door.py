"""Who stands at a room's socket, read in as few queries as can be.

When a whole room comes back at once, this is what costs: so it is one function in
one thread that keeps its database connection, not a chain of middleware per socket.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from types import SimpleNamespace
from typing import Any

import rules
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.utils.translation import gettext as _

from accounts.second_factor import is_satisfied
from dialogue.models import Participation
from dialogue.queries import find_dialogue, forbidden
from dialogue.table_queries import is_at_table, not_at_table
from live.frames import Heads
from live.screens import View
from shared.errors import Refusal


@dataclass(frozen=True, slots=True)
class Entered:
    """`heads` as read before the socket is told that it is in; `password` is the
    hash by which a change is noticed, None for a guest."""

    participation_pk: int
    dialogue_pk: int
    stream_pk: int
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
    row = (
        Participation.objects.filter(person=person, dialogue__code=code.upper())
        .values_list(
            "pk",
            "role",
            "state",
            "dialogue_id",
            "dialogue__stream_id",
            "dialogue__stream__epoch",
            "dialogue__stream__head",
            "dialogue__stream__counts",
        )
        .first()
    )
    if row is None:
        find_dialogue(code)
        raise forbidden()
    pk, role, state, dialogue_pk, stream_pk, epoch, head, counts = row
    # These rights ask for role and state alone.
    participation = Participation(
        pk=pk, person=person, role=role, state=state, dialogue_id=dialogue_pk
    )
    right = "dialogue.enter_desk" if view.is_desk else "dialogue.enter_room"
    if not rules.has_perm(right, participation, None):
        raise forbidden()
    if view.table is not None and not is_at_table(participation, view.table):
        raise not_at_table()
    check_second_factor(participation, session)
    return Entered(
        participation_pk=pk,
        dialogue_pk=dialogue_pk,
        stream_pk=stream_pk,
        heads=Heads(epoch, head, counts),
        session_key=session.session_key or "",
        password=None if person.is_guest else person.password,
    )


def may_still_see(participation_pk: int, view: View) -> bool:
    """Whether somebody who is in may see `view` at this moment: tables change."""
    if view.table is None:
        return True
    row = Participation.objects.filter(pk=participation_pk).first()
    return row is not None and is_at_table(row, view.table)


def check_second_factor(participation: Participation, session: Any) -> None:
    """Refuse an official role whose session lacks the second factor."""
    if participation.is_moderator and not is_satisfied(participation.person, session):
        raise Refusal(
            "second_factor.missing",
            _("Your role needs a second factor. Please sign in with it."),
            status=403,
        )
