"""`python -m bench`: measure every figure that has a bar, and say which are held.

    python -m bench                          all, three runs; writes docs/performance.md
    python -m bench --quick                  a tenth of everything once, to try it out
    python -m bench --only raw fanout        single scenarios: --list names them
    python -m bench --only votes --servers uvicorn --databases sqlite --runs 1

The server runs on one core, the generator on another. Ends with 1 where a bar is
missed. What is measured meanwhile goes to standard error, the table to standard
output and var/bench.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

from bench import (
    curve,
    deaf,
    desk,
    export_map,
    fanout,
    machine,
    opinions,
    report,
    storms,
    votes,
    yardsticks,
)
from bench.board import Board
from bench.plan import Bench, say
from bench.servers import CITIES, Databases
from tests.servers import BASE_DIR

# In this order: the limit first, since bars are scaled by it.
SCENARIOS = {
    "raw": yardsticks.raw,
    "plain": yardsticks.plain,
    "fanout": fanout.fanout,
    "both": fanout.both,
    "form": votes.form,
    "votes": votes.votes,
    "rush": votes.rush,
    "join": storms.join,
    "reconnect": storms.reconnect,
    "deaf": deaf.deaf,
    "desk": desk.desk,
    "opinions": opinions.opinions,
    "export": export_map.export_map,
    "curve": curve.curve,
}
DATABASES = ["sqlite", "postgres"]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=SCENARIOS)
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--servers", nargs="+", choices=CITIES, default=list(CITIES))
    parser.add_argument("--databases", nargs="+", choices=DATABASES)
    parser.add_argument(
        "--nice",
        type=int,
        default=0,
        help="niceness of server and generator; below 0 (root) on a busy machine",
    )
    said = parser.parse_args()
    if said.list:
        for name, work in SCENARIOS.items():
            print(f"{name:12} {(work.__doc__ or '').strip()}")
        sys.exit()
    if said.quick:
        said.runs = 1
    said.databases = said.databases or (DATABASES[:1] if said.quick else DATABASES)
    return said


def main() -> int:
    said = parse()
    kept = BASE_DIR / "var" / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    machine.allow_many_files()
    machine.prefer(os.getpid(), said.nice)
    os.environ["NICE"] = str(said.nice)
    os.sched_setaffinity(0, {machine.OWN_CORE})
    # The generator's own pauses are not the server's.
    gc.freeze()
    gc.disable()
    facts = machine.facts(kept)
    board = Board()
    paces = []
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        stores = Databases(Path(directory))
        bench = Bench(
            said.quick,
            said.runs,
            said.servers,
            said.databases,
            said.nice,
            board,
            stores,
        )
        try:
            for number in range(said.runs):
                paces.append(f"{machine.pace():.0f}")
                for name in said.only or SCENARIOS:
                    started = time.monotonic()
                    say(f"run {number + 1} of {said.runs}: {name}")
                    SCENARIOS[name](bench)
                    say(f"  took {time.monotonic() - started:.0f} s")
        finally:
            stores.close()
    facts["million additions a second before each run"] = ", ".join(paces)
    block = report.markdown(board, facts, " ".join(["python -m bench", *sys.argv[1:]]))
    (kept / "figures.md").write_text(block)
    if not (said.quick or said.only):
        report.put_into(BASE_DIR / "docs" / "performance.md", block)
    print(block)
    return 1 if board.missed and not said.quick else 0


if __name__ == "__main__":
    sys.exit(main())
