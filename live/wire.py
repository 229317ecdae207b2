"""A frame's bytes on the wire, and servers that write them as they are."""

from collections.abc import Callable
from typing import Any

# Writes a whole frame; False where `send` of its text is the way at this moment.
WriteFramed = Callable[[bytes], bool]
# Its key among a scope's extensions (ASGI, "Extensions").
EXTENSION = "mitwirken.write_framed"


def framed(text: str) -> bytes:
    """A server's whole and unmasked text message on the wire (RFC 6455, 5.2)."""
    data = text.encode()
    if len(data) < 126:
        return bytes((0x81, len(data))) + data
    if len(data) < 1 << 16:
        return b"\x81\x7e" + len(data).to_bytes(2) + data
    return b"\x81\x7f" + len(data).to_bytes(8) + data


def writer_of(scope: dict[str, Any]) -> WriteFramed | None:
    """None where the server has none."""
    writer: WriteFramed | None = scope.get("extensions", {}).get(EXTENSION)
    return writer
