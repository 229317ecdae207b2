"""uvicorn's WebSocket protocol, writing a frame made once to all who get it.

`uvicorn --ws live.framed:FramedProtocol`: docs/decisions/0012-frames-made-once.md.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)
from websockets.http11 import Request

from live.wire import EXTENSION


class Writer:
    """Holds what a write needs and nothing else: with thousands of sockets it is the
    objects touched that cost, since none is in the processor's cache any more."""

    __slots__ = ("is_paused", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_paused = False

    def write(self, frame: bytes) -> bool:
        """See `live.wire.FrameWriter`."""
        if self.is_paused or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True


class FramedProtocol(WebSocketsSansIOProtocol):
    """Offers the application a `Writer` as an extension of the scope."""

    writer: Writer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Before all else."""
        super().connection_made(transport)
        self.writer = Writer(self.transport)

    def pause_writing(self) -> None:
        """The peer does not read: `send` waits, as uvicorn has it."""
        super().pause_writing()
        self.writer.is_paused = True

    def resume_writing(self) -> None:
        """The peer has read."""
        super().resume_writing()
        self.writer.is_paused = False

    def handle_connect(self, event: Request) -> None:
        """As uvicorn's, whose task for the application begins after this."""
        super().handle_connect(event)
        # Refused; or deflated, so that the bytes would be others.
        if not (self.close_sent or self.conn.extensions):
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.writer
