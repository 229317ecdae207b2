"""Real sockets through the real ASGI application."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from asgi import application
from dialogue.models import Participation
from live.frames import heads_of

ORIGIN = b"http://localhost"
# Seconds until a test gives up: machines that test are busy.
PATIENCE = 30


class Socket:
    """One open screen, spoken to by its protocol."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self.frames: list[dict[str, Any]] = []
        self.number = 0

    async def receive(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        return json.loads(await self.communicator.receive_from(PATIENCE))

    async def until(self, kind: str) -> dict[str, Any]:
        """The next frame of `kind`; what comes before is kept in `frames`."""
        for frame in self.frames:
            if frame.get("kind") == kind:
                self.frames.remove(frame)
                return frame
        while True:
            frame = await self.receive()
            if frame.get("kind") == kind:
                return frame
            self.frames.append(frame)

    async def do(self, command: str, **facts: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.number += 1
        await self.communicator.send_to(
            json.dumps({"id": self.number, "do": command, "with": facts})
        )
        return await self.answer(self.number)

    async def answer(self, number: int | None) -> dict[str, Any]:
        while True:
            frame = await self.receive()
            if "re" in frame and frame["re"] == number:
                return frame
            self.frames.append(frame)

    async def send_raw(
        self, text: str | None = None, data: bytes | None = None
    ) -> None:
        await self.communicator.send_to(text, data)

    async def close_code(self) -> int:
        """Wait for the server to close; frames before are dropped."""
        while True:
            message = await self.communicator.receive_output(PATIENCE)
            if message["type"] == "websocket.close":
                return int(message["code"])


def session_cookie(person: Any) -> str:
    client = Client()
    client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def communicator_of(
    code: str,
    cookie: str = "",
    *,
    screen: str = "room",
    lang: str = "de",
    origin: bytes = ORIGIN,
) -> WebsocketCommunicator:
    headers = [(b"origin", origin), (b"host", b"localhost")]
    if cookie:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    return WebsocketCommunicator(
        application, f"/ws/d/{code}/?screen={screen}&lang={lang}", headers
    )


@asynccontextmanager
async def open_socket(
    participation: Participation, *, screen: str = "room", lang: str = "de"
) -> AsyncIterator[Socket]:
    """A signed-in person's open screen, resumed at the present head."""
    cookie = await sync_to_async(session_cookie)(participation.person)
    code = participation.dialogue.code
    communicator = communicator_of(code, cookie, screen=screen, lang=lang)
    connected, __ = await communicator.connect(timeout=PATIENCE)
    assert connected
    socket = Socket(communicator)
    heads = await sync_to_async(heads_of)(participation.dialogue_id)
    await socket.do("resume", epoch=heads.epoch, since=heads.seq, version=heads.version)
    # What a desk may still be owed of the scene's making.
    socket.frames.clear()
    try:
        yield socket
    finally:
        await communicator.disconnect(timeout=PATIENCE)
