"""Frames that are broken, too long, too deep or full of strange signs.

Each is answered by a coded refusal or by closing the line; the server goes on, its
log is not flooded, and its memory stays.
"""

import asyncio
from typing import Any

import pytest

from live.traffic import Site
from tests.faults.cities import SERVERS, each_server, lines_of, memory_of, standing
from tests.faults.citizens import client_of
from tests.faults.wire import (
    BINARY,
    CLOSE,
    CONTINUED,
    PING,
    TEXT,
    Wire,
    command,
    frame,
    request,
)
from tests.servers import City

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

CLOSED = ("closed 1002", "closed 1007", "closed 1009", "dropped")
UNREADABLE = ("frame.unreadable",)
# Saved after cleaning, or refused as what it is; never a fault of the server.
TAKEN = ("ok", "input.invalid", "command.unknown", "right.missing", *UNREADABLE)
GROWTH = 2**20
# The first load what is loaded once, and find room for the longest.
WARM_UP, ROUNDS = 2, 5

Case = tuple[bytes, tuple[str, ...]]


def text(content: str) -> bytes:
    return frame(TEXT, content.encode())


def fragments(number: int, size: int) -> bytes:
    """One message in `number` pieces of `size` bytes each."""
    middle = frame(CONTINUED, b"x" * size, ends=False) * (number - 2)
    last = frame(CONTINUED, b"x" * size)
    return frame(TEXT, b"x" * size, ends=False) + middle + last


BROKEN: dict[str, Case] = {
    "unknown opcode": (frame(3, b"x"), CLOSED),
    "unknown control opcode": (frame(11, b"x"), CLOSED),
    "reserved bit": (frame(TEXT, b"{}", reserved=4), CLOSED),
    "other reserved bits": (frame(TEXT, b"{}", reserved=3), CLOSED),
    "not masked": (frame(TEXT, b"{}", masked=False), CLOSED),
    "ping of 126 bytes": (frame(PING, b"x" * 126), CLOSED),
    "ping in pieces": (frame(PING, b"x", ends=False), CLOSED),
    "a piece without a beginning": (frame(CONTINUED, b"x"), CLOSED),
    "a message within a message": (frame(TEXT, b"x", ends=False) * 2, CLOSED),
    "invalid UTF-8": (frame(TEXT, b'{"do": "\xff\xfe"}'), CLOSED),
    "UTF-8 cut off": (frame(TEXT, "ä".encode()[:1]), CLOSED),
    "surrogates in UTF-8": (frame(TEXT, b"\xed\xa0\x80"), CLOSED),
    "close of one byte": (frame(CLOSE, b"x"), CLOSED),
    "close with code 999": (frame(CLOSE, b"\x03\xe7"), CLOSED),
    "length of 2^63": (b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0x", CLOSED),
}
LONG: dict[str, Case] = {
    "64 KiB and one byte": (text("x" * 65537), (*UNREADABLE, *CLOSED)),
    "1 MiB and one byte": (text("x" * (2**20 + 1)), CLOSED),
    "1 MiB in pieces": (fragments(65, 2**14), (*UNREADABLE, *CLOSED)),
    "5 MiB in pieces": (fragments(320, 2**14), CLOSED),
    "10,000 pieces of a byte": (fragments(10_000, 1), (*UNREADABLE, *CLOSED)),
    "10,000 empty pieces": (fragments(10_000, 0), (*UNREADABLE, *CLOSED)),
}
UNREAD: dict[str, Case] = {
    "binary": (frame(BINARY, b"\0\1\2"), UNREADABLE),
    "empty": (text(""), UNREADABLE),
    "not JSON": (text("{"), UNREADABLE),
    "a list": (text("[]"), UNREADABLE),
    "a number": (text("1e999"), UNREADABLE),
    "60,000 brackets": (text("[" * 60_000), UNREADABLE),
    "deep": (text('{"do":"mine","with":' + '{"a":' * 9 + "1" + "}" * 10), UNREADABLE),
    "number of 5,000 digits": (text('{"id":' + "9" * 5000 + "}"), UNREADABLE),
    "do is no text": (text('{"do": ["mine"]}'), UNREADABLE),
    "with is a list": (text('{"do": "mine", "with": []}'), UNREADABLE),
}
NEVER = {"epoch": "none", "since": 0, "version": 0}
STRANGE: dict[str, dict[str, Any]] = {
    "NUL in a text": {"do": "ask_question", "text": "a\0b"},
    "only NUL": {"do": "ask_question", "text": "\0\0"},
    "lone surrogate in a text": {"do": "ask_question", "text": "a\ud800b"},
    "lone surrogate as command": {"do": "\ud800"},
    "lone surrogate as field": {"do": "ask_question", "text": "x", "\ud800": 1},
    "lone surrogate as epoch": {"do": "resume", **NEVER, "epoch": "\udfff"},
    "NUL as epoch": {"do": "resume", **NEVER, "epoch": "\0"},
    "NUL as request key": {"do": "cast_vote", "ballot": 1, "request_key": "\0" * 8},
    "a place beyond 64 bits": {"do": "resume", **NEVER, "since": 2**70},
    "a version below 64 bits": {"do": "resume", **NEVER, "version": -(2**70)},
    "an id beyond 64 bits": {"do": "support", "kind": "proposal", "pk": 2**70},
    "a great id": {"do": "support", "kind": "proposal", "pk": 2**62},
    "a negative id": {"do": "support", "kind": "proposal", "pk": -1},
    "infinity as id": {"do": "support", "kind": "proposal", "pk": float("inf")},
    "a truth as id": {"do": "support", "kind": "proposal", "pk": True},
    "deep text": {"do": "ask_question", "text": {"a": {"b": ["c"]}}},
    "another command's field": {"do": "ask_question", "text": "x", "pk": 1},
}


def strange_cases(epoch: str, seq: int) -> dict[str, Case]:
    """As frames; those of `resume` once more as somebody who is up to date."""
    named = dict(STRANGE)
    here = {"do": "resume", "epoch": epoch, "since": seq}
    named["up to date, a version below 64 bits"] = {**here, "version": -(2**70)}
    named["up to date, a version beyond 64 bits"] = {**here, "version": 2**70}
    named["a place below 64 bits"] = {**here, "since": -(2**70), "version": 0}
    return {name: (command(**facts), TAKEN) for name, facts in named.items()}


async def bombard(city: City, room: dict[str, Any]) -> dict[str, Any]:
    """Every case on a line of its own; a bystander is in the room all the while."""
    site = Site(city.url)
    bystander = client_of(site, room, 0)
    await bystander.connect()
    path = f"/ws/d/{room['code']}/?screen=room&lang=de"
    wrong: list[str] = []
    stuck: list[str] = []

    async def one(name: str, sent: bytes, expected: tuple[str, ...]) -> None:
        cookie = room["people"][1]["session"]
        wire = await Wire.open(city.port, request(city.port, path, cookie))
        await wire.send(sent)
        # What could not be read has no number.
        how = await wire.outcome(1 if expected is TAKEN else None)
        if how not in expected:
            wrong.append(f"{name}: {how}")
        # What was answered leaves the line as it was.
        if not how.startswith(("closed", "dropped", "silent")):
            await wire.send(command("resume", 2, **NEVER))
            if await wire.outcome(2) != "ok":
                stuck.append(name)
        wire.close()

    async def all_of(cases: dict[str, Case]) -> None:
        for name, (sent, expected) in cases.items():
            await one(name, sent, expected)

    strange = strange_cases(bystander.state.epoch, bystander.state.seq)
    cases = BROKEN | LONG | UNREAD | strange
    lines = len(lines_of(city))
    growths = []
    for number in range(ROUNDS):
        before = memory_of(city)
        await all_of(cases)
        await asyncio.sleep(1)
        if number >= WARM_UP:
            growths.append(memory_of(city) - before)
    log = lines_of(city)[lines:]
    asked = await bystander.send("ask_question", text="Geht es noch?")
    reconnects = bystander.figures.reconnects
    await bystander.leave()
    await site.close()
    return {
        "cases": len(cases),
        "wrong": sorted(set(wrong)),
        "stuck": sorted(set(stuck)),
        "tracebacks": sum("Traceback" in line for line in log),
        "lines": len(log),
        "growths": growths,
        "is alive": bool(asked["question"]) and not reconnects,
    }


@each_server
def test_broken_frames(server, tmp_path, make_room, judge, note):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        found = asyncio.run(bombard(city, make_room(city, people=2, proposals=2)))
    note(**found)
    number = found["cases"]
    wrong = found["wrong"] + [f"{name}: deaf after it" for name in found["stuck"]]
    judge(
        f"{number} broken, long, deep and strange frames, {server}: answered or closed",
        f"{number - len(wrong)}" + "".join(f"; {line}" for line in wrong),
        number,
        not wrong,
    )
    judge(
        f"the same {ROUNDS} times, {server}: lines in the log, tracebacks among them",
        f"{found['lines']}, {found['tracebacks']}",
        f"at most {ROUNDS * number} lines",
        found["lines"] <= ROUNDS * number,
    )
    # Memory is taken in steps, and what was said stays for the resume window; what
    # leaks, leaks in each round.
    judge(
        f"the same, {server}: memory that every round takes for good, of "
        f"{len(found['growths'])}",
        " / ".join(f"{growth / 2**20:.1f}" for growth in found["growths"]) + " MiB",
        "the least at most 1 MiB",
        min(found["growths"]) <= GROWTH,
    )
    judge(
        f"the same, {server}: others in the room go on",
        "yes" if found["is alive"] else "no",
        "yes",
        found["is alive"],
    )
