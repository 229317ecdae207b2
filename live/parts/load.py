"""The load gauge: how much waits, since when, and how fast contributions come.

It is drawn when an entry comes. Between entries time goes on: the browser counts on
from the times given here, by the same rule (`static/live/queue.js`).
"""

from collections import Counter
from datetime import datetime, timedelta

from dialogue.models import Dialogue
from live.parts.desk import draw_part, key_of
from live.parts.queue import SOURCES
from live.screens import View, region
from proposals.models import Comment, Proposal, Question
from shared import clock
from shared.kept import Kept

# Over what contributions are counted, and what one moderator can read of them in a
# minute.
COUNTED_OVER = timedelta(minutes=5)
READABLE = 6
# An entry that waits longer than this is late.
LATE_AFTER = timedelta(minutes=3)
_figures = Kept(100, 1.0)
# Seconds: times this close together are one, so that nobody's can be told.
BUCKET = 15


@region(
    "load",
    screens=("desk",),
    later=(
        "help", "team", "report", "appeal", "contribution", "held", "proposal",
        "comment", "question",
    ),
)  # fmt: skip
def draw_load(dialogue: Dialogue, view: View) -> str:
    """How much there is to do: entries, since when, contributions a minute."""
    number, oldest, moment, came = _figures.get(
        key_of(dialogue), lambda: _measure(dialogue)
    )
    rate = rate_of(came)
    return draw_part(
        "load",
        dialogue,
        view,
        number=number,
        oldest=oldest,
        oldest_ms=clock.milliseconds(oldest),
        arrivals=" ".join(f"{at}:{came[at]}" for at in sorted(came)),
        over=round(COUNTED_OVER.total_seconds()),
        readable=READABLE,
        late=round(LATE_AFTER.total_seconds()),
        rate=rate,
        level=level_of(number, oldest, rate, moment),
    )


def _measure(dialogue: Dialogue) -> tuple[int, datetime | None, datetime, Counter[int]]:
    """Entries, since when the oldest waits, now, and what came."""
    measured = [one.measure(dialogue) for one in SOURCES.values()]
    moment = clock.now()
    return (
        sum(number for number, __ in measured),
        min((oldest for __, oldest in measured if oldest), default=None),
        moment,
        arrivals(dialogue, moment),
    )


def arrivals(dialogue: Dialogue, moment: datetime) -> Counter[int]:
    """Contributions of the last COUNTED_OVER, by the quarter of a minute."""
    since = moment - COUNTED_OVER
    times = (
        # Held ones count when they come. Who types a draft brings nothing yet.
        Proposal.objects.filter(dialogue=dialogue, written_at__gte=since)
        .exclude(state=Proposal.State.DRAFT)
        .values_list("written_at", flat=True),
        Comment.objects.filter(
            proposal__dialogue=dialogue, written_at__gte=since
        ).values_list("written_at", flat=True),
        Question.objects.filter(dialogue=dialogue, written_at__gte=since).values_list(
            "written_at", flat=True
        ),
    )
    first = since.timestamp()
    seconds = (
        int(at.timestamp()) // BUCKET * BUCKET
        for rows in times
        for at in rows.order_by()
        if at
    )
    return Counter(at for at in seconds if at > first)


def rate_of(came: Counter[int]) -> int:
    """Contributions a minute."""
    return round(came.total() / (COUNTED_OVER.total_seconds() / 60))


def level_of(number: int, oldest: datetime | None, rate: int, moment: datetime) -> str:
    if number == 0 and rate <= READABLE:
        return "calm"
    is_late = oldest is not None and moment - oldest > LATE_AFTER
    return "high" if is_late or rate > 2 * READABLE else "busy"
