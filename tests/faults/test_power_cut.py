"""What stands on the disk at any moment has all that was acknowledged before.

In place of a power cut: the processes are stopped in the middle of votes, the files
are copied as they lie there, and the copy is recovered as after a crash. (It does not
show what a disk forgets that says it has written.)
"""

import asyncio
import copy
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.checker import problems
from tests.faults.conftest import Judge, Keeper
from tests.faults.journal import Journal
from tests.faults.verdicts import found_in
from tests.faults.voters import Crowd
from tests.servers import City, Postgres

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

CUTS = int(os.environ.get("CUTS", "10"))


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """The processes stand still, as if for ever."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def copied(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


async def cut_often(
    crowd: Crowd,
    kept: Keeper,
    pids: Callable[[], list[int]],
    keep_copy: Callable[[], None],
    found: Callable[[], dict[str, Any]],
) -> tuple[int, list[str]]:
    """How much was acknowledged before the cuts, and what its copies lack."""
    chance, acknowledged = random.Random(9), 0
    lines: list[str] = []
    async with crowd.voting():
        for __ in range(CUTS):
            await crowd.next_receipt(time.monotonic())
            await asyncio.sleep(chance.uniform(0, 0.5))
            with stopped(pids()):
                # Nobody is told anything between the stop and this copy.
                told: Journal = copy.deepcopy(crowd.journal)
                await kept.do(keep_copy)
            acknowledged += told.acknowledged
            lines += problems(told, await kept.do(found))
    return acknowledged, lines


def judge_cuts(judge: Judge, done: tuple[int, list[str]], database: str) -> None:
    acknowledged, lines = done
    for line in lines[:20]:
        print(line)
    judge(
        f"power cut (files copied from under votes), {CUTS} times: "
        "acknowledged and missing in the copy",
        f"{len(lines)} of {acknowledged:,}",
        "0",
        not lines,
        database=database,
    )


def test_power_cut_on_sqlite(
    quick_city, fresh_database, keeper, make_room, tmp_path, judge
):
    url = fresh_database("SQLite")
    city = quick_city(url)
    room = make_room(city, people=24)
    source, target = Path(url.removeprefix("sqlite:///")), tmp_path / "copy.sqlite3"

    def keep_copy() -> None:
        # Without the shared memory (-shm), as after a power cut.
        for suffix in ("", "-wal"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
            copied(Path(f"{source}{suffix}"), Path(f"{target}{suffix}"))

    def found() -> dict[str, Any]:
        other = City(
            {"DATABASE_URL": f"sqlite:///{target}"}, directory=tmp_path / "other"
        )
        return found_in(other, room["code"])

    crowd = Crowd(room, [city.port])
    done = asyncio.run(cut_often(crowd, keeper, lambda: [city.pid], keep_copy, found))
    judge_cuts(judge, done, "SQLite")


def test_power_cut_on_postgres(
    own_postgres, quick_city, fresh_database, make_room, tmp_path, judge
):
    server, kept = own_postgres
    url = fresh_database("PostgreSQL", server=server)
    city = quick_city(url)
    room = make_room(city, people=24)
    spare = Postgres()

    def pids() -> list[int]:
        everybody = psutil.Process(server.pid).children(recursive=True)
        return [server.pid, *(process.pid for process in everybody)]

    def keep_copy() -> None:
        shutil.rmtree(spare.data, ignore_errors=True)
        copied(server.data, spare.data)
        (spare.data / "postmaster.pid").unlink()

    def found() -> dict[str, Any]:
        spare.start()
        other = City(
            {"DATABASE_URL": spare.url_of(url.rpartition("/")[2])},
            directory=tmp_path / "other",
        )
        try:
            return found_in(other, room["code"])
        finally:
            spare.kill()

    crowd = Crowd(room, [city.port])
    try:
        done = asyncio.run(cut_often(crowd, kept, pids, keep_copy, found))
    finally:
        kept.thread.submit(spare.stop).result()
    judge_cuts(judge, done, "PostgreSQL")
