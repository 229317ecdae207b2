"""Frames made once, against uvicorn itself and a client of another make."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from live.connection import message_of
from live.wire import framed, writer_of

Send = Callable[[dict[str, Any]], Awaitable[None]]
EDGES = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]


def plain(text: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": text}


def made_once(text: str) -> dict[str, Any]:
    return {**plain(text), "framed": framed(text)}


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("sign", ["a", "ü", "🌳"])
def test_frame_is_what_the_library_writes(size: int, sign: str):
    text = sign * size

    assert framed(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Speaker:
    """An application that says what it is told to, as a room's connection does, and
    how that ended; `writes` of what its writer answered."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages
        self.said = 0
        self.writes: list[bool] = []
        self.failure: BaseException | None = None
        self.is_told = asyncio.Event()
        self.is_told.set()
        self.is_over = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        writer = writer_of(scope)
        await receive()
        await send({"type": "websocket.accept"})
        try:
            await self.is_told.wait()
            for message in self.messages:
                is_written = False
                if writer is not None and "framed" in message:
                    is_written = writer.write(message["framed"])
                    self.writes.append(is_written)
                if not is_written:
                    await send(message)
                self.said += 1
        except BaseException as error:
            self.failure = error
        self.is_over.set()


@asynccontextmanager
async def listening(
    speaker: Speaker, *, deflates: bool = False
) -> AsyncIterator[ClientConnection]:
    config = uvicorn.Config(
        speaker,
        ws="live.framed:FramedProtocol",
        ws_per_message_deflate=deflates,
        lifespan="off",
        log_level="critical",
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serving = asyncio.create_task(server.serve([taken]))
        address = f"ws://127.0.0.1:{taken.getsockname()[1]}/"
        async with connect(address, max_size=None, max_queue=1) as client:
            yield client
        server.should_exit = True
        await serving


@pytest.mark.parametrize("deflates", [False, True])
async def test_all_arrive_whole_and_in_order(*, deflates: bool):
    texts = [f"{size} {'ü' * size}" for size in EDGES]
    texts += [f"{number}" for number in range(200)]
    # Every other one is an answer of one's own, which nobody else gets.
    messages = [(plain, made_once)[at % 2](text) for at, text in enumerate(texts)]

    speaker = Speaker(messages)

    async with listening(speaker, deflates=deflates) as client:
        assert [await client.recv() for _ in texts] == texts

    # Deflated, the bytes would be others: uvicorn offers no writer then.
    assert len(speaker.writes) == (0 if deflates else 104)
    assert any(speaker.writes) is not deflates


async def test_waits_for_who_does_not_read():
    text = "x" * 1_000_000
    speaker = Speaker([made_once(text)] * 50)

    async with listening(speaker) as client:
        await asyncio.sleep(0.5)
        waited_at = speaker.said
        assert [await client.recv() for _ in range(50)] == [text] * 50
        await asyncio.wait_for(speaker.is_over.wait(), 10)

    assert 0 < waited_at < 50
    assert speaker.said == 50
    assert not all(speaker.writes)


async def test_tells_who_writes_to_somebody_gone():
    speaker = Speaker([message_of({"kind": "echo"})])
    speaker.is_told.clear()

    async with listening(speaker) as client:
        await client.close()
        speaker.is_told.set()
        await asyncio.wait_for(speaker.is_over.wait(), 10)

    assert speaker.writes == [False]
    assert isinstance(speaker.failure, ClientDisconnected)
    assert speaker.said == 0
