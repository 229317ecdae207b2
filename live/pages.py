"""Pages of the room. Everything essential works here by plain forms."""

import re
from secrets import token_hex
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
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.second_factor import second_factor_required
from dialogue.models import Dialogue, Material, Participation
from dialogue.queries import (
    access_participation,
    find_dialogue,
    forbidden,
    participation_of,
)
from dialogue.uploads import material_response
from live import frames, mine
from live.commands import COMMANDS, check_second_factor, run_command
from live.screens import (
    View,
    allowed_now,
    draw_proposal,
    draw_thread,
    load_dialogue,
    proposals_of,
    view_of,
)
from projects.models import District
from proposals.models import Proposal
from proposals.queries import (
    SORTINGS,
    published_proposals,
    search_proposals,
    sorted_proposals,
)
from shared import clock
from shared.errors import Refusal, wants_json

PER_PAGE = 20
_key = re.compile("<!--key-->")
_slot = re.compile(r"<!--mine:([a-z]+(?:-\d+)?)-->.*?<!--/mine:\1-->", re.DOTALL)


def personal(html: str, slots: dict[str, str], request: HttpRequest) -> SafeString:
    """Shared HTML with this person's slots and form tokens put in.

    Both parts come from templates, which escaped every text already.
    """

    def own(match: re.Match[str]) -> str:
        return slots.get(match[1], match[0])

    token = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">',
        get_token(request),
    )
    html = _slot.sub(own, html).replace("<!--csrf-->", token)
    return SafeString(_key.sub(_fresh_key, html))


def _fresh_key(__: re.Match[str]) -> str:
    """A vote sent twice from one page has one effect and one receipt."""
    return format_html(
        '<input type="hidden" name="request_key" value="{}">', token_hex(16)
    )


def _enter(
    request: HttpRequest, code: str, right: str = "dialogue.enter_room"
) -> Participation:
    """The person's participation, its dialogue loaded."""
    dialogue = find_dialogue(code)
    participation = access_participation(request.user, dialogue, right)
    participation.dialogue = dialogue
    return participation


def _enter_view(request: HttpRequest, code: str, view: View) -> Participation:
    """For fragments and frames: what the desk shows needs what the desk needs."""
    if not view.is_desk:
        return _enter(request, code)
    participation = _enter(request, code, "dialogue.enter_desk")
    check_second_factor(participation, request.session)
    return participation


def _view(request: HttpRequest, screen: str) -> View:
    return view_of(screen, (translation.get_language() or "de")[:2])


def _screen(
    request: HttpRequest, participation: Participation, screen: str, **facts: Any
) -> HttpResponse:
    """A live screen: the shared part from the snapshot, the personal part filled in."""
    view = _view(request, screen)
    shown = frames.snapshot(participation.dialogue_id, view)
    dialogue = load_dialogue(participation.dialogue_id)
    slots = mine.all_slots(participation, dialogue, view)
    regions = {
        name: personal(html, slots, request) for name, html in shown["regions"].items()
    }
    return render(
        request,
        f"live/{screen}.html",
        {
            "dialogue": dialogue,
            "participation": participation,
            "view": view,
            "screen": screen,
            "regions": regions,
            "slots": {
                name: personal(html, {}, request) for name, html in slots.items()
            },
            "frame": shown,
            "allows": allowed_now(dialogue),
            "may": mine.may(participation),
            "server_now": int(clock.now().timestamp() * 1000),
            **facts,
        },
    )


@require_GET
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The citizens' room; who does not take part yet goes to the door."""
    dialogue = find_dialogue(code)
    participation = participation_of(request.user, dialogue)
    if participation is None:
        query = request.META.get("QUERY_STRING", "")
        door = reverse("dialogue:join", args=[dialogue.code])
        return redirect(f"{door}?{query}" if query else door)
    participation = _enter(request, code)
    draft = participation.proposals.filter(
        state=Proposal.State.DRAFT, kind=Proposal.Kind.PROPOSAL
    ).first()
    return _screen(
        request,
        participation,
        "room",
        districts=District.objects.all(),
        draft=draft,
    )


@require_GET
@second_factor_required
def desk(request: HttpRequest, code: str) -> HttpResponse:
    """The moderators' one screen."""
    participation = _enter(request, code, "dialogue.enter_desk")
    return _screen(
        request,
        participation,
        "desk",
        join_address=_join_address(request, participation.dialogue),
    )


@require_GET
def projector(request: HttpRequest, code: str) -> HttpResponse:
    """Large, for the hall: what the desk shows, and how to join."""
    participation = _enter(request, code)
    address = _join_address(request, participation.dialogue)
    drawing = segno.make(address, error="m").svg_inline(
        scale=8, border=2, svgclass="qr__code", omitsize=True, title=address
    )
    return _screen(
        request,
        participation,
        "projector",
        join_address=address,
        qr_code=SafeString(drawing),
    )


def _join_address(request: HttpRequest, dialogue: Dialogue) -> str:
    return request.build_absolute_uri(reverse("live:room", args=[dialogue.code]))


@require_POST
def do(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Any command, by plain form or by script without a socket."""
    participation = _enter(request, code)
    check_second_factor(participation, request.session)
    view = _view(request, request.POST.get("screen", "room"))
    if view.is_desk:
        access_participation(
            request.user, participation.dialogue, "dialogue.enter_desk"
        )
    done = run_command(name, _facts(name, request.POST), participation, view)
    if wants_json(request):
        slots = {slot: personal(html, {}, request) for slot, html in done.mine.items()}
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
    participation = _enter_view(request, code, view)
    try:
        seq, version = int(request.GET["since"]), int(request.GET["version"])
    except (KeyError, ValueError):
        raise Refusal(
            "input.invalid", _("Please reload the page."), status=400
        ) from None
    missed = frames.catch_up(
        participation.dialogue_id,
        view,
        epoch=request.GET.get("epoch", ""),
        since=seq,
        version=version,
    )
    heads = frames.heads_of(participation.dialogue_id)
    beat = frames.heartbeat(
        heads, frames.visible_head(participation.dialogue_id, view, heads.seq)
    )
    return JsonResponse({"frames": [*missed.frames, beat]})


@require_GET
def proposals(request: HttpRequest, code: str) -> HttpResponse:
    """All proposals: sorted, searched, or only one's own."""
    participation = _enter(request, code)
    dialogue = participation.dialogue
    view = _view(request, "room")
    sorting = request.GET.get("sort", "newest")
    sorting = sorting if sorting in SORTINGS else "newest"
    words = request.GET.get("q", "")[:100]
    only_mine = request.GET.get("mine") == "1"
    rows = search_proposals(published_proposals(dialogue), words)
    if only_mine:
        rows = rows.filter(author=participation)
    page = Paginator(sorted_proposals(rows, sorting), PER_PAGE).get_page(
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
            **_live_facts(dialogue, view),
        },
    )


def _live_facts(dialogue: Dialogue, view: View) -> dict[str, Any]:
    """What the root of every live page carries."""
    heads = frames.heads_of(dialogue.pk)
    return {
        "view": view,
        "frame": {
            "epoch": heads.epoch,
            "seq": frames.visible_head(dialogue.pk, view, heads.seq),
            "version": heads.version,
        },
        "allows": allowed_now(dialogue),
        "server_now": int(clock.now().timestamp() * 1000),
    }


def _shown_proposal(dialogue: Dialogue, view: View, pk: int) -> Proposal:
    row: Proposal | None = proposals_of(dialogue, view).filter(pk=pk).first()
    if row is None:
        raise forbidden()
    return row


@require_GET
def proposal(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One proposal with its comments and earlier wordings."""
    participation = _enter(request, code)
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
            **_live_facts(dialogue, view),
        },
    )


@require_GET
def thread(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The comments of a proposal as a fragment, for the card in the room."""
    view = _view(request, request.GET.get("screen", "room"))
    participation = _enter_view(request, code, view)
    row = _shown_proposal(participation.dialogue, view, pk)
    html = draw_thread(participation.dialogue, view, row)
    return HttpResponse(personal(html, {}, request))


@require_GET
def material(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """A picture or PDF of the agenda, for those who take part."""
    participation = _enter(request, code)
    row = Material.objects.filter(pk=pk, item__dialogue=participation.dialogue).first()
    if row is None or not row.file:
        raise forbidden()
    return material_response(row)
