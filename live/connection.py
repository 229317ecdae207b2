"""An open socket: who it belongs to, and how to write to it without waiting."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from live import frames
from live.gauges import gauges
from live.screens import View

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Send = Callable[[Message], Coroutine[Any, Any, None]]

# Why the server closes a socket that may come back. Close codes of our own: Daphne
# sends none of the standard's below 3000 but 1000. From 4400 on it is for good.
CLOSE_DEAF, CLOSE_BROKEN, CLOSE_RESTART, CLOSE_LATER = 4008, 4011, 4012, 4013
FOR_GOOD = 4400

# Bytes that a socket may have waiting, or that it may have been sent without a sign
# of having read them, before it is cut; it may resume.
MOST_WAITING = 256 * 1024
# After so many bytes the client is asked for that sign.
ASK_AFTER = 64 * 1024
# Seconds it may take to answer, and bytes a second at which a long answer to itself
# (a snapshot) is expected to reach it at the slowest.
PATIENCE = 5.0
SLOWEST = 16 * 1024


def message_of(frame: frames.Frame) -> Message:
    """The ASGI message for `frame`, made once for all who get it."""
    return {"type": "websocket.send", "text": frames.encode(frame)}


class _Rest:
    """The rest of a coroutine whose first step was taken outside a task."""

    def __init__(self, begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self.begun = begun
        self.waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self.waits_for
        while True:
            failure: BaseException | None = None
            try:
                yield waits_for
            except BaseException as error:
                failure = error
            try:
                waits_for = (
                    self.begun.throw(failure) if failure else self.begun.send(None)
                )
            except StopIteration:
                return


class Connection:
    """`send` is the server's; `task` runs the socket's application, and ends with
    `is_open` false when it is cancelled here; `password` is None for a guest."""

    __slots__ = (
        "asked_at",
        "asked_of",
        "dialogue_pk",
        "draining",
        "is_open",
        "participation_pk",
        "password",
        "patience_until",
        "send",
        "session_key",
        "task",
        "unread",
        "view",
        "waiting",
        "waiting_size",
    )

    def __init__(
        self,
        *,
        dialogue_pk: int,
        participation_pk: int,
        view: View,
        session_key: str,
        password: str | None,
        send: Send,
        task: asyncio.Task[None],
    ) -> None:
        self.dialogue_pk = dialogue_pk
        self.participation_pk = participation_pk
        self.view = view
        self.session_key = session_key
        self.password = password
        self.send = send
        self.task = task
        self.waiting: list[Message] = []
        self.waiting_size = 0
        self.draining: asyncio.Task[None] | None = None
        self.is_open = True
        # Bytes since the client last said that it reads; what it was asked for.
        self.unread = 0
        self.asked_of = 0
        self.asked_at = 0.0
        self.patience_until = 0.0

    def push(self, message: Message) -> None:
        """Write `message`, or queue it behind what the peer has not taken yet.

        Servers differ: uvicorn's `send` waits while the peer does not read, Daphne's
        never does. So both are watched: what waits here, and what the client has
        been sent since it last said that it reads.
        """
        if not self.is_open:
            return
        size = len(message["text"])
        self.unread += size
        if self.unread > ASK_AFTER and not self._still_reads():
            return
        if self.draining is not None:
            self._queue(message, size)
        else:
            self._write(message)

    def answer(self, text: str) -> None:
        """Push a reply of the person's own; a long one is given time to arrive."""
        if len(text) > ASK_AFTER:
            now = time.monotonic()
            self.patience_until = (
                max(now, self.patience_until) + PATIENCE + len(text) / SLOWEST
            )
        self.push({"type": "websocket.send", "text": text})

    def heard(self) -> None:
        """The client has read what it was sent before it was asked."""
        self.unread -= self.asked_of
        self.asked_of, self.asked_at = 0, 0.0

    def _still_reads(self) -> bool:
        now = time.monotonic()
        if not self.asked_at:
            self.asked_of, self.asked_at = self.unread, now
            asked = message_of({"kind": "echo"})
            if self.draining is not None:
                self._queue(asked, 0)
            else:
                self._write(asked)
            return self.is_open
        late = now > max(self.asked_at + PATIENCE, self.patience_until)
        if self.unread - self.asked_of > MOST_WAITING - ASK_AFTER and late:
            gauges.sockets_cut += 1
            self.end(CLOSE_DEAF)
        return self.is_open

    def _queue(self, message: Message, size: int) -> None:
        self.waiting.append(message)
        self.waiting_size += size
        late = time.monotonic() > self.patience_until
        if self.waiting_size > MOST_WAITING and late:
            gauges.sockets_cut += 1
            self.end(CLOSE_DEAF)

    def _write(self, message: Message) -> None:
        """One step of the server's `send`, which nearly always is all of it: a task
        for every frame and socket would cost a third of the delivery."""
        gauges.frames_sent += 1
        begun = self.send(message)
        try:
            waits_for = begun.send(None)
        except StopIteration:
            return
        except Exception as error:
            self._failed(error)
            return
        self.draining = asyncio.create_task(self._drain(_Rest(begun, waits_for)))

    async def _drain(self, writing: Awaitable[None]) -> None:
        try:
            await writing
            while self.waiting and self.is_open:
                message = self.waiting.pop(0)
                self.waiting_size -= len(message["text"])
                gauges.frames_sent += 1
                await self.send(message)
        except Exception as error:
            self._failed(error)
        else:
            if self.is_open:
                self.draining = None

    def _failed(self, error: Exception) -> None:
        self.draining = None
        # Mostly the peer is gone. If it is not (a frame that the server holds to be
        # too long), a socket left open would be deaf for good.
        logger.info("a socket could not be written to: %r", error)
        self.end(CLOSE_BROKEN)

    def end(self, code: int) -> None:
        """Say goodbye and close; nothing is written after."""
        if not self.is_open:
            return
        self.is_open = False
        self.waiting.clear()
        self.draining = asyncio.create_task(self._close(code, self.draining))

    async def _close(self, code: int, writing: asyncio.Task[None] | None) -> None:
        if writing is not None and not writing.done():
            # The server waits for a peer that does not read, and would wait with the
            # farewell, too. It closes the socket when its application returns.
            writing.cancel()
            self.task.cancel()
            return
        try:
            if code >= FOR_GOOD:
                await self.send(message_of({"kind": "bye", "code": code}))
            await self.send({"type": "websocket.close", "code": code})
        except Exception:
            logger.debug("socket was gone before it was closed")
