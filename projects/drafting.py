"""Verbs of staff on their projects: create, save, share the work."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from accounts.rules import is_staff_member
from ledger.actions import act
from projects.actions import assign_staff
from projects.models import Assignment, Department, District, Phase, Project, Topic
from projects.slugs import free_slug
from shared.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class ProjectFacts:
    """What staff may say about a project; an empty slug is made from the title."""

    title: str
    slug: str = ""
    summary: str
    summary_easy: str = ""
    title_en: str = ""
    summary_en: str = ""
    department: Department
    contact_name: str
    contact_mail: str
    contact_phone: str = ""
    occasion: str
    aim: str
    can_change: str
    is_fixed: str
    decided_by: str
    decision_due: date
    level: str
    status: str = Project.Status.PREPARATION
    status_reason: str = ""
    topics: Sequence[Topic] = ()
    districts: Sequence[District] = ()


@dataclass(frozen=True, kw_only=True)
class PhaseFacts:
    """A phase; `pk` names the one it replaces."""

    title: str
    text: str = ""
    starts_on: date
    ends_on: date
    pk: int | None = None


_MANY = ("topics", "districts")


@act()
def create_project(
    *, person: Person, facts: ProjectFacts, phases: Sequence[PhaseFacts] = ()
) -> Project:
    """A draft with its phases; `person` works on it from now on."""
    project = Project()
    _write(project, facts)
    _write_phases(project, phases)
    assign_staff(project=project, person=person)
    return project


@act()
def save_project(
    *, project: Project, facts: ProjectFacts, phases: Sequence[PhaseFacts]
) -> Project:
    """Save a project with exactly these phases; refused if that empties a public one.

    A published project keeps its address.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    if project.is_public and not phases:
        raise Refusal(
            "project.no_phase",
            _("A published project needs at least one phase."),
            status=400,
        )
    _write(project, facts)
    project.phases.exclude(pk__in=[phase.pk for phase in phases if phase.pk]).delete()
    _write_phases(project, phases)
    return project


def _write(project: Project, facts: ProjectFacts) -> None:
    slug = project.slug if project.is_public else facts.slug or project.slug
    for field in fields(facts):
        if field.name not in ("slug", *_MANY):
            setattr(project, field.name, getattr(facts, field.name))
    project.slug = slug or free_slug(Project, facts.title, "project")
    if Project.objects.filter(slug=project.slug).exclude(pk=project.pk).exists():
        raise Refusal(
            "project.slug_taken",
            _("Another project has this address. Please choose another one."),
            field="slug",
        )
    project.save()
    project.topics.set(facts.topics)
    project.districts.set(facts.districts)


def _write_phases(project: Project, phases: Sequence[PhaseFacts]) -> None:
    for phase in phases:
        if phase.ends_on < phase.starts_on:
            raise Refusal(
                "phase.ends_before_start",
                _("A phase cannot end before it begins."),
                status=400,
                field="ends_on",
            )
        values: dict[str, Any] = {
            "title": phase.title,
            "text": phase.text,
            "starts_on": phase.starts_on,
            "ends_on": phase.ends_on,
        }
        if phase.pk is None:
            Phase.objects.create(project=project, **values)
        else:
            project.phases.filter(pk=phase.pk).update(**values)


@act()
def assign_colleague(*, project: Project, email: str) -> Assignment:
    """Let the member of staff with `email` work on the project.

    The same refusal for an unknown address and for a citizen's.
    """
    person = Person.objects.filter(email=email.strip().lower()).first()
    if person is None or not is_staff_member(person):
        raise Refusal(
            "staff.unknown",
            _("No member of staff has an account with this address."),
            status=400,
            field="email",
        )
    return assign_staff(project=project, person=person)


@act()
def release_colleague(*, project: Project, assignment_pk: int) -> None:
    """End somebody's work on the project; one person always remains."""
    project = Project.objects.select_for_update().get(pk=project.pk)
    assignment = project.assignments.filter(pk=assignment_pk).first()
    if assignment is None:
        raise Refusal(
            "staff.unassigned",
            _("This person does not work on the project."),
            status=404,
        )
    if project.assignments.count() == 1:
        raise Refusal(
            "staff.last",
            _("At least one person works on a project. Please add somebody first."),
        )
    assignment.delete()
