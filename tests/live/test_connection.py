"""What a socket may have waiting, with servers of both kinds: one whose `send` waits
while the peer does not read, and one whose `send` never does."""

import asyncio
from typing import Any

import pytest

from live import connection
from live.connection import Connection, message_of
from live.screens import View
from live.wire import FrameWriter

KILOBYTE = message_of({"kind": "ops", "ops": "x" * 1000})


class Server:
    """Sends into a list; `is_writable` cleared: `send` waits."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.is_writable = asyncio.Event()
        self.is_writable.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.is_writable.wait()
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]

    @property
    def closed_with(self) -> list[int]:
        return [message["code"] for message in self.sent if "code" in message]


class Writer:
    """Of a server that has one; takes frames into a list."""

    def __init__(self, *, takes: bool) -> None:
        self.takes = takes
        self.frames: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        if self.takes:
            self.frames.append(frame)
        return self.takes


def connected(server: Server, writer: FrameWriter | None = None) -> Connection:
    task = asyncio.current_task()
    assert task is not None
    return Connection(
        dialogue_pk=1,
        participation_pk=1,
        view=View("room", "de"),
        session_key="",
        password=None,
        send=server.send,
        task=task,
        writer=writer,
    )


def text(number: int) -> dict[str, Any]:
    return {"type": "websocket.send", "text": str(number)}


async def settled() -> None:
    for __ in range(5):
        await asyncio.sleep(0)


async def test_writes_at_once_and_in_order():
    server = Server()
    socket = connected(server)

    for number in range(5):
        socket.push(text(number))

    assert server.texts == ["0", "1", "2", "3", "4"]


async def test_what_waits_for_a_slow_peer_keeps_its_order():
    server = Server()
    socket = connected(server)

    server.is_writable.clear()
    for number in range(5):
        socket.push(text(number))
    await settled()
    before = list(server.texts)
    server.is_writable.set()
    await settled()
    socket.push(text(5))

    assert (before, server.texts) == ([], ["0", "1", "2", "3", "4", "5"])


async def test_peer_that_does_not_read_is_given_up():
    server = Server()
    server.is_writable.clear()

    async def socket_task() -> Connection:
        socket = connected(server)
        try:
            for __ in range(600):
                socket.push(KILOBYTE)
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return socket
        raise AssertionError("was not given up")

    socket = await asyncio.wait_for(socket_task(), 5)

    assert (socket.is_open, socket.waiting) == (False, [])


async def test_silent_client_is_asked_and_then_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.0)
    server = Server()
    socket = connected(server)

    for __ in range(300):
        socket.push(KILOBYTE)
    await settled()

    assert server.texts.count('{"kind":"echo"}') == 1
    assert (socket.is_open, server.closed_with) == (False, [4008])
    assert sum(map(len, server.texts)) < 300 * 1024


async def test_client_that_answers_is_not_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.0)
    server = Server()
    socket = connected(server)

    for __ in range(1000):
        socket.push(KILOBYTE)
        if server.texts[-1] == '{"kind":"echo"}' or socket.asked_at:
            socket.heard()

    assert (socket.is_open, len(server.texts)) == (True, 1000 + 1000 // 65)


@pytest.mark.parametrize("size", [100_000, 180_000, 600_000])
async def test_long_answer_of_ones_own_is_waited_for(size: int):
    server = Server()
    socket = connected(server)

    socket.answer("x" * size)
    for __ in range(20):
        socket.push(KILOBYTE)

    assert (socket.is_open, len(server.texts)) == (True, 22)


@pytest.mark.parametrize("size", [180_000, 600_000])
async def test_next_long_answer_needs_the_last_one_read(size: int):
    server = Server()
    patient, greedy = connected(server), connected(server)

    for socket in (patient, greedy):
        socket.answer("x" * size)
    patient.heard()
    for socket in (patient, greedy):
        socket.answer("x" * size)

    assert (patient.is_open, greedy.is_open) == (True, False)


async def test_ended_socket_writes_nothing_more():
    server = Server()
    socket = connected(server)

    socket.end(4403)
    socket.push(KILOBYTE)
    await settled()

    assert (server.texts, server.closed_with) == (
        ['{"kind":"bye","code":4403}'],
        [4403],
    )


async def test_failing_peer_ends_the_socket():
    class Gone(Server):
        async def send(self, message: dict[str, Any]) -> None:
            raise OSError("gone")

    socket = connected(Gone())

    socket.push(KILOBYTE)

    assert not socket.is_open


@pytest.mark.parametrize("takes", [True, False])
async def test_writes_what_was_made_for_all_as_it_is(*, takes: bool):
    server = Server()
    writer = Writer(takes=takes)

    socket = connected(server, writer)
    socket.push(KILOBYTE)
    socket.push(text(1))

    assert writer.frames == [KILOBYTE["framed"]] * takes
    assert server.texts == [KILOBYTE["text"]] * (not takes) + ["1"]


async def test_what_waits_stays_before_what_is_made_for_all():
    server = Server()
    writer = Writer(takes=True)
    socket = connected(server, writer)
    server.is_writable.clear()
    socket.push(text(1))
    socket.push(KILOBYTE)
    server.is_writable.set()
    await settled()

    assert writer.frames == []
    assert server.texts == ["1", KILOBYTE["text"]]
