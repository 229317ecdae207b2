"""Pages on which staff plan a dialogue: basics, people, announcing."""

import rules
import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dialogue import texts
from dialogue.actions import announce_dialogue
from dialogue.models import Dialogue
from dialogue.planning import create_dialogue, save_dialogue
from dialogue.planning_forms import DialogueForm, InvitationForm, RoleForm
from dialogue.planning_people import (
    assign_role_by_mail,
    invite_many,
    withdraw_invitation,
)
from dialogue.planning_queries import (
    access_new_dialogue,
    access_planning,
    invitations_of,
    open_invitations,
    people_with_roles,
    plan_of,
)
from dialogue.qualified_forms import ExceptionForm
from dialogue.qualified_queries import statements_of, with_qualification
from shared.errors import Refusal


def join_link(request: HttpRequest, dialogue: Dialogue) -> str:
    """The address that is printed and read aloud; it never changes."""
    return request.build_absolute_uri(f"/d/{dialogue.code}/")


def qr_code(link: str) -> SafeString:
    """`link` as inline SVG, without any style of its own."""
    drawn = segno.make(link, error="m", micro=False).svg_inline(
        omitsize=True, border=2, svgclass=None, lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308 -- drawn by segno, holds no text


@login_required
def dialogue_new(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Plan a dialogue for a project, with texts to begin with."""
    project = access_new_dialogue(request.user, project_slug)
    form = DialogueForm(
        request.POST or None,
        initial={
            "ground_rules": texts.ground_rules(),
            "privacy_notice": texts.privacy_notice(),
        },
    )
    if request.method == "POST" and form.is_valid():
        dialogue = create_dialogue(project=project, facts=form.facts())
        messages.success(request, _("Saved. Now plan the agenda."))
        return redirect("planning:agenda", dialogue.code)
    return render(
        request,
        "dialogue/planning_new.html",
        {"project": project, "form": form},
        status=400 if form.errors else 200,
    )


@login_required
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """Where the planning stands, how people get in, and the announcement."""
    dialogue = access_planning(request.user, code)
    link = join_link(request, dialogue)
    return render(
        request,
        "dialogue/planning_overview.html",
        {
            "dialogue": dialogue,
            "plan": plan_of(dialogue),
            "people": people_with_roles(dialogue),
            "has_lead": dialogue.participations.filter(role="lead_moderator").exists(),
            "open_invitations": open_invitations(dialogue),
            "link": link,
            "qr": qr_code(link),
        },
    )


@login_required
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """One sheet with address, code and QR, to print or to hang up."""
    dialogue = access_planning(request.user, code)
    link = join_link(request, dialogue)
    return render(
        request,
        "dialogue/planning_poster.html",
        {"dialogue": dialogue, "link": link, "qr": qr_code(link)},
    )


@login_required
def basics(request: HttpRequest, code: str) -> HttpResponse:
    dialogue = access_planning(request.user, code)
    form = DialogueForm(request.POST or None, instance=dialogue)
    if request.method == "POST" and form.is_valid():
        try:
            save_dialogue(dialogue=dialogue, facts=form.facts())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("planning:overview", dialogue.code)
    return render(
        request,
        "dialogue/planning_basics.html",
        # Checking the form has written into `dialogue`: show what is stored.
        {"dialogue": access_planning(request.user, code), "form": form},
        status=400 if form.errors else 200,
    )


@require_POST
@login_required
def announce(request: HttpRequest, code: str) -> HttpResponse:
    dialogue = access_planning(request.user, code)
    try:
        announce_dialogue(dialogue=dialogue)
        messages.success(request, _("The dialogue is announced."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("planning:overview", dialogue.code)


@login_required
def people(request: HttpRequest, code: str) -> HttpResponse:
    """Who has which role, and who is invited."""
    return people_page(request, access_planning(request.user, code))


def people_page(
    request: HttpRequest,
    dialogue: Dialogue,
    *,
    role_form: RoleForm | None = None,
    invitation_form: InvitationForm | None = None,
    exception_form: ExceptionForm | None = None,
    fresh: list[dict[str, str]] | None = None,
) -> HttpResponse:
    """The page, with the form that was refused, if any."""
    forms = (role_form, invitation_form, exception_form)
    faulty = any(form and form.errors for form in forms)
    return render(
        request,
        "dialogue/planning_people.html",
        {
            "dialogue": dialogue,
            "people": with_qualification(people_with_roles(dialogue), dialogue),
            "statements": statements_of(dialogue),
            "may_except": rules.has_perm(
                "dialogue.grant_exception", request.user, dialogue
            ),
            "exception_form": exception_form or ExceptionForm(dialogue=dialogue),
            "invitations": invitations_of(dialogue),
            "role_form": role_form or RoleForm(),
            "invitation_form": invitation_form or InvitationForm(),
            "fresh": fresh,
        },
        status=400 if faulty else 200,
    )


@require_POST
@login_required
def role_assign(request: HttpRequest, code: str) -> HttpResponse:
    dialogue = access_planning(request.user, code)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            assign_role_by_mail(dialogue=dialogue, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The role is assigned."))
            return redirect("planning:people", dialogue.code)
    return people_page(request, dialogue, role_form=form)


@require_POST
@login_required
def invite(request: HttpRequest, code: str) -> HttpResponse:
    """Write invitations. Their links are in this answer and kept nowhere."""
    dialogue = access_planning(request.user, code)
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            made = invite_many(dialogue=dialogue, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            door = join_link(request, dialogue) + "join/?invitation="
            fresh = [
                {"label": invitation.label, "link": door + token}
                for invitation, token in made
            ]
            return people_page(request, dialogue, fresh=fresh)
    return people_page(request, dialogue, invitation_form=form)


@require_POST
@login_required
def invitation_withdraw(
    request: HttpRequest, code: str, invitation_pk: int
) -> HttpResponse:
    dialogue = access_planning(request.user, code)
    try:
        withdraw_invitation(dialogue=dialogue, invitation_pk=invitation_pk)
        messages.success(request, _("The invitation is withdrawn."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("planning:people", dialogue.code)
