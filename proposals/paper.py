"""Sheets of paper as they are typed in: a line for each, or for several alike.

"5 x 1,3": five sheets alike. What stands behind depends on how a vote is given:
chosen options by their number (one, some), or a value for every option in the
ballot's order, a dash for none (scale, points, order). "e" is an abstention.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from proposals.channels import Sheets
from proposals.methods import METHODS
from proposals.methods.outcome import Terms
from shared.errors import Refusal

MOST_LINES = 2000
_LINE = re.compile(r"^(?:(?P<copies>\d{1,4})\s*[x×*]\s*)?(?P<rest>[\d,;.\s-]+|[eE])$")


def read_sheets(text: str, method: str, terms: Terms) -> Sheets:
    """The lines of `text`; a Refusal names the line that cannot be read."""
    sheets = []
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise _unreadable(_("Please enter at most 2,000 lines."))
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        said = _LINE.match(line.strip())
        _check_number(said, number, method, terms)
        marks = _marks(said["rest"], method, terms) if said else None
        if said is None or marks is None:
            raise _unreadable(
                _("Line %(number)d cannot be read: %(line)s")
                % {"number": number, "line": line.strip()[:40]}
            )
        sheets.append((marks, int(said["copies"] or 1)))
    return sheets


def line_of(marks: Mapping[int, int], copies: int, method: str, terms: Terms) -> str:
    """The line that `read_sheets` reads these sheets from."""
    if terms.abstain in marks:
        words = "e"
    elif METHODS[method].FORM in ("one", "some"):
        words = ",".join(
            str(number)
            for number, option in enumerate(terms.options, 1)
            if option in marks
        )
    else:
        words = ",".join(str(marks.get(option, "-")) for option in terms.options)
    return words if copies == 1 else f"{copies} x {words}"


def _check_number(
    said: re.Match[str] | None, line: int, method: str, terms: Terms
) -> None:
    """The mistake that is made most, in words that help."""
    if said is None or METHODS[method].FORM in ("one", "some"):
        return
    found = len(_words(said["rest"]))
    if said["rest"] not in ("e", "E") and found != len(terms.options):
        raise _unreadable(
            _("Line %(line)d has %(found)d values, and %(wanted)d are needed.")
            % {"line": line, "found": found, "wanted": len(terms.options)}
        )


def _words(rest: str) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", rest.strip()) if word]


def _marks(rest: str, method: str, terms: Terms) -> dict[int, int] | None:
    """Option -> value, or None where the line does not fit the ballot."""
    if rest in ("e", "E"):
        return {terms.abstain: 1} if terms.abstain is not None else None
    words = _words(rest)
    if METHODS[method].FORM in ("one", "some"):
        return _chosen(words, terms)
    marks = {}
    for option, word in zip(terms.options, words, strict=True):
        if word == "-":
            continue
        if not re.fullmatch(r"-?\d{1,6}", word):
            return None
        marks[option] = int(word)
    return marks


def _chosen(words: list[str], terms: Terms) -> dict[int, int] | None:
    marks = {}
    for word in words:
        if not word.isdecimal() or not 1 <= int(word) <= len(terms.options):
            return None
        option = terms.options[int(word) - 1]
        if option in marks:
            return None
        marks[option] = 1
    return marks


def _unreadable(why: object) -> Refusal:
    return Refusal("count.unreadable", why, status=400, field="sheets")
