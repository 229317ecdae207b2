"""One hub per process: reads each dialogue's new entries once, draws each frame
once per view, and writes the same text to every socket of that view.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.models import Person
from dialogue.joining import mark_seen
from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from ledger.wakeup import listen
from live import frames
from live.ballot_box import BallotBox
from live.frames import Heads
from live.relay import Relay
from live.screens import View, load_dialogue
from proposals.stances import take_stances
from proposals.voting import cast_votes
from shared import clock
from shared.errors import Refusal

logger = logging.getLogger(__name__)

# Seconds. Other processes' changes arrive by looking at the head.
LOOK_EVERY = 1.0
ENTRIES_EVERY = 0.05
COUNTS_EVERY = 0.2
HEARTBEAT_EVERY = 15.0
SESSIONS_EVERY = 4.0
# Characters a socket may have waiting before it is cut and may resume. Several
# times a desk's snapshot with full lists (0.6 million): else it never got one.
MOST_WAITING = 2 * 1024 * 1024


@dataclass(eq=False)
class Connection:
    """An open socket: who, which view, and how to write to it."""

    dialogue_pk: int
    participation_pk: int
    view: View
    session_key: str
    password: str | None
    write: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    waiting: list[str] = field(default_factory=list)
    waiting_size: int = 0
    draining: asyncio.Task[None] | None = None
    is_open: bool = True

    def push(self, text: str) -> None:
        """Queue `text`; a socket that does not read is cut at MOST_WAITING."""
        if not self.is_open:
            return
        self.waiting.append(text)
        self.waiting_size += len(text)
        if self.waiting_size > MOST_WAITING:
            self.end(1013)
        elif self.draining is None or self.draining.done():
            self.draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        while self.waiting and self.is_open:
            text = self.waiting.pop(0)
            self.waiting_size -= len(text)
            try:
                await self.write(text)
            except Exception as error:
                # Mostly the peer is gone. If it is not (a frame that the server
                # holds to be too long), a socket left open would be deaf for good.
                logger.info("a socket could not be written to: %r", error)
                self.end(1011)

    def end(self, code: int) -> None:
        """Say goodbye and close; nothing is written after."""
        if not self.is_open:
            return
        self.is_open = False
        self.waiting.clear()
        self.draining = asyncio.create_task(self._close(code))

    async def _close(self, code: int) -> None:
        try:
            if code >= 4000:
                await self.write(frames.encode({"kind": "bye", "code": code}))
            await self.close(code)
        except Exception:
            logger.debug("socket was gone before it was closed")


class Room:
    """The sockets of one dialogue in this process."""

    def __init__(self, hub: "Hub", dialogue: Dialogue, heads: Heads) -> None:
        self.hub = hub
        self.dialogue_pk = dialogue.pk
        self.stream_pk = dialogue.stream_id
        # As read before the first socket was told it is connected: what comes
        # after that must be delivered, and nothing else can be missed.
        self.heads = heads
        self.connections: dict[View, set[Connection]] = defaultdict(set)
        self.woken = asyncio.Event()
        self.visible: dict[View, int] = {}
        self.counts_due = 0.0
        self.owes_counts = False
        self.heartbeat_due = 0.0
        self.task: asyncio.Task[None] | None = None

    def everybody(self) -> Iterable[Connection]:
        for group in self.connections.values():
            yield from tuple(group)

    async def run(self) -> None:
        """Wait for a wake-up or a second, then deliver what is new."""
        while any(self.connections.values()):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), self._pause())
            self.woken.clear()
            try:
                await self._deliver()
            except Exception:
                logger.exception("a room could not be served; trying again")
                await asyncio.sleep(LOOK_EVERY)
            await asyncio.sleep(ENTRIES_EVERY)

    def _pause(self) -> float:
        # Only a look that left the counts out is followed by one that takes them,
        # also when their time has come meanwhile: else they waited for the next
        # wake-up, up to LOOK_EVERY.
        if not self.owes_counts:
            return LOOK_EVERY
        return max(0.0, min(LOOK_EVERY, self.counts_due - time.monotonic()))

    async def _deliver(self) -> None:
        now = time.monotonic()
        with_counts = now >= self.counts_due
        self.owes_counts = not with_counts
        with_heartbeat = now >= self.heartbeat_due
        views = [view for view, group in self.connections.items() if group]
        step = await self.hub.read(self._read, views, with_counts, with_heartbeat)
        if step is None:
            return
        if step.has_counts:
            self.counts_due = now + COUNTS_EVERY
        if with_heartbeat:
            self.heartbeat_due = now + HEARTBEAT_EVERY
        for view, texts in step.texts.items():
            for connection_ in tuple(self.connections[view]):
                for text in texts:
                    connection_.push(text)
        for participation_pk, state in step.concerned.items():
            self._tell(participation_pk, state)

    def _tell(self, participation_pk: int, participation: Participation | None) -> None:
        """A person's own view changed; ended rights end the socket."""
        for connection_ in self.everybody():
            if connection_.participation_pk != participation_pk:
                continue
            if participation is None or not _may_stay(participation, connection_.view):
                connection_.end(4403)
            else:
                connection_.push('{"kind":"mine"}')

    def _read(
        self, views: list[View], with_counts: bool, with_heartbeat: bool
    ) -> "_Step | None":
        """In the reader's thread: what changed, drawn once per view."""
        heads = frames.heads_of(self.dialogue_pk)
        known = self.heads
        if known.epoch != heads.epoch:
            self.heads = known = heads
        for view in views:
            if view not in self.visible:
                self.visible[view] = frames.visible_head(
                    self.dialogue_pk, view, known.seq
                )
        entries_new = heads.seq > known.seq
        counts_new = with_counts and heads.version > known.version
        if not (entries_new or counts_new or with_heartbeat):
            return None
        step = _Step(has_counts=counts_new)
        if entries_new or counts_new:
            dialogue = load_dialogue(self.dialogue_pk)
        if entries_new:
            entries = entries_since(self.stream_pk, known.seq)
            heads = Heads(heads.epoch, entries[-1].seq, heads.version)
            for view in views:
                frame = frames.ops_frame(
                    dialogue, view, heads.epoch, self.visible[view], entries
                )
                if frame is not None:
                    step.texts[view].append(frames.encode(frame))
                    self.visible[view] = frame["seq"]
            pks = {
                entry.payload["concerns"]
                for entry in entries
                if "concerns" in entry.payload
            }
            found = Participation.objects.in_bulk(list(pks)) if pks else {}
            step.concerned = {pk: found.get(pk) for pk in pks}
        if counts_new:
            frame = frames.counts_frame(dialogue, heads, known.version)
            if frame is not None:
                text = frames.encode(frame)
                for view in views:
                    step.texts[view].append(text)
        self.heads = Heads(
            heads.epoch, heads.seq, heads.version if counts_new else known.version
        )
        if with_heartbeat:
            for view in views:
                step.texts[view].append(
                    frames.encode(frames.heartbeat(self.heads, self.visible[view]))
                )
        return step


@dataclass
class _Step:
    """What one look at the ledger gave."""

    has_counts: bool
    texts: dict[View, list[str]] = field(default_factory=lambda: defaultdict(list))
    concerned: dict[int, Participation | None] = field(default_factory=dict)


def _may_stay(participation: Participation, view: View) -> bool:
    if participation.state != Participation.State.ADMITTED:
        return False
    return participation.is_moderator or not view.is_desk


class Hub:
    """All rooms of this process, the reader's and the writer's thread."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.rooms: dict[int, Room] = {}
        self.reader = ThreadPoolExecutor(1, "reader")
        self.writer = ThreadPoolExecutor(1, "writer")
        self.verbs = ThreadPoolExecutor(1, "verbs")
        self.votes = BallotBox(cast_votes, self.writer)
        self.stances = BallotBox(take_stances, self.writer)
        self.relay = Relay(self._wake) if settings.REDIS_URL else None
        self.stop_listening = listen(self._hear)
        self.watch: asyncio.Task[None] | None = None

    def _hear(self, stream_pk: int) -> None:
        """From any thread, after a commit."""
        try:
            self.loop.call_soon_threadsafe(self._moved, stream_pk)
        except RuntimeError:  # the loop has ended; nobody is connected any more
            self.stop_listening()

    def _moved(self, stream_pk: int) -> None:
        self._wake(stream_pk)
        if self.relay is not None:
            self.relay.send(stream_pk)

    def _wake(self, stream_pk: int) -> None:
        for room in self.rooms.values():
            if room.stream_pk == stream_pk:
                room.woken.set()

    async def read(self, work: Callable[..., object], *args: object) -> "_Step | None":
        """Run `work` in the reader's thread."""
        result = await self.loop.run_in_executor(
            self.reader, partial(_keep_connection, work, *args)
        )
        return result  # type: ignore[return-value]

    async def run(self, work: Callable[..., object], *args: object) -> Any:
        """Run a command's `work` in a thread that keeps its database connection,
        in the caller's language."""
        context = copy_context()
        return await self.loop.run_in_executor(
            self.verbs, partial(context.run, _keep_connection, work, *args)
        )

    def enter(self, connection_: Connection, dialogue: Dialogue, heads: Heads) -> None:
        """`heads` were read before; the socket's client resumes after."""
        room = self.rooms.get(dialogue.pk)
        if room is None:
            room = self.rooms[dialogue.pk] = Room(self, dialogue, heads)
        room.connections[connection_.view].add(connection_)
        if room.task is None or room.task.done():
            room.task = asyncio.create_task(room.run())
        if self.watch is None or self.watch.done():
            self.watch = asyncio.create_task(self._watch())

    def leave(self, connection_: Connection) -> None:
        connection_.is_open = False
        room = self.rooms.get(connection_.dialogue_pk)
        if room is None:
            return
        room.connections[connection_.view].discard(connection_)
        if not any(room.connections.values()):
            del self.rooms[connection_.dialogue_pk]
            room.woken.set()

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
                ended: Any = await self.loop.run_in_executor(
                    self.reader,
                    partial(_keep_connection, _ended_sessions, open_now, with_seen),
                )
                for connection_ in ended:
                    connection_.end(4401)
            except Exception:
                logger.exception("sessions could not be checked; trying again")
            await asyncio.sleep(SESSIONS_EVERY)

    async def close(self) -> None:
        """End all rooms and threads of this hub."""
        self.stop_listening()
        if self.relay is not None:
            await self.relay.close()
        for room in tuple(self.rooms.values()):
            for connection_ in room.everybody():
                connection_.end(1012)
            room.connections.clear()
            room.woken.set()
            if room.task:
                await room.task
        self.rooms.clear()
        if self.watch:
            self.watch.cancel()
        for executor in (self.reader, self.writer, self.verbs):
            await self.loop.run_in_executor(executor, _close_connection)
            executor.shutdown()


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


def _ended_sessions(open_now: list[Connection], with_seen: bool) -> list[Connection]:
    """The connections whose session is gone or whose password has changed."""
    keys = {connection_.session_key for connection_ in open_now}
    alive = set(
        Session.objects.filter(
            session_key__in=keys, expire_date__gt=clock.now()
        ).values_list("session_key", flat=True)
    )
    protected = {c.participation_pk: c for c in open_now if c.password is not None}
    passwords = dict(
        Person.objects.filter(participations__in=protected, is_active=True).values_list(
            "participations__pk", "password"
        )
    )
    if with_seen:
        by_dialogue: dict[int, list[int]] = defaultdict(list)
        for connection_ in open_now:
            by_dialogue[connection_.dialogue_pk].append(connection_.participation_pk)
        for dialogue_pk, pks in by_dialogue.items():
            mark_seen(dialogue_pk, pks, clock.now())
    return [
        c
        for c in open_now
        if c.session_key not in alive
        or (c.password is not None and passwords.get(c.participation_pk) != c.password)
    ]


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop; made when the first socket arrives."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
