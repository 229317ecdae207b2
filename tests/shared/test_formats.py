"""How dates read in both languages."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

MOMENT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "name", "text"),
    [
        ("de", "SHORT_DATETIME_FORMAT", "22.11.2026 18:30"),
        ("de", "TIME_FORMAT", "18:30"),
        ("en", "SHORT_DATETIME_FORMAT", "22 Nov 2026, 18:30"),
        ("en", "SHORT_DATE_FORMAT", "22 Nov 2026"),
        ("en", "DATETIME_FORMAT", "22 November 2026, 18:30"),
        ("en", "DATE_FORMAT", "22 November 2026"),
        ("en", "TIME_FORMAT", "18:30"),
    ],
)
def test_dates_are_not_to_be_mistaken(language: str, name: str, text: str):
    with translation.override(language):
        page = Template(f'{{{{ moment|date:"{name}" }}}}')
        assert page.render(Context({"moment": MOMENT})) == text
