"""A client of the room over real HTTP and WebSocket: docs/protocol.md in Python.

Used by `replay`, `crowd` and the tests. It joins by the pages citizens use,
keeps a `RoomState`, notices gaps, comes back after cuts, and obeys refusals
that say when to try again.
"""

import asyncio
import contextlib
import json
import random
import secrets
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from live.room_state import Frame
from live.traffic import PATIENCE, Figures, NotLetIn, Refused, Site, Unanswered
from live.visiting import Visitor

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
# The server ended it on purpose: coming back would be refused again.
FINAL_CODES = (4401, 4403, 4404)


@lru_cache(maxsize=256)
def _frame(raw: str) -> Frame:
    """Broadcasts reach every client as the same text: it is read once."""
    frame: Frame = json.loads(raw)
    return frame


class RoomClient(Visitor):
    """One screen of one person. Everything runs on one event loop."""

    def __init__(
        self,
        site: Site,
        code: str,
        *,
        name: str = "",
        screen: str = "room",
        language: str = "de",
        keeps_regions: bool = True,
        figures: Figures | None = None,
        chance: random.Random | None = None,
        cookies: dict[str, str] | None = None,
        slots: asyncio.Semaphore | None = None,
    ) -> None:
        super().__init__(
            site,
            code,
            name=name,
            screen=screen,
            language=language,
            keeps_regions=keeps_regions,
            cookies=cookies,
        )
        self.figures = figures or Figures()
        self.chance = chance or random.Random(name)  # noqa: S311 -- pauses
        # How many commands may be under way at once, among all who share it.
        self.slots = slots or asyncio.Semaphore()
        self.on_frame: Callable[[Frame], None] | None = None
        self.ended: int | None = None
        self.is_up = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next_id = 0
        self._resume_id: int | None = None

    # --- socket --------------------------------------------------------------
    async def connect(self) -> None:
        """Open the socket and keep it open until `leave`."""
        self._listener = asyncio.create_task(self._listen())
        up = asyncio.create_task(self.is_up.wait())
        done, __ = await asyncio.wait(
            {up, self._listener},
            timeout=PATIENCE,
            return_when=asyncio.FIRST_COMPLETED,
        )
        up.cancel()
        if self._listener in done and (error := self._listener.exception()):
            raise error
        if up not in done:
            raise NotLetIn(f"{self.name}: no socket (closed with {self.ended}).")

    async def drop(self) -> None:
        """Cut the line without a word; the client comes back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def leave(self) -> None:
        """Close for good."""
        if self._listener is not None:
            self._listener.cancel()
            # Cancelled while the server closes, websockets 17 can stumble over its own
            # `assert self.close_deadline is None`; the line is closed anyway.
            with contextlib.suppress(asyncio.CancelledError, AssertionError):
                await self._listener
        if self._socket is not None:
            await self._socket.close()
        self._cut()

    async def send(
        self,
        do: str,
        *,
        patience: float = PATIENCE,
        repeats: bool = False,
        **payload: Any,
    ) -> dict[str, Any]:
        """Send a command and return its `ok`; raises Refused.

        Obeys `retry_after` for up to `patience` seconds. `repeats`: the command
        may be sent again when the line was cut before its answer.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                async with self.slots:
                    return await self._send_once(do, payload)
            except Refused as refused:
                self._count_refusal(refused)
                pause = refused.retry_after
                if pause is None or time.monotonic() + pause > deadline:
                    raise
                self.figures.retries += 1
                await asyncio.sleep(pause * (1 + self.chance.random() / 10))
            except Unanswered:
                if not repeats or self.ended or time.monotonic() > deadline:
                    raise
                self.figures.retries += 1

    async def cast_vote(self, ballot: int, **said: Any) -> str:
        """Vote; the request key makes the repetition after a cut harmless."""
        done = await self.send(
            "cast_vote",
            repeats=True,
            ballot=ballot,
            **said,
            request_key=secrets.token_urlsafe(16),
        )
        return str(done["receipt"])

    async def _send_once(self, do: str, payload: dict[str, Any]) -> dict[str, Any]:
        await self._wait_until_up()
        answer = asyncio.get_running_loop().create_future()
        started = time.monotonic()
        try:
            await self._write(do, payload, answer)
            reply = await asyncio.wait_for(answer, PATIENCE)
        except (ConnectionClosed, TimeoutError, OSError):
            raise Unanswered(do) from None
        self.figures.answered(do, time.monotonic() - started)
        if "refused" in reply:
            raise Refused(reply["refused"])
        facts: dict[str, Any] = reply["ok"]
        return facts

    async def _wait_until_up(self) -> None:
        if self._listener is None or self._listener.done():
            raise Unanswered(f"closed with {self.ended}")
        waiting = asyncio.create_task(self.is_up.wait())
        await asyncio.wait(
            {waiting, self._listener},
            timeout=PATIENCE,
            return_when=asyncio.FIRST_COMPLETED,
        )
        waiting.cancel()
        if not self.is_up.is_set():
            raise Unanswered(f"closed with {self.ended}")

    async def _write(
        self,
        do: str,
        payload: dict[str, Any],
        answer: asyncio.Future[dict[str, Any]] | None = None,
    ) -> int:
        self._next_id += 1
        number = self._next_id
        if answer is not None:
            self._answers[number] = answer
        if self._socket is None:
            raise OSError("no socket")
        command = {"id": number, "do": do, "with": payload}
        await self._socket.send(json.dumps(command, ensure_ascii=False))
        return number

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while self.ended is None:
            try:
                async with connect(
                    f"{self.site.socket_url}/ws/d/{self.code}/"
                    f"?screen={self.screen}&lang={self.language}",
                    origin=self.site.base_url,  # type: ignore[arg-type]
                    additional_headers={"Cookie": self.cookies},
                    compression=None,
                    max_size=None,
                    open_timeout=PATIENCE,
                    ping_interval=None,
                ) as self._socket:
                    await self._resume()
                    async for raw in self._socket:
                        pause = FIRST_PAUSE
                        await self._take(str(raw))
                code = self._socket.close_code
                if code in FINAL_CODES:
                    self.ended = code
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                if self._socket is not None and self._socket.close_code in FINAL_CODES:
                    self.ended = self._socket.close_code
            self._cut()
            if self.ended is None:
                self.figures.reconnects += 1
                await asyncio.sleep(self.chance.uniform(pause / 2, pause))
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _resume(self) -> None:
        where = {
            "epoch": self.state.epoch,
            "since": self.state.seq,
            "version": self.state.version,
        }
        self.state.resuming()
        self._resume_id = await self._write("resume", where)

    async def _take(self, raw: str) -> None:
        if raw.startswith('{"re"'):
            reply = json.loads(raw)
            self.state.take_mine(reply.get("mine") or {})
            if reply["re"] == self._resume_id:
                self._resume_id = None
                if "refused" in reply:
                    raise OSError(reply["refused"]["code"])
                self.state.resumed()
                self.is_up.set()
            answer = self._answers.pop(reply["re"], None)
            if answer is not None and not answer.done():
                answer.set_result(reply)
            return
        frame = _frame(raw)
        self._count(frame["kind"])
        if frame["kind"] == "echo":
            await self._write("echo", {})
            return
        if frame["kind"] == "mine":
            await self._write("mine", {})
        elif not self.state.apply(frame) and self._resume_id is None:
            if frame["kind"] != "heartbeat":
                self.figures.gaps += 1
            await self._resume()
        if self.on_frame is not None:
            self.on_frame(frame)

    def _count(self, kind: str) -> None:
        name = {"ops": "ops_frames", "counts": "counts_frames"}.get(kind, f"{kind}s")
        if hasattr(self.figures, name):
            setattr(self.figures, name, getattr(self.figures, name) + 1)

    def _count_refusal(self, refused: Refused) -> None:
        self.figures.refusals += 1
        codes = self.figures.refused_codes
        codes[refused.code] = codes.get(refused.code, 0) + 1

    def _cut(self) -> None:
        self._socket, self._resume_id = None, None
        self.is_up.clear()
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(Unanswered("cut"))
