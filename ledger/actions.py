"""The only writer of streams and entries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import transaction

from ledger.chain import chained
from ledger.events import Event
from ledger.models import Entry, Stream
from ledger.wakeup import announce
from shared import clock


@dataclass
class _Pending:
    """What one act will write to one stream just before it commits."""

    events: list[Event] = field(default_factory=list)
    counts: list[Callable[[int], None]] = field(default_factory=list)


_pending: ContextVar[dict[int, _Pending] | None] = ContextVar("pending", default=None)


@contextmanager
def act() -> Iterator[None]:
    """One act of a person: a transaction whose entries are appended last.

    Use as decorator of a verb. The stream's row is locked only when all other
    rows are written, so acts wait for each other as briefly as possible and
    never lock stream and object in different orders. An act inside an act is a
    savepoint: refused, it takes its own entries back and nothing else.
    """
    outer = _pending.get()
    if outer is not None:
        marks = {key: (len(p.events), len(p.counts)) for key, p in outer.items()}
        try:
            with transaction.atomic():
                yield
        except BaseException:
            for key, pending in outer.items():
                events, counts = marks.get(key, (0, 0))
                del pending.events[events:], pending.counts[counts:]
            raise
        return
    pending_by_stream: dict[int, _Pending] = {}
    token = _pending.set(pending_by_stream)
    try:
        with transaction.atomic():
            yield
            for stream_id in sorted(pending_by_stream):
                _append(stream_id, pending_by_stream[stream_id])
    finally:
        _pending.reset(token)


def record(stream_id: int, event: Event) -> None:
    """Append `event` when the surrounding act ends."""
    _of(stream_id).events.append(event)


def tallied(stream_id: int, write: Callable[[int], None]) -> None:
    """Let `write(version)` store changed live counts when the act ends.

    Runs under the stream's lock, with the version that hubs ask for.
    """
    _of(stream_id).counts.append(write)


def _of(stream_id: int) -> _Pending:
    pending = _pending.get()
    if pending is None:
        raise RuntimeError("Entries are recorded inside an act only.")
    return pending.setdefault(stream_id, _Pending())


def _append(stream_id: int, pending: _Pending) -> None:
    if not pending.events and not pending.counts:
        return
    stream = Stream.objects.select_for_update().get(pk=stream_id)
    if pending.counts:
        stream.counts += 1
        for write in pending.counts:
            write(stream.counts)
    moment = clock.now()
    entries = []
    for event in pending.events:
        stream.head += 1
        entry = Entry(
            stream=stream,
            seq=stream.head,
            kind=event.kind,
            audience=event.audience,
            payload=event.model_dump(mode="json", exclude_none=True),
            recorded_at=moment,
        )
        entry.digest = stream.digest = chained(stream.digest, entry)
        entries.append(entry)
    Entry.objects.bulk_create(entries)
    stream.save(update_fields=["head", "counts", "digest"])
    transaction.on_commit(lambda: announce(stream_id))
