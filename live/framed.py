"""uvicorn's WebSocket protocol, writing a frame made once to all who get it.

`uvicorn --ws live.framed:FramedProtocol`: docs/decisions/0012-frames-made-once.md.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)
from websockets.protocol import State


class FramedProtocol(WebSocketsSansIOProtocol):
    """Takes a message's key `framed` for the bytes of its text on the wire."""

    async def send(self, message: Any) -> None:
        """As uvicorn's; who can be written to at once gets the bytes as they are."""
        framed = message.get("framed")
        if (
            framed is not None
            and self.writable.is_set()
            and not self.disconnected
            and self.conn.state is State.OPEN
            # Deflated, the bytes would be others.
            and not self.conn.extensions
        ):
            self.transport.write(framed)
        else:
            await super().send(message)
