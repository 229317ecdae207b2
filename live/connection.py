"""An open socket: who it belongs to, and how to write to it without waiting."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from live import frames
from live.gauges import gauges
from live.screens import View
from live.wire import FrameWriter, framed

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Send = Callable[[Message], Coroutine[Any, Any, None]]

# Why the server closes a socket that may come back. Close codes of our own: Daphne
# sends none of the standard's below 3000 but 1000. From 4400 on it is for good.
CLOSE_DEAF, CLOSE_BROKEN, CLOSE_RESTART, CLOSE_LATER = 4008, 4011, 4012, 4013
FOR_GOOD = 4400
# For good as far as this screen goes: the person sits at another table now.
CLOSE_MOVED = 4410

# Bytes that a socket may have been sent without a sign that it has read them, before
# it is cut; it may resume. A longer answer to itself may reach it on top of that.
MOST_UNREAD = 256 * 1024
# After so many bytes the client is asked for that sign.
ASK_AFTER = 64 * 1024
# Seconds it may take to answer, and bytes a second at which a long answer to itself
# (a snapshot) is expected to reach it at the slowest.
PATIENCE = 5.0
SLOWEST = 16 * 1024


def message_of(frame: frames.Frame) -> Message:
    """The ASGI message for `frame`, made once for all who get it.

    `framed` is for servers with a writer of frames (live/framed.py).
    """
    text = frames.encode(frame)
    return {"type": "websocket.send", "text": text, "framed": framed(text)}


ECHO = message_of({"kind": "echo"})


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
        "allowance",
        "asked_at",
        "asked_of",
        "dialogue_pk",
        "draining",
        "is_open",
        "participation_pk",
        "password",
        "send",
        "session_key",
        "task",
        "unread",
        "view",
        "waiting",
        "writer",
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
        writer: FrameWriter | None = None,
    ) -> None:
        self.dialogue_pk = dialogue_pk
        self.participation_pk = participation_pk
        self.view = view
        self.session_key = session_key
        self.password = password
        self.send = send
        self.task = task
        self.writer = writer
        self.waiting: list[Message] = []
        self.draining: asyncio.Task[None] | None = None
        self.is_open = True
        # Bytes since the client last said that it reads; what it was asked for.
        self.unread = 0
        self.asked_of = 0
        self.asked_at = 0.0
        # What a long answer under way may take beyond MOST_UNREAD.
        self.allowance = 0

    def push(self, message: Message) -> None:
        """Write `message`, or queue it behind what the peer has not taken yet.

        Servers differ: uvicorn's `send` waits while the peer does not read, Daphne's
        never does. So what counts is what the client says that it has read.
        """
        if not self.is_open:
            return
        self.unread += len(message["text"])
        if self.unread <= ASK_AFTER and self.draining is None:
            self._write(message)
            return
        if self.unread > ASK_AFTER and self.asked_at and self._is_deaf():
            self._cut()
            return
        self._write_or_wait(message)
        if self.unread > ASK_AFTER and not self.asked_at and self.is_open:
            self.asked_of, self.asked_at = self.unread, time.monotonic()
            self._write_or_wait(ECHO)

    def answer(self, text: str) -> None:
        """Push a reply of the person's own. A long one is given room and time, but
        who asks for the next one without having read the last is cut."""
        if len(text) > ASK_AFTER:
            if self.asked_at and self.unread + len(text) > MOST_UNREAD + self.allowance:
                self._cut()
                return
            beyond = len(text) + 2 * ASK_AFTER - MOST_UNREAD
            self.allowance = max(self.allowance, beyond)
        self.push({"type": "websocket.send", "text": text})

    def heard(self) -> None:
        """The client has read what it was sent before it was asked."""
        self.unread -= self.asked_of
        self.asked_of, self.asked_at, self.allowance = 0, 0.0, 0

    def _is_deaf(self) -> bool:
        most = MOST_UNREAD + self.allowance
        patience = PATIENCE + self.allowance / SLOWEST
        is_late = time.monotonic() > self.asked_at + patience
        return self.unread > most and (is_late or self.unread > 2 * most)

    def _cut(self) -> None:
        gauges.sockets_cut += 1
        self.end(CLOSE_DEAF)

    def _write_or_wait(self, message: Message) -> None:
        if self.draining is not None:
            self.waiting.append(message)
        else:
            self._write(message)

    def _write(self, message: Message) -> None:
        """One step of the server's `send`, which nearly always is all of it; so no
        task is made for every frame and socket."""
        gauges.frames_sent += 1
        if (
            self.writer is not None
            and "framed" in message
            and self.writer.write(message["framed"])
        ):
            return
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
