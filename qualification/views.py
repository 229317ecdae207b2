"""Pages on which people learn to moderate, and one that checks a number."""

from typing import Any

import rules
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guard import count_failure, refuse_guessing
from qualification.actions import claim_certificate, confirm_session, try_check
from qualification.forms import SessionForm
from qualification.lessons import Lesson, find_lesson
from qualification.queries import (
    COUNTED_MINUTES,
    access_learner,
    find_certificate,
    standing_of,
)
from shared.errors import Refusal


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """All lessons with the own progress, and what else the certificate needs."""
    person = access_learner(request.user)
    return render(
        request,
        "qualification/overview.html",
        {
            "standing": standing_of(person),
            "counted_minutes": COUNTED_MINUTES,
            "may_confirm": rules.has_perm("qualification.confirm_session", person),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lesson(request: HttpRequest, key: str) -> HttpResponse:
    """One lesson: its text, its questions, and after answering why."""
    person = access_learner(request.user)
    found = find_lesson(key)
    if found is None:
        raise Http404
    chosen = _chosen(request, found)
    outcome, error = None, ""
    if request.method == "POST":
        try:
            outcome = try_check(person=person, lesson=found, chosen=chosen)
        except Refusal as refusal:
            error = str(refusal.message)
    steps = standing_of(person).steps
    place = [step.lesson.key for step in steps].index(key)
    return render(
        request,
        "qualification/lesson.html",
        {
            "lesson": found,
            "step": steps[place],
            "steps": steps,
            "following": steps[place + 1] if place + 1 < len(steps) else None,
            "questions": _questions(found, chosen, explains=outcome is not None),
            "outcome": outcome,
            "error": error,
        },
        status=400 if error else 200,
    )


def _chosen(request: HttpRequest, found: Lesson) -> dict[int, int]:
    """The place of the answer by the place of the question, as sent in."""
    chosen = {}
    for place in range(len(found.here.questions)):
        value = request.POST.get(f"question-{place}", "")
        if value.isascii() and value.isdecimal() and len(value) < 3:
            chosen[place] = int(value)
    return chosen


def _questions(
    found: Lesson, chosen: dict[int, int], *, explains: bool
) -> list[dict[str, Any]]:
    """Questions as the page shows them: with the own answers and, then, why."""
    return [
        {
            "name": f"question-{place}",
            "text": question.text,
            "is_missing": place not in chosen,
            "is_right": chosen.get(place) == question.right,
            "explains": explains,
            "answers": [
                {
                    "place": n,
                    "text": answer.text,
                    "why": answer.why,
                    "is_right": answer.is_right,
                    "is_chosen": chosen.get(place) == n,
                }
                for n, answer in enumerate(question.answers)
            ],
        }
        for place, question in enumerate(found.here.questions)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def certificate(request: HttpRequest) -> HttpResponse:
    """My certificate, and what is missing for the (next) one."""
    person = access_learner(request.user)
    if request.method == "POST":
        try:
            claim_certificate(person=person)
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("You are qualified to lead dialogues now."))
        return redirect("qualification:certificate")
    return render(
        request,
        "qualification/certificate.html",
        {"standing": standing_of(person), "counted_minutes": COUNTED_MINUTES},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Somebody qualified confirms that another person led a dialogue."""
    supervisor = access_learner(request.user, "qualification.confirm_session")
    form = SessionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            session = confirm_session(supervisor=supervisor, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request,
                _("The session is confirmed. %(name)s was told.")
                % {"name": session.person},
            )
            return redirect("qualification:sessions")
    return render(
        request,
        "qualification/sessions.html",
        {
            "form": form,
            "confirmed": supervisor.supervisions.select_related("person")[:50],
        },
        status=400 if form.errors else 200,
    )


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """For everybody: is a certificate valid, and until when. No name is told."""
    number = request.GET.get("number", "").strip()[:40]
    found = None
    if number:
        found = find_certificate(number)
        if found is None:
            refuse_guessing(request)
            count_failure(request)
    return render(
        request,
        "qualification/verify.html",
        {"number": number, "found": found},
        status=404 if number and found is None else 200,
    )
