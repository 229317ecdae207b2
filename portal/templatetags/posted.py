"""What was posted, as fields that can be sent again."""

import re
from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.translation import gettext as _

from shared.errors import Refusal

register = template.Library()

LONG = 60
_id = re.compile(
    r"(^|_)(pk|id|key|token|revision|expected\w*|seen|wording)$|^expected_"
)
# Chosen with a button or a list, not typed.
CHOSEN = {
    "alignment", "kind", "language", "method", "next", "role", "rule", "secrecy",
    "electorate", "stance", "state", "theme", "value", "supported", "shown",
}  # fmt: skip


@dataclass(frozen=True)
class PostedField:
    """`widget` is "hidden", "line", "text" or "password"."""

    name: str
    value: str
    widget: str
    label: str
    is_refused: bool
    number: int


@register.simple_tag
def posted_fields(request: HttpRequest, refusal: Refusal) -> list[PostedField]:
    """Every posted field but the CSRF token; a password is never given back."""
    fields: list[PostedField] = []
    for name, values in request.POST.lists():
        if name == "csrfmiddlewaretoken":
            continue
        for value in map(str, values):
            if name == "seen" and refusal.seen is not None:
                # Told of the change, the person may send it again.
                value = str(refusal.seen)
            fields.append(
                PostedField(
                    name=name,
                    value="" if "password" in name else value,
                    widget=_widget(name, value, is_refused=name == refusal.field),
                    label=_label(name),
                    is_refused=name == refusal.field,
                    number=len(fields),
                )
            )
    return fields


def _widget(name: str, value: str, *, is_refused: bool) -> str:
    if "password" in name:
        return "password"
    if name in ("text", "reason", "answer") or "\n" in value or len(value) > LONG:
        return "text"
    if _id.search(name) or name in CHOSEN or (value.isdigit() and not is_refused):
        return "hidden"
    return "line"


def _label(name: str) -> str:
    labels: dict[str, Any] = {
        "answer": _("Answer"),
        "code": _("Code"),
        "email": _("E-mail address"),
        "minutes": _("Minutes"),
        "name": _("Name"),
        "password": _("Password"),
        "reason": _("Reason"),
        "text": _("Text"),
        "title": _("Title"),
    }
    return labels.get(name) or name.replace("_", " ").capitalize()
