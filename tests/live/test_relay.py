"""Wake-ups between processes over a real Redis, which dies, freezes and comes back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from live import relay as relays
from live.gauges import gauges
from live.relay import Relay
from tests.servers import Redis

pytestmark = pytest.mark.redis


@pytest.fixture
def redis(tmp_path: Path, settings, monkeypatch):
    # A deaf line is noticed in a second instead of eight.
    monkeypatch.setattr(relays, "PULSE_EVERY", 0.3)
    monkeypatch.setattr(relays, "SILENCE", 1.0)
    monkeypatch.setattr(relays, "WITHIN", 0.5)
    monkeypatch.setattr(relays, "RETRY_AFTER", 0.1)
    gauges.relay_up, gauges.wakeups_lost = 1, 0
    with Redis(tmp_path / "redis") as server:
        settings.REDIS_URL = server.url
        yield server


async def until(condition: Callable[[], object], seconds: float = 15) -> float:
    """Wait for `condition`; how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "this never came"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


@asynccontextmanager
async def two_relays() -> AsyncIterator[tuple[Relay, list[int], Relay, list[int]]]:
    """Two processes' relays, each with what it was woken for, once both hear."""
    heard_here: list[int] = []
    heard_there: list[int] = []
    here, there = Relay(heard_here.append), Relay(heard_there.append)
    try:
        await both_hear(here, heard_here, there, heard_there)
        yield here, heard_here, there, heard_there
    finally:
        await here.close()
        await there.close()


async def both_hear(
    here: Relay, heard_here: list[int], there: Relay, heard_there: list[int]
) -> None:
    """Send until it arrives on both sides: a subscription takes a moment."""
    while not (heard_here and heard_there):
        here.send(1)
        there.send(1)
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    heard_here.clear()
    heard_there.clear()


async def test_wakeup_reaches_the_other_at_once_and_not_the_sender(redis: Redis):
    async with two_relays() as (here, heard_here, _there, heard_there):
        here.send(7)

        took = await until(lambda: heard_there)
        await asyncio.sleep(0.1)

        assert took < 0.5
        assert (heard_here, heard_there) == ([], [7])


async def test_moves_of_one_stream_become_few_messages(redis: Redis):
    async with two_relays() as (here, _heard, _there, heard_there):
        for __ in range(500):
            here.send(7)
            here.send(8)
        await until(lambda: {7, 8} <= set(heard_there))

        assert len(heard_there) <= 4


async def test_killed_redis_is_noticed_and_heals(redis: Redis):
    async with two_relays() as (here, _heard, there, heard_there):
        redis.kill()
        await until(lambda: not gauges.relay_up)
        here.send(7)
        await until(lambda: gauges.wakeups_lost)
        assert heard_there == []

        redis.start()
        await until(lambda: gauges.relay_up)
        await both_hear(here, [1], there, heard_there)
        here.send(9)
        await until(lambda: heard_there == [9])


async def test_frozen_redis_is_noticed_and_heals(redis: Redis):
    async with two_relays() as (here, heard_here, there, heard_there):
        os.kill(redis.pid, signal.SIGSTOP)
        try:
            assert await until(lambda: not gauges.relay_up) < 5
            here.send(7)
            await until(lambda: gauges.wakeups_lost)
        finally:
            os.kill(redis.pid, signal.SIGCONT)

        await until(lambda: gauges.relay_up)
        heard_here.clear()
        heard_there.clear()
        await both_hear(here, heard_here, there, heard_there)


async def test_dropped_line_heals(redis: Redis):
    async with two_relays() as (here, heard_here, there, heard_there):
        await there.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

        heard_here.clear()
        heard_there.clear()
        await both_hear(here, heard_here, there, heard_there)


async def test_many_moves_without_redis_leave_few_lines(redis: Redis, caplog):
    async with two_relays() as (here, *_rest):
        redis.kill()
        for number in range(200):
            here.send(number)
            await asyncio.sleep(0.005)

        assert gauges.wakeups_lost >= 100
        assert 1 <= caplog.text.count("wake-ups are not") <= 2
