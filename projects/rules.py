"""Rights on projects. Names are "projects.verb_noun"."""

import rules

from accounts.models import Person
from accounts.rules import is_administrator, is_staff_member
from projects.models import Project


@rules.predicate
def is_public(person: Person | None, project: Project) -> bool:
    return project.is_public


@rules.predicate
def works_on(person: Person | None, project: Project | None) -> bool:
    return bool(
        project is not None
        and is_staff_member(person)
        and project.assignments.filter(person=person).exists()
    )


rules.add_perm("projects.view_project", is_public | works_on | is_administrator)
rules.add_perm("projects.create_project", is_staff_member)
rules.add_perm("projects.change_project", works_on | is_administrator)
rules.add_perm("projects.publish_project", works_on | is_administrator)
