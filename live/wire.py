"""A frame's bytes on the wire, and servers that write them as they are."""

from typing import Any, Protocol

# The key of its `FrameWriter` among a scope's extensions (ASGI, "Extensions").
EXTENSION = "mitwirken.frame_writer"


class FrameWriter(Protocol):
    """A server's, for one socket; used between its being accepted and closed."""

    def write(self, frame: bytes) -> bool:
        """Write a whole frame as it is; False where the socket takes none at this
        moment, and `send` of its text is the way."""


def framed(text: str) -> bytes:
    """A server's whole and unmasked text message on the wire (RFC 6455, 5.2)."""
    data = text.encode()
    if len(data) < 126:
        return bytes((0x81, len(data))) + data
    if len(data) < 1 << 16:
        return b"\x81\x7e" + len(data).to_bytes(2) + data
    return b"\x81\x7f" + len(data).to_bytes(8) + data


def writer_of(scope: dict[str, Any]) -> FrameWriter | None:
    """None where the server has none."""
    writer: FrameWriter | None = scope.get("extensions", {}).get(EXTENSION)
    return writer
