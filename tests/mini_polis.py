"""A small Pol.is export with all the traps of the real ones, made for tests."""

import csv
import random
from pathlib import Path

FIRST = 1_700_000_000_000
LONG = (
    "Vor der Schule soll am Morgen niemand mehr halten dürfen. Wer sein Kind "
    "bringt, findet zweihundert Meter weiter einen Platz, von dem aus alle "
    "gemeinsam gehen, bei jedem Wetter."
)


def write_export(directory: Path, *, people: int = 8, statements: int = 6) -> Path:
    """Votes out of order, re-votes, a duplicate row, unvoted and missing ones.

    Statement 2 is rejected, 3 is long, 4 has a second row that holds, the last one
    has no vote; statement 99 has votes and no row.
    """
    chance = random.Random(7)
    rows = [
        [FIRST + 1000 * pk, "", pk, pk % people, 0, 0, 1, f"These Nummer {pk}"]
        for pk in range(statements)
    ]
    rows[2][6] = -1
    rows[3][7] = LONG
    duplicate = [*rows[4][:7], "Der spätere Wortlaut"]
    votes = [
        [FIRST + 100_000 + 10 * (voter * statements + pk), "", pk, voter, sign]
        for voter in range(people)
        for pk in range(statements - 1)
        for sign in [chance.choice([1, 1, -1, 0])]
    ]
    votes += [[FIRST + 200_000 + voter, "", 0, voter, -1] for voter in range(3)]
    votes += [[FIRST + 300_000 + voter, "", 0, voter, 0] for voter in range(2)]
    votes.append([FIRST + 400_000, "", 99, 0, 1])
    chance.shuffle(votes)
    directory.mkdir(parents=True, exist_ok=True)
    _write(
        directory / "comments.csv",
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body",
        [*reversed(rows), duplicate],
    )
    _write(
        directory / "votes.csv", "timestamp,datetime,comment-id,voter-id,vote", votes
    )
    return directory


def _write(path: Path, heading: str, rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading.split(","))
        writer.writerows(rows)
