"""Who is in a batch of votes or stances, locked, with their rights asked once each.

A thousand people who stand alike (admitted, same role, same dialogue) have the same
rights: these are evaluated once per standing, not once per person.
"""

from collections.abc import Iterable
from datetime import datetime

from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, require, share_lock
from shared.rows import Listed

Standing = tuple[int, str, str, datetime | None]


class Voters:
    """The people of one batch, as they stand while its transaction holds them.

    The lock keeps two tabs of one person, at two processes, from counting twice.
    """

    def __init__(self, pks: Iterable[int], right: str) -> None:
        self.right = right
        rows = (
            Participation.objects.select_for_update(no_key=True)
            .filter(pk__in=Listed(pks))
            .order_by("pk")
            .values_list("pk", "dialogue_id", "state", "role", "silenced_until")
        )
        self.standings: dict[int, Standing] = {row[0]: row[1:] for row in rows}
        # Shared before they are read: closing waits, or has happened and is seen.
        dialogue_pks = sorted({standing[0] for standing in self.standings.values()})
        share_lock(Dialogue, dialogue_pks)
        self.dialogues = Dialogue.objects.select_related("current").in_bulk(
            dialogue_pks
        )
        self.allowed: set[Standing] = set()

    def dialogue_of(self, pk: int) -> int | None:
        """The dialogue that person `pk` takes part in; None if there is no such."""
        standing = self.standings.get(pk)
        return standing[0] if standing else None

    def check(self, pk: int) -> None:
        """Refuse unless `pk` holds the right, saying what is missing."""
        standing = self.standings.get(pk)
        if standing is None:
            raise forbidden()
        if standing in self.allowed:
            return
        dialogue_pk, state, role, silenced_until = standing
        dialogue = self.dialogues[dialogue_pk]
        require(
            self.right,
            Participation(
                pk=pk,
                dialogue=dialogue,
                state=state,
                role=role,
                silenced_until=silenced_until,
            ),
            dialogue,
        )
        self.allowed.add(standing)

    def stream_of(self, dialogue_pk: int) -> int:
        """The stream of a dialogue that somebody of the batch takes part in."""
        stream_pk: int = self.dialogues[dialogue_pk].stream_id
        return stream_pk
