"""/healthz, /readyz and /metrics: for machines, before any middleware.

So they answer without session, host name or TLS, and cost next to nothing.
"""

import asyncio
import hmac
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings

from live.gauges import gauges
from live.lifespan import Application, Message, Receive, Send, lifespan
from portal.safety import shortcomings

# Seconds: how long an answer of the database stands, and how long it may take.
STANDS = 1.0
PATIENCE = 3.0
TEXT = b"text/plain; charset=utf-8"
METRICS = b"text/plain; version=0.0.4; charset=utf-8"
# A proxy sets one of these, also one on this machine: then the peer tells nothing.
FORWARDED = {b"x-forwarded-for", b"forwarded", b"x-real-ip"}
# How it is now; everything else in Gauges only grows.
NOW = {"sockets_open", "votes_waiting", "oldest_waiting", "lag", "relay_up"}
NAMES = {"oldest_waiting": "oldest_waiting_seconds", "lag": "lag_seconds"}
STARTED = time.time()


class Readiness:
    """Asks the database at most once a second, in a thread of its own."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, "readiness")
        self.asked: asyncio.Future[list[str]] | None = None
        self.due = 0.0

    async def reasons(self) -> list[str]:
        """Why no visitors should come here now; empty when all is well."""
        if lifespan.is_draining:
            return ["This process is ending."]
        if self.asked is None or (self.asked.done() and time.monotonic() >= self.due):
            loop = asyncio.get_running_loop()
            self.asked = loop.run_in_executor(self.thread, shortcomings)
            self.due = time.monotonic() + STANDS
        try:
            return await asyncio.wait_for(asyncio.shield(self.asked), PATIENCE)
        except TimeoutError:
            return [f"The database has not answered for {PATIENCE:.0f} seconds."]


class Monitoring:
    """Answers three addresses; everything else goes on to `application`."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.readiness = Readiness()
        self.answers = {
            "/healthz": self._health,
            "/readyz": self._readiness,
            "/metrics": self._metrics,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        answer = self.answers.get(scope["path"])
        if answer is None:
            await self.application(scope, receive, send)
            return
        status, kind, text = await answer(scope)
        body = b"" if scope["method"] == "HEAD" else text.encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(text.encode())).encode()),
            (b"cache-control", b"no-store"),
        ]
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    async def _health(self, scope: Message) -> tuple[int, bytes, str]:
        """This process answers; says nothing of the database or the worker."""
        del scope  # the same for everybody
        return 200, TEXT, "ok"

    async def _readiness(self, scope: Message) -> tuple[int, bytes, str]:
        """Whether a proxy should send people here."""
        del scope  # the same for everybody
        reasons = await self.readiness.reasons()
        return (503 if reasons else 200), TEXT, "\n".join(reasons) or "ok"

    async def _metrics(self, scope: Message) -> tuple[int, bytes, str]:
        if not may_read_metrics(scope):
            return 403, TEXT, "Only from this machine, or with METRICS_TOKEN."
        reasons = await self.readiness.reasons()
        return 200, METRICS, metrics(is_ready=not reasons)


def may_read_metrics(scope: Message) -> bool:
    """Whoever has the token; without one set, whoever asks from METRICS_FROM."""
    headers = dict(scope["headers"])
    if settings.METRICS_TOKEN:
        said = headers.get(b"authorization", b"")
        return hmac.compare_digest(said, f"Bearer {settings.METRICS_TOKEN}".encode())
    if FORWARDED & headers.keys() or not scope.get("client"):
        return False
    try:
        peer = ip_address(scope["client"][0])
    except ValueError:
        return False
    return any(peer in network for network in settings.METRICS_FROM)


def metrics(*, is_ready: bool) -> str:
    """Everything in the text format of Prometheus."""
    lines = []
    for name, value in asdict(gauges).items():
        if name == "oldest_waiting":
            value = time.monotonic() - value if gauges.votes_waiting else 0.0
        name = NAMES.get(name, name if name in NOW else f"{name}_total")
        lines += _family(f"mitwirken_{name}", value)
    lines += _family("mitwirken_ready", int(is_ready))
    lines += _family("mitwirken_draining", int(lifespan.is_draining))
    lines += _family("process_start_time_seconds", STARTED)
    lines += _family("process_cpu_seconds_total", time.process_time())
    own = Path("/proc/self")
    if own.exists():
        pages = int((own / "statm").read_text().split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE")
        lines += _family("process_resident_memory_bytes", memory)
        lines += _family("process_open_fds", len(os.listdir(own / "fd")))
    return "\n".join([*lines, ""])


def _family(name: str, value: Any) -> list[str]:
    kind = "counter" if name.endswith("_total") else "gauge"
    return [f"# TYPE {name} {kind}", f"{name} {value}"]
