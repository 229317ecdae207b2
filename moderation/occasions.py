"""What a decision followed: a report, a rule of the house, or the own initiative.

Articles 17(3)(b) and (c) of the Digital Services Act ask for it in every statement of
reasons. Who reported is never said.
"""

from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from moderation.models import Decision, Report, Ruling


class Occasion(models.TextChoices):
    """Why somebody looked, as the author reads it."""

    APPEAL = "appeal", _("An appeal against an earlier decision.")
    REPORT = (
        "report",
        _("A report: somebody told the moderation. We do not say who it was."),
    )
    HELD = (
        "held",
        _(
            "The contribution was held before others could read it. A program holds "
            "contributions by rules of the house; it decides nothing."
        ),
    )
    REWORDED = (
        "reworded",
        _("The contribution was reworded on request, and waited to be read again."),
    )
    OWN = "own", _("The moderation's own initiative, without a report.")


def occasion_of(decision: Decision) -> Occasion:
    """What the decision followed; reports it answered are known when it is made."""
    if decision.reverses_id is not None and (
        Ruling.objects.filter(appeal__decision=decision.reverses_id).exists()
    ):
        return Occasion.APPEAL
    if Report.objects.filter(decision=decision).exists():
        return Occasion.REPORT
    if decision.waited_since is None:
        return Occasion.OWN
    was_held = bool(getattr(decision.contribution, "held_for", ""))
    return Occasion.HELD if was_held else Occasion.REWORDED


def occasions(decisions: QuerySet[Decision]) -> dict[str, int]:
    """Of what took something away: how much followed reports, how much had waited
    before others could read it, and how much was the own initiative."""
    reported = Q(pk__in=Report.objects.exclude(decision=None).values("decision"))
    waited = ~reported & Q(waited_since__isnull=False)
    found: dict[str, int] = (
        decisions.filter(action__in=Decision.APPEALABLE)
        .order_by()
        .aggregate(
            report=Count("pk", filter=reported),
            held=Count("pk", filter=waited),
            own=Count("pk", filter=~reported & Q(waited_since=None)),
        )
    )
    return found
