"""Tables whose moderator has gone: noticed whenever it is noted who is here."""

from datetime import timedelta
from typing import Any

from django.db.models import Q

from dialogue.models import Table
from dialogue.table_events import TableAbandoned, TableAttended
from ledger.actions import act, record
from shared import clock

# Sockets mark who is here every 15 s: who was last seen so long ago has been away for
# 20 s at least.
GONE_AFTER = timedelta(seconds=35)


@act()
def look_after_tables(*, dialogue_pk: int) -> int:
    """Note which moderators of tables have gone or are back; how many that are."""
    since = clock.now() - GONE_AFTER
    gone = Q(moderator__seen_at=None) | Q(moderator__seen_at__lt=since)
    changed = (
        Table.objects.filter(
            Q(abandoned_at=None) & gone | Q(abandoned_at__isnull=False) & ~gone,
            dialogue=dialogue_pk,
            state=Table.State.OPEN,
            moderator__isnull=False,
            dialogue__table_rounds__ended_at=None,
            dialogue__table_rounds__isnull=False,
        )
        .select_for_update(of=("self",))
        .select_related("dialogue")
    )
    tables = list(changed)
    for table in tables:
        was_there = table.abandoned_at is None
        table.abandoned_at = clock.now() if was_there else None
        table.save(update_fields=["abandoned_at"])
        event: Any = TableAbandoned if was_there else TableAttended
        record(table.dialogue.stream_id, event(table=table.pk))
    return len(tables)
