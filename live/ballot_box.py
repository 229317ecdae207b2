"""Collects votes and stances for a few milliseconds and casts them together.

One transaction for the batch, receipts after its commit. A batch that fails is
split, so that one bad vote harms no other and none is without an answer.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from django.db import connection
from django.utils.translation import gettext_lazy as _

from shared.errors import Refusal

logger = logging.getLogger(__name__)

WINDOW = 0.003
LARGEST_BATCH = 500
MOST_WAITING = 5000

Request = TypeVar("Request")


class BallotBox(Generic[Request]):
    """One per process and kind of vote; `cast` is the verb that takes a batch."""

    def __init__(
        self,
        cast: Callable[[Sequence[Request]], Sequence[Any]],
        writer: ThreadPoolExecutor,
    ) -> None:
        self.cast = cast
        self.writer = writer
        self.waiting: list[tuple[Request, asyncio.Future[Any]]] = []
        self.task: asyncio.Task[None] | None = None

    async def put(self, request: Request) -> Any:
        """The verb's answer for `request`; raises its Refusal."""
        if len(self.waiting) >= MOST_WAITING:
            raise Refusal(
                "vote.queue_full",
                _("Very many are voting at once. Please try again in a moment."),
                status=503,
                retry_after=2,
            )
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append((request, answered))
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._empty())
        answer = await answered
        if isinstance(answer, Refusal):
            raise answer
        return answer

    async def _empty(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(WINDOW)
        while self.waiting:
            batch = self.waiting[:LARGEST_BATCH]
            del self.waiting[:LARGEST_BATCH]
            requests = [request for request, __ in batch]
            answers = await loop.run_in_executor(self.writer, self._cast, requests)
            for (__, answered), answer in zip(batch, answers, strict=True):
                if not answered.done():
                    answered.set_result(answer)

    def _cast(self, requests: list[Request]) -> Sequence[Any]:
        try:
            return self.cast(requests)
        except Exception:
            # A connection that broke must not fail the next batch as well.
            connection.close()
            if len(requests) > 1:
                middle = len(requests) // 2
                return [*self._cast(requests[:middle]), *self._cast(requests[middle:])]
            logger.exception("a vote could not be cast")
            return [
                Refusal(
                    "server.fault",
                    _("This could not be saved. Please send it again."),
                    status=503,
                    retry_after=2,
                )
            ]
