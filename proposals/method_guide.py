"""The public page about all decision methods: in plain words, and in full."""

import re
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from proposals.ballot_forms import FAMILIES
from proposals.methods import METHODS
from proposals.models import Ballot
from shared.html import render_document

_HEADING = re.compile(r"^### .+ \(`(\w+)`\)\n", re.MULTILINE)
_END = re.compile(r"^##", re.MULTILINE)


@cache
def described() -> dict[str, SafeString]:
    """What docs/methods.md says about each method, as HTML."""
    text = (settings.BASE_DIR / "docs/methods.md").read_text(encoding="utf-8")
    found = {}
    for heading in _HEADING.finditer(text):
        end = _END.search(text, heading.end())
        section = text[heading.end() : end.start() if end else len(text)]
        found[heading[1]] = render_document(section)
    return found


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """When each method fits, what it counts, what a tie means, and its source."""
    sections = described()
    families: list[tuple[Any, list[dict[str, Any]]]] = [
        (
            title,
            [
                {
                    "name": name,
                    "label": Ballot.Method(name).label,
                    "method": METHODS[name],
                    "described": sections[name],
                }
                for name in names
            ],
        )
        for title, names in FAMILIES
    ]
    return render(request, "proposals/methods.html", {"families": families})
