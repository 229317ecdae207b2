"""From what the checker says to rows of the table."""

import json
from typing import Any

from tests.faults.checker import problems
from tests.faults.journal import Journal
from tests.servers import City


def found_in(city: City, code: str) -> dict[str, Any]:
    """What the city's database holds about the dialogue, counted anew."""
    found: dict[str, Any] = json.loads(city.run("-m", "tests.faults.found", code))
    return found


def judge_journal(
    judge: Any, what: str, journal: Journal, found: dict[str, Any], database: str
) -> None:
    """Two rows: what was acknowledged and is missing, and all other contradictions."""
    lines = problems(journal, found)
    lost = [line for line in lines if line.startswith(("lost", "wrong"))]
    others = [line for line in lines if line not in lost]
    for line in lines[:20]:
        print(line)
    told = f"{len(lost)} of {journal.acknowledged:,}"
    judge(f"{what}: acknowledged and missing", told, "0", not lost, database=database)
    judge(
        f"{what}: doubled, miscounted or with two receipts",
        len(others),
        "0",
        not others,
        database=database,
    )
