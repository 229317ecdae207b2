"""Many clients together: letting them in, waiting for them, comparing them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from difflib import unified_diff

from live.client import RoomClient
from live.room_state import RoomState
from live.traffic import NotLetIn

SETTLING = 40.0
# What nobody waits for comes to a desk up to two seconds later (live/room.py).
OWED_WITHIN = 10.0


async def let_in(clients: Sequence[RoomClient], *, at_once: int) -> tuple[float, float]:
    """All join, load the page and open a socket; seconds for doors and sockets."""
    doors = asyncio.Semaphore(at_once)

    async def enter(client: RoomClient) -> None:
        async with doors:
            await client.join()
            await client.load_page()

    async def listen(client: RoomClient) -> None:
        async with doors:
            await client.connect()

    started = time.monotonic()
    await together(enter(client) for client in clients)
    joined = time.monotonic()
    await together(listen(client) for client in clients)
    return joined - started, time.monotonic() - joined


async def together(work: Iterable[object]) -> None:
    """Run all; the first failure cancels the others and is raised itself."""
    tasks = [asyncio.ensure_future(part) for part in work]  # type: ignore[call-overload]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until it holds, at most so long; whether it held."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        await asyncio.sleep(0.3)
    return False


async def settle(clients: Sequence[RoomClient], witness: RoomClient) -> float:
    """Wait until all know what the server knows; seconds until the last one did.

    Nobody is told: they hear of it by frames and heartbeats alone.
    """
    started = time.monotonic()
    late: list[RoomClient] = list(clients)
    while time.monotonic() - started < SETTLING:
        frames = await witness.missed(epoch="none", since=0, version=0)
        epoch = frames[0]["epoch"]
        # The snapshot's head is what everybody hears of, not what moderators do.
        seq = frames[0]["seq"]
        version = max(frame.get("version", 0) for frame in frames)
        late = [
            client
            for client in clients
            if client.state.epoch != epoch
            or client.state.seq < seq
            or client.state.version < version
        ]
        if not late:
            return time.monotonic() - started
        await asyncio.sleep(0.25)
    first = late[0]
    raise NotLetIn(
        f"{len(late)} of {len(clients)} clients have not heard everything after "
        f"{SETTLING:.0f} s; {first.name} is at {first.state.seq}/{first.state.version} "
        f"of {seq}/{version}."
    )


def differences(old: RoomState, expected: dict[str, str]) -> list[str]:
    """Regions in which a lived state differs from a fresh snapshot; readable."""
    found = old.comparable(expected)
    return [
        f"{name}: "
        + " ".join(
            unified_diff(
                expected[name].splitlines(), found[name].splitlines(), n=0, lineterm=""
            )
        )[:600]
        for name in expected
        if expected[name] != found[name]
    ]


async def _with_what_is_owed(client: RoomClient, fresh: RoomState) -> RoomState:
    """Wait until a desk has what it is owed; a new snapshot of then."""
    deadline = time.monotonic() + OWED_WITHIN
    while time.monotonic() < deadline:
        if not differences(client.state, fresh.comparable()):
            break
        await asyncio.sleep(0.5)
        fresh = await client.fresh_state()
    return fresh


async def compare_with_fresh(clients: Sequence[RoomClient]) -> list[str]:
    """Every client's screen against a new snapshot of its own role.

    A snapshot is the same for all with this screen, so one of each state is read.
    """
    found = []
    read: dict[tuple[str, str, int, int], dict[str, str]] = {}
    for client in clients:
        fresh = await client.fresh_state()
        if client.screen == "desk":
            fresh = await _with_what_is_owed(client, fresh)
        key = (client.screen, fresh.epoch, fresh.seq, fresh.version)
        if key not in read:
            read[key] = fresh.comparable()
        found += [
            f"{client.name} ({client.screen}) {difference}"
            for difference in differences(client.state, read[key])
        ]
        await asyncio.sleep(0)
    return found
