"""The page of the go-live check."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialogue.golive import check
from dialogue.planning_queries import access_planning


@require_safe
@login_required
def golive(request: HttpRequest, code: str) -> HttpResponse:
    """What keeps the dialogue from beginning, and what is better mended."""
    dialogue = access_planning(request.user, code)
    found = check(dialogue)
    return render(
        request,
        "dialogue/planning_golive.html",
        {
            "dialogue": dialogue,
            "blocking": [finding for finding in found if finding.blocks],
            "warnings": [finding for finding in found if not finding.blocks],
        },
    )
