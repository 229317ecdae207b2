"""What the moderation has to decide about: held contributions, reports, appeals."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from live.parts.queue import source
from live.screens import Targets, touches_cards
from moderation.models import Report
from moderation.queries import involved_in, open_appeals, open_reports, reported_since
from proposals.queries import held_rows

source(
    "queueproposal",
    _("Held proposal"),
    rows=lambda dialogue: held_rows(dialogue, "proposal"),
    at="written_at",
)
source(
    "queuecomment",
    _("Held comment"),
    rows=lambda dialogue: held_rows(dialogue, "comment"),
    at="written_at",
)
source(
    "queuequestion",
    _("Held question"),
    rows=lambda dialogue: held_rows(dialogue, "question"),
    at="written_at",
)
source(
    "queuetopic",
    _("Held topic for later"),
    rows=lambda dialogue: held_rows(dialogue, "topic"),
    at="written_at",
)
source(
    "queuereport",
    _("Report"),
    rows=open_reports,
    at="made_at",
    gauge=reported_since,
)
source(
    "queueappeal",
    _("Appeal"),
    rows=open_appeals,
    at="made_at",
    not_for=involved_in,
)


@touches_cards("held", "contribution", "report")
def _contribution(__: str, facts: Any) -> Targets:
    kind = facts.get("contribution")
    if kind is None:
        return set()
    return {(f"queue{kind}", facts["pk"])} | _reports(kind, facts["pk"])


@touches_cards("proposal", "comment", "question", "topic")
def _own_noun(kind: str, facts: Any) -> Targets:
    noun = kind.partition(".")[0]
    cards: Targets = {(f"queue{noun}", facts[noun])}
    if kind.endswith(".withdrawn"):
        cards |= _reports(noun, facts[noun])
    return cards


@touches_cards("appeal")
def _appeal(__: str, facts: Any) -> Targets:
    return {("queueappeal", facts["appeal"])}


def _reports(kind: str, pk: int) -> Targets:
    """The bundle of a contribution stands under its oldest open report: any of them."""
    reports = Report.objects.filter(**{kind: pk})
    return {("queuereport", report) for report in reports.values_list("pk", flat=True)}
