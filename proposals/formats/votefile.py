"""What a file of votes holds, whatever its format."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from proposals.methods.outcome import Cast

LONGEST_NUMBER = 15


class FileUnreadable(Exception):
    """No file of this format; the message names the line, if there is one.

    English as a string, for the command line; `told` is in the reader's language.
    `why` is a text, or a translatable one with places for `facts`.
    """

    def __init__(self, why: Any, line: int = 0, **facts: Any) -> None:
        super().__init__(why, line)
        self.why, self.line, self.facts = why, line, facts

    def __str__(self) -> str:
        with override("en"):
            return self.told()

    def told(self) -> str:
        why = str(self.why) % self.facts if self.facts else str(self.why)
        if not self.line:
            return why
        return str(_("Line %(number)d: %(why)s")) % {"number": self.line, "why": why}


class Line(NamedTuple):
    """A cast and the line (or place) it was read from."""

    cast: Cast
    line: int


@dataclass(frozen=True)
class VoteFile:
    """`kind`: "order", "approval", "cumulative", "scoring", "table", or "own".

    In a table a number means what the method makes of it.

    `names`: option number -> what the file calls it. `facts`: terms that the file
    states, under their names in `Terms`. `method` is that of our own files.
    """

    kind: str
    names: Mapping[int, str]
    lines: tuple[Line, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""

    @property
    def casts(self) -> list[Cast]:
        return [row.cast for row in self.lines]


@dataclass(frozen=True)
class Listed:
    """An option, and the line where it stands. `cost` 0: none is said."""

    title: str
    text: str
    cost: int | Fraction
    line: int


@dataclass(frozen=True)
class OptionList:
    """What is voted on in a file, without the votes."""

    title: str
    options: tuple[Listed, ...]
    budget: int | Fraction = 0


def told_apart(names: Mapping[int, str], first: int = 0) -> dict[int, str]:
    """Equal names get their number behind them, counted from `first`."""
    times = Counter(names.values())
    return {
        pk: f"{name} ({pk + first})" if times[name] > 1 else name
        for pk, name in names.items()
    }


def whole(text: str, what: Any, line: int, lowest: int = 0) -> int:
    """A whole number of plain digits, at least `lowest`."""
    digits = text.strip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER):
        raise FileUnreadable(
            _("%(what)s is no whole number: %(found)s."),
            line,
            what=what,
            found=quoted(text),
        )
    number = sign * int(digits)
    if number < lowest:
        raise FileUnreadable(
            _("%(what)s is %(number)s, less than %(lowest)s."),
            line,
            what=what,
            number=number,
            lowest=lowest,
        )
    return number


def quoted(text: str) -> str:
    """The beginning of what stands there, with its invisible signs spelt out."""
    return repr(text.strip()[:40])


def as_text(raw: bytes) -> str:
    """UTF-8, with or without a mark; else the line that is not."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileUnreadable(_("This is no UTF-8 text."), line) from None
    before, nul, __ = text.partition("\0")
    if nul:
        raise FileUnreadable(_("This is no UTF-8 text."), before.count("\n") + 1)
    return text
