"""What waits for the moderation, and what the public may know of its work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from dialogue.models import Dialogue, Participation
from moderation.models import REPORTABLE, Appeal, Decision, Report
from proposals.models import Contribution


@dataclass(frozen=True)
class OpenReport:
    """All open reports on one contribution, as one entry of the queue.

    `pk` and `made_at` are those of the oldest one. `people` counts those who
    reported, `weight` what they weigh together: whoever reports a lot at once, or
    was often mistaken before, weighs less. Nothing is ever hidden by these numbers.
    """

    pk: int
    made_at: datetime
    kind: str
    row: Contribution
    reports: tuple[Report, ...]
    people: int
    weight: float

    @property
    def is_mass(self) -> bool:
        """Many reports by people who report a lot: look twice."""
        return self.people > 1 and self.weight < self.people / 2


def open_reports(dialogue: Dialogue) -> list[OpenReport]:
    """Reported contributions that nobody has decided about yet, oldest first."""
    rows = list(
        _open(dialogue)
        .select_related(
            "proposal__author", "comment__author", "comment__proposal",
            "question__author", "topic__author",
        )
        .order_by("made_at", "pk")
    )  # fmt: skip
    if not rows:
        return []
    weights = _weights(dialogue, rows)
    bundles: dict[tuple[str, int], list[Report]] = {}
    for report in rows:
        kind = report.subject_kind
        bundles.setdefault((kind, getattr(report, f"{kind}_id")), []).append(report)
    return [
        OpenReport(
            pk=found[0].pk,
            made_at=found[0].made_at,
            kind=kind,
            row=found[0].contribution,
            reports=tuple(found),
            people=len(keys := {report.reporter_key for report in found}),
            weight=round(sum(weights[key] for key in keys), 2),
        )
        for (kind, __), found in bundles.items()
    ]


def reported_since(dialogue: Dialogue) -> tuple[int, datetime | None]:
    """How many contributions `open_reports` has, and the moment of the first report."""
    rows = _open(dialogue).order_by("made_at").values_list("made_at", *REPORTABLE)
    found = list(rows)
    about = {row[1:] for row in found}
    return len(about), found[0][0] if found else None


def _open(dialogue: Dialogue) -> QuerySet[Report]:
    return (
        Report.objects.filter(dialogue=dialogue, settled_at=None)
        .exclude(proposal__state="withdrawn")
        .exclude(comment__state="withdrawn")
        .exclude(question__state="withdrawn")
        .exclude(topic__state="withdrawn")
    )


def _weights(dialogue: Dialogue, rows: list[Report]) -> dict[str, float]:
    """By reporter: one, shared out over open reports and earlier mistaken ones."""
    open_by: dict[str, int] = {}
    for report in rows:
        open_by[report.reporter_key] = open_by.get(report.reporter_key, 0) + 1
    mistaken: dict[str, int] = {}
    for key in Report.objects.filter(
        dialogue=dialogue,
        reporter_key__in=open_by,
        decision__action=Decision.Action.APPROVE,
    ).values_list("reporter_key", flat=True):
        mistaken[key] = mistaken.get(key, 0) + 1
    return {key: 1 / (number + mistaken.get(key, 0)) for key, number in open_by.items()}


def open_appeals(dialogue: Dialogue) -> QuerySet[Appeal]:
    """Appeals without a ruling, oldest first, with all that a card needs."""
    return (
        Appeal.objects.filter(decision__dialogue=dialogue, ruling=None)
        .select_related(
            "words",
            "decision__author",
            "decision__decided_by",
            "decision__proposal",
            "decision__comment",
            "decision__question",
            "decision__topic",
            "decision__remark",
            "decision__dialogue",
        )
        .order_by("made_at", "pk")
    )


def involved_in(appeal: Appeal) -> set[int]:
    """The participations that may not rule on it: see `is_own_case`."""
    decision = appeal.decision
    involved = {decision.author_id, decision.decided_by_id}
    if decision.decided_as_staff_id is not None:
        staff = Participation.objects.filter(
            dialogue=decision.dialogue_id, person=decision.decided_as_staff_id
        )
        involved |= set(staff.values_list("pk", flat=True))
    return {pk for pk in involved if pk is not None}


def own_cases(participation: Participation, dialogue: Dialogue) -> QuerySet[Appeal]:
    """Open appeals that concern this person, so that somebody else rules on them."""
    return Appeal.objects.filter(
        Q(decision__author=participation)
        | Q(decision__decided_by=participation)
        | Q(decision__decided_as_staff=participation.person_id),
        decision__dialogue=dialogue,
        ruling=None,
    )


def is_own_case(appeal: Appeal, person: Any) -> bool:
    """Whether `person` decided, or is the author: neither may rule on it."""
    decision = appeal.decision
    involved = {decision.author.person_id}
    if decision.decided_by is not None:
        involved.add(decision.decided_by.person_id)
    if decision.decided_as_staff_id is not None:
        involved.add(decision.decided_as_staff_id)
    return person.pk in involved


def other_moderators(appeal: Appeal) -> QuerySet[Participation]:
    """Moderators of the dialogue who may rule on the appeal."""
    decision = appeal.decision
    involved = [decision.author.person_id]
    if decision.decided_by is not None:
        involved.append(decision.decided_by.person_id)
    if decision.decided_as_staff_id is not None:
        involved.append(decision.decided_as_staff_id)
    return decision.dialogue.participations.filter(
        state=Participation.State.ADMITTED,
        role__in=[
            Participation.Role.LEAD_MODERATOR,
            Participation.Role.TABLE_MODERATOR,
        ],
        person__is_active=True,
    ).exclude(person__in=involved)
