"""Writes to one stream from many threads, or reads along; a process of its own.

`python -m tests.faults.writers write STREAM THREADS ACTS`, or `read STREAM ENTRIES`;
`new` makes a stream and prints its id. Prints what happened as JSON.
"""

import json
import os
import sys
import threading
import time
from typing import Any, ClassVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.db import DatabaseError, connection  # noqa: E402 -- needs loaded apps

from ledger.actions import act, record  # noqa: E402
from ledger.events import Event  # noqa: E402
from ledger.models import Stream  # noqa: E402
from ledger.queries import broken_links, entries_since  # noqa: E402


class Noted(Event):
    kind: ClassVar[str] = "test.noted"
    number: int


def write(stream: int, threads: int, acts: int) -> dict[str, Any]:
    """Each thread acts as often as it is told; errors are counted, not repeated."""
    errors: list[str] = []
    times: list[float] = []

    def run() -> None:
        for number in range(acts):
            started = time.monotonic()
            try:
                with act():
                    # Read, then write: what fails where locks are upgraded.
                    Stream.objects.get(pk=stream)
                    record(stream, Noted(number=number))
            except DatabaseError as error:
                errors.append(str(error).strip())
            times.append(time.monotonic() - started)
        connection.close()

    at_work = [threading.Thread(target=run) for __ in range(threads)]
    for thread in at_work:
        thread.start()
    for thread in at_work:
        thread.join()
    return {"acts": len(times), "errors": errors, "slowest": max(times)}


def read(stream: int, entries: int) -> dict[str, Any]:
    """Ask for what is new, as hubs do, and look whether a seq was passed over."""
    seen, skipped, looks = 0, 0, 0
    deadline = time.monotonic() + 300
    while seen < entries and time.monotonic() < deadline:
        looks += 1
        for entry in entries_since(stream, seen):
            skipped += entry.seq - seen - 1
            seen = entry.seq
    broken = broken_links(Stream.objects.get(pk=stream))
    return {"seen": seen, "skipped": skipped, "looks": looks, "broken": broken}


def main(what: str, *numbers: str) -> Any:
    if what == "new":
        return Stream.objects.create().pk
    counts = list(map(int, numbers))
    return write(*counts) if what == "write" else read(*counts)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
