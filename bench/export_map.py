"""`python -m bench.export_map [RUNS]`: the opinion map of a large Pol.is export.

5,000 people, 500 statements, 375,000 stances of three camps, drawn at random with a
fixed seed; `manage.py opinion_map DIR --json` as a process of its own on one core.
Prints wall time, CPU time and the most memory of every run; ends with 1 if the median
passes 2 s or any run 250 MB.
"""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from bench.machine import OWN_CORE
from tests.servers import BASE_DIR

PEOPLE, STATEMENTS, STANCES, CAMPS = 5000, 500, 375_000, 3
MOST_SECONDS, MOST_MEGABYTES = 2.0, 250
STATEMENT = (
    "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body"
)
VOTE = "timestamp,datetime,comment-id,voter-id,vote"


def write_export(directory: Path) -> None:
    """Two tables in the form that Pol.is gives away."""
    chance = np.random.default_rng(5)
    camp = chance.integers(0, CAMPS, PEOPLE)
    taste = chance.normal(0, 1, (CAMPS, STATEMENTS))
    cells = chance.choice(PEOPLE * STATEMENTS, STANCES, replace=False)
    people, statements = np.divmod(cells, STATEMENTS)
    leaning = taste[camp[people], statements] + chance.normal(0, 0.8, STANCES)
    signs = np.sign(np.round(leaning)).astype(int)
    with (directory / "comments.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(STATEMENT.split(","))
        for number in range(STATEMENTS):
            rows.writerow((number, "x", number, number, 0, 0, 1, f"S{number}"))
    with (directory / "votes.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(VOTE.split(","))
        taken = zip(statements, people, signs, strict=True)
        rows.writerows((n, "x", *row) for n, row in enumerate(taken))


def draw(directory: Path) -> tuple[float, float, float]:
    """Seconds of wall and of CPU, and megabytes at most."""
    command = [sys.executable, "manage.py", "opinion_map", str(directory), "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.DEVNULL)
    __, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise RuntimeError("the map could not be drawn")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(runs: int) -> int:
    # Numerical libraries begin as many threads as they see cores.
    os.sched_setaffinity(0, {OWN_CORE})
    with TemporaryDirectory() as place:
        write_export(Path(place))
        rows = [draw(Path(place)) for __ in range(runs)]
    for seconds, cpu, megabytes in rows:
        print(f"{seconds:.2f} s, of the processor {cpu:.2f} s, {megabytes:.0f} MB")
    middle, most = median(row[0] for row in rows), max(row[2] for row in rows)
    is_held = middle <= MOST_SECONDS and most <= MOST_MEGABYTES
    verdict = "held" if is_held else "MISSED"
    print(f"median {middle:.2f} s, at most {MOST_SECONDS} s: {verdict}")
    return 0 if is_held else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
