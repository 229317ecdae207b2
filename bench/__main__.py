"""`python -m bench`: what a room of 300 costs, and how fast a change is seen.

The server runs on one core, the generator on another. Each run has a fresh
database, the real room, the votes, and then the baseline, in this order.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from bench import machine, report, traffic
from bench.report import Run
from bench.servers import PlainCity, RoomCity
from tests.servers import BASE_DIR, City


def start_on_its_core(city: City, nice: int) -> None:
    """Threads inherit the core only from before they are made."""
    os.sched_setaffinity(0, {machine.SERVER_CORE})
    try:
        city.start()
    finally:
        os.sched_setaffinity(0, {machine.OWN_CORE})
    machine.prefer(city.pid, nice)


async def load_room(city: City, room: dict[str, Any], said: Any) -> list[Any]:
    watch = traffic.Watch()
    meter = machine.Meter(city.pid)
    screens = await traffic.enter_room(city.port, room, watch)
    delivery = await traffic.changes_in_room(screens, room, watch, said.changes, meter)
    by_socket = await traffic.votes_by_socket(
        screens, room, watch, said.vote_seconds, meter
    )
    by_post = await traffic.votes_by_post(city.port, room, said.vote_seconds, meter)
    for screen in screens:
        screen.close()
    return [delivery, by_socket, by_post]


def one_run(said: argparse.Namespace, directory: Path) -> Run:
    city = RoomCity(directory=directory)
    city.manage("migrate", "-v0")
    room = json.loads(city.run("-m", "bench.room", "--people", str(said.people)))
    start_on_its_core(city, said.nice)
    try:
        delivery, by_socket, by_post = asyncio.run(load_room(city, room, said))
    finally:
        city.stop()
    plain = PlainCity(directory=directory)
    start_on_its_core(plain, said.nice)
    try:
        meter = machine.Meter(plain.pid)
        baseline = asyncio.run(
            traffic.changes_by_group_send(
                plain.port, said.people + 1, delivery.sizes, meter
            )
        )
    finally:
        plain.stop()
    return Run(delivery, baseline, by_socket, by_post)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=24, help="of changes")
    parser.add_argument("--vote-seconds", type=float, default=8)
    parser.add_argument(
        "--nice",
        type=int,
        default=0,
        help="niceness of server and generator; below 0 (root) on a busy machine",
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short run; writes no page"
    )
    said = parser.parse_args()
    if said.quick:
        said.runs, said.seconds, said.vote_seconds = 1, 6, 3
    said.changes = int(said.seconds / traffic.EVERY)
    return said


def main() -> int:
    said = parse()
    kept = BASE_DIR / "var" / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    machine.prefer(os.getpid(), said.nice)
    # The generator's own pauses are not the server's.
    gc.freeze()
    gc.disable()
    facts = machine.facts(kept)
    runs = []
    load, paces = [], []
    for number in range(said.runs):
        load.append(f"{psutil.getloadavg()[0]:.1f}")
        paces.append(f"{machine.pace():.0f}")
        with tempfile.TemporaryDirectory(prefix="bench-") as directory:
            runs.append(one_run(said, Path(directory)))
        gc.collect()
        print(f"run {number + 1} of {said.runs} is done", file=sys.stderr)
    facts["load average before each run"] = ", ".join(load)
    facts["million additions a second before each run"] = ", ".join(paces)
    command = " ".join(["python -m bench", *sys.argv[1:]])
    block = report.markdown(runs, facts, {**vars(said), "command": command})
    (kept / "figures.md").write_text(block)
    if not said.quick:
        report.put_into(BASE_DIR / "docs" / "performance.md", block)
    print(block)
    return 0


if __name__ == "__main__":
    sys.exit(main())
