"""Carries wake-ups between processes over Redis; nothing else does.

A message says only "this stream has moved". Redis may be slow, lose messages or
be gone: hubs look at the heads once a second anyway, so voting, proposing and
screens go on, and this heals by itself.

A subscription can go deaf without an error (Redis frozen, a line dropped on the
way). So each process also sends itself a pulse through Redis: who hears nothing
for a while, not even the own pulse, is deaf and subscribes anew.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from live.gauges import gauges

logger = logging.getLogger(__name__)

CHANNEL = "mitwirken.wakeups"
# Seconds. A deaf process is noticed within SILENCE.
PULSE_EVERY = 3.0
SILENCE = 8.0
WITHIN = 2.0
RETRY_AFTER = 1.0


class Relay:
    """Sends this process's wake-ups and hears those of the others."""

    def __init__(self, wake: Callable[[int], None]) -> None:
        self.wake = wake
        self.name = secrets.token_hex(8)
        self.redis = Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=WITHIN,
            decode_responses=True,
            retry=Retry(NoBackoff(), 1),
        )
        self.moved: set[int] = set()
        self.sending: asyncio.Task[None] | None = None
        self.tasks = [
            asyncio.create_task(work) for work in (self._hear(), self._beat())
        ]

    def send(self, stream_pk: int) -> None:
        """Tell the others; several moves of a stream become one message."""
        self.moved.add(stream_pk)
        if self.sending is None or self.sending.done():
            self.sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self.moved:
            stream_pk = self.moved.pop()
            if not await self._publish(f"{self.name} {stream_pk}"):
                gauges.wakeups_lost += 1 + len(self.moved)
                self.moved.clear()

    async def _publish(self, message: str) -> bool:
        """Whether Redis has taken it. The others look anyway if it has not."""
        try:
            async with asyncio.timeout(WITHIN):
                await self.redis.publish(CHANNEL, message)
        except Exception as error:
            self._is_down("wake-ups are not sent: %r; the others will look", error)
            return False
        return True

    async def _beat(self) -> None:
        while True:
            await self._publish(f"{self.name} 0")
            await asyncio.sleep(PULSE_EVERY)

    async def _hear(self) -> None:
        while True:
            try:
                async with self.redis.pubsub() as subscription:
                    async with asyncio.timeout(WITHIN):
                        await subscription.subscribe(CHANNEL)
                    while True:
                        await self._hear_one(subscription)
            except Exception as error:
                self._is_down("wake-ups are not heard: %r; trying again", error)
                await asyncio.sleep(RETRY_AFTER)

    async def _hear_one(self, subscription: PubSub) -> None:
        message = await subscription.get_message(timeout=SILENCE)
        if message is None:
            raise TimeoutError("silence")
        self._is_up()
        if message["type"] != "message":
            return
        sender, __, stream_pk = message["data"].partition(" ")
        if sender != self.name:
            self.wake(int(stream_pk))

    def _is_up(self) -> None:
        if not gauges.relay_up:
            logger.info("wake-ups are heard")
            gauges.relay_up = 1

    def _is_down(self, words: str, error: Exception) -> None:
        # One line for an outage, not one for every vote of it.
        if gauges.relay_up:
            logger.warning(words, error)
            gauges.relay_up = 0

    async def close(self) -> None:
        """End all tasks and lines."""
        for task in (*self.tasks, self.sending):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self.redis.aclose()
