"""Changed numbers for many who ask often, each since another version.

Where sockets are blocked a whole hall polls: the database is asked five times a
second for all of them, and who asks gets what has changed since his own version.
"""

import threading
import time

from dialogue.models import Dialogue
from live.frames import Heads
from live.keeping import MOST_KEPT
from proposals.queries import Counts, counts_since

EVERY = 0.2


class _Tallies:
    """The numbers of one dialogue, each with the version at which it was read."""

    def __init__(self, epoch: str, version: int) -> None:
        self.epoch, self.first, self.version = epoch, version, version
        self.lock = threading.Lock()
        self.asked_at = time.monotonic()
        self.item: int | None = None
        self.rows: dict[str, tuple[int, dict[str, int]]] = {}

    def ask(self, dialogue: Dialogue, head: int) -> None:
        if head <= self.version or time.monotonic() - self.asked_at < EVERY:
            return
        if dialogue.current_id != self.item:
            # Another item counts reactions from nought.
            self.rows.pop("reactions", None)
            self.item = dialogue.current_id
        for subject, numbers in counts_since(
            dialogue, self.version, head
        ).numbers.items():
            known = self.rows.get(subject, (0, {}))[1]
            self.rows[subject] = (head, known | numbers)
        self.version, self.asked_at = head, time.monotonic()


_all: dict[int, _Tallies] = {}


def changed_since(dialogue: Dialogue, heads: Heads, version: int) -> Counts:
    """Numbers that changed after `version`; up to which one stands in the answer."""
    tallies = _all.get(dialogue.pk)
    if tallies is None or tallies.epoch != heads.epoch:
        if len(_all) >= MOST_KEPT:
            _all.clear()
        tallies = _all[dialogue.pk] = _Tallies(heads.epoch, heads.version)
    with tallies.lock:
        if version < tallies.first:
            return counts_since(dialogue, version, heads.version)
        tallies.ask(dialogue, heads.version)
        return Counts(
            max(version, tallies.version),
            {
                subject: numbers
                for subject, (at, numbers) in tallies.rows.items()
                if at > version
            },
        )
