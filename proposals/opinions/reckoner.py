"""Reckons maps in a process of its own, behind those who vote.

The reckoning takes a second of the interpreter for a thousand people; in a thread
every vote would wait for its turns. The process knows neither database nor settings: a
table of stances goes in, facts come out. It ends with its parent, whatever ended that,
because nothing more can be read then.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from proposals.opinions.shown import Facts, facts_of
from proposals.opinions.table import StanceTable

# Ten steps behind the web server: a tenth of a core that everybody wants.
BEHIND = 10
ROOT = Path(__file__).resolve().parents[2]


class Reckoner:
    """One map at a time: called by one thread only."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def facts_of(
        self, table: StanceTable, earlier: Mapping[str, Any] | None = None
    ) -> Facts:
        """As `proposals.opinions.shown.facts_of`.

        Raises `OSError` or `ValueError` if the process was ended meanwhile, and
        `RuntimeError` with its last words if the table cannot be reckoned.
        """
        process = self.process or self._start()
        assert process.stdin is not None  # noqa: S101 -- pipes, see _start
        assert process.stdout is not None  # noqa: S101
        try:
            write_table(process.stdin, table, earlier)
            answer = json.loads(process.stdout.readline())
        except (OSError, ValueError):
            self.close()
            raise
        if answer["failure"]:
            raise RuntimeError(answer["failure"])
        found: Facts = answer["facts"]
        return found

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C is for the server, which ends it in order.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "proposals.opinions.reckoner"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        return self.process

    def close(self) -> None:
        """End the process, if there is one; the next map starts another."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        process.wait()


# A line of JSON, and then the table's arrays as they lie in memory, in this order.
ARRAYS = {
    "people": "<i8",
    "statements": "<i8",
    "values": "i1",
    "left_out": "?",
    "meta": "?",
}


def write_table(
    to: IO[bytes], table: StanceTable, earlier: Mapping[str, Any] | None
) -> None:
    """Send a table, and the facts shown before."""
    head = {
        "shapes": {name: getattr(table, name).shape for name in ARRAYS},
        "earlier": earlier,
    }
    to.write(json.dumps(head).encode() + b"\n")
    for name, kind in ARRAYS.items():
        to.write(np.ascontiguousarray(getattr(table, name), kind).tobytes())
    to.flush()


def read_table(of: IO[bytes]) -> tuple[StanceTable, dict[str, Any] | None] | None:
    """What `write_table` sent; None at the end."""
    if not (line := of.readline()):
        return None
    head = json.loads(line)
    arrays = {}
    for name, kind in ARRAYS.items():
        shape = head["shapes"][name]
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        arrays[name] = np.frombuffer(of.read(size), kind).reshape(shape)
    return StanceTable(**arrays), head["earlier"]


def main() -> None:
    """Read tables and write facts until there is nothing more to read."""
    os.nice(BEHIND)
    with suppress(BrokenPipeError):
        while (asked := read_table(sys.stdin.buffer)) is not None:
            answer: dict[str, Any] = {"facts": None, "failure": ""}
            try:
                answer["facts"] = facts_of(*asked)
            except Exception as error:
                answer["failure"] = f"{type(error).__name__}: {error}"
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
