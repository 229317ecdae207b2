"""Pages on which staff start, stop and wipe the rehearsals of a dialogue."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dialogue.models import Dialogue, Rehearsal
from dialogue.planning_queries import access_planning
from dialogue.queries import forbidden
from dialogue.rehearsing import KEPT_FOR, plan_rehearsal, stop_rehearsal
from live.rehearsal.forms import RehearsalForm
from live.rehearsal.tasks import run_rehearsal
from moderation.wiping import wipe_rehearsal
from shared.errors import Refusal


@require_safe
@login_required
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """The rehearsals of a dialogue, and the form for another one."""
    dialogue = access_planning(request.user, code)
    if dialogue.rehearsal_of is not None:
        # Its own pages are those of what it rehearses.
        return redirect("rehearsal:overview", dialogue.rehearsal_of.code)
    return _page(request, dialogue, RehearsalForm())


def _page(
    request: HttpRequest, dialogue: Dialogue, form: RehearsalForm
) -> HttpResponse:
    rows = list(
        Rehearsal.objects.filter(dialogue__rehearsal_of=dialogue)
        .select_related("dialogue")
        .order_by("-pk")
    )
    rehearsals = [
        {
            "row": row,
            "wiped_at": row.ended_at + KEPT_FOR if row.ended_at else None,
            "said": row.dialogue.proposals.count() + row.dialogue.questions.count(),
        }
        for row in rows
    ]
    return render(
        request,
        "dialogue/planning_rehearsal.html",
        {
            "dialogue": dialogue,
            "form": form,
            "rehearsals": rehearsals,
            "is_running": any(not row.is_over for row in rows),
        },
        status=400 if form.errors else 200,
    )


@require_POST
@login_required
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Copy the dialogue; the worker brings the citizens by this page's own address."""
    dialogue = access_planning(request.user, code)
    form = RehearsalForm(request.POST)
    if form.is_valid():
        site = request.build_absolute_uri("/")
        try:
            with transaction.atomic():
                rehearsal = plan_rehearsal(dialogue=dialogue, **form.cleaned_data)
                run_rehearsal.enqueue(rehearsal.pk, site)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request, _("The rehearsal is ready. The citizens are on their way.")
            )
            return redirect("rehearsal:overview", dialogue.code)
    return _page(request, dialogue, form)


@require_POST
@login_required
def stop(request: HttpRequest, code: str) -> HttpResponse:
    rehearsed = _rehearsed(request, code)
    try:
        stop_rehearsal(dialogue=rehearsed)
        messages.success(request, _("The simulated citizens are going home."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return _back(rehearsed)


@require_POST
@login_required
def wipe(request: HttpRequest, code: str) -> HttpResponse:
    rehearsed = _rehearsed(request, code)
    try:
        wipe_rehearsal(dialogue=rehearsed)
        messages.success(request, _("The rehearsal is wiped. Nothing of it is left."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return _back(rehearsed)


def _rehearsed(request: HttpRequest, code: str) -> Dialogue:
    """The rehearsal with this code, for who may plan it."""
    dialogue = access_planning(request.user, code)
    if not dialogue.is_rehearsal:
        raise forbidden()
    return dialogue


def _back(rehearsed: Dialogue) -> HttpResponse:
    assert rehearsed.rehearsal_of is not None  # noqa: S101 -- `_rehearsed` saw to it
    return redirect("rehearsal:overview", rehearsed.rehearsal_of.code)
