"""A stretch of time with five updates a second, and the most people who stand it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bench.board import quantile
from bench.crowd import Crowd
from bench.hall import pause_until
from bench.machine import Meter, Use

EVERY = 0.2
WARM_UP = 5
# After the last update, seconds until a frame counts as lost.
PATIENCE = 3.0
BAR = 0.25


@dataclass
class Window:
    """What came to the screens, seconds after it was sent."""

    people: int
    seconds: list[float]
    shown: float
    deliveries: int
    frame_size: float
    use: Use
    lag: float

    @property
    def p95(self) -> float:
        return quantile(self.seconds, 0.95)

    @property
    def cpu_each(self) -> float:
        """Seconds of the server for each frame on a screen."""
        return self.use.server / max(1, self.deliveries)

    @property
    def is_held(self) -> bool:
        return self.shown >= 1 and self.p95 <= BAR

    def __str__(self) -> str:
        return (
            f"{self.people} people: p50 {quantile(self.seconds, 0.5) * 1000:.0f}, "
            f"p95 {self.p95 * 1000:.0f}, p99 {quantile(self.seconds, 0.99) * 1000:.0f} "
            f"ms, shown {self.shown:.1%}, {self.cpu_each * 1e6:.1f} µs each of "
            f"{self.frame_size:.0f} B, server {self.use.server_share:.0%}, "
            f"generator {self.use.generator_share:.0%}, lag {self.lag * 1000:.1f} ms"
        )


async def updates(source: Any, number: int) -> None:
    due = asyncio.get_running_loop().time()
    for __ in range(number):
        source.do()
        due += EVERY
        await pause_until(due)


def everywhere(source: Any, crowd: Crowd) -> list[tuple[float, list[float]]]:
    """Each update's time, and when it came to the screens of all servers."""
    of_servers = [source.shown(known) for known in crowd.known.values()]
    return [
        (update[0][0], [arrival for __, arrivals in update for arrival in arrivals])
        for update in zip(*of_servers, strict=True)
    ]


async def measure(
    crowd: Crowd, people: int, source: Any, number: int, meter: Meter
) -> Window:
    """`number` updates, after a few that do not count."""
    await updates(source, WARM_UP)
    await crowd.quiet(0.4, patience=10)
    source.begin()
    crowd.forget()
    meter.start()
    await updates(source, number)
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        found = everywhere(source, crowd)
        if found and all(len(arrivals) >= people for __, arrivals in found):
            break
        await asyncio.sleep(0.1)
    use = meter.stop()
    seconds = [
        arrival - sent for sent, arrivals in found for arrival in arrivals[:people]
    ]
    expected = people * max(1, len(found))
    missing = expected - len(seconds)
    shown = len(seconds) / expected
    seconds += [float("inf")] * missing
    frames = crowd.frames()
    size = crowd.size() / max(1, frames)
    lag = quantile(crowd.lags, 0.99)
    return Window(people, seconds, shown, frames, size, use, lag)


async def most_people(
    probe: Callable[[int], Awaitable[Window]], first: int, cap: int, least: int = 10
) -> int:
    """The most people for whom `probe` is held, within 6 %. A number counts as too
    large when it fails twice in a row. More than `cap` are not tried, fewer than
    `least` are 0."""

    async def holds(number: int) -> bool:
        return (await probe(number)).is_held or (await probe(number)).is_held

    good, bad, number = 0, cap + 1, min(first, cap)
    while True:
        if await holds(number):
            good = number
        else:
            bad = number
        if good >= cap or bad - good <= 0.06 * good or bad <= least:
            return good
        if bad > cap:
            number = min(cap, int(good * 1.2))
        elif not good:
            number = max(least, int(bad * 0.7))
        else:
            number = (good + bad) // 2
