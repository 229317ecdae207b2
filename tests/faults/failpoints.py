"""The application, to be killed at a chosen place in the way of a vote.

`tests.faults.failpoints:application`. A file `failpoint` in the data directory holds
the place's name; the next to come there takes the file away and kills the process,
without a word, as `kill -9` does. Nothing of it is in the application itself.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from asgi import application as usual
from live import answers

PLACES = (
    "before the transaction",
    "before commit",
    "after commit",
    "before the answer",
)

_armed = Path(settings.DATA_DIR) / "failpoint"
_begin, _commit = BaseDatabaseWrapper.set_autocommit, BaseDatabaseWrapper.commit
_cast = answers.cast_votes
# Others commit as well, such as who was seen when: only votes count.
_thread = threading.local()


def passing(place: str) -> None:
    """Die here, if it is this place's turn."""
    try:
        if _armed.read_text() != place:
            return
        _armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def voting() -> Iterator[None]:
    _thread.is_voting = True
    try:
        yield
    finally:
        _thread.is_voting = False


def passing_with_votes(place: str) -> None:
    if getattr(_thread, "is_voting", False):
        passing(place)


def begin(self: Any, autocommit: bool, *rest: Any, **facts: Any) -> None:
    if not autocommit:
        passing_with_votes("before the transaction")
    _begin(self, autocommit, *rest, **facts)


def commit(self: Any) -> None:
    passing_with_votes("before commit")
    _commit(self)
    passing_with_votes("after commit")


answers.cast_votes = voting()(_cast)
BaseDatabaseWrapper.set_autocommit = begin  # type: ignore[method-assign]
BaseDatabaseWrapper.commit = commit  # type: ignore[method-assign]


async def application(scope: Any, receive: Any, send: Any) -> None:
    async def told(message: Any) -> None:
        text = message.get("text") or message.get("body") or ""
        if ("receipt" if isinstance(text, str) else b"receipt") in text:
            passing("before the answer")
        await send(message)

    await usual(scope, receive, told)
