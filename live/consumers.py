"""The room's socket: let in, parse, look up the command, reply, forward.

A plain ASGI application: a Channels consumer costs a task and a hop to a thread for
every message.
"""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from django.utils import translation
from django.utils.translation import gettext as _

from dialogue.models import Participation
from live import commands, door, frames
from live.answers import StanceCall, VoteCall
from live.ballot_box import Closing
from live.connection import (
    CLOSE_LATER,
    CLOSE_MOVED,
    CLOSE_RESTART,
    FOR_GOOD,
    Connection,
    Send,
    message_of,
)
from live.gauges import gauges
from live.hub import hub
from live.screens import View, view_of
from live.wire import FrameWriter, writer_of
from shared.errors import Refusal
from shared.payloads import Payload, parse

logger = logging.getLogger(__name__)

LONGEST_FRAME = 64 * 1024
DEEPEST_FRAME = 8
# Commands a second that one socket may send on average, and at once.
RATE, BURST = 20, 60
# What closes a socket at the door: by the status of its Refusal.
CLOSE_CODES = {401: 4401, 404: 4404, 410: CLOSE_MOVED}


class Resume(Payload):
    epoch: str
    since: int
    version: int


async def room_socket(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """One open screen. Broadcasts come from the hub."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    view = view_of(query.get("screen", [""])[0], query.get("lang", [""])[0])
    # This task is the socket's own: its language lasts as long.
    translation.activate(view.language)
    await receive()
    await send({"type": "websocket.accept"})
    try:
        key = door.session_key_of(scope["headers"])
        code = scope["url_route"]["kwargs"]["code"]
        entered = await hub().ask_door(door.enter, key, code, view)
    except Refusal as refusal:
        await _turn_away(send, CLOSE_CODES.get(refusal.status, 4403))
        return
    except Exception:
        logger.exception("somebody could not be let in")
        await _turn_away(send, CLOSE_LATER)
        return
    await RoomSocket(entered, view, send, writer_of(scope)).serve(receive)


async def _turn_away(send: Send, code: int) -> None:
    if code >= FOR_GOOD:
        await send(message_of({"kind": "bye", "code": code}))
    await send({"type": "websocket.close", "code": code})


class RoomSocket:
    """A socket that is in: reads commands one after the other, and answers each."""

    __slots__ = ("connection", "entered", "refilled", "tokens", "view")

    def __init__(
        self,
        entered: door.Entered,
        view: View,
        send: Send,
        writer: FrameWriter | None,
    ) -> None:
        self.entered = entered
        self.view = view
        self.tokens, self.refilled = float(BURST), time.monotonic()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a coroutine that runs has one
        self.connection = Connection(
            dialogue_pk=entered.dialogue_pk,
            participation_pk=entered.participation_pk,
            view=view,
            session_key=entered.session_key,
            password=entered.password,
            send=send,
            task=task,
            writer=writer,
        )

    async def serve(self, receive: Any) -> None:
        """Until the socket is closed by either side."""
        hub().enter(self.connection, self.entered)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if self.connection.is_open:
                    await self._take(message)
        except asyncio.CancelledError:
            # The hub gave up a socket that does not read; the server closes it now.
            if self.connection.is_open:
                raise
        finally:
            hub().leave(self.connection)

    async def _take(self, message: dict[str, Any]) -> None:
        number: Any = None
        try:
            number, name, facts = read_frame(message)
            if name == "echo" and self.connection.asked_at:
                self.connection.heard()
                return
            gauges.commands += 1
            self._spend_token()
            hub().under_way += 1
            try:
                answer = await self._answer(name, facts)
            finally:
                hub().under_way -= 1
        except Closing:
            self.connection.end(CLOSE_RESTART)
            return
        except Refusal as refusal:
            gauges.refusals += 1
            answer = f'"refused":{frames.encode(refusal.as_dict())}'
        except Exception:
            gauges.faults += 1
            logger.exception("a command failed")
            answer = f'"refused":{frames.encode(server_fault().as_dict())}'
        re = "null" if number is None else number
        self.connection.answer(f'{{"re":{re},{answer}}}')

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

    async def _answer(self, name: str, facts: dict[str, Any]) -> str:
        """The members of the answer, as JSON without the brackets."""
        who, language = self.entered.participation_pk, self.view.language
        if hub().is_closing:
            raise Closing
        if name == "cast_vote":
            vote = commands.vote_request(who, parse(commands.CastVote, facts))
            return await hub().votes.put(VoteCall(vote, language))
        if name == "take_stance":
            said = parse(commands.TakeStance, facts)
            stance = commands.stance_request(who, said)
            return await hub().stances.put(
                StanceCall(stance, language, said.wants_next)
            )
        if name == "resume":
            await self._resume(parse(Resume, facts))
            return '"ok":{}'
        answer = str(await hub().run(self._run, name, facts))
        if commands.COMMANDS[name].takes_away:
            await hub().settle(self.entered.dialogue_pk)
        return answer

    def _run(self, name: str, facts: dict[str, Any]) -> str:
        participation = Participation.objects.select_related("person").get(
            pk=self.entered.participation_pk
        )
        done = commands.run_command(name, facts, participation, self.view)
        return frames.encode({"ok": done.ok, "mine": done.mine()})[1:-1]

    async def _resume(self, said: Resume) -> None:
        # Drawn in one go and written at once: `Hub.settle` waits for no more than that.
        texts = await hub().read(self._missed, said)
        if texts is None:
            self.connection.end(CLOSE_MOVED)
            return
        for text in texts:
            self.connection.answer(text)

    def _missed(self, said: Resume) -> list[str] | None:
        """None if the person sits at another table by now: asked after drawing, so
        that nobody gets what was said after they had left."""
        missed = frames.catch_up(
            self.entered.dialogue_pk,
            self.view,
            epoch=said.epoch,
            since=said.since,
            version=said.version,
        )
        who = self.entered.participation_pk
        if self.view.table is not None and not door.may_still_see(who, self.view):
            return None
        return missed.texts


def server_fault() -> Refusal:
    """What a person reads of our own mistakes; the log has the rest."""
    return Refusal("server.fault", _("Something went wrong here. Please try again."))


def read_frame(message: dict[str, Any]) -> tuple[Any, str, dict[str, Any]]:
    """(id, command, facts) of a client's frame; a Refusal if it is not one."""
    text = message.get("text")
    if text is None or len(text) > LONGEST_FRAME:
        raise _unreadable()
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if (
        not isinstance(frame, dict)
        or not isinstance(frame.get("do"), str)
        or not isinstance(frame.get("with", {}), dict)
        or (text.count("[") + text.count("{") > DEEPEST_FRAME and _is_deep(frame))
    ):
        raise _unreadable()
    number = frame.get("id")
    return (
        number if type(number) is int else None,
        frame["do"],
        frame.get("with", {}),
    )


def _unreadable() -> Refusal:
    return Refusal("frame.unreadable", _("This message could not be read."), status=400)


def _is_deep(value: Any, level: int = 0) -> bool:
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return level == DEEPEST_FRAME or any(_is_deep(part, level + 1) for part in parts)
