"""Reports about dialogues that are over, for those who may still decide."""

from typing import Any

import rules
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.second_factor import second_factor_required
from dialogue.queries import find_dialogue, forbidden, participation_of
from moderation.closed import answer_report
from moderation.filed import find_filed
from moderation.forms import AnswerForm
from moderation.queries import open_reports
from projects.queries import access_result
from shared.errors import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@second_factor_required
def reports(request: HttpRequest, code: str) -> HttpResponse:
    """Open reports of a closed dialogue, each with the form that answers it."""
    dialogue = find_dialogue(code)
    person: Any = request.user
    seat = participation_of(person, dialogue)
    if not dialogue.is_over or not (
        rules.has_perm("moderation.hide_contribution", seat, dialogue)
        or rules.has_perm("moderation.decide_as_staff", person, dialogue)
    ):
        raise forbidden()
    chosen, form, status = None, AnswerForm(), 200
    if request.method == "POST":
        chosen, form, status = (
            request.POST.get("subject", ""),
            AnswerForm(request.POST),
            400,
        )
        kind, __, pk = chosen.partition("-")
        if form.is_valid() and pk.isascii() and pk.isdigit() and len(pk) < 19:
            try:
                answer_report(
                    person=person,
                    dialogue=dialogue,
                    kind=kind,  # type: ignore[arg-type]  # an unknown kind is refused
                    pk=int(pk),
                    **form.cleaned_data,
                )
                messages.success(request, _("Decided. Both sides are told."))
                return redirect("moderation:reports", dialogue.code)
            except Refusal as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, str(refusal.message))
                status = refusal.status
    cases = [
        {
            "bundle": bundle,
            "subject": (subject := f"{bundle.kind}-{bundle.row.pk}"),
            "form": form if subject == chosen else AnswerForm(auto_id=f"{subject}-%s"),
        }
        for bundle in open_reports(dialogue)
    ]
    return render(
        request,
        "moderation/reports.html",
        {
            "dialogue": dialogue,
            "cases": cases,
            # Somebody else was first: what was typed has no place any more.
            "refused": form
            if chosen and all(c["form"] is not form for c in cases)
            else None,
        },
        status=status,
    )


@require_safe
def report_filed(
    request: HttpRequest, slug: str, digest: str, kind: str, number: int
) -> HttpResponse:
    """From a contribution in a public result to the form that reports it."""
    record = access_result(request.user, slug, digest)
    row = find_filed(record, kind, number)
    if row is None:
        raise forbidden()
    return redirect("moderation:report", row.dialogue.code, kind, row.pk)
