"""`python -m bench.raw PORT`: shakes hands and writes prebuilt frames, nothing else.

The limit that no server in asyncio gets past. A text frame "n size seconds" from any
client: every 1/n seconds a frame of `size` bytes to all, for so many seconds; with
n = 0 one after the other, each when all have the one before.
"""

import asyncio
import base64
import gc
import hashlib
import resource
import struct
import sys
import time

from bench.sockets import masked

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
everybody: set["Peer"] = set()
tasks: set[asyncio.Task[None]] = set()


class Peer(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.is_up = False
        self.kept = b""
        self.can_write = asyncio.Event()
        self.can_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        del error
        everybody.discard(self)
        self.can_write.set()

    def pause_writing(self) -> None:
        self.can_write.clear()

    def resume_writing(self) -> None:
        self.can_write.set()

    def data_received(self, data: bytes) -> None:
        self.kept += data
        if not self.is_up:
            head, end, self.kept = self.kept.partition(b"\r\n\r\n")
            if not end:
                self.kept = head
                return
            key = head.lower().index(b"sec-websocket-key:")
            text = head[key + 18 :].split(b"\r\n", 1)[0].strip()
            accept = base64.b64encode(hashlib.sha1(text + GUID).digest())
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            self.is_up = True
            everybody.add(self)
        # Commands are shorter than 126 bytes and masked with the same key.
        if self.kept and len(self.kept) >= 6 + (self.kept[1] & 127):
            size = self.kept[1] & 127
            text = masked(self.kept[6 : 6 + size])
            self.kept = self.kept[6 + size :]
            rate, length, seconds = map(int, text.split())
            task = asyncio.create_task(write_all(rate, length, seconds))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


def frame(number: int, length: int) -> bytes:
    """What all get: it says when it was due, by the clock of this machine."""
    payload = f"{number} {time.monotonic():.6f} ".encode().ljust(length - 4, b".")
    return struct.pack("!BBH", 0x81, 126, len(payload)) + payload


async def write_all(rate: int, length: int, seconds: int) -> None:
    started = time.monotonic()
    number = 0
    while time.monotonic() < started + seconds:
        number += 1
        made = frame(number, length)
        for peer in tuple(everybody):
            peer.transport.write(made)
        if rate:
            await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
            continue
        await asyncio.sleep(0)
        for peer in tuple(everybody):
            await peer.can_write.wait()


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(
        Peer, "127.0.0.1", int(sys.argv[1]), backlog=1000
    )
    gc.freeze()
    gc.disable()
    await server.serve_forever()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main())
