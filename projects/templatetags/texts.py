"""Texts of the city on a page: in the reader's language, with limited Markdown."""

from django import template
from django.db import models
from django.utils import timezone
from django.utils.safestring import SafeString

from projects.models import Phase, localised
from shared import clock, html

register = template.Library()


@register.filter(name="localised")
def localized(row: models.Model, field: str) -> str:
    """`row|localised:"title"`: in the reader's language, else in German."""
    return localised(row, field)


@register.filter
def language_of(row: models.Model, field: str) -> str:
    """The language `localised` answers in, for the `lang` of what it shows."""
    english = getattr(row, f"{field}_en", "")
    return "en" if english and localised(row, field) == english else "de"


@register.filter
def markdown(text: str) -> SafeString:
    """Limited Markdown as safe HTML."""
    return html.render_markdown(text)


@register.filter
def phase_state(phase: Phase) -> str:
    """Where a phase stands today: "done", "current" or "coming"."""
    today = timezone.localdate(clock.now())
    if phase.ends_on < today:
        return "done"
    return "current" if phase.starts_on <= today else "coming"
