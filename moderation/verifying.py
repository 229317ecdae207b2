"""Checks a result file: by itself, with its texts, and against this database.

Needs nothing but the file, so it works years later and anywhere. What cannot be
checked is said, never passed over.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.db.models import Q
from pydantic import TypeAdapter, ValidationError

from ledger.chain import canonical
from ledger.models import Entry, Stream
from ledger.queries import broken_links
from moderation.recounting import ballot_faults, votes_digest
from projects.models import ResultRecord
from projects.sheet import VERSION, ResultSheet

TextFile = dict[str, tuple[str, str]]
_sheets = TypeAdapter(ResultSheet)


@dataclass(frozen=True)
class Check:
    """`ok` is None for what could not be checked here."""

    ok: bool | None
    line: str


@dataclass
class Report:
    """What was found, in the order of checking."""

    digest: str
    checks: list[Check] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts the file."""
        return all(check.ok is not False for check in self.checks)

    def say(self, ok: bool | None, right: str, wrong: str = "") -> bool:
        self.checks.append(Check(ok, right if ok is not False else wrong or right))
        return ok is True

    def as_dict(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "holds": self.holds,
            "checks": [{"ok": check.ok, "line": check.line} for check in self.checks],
        }


def verify_file(raw: bytes) -> tuple[Report, ResultSheet | None]:
    """Whether `raw` is a whole result in canonical JSON whose ballots add up."""
    report = Report(hashlib.sha256(raw).hexdigest())
    sheet = _read(raw, report)
    if sheet is not None:
        numbers = [ballot.number for ballot in sheet.ballots]
        report.say(
            numbers == list(range(1, len(numbers) + 1)),
            f"{len(numbers)} ballots, numbered in order.",
            "The ballots are not numbered in order.",
        )
        proposals = [proposal.number for proposal in sheet.proposals]
        report.say(
            proposals == list(range(1, len(proposals) + 1)),
            f"{len(proposals)} proposals, numbered in order.",
            "The proposals are not numbered in order.",
        )
        asked = [question.number for question in sheet.asked]
        report.say(
            asked in ([], list(range(1, sheet.questions + 1))),
            f"{len(asked)} questions, numbered in order.",
            "The questions are not numbered in order.",
        )
        for ballot in sheet.ballots:
            faults = ballot_faults(ballot, set(proposals), set(asked))
            for fault in faults:
                report.say(False, f"Ballot {ballot.number}: {fault}")
            if not faults:
                report.say(
                    True,
                    f"Ballot {ballot.number}: {ballot.turnout} votes counted "
                    f"again, {ballot.verdict}. Digest of the votes: "
                    f"{votes_digest(ballot)}",
                )
    return report, sheet


def _read(raw: bytes, report: Report) -> ResultSheet | None:
    try:
        facts = json.loads(raw, parse_float=_no_number, parse_constant=_no_number)
    except (ValueError, RecursionError):
        report.say(False, "The file is not JSON made of texts and integers.")
        return None
    if not isinstance(facts, dict) or facts.get("version") != VERSION:
        report.say(False, f"The file is not a result of version {VERSION}.")
        return None
    if not report.say(
        _canonical_or_none(facts) == raw,
        "The file is canonical JSON.",
        "The file is not canonical JSON: it was written by something else.",
    ):
        return None
    try:
        sheet = _sheets.validate_python(
            {key: value for key, value in facts.items() if key != "version"}
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        report.say(False, f"The file is not a whole result: {place}.")
        return None
    # Written again, the result must be the file: so no field is too many, and
    # none was of another type.
    if not report.say(
        canonical(sheet.figures()) == raw,
        "The file is a whole result and holds nothing else.",
        "The file holds something that does not belong to a result.",
    ):
        return None
    return sheet


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _canonical_or_none(facts: Any) -> bytes | None:
    try:
        return canonical(facts)
    except UnicodeEncodeError:  # a lone surrogate, which no text of ours holds
        return None


# --- texts ------------------------------------------------------------------
def read_texts(raw: bytes, report: Report) -> TextFile | None:
    """The texts file as key -> (salt, text); None, and a line, if it is none."""
    try:
        facts = json.loads(raw)
        texts = {
            str(key): (_text(row["salt"]), _text(row["text"]))
            for key, row in facts["texts"].items()
        }
        belongs_to = facts["record"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        report.say(False, "The texts file cannot be read.")
        return None
    report.say(
        belongs_to == report.digest,
        "The texts file belongs to this result.",
        f"The texts file belongs to another result: {belongs_to}.",
    )
    return texts


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def check_texts(sheet: ResultSheet, texts: TextFile, report: Report) -> None:
    """Every text against SHA-256(salt || text). An empty salt means erased."""
    expected = text_digests(sheet)
    authors = [row.author for row in sheet.proposals]
    authors += [row.author for row in sheet.asked]
    names = {f"author-{author}" for author in authors}
    erased = 0
    for key in sorted(expected.keys() | texts.keys()):
        if key not in texts and key in names:
            continue
        if key not in texts:
            report.say(False, f"Text {key} is missing.")
            continue
        salt, text = texts[key]
        if not salt:
            erased += 1
            if text:
                report.say(False, f"Text {key} has no salt and cannot be checked.")
        elif key in expected:
            if _digest_of(salt, text) != expected[key]:
                report.say(False, f"Text {key} is not the one of the result.")
        elif key not in names:
            report.say(False, f"Text {key} does not belong to the result.")
    report.say(
        True, f"{len(expected)} texts compared with their digests (erased: {erased})."
    )
    if names & texts.keys():
        report.say(
            None,
            "Names of authors have no digest in the result: not compared.",
        )


def _digest_of(salt: str, text: str) -> str:
    return hashlib.sha256((salt + text).encode(errors="replace")).hexdigest()


def text_digests(sheet: ResultSheet) -> dict[str, str]:
    """Which digest the result holds for which text."""
    digests = {
        f"proposal-{proposal.number}": proposal.wording for proposal in sheet.proposals
    }
    for ballot in sheet.ballots:
        digests[f"ballot-{ballot.number}"] = ballot.title
        for option in ballot.options:
            digests[f"option-{ballot.number}-{option.position}"] = option.title
        if ballot.annulled:
            digests[f"annulled-{ballot.number}"] = ballot.annulled
        for at, digest in enumerate(ballot.reasons, 1):
            digests[f"reason-{ballot.number}-{at}"] = digest
    for question in sheet.asked:
        digests[f"question-{question.number}"] = question.wording
    for number, digest in enumerate(sheet.parked, 1):
        digests[f"parked-{number}"] = digest
    return digests


# --- this database ----------------------------------------------------------
def stored_record(sheet: ResultSheet | None, digest: str) -> ResultRecord | None:
    """The record with this digest, else the newest of the dialogue it names.

    Named by its short name or by the ledger's head: a forger must change both.
    """
    records = ResultRecord.objects.select_related("stream")
    found = records.filter(digest=digest).first()
    if found is None and sheet is not None:
        at_head = Entry.objects.filter(digest=sheet.ledger_digest)
        found = records.filter(
            Q(stream__dialogue__slug=sheet.dialogue)
            | Q(stream__in=at_head.values("stream"))
        ).first()
    return found


def compare_with_record(
    raw: bytes, sheet: ResultSheet, record: ResultRecord, report: Report
) -> None:
    """The file against the stored record and the ledger it came from."""
    stored = record.canonical.encode()
    report.say(
        hashlib.sha256(stored).hexdigest() == record.digest,
        "The stored record has the digest it was filed under.",
        f"The stored record was changed: it was filed under {record.digest}.",
    )
    report.say(
        stored == raw,
        "The file is the stored record, byte for byte.",
        f"The file is not the stored record of this dialogue ({record.digest}).",
    )
    _compare_with_ledger(sheet, record, report)


def _compare_with_ledger(
    sheet: ResultSheet, record: ResultRecord, report: Report
) -> None:
    stream: Stream = record.stream
    broken = broken_links(stream)
    report.say(
        not broken,
        f"The ledger's chain holds, {stream.head} entries.",
        "The ledger's chain is broken at " + ", ".join(map(str, broken[:5])) + ".",
    )
    head = Entry.objects.filter(stream=stream, seq=sheet.ledger_head).first()
    at_head = head.digest if head else "0" * 64 if sheet.ledger_head == 0 else ""
    report.say(
        at_head == sheet.ledger_digest,
        f"Entry {sheet.ledger_head} of the ledger is the one the result names.",
        f"Entry {sheet.ledger_head} of the ledger is not the one the result names.",
    )
    if not record.replaces:
        noted = _payloads(stream, "dialogue.closed")
        report.say(
            [entry["digest"] for entry in noted] == [report.digest],
            "The ledger notes this digest at the closing of the dialogue.",
            "The ledger notes another digest at the closing of the dialogue.",
        )
    counted = [ballot for ballot in sheet.ballots if ballot.state == "closed"]
    closings = Counter(
        (entry["turnout"], entry["ballots_digest"])
        for entry in _payloads(stream, "ballot.closed")
    )
    report.say(
        Counter((b.turnout, votes_digest(b)) for b in counted) <= closings,
        "The votes of every ballot are those the ledger notes at its closing.",
        "The votes of a ballot are not those the ledger notes at its closing.",
    )
    openings = Counter(
        (entry["roll_size"], entry["roll_digest"])
        for entry in _payloads(stream, "ballot.opened")
    )
    report.say(
        Counter((b.eligible, b.roll_digest) for b in sheet.ballots) <= openings,
        "The roll of every ballot is the one the ledger notes at its opening.",
        "The roll of a ballot is not the one the ledger notes at its opening.",
    )


def _payloads(stream: Stream, kind: str) -> list[dict[str, Any]]:
    entries = Entry.objects.filter(stream=stream, kind=kind).order_by("seq")
    return list(entries.values_list("payload", flat=True))


def verify(
    raw: bytes, texts: bytes | None = None, *, ask_database: bool = True
) -> Report:
    """Everything that can be checked about a result file."""
    report, sheet = verify_file(raw)
    record = stored_record(sheet, report.digest) if ask_database else None
    if sheet is not None:
        if texts is not None:
            read = read_texts(texts, report)
            if read is not None:
                check_texts(sheet, read, report)
        elif record is not None and record.digest == report.digest:
            rows = record.texts.values_list("key", "salt", "text")
            check_texts(sheet, {key: (salt, text) for key, salt, text in rows}, report)
    if record is None:
        report.say(None, "This database has no such result: not compared with it.")
    elif sheet is not None:
        compare_with_record(raw, sheet, record, report)
    return report
