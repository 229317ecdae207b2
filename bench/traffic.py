"""The three loads: changes in a room, the same by plain Channels, votes."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bench.machine import Meter, Use
from bench.sockets import Poster, Screen
from bench.words import TEXT

EVERY = 0.2
MARK = re.compile(rb"bench(\d+)x")
COUNTED = re.compile(rb'"proposal-(\d+)":\{')
Room = dict[str, Any]


@dataclass
class Change:
    """One thing that somebody did, and when which screen showed it."""

    kind: str
    sent: float
    size: int = 0
    seen: dict[int, float] = field(default_factory=dict)


@dataclass
class Delivery:
    """Changes on screens: `seconds` from sending until shown, of every pair."""

    seconds: dict[str, list[float]]
    expected: int
    frames: int
    use: Use
    sizes: list[int]

    def all_seconds(self) -> list[float]:
        return [value for values in self.seconds.values() for value in values]

    @property
    def cpu_each(self) -> float:
        """CPU seconds of the server per frame that reached a screen."""
        return self.use.server / max(1, self.frames)


@dataclass
class Votes:
    """Acknowledged votes of one road."""

    number: int
    refused: int
    seconds: list[float]
    use: Use

    @property
    def per_second(self) -> float:
        return self.number / self.use.seconds


class Watch:
    """Looks for marks in frames. The same frame is read once for all screens."""

    def __init__(self) -> None:
        self.changes: dict[int, Change] = {}
        self.by_proposal: dict[int, Change] = {}
        self.frames = 0
        self._read: dict[bytes, list[Change]] = {}
        self.replies: Callable[[Screen, bytes], None] = lambda screen, raw: None

    def take(self, screen: Screen, raw: bytes) -> None:
        now = time.monotonic()
        if raw.startswith(b'{"re"'):
            self.replies(screen, raw)
            return
        self.frames += 1
        changes = self._read.get(raw)
        if changes is None:
            changes = self._read[raw] = self._changes(raw)
        for change in changes:
            change.seen.setdefault(id(screen), now)

    def _changes(self, raw: bytes) -> list[Change]:
        if raw.startswith(b'{"kind":"counts"'):
            pks = {int(pk) for pk in COUNTED.findall(raw)}
            found = [self.by_proposal.pop(pk) for pk in pks & self.by_proposal.keys()]
        else:
            marks = {int(mark) for mark in MARK.findall(raw)}
            found = [self.changes[mark] for mark in marks & self.changes.keys()]
            found = [change for change in found if change.kind != "tally"]
        for change in found:
            change.size = change.size or len(raw)
        return found

    def delivery(self, screens: int, use: Use) -> Delivery:
        seconds: dict[str, list[float]] = {}
        for change in self.changes.values():
            seconds.setdefault(change.kind, []).extend(
                seen - change.sent for seen in change.seen.values()
            )
        sizes = [change.size for change in self.changes.values()]
        expected = screens * len(self.changes)
        return Delivery(seconds, expected, self.frames, use, sizes)


async def _paced(number: int, do: Callable[[int], None]) -> None:
    """Call `do(0)`, `do(1)`, ... every EVERY seconds, by the clock."""
    due = time.monotonic()
    for step in range(number):
        do(step)
        due += EVERY
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _gather(makers: list[Callable[[], Awaitable[Screen]]]) -> list[Screen]:
    """Open screens twenty at a time."""
    slots = asyncio.Semaphore(20)

    async def one(make: Callable[[], Awaitable[Screen]]) -> Screen:
        async with slots:
            return await make()

    return list(await asyncio.gather(*(one(make) for make in makers)))


async def enter_room(port: int, room: Room, watch: Watch) -> list[Screen]:
    """Everybody's screens, German and English in turn; the desk is the last."""

    def maker(who: dict[str, Any], screen: str, language: str) -> Any:
        path = f"/ws/d/{room['code']}/?screen={screen}&lang={language}"
        cookie = f"session={who['session']}"
        return lambda: Screen.open(port, path, watch.take, cookie)

    makers = [
        maker(who, "room", "de" if number % 2 else "en")
        for number, who in enumerate(room["people"])
    ]
    makers.append(maker(room["moderator"], "desk", "de"))
    screens = await _gather(makers)
    # As browsers do; the snapshots are not part of what is measured.
    for screen in screens:
        screen.send(_command(0, "resume", epoch="", since=0, version=0))
    await asyncio.sleep(3)
    return screens


def _command(number: int, do: str, **facts: Any) -> str:
    return json.dumps({"id": number, "do": do, "with": facts})


async def changes_in_room(
    screens: list[Screen], room: Room, watch: Watch, number: int, meter: Meter
) -> Delivery:
    """Proposals, comments and stances in turn, each by somebody else."""
    citizens = screens[:-1]
    proposals = room["proposals"]
    discussed, weighed = proposals[::2], proposals[1::2]

    def change(step: int) -> None:
        kind = ("proposal", "comment", "tally")[step % 3]
        made = watch.changes[step] = Change(kind, 0.0)
        if kind == "proposal":
            command = _command(
                step, "submit_proposal", title=f"bench{step}x Schulstraße", text=TEXT
            )
        elif kind == "comment":
            proposal = discussed[step % len(discussed)]
            text = f"bench{step}x {TEXT}"
            command = _command(step, "add_comment", proposal=proposal, text=text)
        else:
            proposal = weighed[step // 3 % len(weighed)]
            watch.by_proposal[proposal] = made
            value = ("agree", "disagree")[step // 3 // len(citizens) % 2]
            command = _command(step, "take_stance", proposal=proposal, value=value)
        made.sent = time.monotonic()
        citizens[step % len(citizens)].send(command)

    refused: list[bytes] = []

    def reply(screen: Screen, raw: bytes) -> None:
        del screen
        if b'"refused"' in raw[:40]:
            refused.append(raw)

    watch.replies = reply
    watch.frames = 0
    meter.start()
    await _paced(number, change)
    await asyncio.sleep(1)
    use = meter.stop()
    if refused:
        raise RuntimeError(f"{len(refused)} changes were refused: {refused[0]!r}")
    return watch.delivery(len(screens), use)


async def changes_by_group_send(
    port: int, people: int, sizes: list[int], meter: Meter
) -> Delivery:
    """The same number of screens, changes and bytes through the baseline."""
    watch = Watch()
    screens = await _gather(
        [lambda: Screen.open(port, "/", watch.take) for __ in range(people)]
    )
    await asyncio.sleep(2)

    def change(step: int) -> None:
        text = f"bench{step}x".ljust(sizes[step], "·")
        # "·" has two bytes: cut to the size of the room's frame.
        text = text.encode()[: sizes[step] - sizes[step] % 2].decode(errors="ignore")
        watch.changes[step] = Change("group_send", time.monotonic())
        screens[step % len(screens)].send(text)

    meter.start()
    await _paced(len(sizes), change)
    await asyncio.sleep(1)
    use = meter.stop()
    for screen in screens:
        screen.close()
    return watch.delivery(len(screens), use)


async def votes_by_socket(
    screens: list[Screen], room: Room, watch: Watch, seconds: float, meter: Meter
) -> Votes:
    """Everybody changes the vote in an open ballot as often as it is acknowledged."""
    citizens = screens[:-1]
    ballot = room["ballots"][0]
    sent: dict[int, float] = {}
    taken: list[float] = []
    refused = 0
    number = 0
    ends = time.monotonic() + seconds

    def vote(screen: Screen) -> None:
        nonlocal number
        number += 1
        options = [ballot["options"][number % 2]]
        sent[id(screen)] = time.monotonic()
        screen.send(
            _command(
                number,
                "cast_vote",
                ballot=ballot["ballot"],
                options=options,
                request_key=f"bench-{number:08}",
            )
        )

    def reply(screen: Screen, raw: bytes) -> None:
        nonlocal refused
        if time.monotonic() > ends:
            return
        if b'"ok"' in raw[:40]:
            taken.append(time.monotonic() - sent[id(screen)])
            vote(screen)
        else:
            refused += 1
            asyncio.get_running_loop().call_later(1, vote, screen)

    watch.replies = reply
    meter.start()
    for screen in citizens:
        vote(screen)
    await asyncio.sleep(seconds)
    use = meter.stop()
    await asyncio.sleep(1)
    return Votes(len(taken), refused, taken, use)


async def votes_by_post(
    port: int, room: Room, seconds: float, meter: Meter, *, connections: int = 40
) -> Votes:
    """The same votes as forms: a request, a transaction, an answer each."""
    ballot = room["ballots"][0]
    posters = [await Poster.open(port) for __ in range(connections)]
    taken: list[float] = []
    refused = 0
    ends = time.monotonic() + seconds
    token = "b" * 32

    async def post(poster: Poster, mine: list[dict[str, Any]]) -> None:
        nonlocal refused
        number = 0
        while time.monotonic() < ends:
            number += 1
            who = mine[number % len(mine)]
            headers = (
                f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
                f"Accept: application/json\r\nX-CSRFToken: {token}\r\n"
                f"Cookie: session={who['session']}; csrf={token}\r\n"
            )
            body = (
                f"ballot={ballot['ballot']}&options={ballot['options'][number % 2]}"
                f"&request_key=post-{id(poster)}-{number:08}"
            )
            started = time.monotonic()
            answer = await poster.post(
                f"/d/{room['code']}/do/cast_vote/", headers, body
            )
            if answer.startswith(b"HTTP/1.1 200"):
                taken.append(time.monotonic() - started)
            else:
                refused += 1

    meter.start()
    # Nobody votes by two connections at once.
    people = room["people"]
    await asyncio.gather(
        *(
            post(poster, people[place::connections])
            for place, poster in enumerate(posters)
        )
    )
    use = meter.stop()
    return Votes(len(taken), refused, taken, use)
