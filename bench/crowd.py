"""Thousands of WebSockets of one process, read with next to no cost for each frame.

One epoll of its own stands as a single reader in asyncio's loop. Everybody with the
same view gets the same bytes, so a frame that was read once before is known again by
one look into a dictionary, and all that is kept of it is the time of the look.
"""

import asyncio
import select
import socket
import time
from array import array
from collections.abc import Callable
from typing import Any

from bench.sockets import (
    CLOSE,
    ECHO,
    ECHOED,
    PING,
    PONG,
    TEXT,
    framed,
    handshake,
)

READ = 64 * 1024
AT_ONCE = 256
# Seconds of rest before a look when there was little at the last one. Else every frame
# would be looked for by itself, which costs more than reading it.
REST, LITTLE = 0.0005, 32
# A frame beyond this is a snapshot: drawn for one, not for all.
LONGEST_SHARED = 16 * 1024
clock = time.monotonic

Arrivals = array


class Line:
    """One WebSocket; what it does not know goes to `slow`."""

    __slots__ = (
        "address", "answered", "crowd", "fd", "is_open", "kept", "known", "log",
        "need", "on_answer", "recv", "request", "sent", "sock", "up",
    )  # fmt: skip

    def __init__(self, crowd: "Crowd", address: tuple[str, int], request: bytes):
        self.crowd, self.address, self.request = crowd, address, request
        self.known = crowd.known.setdefault(address[1], {})
        self.kept, self.need = bytearray(), 0
        self.is_open = False
        self.sent = 0.0
        self.log: list[bytes] | None = None
        self.on_answer: Callable[[Line, bytes, float], None] | None = None
        self.up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answered: asyncio.Future[bytes] | None = None

    def connect(self) -> None:
        """Begin; `up` is done when hands are shaken."""
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect_ex(self.address)
        self.fd, self.recv = self.sock.fileno(), self.sock.recv
        self.crowd.lines[self.fd] = self
        self.crowd.epoll.register(self.fd, select.EPOLLIN | select.EPOLLOUT)

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        """Commands are short: what the kernel does not take at once is an error."""
        self.sent = clock()
        self.sock.sendall(framed(payload, opcode))

    async def ask(self, payload: bytes) -> bytes:
        """Send a command and wait for its answer."""
        self.answered = asyncio.get_running_loop().create_future()
        self.send(payload)
        return await asyncio.wait_for(self.answered, 60)

    def close(self) -> None:
        if self.crowd.lines.pop(self.fd, None) is self:
            self.crowd.epoll.unregister(self.fd)
            self.sock.close()
        self.is_open = False

    def lost(self) -> None:
        self.close()
        error = ConnectionError("closed by the server")
        for future in (self.up, self.answered):
            if future is not None and not future.done():
                future.set_exception(error)
        self.crowd.lost += 1

    def greet(self) -> None:
        """Connected: ask for the upgrade."""
        if self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.lost()
            return
        self.crowd.epoll.modify(self.fd, select.EPOLLIN)
        self.is_open = True
        self.sock.sendall(self.request)

    def slow(self, data: bytes, now: float) -> None:
        """Everything that is not one whole frame seen before."""
        kept = self.kept
        kept += data
        if not self.up.done():
            end = kept.find(b"\r\n\r\n")
            if end < 0:
                return
            if not kept.startswith(b"HTTP/1.1 101"):
                self.lost()
                return
            del kept[: end + 4]
            self.up.set_result(None)
        while len(kept) >= max(2, self.need):
            size, start = kept[1] & 127, 2
            if size == 126:
                start = 4
            elif size == 127:
                start = 10
            if len(kept) < start:
                return
            if start > 2:
                size = int.from_bytes(kept[2:start], "big")
            self.need = start + size
            if len(kept) < self.need:
                return
            raw = bytes(kept[: self.need])
            del kept[: self.need]
            self.need = 0
            self.take(raw, start, now)

    def take(self, raw: bytes, start: int, now: float) -> None:
        opcode = raw[0] & 15
        if opcode == PING:
            self.send(raw[start:], PONG)
        elif opcode == CLOSE:
            self.lost()
        elif raw.endswith(ECHO):
            self.send(ECHOED)
        elif raw.startswith(b'{"re"', start):
            if self.log is not None:
                self.log.append(raw[start:])
            if self.answered is not None and not self.answered.done():
                self.answered.set_result(raw[start:])
            elif self.on_answer is not None:
                self.on_answer(self, raw[start:], now)
        elif self.log is not None:
            self.log.append(raw[start:])
        elif len(raw) < LONGEST_SHARED:
            self.known.setdefault(raw, Arrivals("d")).append(now)


class Crowd:
    """All lines, and when which frame arrived how often.

    `known`: port of a server -> frame -> arrivals. Several servers merge numbers each
    in its own way, so a frame of one may never come from another.
    """

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.lines: dict[int, Line] = {}
        self.known: dict[int, dict[bytes, Arrivals[float]]] = {}
        self.lost = 0
        self.had_little = True
        # From one look to the next: nothing is read meanwhile.
        self.lags = Arrivals("d")
        asyncio.get_running_loop().add_reader(self.epoll.fileno(), self.turn)

    def turn(self) -> None:
        """Read a handful. All that was there is as old as the look at it."""
        lines = self.lines
        began = clock()
        if self.had_little:
            time.sleep(REST)
        now = clock()
        events = self.epoll.poll(0, AT_ONCE)
        self.had_little = len(events) < LITTLE
        for fd, __ in events:
            line = lines.get(fd)
            if line is None:
                continue
            if not line.is_open:
                line.greet()
                continue
            try:
                data = line.recv(READ)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                line.lost()
                continue
            if not line.kept:
                arrivals = line.known.get(data)
                if arrivals is not None:
                    arrivals.append(now)
                    continue
            line.slow(data, now)
        self.lags.append(clock() - began)

    def line(self, port: int, path: str, session: str = "", host: int = 1) -> Line:
        """A line that is not yet connected."""
        request = handshake(port, path, f"session={session}" if session else "")
        return Line(self, (f"127.0.0.{host}", port), request)

    def forget(self) -> None:
        """Begin to count anew."""
        for known in self.known.values():
            known.clear()
        del self.lags[:]

    def frames(self) -> int:
        return sum(len(a) for known in self.known.values() for a in known.values())

    def size(self) -> int:
        """Bytes of all frames that arrived."""
        return sum(
            len(raw) * len(arrivals)
            for known in self.known.values()
            for raw, arrivals in known.items()
        )

    async def quiet(self, seconds: float = 1.0, patience: float = 30.0) -> None:
        """Wait until nothing arrives any more."""
        deadline = clock() + patience
        while clock() < deadline:
            before = self.frames()
            await asyncio.sleep(seconds)
            if self.frames() == before:
                return

    def close(self) -> None:
        for line in tuple(self.lines.values()):
            line.close()
        asyncio.get_running_loop().remove_reader(self.epoll.fileno())
        self.epoll.close()


async def enter(lines: list[Line], *, at_once: int = 30, then: Any = None) -> None:
    """Connect `lines`, some at a time; `then(line)` follows for each."""
    waiting = iter(lines)

    async def one_after_the_other() -> None:
        for line in waiting:
            line.connect()
            await asyncio.wait_for(line.up, 60)
            if then is not None:
                await then(line)

    await asyncio.gather(*(one_after_the_other() for __ in range(at_once)))
