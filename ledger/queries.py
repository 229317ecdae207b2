"""Reading the ledger, and checking its chain."""

from ledger.chain import START, chained
from ledger.models import Entry, Stream


def entries_since(stream_id: int, seq: int, *, most: int = 1000) -> list[Entry]:
    """At most `most` entries after `seq`, in order."""
    return list(Entry.objects.filter(stream_id=stream_id, seq__gt=seq)[:most])


def broken_links(stream: Stream) -> list[int]:
    """The seqs at which the chain does not hold; empty when all is well.

    A missing entry shows at the next one, a cut tail at the head.
    """
    broken = []
    previous, expected = START, 1
    for entry in Entry.objects.filter(stream=stream).iterator(chunk_size=2000):
        if entry.seq != expected or chained(previous, entry) != entry.digest:
            broken.append(entry.seq)
        previous, expected = entry.digest, entry.seq + 1
    if stream.head != expected - 1 or stream.digest != previous:
        broken.append(stream.head)
    return broken
