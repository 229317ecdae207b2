"""Pages for everybody: the moderation log, the rules, the yearly report."""

import csv
import io
import json
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moderation.models import RULE_LABELS, Decision, Rule
from moderation.public_log import Figures, acts, figures, in_public, years
from moderation.published_rules import EXPLANATIONS
from moderation.views import known_dialogue
from shared import clock
from shared.errors import Refusal

PER_PAGE = 50
_RULES = dict(RULE_LABELS)
_ACTIONS = dict(Decision.Action.choices)


@require_safe
def dialogue_log(request: HttpRequest, code: str) -> HttpResponse:
    """What the moderation of a dialogue did, without names and texts."""
    dialogue = known_dialogue(request, code)
    return _log(request, Q(pk=dialogue.pk), dialogue=dialogue)


@require_safe
def city_log(request: HttpRequest) -> HttpResponse:
    """The same for all dialogues that the public knows of."""
    return _log(request, in_public(), years=years())


def _log(request: HttpRequest, about: Q, **facts: Any) -> HttpResponse:
    page = Paginator(acts(about), PER_PAGE).get_page(request.GET.get("page"))
    counted = figures(about)
    return render(
        request,
        "moderation/log.html",
        {"page_obj": page, **_worded(counted), **facts},
    )


@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    """The published list, each rule with what it means."""
    return render(
        request,
        "moderation/rules.html",
        {
            "rules": [
                {"code": code, "label": label, "text": EXPLANATIONS[code]}
                for code, label in Rule.choices
            ],
            "appeal_days": settings.APPEAL_DAYS,
        },
    )


@require_safe
def year_report(request: HttpRequest, year: int) -> HttpResponse:
    """The moderation of all dialogues in a year."""
    return render(
        request,
        "moderation/year.html",
        {"year": year, "years": years(), **_worded(_of(year))},
    )


@require_safe
def year_report_json(request: HttpRequest, year: int) -> HttpResponse:
    """The same for machines: codes and numbers."""
    facts = {
        "city": settings.CITY_NAME,
        "year": year,
        "drawn_up_at": clock.now().isoformat(timespec="seconds"),
        **_of(year).as_dict(),
    }
    return _file(
        json.dumps(facts, ensure_ascii=False, indent=2),
        "application/json",
        f"moderation-{year}.json",
    )


@require_safe
def year_report_csv(request: HttpRequest, year: int) -> HttpResponse:
    """The same as one table: figure, action, rule, value."""
    found = _of(year).as_dict()
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["figure", "action", "rule", "value"])
    for row in found.pop("decisions"):
        table.writerow(["decisions", row["action"], row["rule"], row["number"]])
    for row in found.pop("reports_by_rule"):
        table.writerow(["reports_by_rule", "", row["rule"], row["number"]])
    for name, value in found.items():
        table.writerow([name, "", "", "" if value is None else value])
    return _file(out.getvalue(), "text/csv; charset=utf-8", f"moderation-{year}.csv")


def _of(year: int) -> Figures:
    if year not in years():
        raise Refusal(
            "report.no_year", _("There is no report for this year."), status=404
        )
    return figures(year=year)


def _file(text: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _worded(found: Figures) -> dict[str, Any]:
    """Figures with the words of the reader's language."""
    return {
        "figures": found,
        "decisions": [
            {
                "action": _ACTIONS[row["action"]],
                "rule": _RULES[row["rule"]],
                "number": row["number"],
            }
            for row in found.decisions
        ],
        "rules": [
            {
                "label": _RULES[row["rule"]],
                "number": row["number"],
                "percent": round(100 * row["number"] / (found.appealable or 1)),
            }
            for row in found.rules
        ],
        "reported_rules": [
            {"label": _RULES[row["rule"]], "number": row["number"]}
            for row in found.reports_by_rule
        ],
        "reports_took": took(found.reports_minutes),
        "held_took": took(found.held_minutes),
        "appeals_took": took(found.appeals_minutes),
    }


def took(minutes: float | None) -> str:
    """A span in the unit that fits."""
    if minutes is None:
        return "–"
    with_unit = (
        (_("%s seconds"), minutes * 60)
        if minutes < 1
        else (_("%s minutes"), minutes)
        if minutes < 120
        else (_("%s hours"), minutes / 60)
        if minutes < 60 * 48
        else (_("%s days"), minutes / 60 / 24)
    )
    words, number = with_unit
    is_whole = number >= 10 or number == round(number)
    shown = f"{number:.0f}" if is_whole else f"{number:.1f}"
    if translation.get_language() == "de":
        shown = shown.replace(".", ",")
    return words % shown
