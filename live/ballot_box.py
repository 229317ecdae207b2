"""Collects votes and stances for a few milliseconds and casts them together.

One transaction for the batch, receipts after its commit. A batch that fails by a
vote in it is split, so that one bad vote harms no other and none is without an answer.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext_lazy as _

from live.gauges import gauges
from shared.errors import Refusal

logger = logging.getLogger(__name__)

# Seconds, from the first vote that waits.
WINDOW = 0.003
LARGEST_BATCH = 500
# Beyond this the answer is "try again in n seconds", n as long as it would take at
# about a thousand a second on a slow machine.
MOST_WAITING = 5000
RETRY_AFTER = 5

Call = TypeVar("Call")


class Closing(Exception):
    """This process takes nothing more; the sender asks another one."""


class BallotBox(Generic[Call]):
    """One per process and kind of vote; `cast` takes a batch and answers in order."""

    def __init__(
        self,
        cast: Callable[[Sequence[Call]], Sequence[str | Refusal]],
        writer: ThreadPoolExecutor,
    ) -> None:
        self.cast = cast
        self.writer = writer
        self.waiting: list[tuple[Call, asyncio.Future[str | Refusal]]] = []
        self.task: asyncio.Task[None] | None = None
        self.is_closing = False

    async def put(self, call: Call) -> str:
        """The sender's answer, after the commit; raises the verb's Refusal, and
        Closing when the process ends: then nothing was taken."""
        if self.is_closing:
            raise Closing
        if len(self.waiting) >= MOST_WAITING:
            raise Refusal(
                "vote.queue_full",
                _("Very many are voting at once. Please try again in a moment."),
                status=503,
                retry_after=RETRY_AFTER,
            )
        answered: asyncio.Future[str | Refusal] = (
            asyncio.get_running_loop().create_future()
        )
        self.waiting.append((call, answered))
        gauges.votes_waiting += 1
        if self.task is None or self.task.done():
            gauges.oldest_waiting = time.monotonic()
            self.task = asyncio.create_task(self._empty())
        answer = await answered
        if isinstance(answer, Refusal):
            raise answer
        return answer

    async def close(self) -> None:
        """Take nothing more, and answer everything that was taken."""
        self.is_closing = True
        if self.task is not None:
            await self.task

    async def _empty(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(WINDOW)
        while self.waiting:
            batch = self.waiting[:LARGEST_BATCH]
            del self.waiting[:LARGEST_BATCH]
            # What is not in the batch came while it was waiting, or is the next one.
            gauges.oldest_waiting = time.monotonic()
            calls = [call for call, __ in batch]
            answers = await loop.run_in_executor(self.writer, self._cast, calls)
            gauges.votes_waiting -= len(batch)
            for (__, answered), answer in zip(batch, answers, strict=True):
                if not answered.done():
                    answered.set_result(answer)

    def _cast(self, calls: list[Call]) -> Sequence[str | Refusal]:
        try:
            return self.cast(calls)
        except (OperationalError, InterfaceError):
            # Not a vote's fault: the database restarts, is full or is gone. A broken
            # connection is worth one more try, anything else is the sender's to repeat.
            connection.close()
            try:
                return self.cast(calls)
            except Exception:
                logger.exception("%s votes could not be cast", len(calls))
                connection.close()
                return [not_saved() for __ in calls]
        except Exception:
            connection.close()
            if len(calls) > 1:
                middle = len(calls) // 2
                return [*self._cast(calls[:middle]), *self._cast(calls[middle:])]
            logger.exception("a vote could not be cast")
            return [not_saved()]


def not_saved() -> Refusal:
    """What a voter reads when the vote may not have been cast."""
    return Refusal(
        "server.fault",
        _("This could not be saved. Please send it again."),
        status=503,
        retry_after=2,
    )
