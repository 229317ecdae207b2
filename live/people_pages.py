"""Everybody in a dialogue, page by page, and what can be done about one of them."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.views.decorators.http import require_GET

from accounts.second_factor import second_factor_required
from dialogue.models import Participation
from dialogue.table_watch import GONE_AFTER
from live.ballot_pages import desk_page
from live.entering import enter
from live.filling import personal
from live.parts.people import where_they_are
from live.screens import draw, view_of
from moderation.models import Rule
from shared import clock

PER_PAGE = 50


@require_GET
@second_factor_required
def people(request: HttpRequest, code: str) -> HttpResponse:
    """The list that the desk shows the newest of, with a search."""
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    words = request.GET.get("q", "").strip()[:100]
    rows = who.dialogue.participations.order_by("display_name", "pk")
    if words:
        rows = rows.filter(display_name__icontains=words)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    where = where_they_are(who.dialogue, [row.pk for row in page.object_list])
    return desk_page(
        request,
        who,
        heads,
        "live/people.html",
        listed=[(row, where[row.pk], _is_here(row)) for row in page.object_list],
        page_obj=page,
        words=words,
    )


@require_GET
@second_factor_required
def person(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One person's role, and asking them to listen or to leave, as a page."""
    who, heads = enter(request.user, code, "dialogue.enter_desk")
    row = get_object_or_404(who.dialogue.participations, pk=pk)
    return desk_page(
        request,
        who,
        heads,
        "live/person.html",
        person=row,
        where=where_they_are(who.dialogue, [pk])[pk],
        forms=_forms(request, row),
    )


@require_GET
@second_factor_required
def person_forms(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The same forms as a fragment, for the card on the desk."""
    who, __ = enter(request.user, code, "dialogue.enter_desk")
    row = get_object_or_404(who.dialogue.participations, pk=pk)
    return HttpResponse(_forms(request, row))


def _is_here(row: Participation) -> bool:
    """Whether a screen of this person was connected a moment ago."""
    return row.seen_at is not None and row.seen_at >= clock.now() - GONE_AFTER


def _forms(request: HttpRequest, row: Participation) -> Any:
    language = (translation.get_language() or "de")[:2]
    html = draw(
        "cards/person_forms",
        row.dialogue,
        view_of("desk", language),
        person=row,
        roles=Participation.Role.choices,
        rules=Rule.choices,
        is_here=_is_here(row),
    )
    return personal(html, {}, request)
