"""Reading projects. `access_*` fetches an object together with its right."""

from typing import Any

import rules
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.rules import is_administrator
from projects.models import District, Project, ResultRecord, Topic
from shared.errors import Refusal


def public_projects() -> QuerySet[Project]:
    """Published projects, newest first, with what a list shows."""
    return (
        Project.objects.filter(published_at__isnull=False)
        .select_related("department")
        .prefetch_related("topics", "districts", "phases")
    )


def narrow_projects(
    projects: QuerySet[Project],
    *,
    words: str = "",
    status: str = "",
    topic: Topic | None = None,
    district: District | None = None,
) -> QuerySet[Project]:
    """`projects` in which every word occurs, with this status, topic, district."""
    for word in words.split()[:8]:
        projects = projects.filter(
            Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(title_en__icontains=word)
            | Q(summary_en__icontains=word)
            | Q(occasion__icontains=word)
            | Q(aim__icontains=word)
        )
    if status:
        projects = projects.filter(status=status)
    if topic:
        projects = projects.filter(topics=topic)
    if district:
        projects = projects.filter(districts=district)
    return projects


def public_dialogues(project: Project) -> dict[str, list[Any]]:
    """The project's dialogues that are known to the public, by where they stand.

    Dialogues live on the floor above: only their reverse relation is used here.
    """
    groups: dict[str, list[Any]] = {"running": [], "announced": [], "closed": []}
    group_of = {
        "lobby": "running",
        "live": "running",
        "paused": "running",
        "announced": "announced",
        "closed": "closed",
    }
    dialogues: Any = project.dialogues.filter(state__in=group_of, rehearsal_of=None)
    for dialogue in dialogues.order_by("starts_at", "pk"):
        groups[group_of[dialogue.state]].append(dialogue)
    return groups


def projects_of_staff(person: Any) -> QuerySet[Project]:
    """The projects a member of staff works on; all for administrators."""
    projects = Project.objects.select_related("department").order_by("-changed_at")
    if is_administrator(person):
        return projects
    return projects.filter(assignments__person=person)


def access_project(person: Any, slug: str, right: str) -> Project:
    """A project with `right`, or the same Refusal for missing and forbidden."""
    project = Project.objects.filter(slug=slug).select_related("department").first()
    if project is None or not rules.has_perm(right, person, project):
        raise Refusal(
            "project.unknown",
            _("There is no such project, or it is not open to you."),
            status=404,
        )
    return project


def access_result(person: Any, slug: str, digest: str) -> ResultRecord:
    """A result of a project the person may see."""
    project = access_project(person, slug, "projects.view_project")
    record = project.results.filter(digest=digest).first()
    if record is None:
        raise Refusal(
            "result.unknown", _("There is no such result in this project."), status=404
        )
    return record
