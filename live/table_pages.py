"""A table's own page, the way to it, and what it has found."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dialogue.models import Table
from dialogue.queries import forbidden
from dialogue.table_queries import is_at_table, seat_of
from live import frames, mine
from live.cards import draw_proposal
from live.door import check_second_factor
from live.entering import enter, require_table
from live.filling import page_of, page_slots, personal
from live.pages import live_facts
from live.parts.conference import framed_by
from live.screens import View, view_of
from live.traces import own_slots
from proposals.models import Proposal
from proposals.queries import published_proposals


def _language() -> str:
    return (translation.get_language() or "de")[:2]


@require_GET
def table(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The screen of one table. Who sits elsewhere is led there."""
    participation, heads = enter(request.user, code)
    view = View("table", view_of("table", _language()).language, pk)
    if not is_at_table(participation, pk):
        return redirect("live:my_table", code=participation.dialogue.code)
    check_second_factor(participation, request.session)
    drawn = frames.shown(participation.dialogue_id, view, heads)
    page = partial(page_of, request, drawn, view, official=participation.is_moderator)
    shown = page()
    own, left = own_slots(participation, drawn.dialogue, view, shown.slots)
    if left.has_draft:
        draft = participation.proposals.filter(
            state=Proposal.State.DRAFT, kind=Proposal.Kind.FINDING
        ).first()
        if draft is not None:
            own |= {
                f"draft-{name}": escape(getattr(draft, name))
                for name in ("title", "text")
            }
    own |= page_slots(request, mine.may(participation))
    # Once more after drawing: nobody gets what was said after they had left.
    require_table(participation, view)
    response = HttpResponse(shown.fill(own, request))
    # Read by portal.middleware, as in the room.
    response.frame_origin = framed_by(drawn.regions)  # type: ignore[attr-defined]
    return response


@require_GET
def my_table(request: HttpRequest, code: str) -> HttpResponse:
    """To the table where this person sits now; to the room without one."""
    participation, __ = enter(request.user, code)
    dialogue = participation.dialogue
    seat = seat_of(participation)
    if seat is not None:
        messages.info(
            request, _("You sit here now: %(name)s.") % {"name": seat.table.name}
        )
        return redirect("live:table", code=dialogue.code, pk=seat.table_id)
    return redirect(reverse("live:room", args=[dialogue.code]) + "#tables")


@require_GET
def table_notes(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What a table has found, for everybody in the room: only what was brought back."""
    participation, heads = enter(request.user, code)
    dialogue = participation.dialogue
    row = Table.objects.filter(pk=pk, dialogue=dialogue).first()
    if row is None:
        raise forbidden()
    view = view_of("room", _language())
    found = list(
        published_proposals(dialogue).filter(table=row).order_by("published_at", "pk")
    )
    slots = mine.proposal_slots(participation, dialogue, [one.pk for one in found])
    return render(
        request,
        "live/table_notes.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "table": row,
            "is_here": is_at_table(participation, row.pk),
            "may": mine.may(participation),
            "cards": [
                personal(draw_proposal(dialogue, view, one), slots, request)
                for one in found
            ],
            **live_facts(dialogue, view, heads),
        },
    )
