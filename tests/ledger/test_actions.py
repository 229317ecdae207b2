"""The ledger: what one act writes, in which order, and what it takes back."""

import hashlib
import json
import threading
from functools import partial
from typing import ClassVar

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from ledger import triggers
from ledger.actions import act, record, tallied
from ledger.chain import canonical, chained
from ledger.events import MODERATORS, Event
from ledger.models import Entry, Stream
from ledger.queries import broken_links, entries_since
from ledger.wakeup import listen
from shared.errors import Refusal
from tests.ledger.threads import at_once, on_own_connection

NOTHING = "0" * 64


class Noted(Event):
    """An event of these tests."""

    kind: ClassVar[str] = "test.noted"
    number: int


class Whispered(Event):
    kind: ClassVar[str] = "test.whispered"
    audience: ClassVar[str] = MODERATORS
    number: int


@pytest.fixture
def stream(db: None) -> Stream:
    return Stream.objects.create()


@pytest.fixture
def heard():
    streams: list[int] = []
    stop = listen(streams.append)
    yield streams
    stop()


def note(stream: Stream, *numbers: int) -> None:
    with act():
        for number in numbers:
            record(stream.pk, Noted(number=number))


def numbers(stream: Stream) -> list[int]:
    return [entry.payload["number"] for entry in entries_since(stream.pk, 0)]


# --- acts -------------------------------------------------------------------
def test_act_writes_events_in_order(stream: Stream):
    with act():
        record(stream.pk, Noted(number=7))
        record(stream.pk, Whispered(number=8, concerns=3))

    stream.refresh_from_db()
    entries = entries_since(stream.pk, 0)
    assert [(e.seq, e.kind, e.audience, e.payload) for e in entries] == [
        (1, "test.noted", "everybody", {"number": 7}),
        (2, "test.whispered", "moderators", {"number": 8, "concerns": 3}),
    ]
    assert (stream.head, stream.counts, stream.digest) == (2, 0, entries[1].digest)


def test_act_without_events_writes_nothing(stream: Stream):
    with act():
        pass

    stream.refresh_from_db()
    assert (stream.head, stream.counts, stream.digest) == (0, 0, NOTHING)


def test_act_writes_at_its_end(stream: Stream):
    with act():
        record(stream.pk, Noted(number=1))
        before = Entry.objects.count()

    assert (before, Entry.objects.count()) == (0, 1)


def test_act_as_decorator_starts_anew_each_time(stream: Stream):
    @act()
    def verb(number: int) -> int:
        record(stream.pk, Noted(number=number))
        return number

    assert [verb(1), verb(2)] == [1, 2]
    assert numbers(stream) == [1, 2]


def test_act_keeps_streams_apart(stream: Stream):
    other = Stream.objects.create()

    with act():
        record(other.pk, Noted(number=1))
        record(stream.pk, Noted(number=2))
        record(other.pk, Noted(number=3))

    assert (numbers(stream), numbers(other)) == ([2], [1, 3])
    assert [e.seq for e in entries_since(other.pk, 0)] == [1, 2]


def test_inner_refusal_takes_back_its_own_entries_only(stream: Stream):
    other = Stream.objects.create()
    versions: list[int] = []

    with act():
        record(stream.pk, Noted(number=1))
        tallied(stream.pk, versions.append)
        with pytest.raises(Refusal), act():  # noqa: PT012 -- an act ends with its block
            record(stream.pk, Noted(number=2))
            record(other.pk, Noted(number=3))
            tallied(stream.pk, versions.append)
            Stream.objects.filter(pk=stream.pk).update(epoch="changed")
            raise Refusal("test.no", "No.")
        record(stream.pk, Noted(number=4))

    stream.refresh_from_db()
    assert (numbers(stream), numbers(other)) == ([1, 4], [])
    assert versions == [1]
    assert stream.epoch != "changed"


def test_inner_act_is_kept_with_the_outer(stream: Stream):
    with act():
        record(stream.pk, Noted(number=1))
        note(stream, 2)
        record(stream.pk, Noted(number=3))

    assert numbers(stream) == [1, 2, 3]


def test_inner_act_falls_with_the_outer(stream: Stream):
    with pytest.raises(Refusal), act():  # noqa: PT012 -- an act ends with its block
        note(stream, 1)
        raise Refusal("test.no", "No.")

    assert numbers(stream) == []


def test_act_after_refused_act_starts_empty(stream: Stream):
    with pytest.raises(Refusal), act():  # noqa: PT012 -- an act ends with its block
        record(stream.pk, Noted(number=1))
        raise Refusal("test.no", "No.")

    note(stream, 2)

    assert numbers(stream) == [2]


def test_record_outside_act_raises(stream: Stream):
    with pytest.raises(RuntimeError, match="inside an act"):
        record(stream.pk, Noted(number=1))
    with pytest.raises(RuntimeError, match="inside an act"):
        tallied(stream.pk, lambda version: None)


def test_tallied_gives_growing_versions(stream: Stream):
    versions: list[int] = []

    for __ in range(3):
        with act():
            tallied(stream.pk, versions.append)
            tallied(stream.pk, versions.append)
        note(stream, 1)

    stream.refresh_from_db()
    assert versions == [1, 1, 2, 2, 3, 3]
    assert (stream.counts, stream.head) == (3, 3)


def test_tallied_failure_takes_the_act_back(stream: Stream):
    def fail(version: int) -> None:
        raise Refusal("test.no", "No.")

    with pytest.raises(Refusal), act():  # noqa: PT012 -- an act ends with its block
        record(stream.pk, Noted(number=1))
        tallied(stream.pk, fail)

    stream.refresh_from_db()
    assert (numbers(stream), stream.counts) == ([], 0)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_entries_since_gives_at_most(stream: Stream, most: int):
    note(stream, 1, 2, 3)

    entries = entries_since(stream.pk, 1, most=most)

    assert [e.seq for e in entries] == [2, 3][:most]


# --- waking up ----------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_wakeup_comes_after_commit(heard: list[int]):
    stream = Stream.objects.create()

    with transaction.atomic():
        note(stream, 1)
        before = list(heard)

    assert before == []
    assert heard == [stream.pk]


@pytest.mark.django_db(transaction=True)
def test_wakeup_comes_for_counts_alone(heard: list[int]):
    stream = Stream.objects.create()

    with act():
        tallied(stream.pk, lambda version: None)

    assert heard == [stream.pk]


@pytest.mark.django_db(transaction=True)
def test_wakeup_stays_away_after_rollback(heard: list[int]):
    stream = Stream.objects.create()

    with pytest.raises(Refusal), act():  # noqa: PT012 -- an act ends with its block
        record(stream.pk, Noted(number=1))
        note(stream, 2)
        raise Refusal("test.no", "No.")

    assert heard == []
    assert numbers(stream) == []


@pytest.mark.django_db(transaction=True)
def test_wakeup_finds_the_entry_written():
    stream = Stream.objects.create()
    found: list[int] = []
    stop = listen(lambda pk: found.extend(e.seq for e in entries_since(pk, 0)))

    note(stream, 1, 2)
    stop()
    note(stream, 3)

    assert found == [1, 2]


# --- the chain ------------------------------------------------------------------
@time_machine.travel("2026-06-01T18:00:00Z", tick=False)
def test_chain_is_sha256_of_canonical_json(stream: Stream):
    note(stream, 7)
    note(stream, 8)

    first, second = entries_since(stream.pk, 0)
    text = f'["{NOTHING}",1,"test.noted","everybody",{{"number":7}},1780336800000]'
    assert first.digest == hashlib.sha256(text.encode()).hexdigest()
    text = f'["{first.digest}",2,"test.noted","everybody",{{"number":8}},1780336800000]'
    assert second.digest == hashlib.sha256(text.encode()).hexdigest()
    assert chained(first.digest, second) == second.digest


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ("Ä\u2028", '"Ä\u2028"'),
        ([], "[]"),
    ],
)
def test_canonical_exact(facts: object, text: str):
    assert canonical(facts) == text.encode()
    assert canonical(json.loads(text)) == text.encode()


def test_canonical_refuses_nan():
    with pytest.raises(ValueError, match="Out of range"):
        canonical([float("nan")])


def test_broken_links_whole_chain(stream: Stream):
    note(stream, 1, 2)
    note(stream, 3)
    stream.refresh_from_db()

    assert broken_links(stream) == []
    assert broken_links(Stream.objects.create()) == []


TAMPERINGS = {
    "payload": (
        "UPDATE ledger_entry SET payload = '{\"number\":9}' WHERE seq = 2",
        [2],
    ),
    "kind": ("UPDATE ledger_entry SET kind = 'test.other' WHERE seq = 1", [1]),
    "audience": ("UPDATE ledger_entry SET audience = 'x' WHERE seq = 4", [4]),
    "time": (
        "UPDATE ledger_entry SET recorded_at = '2026-01-01 00:00:00+00' WHERE seq = 3",
        [3],
    ),
    # A digest mended on the spot shows at the next link.
    "digest": (f"UPDATE ledger_entry SET digest = '{NOTHING}' WHERE seq = 2", [2, 3]),
    "number": ("UPDATE ledger_entry SET seq = 9 WHERE seq = 4", [9, 4]),
    "missing": ("DELETE FROM ledger_entry WHERE seq = 2", [3]),
    "missing first": ("DELETE FROM ledger_entry WHERE seq = 1", [2]),
    "cut tail": ("DELETE FROM ledger_entry WHERE seq >= 3", [4]),
    "cut all": ("DELETE FROM ledger_entry", [4]),
    "head": ("UPDATE ledger_stream SET head = 3", [3]),
    "head digest": (f"UPDATE ledger_stream SET digest = '{NOTHING}'", [4]),
}


@pytest.mark.databases
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "broken"), TAMPERINGS.values(), ids=TAMPERINGS.keys()
)
def test_broken_links_after_tampering(statement: str, broken: list[int]):
    stream = Stream.objects.create()
    note(stream, 1, 2, 3, 4)
    triggers.remove(connection)

    with connection.cursor() as cursor:
        cursor.execute(statement)

    triggers.install(connection)
    stream.refresh_from_db()
    assert broken_links(stream) == broken


@pytest.mark.databases
@pytest.mark.django_db
def test_broken_links_after_swap():
    stream = Stream.objects.create()
    note(stream, 1, 2, 3)
    triggers.remove(connection)

    with connection.cursor() as cursor:
        for old, new in ((1, 9), (2, 1), (9, 2)):
            cursor.execute(
                "UPDATE ledger_entry SET seq = %s WHERE seq = %s", [new, old]
            )

    triggers.install(connection)
    stream.refresh_from_db()
    assert broken_links(stream) == [1, 2, 3]


@pytest.mark.databases
@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET kind = 'test.other'",
        "UPDATE ledger_entry SET payload = payload",
        "DELETE FROM ledger_entry",
    ],
)
def test_entry_refuses_change_and_removal(statement: str):
    stream = Stream.objects.create()
    note(stream, 1)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    stream.refresh_from_db()
    assert broken_links(stream) == []
    assert numbers(stream) == [1]


# --- many at once -----------------------------------------------------------------
@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_many_writers_leave_no_gap_for_a_polling_reader():
    stream = Stream.objects.create()
    over = threading.Event()
    seen: list[int] = []
    gaps: list[list[int]] = []
    heads: list[int] = []

    def read() -> None:
        while True:
            last_round = over.is_set()
            new = [e.seq for e in entries_since(stream.pk, len(seen))]
            if new != list(range(len(seen) + 1, len(seen) + 1 + len(new))):
                gaps.append(new)
            seen.extend(new)
            heads.append(Stream.objects.values_list("counts", flat=True).get())
            if last_round:
                return

    def write(writer: int) -> None:
        for number in range(4):
            with act():
                record(stream.pk, Noted(number=writer * 10 + number))
                tallied(stream.pk, lambda version: None)
                record(stream.pk, Noted(number=writer * 10 + 5 + number))

    reader = threading.Thread(target=lambda: on_own_connection(read))
    reader.start()
    results = at_once([partial(write, n) for n in range(32)])
    over.set()
    reader.join()

    stream.refresh_from_db()
    assert results == [None] * 32
    assert gaps == []
    assert seen == list(range(1, 257))
    assert heads == sorted(heads)
    assert (stream.head, stream.counts) == (256, 128)
    assert broken_links(stream) == []
    written = numbers(stream)
    assert sorted(written) == sorted(
        w * 10 + n + half for w in range(32) for n in range(4) for half in (0, 5)
    )
    # The two entries of one act stand side by side.
    assert all(b - a == 5 for a, b in zip(written[::2], written[1::2], strict=True))
