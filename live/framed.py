"""uvicorn's WebSocket protocol, writing a frame made once to all who get it.

`uvicorn --ws live.framed:FramedProtocol`: docs/decisions/0012-frames-made-once.md.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)
from websockets.http11 import Request
from websockets.protocol import State

from live.wire import EXTENSION


class FramedProtocol(WebSocketsSansIOProtocol):
    """Offers the application `write_framed` as an extension of the scope."""

    def handle_connect(self, event: Request) -> None:
        """As uvicorn's, whose task for the application begins after this."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.write_framed

    def write_framed(self, frame: bytes) -> bool:
        """Write a whole frame as it is, if the socket takes one at this moment; else
        False, and `send` of its text is the way."""
        if (
            self.writable.is_set()
            and not self.disconnected
            and self.conn.state is State.OPEN
            # Deflated, the bytes would be others.
            and not self.conn.extensions
        ):
            self.transport.write(frame)
            return True
        return False
