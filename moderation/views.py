"""Pages of due process: report, receipt, a decision about me, appeals to decide."""

from typing import Any

import rules
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guard import (
    count_failure,
    network,
    refuse_flood,
    refuse_guessing,
)
from accounts.second_factor import second_factor_required
from dialogue.models import Dialogue
from dialogue.queries import find_dialogue, forbidden, participation_of
from moderation.appealing import appeal, rule_on_appeal, why_not
from moderation.forms import AppealForm, ReportForm, RulingForm
from moderation.models import Appeal, Decision, Report
from moderation.occasions import occasion_of
from moderation.queries import is_own_case, open_appeals, other_moderators
from moderation.reporting import Reporter, report_contribution
from moderation.telling import appeal_until
from proposals.queries import access_contribution
from shared.errors import Refusal

# A hall behind one address; one person reports far less (`reporting`).
REPORTS_PER_ADDRESS = {"most": 100, "seconds": 600}


def known_dialogue(request: HttpRequest, code: str) -> Dialogue:
    """The dialogue with this code; a draft only for those who plan it."""
    try:
        dialogue = find_dialogue(code)
        if dialogue.state == Dialogue.State.DRAFT and not (
            rules.has_perm("dialogue.plan_dialogue", request.user, dialogue)
            or participation_of(request.user, dialogue)
        ):
            dialogue = find_dialogue("")
    except Refusal:
        refuse_guessing(request)
        count_failure(request)
        raise
    return dialogue


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, code: str, kind: str, pk: int) -> HttpResponse:
    """Report a contribution, with or without an account."""
    dialogue = known_dialogue(request, code)
    row = access_contribution(dialogue, kind, pk)
    # Not even by its kind of refusal may a hidden contribution be told apart.
    if row.state != "published":
        raise forbidden()
    person = request.user if request.user.is_authenticated else None
    has_account = person is not None and not person.is_guest
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        knows_address=has_account,
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            facts = form.cleaned_data
            try:
                refuse_flood(request, "report", **REPORTS_PER_ADDRESS)
                made = report_contribution(
                    dialogue=dialogue,
                    reporter=Reporter(
                        person=person,
                        network=network(request),
                        name=facts.get("name", ""),
                        email=facts.get("email", ""),
                    ),
                    kind=kind,
                    pk=pk,
                    rule=facts["rule"],
                    explanation=facts["explanation"],
                    place=facts["place"],
                )
                return redirect("moderation:receipt", dialogue.code, made.receipt)
            except Refusal as refusal:
                _put(form, refusal)
                status = refusal.status
    return render(
        request,
        "moderation/report.html",
        {
            "dialogue": dialogue,
            "form": form,
            "row": row,
            # Whoever is not in the room gets nothing to read here either.
            "may_read": rules.has_perm(
                "dialogue.enter_room",
                participation_of(request.user, dialogue),
                dialogue,
            ),
        },
        status=status,
    )


@require_safe
def receipt(request: HttpRequest, code: str, receipt: str) -> HttpResponse:
    """What became of a report, for whoever has its receipt."""
    dialogue = known_dialogue(request, code)
    found = (
        Report.objects.filter(dialogue=dialogue, receipt=receipt.upper())
        .select_related("decision__appeal__ruling")
        .first()
    )
    if found is None:
        refuse_guessing(request)
        count_failure(request)
        raise Refusal(
            "report.unknown",
            _("There is no report with this receipt. Please check the ten signs."),
            status=404,
        )
    return render(
        request,
        "moderation/receipt.html",
        {
            "dialogue": dialogue,
            "report": found,
            "ruling": _ruling(found.decision) if found.decision else None,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A decision about me, with its reasons and the way to appeal."""
    if not request.user.is_authenticated:
        find_dialogue(code)
        raise forbidden()
    made = _decisions().filter(pk=pk, dialogue__code=code.upper()).first()
    if made is None:
        raise forbidden()
    is_mine = made.author.person_id == request.user.pk
    seat = participation_of(request.user, made.dialogue)
    if not is_mine and not rules.has_perm(
        "moderation.rule_on_appeal", seat, made.dialogue
    ):
        raise forbidden()
    form = AppealForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                appeal(
                    person=request.user, decision_pk=pk, text=form.cleaned_data["text"]
                )
                messages.success(
                    request,
                    _("Your appeal has arrived. Somebody else will look at it."),
                )
                return redirect("moderation:decision", made.dialogue.code, pk)
            except Refusal as refusal:
                _put(form, refusal)
                status = refusal.status
    made_appeal = getattr(made, "appeal", None)
    return render(
        request,
        "moderation/decision.html",
        {
            "dialogue": made.dialogue,
            "decision": made,
            "occasion": occasion_of(made).label,
            "is_mine": is_mine,
            "appeal": made_appeal,
            "ruling": _ruling(made),
            "appeal_until": appeal_until(made),
            "why_not": why_not(made),
            "form": form,
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@second_factor_required
def appeals(request: HttpRequest, code: str) -> HttpResponse:
    """Open appeals of a dialogue, for those who may rule on them; after it as well."""
    dialogue = find_dialogue(code)
    person: Any = request.user
    seat = participation_of(person, dialogue)
    is_seated = rules.has_perm("moderation.rule_on_appeal", seat, dialogue)
    if not is_seated and not rules.has_perm(
        "moderation.rule_as_staff", person, dialogue
    ):
        raise forbidden()
    chosen, form, status = None, RulingForm(), 200
    if request.method == "POST":
        chosen, form, status = (
            request.POST.get("appeal", ""),
            RulingForm(request.POST),
            400,
        )
        if form.is_valid() and chosen.isdigit():
            try:
                rule_on_appeal(
                    person=person, appeal_pk=int(chosen[:18]), **form.cleaned_data
                )
                messages.success(request, _("Decided. Both sides are told."))
                return redirect("moderation:appeals", dialogue.code)
            except Refusal as refusal:
                _put(form, refusal)
                status = refusal.status
    cases = [
        {
            "appeal": case,
            "is_mine_to_decide": _may_decide(case, person, is_seated=is_seated),
            "form": form
            if str(case.pk) == chosen
            else RulingForm(auto_id=f"{case.pk}-%s"),
        }
        for case in open_appeals(dialogue)
    ]
    return render(
        request,
        "moderation/appeals.html",
        {
            "dialogue": dialogue,
            "cases": cases,
            "refused": form if chosen is not None else None,
        },
        status=status,
    )


def _may_decide(case: Appeal, person: Any, *, is_seated: bool) -> bool:
    if is_own_case(case, person):
        return False
    return is_seated or not other_moderators(case).exists()


def _decisions() -> QuerySet[Decision]:
    return Decision.objects.select_related(
        "dialogue__project",
        "author",
        "proposal",
        "comment",
        "question",
        "topic",
        "remark",
        "appeal__words",
        "appeal__ruling",
    )


def _ruling(made: Decision) -> Any:
    return getattr(getattr(made, "appeal", None), "ruling", None)


def _put(form: Any, refusal: Refusal) -> None:
    """The refusal at its field, with all input kept."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, str(refusal.message))
