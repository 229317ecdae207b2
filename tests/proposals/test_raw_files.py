"""The attack on files: the database as bytes, its log, a backup, a dump.

`test_secrecy.py` asks the database. Whoever holds its files sees more: pages that were
freed, the write-ahead log, the place of each cell in a page. Sheets of a box lie in a
page in the order in which they came, so one such page beside the roll tells all.
"""

import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from dialogue.models import Participation
from portal.backup import back_up
from proposals import box
from proposals.ballots import annul_ballot, close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot, RollEntry, SealedMark
from proposals.voting import VoteRequest, cast_votes
from tests.factories import make_dialogue, make_participation
from tests.servers import City, dump_of

# Of PostgreSQL only backup and dump are attacked: its own files are the operator's
# (docs/promises.md).
pytestmark = pytest.mark.django_db(transaction=True)

VOTERS = 60
# Two options, chosen equally often: guessing hits 30 of 60, four deviations 46.
MOST_BY_CHANCE = 46
SHEET = re.compile(rb"[0-9a-f]{32}")


def cast_all() -> tuple[Participation, Ballot, list[tuple[int, int]]]:
    """A secret ballot; (person, choice) in the order of casting."""
    dialogue = make_dialogue(allows="vote")
    lead = make_participation(dialogue, "lead_moderator")
    voters = [make_participation(dialogue) for __ in range(VOTERS)]
    ballot = draft_ballot(
        moderator=lead, title="Was?", method="single", options=("a", "b")
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    options = list(ballot.options.filter(key="").values_list("pk", flat=True))
    choices = options * (VOTERS // 2)
    random.shuffle(choices)
    random.shuffle(voters)
    truth = []
    for voter, choice in zip(voters, choices, strict=True):
        cast_votes([VoteRequest(voter.pk, ballot.pk, {choice: 1}, str(voter.pk))])
        truth.append((voter.pk, choice))
    return lead, ballot, truth


def files_of_sqlite() -> Iterator[tuple[str, bytes]]:
    name = Path(connection.settings_dict["NAME"])
    for suffix in ("", "-wal", "-journal"):
        path = Path(f"{name}{suffix}")
        if path.exists():
            yield path.name, path.read_bytes()


def orders_in(raw: bytes, size: int = 4096) -> Iterator[list[str]]:
    """Sheets as they lie in the file, and in each page for itself, both ways round."""
    whole = [found[0].decode() for found in SHEET.finditer(raw)]
    yield from (whole, whole[::-1])
    by_page = [
        [found[0].decode() for found in SHEET.finditer(raw[at : at + size])]
        for at in range(0, len(raw), size)
    ]
    # Cells fill a page from its end: in each, the last one came first.
    yield [sheet for page in by_page for sheet in reversed(page)]
    yield [sheet for page in reversed(by_page) for sheet in page]
    yield from (page[::-1] for page in by_page if page)
    yield from (page for page in by_page if page)


def best_guess(
    raw: bytes, choice_of: dict[str, int], truth: list[tuple[int, int]]
) -> int:
    """How many choices the best of all orders in the file tells, by order of casting.

    Sheets are told by their first occurrence in an order; the attacker knows the order
    in which people voted, as a log of the network might tell.
    """
    best = 0
    for order in orders_in(raw):
        sheets = list(dict.fromkeys(sheet for sheet in order if sheet in choice_of))
        if len(sheets) < VOTERS:
            continue
        pairs = zip(sheets, truth, strict=True)
        best = max(
            best, sum(choice_of[sheet] == choice for sheet, (__, choice) in pairs)
        )
    return best


def sealed(ballot: Ballot) -> dict[str, int]:
    return dict(
        SealedMark.objects.filter(ballot=ballot).values_list("sheet", "option_id")
    )


def test_files_tell_no_order_after_closing():
    lead, ballot, truth = cast_all()
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    choice_of = sealed(ballot)

    for name, raw in files_of_sqlite():
        assert best_guess(raw, choice_of, truth) <= MOST_BY_CHANCE, name
        # The sheets lie there twice, in the table and in its key, and nowhere else.
        found = [s for s in SHEET.findall(raw) if s.decode() in choice_of]
        assert len(found) in (0, 2 * VOTERS), name


def test_attack_finds_what_is_left_without_erasing():
    """The attack is one: with freed pages left as they were, it tells everything."""
    lead, ballot, truth = cast_all()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA secure_delete=OFF")
    try:
        close_ballot(moderator=lead, ballot_pk=ballot.pk)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")
    choice_of = sealed(ballot)

    guesses = [best_guess(raw, choice_of, truth) for __, raw in files_of_sqlite()]

    assert max(guesses) > MOST_BY_CHANCE


def test_annulled_box_leaves_no_sheet():
    lead, ballot, __ = cast_all()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT sheet FROM {box.table_of(ballot)}")
        sheets = {sheet.encode() for (sheet,) in cursor.fetchall()}

    annul_ballot(moderator=lead, ballot_pk=ballot.pk, reason="Versehen")

    for name, raw in files_of_sqlite():
        assert sheets & set(SHEET.findall(raw)) == set(), name


def test_log_is_emptied_after_a_reader_has_gone(monkeypatch: pytest.MonkeyPatch):
    """Somebody who reads at the closing keeps the log from being emptied then."""
    monkeypatch.setattr(box, "PATIENCE", 0.05)
    monkeypatch.setattr(box, "PAUSE", 0.05)
    lead, ballot, truth = cast_all()
    name = Path(connection.settings_dict["NAME"])
    log = Path(f"{name}-wal")
    with closing(sqlite3.connect(name)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM proposals_ballot").fetchone()
        close_ballot(moderator=lead, ballot_pk=ballot.pk)
        choice_of = sealed(ballot)
        assert best_guess(log.read_bytes(), choice_of, truth) > MOST_BY_CHANCE
        reader.execute("ROLLBACK")

    ends = time.monotonic() + 10
    while log.stat().st_size and time.monotonic() < ends:
        time.sleep(0.05)

    assert log.stat().st_size == 0
    for place, raw in files_of_sqlite():
        assert best_guess(raw, choice_of, truth) <= MOST_BY_CHANCE, place


@pytest.mark.databases
def test_backup_tells_no_order(tmp_path: Path):
    """PostgreSQL's rows lie in the backup as in a dump: in their physical order."""
    lead, ballot, truth = cast_all()
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    choice_of = sealed(ballot)

    back_up(tmp_path / "backup")

    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    holding = []
    for path in files:
        raw = path.read_bytes()
        if any(sheet.encode() in raw for sheet in choice_of):
            holding.append(path.name)
            assert best_guess(raw, choice_of, truth) <= MOST_BY_CHANCE, path.name
    assert len(holding) == 1
    assert RollEntry.objects.filter(ballot=ballot, has_voted=True).count() == VOTERS


@pytest.mark.postgres
def test_dump_tells_no_order():
    """`pg_dump` writes rows in their physical order: of the open box it tells all."""
    lead, ballot, truth = cast_all()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sheet, option_id FROM {box.table_of(ballot)}")
        in_box = dict(cursor.fetchall())
    while_open = dumped()
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    choice_of = sealed(ballot)
    after = dumped()

    assert in_box == choice_of
    assert best_guess(while_open, in_box, truth) == VOTERS
    assert best_guess(after, choice_of, truth) <= MOST_BY_CHANCE
    # Each sheet once: the box is nowhere beside what was sealed.
    found = [s for s in SHEET.findall(after) if s.decode() in choice_of]
    assert len(found) == VOTERS


def dumped() -> bytes:
    settings = connection.settings_dict
    return dump_of(str(settings["NAME"]), str(settings["HOST"]))


def test_start_empties_the_log_that_a_killed_process_left(tmp_path: Path):
    city = City(directory=tmp_path / "city")
    city.migrate()
    file = tmp_path / "city" / "city.sqlite3"
    log = file.with_name(f"{file.name}-wal")
    written = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sqlite3, sys\n"
            "made = sqlite3.connect(sys.argv[1])\n"
            "made.execute('CREATE TABLE left_over (sheet TEXT)')\n"
            "made.commit()\n"
            "os.kill(os.getpid(), 9)",
            str(file),
        ]
    )
    assert written.returncode == -signal.SIGKILL
    assert b"left_over" in log.read_bytes()

    # The last one to leave a database takes its log away; here another one stays.
    with closing(sqlite3.connect(file)) as other:
        other.execute("SELECT count(*) FROM left_over").fetchone()
        with city:
            assert b"left_over" not in log.read_bytes()


def test_log_is_emptied_wherever_the_file_lies(tmp_path: Path):
    file = tmp_path / "memory" / "city.sqlite3"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE box (sheet TEXT)")
        other.commit()
        log = file.with_name(f"{file.name}-wal")
        assert log.stat().st_size > 0

        assert box.empty_log(str(file))

        assert log.stat().st_size == 0
