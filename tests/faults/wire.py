"""A WebSocket spoken by hand, so that everything about it may be wrong."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
from typing import Any, Self

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def request(
    port: int,
    path: str,
    cookie: str = "",
    *,
    origin: str | None = "",
    host: str = "",
    more: tuple[str, ...] = (),
) -> bytes:
    """The handshake; `origin=None` leaves it out, `more` are headers as they are."""
    host = host or f"127.0.0.1:{port}"
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}"]
    if origin is not None:
        lines.append(f"Origin: {origin or f'http://127.0.0.1:{port}'}")
    if cookie:
        lines.append(f"Cookie: session={cookie}")
    key = base64.b64encode(os.urandom(16)).decode()
    lines += ["Upgrade: websocket", "Connection: Upgrade", *more]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    ends: bool = True,
    reserved: int = 0,
    masked: bool = True,
) -> bytes:
    """One frame, right or wrong. The mask is zeros: the payload stays readable."""
    first = (0x80 if ends else 0) | reserved << 4 | opcode
    bit = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head = bytes([first, bit | size])
    elif size < 65536:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def command(do: str, number: int = 1, **facts: Any) -> bytes:
    return frame(TEXT, json.dumps({"id": number, "do": do, "with": facts}).encode())


class Wire:
    """An open connection: bytes out, frames in."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader, self.writer = reader, writer
        self.status = 0
        self.port: int = writer.get_extra_info("sockname")[1]

    @classmethod
    async def open(
        cls,
        port: int,
        head: bytes,
        *,
        buffer: int = 0,
        kept: int = 2**24,
        patience: float = 60,
    ) -> Self:
        """Send `head` and read the answer's. `buffer` bytes wait in the system, about
        twice `kept` in here, before the server feels that nobody reads."""
        plain = socket.socket()
        if buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        plain.setblocking(False)
        end = plain.close
        try:
            async with asyncio.timeout(patience):
                loop = asyncio.get_running_loop()
                await loop.sock_connect(plain, ("127.0.0.1", port))
                streams = await asyncio.open_connection(sock=plain, limit=kept)
                wire = cls(*streams)
                end = wire.close
                wire.writer.write(head)
                answer = await wire.reader.readuntil(b"\r\n\r\n")
        except BaseException:
            end()
            raise
        wire.status = int(answer.split(b" ", 2)[1])
        return wire

    def stop_reading(self) -> None:
        """From now on a deaf client: the system's buffer fills and stays full."""
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def send(self, *parts: bytes) -> None:
        """Everything, unless the server has hung up before."""
        with contextlib.suppress(ConnectionError):
            for part in parts:
                self.writer.write(part)
                await self.writer.drain()

    async def next(self) -> tuple[int, bytes] | None:
        """The next frame; None at the end of the line. Pings are answered."""
        try:
            while True:
                head = await self.reader.readexactly(2)
                size = head[1] & 127
                if size == 126:
                    size = int.from_bytes(await self.reader.readexactly(2), "big")
                elif size == 127:
                    size = int.from_bytes(await self.reader.readexactly(8), "big")
                payload = await self.reader.readexactly(size)
                if head[0] & 15 != PING:
                    return head[0] & 15, payload
                await self.send(frame(PONG, payload))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def outcome(self, number: int | None = None, patience: float = 20) -> str:
        """How the server took it: "ok", a refusal's code, "closed CODE", "dropped"
        or "silent". `number` is the id of the command that was sent."""
        try:
            async with asyncio.timeout(patience):
                while (arrived := await self.next()) is not None:
                    opcode, payload = arrived
                    if opcode == CLOSE:
                        return f"closed {int.from_bytes(payload[:2], 'big') or 1005}"
                    if opcode != TEXT or not payload.startswith(b'{"re"'):
                        continue
                    reply = json.loads(payload)
                    if reply["re"] == number:
                        refused = reply.get("refused")
                        return refused["code"] if refused else "ok"
        except TimeoutError:
            return "silent"
        return "dropped"

    async def trickle(self, rate: int) -> None:
        """Read `rate` bytes a second, and answer what asks for a sign."""
        arrived = b""
        with contextlib.suppress(ConnectionError):
            while data := await self.reader.read(rate):
                arrived += data
                while (ends := end_of(arrived)) is not None:
                    if arrived[0] & 15 == PING:
                        await self.send(frame(PONG, arrived[2:ends]))
                    elif b'"kind":"echo"' in arrived[:ends][-40:]:
                        await self.send(command("echo"))
                    arrived = arrived[ends:]
                await asyncio.sleep(1)

    def close(self) -> None:
        self.writer.transport.abort()


def end_of(arrived: bytes) -> int | None:
    """Where the server's first frame ends, if all of it is here."""
    if len(arrived) < 2:
        return None
    size, start = arrived[1] & 127, 2
    if size == 126:
        size, start = int.from_bytes(arrived[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(arrived[2:10], "big"), 10
    return start + size if len(arrived) >= start + size else None
