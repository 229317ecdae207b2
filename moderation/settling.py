"""The end of reports: all open ones on a contribution, by one decision."""

from collections import defaultdict

from django.db.models import Q, QuerySet

from ledger.actions import act, record
from moderation.events import ReportsSettled
from moderation.models import REPORTABLE, Decision, Report
from moderation.telling import tell_settled
from shared import clock


@act()
def settle_reports(decision: Decision) -> int:
    """Answer every open report on what was decided about; returns how many."""
    kind = decision.subject_kind
    found = list(
        _open().filter(**{f"{kind}_id": getattr(decision, f"{kind}_id")}).order_by("pk")
    )
    if found:
        _settle(found, decision)
        record(
            decision.dialogue.stream_id,
            ReportsSettled(decision=decision.pk, reports=len(found)),
        )
    return len(found)


@act()
def settle_withdrawn() -> int:
    """Answer reports on what its author has withdrawn: there is nothing to decide."""
    withdrawn = Q()
    for kind in REPORTABLE:
        withdrawn |= Q(**{f"{kind}__state": "withdrawn"})
    found = list(_open().filter(withdrawn).order_by("pk"))
    by_stream: dict[int, int] = defaultdict(int)
    for report in found:
        by_stream[report.dialogue.stream_id] += 1
    _settle(found, None)
    for stream_id, number in by_stream.items():
        record(stream_id, ReportsSettled(reports=number))
    return len(found)


def _open() -> QuerySet[Report]:
    return (
        Report.objects.select_for_update(of=("self",))
        .filter(settled_at=None)
        .select_related("dialogue", "reporter", *REPORTABLE)
    )


def _settle(reports: list[Report], decision: Decision | None) -> None:
    Report.objects.filter(pk__in=[report.pk for report in reports]).update(
        settled_at=clock.now(), decision=decision
    )
    for report in reports:
        tell_settled(report, decision)
