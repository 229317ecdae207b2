"""PostgreSQL is restarted or crashes under votes; the application comes back alone."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.checker import problems
from tests.faults.conftest import Judge, Keeper
from tests.faults.quick import QuickCity
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd, Voter
from tests.servers import Postgres

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]

TIMES = int(os.environ.get("TIMES", "5"))
TRIES = 10
RECOVERY = 10


def restart_fast(server: Postgres) -> None:
    """All sessions are ended, what is committed is written."""
    server.end(signal.SIGINT)
    server.start()


def restart_immediately(server: Postgres) -> None:
    """Nothing is written: the server recovers from its log."""
    server.end(signal.SIGQUIT)
    server.start()


def kill_backend(server: Postgres) -> None:
    """kill -9 of one session: PostgreSQL ends all others and recovers."""
    pids = server.sql(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "AND datname LIKE 'test%' ORDER BY state_change DESC"
    ).splitlines()
    os.kill(int(pids[0]), signal.SIGKILL)
    # Ready again only after the crash was noticed.
    time.sleep(0.1)
    server.wait_for(server.is_ready)


FAULTS: dict[str, Callable[[Postgres], None]] = {
    "restarted (fast)": restart_fast,
    "restarted at once (immediate)": restart_immediately,
    "one backend killed with -9": kill_backend,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_postgres(
    fault: str, own_postgres, quick_city, fresh_database, make_room, judge: Judge
):
    server, kept = own_postgres
    city = quick_city(fresh_database("PostgreSQL", server=server))
    room = make_room(city, people=24)
    crowd = Crowd(room, [city.port])
    pid = city.pid
    waits = asyncio.run(break_often(crowd, server, kept, FAULTS[fault]))
    what = f"PostgreSQL {fault}, {TIMES} times under votes"
    found = found_in(city, room["code"])
    judge_journal(judge, what, crowd.journal, found, "PostgreSQL")
    judge(
        "… longest from PostgreSQL's return to the next receipt, same process",
        f"{max(waits):.1f} s",
        f"{RECOVERY} s",
        max(waits) <= RECOVERY and city.is_running and city.pid == pid,
        database="PostgreSQL",
    )


async def break_often(
    crowd: Crowd, server: Postgres, kept: Keeper, fault: Callable[[Postgres], None]
) -> list[float]:
    chance, waits = random.Random(5), []
    async with crowd.voting():
        for __ in range(TIMES):
            await crowd.next_receipt(time.monotonic())
            await asyncio.sleep(chance.uniform(0, 0.5))
            await kept.do(fault, server)
            back = time.monotonic()
            waits.append(await crowd.next_receipt(back) - back)
    return waits


def commit_carelessly(server: Postgres, database: str) -> None:
    """As nobody may run it: the application refuses to start so, so it is changed
    behind its back. Sessions that are open keep what they began with."""
    server.sql("ALTER SYSTEM SET wal_writer_delay = '10s'")
    server.sql("SELECT pg_reload_conf()")
    server.sql(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    server.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{database}'"
    )


def test_checker_sees_loss(
    own_postgres, quick_city, fresh_database, make_room, judge: Judge
):
    server, kept = own_postgres
    url = fresh_database("PostgreSQL", server=server)
    city: QuickCity = quick_city(url)
    room = make_room(city, people=24)
    commit_carelessly(server, url.rpartition("/")[2])
    seen = tries = 0
    while not seen and tries < TRIES:
        tries += 1
        crowd = Crowd(room, [city.port])
        asyncio.run(crash_after_votes(crowd, server, kept))
        lines = problems(crowd.journal, found_in(city, room["code"]))
        seen = len([line for line in lines if line.startswith(("lost", "wrong"))])
    server.sql("ALTER SYSTEM RESET wal_writer_delay")
    server.sql("SELECT pg_reload_conf()")
    judge(
        "PostgreSQL with synchronous_commit=off, one backend killed: "
        "losses that the checker sees",
        f"{seen} at try {tries}",
        "at least 1",
        seen > 0,
        database="PostgreSQL",
    )


async def crash_after_votes(crowd: Crowd, server: Postgres, kept: Keeper) -> None:
    """Everybody votes for a second, and is told so; then the crash."""
    ballot = crowd.room["ballots"][0]
    ending = time.monotonic() + 1

    async def vote_on(voter: Voter) -> None:
        while time.monotonic() < ending:
            option = voter.chance.choice(ballot["options"])
            await voter.vote(ballot["ballot"], option)

    await asyncio.gather(*(vote_on(voter) for voter in crowd.voters))
    await kept.do(kill_backend, server)
    await asyncio.gather(*(voter.leave() for voter in crowd.voters))
