"""Checks a file of frozen minutes: its form, its texts, and this database."""

import hashlib
import json
from typing import Any

from dialogue.models import FrozenMinutes
from ledger.chain import canonical
from ledger.models import Entry
from moderation.minutes_reading import text_file
from moderation.minutes_sheet import VERSION
from moderation.verifying import Report, read_texts

# Keys of the rows that hold digests of texts, and how their texts are called.
_TEXTS = (
    ("questions", "text", "question"),
    ("questions", "topic", "topic"),
    ("questions", "answer", "answer"),
    ("findings", "table", "table"),
    ("findings", "text", "finding"),
    ("remarks", "text", "remark"),
    ("corrections", "text", "correction"),
    ("corrections", "reason", "reason"),
)


def verify_minutes(
    raw: bytes, texts: bytes | None = None, *, ask_database: bool = True
) -> Report:
    """Everything that can be checked about a file of minutes."""
    report = Report(hashlib.sha256(raw).hexdigest())
    facts = _read(raw, report)
    if facts is None:
        return report
    minutes = None
    if ask_database:
        minutes = (
            FrozenMinutes.objects.select_related("dialogue", "result")
            .filter(dialogue__slug=facts["dialogue"])
            .first()
        )
    if texts is None and minutes is not None and minutes.digest == report.digest:
        texts = json.dumps(text_file(minutes)).encode()
    if texts is not None:
        _check_texts(facts, texts, report)
    if minutes is None:
        report.say(None, "This database has no such minutes: not compared with them.")
    else:
        _compare(raw, facts, minutes, report)
    return report


def _read(raw: bytes, report: Report) -> dict[str, Any] | None:
    try:
        facts = json.loads(raw)
        whole = (
            isinstance(facts, dict)
            and facts["version"] == VERSION
            and isinstance(facts["dialogue"], str)
            and all(isinstance(row[name], str) for row, name, __ in _digests(facts))
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        report.say(False, f"The file is no minutes of version {VERSION}.")
        return None
    try:
        same = canonical(facts) == raw
    except UnicodeEncodeError:  # a lone surrogate, which no text of ours holds
        same = False
    report.say(
        same,
        "The file is canonical JSON.",
        "The file is not canonical JSON: it was written by something else.",
    )
    return facts if same else None


def _digests(facts: dict[str, Any]) -> list[tuple[Any, str, str]]:
    """(row, field of its digest, key of its text) for every text."""
    return [
        (row, name, f"{key}-{number}")
        for rows, name, key in _TEXTS
        for number, row in enumerate(facts[rows], 1)
    ]


def _check_texts(facts: dict[str, Any], raw: bytes, report: Report) -> None:
    """Every text against SHA-256(salt || text). An empty salt means erased."""
    texts = read_texts(raw, report)
    if texts is None:
        return
    expected = {key: row[name] for row, name, key in _digests(facts) if row[name]}
    erased = 0
    for key, digest in expected.items():
        salt, text = texts.get(key, ("?", ""))
        erased += not salt
        if not salt and not text:
            continue
        found = hashlib.sha256((salt + text).encode(errors="replace")).hexdigest()
        if found != digest:
            report.say(False, f"Text {key} is not the one of the minutes.")
    for key in texts.keys() - expected.keys():
        if not key.startswith("name-"):
            report.say(False, f"Text {key} does not belong to the minutes.")
    report.say(
        True, f"{len(expected)} texts compared with their digests (erased: {erased})."
    )
    report.say(None, "Names have no digest in the minutes: not compared.")


def _compare(
    raw: bytes, facts: dict[str, Any], minutes: FrozenMinutes, report: Report
) -> None:
    report.say(
        minutes.canonical.encode() == raw,
        "The file is the stored minutes, byte for byte.",
        f"The file is not the stored minutes of this dialogue ({minutes.digest}).",
    )
    report.say(
        facts["result"] == minutes.result.digest,
        "The minutes name the result they belong to.",
        "The minutes name another result.",
    )
    noted = Entry.objects.filter(
        stream_id=minutes.dialogue.stream_id, kind="minutes.frozen"
    ).values_list("payload", flat=True)
    report.say(
        [payload["digest"] for payload in noted] == [report.digest],
        "The ledger notes this digest.",
        "The ledger notes another digest of the minutes.",
    )
