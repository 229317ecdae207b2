"""Carries wake-ups between processes over the channel layer; nothing else does.

A message says only "this stream has moved". Redis may be slow, lose messages or
be gone: hubs look at the heads once a second anyway, so voting, proposing and
screens go on, and this heals by itself.
"""

import asyncio
import logging
from collections.abc import Callable

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

GROUP = "wakeups"
RETRY_AFTER = 2.0
SEND_WITHIN = 2.0


class Relay:
    """Sends this process's wake-ups and hears those of the others."""

    def __init__(self, wake: Callable[[int], None]) -> None:
        self.wake = wake
        self.moved: set[int] = set()
        self.sending: asyncio.Task[None] | None = None
        self.hearing = asyncio.create_task(self._hear())

    def send(self, stream_pk: int) -> None:
        """Tell the others; several moves of a stream become one message."""
        self.moved.add(stream_pk)
        if self.sending is None or self.sending.done():
            self.sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        layer = get_channel_layer()
        while self.moved:
            message = {"type": "wake", "stream": self.moved.pop()}
            try:
                await asyncio.wait_for(layer.group_send(GROUP, message), SEND_WITHIN)
            except Exception:
                logger.warning("a wake-up was not sent; the others will look")
                return

    async def _hear(self) -> None:
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    message = await layer.receive(channel)
                    self.wake(int(message["stream"]))
            except Exception:
                logger.warning("wake-ups are not heard; trying again")
                await asyncio.sleep(RETRY_AFTER)

    async def close(self) -> None:
        """End both tasks."""
        for task in (self.hearing, self.sending):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
