"""A line between client and server that can be bad.

It can swallow everything (a phone in a tunnel: neither side hears that the other is
gone), send each frame of a client twice, refuse newcomers, or be cut.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Self

from bench.sockets import TEXT

CHUNK = 65536


class Proxy:
    """One for all connections to a server; the attributes may be changed any time."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = 0
        self.is_silent = False
        self.refuses = False
        self.repeats = False
        self.repeated = 0
        self.upstream: set[int] = set()
        self.lines: set[asyncio.StreamWriter] = set()
        self.serving: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self.server is not None
        self.server.close()
        self.cut()
        # They end by themselves, now that both ends of each line are closed.
        await asyncio.gather(*self.serving)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End all lines at once, without a word of the protocol."""
        for writer in tuple(self.lines):
            writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        ends = {writer, there[1]}
        self.lines |= ends
        port = there[1].get_extra_info("sockname")[1]
        self.upstream.add(port)
        try:
            await asyncio.gather(
                self._pass(reader, there[1], Repeater()),
                self._pass(there[0], writer, None),
            )
        finally:
            self.lines -= ends
            self.upstream.discard(port)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        repeater: "Repeater | None",
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.is_silent:
                    continue
                if repeater is not None:
                    data = repeater.take(data, 2 if self.repeats else 1)
                    self.repeated += self.repeats
                writer.write(data)
                await writer.drain()
        # A line that was swallowed once stays open until somebody gives it up.
        if not self.is_silent:
            writer.transport.abort()


class Repeater:
    """Passes whole frames of a client, after the handshake; text as often as told."""

    def __init__(self) -> None:
        self.kept = b""
        self.shaken = False
        self.is_socket = True

    def take(self, data: bytes, times: int) -> bytes:
        self.kept += data
        out = b""
        if not self.shaken:
            head, end, rest = self.kept.partition(b"\r\n\r\n")
            if not end:
                return b""
            self.shaken, self.kept = True, rest
            self.is_socket = b"upgrade: websocket" in head.lower()
            out = head + end
        if not self.is_socket:
            out, self.kept = out + self.kept, b""
            return out
        while (size := self._whole()) is not None:
            one, self.kept = self.kept[:size], self.kept[size:]
            out += one * (times if one[0] & 15 == TEXT else 1)
        return out

    def _whole(self) -> int | None:
        """The length of the first frame, if all of it is here."""
        kept = self.kept
        if len(kept) < 2:
            return None
        size, start = kept[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(kept[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(kept[2:10], "big"), 10
        total = start + 4 + size
        return total if len(kept) >= total else None


@contextlib.contextmanager
def beside(proxy: Proxy) -> Iterator[Proxy]:
    """The proxy in a thread of its own, for tests that are not asynchronous."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> None:
        await proxy.__aenter__()

    async def end() -> None:
        await proxy.__aexit__()

    asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
