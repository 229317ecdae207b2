"""Exceptions for lead moderators, on the planning page for people."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Person
from dialogue.planning_queries import access_planning
from dialogue.planning_views import people_page
from dialogue.qualified import grant_exception, withdraw_exception
from dialogue.qualified_forms import ExceptionForm
from shared.errors import Refusal


@require_POST
@login_required
def exception_grant(request: HttpRequest, code: str) -> HttpResponse:
    dialogue = access_planning(request.user, code)
    form = ExceptionForm(request.POST, dialogue=dialogue)
    if form.is_valid():
        try:
            grant_exception(
                administrator=_person(request),
                dialogue=dialogue,
                participation_pk=int(form.cleaned_data["participation"]),
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            if refusal.code == "right.missing":
                raise
            form.refuse(refusal)
        else:
            messages.success(request, _("The exception is granted."))
            return redirect("planning:people", dialogue.code)
    return people_page(request, dialogue, exception_form=form)


@require_POST
@login_required
def exception_withdraw(
    request: HttpRequest, code: str, participation_pk: int
) -> HttpResponse:
    dialogue = access_planning(request.user, code)
    try:
        withdraw_exception(
            administrator=_person(request),
            dialogue=dialogue,
            participation_pk=participation_pk,
        )
        messages.success(request, _("The exception is withdrawn."))
    except Refusal as refusal:
        if refusal.code == "right.missing":
            raise
        messages.error(request, str(refusal.message))
    return redirect("planning:people", dialogue.code)


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 -- behind login_required
    return request.user
