"""Votes by form: connections kept open, one request at a time on each."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bench.board import quantile
from bench.crowd import clock
from bench.machine import Meter, Use
from bench.sockets import Poster

CONNECTIONS = 40
TOKEN = "b" * 32


@dataclass
class Posted:
    """What became of the requests."""

    seconds: list[float]
    refused: int
    use: Use

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.use.seconds

    @property
    def p95(self) -> float:
        return quantile(self.seconds, 0.95)

    def __str__(self) -> str:
        return (
            f"{self.per_second:.0f}/s, p95 {self.p95 * 1000:.0f} ms, refused "
            f"{self.refused}, generator {self.use.generator_share:.0%}"
        )


async def post_votes(
    port: int,
    path: str,
    sessions: list[str],
    ballot: dict[str, Any],
    seconds: float,
    meter: Meter,
) -> Posted:
    """Everybody changes the vote in an open ballot, in turn."""
    posters = [await Poster.open(port) for __ in range(CONNECTIONS)]
    taken: list[float] = []
    refused = 0
    ends = clock() + seconds

    async def post(poster: Poster, place: int) -> None:
        nonlocal refused
        # Nobody votes by two connections at once.
        mine = sessions[place::CONNECTIONS]
        number = 0
        while clock() < ends:
            number += 1
            headers = (
                f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
                f"Accept: application/json\r\nX-CSRFToken: {TOKEN}\r\n"
                f"Cookie: session={mine[number % len(mine)]}; csrf={TOKEN}\r\n"
            )
            body = (
                f"ballot={ballot['ballot']}&options={ballot['options'][number % 2]}"
                f"&request_key=post-{place:04}-{number:08}"
            )
            started = clock()
            answer = await poster.post(path, headers, body)
            if answer.startswith(b"HTTP/1.1 200"):
                taken.append(clock() - started)
            else:
                refused += 1

    meter.start()
    await asyncio.gather(*(post(row, place) for place, row in enumerate(posters)))
    use = meter.stop()
    for poster in posters:
        poster.close()
    return Posted(taken, refused, use)
