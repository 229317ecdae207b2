"""What clients of the room share: a site's connections, refusals, figures."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

PATIENCE = 120.0


class Refused(Exception):
    """The server's rules say no; `code` as in the frame."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(f"{facts['code']}: {facts['message']}")
        self.code = str(facts["code"])
        self.retry_after: float | None = facts.get("retry_after")


class Unanswered(Exception):
    """The socket was cut before the answer came; it may be done or not."""


class NotLetIn(Exception):
    """A page did not do what it does for citizens."""


@dataclass
class Figures:
    """What one client, or many together, went through."""

    commands: int = 0
    refusals: int = 0
    retries: int = 0
    ops_frames: int = 0
    counts_frames: int = 0
    snapshots: int = 0
    heartbeats: int = 0
    gaps: int = 0
    reconnects: int = 0
    refused_codes: dict[str, int] = field(default_factory=dict)
    reply_seconds: dict[str, list[float]] = field(default_factory=dict)

    def answered(self, do: str, seconds: float) -> None:
        """A command was answered, be it by a refusal."""
        self.commands += 1
        self.reply_seconds.setdefault(do, []).append(seconds)

    def reply_ms(self, share: float, do: str | None = None) -> float:
        """The reply time that `share` of all commands stayed below, in ms."""
        ordered = sorted(
            seconds
            for name, times in self.reply_seconds.items()
            if do in (None, name)
            for seconds in times
        )
        if not ordered:
            return 0.0
        place = min(len(ordered) - 1, int(share * len(ordered)))
        return round(ordered[place] * 1000, 1)

    def summary(self) -> dict[str, Any]:
        """For people and JSON."""
        numbers: dict[str, Any] = {
            name: value for name, value in vars(self).items() if isinstance(value, int)
        }
        numbers["refused_codes"] = self.refused_codes
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
            numbers[f"reply_{name}_ms"] = self.reply_ms(share)
        numbers["reply_p95_ms_of"] = {
            do: self.reply_ms(0.95, do) for do in sorted(self.reply_seconds)
        }
        return numbers


class Site:
    """One server: connections are shared, cookies are each client's own."""

    def __init__(self, base_url: str, *, connections: int = 20) -> None:
        self.base_url = base_url.rstrip("/")
        limits = httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections
        )
        self.transport = httpx.AsyncHTTPTransport(limits=limits)

    def browser(self) -> httpx.AsyncClient:
        """A new browser without cookies. Close the site, not the browser."""
        return httpx.AsyncClient(
            base_url=self.base_url,
            transport=self.transport,
            trust_env=False,
            timeout=PATIENCE,
            headers={"Origin": self.base_url, "Accept-Language": "de"},
        )

    @property
    def socket_url(self) -> str:
        parts = urlsplit(self.base_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return f"{scheme}://{parts.netloc}"

    async def close(self) -> None:
        await self.transport.aclose()
