"""One dialogue's sockets in this process: looks at the ledger, draws, delivers."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dialogue.models import Dialogue, Participation
from dialogue.table_queries import inside
from ledger.models import Entry, Stream
from ledger.queries import entries_since
from live import frames
from live.connection import CLOSE_MOVED, Connection, Message, message_of
from live.frames import Heads
from live.gauges import gauges
from live.ops import split_later
from live.screens import Targets, View, load_dialogue

logger = logging.getLogger(__name__)

# Seconds. Other processes' changes arrive by looking at the head.
LOOK_EVERY = 1.0
ENTRIES_EVERY = 0.05
# Merged numbers: five frames a second on average. One may come a little before its
# turn: else, with five changes a second, the first one's wait would stay for all.
COUNTS_EVERY = 0.2
COUNTS_EARLY = 0.1
# Beside other processes: what all commit at the same moment goes into one frame. Else
# the second one's numbers wait for the frame after it.
GATHER = 0.02
HEARTBEAT_EVERY = 15.0
# What nobody waits for at the desk: by itself at once, under load so often.
LATER_EVERY = 2.0
# After so many writes others get their turn: votes do not wait for a whole round.
WRITES_AT_ONCE = 200
# The dialogue is not there any more: scripts and clients do not come back.
CLOSE_GONE = 4404

Read = Callable[..., Awaitable[Any]]


@dataclass
class _News:
    """What one look at the ledger gave; without entries there is no dialogue."""

    heads: Heads
    with_heartbeat: bool
    dialogue: Dialogue | None = None
    entries: list[Entry] = field(default_factory=list)
    concerned: dict[int, Participation | None] = field(default_factory=dict)
    counts: Message | None = None


@dataclass
class _Step:
    """What was drawn of it for some views."""

    messages: dict[View, list[Message]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # Table -> who may see it. Read after drawing: nobody gets what was said after
    # they had left.
    inside: dict[int, set[int]] = field(default_factory=dict)

    def lets_see(self, view: View, participation_pk: int) -> bool:
        # A table that nobody looked at yet: who has come since was let in by the door.
        return (
            view.table not in self.inside or participation_pk in self.inside[view.table]
        )


class Room:
    """`read` runs a function in the hub's reader thread; `gather` is the seconds from
    a wake-up to the look."""

    def __init__(
        self,
        read: Read,
        dialogue_pk: int,
        stream_pk: int,
        heads: Heads,
        gather: float = 0.0,
    ) -> None:
        self.read = read
        self.gather = gather
        self.dialogue_pk = dialogue_pk
        self.stream_pk = stream_pk
        # As read before the first socket was told it is connected: what comes
        # after that must be delivered, and nothing else can be missed.
        self.heads = heads
        self.connections: dict[View, set[Connection]] = defaultdict(set)
        self.of_person: dict[int, set[Connection]] = defaultdict(set)
        self.woken = asyncio.Event()
        self.woken_at = 0.0
        self.visible: dict[View, int] = {}
        # Parts that the entries so far have changed, and that are still to be sent.
        self.owed: dict[View, Targets] = defaultdict(set)
        self.owed_due = 0.0
        self.counts_due = 0.0
        self.owes_counts = False
        self.heartbeat_due = 0.0
        self.task: asyncio.Task[None] | None = None
        # Held from before drawing until all of it is written.
        self.delivering = asyncio.Lock()

    @property
    def is_empty(self) -> bool:
        return not self.of_person

    def everybody(self) -> Iterable[Connection]:
        for group in self.connections.values():
            yield from tuple(group)

    def enter(self, connection: Connection) -> None:
        self.connections[connection.view].add(connection)
        self.of_person[connection.participation_pk].add(connection)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.run())

    def leave(self, connection: Connection) -> None:
        self.connections[connection.view].discard(connection)
        own = self.of_person[connection.participation_pk]
        own.discard(connection)
        if not own:
            del self.of_person[connection.participation_pk]

    def wake(self) -> None:
        """The stream has moved."""
        if not self.woken.is_set():
            self.woken_at = time.monotonic()
            self.woken.set()

    async def settle(self) -> None:
        """Wait until nothing is left to write that was drawn before now."""
        async with self.delivering:
            pass

    async def run(self) -> None:
        """Wait for a wake-up or a second, then deliver what is new."""
        while not self.is_empty:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), self._pause())
                await asyncio.sleep(self.gather)
            began = time.monotonic()
            was_woken = self.woken.is_set()
            self.woken.clear()
            try:
                async with self.delivering:
                    await self._deliver()
            except (Stream.DoesNotExist, Dialogue.DoesNotExist):
                # A rehearsal that was wiped. Nobody comes back: it is not there.
                for connection in self.everybody():
                    connection.end(CLOSE_GONE)
                return
            except Exception:
                logger.exception("a room could not be served; trying again")
                await asyncio.sleep(LOOK_EVERY)
            now = time.monotonic()
            if was_woken:
                gauges.lag = now - self.woken_at
            await asyncio.sleep(max(0.0, ENTRIES_EVERY - (now - began)))

    def _pause(self) -> float:
        # Only a look that left the counts out is followed by one that takes them,
        # also when their time has come meanwhile: else they waited for the next
        # wake-up, up to LOOK_EVERY.
        due = time.monotonic() + LOOK_EVERY
        if self.owes_counts:
            due = min(due, self.counts_due - COUNTS_EARLY)
        if self.owed:
            due = min(due, self.owed_due)
        return max(0.0, due - time.monotonic())

    async def _deliver(self) -> None:
        now = time.monotonic()
        with_counts = now >= self.counts_due - COUNTS_EARLY
        self.owes_counts = not with_counts
        with_heartbeat = now >= self.heartbeat_due
        views = [view for view, group in self.connections.items() if group]
        judged = {
            connection
            for view in views
            if view.table is not None
            for connection in self.connections[view]
        }
        news = await self.read(self._look, views, with_counts, with_heartbeat)
        if news is not None:
            if news.counts is not None:
                self.counts_due = max(now, self.counts_due) + COUNTS_EVERY
            if with_heartbeat:
                self.heartbeat_due = now + HEARTBEAT_EVERY
            step = _Step()
            for some in _moderators_first(views):
                step = await self.read(self._draw, news, some)
                await self._write(step, judged)
            # Not before: what could not be drawn is looked for again.
            self.heads = news.heads
            for participation_pk, participation in news.concerned.items():
                self._tell(participation_pk, participation, step, judged)
        if self.owed and now >= self.owed_due:
            await self._write(await self.read(self._draw_owed), judged)
            self.owed_due = time.monotonic() + LATER_EVERY

    async def _write(self, step: _Step, judged: set[Connection]) -> None:
        written = 0
        for view, messages in step.messages.items():
            is_table = view.table is not None
            for connection in tuple(self.connections[view]):
                if is_table and not step.lets_see(view, connection.participation_pk):
                    # Who has come since may have been let in after this was read;
                    # what is missing then is noticed and asked for.
                    if connection in judged:
                        connection.end(CLOSE_MOVED)
                    continue
                for message in messages:
                    connection.push(message)
                written += 1
                if written % WRITES_AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _tell(
        self,
        participation_pk: int,
        participation: Participation | None,
        step: _Step,
        judged: set[Connection],
    ) -> None:
        """A person's own view changed; ended rights end the socket."""
        for connection in tuple(self.of_person.get(participation_pk, ())):
            if participation is None or not _may_stay(participation, connection.view):
                connection.end(4403)
            elif connection in judged and not step.lets_see(
                connection.view, participation_pk
            ):
                connection.end(CLOSE_MOVED)
            else:
                connection.push(message_of({"kind": "mine"}))

    def _look(
        self, views: list[View], with_counts: bool, with_heartbeat: bool
    ) -> _News | None:
        """In the reader's thread: what has changed."""
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
        news = _News(heads, with_heartbeat)
        if entries_new:
            news.entries = entries_since(self.stream_pk, known.seq)
            heads = Heads(heads.epoch, news.entries[-1].seq, heads.version)
            # Read after the entries: its head is theirs or a later one.
            news.dialogue = load_dialogue(self.dialogue_pk)
            pks = {
                entry.payload["concerns"]
                for entry in news.entries
                if "concerns" in entry.payload
            }
            found = Participation.objects.in_bulk(list(pks)) if pks else {}
            news.concerned = {pk: found.get(pk) for pk in pks}
        if counts_new:
            dialogue = news.dialogue or Dialogue.objects.only("current").get(
                pk=self.dialogue_pk
            )
            frame = frames.counts_frame(dialogue, heads, known.version)
            news.counts = message_of(frame) if frame is not None else None
        news.heads = Heads(
            heads.epoch, heads.seq, heads.version if counts_new else known.version
        )
        return news

    def _draw(self, news: _News, views: list[View]) -> _Step:
        """In the reader's thread: the messages for these views, drawn once per view."""
        step = _Step()
        for view in views:
            if news.dialogue is not None:
                self._draw_entries(news, news.dialogue, view, step)
            if news.counts is not None:
                step.messages[view].append(news.counts)
            if news.with_heartbeat:
                step.messages[view].append(
                    message_of(frames.heartbeat(news.heads, self.visible[view]))
                )
        tables = {view.table for view in views if view.table is not None}
        step.inside = inside(self.dialogue_pk, tables)
        return step

    def _draw_entries(
        self, news: _News, dialogue: Dialogue, view: View, step: _Step
    ) -> None:
        seq, targets = frames.heard_targets(view, news.entries)
        if not seq:
            return
        targets, later = split_later(view, targets)
        frame = frames.ops_frame(
            dialogue, view, news.heads.epoch, self.visible[view], seq, targets
        )
        step.messages[view].append(message_of(frame))
        self.visible[view] = seq
        if later:
            self.owed[view] |= later

    def _draw_owed(self) -> _Step:
        """In the reader's thread: what the desks still have to get."""
        step = _Step()
        dialogue = load_dialogue(self.dialogue_pk)
        for view, targets in self.owed.items():
            seq = self.visible[view]
            frame = frames.ops_frame(
                dialogue, view, self.heads.epoch, seq, seq, targets
            )
            step.messages[view].append(message_of(frame))
        self.owed.clear()
        return step


def _moderators_first(views: list[View]) -> list[list[View]]:
    """Who has just acted at the desk does not wait until all others' are drawn."""
    groups = (
        [view for view in views if view.is_desk],
        [view for view in views if not view.is_desk],
    )
    return [group for group in groups if group]


def _may_stay(participation: Participation, view: View) -> bool:
    if participation.state != Participation.State.ADMITTED:
        return False
    return participation.is_moderator or not view.is_desk
