"""Pages of the questions wall and of the editorial team."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.second_factor import second_factor_required
from dialogue.models import Dialogue
from live import mine
from live.cards import draw_question
from live.entering import enter
from live.filling import personal
from live.pages import PER_PAGE, live_facts
from live.screens import View, view_of
from moderation.merging import KINDS, WORDING_SIGNS
from proposals.duplicates import clustered
from proposals.queries import (
    contributions,
    search_proposals,
    with_origins,
    wording_digest,
)
from proposals.wall import SORTINGS, STATUSES, topics_of, wall_rows

# A page of choices that one can still read through; words narrow it.
MOST_CHOICES = 300


@require_GET
def questions(request: HttpRequest, code: str) -> HttpResponse:
    """All questions: by age or support, of a topic, answered or open."""
    participation, heads = enter(request.user, code)
    dialogue = participation.dialogue
    view = _view_of("room")
    sorting = _one_of(request.GET.get("sort", ""), SORTINGS) or SORTINGS[0]
    status = _one_of(request.GET.get("status", ""), STATUSES)
    topics = topics_of(dialogue)
    topic = _one_of(request.GET.get("topic", ""), tuple(topics))
    rows = wall_rows(dialogue, sorting=sorting, topic=topic, status=status)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    slots = mine.question_slots(participation, dialogue, [row.pk for row in page])
    return render(
        request,
        "live/questions.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "page_obj": page,
            "sorting": sorting,
            "status": status,
            "topic": topic,
            "topics": topics,
            "may": mine.may(participation),
            "cards": [
                personal(draw_question(dialogue, view, row), slots, request)
                for row in page
            ],
            **live_facts(dialogue, view, heads),
        },
    )


@dataclass(frozen=True)
class Choice:
    """A contribution that can be put together with others, as it reads now."""

    pk: int
    value: str
    row: Any


@require_GET
@second_factor_required
def synthesis(request: HttpRequest, code: str) -> HttpResponse:
    """Where the editorial team puts proposals, findings or questions together."""
    participation, heads = enter(request.user, code, "dialogue.enter_desk")
    dialogue = participation.dialogue
    view = _view_of("desk")
    kind = _one_of(request.GET.get("kind", ""), KINDS) or KINDS[0]
    words = request.GET.get("q", "")[:100]
    rows = _choices(dialogue, kind, words)
    return render(
        request,
        "live/synthesis.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "kind": kind,
            "kinds": [("proposal", _("Proposals")), ("question", _("Questions"))],
            "words": words,
            "choices": rows,
            "clusters": _together(rows),
            "targets": [choice for choice in rows if choice.row.origins]
            + [choice for choice in rows if not choice.row.origins],
            "limit": MOST_CHOICES,
            "may": mine.may(participation),
            **live_facts(dialogue, view, heads),
        },
    )


def _choices(dialogue: Dialogue, kind: str, words: str) -> list[Choice]:
    rows = contributions(kind).filter(dialogue=dialogue, state="published")
    if kind == "proposal":
        rows = search_proposals(rows, words).select_related("table")
    else:
        for word in words.split()[:8]:
            rows = rows.filter(text__icontains=word)
    found = with_origins(rows.select_related("author")).order_by("-supports", "pk")
    return [
        Choice(row.pk, f"{row.pk}-{wording_digest(row)[:WORDING_SIGNS]}", row)
        for row in found[:MOST_CHOICES]
    ]


@dataclass(frozen=True)
class Cluster:
    """Choices that sound alike; or, at the end, those that are like no other."""

    choices: list[Choice]
    is_alike: bool


def _together(rows: list[Choice]) -> list[Cluster]:
    """What sounds alike beside each other, the largest first; at last each by itself.

    Only a suggestion: nothing is picked by it.
    """
    # A proposal's title says it in one sentence, as a question does.
    texts = [getattr(choice.row, "title", "") or choice.row.text for choice in rows]
    found = [[rows[at] for at in places] for places in clustered(texts)]
    alike = sorted((each for each in found if len(each) > 1), key=len, reverse=True)
    alone = [each[0] for each in found if len(each) == 1]
    clusters = [Cluster(each, is_alike=True) for each in alike]
    return clusters + ([Cluster(alone, is_alike=False)] if alone else [])


def _view_of(screen: str) -> View:
    return view_of(screen, (translation.get_language() or "de")[:2])


def _one_of(word: str, known: tuple[str, ...]) -> str:
    return word if word in known else ""
