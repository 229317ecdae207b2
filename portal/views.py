"""Pages of the portal that belong to no other app."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import read_messages
from accounts.guard import count_failure, refuse_guessing
from dialogue.models import Dialogue
from dialogue.queries import dialogues_for, find_dialogue
from portal.context import THEMES
from portal.erasure import erase_person
from portal.export import contributions_of, export_person
from portal.forms import EraseForm
from projects.queries import public_projects
from proposals.models import Proposal
from shared.errors import Refusal

KIND_WORDS = {
    **dict(Proposal.Kind.choices),
    "comment": gettext_lazy("Comment"),
    "question": gettext_lazy("Question"),
    "topic": gettext_lazy("Topic kept for later"),
}
STATE_WORDS = {
    **dict(Proposal.State.choices),
    "removed": gettext_lazy("Taken off the list"),
}


def home(request: HttpRequest) -> HttpResponse:
    """What runs now, what comes, what is asked: the city's front page."""
    dialogues = dialogues_for(None)
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
            ).order_by("starts_at")[:6],
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
    try:
        dialogue = find_dialogue(code[:8])
    except Refusal as refusal:
        # Only wrong codes are held off: a guesser in the hall's network must
        # not lock out those who have the right one.
        refuse_guessing(request)
        count_failure(request)
        return render(
            request,
            "portal/join_by_code.html",
            {"refusal": refusal, "code": code[:8]},
            status=refusal.status,
        )
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


@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """What we hold about whoever asks; guests are people too."""
    return _my_data(request, EraseForm())


def _my_data(request: HttpRequest, form: EraseForm, status: int = 200) -> HttpResponse:
    person = request.user
    facts: dict[str, Any] = {"form": form}
    if person.is_authenticated:
        facts |= {
            "participations": person.participations.select_related(
                "dialogue__project"
            ).order_by("-joined_at"),
            "contributions": [
                {
                    **row,
                    "kind_words": KIND_WORDS[row["kind"]],
                    "state_words": STATE_WORDS[row["state"]],
                }
                for row in contributions_of(person)
            ],
            "consents": person.consents.order_by("-given_at"),
            # Fetched before they are marked as read: new ones show as new once.
            "letters": list(person.messages.all()),
        }
        read_messages(person=person)
    return render(request, "portal/my_data.html", facts, status=status)


@require_safe
def export_data(request: HttpRequest) -> HttpResponse:
    """The same and more as a file."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("portal:my_data"))
    words = json.dumps(export_person(request.user), ensure_ascii=False, indent=2)
    return HttpResponse(
        words + "\n",
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@require_POST
def erase_me(request: HttpRequest) -> HttpResponse:
    """Erase the person who asks, and end the session."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("portal:my_data"))
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _my_data(request, form, status=400)
    erase_person(request.user, texts=form.cleaned_data["texts"])
    logout(request)
    messages.success(request, _("Your data was erased. You are logged out."))
    return HttpResponseRedirect(reverse("portal:home"))


@require_safe
def imprint(request: HttpRequest) -> HttpResponse:
    """Who answers for this site."""
    return render(request, "portal/imprint.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored, for what, and how long."""
    return render(request, "portal/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible this site is, and whom to tell about barriers."""
    return render(request, "portal/accessibility.html")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long: what was typed is given back to send again.

    Not so when another site sent it: its words must not look like the reader's.
    """
    del reason  # told to nobody: it would only help an attacker
    refusal = Refusal(
        "csrf.failed",
        _("This page was open for too long. Please send it again from here."),
        status=403,
    )
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return render(
        request,
        "portal/refused.html",
        {"refusal": refusal, "is_foreign": origin != request.get_host()},
        status=refusal.status,
    )
