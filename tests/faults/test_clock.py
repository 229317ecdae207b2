"""The server's clock is set an hour on and an hour back while people vote and write."""

import asyncio
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Judge
from tests.faults.databases import rows_in
from tests.faults.journal import Journal
from tests.faults.verdicts import found_in, judge_journal
from tests.faults.voters import Crowd, Told, Voter

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SECONDS = float(os.environ.get("JUMP_SECONDS", "3"))
HOUR = 3600
# After the last jump all that was written lies in the future.
OFFSETS = (0, HOUR, 0, -HOUR, HOUR, 0, -2 * HOUR)
PER_JUMP = 4
ENTRIES = "SELECT seq, kind, recorded_at FROM ledger_entry ORDER BY stream_id, seq"
STATES = """
    SELECT dialogue.state, ballot.state, dialogue.current_id
    FROM proposals_ballot AS ballot
    JOIN dialogue_dialogue AS dialogue ON dialogue.id = ballot.dialogue_id
"""


async def jump(
    crowd: Crowd, writer: Voter, set_clock: Callable[[float], object], url: str
) -> dict[str, Any]:
    """Votes all the time, comments after each jump; who wrote what, in order."""
    acknowledged: list[Any] = []
    refused: list[Any] = []
    before = rows_in(url, STATES)
    async with crowd.voting():
        for seconds in OFFSETS:
            set_clock(seconds)
            for number in range(PER_JUMP):
                key = f"note-{len(acknowledged) + len(refused)}"
                answer = await writer.ask(
                    "add_comment",
                    proposal=crowd.room["proposals"][0],
                    text=f"{key} {number}",
                )
                kept = acknowledged if "ok" in answer else refused
                kept.append((key, seconds, answer))
            # The hub looks after sessions every four seconds.
            await asyncio.sleep(SECONDS)
        sockets = crowd.told.sockets
    await writer.leave()
    return {
        "acknowledged": acknowledged,
        "refused": refused,
        "sockets": sockets,
        "moved": before != rows_in(url, STATES),
    }


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_clock_jumps(
    database: str, quick_city, fresh_database, make_room, judge: Judge
):
    url = fresh_database(database)
    city = quick_city(url, application="tests.faults.clock_jump:application")
    room = make_room(city, people=25)
    crowd = Crowd(room, [city.port])
    writer = Voter(room, 24, [city.port], Journal(), Told())
    offset = Path(city.env["DATA_DIR"]) / "offset"
    seen = asyncio.run(
        jump(crowd, writer, lambda seconds: offset.write_text(str(seconds)), url)
    )
    offset.unlink()
    what = f"clock set ±1 h, {len(OFFSETS) - 1} times under votes"
    found = found_in(city, room["code"])
    judge_journal(judge, what, crowd.journal, found, database)
    told = [key for key, __, __ in seen["acknowledged"]]
    texts = [text.split()[0] for __, text in found["comments"]]
    entries = rows_in(url, ENTRIES)
    back = sum(b[2] < a[2] for a, b in itertools.pairwise(entries))
    judge(
        f"… entries out of the order of their seq (times run backwards at {back})",
        len(found["broken_links"]) + (texts != told),
        "0",
        texts == told and not found["broken_links"] and back > 0,
        database=database,
    )
    voters = sum(not voter.by_form for voter in crowd.voters)
    judge(
        "… sockets closed, ballots or agenda items that ended by themselves",
        f"{seen['sockets'] - voters}, {int(seen['moved'])}",
        "0",
        seen["sockets"] == voters and not seen["moved"],
        database=database,
    )
    total = len(seen["acknowledged"]) + len(seen["refused"])
    judge(
        "… contributions refused as too fast, of one person who writes "
        f"{PER_JUMP} between jumps",
        f"{len(seen['refused'])} of {total}",
        "0",
        not seen["refused"],
        database=database,
    )
