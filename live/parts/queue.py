"""The one queue of the desk: everything that needs a look, oldest first.

A capability adds its own by `source`. Claims say who looks after what.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dialogue.models import Claim, Dialogue, HelpCall, TeamMessage
from live.parts.desk import draw_part
from live.screens import (
    CARD_KINDS,
    CardKind,
    Cards,
    Targets,
    View,
    list_region,
    touches_cards,
)
from moderation.models import Rule
from shared import clock

# More than this stand on no desk; the oldest ones do.
MOST_SHOWN = 100


Gauge = tuple[int, datetime | None]


@dataclass(frozen=True)
class Source:
    """One kind of entry: `rows` gives what waits now, oldest first: a queryset, or a
    list where there are never many; `at` names the moment since when one waits.
    `not_for` are participations that leave an entry to others: in their queue it does
    not stand. `gauge` says how many wait and since when, cheaper than by the rows."""

    label: str | Promise
    rows: Callable[[Dialogue], Any]
    at: str
    not_for: Callable[[Any], Iterable[int]] = lambda __: ()
    gauge: Callable[[Dialogue], Gauge] | None = None

    def made_at(self, row: Any) -> datetime:
        moment: datetime = getattr(row, self.at)
        return moment

    def measure(self, dialogue: Dialogue) -> Gauge:
        """How many wait, and since when the oldest does."""
        if self.gauge is not None:
            return self.gauge(dialogue)
        rows = self.rows(dialogue).order_by()
        found = rows.aggregate(number=Count("pk"), oldest=Min(self.at))
        return found["number"], found["oldest"]

    def oldest(self, dialogue: Dialogue) -> list[Any]:
        """At most MOST_SHOWN."""
        return list(self.rows(dialogue)[:MOST_SHOWN])

    def find(self, dialogue: Dialogue, pk: int) -> Any:
        """The row `pk` if it still waits, else None."""
        rows = self.rows(dialogue)
        if isinstance(rows, list):
            return next((row for row in rows if row.pk == pk), None)
        return rows.filter(pk=pk).first()


SOURCES: dict[str, Source] = {}
Claims = dict[tuple[str, int], Claim]


def source(
    kind: str,
    label: str | Promise,
    *,
    rows: Callable[[Dialogue], Any],
    at: str,
    not_for: Callable[[Any], Iterable[int]] = lambda __: (),
    gauge: Callable[[Dialogue], Gauge] | None = None,
) -> None:
    """Enter a kind of entry; its card is `templates/live/parts/KIND.html`.

    A row that is not among `rows` any more leaves the desk.
    """
    one = SOURCES[kind] = Source(label, rows, at, not_for, gauge)
    CARD_KINDS[kind] = CardKind(
        region="queue",
        list_id="queue-list",
        screens=("desk",),
        find=lambda dialogue, __, pk: one.find(dialogue, pk),
        draw=lambda dialogue, view, row: draw_entry(dialogue, view, kind, row),
    )


def draw_entry(
    dialogue: Dialogue, view: View, kind: str, row: Any, claims: Claims | None = None
) -> str:
    """One entry with its acts, and who looks after it."""
    if claims is None:
        claims = claims_of(dialogue, kind=kind, subject=row.pk)
    made_at = SOURCES[kind].made_at(row)
    return draw_part(
        "queue_entry",
        dialogue,
        view,
        kind=kind,
        row=row,
        label=SOURCES[kind].label,
        made_at=made_at,
        place=clock.milliseconds(made_at),
        claim=claims.get((kind, row.pk)),
        not_for=" ".join(str(pk) for pk in sorted(SOURCES[kind].not_for(row))),
        rules=Rule.choices,
        body=f"live/parts/{kind}.html",
    )


def claims_of(dialogue: Dialogue, **narrowed: Any) -> Claims:
    """Who looks after what, by kind and primary key."""
    return {
        (claim.kind, claim.subject): claim
        for claim in Claim.objects.filter(dialogue=dialogue, **narrowed).select_related(
            "claimed_by"
        )
    }


def waiting(dialogue: Dialogue) -> list[tuple[datetime, str, Any]]:
    """The oldest MOST_SHOWN entries as (when, kind, row), oldest first."""
    found = [
        (one.made_at(row), kind, row)
        for kind, one in SOURCES.items()
        for row in one.oldest(dialogue)
    ]
    return sorted(found, key=lambda entry: (entry[0], entry[1], entry[2].pk))[
        :MOST_SHOWN
    ]


@list_region("queue", screens=("desk",))
def draw_queue(dialogue: Dialogue, view: View, cards: Cards) -> str:
    """All entries, those from before only drawn again if they were touched."""
    claims = claims_of(dialogue)
    drawn = []
    for __, kind, row in waiting(dialogue):
        if (kind, row.pk) not in cards:
            cards[kind, row.pk] = draw_entry(dialogue, view, kind, row, claims)
        drawn.append(cards[kind, row.pk])
    return draw_part("queue", dialogue, view, cards=drawn)


@touches_cards("queue")
def _claimed(__: str, facts: Any) -> Targets:
    return {(facts["entry"], facts["subject"])} if facts["entry"] in SOURCES else set()


# --- what waits on the dialogue's own floor --------------------------------------


def _help_calls(dialogue: Dialogue) -> Any:
    return HelpCall.objects.filter(dialogue=dialogue, answered_at=None)


def _team_calls(dialogue: Dialogue) -> Any:
    return (
        TeamMessage.objects.filter(dialogue=dialogue, is_call=True, taken_at=None)
        .select_related("author")
        .order_by("pk")
    )


source(
    "queuehelp",
    _("A call for help"),
    rows=_help_calls,
    at="called_at",
)
source(
    "queueteam",
    _("Call of a moderator"),
    rows=_team_calls,
    at="sent_at",
)


@touches_cards("help")
def _call(__: str, facts: Any) -> Targets:
    return {("queuehelp", facts["call"])}


@touches_cards("team")
def _team_call(__: str, facts: Any) -> Targets:
    return {("queueteam", facts["message"])}
