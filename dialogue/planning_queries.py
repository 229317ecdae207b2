"""Reading for the pages of planning. `access_*` fetches together with the right."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rules
from django.db.models import QuerySet

from dialogue.models import AgendaItem, Dialogue, Invitation, Participation
from dialogue.planning_facts import ACTION_WORDS
from dialogue.queries import forbidden
from projects.models import Project
from shared import clock

# Evenings that work, in minutes.
TYPICAL = (90, 135, 180)


def access_planning(person: Any, code: str) -> Dialogue:
    """The dialogue if `person` may plan it; one refusal for missing and foreign."""
    dialogue = (
        Dialogue.objects.filter(code=code.upper())
        .select_related("project", "current", "rehearsal_of")
        .first()
    )
    if dialogue is None or not rules.has_perm(
        "dialogue.plan_dialogue", person, dialogue
    ):
        raise forbidden()
    return dialogue


def access_new_dialogue(person: Any, project_slug: str) -> Project:
    """The project for which `person` may plan a dialogue; else the same refusal."""
    project = Project.objects.filter(slug=project_slug).first()
    if project is None or not rules.has_perm(
        "dialogue.plan_dialogue", person, Dialogue(project=project)
    ):
        raise forbidden()
    return project


def access_planned_item(person: Any, code: str, item_pk: int) -> AgendaItem:
    """An agenda item of a dialogue that `person` may plan."""
    dialogue = access_planning(person, code)
    item = dialogue.agenda.filter(pk=item_pk).first()
    if item is None:
        raise forbidden()
    item.dialogue = dialogue
    return item


@dataclass(frozen=True)
class PlannedItem:
    """An item with its number and the time of day at which it is planned."""

    number: int
    item: AgendaItem
    begins_at: datetime
    ends_at: datetime

    @property
    def allowed(self) -> list[str]:
        """What it allows, in words."""
        return [
            str(words)
            for action, words in ACTION_WORDS.items()
            if action in self.item.allowed
        ]


@dataclass(frozen=True)
class Plan:
    items: tuple[PlannedItem, ...]
    minutes: int

    @property
    def typical(self) -> int:
        """The shortest typical evening that the plan fits, else the longest."""
        return next((length for length in TYPICAL if self.minutes <= length), 180)

    @property
    def left(self) -> int:
        """Minutes left to `typical`; below zero if the plan is longer."""
        return self.typical - self.minutes


def plan_of(dialogue: Dialogue) -> Plan:
    """The agenda with planned times from `starts_at`: two queries."""
    minutes = 0
    rows = []
    agenda = dialogue.agenda.prefetch_related("materials")
    for number, item in enumerate(agenda, start=1):
        begins_at = dialogue.starts_at + timedelta(minutes=minutes)
        rows.append(
            PlannedItem(
                number, item, begins_at, begins_at + timedelta(minutes=item.minutes)
            )
        )
        minutes += item.minutes
    return Plan(tuple(rows), minutes)


def people_with_roles(dialogue: Dialogue) -> QuerySet[Participation]:
    """Everybody who does more, or less, than take part."""
    return (
        dialogue.participations.exclude(role=Participation.Role.PARTICIPANT)
        .select_related("person")
        .order_by("role", "display_name")
    )


def invitations_of(dialogue: Dialogue) -> QuerySet[Invitation]:
    return dialogue.invitations.all()


def open_invitations(dialogue: Dialogue) -> int:
    """How many personal invitations can still be used."""
    return dialogue.invitations.filter(
        used_by=None, expires_at__gte=clock.now()
    ).count()
