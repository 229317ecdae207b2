"""Canonical JSON, and the digest that chains each entry to the one before."""

import hashlib
import json
from typing import Any

from ledger.models import Entry
from shared import clock

START = "0" * 64


def canonical(facts: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8; integers and texts only.

    The subset of RFC 8785 that needs no rule for numbers, since no result
    holds a float.
    """
    return json.dumps(
        facts,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def chained(previous: str, entry: Entry) -> str:
    """SHA-256 over the digest before and this entry's canonical JSON."""
    facts: list[Any] = [
        previous,
        entry.seq,
        entry.kind,
        entry.audience,
        entry.payload,
        clock.milliseconds(entry.recorded_at),
    ]
    return hashlib.sha256(canonical(facts)).hexdigest()
