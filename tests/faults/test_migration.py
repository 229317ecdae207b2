"""The database is migrated to a next version while the old one goes on."""

import asyncio
import os
import time

import pytest

from tests.faults.conftest import Judge, Keeper
from tests.faults.quick import QuickCity
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd
from tests.servers import City

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

TIMES = int(os.environ.get("TIMES", "3"))
# Rows that are there already: a column is added to full tables, not to empty ones.
ROLL = int(os.environ.get("ROLL", "2000"))
SLOWEST = 2.0


async def migrate_often(crowd: Crowd, migrate: City, keeper: Keeper) -> float:
    """Forth and back under votes; returns when it began."""
    async with crowd.voting():
        await asyncio.sleep(5)
        began = time.monotonic()
        for __ in range(TIMES):
            await keeper.do(migrate.manage, "migrate", "expansion", "-v0")
            await asyncio.sleep(0.5)
            await keeper.do(migrate.manage, "migrate", "expansion", "zero", "-v0")
        await keeper.do(migrate.manage, "migrate", "expansion", "-v0")
    return began


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_migration_under_votes(
    database: str,
    quick_city,
    fresh_database,
    keeper,
    make_room,
    tmp_path,
    judge: Judge,
):
    url = fresh_database(database)
    city: QuickCity = quick_city(url)
    room = make_room(city, people=ROLL)
    next_version = City(
        {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.faults.expansion.settings",
        },
        directory=tmp_path / "next",
    )
    crowd = Crowd(room, [city.port])
    began = asyncio.run(migrate_often(crowd, next_version, keeper))
    what = f"expanding migration under votes, {TIMES} times forth and back"
    found = found_in(city, room["code"])
    judge_journal(judge, what, crowd.journal, found, database)
    slow, before = (
        crowd.told.slowest(0.99, began),
        crowd.told.slowest(0.99, until=began),
    )
    errors = len(crowd.told.refusals) + crowd.told.error_pages
    judge(
        "… votes meanwhile, 99 % within",
        f"{slow:.2f} s, before {before:.2f} s",
        f"{SLOWEST:.0f} s",
        slow <= SLOWEST,
        database=database,
    )
    judge(
        "… votes that had to be sent again", errors, "0", not errors, database=database
    )
