"""Outcomes of closed ballots, kept so that no page waits for a count.

Counting equal shares among thousands takes a second. It is done when the ballot closes
and kept in that process; another process, or this one after a restart, counts once.
"""

import threading
from collections.abc import Callable
from typing import Any

from proposals.methods.outcome import Outcome
from proposals.models import Ballot, Tally
from shared.kept import Kept

# Results never change, so none grows old: a new one takes the place of the oldest.
_outcomes = Kept(300, float("inf"))
_under_way: dict[Any, threading.Lock] = {}
_lock = threading.Lock()


def key_of(ballot: Ballot, tally: Tally) -> tuple[Any, ...]:
    """The digest of the votes is part of the key: what was counted in a transaction
    that failed is never found again."""
    return (ballot.pk, ballot.method, tally.ballots_digest, tally.counted_at)


def keep(ballot: Ballot, tally: Tally, outcome: Outcome) -> None:
    """What was counted at closing."""
    _outcomes.get(key_of(ballot, tally), lambda: outcome)


def outcome_by(key: Any, count: Callable[[], Outcome]) -> Outcome:
    """The kept outcome, or a new one: counted once, however many ask at that moment."""
    with _lock:
        turn = _under_way.setdefault(key, threading.Lock())
    try:
        with turn:
            outcome: Outcome = _outcomes.get(key, count)
    finally:
        with _lock:
            _under_way.pop(key, None)
    return outcome
