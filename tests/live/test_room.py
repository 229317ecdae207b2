"""When a room looks at its stream."""

import asyncio
from typing import Any

import pytest

from live.frames import Heads
from live.room import Room
from live.screens import View


class Watching:
    """An open screen, as far as a look goes."""

    view, participation_pk = View("room", "de"), 1

    def end(self, code: int) -> None:
        """Nobody ends it here."""


@pytest.mark.parametrize(("gather", "looks"), [(0.0, 2), (0.5, 1)])
async def test_what_is_committed_at_one_moment_is_looked_at_once(
    gather: float, looks: int
):
    seen: list[Any] = []

    async def look(work: Any, *__: Any) -> None:
        """Nothing is new."""
        seen.append(work)

    room = Room(look, 1, 1, Heads("epoch", 1, 1), gather)
    watching: Any = Watching()
    room.enter(watching)
    room.wake()
    await asyncio.sleep(0.02)
    room.wake()
    await asyncio.sleep(gather + 0.3)
    room.leave(watching)

    assert len(seen) == looks
