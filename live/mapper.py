"""Draws opinion maps again while stances come in.

A dialogue's map is looked at when its stream has moved, and again a moment after the
look before has ended; a movement in between is followed by one more look. Nothing is
done in between, and no vote and no frame waits for it: a thread of its own reads and
writes, a process of its own reckons.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection

from dialogue.models import Dialogue
from proposals.opinions.keeping import Reckoning, redraw
from proposals.opinions.reckoner import Reckoner
from proposals.opinions.shown import facts_of

logger = logging.getLogger(__name__)

# Seconds from the end of one drawing to the next: who votes gets the interpreter.
PAUSE = 1.0


class Mapper:
    """All of it happens in the hub's loop, but for the drawing."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Callable[[int], bool] | None = None,
        pause: float = PAUSE,
    ) -> None:
        self.reckoner = Reckoner()
        self.loop, self.pause = loop, pause
        self.work = work or partial(draw_again, reckon=self.reckoner.facts_of)
        self.thread = ThreadPoolExecutor(1, "mapper")
        self.planned: dict[int, asyncio.TimerHandle] = {}
        self.again_at: dict[int, float] = {}
        # What is being drawn -> whether it has moved since that began.
        self.drawing: dict[int, bool] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_closing = False

    def moved(self, stream_pk: int) -> None:
        """The stream has moved: look at its map soon, if that is not planned yet."""
        if stream_pk in self.drawing:
            self.drawing[stream_pk] = True
        if stream_pk in self.drawing or stream_pk in self.planned or self.is_closing:
            return
        due = max(self.loop.time(), self.again_at.get(stream_pk, 0.0))
        self.planned[stream_pk] = self.loop.call_at(due, self._begin, stream_pk)

    def _begin(self, stream_pk: int) -> None:
        del self.planned[stream_pk]
        self.drawing[stream_pk] = False
        task = self.loop.create_task(self._draw(stream_pk))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _draw(self, stream_pk: int) -> None:
        try:
            is_due = await self.loop.run_in_executor(self.thread, self.work, stream_pk)
        except Exception:
            logger.exception("an opinion map could not be drawn; trying again")
            is_due = True
        self.again_at[stream_pk] = self.loop.time() + self.pause
        if self.drawing.pop(stream_pk) or is_due:
            self.moved(stream_pk)

    async def close(self) -> None:
        """Nothing more is begun; what was begun is finished."""
        self.is_closing = True
        for handle in self.planned.values():
            handle.cancel()
        self.planned.clear()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.loop.run_in_executor(self.thread, _close_connection)
        await self.loop.run_in_executor(self.thread, self.reckoner.close)
        self.thread.shutdown()


def draw_again(stream_pk: int, reckon: Reckoning = facts_of) -> bool:
    """In the mapper's thread, on a database connection that it keeps. Returns whether
    it must be looked at again: it was drawn elsewhere a moment ago."""
    try:
        dialogue = (
            Dialogue.objects.filter(stream=stream_pk, opinion_map__is_shown=True)
            .select_related("stream")
            .first()
        )
        return dialogue is not None and redraw(dialogue, reckon) is None
    except Exception:
        connection.close()
        raise


def _close_connection() -> None:
    connection.close()
