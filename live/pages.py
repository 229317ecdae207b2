"""Pages of the room. Everything essential works here by plain forms."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.second_factor import second_factor_required
from dialogue.models import Dialogue, Material, Participation
from dialogue.queries import find_dialogue, forbidden
from dialogue.table_queries import is_at_table
from dialogue.uploads import material_response
from live import frames, mine
from live.cards import draw_proposal, draw_thread, readable_proposals
from live.commands import COMMANDS, run_command
from live.door import check_second_factor
from live.entering import enter, require_right, require_table, taking_part
from live.filling import WITH_REASON, page_of, page_slots, personal
from live.frames import Heads
from live.hub import settle_by_page
from live.keeping import Drawn
from live.parts.conference import framed_by
from live.screens import View, view_of
from live.tallies import changed_since
from live.traces import own_slots
from projects.models import District
from proposals.models import Proposal
from proposals.queries import (
    SORTINGS,
    published_proposals,
    search_proposals,
    sorted_proposals,
    with_origins,
)
from shared import clock
from shared.errors import Refusal, wants_json
from shared.kept import Kept

PER_PAGE = 20
_visible = Kept(500, 60.0)


def _view(request: HttpRequest, screen: str) -> View:
    return view_of(screen, (translation.get_language() or "de")[:2])


def _enter_view(
    request: HttpRequest, code: str, view: View
) -> tuple[Participation, Heads]:
    """For fragments and frames: what the desk shows needs what the desk needs."""
    if not view.is_desk:
        participation, heads = enter(request.user, code)
        require_table(participation, view)
        if view.table is not None:
            check_second_factor(participation, request.session)
        return participation, heads
    participation, heads = enter(request.user, code, "dialogue.enter_desk")
    check_second_factor(participation, request.session)
    return participation, heads


def _screen(
    request: HttpRequest,
    participation: Participation,
    drawn: Drawn,
    view: View,
    facts: Callable[[], dict[str, Any]] = dict,
) -> HttpResponse:
    """A live screen: the page of everybody of this kind, with what is mine put in."""
    draft = None
    own: dict[str, str] = {}
    page = partial(
        page_of,
        request,
        drawn,
        view,
        official=participation.is_moderator,
        facts=facts,
    )
    shown = page()
    if view.screen != "projector":
        own, left = own_slots(participation, drawn.dialogue, view, shown.slots)
        if left.has_draft and view.screen == "room":
            draft = participation.proposals.filter(
                state=Proposal.State.DRAFT, kind=Proposal.Kind.PROPOSAL
            ).first()
    if draft is not None:
        own |= {
            f"draft-{name}": escape(getattr(draft, name))
            for name in ("title", "text", "reason")
        }
        if draft.reason:
            shown = page(variant=WITH_REASON)
    own |= page_slots(request, mine.may(participation))
    return HttpResponse(shown.fill(own, request))


@require_GET
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The citizens' room; who does not take part yet goes to the door."""
    entered = taking_part(request.user, code)
    if entered is None:
        query = request.META.get("QUERY_STRING", "")
        door = reverse("dialogue:join", args=[find_dialogue(code).code])
        return redirect(f"{door}?{query}" if query else door)
    participation, heads = entered
    require_right("dialogue.enter_room", participation)
    view = _view(request, "room")
    drawn = frames.shown(participation.dialogue_id, view, heads)
    response = _screen(request, participation, drawn, view, _room_facts)
    # Read by portal.middleware: nothing else may be framed, and on no other page.
    response.frame_origin = framed_by(drawn.regions)  # type: ignore[attr-defined]
    return response


def _room_facts() -> dict[str, Any]:
    return {"districts": list(District.objects.all())}


@require_GET
@second_factor_required
def desk(request: HttpRequest, code: str) -> HttpResponse:
    """The moderators' one screen."""
    participation, heads = enter(request.user, code, "dialogue.enter_desk")
    view = _view(request, "desk")
    drawn = frames.shown(participation.dialogue_id, view, heads)
    return _screen(request, participation, drawn, view)


@require_GET
def projector(request: HttpRequest, code: str) -> HttpResponse:
    """Large, for the hall: what the desk shows, and how to join."""
    participation, heads = enter(request.user, code)
    view = _view(request, "projector")
    drawn = frames.shown(participation.dialogue_id, view, heads)
    return _screen(
        request, participation, drawn, view, lambda: _how_to_join(request, drawn)
    )


def _how_to_join(request: HttpRequest, drawn: Drawn) -> dict[str, Any]:
    room_path = reverse("live:room", args=[drawn.dialogue.code])
    address = request.build_absolute_uri(room_path)
    drawing = segno.make(address, error="m").svg_inline(
        scale=8, border=2, svgclass="qr__code", omitsize=True, title=address
    )
    return {"qr_code": SafeString(drawing)}


@require_POST
def do(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Any command, by plain form or by script without a socket."""
    participation, __ = enter(request.user, code)
    check_second_factor(participation, request.session)
    view = _view(request, request.POST.get("screen", "room"))
    if view.is_desk:
        require_right("dialogue.enter_desk", participation)
    if view.table is not None and not is_at_table(participation, view.table):
        # What is sent may still be right; what a table shows is not for this person.
        view = _view(request, "room")
    done = run_command(name, _facts(name, request.POST), participation, view)
    if COMMANDS[name].takes_away:
        settle_by_page(participation.dialogue_id)
    if wants_json(request):
        slots = {
            slot: personal(html, {}, request) for slot, html in done.mine().items()
        }
        return JsonResponse({"ok": done.ok, "mine": slots})
    if "message" in done.ok:
        messages.success(request, done.ok["message"])
    return HttpResponseRedirect(_back(request, participation.dialogue))


def _facts(name: str, posted: QueryDict) -> dict[str, Any]:
    """The form's fields as the command's payload; empty ones are left out."""
    fields = COMMANDS[name].payload.model_fields if name in COMMANDS else {}
    facts: dict[str, Any] = {}
    for field in posted:
        if field in ("csrfmiddlewaretoken", "next", "screen"):
            continue
        many = field in fields and "list" in str(fields[field].annotation)
        value = posted.getlist(field) if many else posted[field]
        if value not in ("", []):
            facts[field] = value
    return facts


def _back(request: HttpRequest, dialogue: Dialogue) -> str:
    """The page the form stood on, at the place it asks for."""
    anchor = request.POST.get("next", "")
    came_from = urlsplit(request.headers.get("Referer", ""))
    path = reverse("live:room", args=[dialogue.code])
    # A refusal's page stands at the address of its command: nothing to go back to.
    is_ours = came_from.netloc == request.get_host() and "/do/" not in came_from.path
    if is_ours and came_from.path.startswith("/d/"):
        path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return path + (anchor if re.fullmatch(r"#[\w-]{1,60}", anchor) else "")


@require_GET
def since(request: HttpRequest, code: str) -> HttpResponse:
    """What was missed, for a browser whose socket is blocked."""
    view = _view(request, request.GET.get("screen", "room"))
    participation, heads = _enter_view(request, code, view)
    epoch = request.GET.get("epoch", "")
    try:
        seq, version = int(request.GET["since"]), int(request.GET["version"])
    except (KeyError, ValueError):
        raise Refusal(
            "input.invalid", _("Please reload the page."), status=400
        ) from None
    heard = _heard_by(participation.dialogue_id, view, heads)
    if epoch == heads.epoch and heard <= seq <= heads.seq:
        # Mostly there are only numbers, or nothing.
        missed, heads = _numbers(participation.dialogue, heads, version)
    else:
        missed = frames.catch_up(
            participation.dialogue_id, view, epoch=epoch, since=seq, version=version
        ).frames
    # Once more after drawing: nobody gets what was said after they had left.
    require_table(participation, view)
    return JsonResponse({"frames": [*missed, frames.heartbeat(heads, heard)]})


def _heard_by(dialogue_pk: int, view: View, heads: Heads) -> int:
    """The last seq up to the head that this view hears of: it never changes."""
    heard: int = _visible.get(
        (dialogue_pk, view.audiences, heads.epoch, heads.seq),
        lambda: frames.visible_head(dialogue_pk, view, heads.seq),
    )
    return heard


def _numbers(
    dialogue: Dialogue, heads: Heads, version: int
) -> tuple[tuple[frames.Frame, ...], Heads]:
    """A frame of the numbers since `version`, and the heads it leads to."""
    if version >= heads.version:
        return (), heads
    counts = changed_since(dialogue, heads, version)
    frame = frames.counts_frame_of(heads.epoch, counts)
    reached = Heads(heads.epoch, heads.seq, counts.version)
    return ((frame,) if counts.version > version else ()), reached


@require_GET
def proposals(request: HttpRequest, code: str) -> HttpResponse:
    """All proposals: sorted, searched, or only one's own."""
    participation, heads = enter(request.user, code)
    dialogue = participation.dialogue
    view = _view(request, "room")
    sorting = request.GET.get("sort", "newest")
    sorting = sorting if sorting in SORTINGS else "newest"
    words = request.GET.get("q", "")[:100]
    only_mine = request.GET.get("mine") == "1"
    rows = search_proposals(published_proposals(dialogue), words)
    if only_mine:
        rows = rows.filter(author=participation)
    page = Paginator(with_origins(sorted_proposals(rows, sorting)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    slots = mine.proposal_slots(participation, dialogue, [row.pk for row in page])
    return render(
        request,
        "live/proposals.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "page_obj": page,
            "sorting": sorting,
            "words": words,
            "only_mine": only_mine,
            "may": mine.may(participation),
            "cards": [
                personal(draw_proposal(dialogue, view, row), slots, request)
                for row in page
            ],
            **live_facts(dialogue, view, heads),
        },
    )


def live_facts(dialogue: Dialogue, view: View, heads: Heads) -> dict[str, Any]:
    """What the root of every live page carries."""
    drawn = frames.shown(dialogue.pk, view, heads)
    return {
        "view": view,
        "frame": {
            "epoch": drawn.moment.epoch,
            "seq": drawn.moment.heard,
            "version": drawn.moment.version,
        },
        "allows": drawn.allows,
        "server_now": clock.milliseconds(clock.now()),
    }


def _shown_proposal(dialogue: Dialogue, view: View, pk: int) -> Proposal:
    row: Proposal | None = readable_proposals(dialogue, view).filter(pk=pk).first()
    if row is None:
        raise forbidden()
    return row


@require_GET
def proposal(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One proposal with its comments and earlier wordings."""
    participation, heads = enter(request.user, code)
    dialogue = participation.dialogue
    view = _view(request, "room")
    row = _shown_proposal(dialogue, view, pk)
    slots = mine.proposal_slots(participation, dialogue, [row.pk])
    return render(
        request,
        "live/proposal.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "proposal": row,
            "card": personal(
                draw_proposal(dialogue, view, row, stands_alone=True), slots, request
            ),
            "thread": personal(draw_thread(dialogue, view, row), {}, request),
            "revisions": row.revisions.all(),
            "may": mine.may(participation),
            **live_facts(dialogue, view, heads),
        },
    )


@require_GET
def thread(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The comments of a proposal as a fragment, for the card in the room."""
    view = _view(request, request.GET.get("screen", "room"))
    participation, __ = _enter_view(request, code, view)
    row = _shown_proposal(participation.dialogue, view, pk)
    html = draw_thread(participation.dialogue, view, row)
    return HttpResponse(personal(html, {}, request))


@require_GET
def material(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """A picture or PDF of the agenda, for those who take part."""
    participation, __ = enter(request.user, code)
    row = Material.objects.filter(pk=pk, item__dialogue=participation.dialogue).first()
    if row is None or not row.file:
        raise forbidden()
    return material_response(row)
