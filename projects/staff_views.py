"""Pages on which staff write and publish their projects."""

from typing import cast

import rules
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Person
from projects.actions import publish_project, unpublish_project
from projects.drafting import (
    assign_colleague,
    create_project,
    release_colleague,
    save_project,
)
from projects.forms import ColleagueForm, PhaseFormSet, PhaseRows, ProjectForm
from projects.models import Phase, Project
from projects.queries import access_project, projects_of_staff
from shared.errors import Refusal


def access_staff(request: HttpRequest) -> Person:
    """Who asks, if that is a member of staff; these pages are for nobody else."""
    if not rules.has_perm("projects.create_project", request.user):
        raise Refusal(
            "staff.only",
            _("This page is for members of the city's staff."),
            status=403,
        )
    return cast(Person, request.user)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """My projects with what comes next in each."""
    staff = access_staff(request)
    coming = Phase.objects.filter(ends_on__gte=timezone.localdate())
    projects = projects_of_staff(staff).prefetch_related(
        Prefetch("phases", queryset=coming, to_attr="coming_phases"), "dialogues"
    )
    return render(request, "projects/staff_home.html", {"projects": projects})


@login_required
def project_new(request: HttpRequest) -> HttpResponse:
    staff = access_staff(request)
    form = ProjectForm(request.POST or None, instance=Project())
    phases = PhaseFormSet(request.POST or None, instance=Project(), prefix="phases")
    if request.method == "POST" and _all_valid(form, phases):
        try:
            project = create_project(
                person=staff, facts=form.facts(), phases=phases.facts()
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The draft is saved. Only staff can see it."))
            return redirect("staff:project_edit", project.slug)
    return _project_page(request, None, form, phases)


@login_required
def project_edit(request: HttpRequest, slug: str) -> HttpResponse:
    project = access_project(request.user, slug, "projects.change_project")
    form = ProjectForm(request.POST or None, instance=project)
    phases = PhaseFormSet(request.POST or None, instance=project, prefix="phases")
    if request.method == "POST" and _all_valid(form, phases):
        try:
            project = save_project(
                project=project, facts=form.facts(), phases=phases.facts()
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("staff:project_edit", project.slug)
    # Checking the form has written into `project`: the page shows what is stored.
    stored = access_project(request.user, slug, "projects.change_project")
    return _project_page(request, stored, form, phases)


def _all_valid(form: ProjectForm, phases: PhaseRows) -> bool:
    """Both are checked, so that all mistakes show at once."""
    return all([form.is_valid(), phases.is_valid()])


def _project_page(
    request: HttpRequest,
    project: Project | None,
    form: ProjectForm,
    phases: PhaseRows,
    colleague_form: ColleagueForm | None = None,
) -> HttpResponse:
    assignments = project.assignments.select_related("person") if project else []
    faulty = (
        bool(form.errors)
        or phases.total_error_count() > 0
        or bool(colleague_form and colleague_form.errors)
    )
    return render(
        request,
        "projects/staff_project.html",
        {
            "project": project,
            "form": form,
            "phases": phases,
            "assignments": assignments,
            "colleague_form": colleague_form or ColleagueForm(prefix="colleague"),
            "dialogues": (
                project.dialogues.filter(rehearsal_of=None) if project else []
            ),
        },
        status=400 if faulty else 200,
    )


@require_POST
@login_required
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    project = access_project(request.user, slug, "projects.publish_project")
    try:
        publish_project(project=project)
        messages.success(request, _("The project is public now."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("staff:project_edit", slug)


@require_POST
@login_required
def unpublish(request: HttpRequest, slug: str) -> HttpResponse:
    project = access_project(request.user, slug, "projects.publish_project")
    try:
        unpublish_project(project=project)
        messages.success(request, _("The project is a draft again."))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    return redirect("staff:project_edit", slug)


@require_POST
@login_required
def assign(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a colleague work on the project."""
    project = access_project(request.user, slug, "projects.change_project")
    form = ColleagueForm(request.POST, prefix="colleague")
    if form.is_valid():
        try:
            assignment = assign_colleague(
                project=project, email=form.cleaned_data["email"]
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request,
                _("%(name)s works on this project now.") % {"name": assignment.person},
            )
            return redirect("staff:project_edit", slug)
    return _project_page(
        request,
        project,
        ProjectForm(instance=project),
        PhaseFormSet(instance=project, prefix="phases"),
        form,
    )


@require_POST
@login_required
def release(request: HttpRequest, slug: str, assignment_pk: int) -> HttpResponse:
    project = access_project(request.user, slug, "projects.change_project")
    try:
        release_colleague(project=project, assignment_pk=assignment_pk)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return redirect("staff:project_edit", slug)
    messages.success(request, _("This person does not work on the project any more."))
    if not rules.has_perm("projects.change_project", request.user, project):
        return redirect("staff:home")
    return redirect("staff:project_edit", slug)
