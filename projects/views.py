"""The public pages of projects and their results, and the downloads."""

import json

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.finding import ProjectFilter
from projects.queries import (
    access_project,
    access_result,
    narrow_projects,
    public_dialogues,
    public_projects,
)
from projects.reading import read_result, text_file
from projects.wording import LEVELS

PER_PAGE = 12


@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """All published projects, to be narrowed by a plain form."""
    form = ProjectFilter(request.GET or None)
    projects = public_projects()
    if form.is_valid():
        projects = narrow_projects(projects, **form.cleaned_data)
    page = Paginator(projects, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "projects/list.html", {"form": form, "page_obj": page})


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One project. A draft is shown to its staff only: that is the preview."""
    project = access_project(request.user, slug, "projects.view_project")
    results = list(project.results.all())
    replaced = {record.replaces for record in results}
    result_of = {
        record.stream_id: record for record in results if record.digest not in replaced
    }
    dialogues = public_dialogues(project)
    return render(
        request,
        "projects/detail.html",
        {
            "project": project,
            "phases": project.phases.all(),
            "topics": project.topics.all(),
            "districts": project.districts.all(),
            "level_sentence": LEVELS[project.level],
            **dialogues,
            "closed": [
                (dialogue, result_of.get(dialogue.stream_id))
                for dialogue in dialogues["closed"]
            ],
            "results": results,
            "replaced": replaced,
        },
    )


@require_safe
def result(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The frozen outcome of a dialogue, in words, figures and tables."""
    record = access_result(request.user, slug, digest)
    newer = record.project.results.filter(replaces=record.digest).first()
    return render(
        request,
        "projects/result.html",
        {
            "project": record.project,
            "record": record,
            "newer": newer,
            **read_result(record),
        },
    )


@require_safe
def result_json(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """Exactly the canonical bytes: `sha256sum` of the file is the digest."""
    record = access_result(request.user, slug, digest)
    return _download(record.canonical.encode(), f"result-{record.digest[:12]}.json")


@require_safe
def result_texts(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """Texts and salts of a result; what was erased is empty."""
    record = access_result(request.user, slug, digest)
    words = json.dumps(text_file(record), ensure_ascii=False, indent=2) + "\n"
    return _download(words.encode(), f"texts-{record.digest[:12]}.json")


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
