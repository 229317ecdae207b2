"""Every text that people read is there in German."""

import re
from collections.abc import Iterable
from pathlib import Path

import polib
import pytest

CATALOGUE = Path("locale/de/LC_MESSAGES/django.po")
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def texts() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_no_text_is_missing_or_doubtful(texts: polib.POFile) -> None:
    assert [entry.msgid for entry in texts.untranslated_entries()] == []
    assert [entry.msgid for entry in texts.fuzzy_entries()] == []


def test_places_to_fill_are_the_same(texts: polib.POFile) -> None:
    wrong = [
        entry.msgid
        for entry in texts
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        if text
        and not set(PLACES.findall(text))
        <= set(PLACES.findall(entry.msgid + entry.msgid_plural))
    ]

    assert wrong == []


def test_compiled_texts_are_current(texts: polib.POFile) -> None:
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))

    def said(catalogue: Iterable[polib.POEntry]) -> dict[tuple[str, str], object]:
        return {
            (e.msgctxt or "", e.msgid): (e.msgstr, e.msgstr_plural) for e in catalogue
        }

    assert said(compiled) == said(texts)
