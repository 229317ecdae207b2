"""The disk of the database is full: votes are refused, and go on when there is room.

On a small file system in memory; only root can mount one.
"""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Judge, Keeper
from tests.faults.quick import QuickCity
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

SECONDS = float(os.environ.get("FULL_SECONDS", "5"))
RECOVERY = 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A directory that holds 64 MB."""
    if os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root only")
    place = tmp_path / "disk"
    place.mkdir()
    # In another user's reach, for PostgreSQL.
    for directory in (place, *place.parents[:3]):
        directory.chmod(0o755)
    options = ["-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", str(place)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk could be mounted: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> None:
    """To the last byte that a database could want."""
    with (disk / "filler").open("ab", buffering=0) as file:
        for size in (2**20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


async def fill_and_free(
    crowd: Crowd, disk: Path, city: QuickCity, keeper: Keeper
) -> tuple[float, float]:
    """Full, free, full and killed, free; returns the seconds to the first receipts."""
    waits = []
    async with crowd.voting():
        for is_killed in (False, True):
            fill(disk)
            await crowd.next_refusal()
            await asyncio.sleep(SECONDS)
            if is_killed:
                await keeper.do(city.kill)
            (disk / "filler").unlink()
            if is_killed:
                await keeper.do(city.start)
            freed = time.monotonic()
            waits.append(await crowd.next_receipt(freed) - freed)
    return waits[0], waits[1]


def judge_full_disk(
    judge: Judge,
    crowd: Crowd,
    waits: tuple[float, float],
    city: QuickCity,
    database: str,
) -> None:
    found = found_in(city, crowd.room["code"])
    judge_journal(judge, "disk full under votes", crowd.journal, found, database)
    codes = {code for __, code in crowd.told.refusals}
    judge(
        "… votes refused, all with 'this could not be saved, send it again'",
        f"{len(crowd.told.refusals)}, {crowd.told.error_pages} error pages",
        "some, 0 error pages",
        codes == {"server.fault"} and not crowd.told.error_pages,
        database=database,
    )
    judge(
        "… from free space to the next receipt, without a restart / after kill -9",
        f"{waits[0]:.1f} s / {waits[1]:.1f} s",
        f"{RECOVERY} s",
        max(waits) <= RECOVERY,
        database=database,
    )


def test_disk_full_on_sqlite(
    small_disk: Path, quick_city, fresh_database, keeper, make_room, judge
):
    city = quick_city(fresh_database("SQLite", where=small_disk))
    crowd = Crowd(make_room(city, people=24), [city.port])
    waits = asyncio.run(fill_and_free(crowd, small_disk, city, keeper))
    judge_full_disk(judge, crowd, waits, city, "SQLite")


def test_disk_full_on_postgres(
    small_disk: Path, own_postgres, quick_city, fresh_database, keeper, make_room, judge
):
    """The tables' disk is full; the log (pg_wal) has its own."""
    server, __ = own_postgres
    place = small_disk / "tables"
    place.mkdir()
    if server.user:
        shutil.chown(place, server.user)
    server.sql(f"CREATE TABLESPACE small LOCATION '{place}'")
    url = fresh_database("PostgreSQL", server=server)
    name = url.rpartition("/")[2]
    server.sql(f'ALTER DATABASE "{name}" SET TABLESPACE small')
    city = quick_city(url)
    crowd = Crowd(make_room(city, people=24), [city.port])
    waits = asyncio.run(fill_and_free(crowd, small_disk, city, keeper))
    judge_full_disk(judge, crowd, waits, city, "PostgreSQL")
    keeper.thread.submit(city.kill).result()
    server.sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.sql("DROP TABLESPACE small")
