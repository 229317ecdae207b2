"""One hub per process: its rooms, its threads, and who may stay connected.

Each thread keeps its database connection. The reader draws what everybody sees, the
writer casts batches, the verbs' thread runs single commands, the door lets people in.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.models import Person
from dialogue.joining import mark_seen
from ledger.wakeup import listen
from live.answers import StanceCall, VoteCall, cast_and_draw, take_and_draw
from live.ballot_box import BallotBox, not_saved
from live.connection import CLOSE_RESTART, Connection
from live.door import Entered
from live.gauges import gauges
from live.mapper import Mapper
from live.relay import Relay
from live.room import GATHER, HEARTBEAT_EVERY, Room
from shared import clock
from shared.errors import Refusal
from shared.rows import Listed

logger = logging.getLogger(__name__)

SESSIONS_EVERY = 4.0
# How long a page waits for its vote's batch, or for what is being written.
PAGE_WAITS = 30.0
# How long an ending process waits for commands under way.
ANSWER_WITHIN = 2.0
# So many sessions are looked up at once: frames are drawn in between.
AT_ONCE = 1000

T = TypeVar("T")


class Hub:
    """All rooms of this process."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.rooms: dict[int, Room] = {}
        self.reader = ThreadPoolExecutor(1, "reader")
        self.writer = ThreadPoolExecutor(1, "writer")
        self.verbs = ThreadPoolExecutor(1, "verbs")
        self.door = ThreadPoolExecutor(1, "door")
        self.votes: BallotBox[VoteCall] = BallotBox(cast_and_draw, self.writer)
        self.stances: BallotBox[StanceCall] = BallotBox(take_and_draw, self.writer)
        self.mapper = Mapper(self.loop)
        self.relay = Relay(self._wake) if settings.REDIS_URL else None
        self.stop_listening = listen(self._hear)
        self.watch: asyncio.Task[None] | None = None
        self.is_closing = False
        # Commands of sockets that have no answer yet.
        self.under_way = 0

    def _hear(self, stream_pk: int) -> None:
        """From any thread, after a commit."""
        try:
            self.loop.call_soon_threadsafe(self._moved, stream_pk)
        except RuntimeError:  # the loop has ended; nobody is connected any more
            self.stop_listening()

    def _moved(self, stream_pk: int) -> None:
        self._wake(stream_pk)
        self.mapper.moved(stream_pk)
        if self.relay is not None:
            self.relay.send(stream_pk)

    def _wake(self, stream_pk: int) -> None:
        for room in self.rooms.values():
            if room.stream_pk == stream_pk:
                room.wake()

    async def read(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run `work` in the reader's thread."""
        return await self._in(self.reader, work, *args)

    async def ask_door(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run `work` in the door's thread: a storm of arrivals waits there."""
        return await self._in(self.door, work, *args)

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run a command's `work` in the verbs' thread, in the caller's language."""
        return await self._in(self.verbs, copy_context().run, work, *args)

    async def _in(
        self, thread: ThreadPoolExecutor, work: Callable[..., Any], *args: Any
    ) -> Any:
        return await self.loop.run_in_executor(
            thread, partial(_keep_connection, work, *args)
        )

    async def settle(self, dialogue_pk: int) -> None:
        """Wait until this process has written all it drew of the dialogue before now:
        what was hidden before is not in any frame that it writes later."""
        # Behind what is drawn with an answer, and for those who come back; the second
        # wait lets the answers of the first be written.
        await self._in(self.writer, _nothing)
        await self.read(_nothing)
        if dialogue_pk in self.rooms:
            await self.rooms[dialogue_pk].settle()

    def enter(self, connection_: Connection, entered: Entered) -> None:
        """The heads were read before; the socket's client resumes after."""
        room = self.rooms.get(entered.dialogue_pk)
        if room is None:
            room = Room(
                self.read,
                entered.dialogue_pk,
                entered.stream_pk,
                entered.heads,
                GATHER if self.relay is not None else 0.0,
            )
            self.rooms[entered.dialogue_pk] = room
        room.enter(connection_)
        gauges.sockets_open += 1
        gauges.sockets_opened += 1
        if self.watch is None or self.watch.done():
            self.watch = asyncio.create_task(self._watch())

    def leave(self, connection_: Connection) -> None:
        connection_.is_open = False
        gauges.sockets_open -= 1
        room = self.rooms.get(connection_.dialogue_pk)
        if room is None:
            return
        room.leave(connection_)
        if room.is_empty:
            del self.rooms[connection_.dialogue_pk]
            room.wake()

    async def _watch(self) -> None:
        """Close the sockets of ended sessions, and note who is here."""
        seen_due = 0.0
        while self.rooms:
            with_seen = time.monotonic() >= seen_due
            if with_seen:
                seen_due = time.monotonic() + HEARTBEAT_EVERY
            open_now = [
                connection_
                for room in self.rooms.values()
                for connection_ in room.everybody()
            ]
            try:
                for some in _batches(open_now):
                    for connection_ in await self.read(_ended_sessions, some):
                        connection_.end(4401)
                await self._mark_seen(open_now, everybody=with_seen)
            except Exception:
                logger.exception("sessions could not be checked; trying again")
            await asyncio.sleep(SESSIONS_EVERY)

    async def _mark_seen(
        self, open_now: Sequence[Connection], *, everybody: bool
    ) -> None:
        """Who moderates is marked at every look: the chair is free 20 s after its
        holder has gone (dialogue/desk.py)."""
        by_dialogue: dict[int, list[int]] = defaultdict(list)
        for connection_ in open_now:
            if connection_.is_open and (everybody or connection_.view.is_desk):
                by_dialogue[connection_.dialogue_pk].append(
                    connection_.participation_pk
                )
        for dialogue_pk, pks in by_dialogue.items():
            *first, last = _batches(pks)
            mark = partial(mark_seen, more_follow=True)
            for some in first:
                await self.read(mark, dialogue_pk, some, clock.now())
            await self.read(mark_seen, dialogue_pk, last, clock.now())

    async def close(self) -> None:
        """Answer what was begun, then end all rooms and threads of this hub."""
        self.is_closing = True
        self.stop_listening()
        for box in (self.votes, self.stances):
            await box.close()
        deadline = self.loop.time() + ANSWER_WITHIN
        while self.under_way and self.loop.time() < deadline:  # noqa: ASYNC110 -- rare
            await asyncio.sleep(0.01)
        if self.relay is not None:
            await self.relay.close()
        for room in tuple(self.rooms.values()):
            for connection_ in room.everybody():
                connection_.end(CLOSE_RESTART)
            room.of_person.clear()
            room.connections.clear()
            room.wake()
            if room.task:
                await room.task
        self.rooms.clear()
        if self.watch:
            self.watch.cancel()
        await self.mapper.close()
        for executor in (self.reader, self.writer, self.verbs, self.door):
            await self.loop.run_in_executor(executor, _close_connection)
            executor.shutdown()


def _nothing() -> None:
    """Its turn comes after all before it."""


def _close_connection() -> None:
    """This thread's own: `connection.close` would be looked up in the caller's."""
    connection.close()


def _keep_connection(work: Callable[..., object], *args: object) -> object:
    """Keep this thread's database connection, unless the work failed on it."""
    try:
        return work(*args)
    except Refusal:
        raise
    except Exception:
        connection.close()
        raise


def _batches(of: Sequence[T]) -> list[Sequence[T]]:
    return [of[start : start + AT_ONCE] for start in range(0, len(of), AT_ONCE)]


def _ended_sessions(open_now: Sequence[Connection]) -> list[Connection]:
    """The connections whose session is gone or whose password has changed."""
    keys = {connection_.session_key for connection_ in open_now}
    going_on = Session.objects.filter(
        session_key__in=Listed(keys, "text"), expire_date__gt=clock.now()
    )
    # Counted first: nearly always it is all of them.
    alive = (
        keys
        if going_on.count() == len(keys)
        else set(going_on.values_list("session_key", flat=True))
    )
    protected = {c.participation_pk: c for c in open_now if c.password is not None}
    passwords = dict(
        Person.objects.filter(
            participations__in=Listed(protected), is_active=True
        ).values_list("participations__pk", "password")
    )
    return [
        c
        for c in open_now
        if c.session_key not in alive
        or (c.password is not None and passwords.get(c.participation_pk) != c.password)
    ]


def cast_by_page(call: VoteCall) -> str | None:
    """From a page's thread: cast with the votes that come by socket, and answer as
    `BallotBox.put` does. None if nobody is connected here: cast it by itself."""
    for loop, hub_ in tuple(_hubs.items()):
        if loop.is_running() and hub_.rooms and not hub_.is_closing:
            put = asyncio.run_coroutine_threadsafe(hub_.votes.put(call), loop)
            try:
                return put.result(PAGE_WAITS)
            except TimeoutError:
                raise not_saved() from None
    return None


def settle_by_page(dialogue_pk: int) -> None:
    """From a page's thread: `Hub.settle` of all that serve the dialogue here."""
    for loop, hub_ in tuple(_hubs.items()):
        if loop.is_running() and dialogue_pk in hub_.rooms and not hub_.is_closing:
            settling = asyncio.run_coroutine_threadsafe(hub_.settle(dialogue_pk), loop)
            try:
                settling.result(PAGE_WAITS)
            except TimeoutError:
                # It is done, and must not read as if it had failed.
                logger.warning("screens of dialogue %s do not settle", dialogue_pk)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop; made when the first socket arrives."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
