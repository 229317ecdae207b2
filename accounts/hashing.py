"""Passwords are hashed one after the other, behind everything else.

A hash costs as much as twenty pages, on purpose. Many people signing in at once
must not slow the room: one thread hashes, with less right to the processor than the
others, a few may wait for it, and who comes after them is asked to try again.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext_lazy as _

from shared.errors import Refusal

# Of `settings.PAGE_THREADS`: waiting for a hash must leave threads for the room.
MOST_AT_ONCE = 2
RETRY_AFTER = 5
NICENESS = 10


class Argon2(Argon2PasswordHasher):
    """Argon2id with the cost that OWASP recommends for servers, in turn.

    In one lane: more would be threads that take the processor from the room.
    """

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        encoded: str = _in_turn(super().encode, password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        is_right: bool = _in_turn(super().verify, password, encoded)
        return is_right


class _Turns(threading.local):
    has_place = False


_turns = _Turns()


def _step_back() -> None:
    if hasattr(os, "setpriority"):
        # On Linux a thread has a niceness of its own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class _Row:
    """The places and the thread that hashes."""

    def __init__(self) -> None:
        self.places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self.thread = ThreadPoolExecutor(1, "hash", initializer=_step_back)


_row = _Row()
if hasattr(os, "register_at_fork"):
    # A forked child has no threads: it begins anew.
    os.register_at_fork(after_in_child=_row.__init__)  # type: ignore[misc]


@contextmanager
def place() -> Iterator[None]:
    """A place in the row; a Refusal if too many wait. Taken before what is counted."""
    if _turns.has_place:
        yield
        return
    places = _row.places
    if not places.acquire(blocking=False):
        raise Refusal(
            "login.busy",
            _("Many people are signing in right now. Please try again in a moment."),
            status=503,
            retry_after=RETRY_AFTER,
        )
    _turns.has_place = True
    try:
        yield
    finally:
        _turns.has_place = False
        places.release()


def _in_turn(compute: Callable[..., Any], *facts: str) -> Any:
    with place():
        return _row.thread.submit(compute, *facts).result()
