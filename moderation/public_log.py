"""What the public may know of the moderation: figures, and acts without names.

No text of a contribution, no reason in free words and no name is read here: what
is not fetched cannot be shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from dialogue.models import Dialogue
from moderation.models import KINDS, Appeal, Decision, Report, Ruling
from moderation.occasions import occasions
from shared import clock


@dataclass(frozen=True)
class Figures:
    """The moderation in numbers; times are medians in minutes, None without cases."""

    decisions: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    # What took something away, by `occasions.occasions`.
    after: dict[str, int]
    total: int
    reports: int
    reports_by_rule: list[dict[str, Any]]
    reports_open: int
    reports_minutes: float | None
    held_minutes: float | None
    appealable: int
    appeals: int
    appeals_open: int
    upheld: int
    reversed: int
    appeals_minutes: float | None

    @property
    def share_overturned(self) -> int | None:
        """Percent of the appeals decided that reversed the decision."""
        ruled = self.upheld + self.reversed
        return round(100 * self.reversed / ruled) if ruled else None

    def as_dict(self) -> dict[str, Any]:
        """For the JSON report: codes, numbers and nothing else."""
        return {
            "decisions": self.decisions,
            "decisions_total": self.total,
            "taken_after_report": self.after["report"],
            "taken_while_held": self.after["held"],
            "taken_on_own_initiative": self.after["own"],
            "reports_received": self.reports,
            "reports_by_rule": self.reports_by_rule,
            "reports_open": self.reports_open,
            "reports_median_minutes": self.reports_minutes,
            "held_median_minutes": self.held_minutes,
            "decisions_open_to_appeal": self.appealable,
            "appeals_received": self.appeals,
            "appeals_open": self.appeals_open,
            "appeals_upheld": self.upheld,
            "appeals_reversed": self.reversed,
            "appeals_reversed_percent": self.share_overturned,
            "appeals_median_minutes": self.appeals_minutes,
        }


def figures(about: Q | None = None, year: int | None = None) -> Figures:
    """Everything that was done in the dialogues `about`, in `year` or ever."""
    decisions = _within(Decision.objects.all(), "decided_at", about, year)
    reports = _within(Report.objects.all(), "made_at", about, year)
    appeals = _within(
        Appeal.objects.all(), "made_at", about, year, path="decision__dialogue"
    )
    by_action = list(
        decisions.order_by("action", "rule")
        .values("action", "rule")
        .annotate(number=Count("pk"))
    )
    by_reported_rule = list(
        reports.order_by()
        .values("rule")
        .annotate(number=Count("pk"))
        .order_by("-number", "rule")
    )
    outcomes = dict(
        Ruling.objects.filter(appeal__in=appeals)
        .order_by()
        .values_list("outcome")
        .annotate(number=Count("pk"))
    )
    return Figures(
        decisions=by_action,
        rules=_by_rule(by_action),
        after=occasions(decisions),
        total=sum(row["number"] for row in by_action),
        reports=sum(row["number"] for row in by_reported_rule),
        reports_by_rule=by_reported_rule,
        reports_open=reports.filter(settled_at=None).count(),
        reports_minutes=_median(
            reports.exclude(settled_at=None).values_list("made_at", "settled_at")
        ),
        held_minutes=_median(
            decisions.exclude(waited_since=None).values_list(
                "waited_since", "decided_at"
            )
        ),
        appealable=sum(
            row["number"] for row in by_action if row["action"] in Decision.APPEALABLE
        ),
        appeals=appeals.count(),
        appeals_open=appeals.filter(ruling=None).count(),
        upheld=outcomes.get(Ruling.Outcome.UPHELD, 0),
        reversed=outcomes.get(Ruling.Outcome.REVERSED, 0),
        appeals_minutes=_median(
            appeals.exclude(ruling=None).values_list("made_at", "ruling__ruled_at")
        ),
    )


def _by_rule(by_action: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How often each rule took something away."""
    numbers: dict[str, int] = {}
    for row in by_action:
        if row["action"] in Decision.APPEALABLE:
            numbers[row["rule"]] = numbers.get(row["rule"], 0) + row["number"]
    return [
        {"rule": rule, "number": number}
        for rule, number in sorted(numbers.items(), key=lambda n: (-n[1], n[0]))
    ]


def acts(about: Q | None = None) -> QuerySet[Decision]:
    """Decisions for the log, newest first, as rows without any text of people."""
    return (
        _within(Decision.objects.all(), "decided_at", about, None)
        .annotate(
            dialogue_title=F("dialogue__title"),
            dialogue_code=F("dialogue__code"),
            appealed_at=F("appeal__made_at"),
            outcome=F("appeal__ruling__outcome"),
        )
        .only("action", "rule", "decided_at", *KINDS)
        .order_by("-decided_at", "-pk")
    )


def in_public() -> Q:
    """Dialogues that the public may know of."""
    return ~Q(state=Dialogue.State.DRAFT) & Q(project__published_at__isnull=False)


def years() -> list[int]:
    """Years of which there is a report: from the first decision to this one."""
    first = Decision.objects.order_by("decided_at").first()
    now = clock.now().astimezone(_zone()).year
    return list(
        range(
            now, (first.decided_at.astimezone(_zone()).year if first else now) - 1, -1
        )
    )


def _within(
    rows: QuerySet[Any],
    moment: str,
    about: Q | None,
    year: int | None,
    path: str = "dialogue",
) -> QuerySet[Any]:
    dialogues = Dialogue.objects.filter(counted())
    if about is not None:
        dialogues = dialogues.filter(about)
    rows = rows.filter(**{f"{path}__in": dialogues})
    if year is not None:
        begin, end = _bounds(year)
        rows = rows.filter(**{f"{moment}__gte": begin, f"{moment}__lt": end})
    return rows


def counted() -> Q:
    """Every dialogue but rehearsals."""
    return Q(rehearsal_of=None)


def _bounds(year: int) -> tuple[datetime, datetime]:
    begin, end = (
        datetime.combine(date(y, 1, 1), datetime.min.time(), _zone())
        for y in (year, year + 1)
    )
    return begin.astimezone(UTC), end.astimezone(UTC)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _median(spans: Iterable[tuple[datetime, datetime]]) -> float | None:
    minutes = [(end - begin) / timedelta(minutes=1) for begin, end in spans]
    # A hundredth of a minute: at the desk things take seconds.
    return round(median(minutes), 2) if minutes else None
