"""The page about all methods, and docs/methods.md behind it."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from proposals.ballot_forms import FAMILIES
from proposals.method_guide import described
from proposals.methods import METHODS

pytestmark = pytest.mark.django_db


def test_every_method_is_described_with_source_tie_and_use():
    sections = described()

    assert set(sections) == set(METHODS)
    for name, html in sections.items():
        words = re.sub(r"<[^>]+>", "", html)
        for said in ("tie", "source:", "when:"):
            assert said in words.lower(), (name, said)


@pytest.mark.parametrize("language", ["de", "en"])
def test_page_shows_every_method(language: str, django_assert_num_queries: object):
    client = Client(headers={"Accept-Language": language})
    with django_assert_num_queries(0):  # type: ignore[operator]
        html = client.get(reverse("recount:methods")).content.decode()

    places = re.findall(r'<article class="card" id="(\w+)"', html)
    assert places == [name for __, names in FAMILIES for name in names]
    assert set(places) == set(METHODS)


def test_document_goes_into_the_image():
    ignored = (settings.BASE_DIR / "deploy/Dockerfile.dockerignore").read_text()

    assert "!docs/methods.md" in ignored.split("\n")
