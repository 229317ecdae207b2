"""Reckons maps in a process of its own, behind those who vote.

The reckoning takes a second of the interpreter for a thousand people; in a thread
every vote would wait for its turns. The process knows neither database nor settings: a
table of stances goes in, facts come out. It ends with its parent, whatever ended that,
because nothing more can be read then.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

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

        Raises `OSError` or `EOFError` if the process was ended meanwhile, and
        `RuntimeError` with its last words if the table cannot be reckoned.
        """
        process = self.process or self._start()
        assert process.stdin is not None  # noqa: S101 -- pipes, see _start
        assert process.stdout is not None  # noqa: S101
        try:
            pickle.dump((table, earlier), process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            facts, failure = pickle.load(process.stdout)  # noqa: S301 -- our own words
        except (OSError, EOFError, pickle.UnpicklingError):
            self.close()
            raise
        if failure:
            raise RuntimeError(failure)
        found: Facts = facts
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


def main() -> None:
    """Read tables and write facts until there is nothing more to read."""
    os.nice(BEHIND)
    tables, facts = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            table, earlier = pickle.load(tables)  # noqa: S301 -- the parent's
        except EOFError:
            return
        said: tuple[Facts | None, str]
        try:
            said = facts_of(table, earlier), ""
        except Exception as error:
            said = None, f"{type(error).__name__}: {error}"
        try:
            pickle.dump(said, facts, pickle.HIGHEST_PROTOCOL)
            facts.flush()
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
