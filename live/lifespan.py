"""The life of a web process: it drains before it ends, so that nothing is cut off.

Servers end in different ways: uvicorn closes all sockets at once, Daphne cancels
whatever runs; neither waits for a vote that is being cast. So SIGTERM is heard here
first. No new socket is let in, the hub answers what it has and closes its sockets
with 4012 ("the server restarts"), pages under way are finished; then the server's
own handler is called, which ends the process.
"""

import asyncio
import gc
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from live.connection import CLOSE_RESTART
from live.hub import hub

logger = logging.getLogger(__name__)

# Seconds. The server's own end comes after; both together are below ten.
DRAIN_WITHIN = 7.5
# For the other side's goodbye, which a phone without a signal never says.
CLOSE_WITHIN = 1.5
# Sockets, and seconds, between two collections of what ended sockets left behind;
# seconds between two among the young objects only, which costs next to nothing.
SWEEP_AFTER, SWEEP_EVERY = 50, 20.0
SWEEP_YOUNG_EVERY = 1.0

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Lifespan:
    """Around the whole application: counts what is under way, and drains it."""

    def __init__(self) -> None:
        self.is_draining = False
        self.application: Application | None = None
        self.under_way = {"http": 0, "websocket": 0}
        self.quiet = {kind: asyncio.Event() for kind in self.under_way}
        self._before: Callable[[int, FrameType | None], Any] | None = None
        self._is_listening = False
        self._ended, self._swept_at, self._swept_young_at = 0, 0.0, 0.0
        self._draining: asyncio.Task[None] | None = None

    def around(self, application: Application) -> "Lifespan":
        """The application with this lifespan."""
        self.application = application
        return self

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        self._listen()
        kind = scope["type"]
        if kind == "lifespan":
            await _follow_server(receive, send)
            return
        if kind == "websocket" and self.is_draining:
            await _turn_away(receive, send)
            return
        assert self.application is not None  # noqa: S101 -- set in asgi.py
        self.under_way[kind] += 1
        try:
            await self.application(scope, receive, self._last_words(kind, send))
        finally:
            self.under_way[kind] -= 1
            if kind == "websocket":
                self._sweep()
            self._note_quiet()

    def _last_words(self, kind: str, send: Send) -> Send:
        """Answers of a draining process tell the proxy to come elsewhere next."""
        if kind != "http":
            return send

        async def answer(message: Message) -> None:
            if self.is_draining and message["type"] == "http.response.start":
                headers = [*message.get("headers", []), (b"connection", b"close")]
                message = {**message, "headers": headers}
            await send(message)

        return answer

    def _sweep(self) -> None:
        """Servers leave an ended socket in circles, and a message that was cut off
        with it: megabytes, which the raised thresholds (asgi.py) would keep."""
        self._ended += 1
        now = time.monotonic()
        if self._ended >= SWEEP_AFTER and now - self._swept_at > SWEEP_EVERY:
            self._ended, self._swept_at = 0, now
            gc.collect()
        elif now - self._swept_young_at > SWEEP_YOUNG_EVERY:
            # Who opens line upon line to be cut off would else hold gigabytes.
            self._swept_young_at = now
            gc.collect(1)

    def _listen(self) -> None:
        """Hear SIGTERM before the server does. Only a server has a handler of its
        own: tests and commands that use the application keep their ways of ending.
        """
        if self._is_listening:
            return
        self._is_listening = True
        before = signal.getsignal(signal.SIGTERM)
        if callable(before) and threading.current_thread() is threading.main_thread():
            self._before = before
            self._loop = asyncio.get_running_loop()
            signal.signal(signal.SIGTERM, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        assert self._before is not None  # noqa: S101 -- it was replaced by this
        if self.is_draining:  # told twice: at once
            self._before(number, frame)
            return
        self.is_draining = True
        self._loop.call_soon_threadsafe(self._begin, number)

    def _begin(self, number: int) -> None:
        self._draining = self._loop.create_task(self._drain(number))

    async def _drain(self, number: int) -> None:
        try:
            async with asyncio.timeout(DRAIN_WITHIN):
                await hub().close()
                self._note_quiet()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.quiet["websocket"].wait(), CLOSE_WITHIN)
                await self.quiet["http"].wait()
        except TimeoutError:
            logger.warning("not all was answered in %s s; ending", DRAIN_WITHIN)
        except Exception:
            logger.exception("draining failed; ending")
        assert self._before is not None  # noqa: S101 -- see _hear
        self._before(number, None)

    def _note_quiet(self) -> None:
        for kind, number in self.under_way.items():
            if self.is_draining and not number:
                self.quiet[kind].set()


async def _follow_server(receive: Receive, send: Send) -> None:
    """The ASGI lifespan protocol; all is done by the signal, before."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _turn_away(receive: Receive, send: Send) -> None:
    """A socket that came late: the client comes back, and meets another process."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": CLOSE_RESTART})


lifespan = Lifespan()
