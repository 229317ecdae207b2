"""The process that reckons maps: the same facts, and it neither stays nor sticks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from proposals.opinions.reckoner import BEHIND, ROOT, Reckoner
from proposals.opinions.shown import facts_of
from proposals.opinions.table import StanceTable, stance_table
from tests.proposals.test_opinions import camps


@pytest.fixture
def reckoner() -> Iterator[Reckoner]:
    made = Reckoner()
    yield made
    made.close()


def pid_of(reckoner: Reckoner) -> int:
    assert reckoner.process is not None
    return reckoner.process.pid


def test_same_facts_as_at_home(reckoner: Reckoner) -> None:
    table = camps(120, 12, missing=4)
    first = reckoner.facts_of(table)
    assert first == facts_of(table)
    # The next one is near to it, by the same process.
    pid = pid_of(reckoner)
    assert reckoner.facts_of(table, first) == facts_of(table, first)
    assert pid_of(reckoner) == pid


def test_behind_those_who_vote(reckoner: Reckoner) -> None:
    reckoner.facts_of(camps(60))
    nice = int(Path(f"/proc/{pid_of(reckoner)}/stat").read_text().split()[18])
    assert nice == min(os.nice(0) + BEHIND, 19)


def test_what_cannot_be_reckoned_is_told(reckoner: Reckoner) -> None:
    whole = camps(60)
    torn = StanceTable(
        whole.people, whole.statements, whole.values[:, :1], whole.left_out, whole.meta
    )
    with pytest.raises(RuntimeError, match="Error: "):
        reckoner.facts_of(torn)
    # And does not stand in the way of the next.
    assert reckoner.facts_of(whole) == facts_of(whole)


def test_nobody_at_all(reckoner: Reckoner) -> None:
    table = stance_table([], [], np.empty(0, np.int8))
    assert reckoner.facts_of(table) == facts_of(table)


def test_killed_meanwhile_begins_anew(reckoner: Reckoner) -> None:
    table = camps(60)
    reckoner.facts_of(table)
    os.kill(pid_of(reckoner), signal.SIGKILL)
    with pytest.raises((OSError, ValueError)):
        reckoner.facts_of(table)
    assert reckoner.facts_of(table) == facts_of(table)


def test_ends_with_a_parent_that_was_killed() -> None:
    script = (
        "from proposals.opinions.reckoner import Reckoner\n"
        "from proposals.opinions.table import stance_table\n"
        "import time\n"
        "reckoner = Reckoner()\n"
        "reckoner.facts_of(stance_table([1], [1], [1]))\n"
        "print(reckoner.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    """A zombie that nobody fetches is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
