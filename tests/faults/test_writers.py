"""Many processes write to one stream while others read along."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.faults.conftest import Judge
from tests.servers import City

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ACTS = int(os.environ.get("ACTS", "150"))


def together(city: City, *jobs: tuple[Any, ...]) -> list[dict[str, Any]]:
    """All jobs of writers.py at once, each in a process of its own."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        runs = [
            pool.submit(city.run, "-m", "tests.faults.writers", *map(str, job))
            for job in jobs
        ]
        return [json.loads(run.result()) for run in runs]


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_readers_skip_nothing(database: str, fresh_database, tmp_path, judge: Judge):
    city = City({"DATABASE_URL": fresh_database(database)}, directory=tmp_path / "city")
    (stream,) = together(city, ("new",))
    acts = ACTS // 3
    writing = [("write", stream, 8, acts)] * 4
    reading = [("read", stream, 32 * acts)] * 2
    *written, one, other = together(city, *writing, *reading)
    assert [error for run in written for error in run["errors"]] == []
    skipped = one["skipped"] + other["skipped"]
    judge(
        f"32 writers in 4 processes, {32 * acts:,} entries: seqs that a reader skipped",
        f"{skipped} in {one['looks'] + other['looks']:,} looks",
        "0",
        not skipped and one["seen"] == other["seen"] == 32 * acts,
        database=database,
    )
    judge(
        "… broken links of the ledger's chain",
        len(one["broken"]),
        "0",
        not one["broken"],
        database=database,
    )


def test_write_storm_on_sqlite(fresh_database, tmp_path, judge: Judge):
    city = City({"DATABASE_URL": fresh_database("SQLite")}, directory=tmp_path / "city")
    (stream,) = together(city, ("new",))
    runs = together(city, *[("write", stream, 1, ACTS)] * 8)
    errors = [error for run in runs for error in run["errors"]]
    judge(
        f"write storm, 8 processes × {ACTS}: refused as locked",
        f"{len(errors)} of {sum(run['acts'] for run in runs):,}",
        "0",
        not errors,
        database="SQLite",
    )
    slowest = max(run["slowest"] for run in runs)
    judge(
        "… the longest that one of them waited",
        f"{slowest:.1f} s",
        "10 s",
        slowest <= 10,
        database="SQLite",
    )
