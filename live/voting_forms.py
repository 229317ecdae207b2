"""What the form of a ballot shows, by the way its method is voted in.

Thousands vote at once, each with values of their own: an answer's form is drawn once
with places for the values, and `put_values` fills them for each person.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from django.utils import formats
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from proposals.method_card import terms_before
from proposals.methods import METHODS
from proposals.models import Ballot, Option
from proposals.results import is_hidden, option_label

# Nobody can guess it, so no text holds it.
_PLACE = "p" + token_hex(12)
_places = re.compile(rf"{_PLACE}(checked|selected|text)v(\d+)v(-?\d*)v")
# Up to so many steps a scale is a row of buttons, beyond it a field for a number.
MOST_STEPS = 11

# Option -> what was chosen or typed for it; None: places, to be filled later.
Values = Mapping[int, int | str]


@dataclass(frozen=True)
class Step:
    """One value that can be chosen; `sign` is " checked", " selected" or nothing."""

    value: int
    sign: SafeString


@dataclass(frozen=True)
class Choice:
    """One option of the form; `key` names the fixed choices."""

    pk: int
    key: str
    label: str
    text: SafeString
    sign: SafeString
    steps: tuple[Step, ...] = ()
    cost: int = 0
    cost_text: str = ""
    is_hidden: bool = False


def vote_form(
    ballot: Ballot, options: Sequence[Option], values: Values | None
) -> dict[str, Any]:
    """The facts of the form's template; `values` None leaves places for them."""
    method = METHODS[ballot.method]
    abstain = next((row for row in options if row.key == "abstain"), None)
    kind = method.FORM
    # "Abstain" stands among choices of which one is made, else it is one of its own.
    rows = [row for row in options if kind == "one" or row is not abstain]
    steps: Sequence[int] = ()
    if kind == "scale" and ballot.highest - ballot.lowest < MOST_STEPS:
        steps = range(ballot.lowest, ballot.highest + 1)
    elif kind == "order":
        steps = range(1, len(rows) + 1)
    word = "selected" if kind == "order" else "checked"
    return {
        "kind": kind,
        "choices": [_choice(ballot, row, values, steps, word) for row in rows],
        "abstain": abstain and _choice(ballot, abstain, values, (), word),
        # The order of free options shall favour none: the script mixes them.
        "shuffles": not getattr(method, "FIXED", ()),
        "most": ballot.most_options if ballot.method == Ballot.Method.MULTIPLE else 0,
        "budget": ballot.budget if ballot.budget else 0,
        "budget_text": in_euros(ballot.budget) if ballot.budget else "",
        "has_limit": ballot.method == Ballot.Method.KNAPSACK,
        "points": ballot.points,
        "per_option": ballot.per_option or ballot.points,
        "lowest": ballot.lowest,
        "highest": ballot.highest,
        "has_steps": bool(steps),
        "is_resistance": ballot.method == Ballot.Method.CONSENSING,
        "counted": method.COUNTED,
        "ties": method.TIES,
        "terms": terms_before(ballot),
        "asks_reason": ballot.method == Ballot.Method.CONSENT,
    }


def _choice(
    ballot: Ballot,
    row: Option,
    values: Values | None,
    steps: Sequence[int],
    word: str,
) -> Choice:
    value = "" if values is None else values.get(row.pk, "")

    def sign(step: int) -> SafeString:
        if values is None:
            return SafeString(f"{_PLACE}{word}v{row.pk}v{step}v")
        return SafeString(f" {word}" if str(value) == str(step) else "")

    text = f"{_PLACE}textv{row.pk}vv" if values is None else escape(value)
    return Choice(
        pk=row.pk,
        key=row.key,
        label=_title(ballot, row),
        text=SafeString(text),
        sign=sign(1),
        steps=tuple(Step(step, sign(step)) for step in steps),
        cost=row.cost,
        cost_text=in_euros(row.cost) if ballot.budget else "",
        is_hidden=is_hidden(row),
    )


def _title(ballot: Ballot, row: Option) -> str:
    """What stands on the form; a hidden option is told from another by its number."""
    if not is_hidden(row):
        return option_label(ballot, row)
    return _("Option %(number)d, hidden by the moderation") % {
        "number": row.position + 1
    }


def put_values(html: str, values: Mapping[int, int]) -> str:
    """Drawn text with a person's values at their places, whole numbers all of them."""

    def put(place: re.Match[str]) -> str:
        word, option, step = place[1], int(place[2]), place[3]
        value = values.get(option)
        if word == "text":
            return "" if value is None else str(value)
        return f" {word}" if value is not None and str(value) == step else ""

    return _places.sub(put, html)


def in_euros(amount: int) -> str:
    number = formats.number_format(amount, 0, force_grouping=True)
    return _("%(number)s €") % {"number": number}
