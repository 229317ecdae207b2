"""Verbs of projects: publish, withdraw from the public, file a result."""

import hashlib

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from ledger.actions import act
from ledger.chain import canonical
from ledger.models import Stream
from projects.models import Assignment, Project, ResultRecord, ResultText
from projects.sheet import ResultSheet
from shared import clock
from shared.errors import Refusal


@act()
def assign_staff(*, project: Project, person: Person) -> Assignment:
    """Let `person` work on `project`."""
    assignment, __ = Assignment.objects.get_or_create(project=project, person=person)
    return assignment


@act()
def publish_project(*, project: Project) -> Project:
    """Show the project to the public. It needs at least one phase."""
    if not project.phases.exists():
        raise Refusal(
            "project.no_phase",
            _("Please add at least one phase with its dates before publishing."),
        )
    if project.published_at is None:
        project.published_at = clock.now()
        project.save(update_fields=["published_at"])
    return project


@act()
def unpublish_project(*, project: Project) -> Project:
    """Make it a draft again; refused once results stand in it."""
    if project.results.exists():
        raise Refusal(
            "project.has_results",
            _("Results stand in this project. It stays public."),
        )
    project.published_at = None
    project.save(update_fields=["published_at"])
    return project


@act()
def file_result(
    *, project: Project, stream: Stream, sheet: ResultSheet, replaces: str = ""
) -> ResultRecord:
    """Freeze a dialogue's outcome: canonical JSON, its SHA-256, texts beside it.

    Of a rehearsal nothing is filed: its record is drawn up, shown, and not kept.
    """
    text = canonical(sheet.figures()).decode()
    record = ResultRecord(
        project=project,
        stream=stream,
        dialogue_title=sheet.title,
        canonical=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        replaces=replaces,
        filed_at=clock.now(),
    )
    if stream.is_rehearsal:
        return record
    record.save(force_insert=True)
    ResultText.objects.bulk_create(
        ResultText(record=record, key=key, salt=salt, text=words)
        for key, (salt, words) in sorted(sheet.texts.items())
    )
    return record


def erase_texts(keys: list[str], records: list[ResultRecord]) -> None:
    """Empty texts and salts of `records`; their digests still verify."""
    ResultText.objects.filter(record__in=records, key__in=keys).update(salt="", text="")


def erase_person(person: Person) -> None:
    """A person's work on projects is forgotten; the projects stay."""
    Assignment.objects.filter(person=person).delete()
