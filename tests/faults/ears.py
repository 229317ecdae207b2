"""People of whom every byte they get is searched for what was hidden.

What counts as delivered after a confirmation, and what was on its way:

- of a page: its request was sent when the moderator had been told "hidden". An answer
  to an earlier request may have been written before that, and is on its way;
- of a socket: the moment the moderator is told, each open socket is sent a ping with
  the canary's name. A server answers in order: what comes before the pong may have
  been written before the ping came, and is on its way; everything that comes after
  it was written after the confirmation. A socket that is opened later has no such
  time of grace at all.

Frames are read where they come off the wire, in their order there, so that neither
waiting in the client nor its rules about gaps can hide any.
"""

import contextlib
import re
import secrets
import time
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from live.client import RoomClient

OWNER: ContextVar["Ear | None"] = ContextVar("owner", default=None)
# Letters only: the same in HTML, in JSON and in an address.
CANARY = re.compile(rb"kanari[a-p]{12}")
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


@dataclass
class Canary:
    """A text to be hidden. `knowing` may go on reading it: who wrote it."""

    name: str
    way: str
    knowing: frozenset[int]
    hidden_at: float = float("inf")
    seen_by: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Leak:
    """Something hidden, delivered after it was confirmed."""

    way: str
    how: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.way}, by {self.how}, {self.seconds:.3f} s after"


class Aviary:
    """All canaries, and who heard which of them when."""

    def __init__(self) -> None:
        self.canaries: dict[bytes, Canary] = {}
        self.leaks: list[Leak] = []
        # After the confirmation, by those who may: the search does find it.
        self.found_by_knowing: Counter[str] = Counter()
        self.still_known: set[bytes] = set()
        self.on_their_way: list[Leak] = []
        self.wires: set[Wire] = set()
        self.size = self.deliveries = 0
        self.pages: Counter[int] = Counter()

    def breed(self, way: str, *knowing: int) -> Canary:
        name = "kanari" + secrets.token_hex(6).translate(LETTERS)
        canary = Canary(name, way, frozenset(knowing))
        self.canaries[name.encode()] = canary
        return canary

    @property
    def hidden(self) -> list[Canary]:
        return [c for c in self.canaries.values() if c.hidden_at < float("inf")]

    async def confirm(self, canary: Canary) -> None:
        """The moderator has been told: from here on it is in no byte."""
        canary.hidden_at = time.monotonic()
        for wire in tuple(self.wires):
            # A socket that is being cut has no time of grace on its next line.
            with contextlib.suppress(ConnectionClosed, OSError):
                await wire.ping(canary.name)

    def search(self, who: int, how: str, data: bytes, is_after: Any) -> None:
        """`is_after(canary)`: whether these bytes were surely sent after it."""
        self.size += len(data)
        self.deliveries += 1
        for name in set(CANARY.findall(data)):
            canary = self.canaries[name]
            late = time.monotonic() - canary.hidden_at
            if who in canary.knowing:
                if late > 0 and is_after(canary):
                    self.found_by_knowing[how] += 1
                    self.still_known.add(name)
            elif late < 0:
                canary.seen_by.add(who)
            elif is_after(canary):
                self.leaks.append(Leak(canary.way, how, late))
            else:
                self.on_their_way.append(Leak(canary.way, how, late))


class Wire(ClientConnection):
    """One socket's life; a cut ear has another one afterwards."""

    def __init__(self, *facts: Any, **named: Any) -> None:
        super().__init__(*facts, **named)
        self.ear = OWNER.get()
        # Opened after these were hidden, or heard the pong since.
        self.after = set[str]()
        if self.ear is not None:
            self.after |= {canary.name for canary in self.ear.aviary.hidden}
            self.ear.aviary.wires.add(self)

    def process_event(self, event: Any) -> None:
        if self.ear is not None and isinstance(event, Frame):
            if event.opcode is Opcode.PONG:
                self.after.add(bytes(event.data).decode())
            elif event.opcode in (Opcode.TEXT, Opcode.CONT, Opcode.BINARY):
                self.ear.aviary.search(
                    self.ear.pk,
                    f"socket of {self.ear.screen}",
                    bytes(event.data),
                    lambda canary: canary.name in self.after,
                )
        super().process_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.ear is not None:
            self.ear.aviary.wires.discard(self)
        super().connection_lost(exc)


class Ear(RoomClient):
    """A person's browser and socket, listened to."""

    def __init__(self, aviary: Aviary, pk: int, *facts: Any, **named: Any) -> None:
        super().__init__(*facts, keeps_regions=False, **named)
        self.aviary, self.pk = aviary, pk
        self.browser.event_hooks = {"request": [self._ask], "response": [self._got]}
        self.browser.headers["Accept-Language"] = self.language

    async def _listen(self) -> None:
        OWNER.set(self)
        await super()._listen()

    async def _ask(self, request: httpx.Request) -> None:
        request.extensions["began"] = time.monotonic()

    async def _got(self, response: httpx.Response) -> None:
        data = await response.aread()
        self.aviary.pages[response.status_code] += 1
        began = response.request.extensions["began"]
        # Of an address that differs by its number, only its kind is named.
        how = re.sub(r"\d+|[0-9a-f]{20,}", "N", response.request.url.path)
        headers = b"\n".join(value for __, value in response.headers.raw)
        self.aviary.search(
            self.pk, how, headers + b"\n" + data, lambda c: began > c.hidden_at
        )
