"""Everybody in the real room: their sockets, and what they do five times a second."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from bench.crowd import Arrivals, Crowd, Line, enter
from bench.sockets import Poster

Room = dict[str, Any]
HEAD = re.compile(r'data-(epoch|seq|version)="([^"]*)"')
# One desk among so many screens of citizens.
DESK_EVERY = 500
# So many stances at the same moment make one frame of numbers of about 300 bytes.
STANCES_AT_ONCE = 3


def command(number: int, do: str, **facts: Any) -> bytes:
    return json.dumps({"id": number, "do": do, "with": facts}).encode()


async def page(port: int, room: Room, session: str) -> str:
    """The room's page as a browser gets it, static files left out."""
    poster = await Poster.open(port)
    answer = await poster.get(
        f"/d/{room['code']}/",
        f"Host: 127.0.0.1:{port}\r\nCookie: session={session}\r\n",
    )
    poster.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"the page was refused: {answer[:60]!r}")
    return answer.decode(errors="replace")


def resume_from(html: str) -> bytes:
    """The command with which the page's script begins."""
    place = html.index("data-epoch")
    facts = dict(HEAD.findall(html[place - 500 : place + 1000]))
    return command(
        0,
        "resume",
        epoch=facts["epoch"],
        since=int(facts["seq"]),
        version=int(facts["version"]),
    )


class Hall:
    """The open screens of one room, at one server or spread over several."""

    def __init__(self, crowd: Crowd, room: Room, *ports: int) -> None:
        self.crowd, self.room, self.ports = crowd, room, ports
        self.lines: list[Line] = []

    def path(self, screen: str, number: int) -> str:
        # Two languages among the people, one among those who moderate.
        language = "de" if number % 2 or screen == "desk" else "en"
        return f"/ws/d/{self.room['code']}/?screen={screen}&lang={language}"

    def seat(self, number: int) -> Line:
        """The screen of the `number`-th who comes in."""
        port = self.ports[number % len(self.ports)]
        desks, place = divmod(number, DESK_EVERY)
        if place == DESK_EVERY // 2 and desks < len(self.room["moderators"]):
            who, screen = self.room["moderators"][desks], "desk"
        else:
            who, screen = self.room["people"][number], "room"
        return self.crowd.line(port, self.path(screen, number), who["session"])

    async def size(self, number: int, *, at_once: int = 30) -> None:
        """Let people in or out until there are `number`, each with the state of the
        page, as it comes from a browser."""
        for line in self.lines[number:]:
            line.close()
        fresh = [self.seat(place) for place in range(len(self.lines), number)]
        del self.lines[number:]
        if fresh:
            session = self.room["people"][0]["session"]
            resume = resume_from(await page(self.ports[0], self.room, session))

            async def begin(line: Line) -> None:
                await line.ask(resume)

            await enter(fresh, at_once=at_once, then=begin)
            self.lines += fresh
        await self.crowd.quiet(0.5)


class Stances:
    """Three people at a time take a stance, each for the first time on a proposal.

    So every stance raises a proposal's sum by one, and the first frame of numbers
    with at least that sum is the one that shows it.
    """

    def __init__(self, hall: Hall, people: int) -> None:
        self.hall, self.people = hall, people
        room = hall.room
        self.proposals: list[int] = room["proposals"][:24]
        self.sums: dict[int, int] = dict.fromkeys(self.proposals, room["stances"])
        self.number = 0
        self.changes: list[tuple[float, list[tuple[str, int]]]] = []
        self.refused: list[bytes] = []

    def begin(self) -> None:
        """Forget what was done before."""
        self.changes.clear()

    def do(self) -> None:
        wanted, sent = [], 0.0
        for __ in range(STANCES_AT_ONCE):
            turn, place = divmod(self.number, self.people)
            proposal = self.proposals[(turn + place) % len(self.proposals)]
            self.number += 1
            line = self.hall.lines[place]
            if not line.is_open:
                raise RuntimeError("the server has closed the sockets of citizens")
            line.on_answer = self._answer
            line.send(
                command(self.number, "take_stance", proposal=proposal, value="agree")
            )
            sent = sent or line.sent
            self.sums[proposal] += 1
            wanted.append((f"proposal-{proposal}", self.sums[proposal]))
        self.changes.append((sent, wanted))

    def _answer(self, line: Line, raw: bytes, now: float) -> None:
        del line, now
        if b'"refused"' in raw[:40]:
            self.refused.append(raw)

    def shown(
        self, known: dict[bytes, "Arrivals[float]"]
    ) -> list[tuple[float, "Arrivals[float]"]]:
        """Each update's time, and when it came to every screen."""
        if self.refused:
            raise RuntimeError(f"stances were refused: {self.refused[0]!r}")
        frames = []
        for raw, arrivals in known.items():
            if b'{"kind":"counts"' in raw[:20]:
                frame = json.loads(raw[raw.index(b"{") :])
                sums = {
                    key: row["agrees"] + row["disagrees"] + row["passes"]
                    for key, row in frame["counts"].items()
                    if key.startswith("proposal-")
                }
                frames.append((frame["version"], sums, arrivals))
        frames.sort(key=lambda row: row[0])
        found = []
        for sent, wanted in self.changes:
            showing: Arrivals[float] = Arrivals("d")
            for key, least in wanted:
                first = next(
                    (a for __, s, a in frames if s.get(key, -1) >= least), None
                )
                if first is None:
                    showing = Arrivals("d")
                    break
                if not showing or first[0] > showing[0]:
                    showing = first
            found.append((sent, showing))
        return found


class Echoes:
    """The same for the baselines: a text of the same size, handed to everybody."""

    def __init__(self, lines: list[Line], size: int) -> None:
        self.lines, self.size = lines, size
        self.number = 0
        self.changes: list[tuple[float, bytes]] = []

    def begin(self) -> None:
        self.changes.clear()

    def do(self) -> None:
        self.number += 1
        # A frame from the server has a head of four bytes.
        text = f"update {self.number} ".ljust(self.size - 4, ".").encode()
        line = self.lines[self.number % min(100, len(self.lines))]
        line.send(text)
        self.changes.append((line.sent, text))

    def shown(
        self, known: dict[bytes, "Arrivals[float]"]
    ) -> list[tuple[float, "Arrivals[float]"]]:
        by_text = {raw[4:]: arrivals for raw, arrivals in known.items()}
        return [(sent, by_text.get(text, Arrivals("d"))) for sent, text in self.changes]


class Dictated:
    """For the raw server, which is told once and goes on by itself."""

    def __init__(self, line: Line, told: bytes) -> None:
        self.line, self.told = line, told

    def begin(self) -> None:
        self.line.send(self.told)

    def do(self) -> None:
        """Nothing is asked for one by one."""

    def shown(
        self, known: dict[bytes, "Arrivals[float]"]
    ) -> list[tuple[float, "Arrivals[float]"]]:
        return [(float(raw[4:].split()[1]), seen) for raw, seen in known.items()]


async def pause_until(moment: float) -> None:
    """Sleep by the clock, so that lateness does not add up."""
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))


async def until(condition: Callable[[], bool], patience: float = 20.0) -> bool:
    """Wait for `condition`; False if it did not come."""
    ends = asyncio.get_running_loop().time() + patience
    while not condition():
        if asyncio.get_running_loop().time() > ends:
            return False
        await asyncio.sleep(0.05)
    return True
