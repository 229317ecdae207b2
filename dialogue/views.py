"""The door of a dialogue: joining, asking for help, checking the device."""

from secrets import token_hex
from typing import Any

import rules
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guard import (
    count_failure,
    refuse_flood,
    refuse_flood_of_session,
    refuse_guessing,
)
from accounts.models import Person
from dialogue.calendar import calendar_text, ends_at
from dialogue.forms import HelpForm, JoinForm
from dialogue.joining import call_help, join, token_digest, usable_invitation
from dialogue.models import Dialogue, HelpCall, Invitation, Participation
from dialogue.qualified_queries import public_sentence
from dialogue.queries import find_dialogue, participation_of
from dialogue.suggestions import free_names
from ledger.actions import act
from projects.models import localised
from shared import clock
from shared.errors import Refusal
from shared.html import render_markdown
from shared.kept import Kept

# Where a kept page has the form's token. Nobody can guess it, so no text holds it.
TOKEN = token_hex(32)
THEMES = ("light", "dark")
# A hall of several hundred may call for help from one address.
HELP_PER_ADDRESS = {"most": 200, "seconds": 600}
# One browser joins once a dialogue, and may try some names.
JOINS_PER_SESSION = {"most": 20, "seconds": 60}
# How long the door is shown to newcomers as it was (s).
DOOR_AGE = 5.0
_doors = Kept(200, DOOR_AGE)


@require_http_methods(["GET", "HEAD", "POST"])
def join_dialogue(request: HttpRequest, code: str) -> HttpResponse:
    """What it is about, name, consents; a guest is made when all is in order."""
    dialogue = _at_door(request, code)
    participation = participation_of(request.user, dialogue)
    if participation and participation.state == Participation.State.ADMITTED:
        return redirect("live:room", code=dialogue.code)
    door = _Door(request, dialogue, participation)
    if request.method != "POST":
        status = 200 if door.is_passable or dialogue.is_over else 403
        return door.page_for_newcomer(status) or door.page(status=status)
    form = door.join_form = JoinForm(request.POST)
    if not door.is_passable:
        return door.page(status=403)
    if not form.is_valid():
        return door.page(status=400)
    try:
        refuse_flood_of_session(request, "join", **JOINS_PER_SESSION)
        refuse_flood(request, "join", most=settings.JOINS_PER_MINUTE, seconds=60)
        with act():
            person = _present(request) or Person.objects.create_guest()
            join(
                person=person,
                dialogue=dialogue,
                name=form.wish,
                rules_accepted=form.cleaned_data["rules_accepted"],
                privacy_accepted=form.cleaned_data["privacy_accepted"],
                invitation=door.invitation,
            )
    except Refusal as refusal:
        return door.refuse(refusal)
    _sign_in(request, person)
    return redirect("live:room", code=dialogue.code)


@require_http_methods(["GET", "HEAD", "POST"])
def help_at_door(request: HttpRequest, code: str) -> HttpResponse:
    """Call the technical host; the answer is shown at the door and in the room."""
    dialogue = _at_door(request, code)
    if request.method != "POST":
        return redirect("dialogue:join", code=dialogue.code)
    participation = participation_of(request.user, dialogue)
    door = _Door(request, dialogue, participation)
    form = door.help_form = HelpForm(request.POST)
    if dialogue.is_over or not form.is_valid():
        return door.page(status=400)
    refuse_flood(request, "help", **HELP_PER_ADDRESS)
    name = form.cleaned_data["name"]
    if not name and participation:
        name = participation.display_name
    try:
        with act():
            person = _present(request) or Person.objects.create_guest()
            call_help(
                person=person,
                dialogue=dialogue,
                name=name or _("Somebody at the door"),
                text=form.cleaned_data["text"],
            )
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return door.page(status=refusal.status)
    _sign_in(request, person)
    messages.success(
        request, _("Your call has arrived. The technical host will answer here.")
    )
    return HttpResponseRedirect(_with_token(request, dialogue) + "#help")


@require_safe
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Does this device and connection suit? Tells what it can without a script."""
    dialogue = _at_door(request, code)
    context = {
        "dialogue": dialogue,
        "keeps_cookies": bool(request.COOKIES),
        "asked_again": "again" in request.GET,
    }
    return render(request, "dialogue/check.html", context)


@require_safe
def ping(request: HttpRequest, code: str) -> HttpResponse:
    """Nothing, quickly, with the server's time: to measure way and clock."""
    del code  # the answer is the same for every dialogue
    now = str(clock.milliseconds(clock.now()))
    return HttpResponse(status=204, headers={"X-Now": now})


@require_safe
def rules_and_privacy(request: HttpRequest, code: str) -> HttpResponse:
    """Ground rules and privacy notice, for everybody with the address."""
    dialogue = _at_door(request, code)
    return render(request, "dialogue/rules.html", _texts(dialogue))


@require_safe
def calendar_file(request: HttpRequest, code: str) -> HttpResponse:
    """The dialogue for one's own calendar."""
    dialogue = _at_door(request, code)
    text = calendar_text(
        dialogue,
        title=localised(dialogue, "title"),
        summary=localised(dialogue, "summary"),
        url=request.build_absolute_uri(dialogue.get_absolute_url()),
    )
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{dialogue.slug}.ics"'},
    )


class _Door:
    """What one person finds at the door of one dialogue."""

    def __init__(
        self,
        request: HttpRequest,
        dialogue: Dialogue,
        participation: Participation | None,
    ) -> None:
        self.request = request
        self.dialogue = dialogue
        self.is_excluded = bool(
            participation and participation.state == Participation.State.EXCLUDED
        )
        self.token = request.POST.get("invitation") or request.GET.get("invitation", "")
        self.invitation: Invitation | None = None
        self.refusal: Refusal | None = None
        self.suggestions: list[str] = []
        self.join_form = JoinForm()
        self.help_form = HelpForm()
        person = _present(request)
        self.calls = list(
            HelpCall.objects.filter(dialogue=dialogue, person=person) if person else ()
        )
        if self.token and not dialogue.is_over:
            try:
                self.invitation = _invitation(request, dialogue, self.token, person)
            except Refusal as refusal:
                if refusal.status == 429:
                    raise
                self.refusal = refusal

    @property
    def is_passable(self) -> bool:
        """Whether the form is offered; `join` decides again."""
        if self.is_excluded or self.dialogue.state in (
            Dialogue.State.DRAFT,
            Dialogue.State.CLOSED,
        ):
            return False
        return (
            self.dialogue.access != Dialogue.Access.INVITATION
            or self.invitation is not None
            or any(call.let_in for call in self.calls)
        )

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The page again, with the refusal at its field and all input kept."""
        # Two presses of the button: the first one has brought the person in.
        if participation_of(self.request.user, self.dialogue):
            return redirect("live:room", code=self.dialogue.code)
        if refusal.field in self.join_form.fields:
            self.join_form.add_error(refusal.field, str(refusal.message))
        else:
            self.join_form.add_error(None, str(refusal.message))
        return self.page(status=refusal.status)

    def page_for_newcomer(self, status: int) -> HttpResponse | None:
        """The page as all get it who come for the first time; None for others.

        A hall comes in at once: only the form's token is made for each.
        """
        request = self.request
        is_known = request.user.is_authenticated or self.token
        if is_known or get_messages(request):
            return None
        key = (
            self.dialogue.pk,
            self.dialogue.state,
            get_language(),
            request.get_host(),
            request.get_full_path(),
            bool(request.COOKIES),
            request.COOKIES.get("theme") in THEMES and request.COOKIES["theme"],
        )
        html = _doors.get(key, lambda: self._html(csrf_token=TOKEN))
        return HttpResponse(html.replace(TOKEN, get_token(request)), status=status)

    def page(self, *, status: int) -> HttpResponse:
        return HttpResponse(self._html(), status=status)

    def _html(self, **facts: Any) -> str:
        if "name" in self.join_form.errors:
            self.suggestions = free_names(self.dialogue, self.join_form.wish)
        context: dict[str, Any] = {
            **_texts(self.dialogue),
            "door": self,
            "ends_at": ends_at(self.dialogue),
            "conflict": public_sentence(self.dialogue),
            "keeps_cookies": bool(self.request.COOKIES),
            **facts,
        }
        return render_to_string("dialogue/join.html", context, self.request)


def _at_door(request: HttpRequest, code: str) -> Dialogue:
    """The dialogue with this code. Wrong codes are counted and held off.

    A right code is let through even where others have guessed too often: one
    attacker in a hall must not keep out the people who share the address.
    """
    try:
        dialogue = find_dialogue(code)
        if not _may_know(request, dialogue):
            # As if it did not exist.
            dialogue = find_dialogue("")
    except Refusal:
        refuse_guessing(request)
        count_failure(request)
        raise
    return dialogue


def _may_know(request: HttpRequest, dialogue: Dialogue) -> bool:
    """Drafts are known to those who plan them and to those who have a role."""
    if dialogue.state != Dialogue.State.DRAFT:
        return True
    person = _present(request)
    return rules.has_perm("dialogue.plan_dialogue", person, dialogue) or bool(
        participation_of(request.user, dialogue)
    )


def _invitation(
    request: HttpRequest, dialogue: Dialogue, token: str, person: Person | None
) -> Invitation:
    """The invitation behind `token`; unknown ones are counted as guesses."""
    try:
        return usable_invitation(dialogue, token, person)
    except Refusal:
        digest = token_digest(token)
        if not dialogue.invitations.filter(token_digest=digest).exists():
            refuse_guessing(request)
            count_failure(request)
        raise


def _present(request: HttpRequest) -> Person | None:
    return request.user if request.user.is_authenticated else None


def _sign_in(request: HttpRequest, person: Person) -> None:
    """Let this browser be `person`, if it is nobody yet."""
    if not request.user.is_authenticated:
        login(request, person, "allauth.account.auth_backends.AuthenticationBackend")


def _with_token(request: HttpRequest, dialogue: Dialogue) -> str:
    """The address of the door, with the invitation that led here."""
    address = reverse("dialogue:join", args=[dialogue.code])
    invitation = request.POST.get("invitation", "")
    # A token is made of the signs of base64url; anything else is not passed on.
    is_token = invitation.replace("-", "").replace("_", "").isalnum()
    return f"{address}?invitation={invitation}" if is_token else address


def _texts(dialogue: Dialogue) -> dict[str, Any]:
    return {
        "dialogue": dialogue,
        "ground_rules": render_markdown(dialogue.ground_rules),
        "privacy_notice": render_markdown(dialogue.privacy_notice),
    }
