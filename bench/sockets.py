"""Connections that cost the generator next to nothing: bytes in, bytes out.

Only what Daphne sends is understood: whole text frames, pings, closes; answers
with a Content-Length.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import Self

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
MASK = b"mask"
# What the server asks of those it has sent much, and what a page answers.
ECHO, ECHOED = b'{"kind":"echo"}', b'{"do":"echo"}'


def masked(payload: bytes) -> bytes:
    """As whole numbers: quick for what citizens send."""
    size = len(payload)
    key = (MASK * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return number.to_bytes(size, "big")


def framed(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client's frame of less than 64 KiB."""
    if len(payload) < 126:
        size = bytes([0x80 | len(payload)])
    else:
        size = struct.pack("!BH", 0x80 | 126, len(payload))
    return b"".join((bytes([0x80 | opcode]), size, MASK, masked(payload)))


def handshake(port: int, path: str, cookie: str = "") -> bytes:
    """The request that opens a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


class _Stream(asyncio.Protocol):
    """Keeps what arrived and was not yet read."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.transport: asyncio.Transport | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.is_open = transport, True

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.is_open = False

    def write(self, *parts: bytes) -> None:
        if self.transport is not None and self.is_open:
            self.transport.write(b"".join(parts))


class Screen(_Stream):
    """A WebSocket; `on_text` gets every text frame's payload."""

    def __init__(self, on_text: Callable[["Screen", bytes], None]) -> None:
        super().__init__()
        self.on_text = on_text
        self.is_up = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls,
        port: int,
        path: str,
        on_text: Callable[["Screen", bytes], None],
        cookie: str = "",
    ) -> Self:
        """Connected and shaken hands with."""
        loop = asyncio.get_running_loop()
        __, screen = await loop.create_connection(
            lambda: cls(on_text), "127.0.0.1", port
        )
        screen.write(handshake(port, path, cookie))
        await asyncio.wait_for(screen.is_up, 60)
        return screen

    def send(self, text: str) -> None:
        self._frame(TEXT, text.encode())

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _frame(self, opcode: int, payload: bytes) -> None:
        self.write(framed(payload, opcode))

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.is_up.done():
            self.is_up.set_exception(ConnectionError("closed at the door"))

    def data_received(self, data: bytes) -> None:
        kept = self.kept
        kept += data
        if not self.is_up.done():
            end = kept.find(b"\r\n\r\n")
            if end < 0:
                return
            if not kept.startswith(b"HTTP/1.1 101"):
                self.is_up.set_exception(ConnectionError(bytes(kept[:40]).decode()))
                return
            del kept[: end + 4]
            self.is_up.set_result(None)
        while len(kept) >= 2:
            opcode, size, start = kept[0] & 15, kept[1] & 127, 2
            if size == 126:
                if len(kept) < 4:
                    return
                size, start = int.from_bytes(kept[2:4], "big"), 4
            elif size == 127:
                if len(kept) < 10:
                    return
                size, start = int.from_bytes(kept[2:10], "big"), 10
            if len(kept) < start + size:
                return
            payload = bytes(kept[start : start + size])
            del kept[: start + size]
            if opcode == TEXT and payload == ECHO:
                self._frame(TEXT, ECHOED)
            elif opcode == TEXT:
                self.on_text(self, payload)
            elif opcode == PING:
                self._frame(PONG, payload)
            elif opcode == CLOSE:
                self.close()


class Poster(_Stream):
    """An HTTP connection that is kept open; one request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int) -> Self:
        loop = asyncio.get_running_loop()
        __, poster = await loop.create_connection(cls, "127.0.0.1", port)
        return poster

    async def post(self, path: str, headers: str, body: str) -> bytes:
        """The whole answer: status line, headers, body."""
        content = body.encode()
        form = (
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(content)}\r\n"
        )
        return await self._ask(f"POST {path} HTTP/1.1\r\n{headers}{form}\r\n", content)

    async def get(self, path: str, headers: str) -> bytes:
        """The whole answer."""
        return await self._ask(f"GET {path} HTTP/1.1\r\n{headers}\r\n")

    async def _ask(self, head: str, content: bytes = b"") -> bytes:
        self.answer = asyncio.get_running_loop().create_future()
        self.write(head.encode(), content)
        return await asyncio.wait_for(self.answer, 60)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        kept = self.kept
        kept += data
        end = kept.find(b"\r\n\r\n")
        if end < 0 or self.answer is None:
            return
        head = bytes(kept[:end]).lower()
        at = head.find(b"content-length:")
        size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(kept) >= end + 4 + size:
            whole = bytes(kept[: end + 4 + size])
            del kept[: end + 4 + size]
            if not self.answer.done():
                self.answer.set_result(whole)
