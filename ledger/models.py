"""The durable event log: one stream per dialogue, entries chained by digest."""

import secrets

from django.db import models


def new_epoch() -> str:
    return secrets.token_hex(6)


class Stream(models.Model):
    """The head of one dialogue's ledger.

    `head` and `counts` only ever grow, and only under this row's lock, which an
    act takes last: so the order of numbers is the order in which changes become
    visible. `epoch` changes when a backup was restored.

    `is_rehearsal` is said once, when the stream is made: the entries of such a stream,
    and of no other, can be removed (`triggers.py`).
    """

    epoch = models.CharField(max_length=12, default=new_epoch)
    head = models.PositiveBigIntegerField(default=0)
    counts = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)
    is_rehearsal = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"Stream {self.pk} at {self.head}"


class Entry(models.Model):
    """One event. Append-only: triggers refuse change and removal.

    `payload` holds ids, numbers and salted digests, never a text or a name, so
    hiding and erasing break neither the chain nor a result.
    """

    stream = models.ForeignKey(Stream, models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=60)
    audience = models.CharField(max_length=40)
    payload = models.JSONField()
    recorded_at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="entry_once_per_seq")
        ]
        ordering = ["stream", "seq"]

    def __str__(self) -> str:
        return f"{self.stream_id}/{self.seq} {self.kind}"
