"""A web process that is told to end finishes what it has begun.

Two processes, one under each server, on one database; citizens who vote without a
pause and come back to either of them, as behind a proxy, while each is restarted.
"""

import asyncio
import gc
import http.client
import json
import os
import random
import secrets
import signal
import sqlite3
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from live import lifespan as lifespans
from live.lifespan import Lifespan
from tests.portal.asking import ask, until_ready
from tests.servers import City, Uvicorn

ROLL = (
    "SELECT participation_id, receipt FROM proposals_rollentry "
    "WHERE has_voted AND ballot_id = ?"
)


@dataclass
class Voter:
    """Votes again and again in an open ballot; keeps its key until it is answered."""

    person: dict[str, Any]
    room: dict[str, Any]
    cities: list[City]
    receipts: dict[str, str] = field(default_factory=dict)
    last: str = ""
    closed_with: list[int] = field(default_factory=list)
    longest_wait: float = 0.0
    # Sent on a line that ended before the answer; sent again, it got one.
    cut_off: int = 0

    async def vote(self, stop: threading.Event) -> None:
        chance = random.Random(self.person["participation"])
        key, began = "", time.monotonic()
        while not stop.is_set():
            city = chance.choice(self.cities)
            address = f"{city.socket_url}/ws/d/{self.room['code']}/"
            headers = {"Cookie": f"session={self.person['session']}"}
            try:
                async with connect(
                    address,
                    origin=city.url,  # type: ignore[arg-type]
                    additional_headers=headers,
                    compression=None,
                    max_size=None,
                ) as line:
                    while not stop.is_set():
                        if not key:
                            key, began = secrets.token_urlsafe(16), time.monotonic()
                        if await self._cast(line, key):
                            waited = time.monotonic() - began
                            self.longest_wait = max(self.longest_wait, waited)
                            key = ""
                        await asyncio.sleep(chance.uniform(0.01, 0.05))
            except ConnectionClosed as error:
                self.cut_off += bool(key)
                if error.rcvd is not None:
                    self.closed_with.append(error.rcvd.code)
            except (OSError, InvalidHandshake, TimeoutError):
                pass
            await asyncio.sleep(chance.uniform(0.05, 0.2))

    async def _cast(self, line: Any, key: str) -> bool:
        ballot = self.room["ballots"][0]
        facts = {
            "ballot": ballot["ballot"],
            "options": [random.choice(ballot["options"])],
            "request_key": key,
        }
        await line.send(json.dumps({"id": 1, "do": "cast_vote", "with": facts}))
        while True:
            frame = json.loads(await asyncio.wait_for(line.recv(), 30))
            if frame.get("kind") == "echo":
                await line.send(json.dumps({"id": 2, "do": "echo", "with": {}}))
            if frame.get("re") != 1:
                continue
            if "ok" not in frame:
                assert frame["refused"]["code"] == "vote.queue_full", frame
                await asyncio.sleep(0.2)
                return False
            self.receipts[key] = self.last = frame["ok"]["receipt"]
            return True


@pytest.mark.redis
@pytest.mark.timeout(300)
def test_restarting_one_process_after_the_other_loses_nothing(tmp_path, redis_url):
    env = {"REDIS_URL": redis_url, "WEB_PROCESSES": "2"}
    database = tmp_path / "city.sqlite3"
    env["DATABASE_URL"] = f"sqlite:///{database}"
    cities = [
        City(env, directory=tmp_path / "one"),
        Uvicorn(env, directory=tmp_path / "two"),
    ]
    cities[0].migrate()
    facts = ["--people", "12", "--proposals", "2", "--ballots", "open"]
    room = json.loads(cities[0].run("-m", "bench.room", *facts))
    voters = [Voter(person, room, cities) for person in room["people"]]
    stop = threading.Event()

    async def all_vote() -> None:
        await asyncio.gather(*(voter.vote(stop) for voter in voters))

    with cities[0], cities[1]:
        # The servers belong to this thread, and would end with another.
        crowd = threading.Thread(target=asyncio.run, args=[all_vote()])
        crowd.start()
        try:
            until(lambda: all(voter.receipts for voter in voters))
            for city in cities:
                before = sum(len(voter.receipts) for voter in voters)
                began = time.monotonic()
                city.end(signal.SIGTERM)
                assert time.monotonic() - began < 12
                # The other one carries on.
                until(lambda n=before: sum(len(v.receipts) for v in voters) > n + 50)
                city.start()
                until_ready(city)
                time.sleep(1)
        finally:
            stop.set()
            crowd.join()

    with sqlite3.connect(database) as line:
        kept = dict(line.execute(ROLL, [room["ballots"][0]["ballot"]]).fetchall())
    line.close()
    lost = [
        voter.person for voter in voters
        if kept.get(voter.person["participation"]) != voter.last
    ]  # fmt: skip
    codes = [code for voter in voters for code in voter.closed_with]
    assert lost == []
    assert set(codes) <= {1000, 4012}
    assert 4012 in codes
    assert max(voter.longest_wait for voter in voters) < 15
    for city in cities:
        assert "Traceback" not in city.log.read_text()
    print("cut off before the answer:", sum(voter.cut_off for voter in voters))


class Left:
    """What an ended socket leaves behind: a circle that holds a long message."""

    def __init__(self) -> None:
        self.itself = self
        self.message = "x" * 2**20


async def test_what_cut_sockets_leave_is_swept_up_not_at_every_end(monkeypatch):
    left: list[weakref.ref[Left]] = []

    async def application(*__: Any) -> None:
        left.append(weakref.ref(Left()))

    async def no_line(*__: Any) -> Any:
        raise AssertionError

    lifespan = Lifespan().around(application)
    monkeypatch.setattr(lifespan, "_listen", lambda: None)

    async def gone_after_end(*, is_due: bool) -> list[bool]:
        pause = -1.0 if is_due else float("inf")
        monkeypatch.setattr(lifespans, "SWEEP_YOUNG_EVERY", pause)
        await lifespan({"type": "websocket"}, no_line, no_line)
        return [ref() is None for ref in left]

    # As asgi.py raises it: nothing is collected by itself meanwhile.
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        assert await gone_after_end(is_due=True) == [True]
        assert await gone_after_end(is_due=False) == [True, False]
        assert await gone_after_end(is_due=True) == [True, True, True]
    finally:
        gc.set_threshold(*thresholds)


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this never came"
        time.sleep(0.02)


def test_ending_process_says_so_and_takes_nobody_in(tmp_path: Path):
    """Held open by a form that is still coming in; Daphne would not have begun it."""
    city = Uvicorn(directory=tmp_path)
    city.migrate()
    with city:
        until_ready(city)
        slow = SlowPost(city)
        os.kill(city.pid, signal.SIGTERM)
        until(lambda: ask(city, "/readyz") == (503, "This process is ending."))
        assert ask(city, "/healthz") == (200, "ok")
        assert asyncio.run(close_code_of_newcomer(city)) == 4012

        status, headers = slow.finish()

        assert (status, headers.get("Connection")) == (403, "close")
        city.end(signal.SIGTERM)


class SlowPost:
    """A form whose last bytes are still on their way."""

    def __init__(self, city: City) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
        self.line.putrequest("POST", "/theme/")
        self.line.putheader("Content-Type", "application/x-www-form-urlencoded")
        self.line.putheader("Content-Length", "10")
        self.line.endheaders()
        self.line.send(b"theme")
        time.sleep(0.5)

    def finish(self) -> tuple[int, Any]:
        self.line.send(b"=dark")
        response = self.line.getresponse()
        response.read()
        self.line.close()
        return response.status, response.headers


async def close_code_of_newcomer(city: City) -> int | None:
    address = f"{city.socket_url}/ws/d/ABCDEFGH/"
    async with connect(address, origin=city.url) as line:  # type: ignore[arg-type]
        await line.wait_closed()
        return line.close_code
