"""Typed input: what a browser may send, by socket or by form."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic import ValidationError as PayloadError

from shared.errors import Refusal
from shared.texts import clean_line, clean_text


class Payload(BaseModel):
    """Base of every command's input: closed, frozen, parsed from text or JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def Line(longest: int, *, shortest: int = 1) -> Any:
    """Type of a one-line text of `shortest` to `longest` characters."""
    return Annotated[
        str,
        # The raw text may be longer than what is left after cleaning, not by much.
        StringConstraints(max_length=longest * 4),
        AfterValidator(clean_line),
        AfterValidator(_bounded(shortest, longest)),
    ]


def Text(longest: int, *, shortest: int = 1) -> Any:
    """Type of a text with line breaks, of `shortest` to `longest` characters."""
    return Annotated[
        str,
        StringConstraints(max_length=longest * 4),
        AfterValidator(clean_text),
        AfterValidator(_bounded(shortest, longest)),
    ]


def _bounded(shortest: int, longest: int) -> Any:
    def check(text: str) -> str:
        if len(text) < shortest:
            raise ValueError("too_short")
        if len(text) > longest:
            raise ValueError(f"too_long:{longest}:{len(text)}")
        return text

    return check


def parse(payload_class: type[Payload], facts: dict[str, Any]) -> Any:
    """`facts` as a `payload_class`; a Refusal names the field and what to do."""
    try:
        return payload_class.model_validate(facts)
    except PayloadError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else None
        raise Refusal(
            "input.invalid", _explain(first), status=400, field=field
        ) from None


def _explain(error: Mapping[str, Any]) -> str:
    cause = str(error.get("ctx", {}).get("error", ""))
    if error["type"] == "missing" or cause == "too_short":
        return _("Please fill in this field.")
    if cause.startswith("too_long:"):
        __, longest, length = cause.split(":")
        over = int(length) - int(longest)
        return ngettext(
            "Please shorten the text by %(over)d character.",
            "Please shorten the text by %(over)d characters.",
            over,
        ) % {"over": over}
    if error["type"] == "string_too_long":
        return _("This text is far too long. Please shorten it.")
    if error["type"] == "extra_forbidden":
        return _("This field is not known here. Please reload the page.")
    return _("This value does not fit. Please check the field.")
