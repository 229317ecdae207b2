"""Every kind of wrong input becomes a coded Refusal that says what to do."""

from typing import Any, Literal

import pytest
from django.conf import settings
from django.utils import translation

from shared.errors import Refusal
from shared.payloads import Line, Payload, Text, parse

FILL_IN = "Please fill in this field."
FAR_TOO_LONG = "This text is far too long. Please shorten it."
UNKNOWN = "This field is not known here. Please reload the page."
MISFIT = "This value does not fit. Please check the field."


class Sample(Payload):
    """One field of each kind."""

    title: Line(10)  # type: ignore[valid-type]
    text: Text(10, shortest=0) = ""  # type: ignore[valid-type]
    number: int = 0
    choice: Literal["yes", "no"] = "yes"


WRONG: dict[str, tuple[Any, str | None, str]] = {
    "missing": ({}, "title", FILL_IN),
    "empty": ({"title": ""}, "title", FILL_IN),
    "blank": ({"title": " \n\t "}, "title", FILL_IN),
    "invisible": ({"title": "\u200b\u202e\x00"}, "title", FILL_IN),
    "one over": (
        {"title": "x" * 11},
        "title",
        "Please shorten the text by 1 character.",
    ),
    "three over": (
        {"title": "a", "text": "x" * 13},
        "text",
        "Please shorten the text by 3 characters.",
    ),
    "far too long": ({"title": "x" * 41}, "title", FAR_TOO_LONG),
    "no text": ({"title": 7}, "title", MISFIT),
    "none": ({"title": None}, "title", MISFIT),
    "list": ({"title": ["x"]}, "title", MISFIT),
    "bytes": ({"title": b"\xff"}, "title", MISFIT),
    "surrogate": ({"title": "\ud800"}, "title", MISFIT),
    "no number": ({"title": "a", "number": "many"}, "number", MISFIT),
    "fraction": ({"title": "a", "number": 1.5}, "number", MISFIT),
    "huge number": ({"title": "a", "number": "9" * 5000}, "number", MISFIT),
    "no choice": ({"title": "a", "choice": "maybe"}, "choice", MISFIT),
    "unknown field": ({"title": "a", "is_admin": True}, "is_admin", UNKNOWN),
    "no mapping": ([], None, MISFIT),
    "bare text": ("title", None, MISFIT),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "field", "message"), WRONG.values(), ids=WRONG)
def test_parse_refuses(facts: Any, field: str | None, message: str):
    with translation.override("en"), pytest.raises(Refusal) as refused:
        parse(Sample, facts)

    assert refused.value.code == "input.invalid"
    assert refused.value.status == 400
    assert refused.value.field == field
    assert refused.value.message == message


@pytest.mark.skipif(
    not (settings.LOCALE_PATHS[0] / "de/LC_MESSAGES/django.mo").exists(),
    reason="the German messages are not compiled",
)
@pytest.mark.parametrize(("facts", "field", "message"), WRONG.values(), ids=WRONG)
def test_parse_refuses_in_german(facts: Any, field: str | None, message: str):
    with translation.override("de"), pytest.raises(Refusal) as refused:
        parse(Sample, facts)

    assert refused.value.field == field
    assert refused.value.message not in ("", message)
    assert "%(" not in refused.value.message


def test_parse_cleans_texts():
    facts = parse(Sample, {"title": " a\n b\u200b ", "text": "a\r\nb\x00"})

    assert facts == Sample(title="a b", text="a\nb")


def test_parse_counts_after_cleaning():
    assert parse(Sample, {"title": "x" * 10 + " " * 20}).title == "x" * 10


def test_parse_reads_numbers_from_forms():
    assert parse(Sample, {"title": "a", "number": "12"}).number == 12


def test_payload_is_frozen():
    facts = parse(Sample, {"title": "a"})

    with pytest.raises(ValueError, match="frozen"):
        facts.title = "b"


def test_refusal_as_dict_leaves_out_what_is_not_known():
    assert Refusal("a.b", "Nein.").as_dict() == {"code": "a.b", "message": "Nein."}
    assert Refusal("a.b", "Nein.", field="x", retry_after=0).as_dict() == {
        "code": "a.b",
        "message": "Nein.",
        "field": "x",
        "retry_after": 0,
    }
