"""The desk of a full room: how soon its screen answers a moderator's acts."""

import asyncio
import json
import sys
from itertools import count, cycle
from typing import Any

from bench.board import quantile
from bench.crowd import clock
from bench.hall import DESK_EVERY, Hall, Stances, command, pause_until
from bench.machine import Meter
from bench.plan import Bench, in_crowd, say
from live.client import RoomClient
from live.traffic import Refused, Site
from tests.servers import BASE_DIR, City

PEOPLE, WAITING = 300, 60
# The others write.
TAKING = 200
# Cards that a list shows: only stances on these change a screen.
SHOWN = 30
# With the proposals: so many contributions.
PROPOSALS, COMMENTS, QUESTIONS = 200, 200, 100
# Of the queue, and of each steering act.
ENTRIES, TURNS = 60, 6
BAR = 300
HELD = "Mehr dazu unter www.example.org"
REASON = "Die Regel gilt für alle."


def desk(bench: Bench) -> None:
    """A browser at the desk of 300 people, 500 contributions and 60 entries: from key
    or click until its screen has changed; and the same acts by socket."""
    facts = ["--people", PEOPLE + 10, "--moderators", 2, "--ballots", "visible"]
    facts += ["--proposals", PROPOSALS, "--comments", COMMENTS]
    facts += ["--questions", QUESTIONS, "--waiting", WAITING]
    for server in bench.servers:
        with bench.city(server, "sqlite", *facts, has_browser=True) as (city, room):
            room["proposals"] = room["proposals"][-SHOWN:]
            in_crowd(
                lambda crowd, city=city, room=room, server=server: _desk(
                    bench, Hall(crowd, room, city.port), city, server
                )
            )


async def _desk(bench: Bench, hall: Hall, city: City, server: str) -> None:
    entries, turns = (12, 1) if bench.is_quick else (ENTRIES, TURNS)
    await hall.size(PEOPLE)
    traffic = Traffic(hall)
    going_on = asyncio.create_task(traffic.go_on())
    meter = Meter(city.pid)
    try:
        await asyncio.sleep(2)
        meter.start()
        found = await _in_browser(city, hall, traffic, entries, turns)
        use = meter.stop()
        updates = traffic.updates / use.seconds
        answered, shown = await _by_socket(city, hall, traffic, entries)
    finally:
        going_on.cancel()
    board, part = bench.board, f"{server}: any act at the desk, in its screen"
    wrong = found["unanswered"] + found["complaints"] + traffic.refused
    for line in wrong[:5]:
        say(f"    {line}")
    times = [second for row in found["seconds"].values() for second in row]
    for label, share, bar in (("p50", 0.5, None), ("p95", 0.95, BAR), ("max", 1, None)):
        board.add("desk", f"{part}: {label}", quantile(times, share) * 1000, "ms",
                  at_most=bar)  # fmt: skip
    board.add("desk", f"{part}: without an answer, or refused", len(wrong), at_most=0)
    board.add("desk", f"{part}: acts", len(times), at_least=entries + 11 * turns)
    least = min(traffic.waiting)
    board.add("desk", f"{part}: entries waiting, at least", least, at_least=WAITING - 2)
    board.add("desk", f"{part}: updates a second meanwhile", updates, digits=1,
              at_least=4.5)  # fmt: skip
    share = use.server_share * 100
    board.add("desk", f"{part}: the server's core meanwhile", share, "%")
    for name, row in (("answered", answered), ("in its frame", shown)):
        p95 = quantile(row, 0.95) * 1000
        board.add("desk", f"{server}: the same by socket, {name}: p95", p95, "ms")
    say(
        f"  desk, {server}: {len(times)} acts, p50 {quantile(times, 0.5) * 1000:.0f}, "
        f"p95 {quantile(times, 0.95) * 1000:.0f}, longest "
        f"{quantile(times, 1) * 1000:.0f} ms; "
        f"by socket answered p95 {quantile(answered, 0.95) * 1000:.0f}, shown p95 "
        f"{quantile(shown, 0.95) * 1000:.0f} ms; {updates:.1f} updates/s, server "
        f"{use.server_share:.0%}, generator {use.generator_share:.0%}, at least "
        f"{least} waiting"
    )
    for what, row in sorted(found["seconds"].items()):
        say(
            f"    {what}: {len(row)}, p50 {quantile(row, 0.5) * 1000:.0f}, longest "
            f"{max(row) * 1000:.0f} ms"
        )


class Traffic:
    """Five updates a second, a question or comment each second, and new entries."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.updates = 0
        self.numbers = count(1_000_000)
        # Some take stances, others write; among them sits the moderators' screen.
        writers = [n for n in range(TAKING, PEOPLE) if n != DESK_EVERY // 2]
        self.writers = cycle(writers)
        self.waiting: list[int] = []
        self.refused: list[str] = []

    async def go_on(self) -> None:
        stances = Stances(self.hall, TAKING)
        due = asyncio.get_running_loop().time()
        for turn in count():
            stances.do()
            stances.begin()
            self.updates += 1
            if turn % 10 == 0:
                self.say("ask_question", text=f"Was kostet das, Frage {turn}?")
            elif turn % 10 == 5:
                self.say("add_comment", proposal=self._proposal(turn), text="Ja, so.")
            due += 0.2
            await pause_until(due)

    def _proposal(self, turn: int) -> int:
        rows = self.hall.room["proposals"]
        return int(rows[turn % len(rows)])

    def say(self, do: str, **facts: Any) -> None:
        """By the next citizen."""
        line = self.hall.lines[next(self.writers)]
        line.on_answer = self._answer
        line.send(command(next(self.numbers), do, **facts))

    def _answer(self, line: Any, raw: bytes, now: float) -> None:
        if b'"refused"' in raw[:40]:
            self.refused.append(raw[:200].decode())

    def hold(self) -> None:
        """Send what will wait at the desk: one entry more."""
        self.say("submit_proposal", title="Noch eine Schulstraße", text=HELD)


async def _in_browser(
    city: City, hall: Hall, traffic: Traffic, entries: int, turns: int
) -> dict[str, Any]:
    """What the moderator's process measured. For a handled entry comes another."""
    session = hall.room["moderators"][0]["session"]
    facts = (city.url, hall.room["code"], session, str(entries), str(turns))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.moderator", *facts,
        cwd=BASE_DIR, env=dict(city.environment()), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    found: dict[str, Any] = {}
    try:
        async for line in process.stdout:
            if not line.startswith(b"{"):
                say(f"    {line.decode().strip()}")
                continue
            found = json.loads(line)
            traffic.waiting.append(found["waiting"])
            if "handled" in found:
                traffic.hold()
    finally:
        if process.returncode is None and "seconds" not in found:
            process.kill()
        await process.wait()
    if "seconds" not in found:
        raise RuntimeError("the moderator's browser ended early")
    return found


class Watching:
    """A desk's socket that says when a part of its screen is drawn anew."""

    def __init__(self, client: RoomClient) -> None:
        self.client = client
        self.wanted = ""
        self.drawn = asyncio.Event()
        client.on_frame = self._hear

    def _hear(self, frame: Any) -> None:
        if frame["kind"] == "ops" and any(
            op["target"] == self.wanted for op in frame["ops"]
        ):
            self.drawn.set()

    async def act(self, target: str, do: str, **facts: Any) -> tuple[float, float]:
        """Seconds until the command was answered, and until `target` was drawn."""
        self.wanted = target
        self.drawn.clear()
        began = clock()
        await self.client.send(do, patience=0, **facts)
        answered = clock() - began
        await asyncio.wait_for(self.drawn.wait(), 20)
        return answered, clock() - began


async def _by_socket(
    city: City, hall: Hall, traffic: Traffic, entries: int
) -> tuple[list[float], list[float]]:
    """The same acts without a browser: what of the time is the server's."""
    client = RoomClient(
        Site(city.url),
        hall.room["code"],
        name="desk by socket",
        screen="desk",
        cookies={"session": hall.room["moderators"][0]["session"]},
    )
    await client.connect()
    screen = Watching(client)
    times = []
    for number in range(entries):
        queue = client.state.element("queue-list")
        assert queue is not None
        entry = next(iter(queue.elements))
        do, facts = _decision(entry)
        try:
            times.append(await screen.act(entry.id, do, **facts))
        except Refused as refused:
            traffic.refused.append(f"{do}: {refused}")
        traffic.hold()
        text = f"Ansage {number}"
        times.append(await screen.act("announcements", "announce", text=text))
        shown = client.state.element("announcements")
        assert shown is not None
        field = next(shown.find("name", "announcement"))
        pk = int(field.attributes["value"])
        times.append(
            await screen.act("announcements", "withdraw_announcement", announcement=pk)
        )
    await client.leave()
    return [row[0] for row in times], [row[1] for row in times]


def _decision(entry: Any) -> tuple[str, dict[str, Any]]:
    """Approve, answer or take: what an entry's first button does."""
    kind, __, pk = entry.id.partition("-")
    if kind == "queuehelp":
        return "answer_help", {"call": int(pk), "answer": "Bitte laden Sie neu."}
    if kind == "queueteam":
        return "take_team_call", {"message": int(pk)}
    about = kind.removeprefix("queue")
    if about == "report":
        # Of its forms the first is a decision about what was reported.
        about, pk = (
            next(entry.find("name", name)).attributes["value"]
            for name in ("kind", "pk")
        )
    return "approve", {"kind": about, "pk": int(pk), "reason": REASON}
