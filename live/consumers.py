"""The room's socket: authenticate, parse, look up the command, reply, forward."""

import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import translation
from django.utils.translation import gettext as _

from dialogue.models import Dialogue, Participation
from dialogue.queries import access_participation, find_dialogue
from live import commands, frames
from live.commands import check_second_factor
from live.hub import Connection, hub
from live.screens import view_of
from shared.errors import Refusal
from shared.payloads import Payload, parse

logger = logging.getLogger(__name__)

LONGEST_FRAME = 64 * 1024
DEEPEST_FRAME = 8
# Commands a second that one socket may send on average, and at once.
RATE, BURST = 20, 60


class Resume(Payload):
    epoch: str
    since: int
    version: int


class RoomConsumer(AsyncWebsocketConsumer):
    """One open screen. Broadcasts come from the hub, not from a channel layer."""

    channel_layer_alias = "none"

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels closes old database connections in a thread before every
        # message; `database_sync_to_async` does so where it matters.
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        del message
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.view = view_of(query.get("screen", [""])[0], query.get("lang", [""])[0])
        self.tokens, self.refilled = float(BURST), time.monotonic()
        self.connection: Connection | None = None
        await self.accept()
        try:
            entered = await database_sync_to_async(self._enter)()
        except Refusal as refusal:
            code = 4404 if refusal.status == 404 else 4403
            if not self.scope["user"].is_authenticated:
                code = 4401
            await self.send(frames.encode({"kind": "bye", "code": code}))
            await self.close(code)
            return
        self.participation, dialogue, heads = entered
        person = self.scope["user"]
        self.connection = Connection(
            dialogue_pk=dialogue.pk,
            participation_pk=self.participation.pk,
            view=self.view,
            session_key=self.scope["session"].session_key,
            password=None if person.is_guest else person.password,
            write=self.send,
            close=self.close,
        )
        hub().enter(self.connection, dialogue, heads)

    def _enter(self) -> tuple[Participation, Dialogue, frames.Heads]:
        dialogue = find_dialogue(self.scope["url_route"]["kwargs"]["code"])
        right = "dialogue.enter_desk" if self.view.is_desk else "dialogue.enter_room"
        participation = access_participation(self.scope["user"], dialogue, right)
        check_second_factor(participation, self.scope["session"])
        return participation, dialogue, frames.heads_of(dialogue.pk)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        if self.connection is not None:
            hub().leave(self.connection)
        await super().websocket_disconnect(message)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self.connection is None or not self.connection.is_open:
            return
        number: Any = None
        with translation.override(self.view.language):
            try:
                number, name, facts = read_frame(message)
                self._spend_token()
                answer = await self._answer(name, facts)
            except Refusal as refusal:
                answer = {"refused": refusal.as_dict()}
            except Exception:
                logger.exception("a command failed")
                answer = {"refused": server_fault().as_dict()}
        self.connection.push(frames.encode({"re": number, **answer}))

    def _spend_token(self) -> None:
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.refilled) * RATE)
        self.refilled = now
        if self.tokens < 1:
            raise Refusal(
                "socket.too_fast",
                _("That was too fast. Please wait a moment and try again."),
                status=429,
                retry_after=1,
            )
        self.tokens -= 1

    async def _answer(self, name: str, facts: dict[str, Any]) -> dict[str, Any]:
        if name == "resume":
            return await self._resume(parse(Resume, facts))
        if name == "cast_vote":
            vote = parse(commands.CastVote, facts)
            receipt = await hub().votes.put(
                commands.vote_request(self.participation, vote)
            )
            return await self._done(commands.vote_done, vote, receipt)
        if name == "take_stance":
            stance = parse(commands.TakeStance, facts)
            taken = await hub().stances.put(
                commands.stance_request(self.participation, stance)
            )
            return await self._done(commands.stance_done, stance, taken)
        return await hub().run(self._run, name, facts)

    async def _done(self, finish: Any, said: Payload, result: Any) -> dict[str, Any]:
        done = await hub().run(finish, self.participation, said, result)
        return {"ok": done.ok, "mine": done.mine}

    def _run(self, name: str, facts: dict[str, Any]) -> dict[str, Any]:
        self.participation.refresh_from_db()
        done = commands.run_command(name, facts, self.participation, self.view)
        return {"ok": done.ok, "mine": done.mine}

    async def _resume(self, said: Resume) -> dict[str, Any]:
        missed = await hub().read(
            lambda: frames.catch_up(
                self.participation.dialogue_id,
                self.view,
                epoch=said.epoch,
                since=said.since,
                version=said.version,
            )
        )
        for frame in missed or ():  # type: ignore[union-attr]
            assert self.connection is not None  # noqa: S101 -- checked on receipt
            self.connection.push(frames.encode(frame))
        return {"ok": {}}


def server_fault() -> Refusal:
    """What a person reads of our own mistakes; the log has the rest."""
    return Refusal("server.fault", _("Something went wrong here. Please try again."))


def read_frame(message: dict[str, Any]) -> tuple[Any, str, dict[str, Any]]:
    """(id, command, facts) of a client's frame; a Refusal if it is not one."""
    text = message.get("text")
    unreadable = Refusal(
        "frame.unreadable", _("This message could not be read."), status=400
    )
    if text is None or len(text) > LONGEST_FRAME:
        raise unreadable
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise unreadable from None
    if (
        not isinstance(frame, dict)
        or not isinstance(frame.get("do"), str)
        or not isinstance(frame.get("with", {}), dict)
        or _depth(frame) > DEEPEST_FRAME
    ):
        raise unreadable
    number = frame.get("id")
    return (
        number if isinstance(number, int) else None,
        frame["do"],
        frame.get("with", {}),
    )


def _depth(value: Any, level: int = 0) -> int:
    if level > DEEPEST_FRAME or not isinstance(value, (dict, list)):
        return level
    parts = value.values() if isinstance(value, dict) else value
    return max((_depth(part, level + 1) for part in parts), default=level + 1)
