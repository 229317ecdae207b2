"""Pages of the portal that belong to no other app."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dialogue.models import Dialogue
from dialogue.queries import dialogues_for, find_dialogue
from accounts.guard import count_failure, refuse_guessing
from portal.context import THEMES
from projects.queries import public_projects
from shared.errors import Refusal


def home(request: HttpRequest) -> HttpResponse:
    """What runs now, what comes, what is asked: the city's front page."""
    dialogues = dialogues_for(request.user)
    return render(
        request,
        "portal/home.html",
        {
            "running": dialogues.filter(
                state__in=[
                    Dialogue.State.LOBBY,
                    Dialogue.State.LIVE,
                    Dialogue.State.PAUSED,
                ]
            )[:6],
            "announced": dialogues.filter(state=Dialogue.State.ANNOUNCED).order_by(
                "starts_at"
            )[:6],
            "projects": public_projects()[:6],
        },
    )


def join_by_code(request: HttpRequest) -> HttpResponse:
    """Type a code, get to its dialogue. Wrong codes are counted."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("portal:home"))
    code = "".join(request.POST.get("code", "").split()).replace("-", "").upper()
    refuse_guessing(request)
    try:
        dialogue = find_dialogue(code[:8])
    except Refusal as refusal:
        count_failure(request)
        return render(
            request,
            "portal/join_by_code.html",
            {"refusal": refusal, "code": code[:8]},
            status=refusal.status,
        )
    request.session["codes"] = [*request.session.get("codes", []), dialogue.code][-20:]
    return HttpResponseRedirect(dialogue.get_absolute_url())


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep a person's choice of light or dark in a cookie."""
    theme = request.POST.get("theme", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, request.is_secure()
    ):
        target = reverse("portal:home")
    response = HttpResponseRedirect(target)
    if theme in THEMES:
        response.set_cookie(
            "theme",
            theme,
            max_age=60 * 60 * 24 * 365,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long: what was typed is given back to send again."""
    del reason  # told to nobody: it would only help an attacker
    refusal = Refusal(
        "csrf.failed",
        _("This page was open for too long. Please send it again from here."),
        status=403,
    )
    return render(
        request, "portal/refused.html", {"refusal": refusal}, status=refusal.status
    )
