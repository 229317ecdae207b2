"""The opinion map of a large Pol.is export.

5,000 people, 500 statements, 375,000 stances of three camps, drawn at random with a
fixed seed; `manage.py opinion_map DIR --json` as a process of its own on one core.
"""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from bench.plan import Bench
from tests.servers import BASE_DIR

PEOPLE, STATEMENTS, STANCES, CAMPS = 5000, 500, 375_000, 3
MOST_SECONDS, MOST_MEGABYTES = 2.0, 250
PART = "opinion map of an export"
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
    command = ["manage.py", "opinion_map", str(directory), "--json"]
    began = time.perf_counter()
    # The command reads a file: it needs settings, and no database.
    settings = {"SECRET_KEY": "bench", "DEMO": "1", "DATABASE_URL": "sqlite://:memory:"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.spent", sys.executable, *command],
        cwd=BASE_DIR,
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        check=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    cpu, megabytes = json.loads(done.stderr.splitlines()[-1])
    return seconds, cpu, megabytes


def export_map(bench: Bench) -> None:
    """The map of 5,000 people, 500 statements and 375,000 stances, from a file."""
    # The benchmark stays on one core, and so do its children: numerical libraries
    # begin as many threads as they see cores.
    with TemporaryDirectory() as place:
        write_export(Path(place))
        rows = [draw(Path(place)) for __ in range(1 if bench.is_quick else 3)]
    seconds, cpu, megabytes = (list(column) for column in zip(*rows, strict=True))
    add = bench.board.add
    add(PART, "whole command", median(seconds), "s", 2, at_most=MOST_SECONDS)
    add(PART, "of the processor", median(cpu), "s", 2)
    add(PART, "memory at most", max(megabytes), "MB", at_most=MOST_MEGABYTES)
