"""Reading projects. `access_*` fetches an object together with its right."""

from typing import Any

import rules
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.rules import is_administrator
from projects.models import Project, ResultRecord
from shared.errors import Refusal


def public_projects() -> QuerySet[Project]:
    """Published projects, newest first, with what a list shows."""
    return (
        Project.objects.filter(published_at__isnull=False)
        .select_related("department")
        .prefetch_related("topics", "districts", "phases")
    )


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
