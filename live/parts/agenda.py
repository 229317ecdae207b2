"""What runs now, the run sheet, and what the projector shows."""

from datetime import datetime
from typing import Any

from dialogue.models import AgendaItem, Dialogue
from dialogue.table_queries import current_round
from live.cards import ballot_facts, ballots_of, proposals_of, questions_of
from live.screens import DRAWERS, View, allowed_now, draw
from projects.models import localised
from proposals.models import (
    ReactionCount,
)
from proposals.queries import (
    proposal_numbers,
)
from shared import clock

_NOW = {
    "room": "regions/now",
    "desk": "regions/now_desk",
    "projector": "regions/now_projector",
    "table": "regions/now_table",
}


def _now(dialogue: Dialogue, view: View) -> str:
    running = dialogue.state == Dialogue.State.LIVE
    item = dialogue.current
    later = None
    if item is not None:
        later = dialogue.agenda.filter(position__gt=item.position).first()
    elif not dialogue.is_over:
        later = dialogue.agenda.first()
    ends_at = _ends_at(dialogue, view)
    return draw(
        _NOW[view.screen],
        dialogue,
        view,
        item=item if not dialogue.is_over else None,
        later=later,
        title=localised(item, "title") if item else "",
        text=localised(item, "text") if item else "",
        later_title=localised(later, "title") if later else "",
        materials=list(item.materials.all()) if item else [],
        allows=allowed_now(dialogue),
        ends=clock.milliseconds(ends_at) if running else None,
        ends_at=ends_at,
        item_ends=clock.milliseconds(dialogue.item_ends_at) or 0,
        reactions=_reactions(dialogue),
        is_live=running,
    )


def _ends_at(dialogue: Dialogue, view: View) -> datetime | None:
    """When the countdown of this screen is over: tables may have one of their own."""
    at_tables = current_round(dialogue) if view.table is not None else None
    return (
        at_tables.ends_at if at_tables and at_tables.ends_at else dialogue.item_ends_at
    )


def _reactions(dialogue: Dialogue) -> list[dict[str, Any]]:
    numbers = (
        dict(
            ReactionCount.objects.filter(item_id=dialogue.current_id).values_list(
                "kind", "number"
            )
        )
        if dialogue.current_id
        else {}
    )
    return [
        {"kind": kind, "label": label, "number": numbers.get(kind, 0)}
        for kind, label in ReactionCount.Kind.choices
    ]


def _agenda(dialogue: Dialogue, view: View) -> str:
    items: list[Any] = list(dialogue.agenda.prefetch_related("steps"))
    for item in items:
        item.shown_title = localised(item, "title")
        item.minutes_run = _minutes_run(item)
        item.is_past = any(item.steps.all()) and item.pk != dialogue.current_id
        item.is_skipped = (
            dialogue.current is not None
            and item.position < dialogue.current.position
            and not item.is_past
        )
    return draw("regions/agenda", dialogue, view, items=items)


def _minutes_run(item: AgendaItem) -> int:
    seconds = sum(
        ((step.ended_at or clock.now()) - step.began_at).total_seconds()
        for step in item.steps.all()
    )
    return round(seconds / 60)


def _stage(dialogue: Dialogue, view: View) -> str:
    """What the moderation put on the projector: see `Dialogue.projected`."""
    kind, __, pk = dialogue.projected.partition("-")
    facts: dict[str, Any] = {}
    if kind in ("now", "question"):
        # The one on stage goes before the one that was shown last.
        staged = questions_of(dialogue, view).filter(is_on_stage=True).first()
        kind, pk = ("question", str(staged.pk)) if staged else (kind, pk)
    if kind == "proposal" and pk.isdigit():
        row = proposals_of(dialogue, view).filter(pk=pk).first()
        facts = {"proposal": row, "numbers": proposal_numbers(row)} if row else {}
    elif kind == "question" and pk.isdigit():
        asked = questions_of(dialogue, view).filter(pk=pk).first()
        facts = {"question": asked} if asked else {}
    elif kind == "ballot" and pk.isdigit():
        ballot = ballots_of(dialogue, view).filter(pk=pk).first()
        facts = ballot_facts(view, ballot) if ballot else {}
    # What was hidden or withdrawn meanwhile gives way to the agenda item.
    shown = kind if facts or kind in ("join", "agenda") else "now"
    return draw("regions/stage", dialogue, view, shown=shown, **facts)


DRAWERS.update(now=_now, agenda=_agenda, stage=_stage)
