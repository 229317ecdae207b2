"""Voters without screens: they vote, write down what they are told, and try again.

They cost little, so that a few dozen of them are a burst. Some vote by socket, some
by form; each goes to the next of the `ports` when one does not answer.
"""

import asyncio
import contextlib
import itertools
import json
import math
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.faults.journal import Deed, Journal

CSRF = "c" * 32
PATIENCE = 20.0


@dataclass
class Told:
    """What all voters of a crowd were told, and when."""

    # (moment of the receipt, seconds since the vote was sent first)
    receipts: list[tuple[float, float]] = field(default_factory=list)
    refusals: list[tuple[float, str]] = field(default_factory=list)
    # Sockets that were opened; answers by form that were no JSON (an error page).
    sockets: int = 0
    error_pages: int = 0

    def receipts_after(self, moment: float) -> list[float]:
        return [when for when, __ in self.receipts if when > moment]

    def slowest(
        self, share: float, since: float = 0.0, until: float = math.inf
    ) -> float:
        """The seconds that `share` of all votes stayed below."""
        ordered = sorted(took for when, took in self.receipts if since <= when < until)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Voter:
    """One person of the room, by place (the moderator: -1)."""

    def __init__(
        self,
        room: dict[str, Any],
        place: int,
        ports: list[int],
        journal: Journal,
        told: Told,
        *,
        by_form: bool = False,
    ) -> None:
        who = room["people"][place] if place >= 0 else room["moderator"]
        self.pk, self.session = who["participation"], who["session"]
        self.room, self.journal, self.told = room, journal, told
        first = place % len(ports)
        self.ports = itertools.cycle(ports[first:] + ports[:first])
        self.port = next(self.ports)
        self.by_form = by_form
        self.chance = random.Random(place)
        self.pending: Deed | None = None
        self._line: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        # No certificates: reading them takes longer than all that is measured here.
        self._browser = httpx.AsyncClient(
            trust_env=False, timeout=PATIENCE, verify=False
        )

    async def act(self, stop: asyncio.Event, pause: float) -> None:
        """Vote until told to stop, `pause` seconds apart on average."""
        ballot = self.room["ballots"][0]
        while not stop.is_set():
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))
            await self.vote(ballot["ballot"], self.chance.choice(ballot["options"]))

    async def vote(self, ballot: int, option: int) -> Deed:
        """As the page does: the same key until somebody says yes or no."""
        key = "key-" + secrets.token_hex(8)
        deed = self.journal.add(self.pk, "cast_vote", key, ballot=ballot, option=option)
        self.pending, started = deed, time.monotonic()
        while not deed.acknowledged and deed.refused is None:
            await self.send(deed)
        self.pending = None
        self.told.receipts.append((time.monotonic(), time.monotonic() - started))
        return deed

    async def send(self, deed: Deed) -> None:
        """Once, whatever comes of it; a fault is noted and waited for."""
        deed.tries += 1
        facts = {
            "ballot": deed.facts["ballot"],
            "options": [deed.facts["option"]],
            "request_key": deed.key,
        }
        try:
            answer = await self.ask("cast_vote", **facts)
        except (
            OSError,
            ConnectionClosed,
            InvalidHandshake,
            httpx.HTTPError,
            ValueError,
        ):
            self.port = next(self.ports)
            await asyncio.sleep(self.chance.uniform(0.05, 0.2))
            return
        if "ok" in answer:
            deed.receipts.append(answer["ok"]["receipt"])
            return
        refused = answer["refused"]
        self.told.refusals.append((time.monotonic(), refused["code"]))
        if "retry_after" not in refused and refused["code"] != "server.fault":
            deed.refused = refused["code"]
        else:
            await asyncio.sleep(self.chance.uniform(0.2, 0.5))

    async def ask(self, do: str, **facts: Any) -> dict[str, Any]:
        """The answer to one command: `ok` or `refused`."""
        ask = self._by_form if self.by_form else self._by_socket
        return await ask(do, facts)

    async def _by_form(self, do: str, facts: dict[str, Any]) -> dict[str, Any]:
        here = f"http://127.0.0.1:{self.port}"
        answer = await self._browser.post(
            f"{here}/d/{self.room['code']}/do/{do}/",
            data=facts,
            headers={
                "Cookie": f"session={self.session}; csrf={CSRF}",
                "X-CSRFToken": CSRF,
                "Origin": here,
                "Accept": "application/json",
            },
        )
        if "json" not in answer.headers.get("Content-Type", ""):
            self.told.error_pages += 1
        told: dict[str, Any] = answer.json()
        return told

    async def _by_socket(self, do: str, facts: dict[str, Any]) -> dict[str, Any]:
        if self._line is None:
            await self.open()
        assert self._line is not None
        self._number += 1
        number = self._number
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await self._line.send(json.dumps({"id": number, "do": do, "with": facts}))
            told: dict[str, Any] = await asyncio.wait_for(answer, PATIENCE)
        finally:
            self._answers.pop(number, None)
            if answer.done() and not answer.cancelled():
                # The line was cut while this was being written: seen, not lost.
                answer.exception()
        return told

    async def open(self) -> None:
        """The socket, and somebody who hears what comes through it."""
        self._line = await connect(
            f"ws://127.0.0.1:{self.port}/ws/d/{self.room['code']}/?screen=room&lang=de",
            origin=f"http://127.0.0.1:{self.port}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"session={self.session}"},
            compression=None,
            max_size=None,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        self.told.sockets += 1
        self._reader = asyncio.create_task(self._hear(self._line))

    async def _hear(self, line: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            async for raw in line:
                if raw == '{"kind":"echo"}':
                    await line.send('{"do":"echo"}')
                elif str(raw).startswith('{"re"'):
                    reply = json.loads(raw)
                    answer = self._answers.pop(reply["re"], None)
                    if answer is not None and not answer.done():
                        answer.set_result(reply)
        self._line = None
        waiting, self._answers = self._answers, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("cut"))

    async def leave(self) -> None:
        if self._line is not None:
            self._line.transport.abort()
        if self._reader is not None:
            await self._reader
        await self._browser.aclose()


class Crowd:
    """Voters who act together; what they were told is one journal."""

    def __init__(
        self,
        room: dict[str, Any],
        ports: list[int],
        *,
        people: int = 24,
        journal: Journal | None = None,
    ) -> None:
        self.room, self.journal = room, journal or Journal()
        self.told = Told()
        self.voters = [
            # One of six votes by form, which costs more.
            Voter(room, n, ports, self.journal, self.told, by_form=n % 6 == 5)
            for n in range(people)
        ]
        self.stop = asyncio.Event()
        self.acting: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def voting(self, pause: float = 0.1) -> AsyncIterator[None]:
        """While the block runs, all vote; then each repeats the last vote."""
        self.acting = [
            asyncio.create_task(v.act(self.stop, pause)) for v in self.voters
        ]
        try:
            await self.until(lambda: len(self.told.receipts) >= len(self.voters))
            yield
        finally:
            self.stop.set()
            if self.acting:
                await asyncio.wait(self.acting, timeout=90)
        for task in self.acting:
            assert task.done(), "a voter never got an answer"
            task.result()
        await self.repeat()
        await asyncio.gather(*(voter.leave() for voter in self.voters))

    async def until(self, condition: Callable[[], Any], seconds: float = 60) -> None:
        """Wait for something, but not for ever and not past a voter's failure."""
        deadline = time.monotonic() + seconds
        while not condition():
            for task in self.acting:
                if task.done():
                    task.result()
            assert time.monotonic() < deadline, "this never came"
            await asyncio.sleep(0.02)

    async def next_receipt(self, since: float, seconds: float = 60) -> float:
        """The moment of the first receipt after `since`."""
        await self.until(lambda: self.told.receipts_after(since), seconds)
        return min(self.told.receipts_after(since))

    async def next_refusal(self) -> None:
        """Until one more vote is refused, or met an error page."""
        before = len(self.told.refusals) + self.told.error_pages
        await self.until(
            lambda: len(self.told.refusals) + self.told.error_pages > before
        )

    async def repeat(self) -> None:
        """Everybody's last vote once more: the same receipt must come."""
        last = {deed.person: deed for deed in self.journal.of("cast_vote")}

        async def again(voter: Voter) -> None:
            deed = last.get(voter.pk)
            before = len(deed.receipts) if deed else 0
            while deed and deed.acknowledged and len(deed.receipts) == before:
                await voter.send(deed)

        await asyncio.gather(*(again(voter) for voter in self.voters))
