"""A result drawn: bars, steps of the counting, tables of pairs and of money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from proposals.methods.outcome import Number, Round

# What a card carries: beyond it, steps are told in sentences alone.
MOST_ROWS = 160
MOST_IN_PAIRS = 20
# Steps on a projector, and beside how many bars.
MOST_TOLD = 2
MOST_BESIDE = 5
# A table on a projector, seen from the last row.
MOST_LINES = 7
MOST_TURNS = 5
# Words in easy language on a projector, and how many there are with all others.
MOST_EASY = 200
MOST_SAID = 700
# Steps whose numbers are parts of one.
PARTS_OF_ONE = ("acceptance", "threshold")
# Steps that name options without taking them in or out.
COMPARING = ("spread", "status_quo")
# Steps in which money is spent, or not: one table tells them all.
SPENDING = ("bought", "funded", "passed_over")
# Steps by which options leave or are elected: one table draws them side by side.
COURSE = ("runoff", "elected", "seats_left", "leaves")

Facts = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One bar: `width` of 100; `share` of those who voted, where that means something.

    `sign` is "chosen", "excluded" or empty.
    """

    label: str
    text: str
    width: int
    sign: str = ""
    share: int | None = None
    is_hidden: bool = False


@dataclass(frozen=True)
class Step:
    """One step of the counting: told, drawn, and as a table of pairs: how many put one
    before the other, or (`has_paths`) how strong the best way from one to the other is.
    """

    number: int
    sentence: str
    figures: tuple[Figure, ...] = ()
    heads: tuple[str, ...] = ()
    pairs: tuple[tuple[str, tuple[Figure, ...]], ...] = ()
    has_paths: bool = False


def figures_of(
    numbers: Mapping[int, Number],
    names: Mapping[int, str],
    *,
    chosen: Sequence[int] = (),
    excluded: Sequence[int] = (),
    whole: Number = 0,
    hidden: Iterable[int] = (),
    in_percent: bool = False,
) -> tuple[Figure, ...]:
    """A bar per option in the ballot's order; `whole` is what a share is of."""
    sizes = [-n if n < 0 else n for n in numbers.values()]
    largest = max(sizes, default=0)
    longest: Number = 1 if in_percent else whole or largest or 1
    return tuple(
        Figure(
            label=names.get(option, ""),
            text=f"{in_figures(100 * number)} %" if in_percent else in_figures(number),
            width=min(100, max(0, round(100 * number / longest))),
            sign="chosen"
            if option in chosen
            else "excluded"
            if option in excluded
            else "",
            share=round(100 * number / whole) if whole else None,
            is_hidden=option in hidden,
        )
        for option, number in numbers.items()
    )


def steps_of(
    rounds: Sequence[Round],
    sentences: Sequence[str],
    names: Mapping[int, str],
    most_rows: int,
) -> Iterable[Step]:
    drawn = 0
    for number, (row, sentence) in enumerate(zip_longest(rounds, sentences), 1):
        step = Step(number, sentence or "")
        if row is not None:
            among = sorted({option for pair in row.pairs for option in pair})
            told = row.kind in SPENDING
            drawn += 0 if told else len(row.numbers) + len(row.pairs)
            if not told and drawn <= most_rows:
                step = Step(
                    number,
                    sentence or "",
                    figures_of(
                        row.numbers,
                        names,
                        chosen=() if row.kind in COMPARING else row.chosen,
                        excluded=() if row.kind in COMPARING else row.excluded,
                        in_percent=row.kind in PARTS_OF_ONE,
                    ),
                    *(
                        _matrix(row, among, names)
                        if len(among) <= MOST_IN_PAIRS
                        else ()
                    ),
                )
                step = replace(step, has_paths=row.kind == "paths")
        yield step


def spending_of(rounds: Sequence[Round], names: Mapping[int, str]) -> Facts | None:
    """Who paid what: a line for each project in the order of its turn."""
    heads = {
        "cost": _("Costs in €"),
        "payers": _("People who pay in full"),
        "price": _("Each pays at most, in €"),
        "left": _("Left of the budget, in €"),
    }
    turns = [row for row in rounds if row.kind in SPENDING and row.numbers]
    known = [key for key in heads if any(key in row.facts for row in turns)]
    if not turns:
        return None
    return {
        "heads": [heads[key] for key in known],
        "lines": [
            (
                names.get(next(iter(row.numbers)), ""),
                bool(row.chosen),
                [
                    in_figures(fact)
                    if isinstance(fact := row.facts.get(key, "–"), int | Fraction)
                    else fact
                    for key in known
                ],
            )
            for row in turns
        ],
    }


def course_of(rounds: Sequence[Round], names: Mapping[int, str]) -> Facts | None:
    """Round by round, a line for each option: how many votes it had while it stood.

    None for a single round: its bars say all.
    """
    turns = [row for row in rounds if row.kind in COURSE]
    if len(turns) < 2:
        return None
    options = list(turns[0].numbers)
    longest = max((n for row in turns for n in row.numbers.values()), default=0) or 1
    columns = [
        {
            option: Figure(
                names.get(option, ""),
                in_figures(number),
                round(100 * number / longest),
                "chosen"
                if option in row.chosen
                else "excluded"
                if option in row.excluded
                else "",
            )
            for option, number in row.numbers.items()
        }
        for row in turns
    ]
    quotas = {fact for row in turns if isinstance(fact := row.facts.get("quota"), int)}
    return {
        "turns": range(1, len(turns) + 1),
        "lines": [
            (names.get(option, ""), [column.get(option) for column in columns])
            for option in options
        ],
        "resting": [
            in_figures(rest) if isinstance(rest, int | Fraction) else ""
            for row in turns
            for rest in [row.facts.get("resting")]
        ],
        "has_resting": any(row.facts.get("resting") for row in turns),
        "quota": in_figures(quotas.pop()) if len(quotas) == 1 else "",
    }


def _matrix(
    row: Round, among: Sequence[int], names: Mapping[int, str]
) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[Figure, ...]], ...]]:
    """Who was put before whom: a line per option, a cell per other one."""

    def cell(one: int, other: int) -> Figure:
        if one == other:
            return Figure("", "–", 0)
        ahead = row.pairs.get((one, other), 0)
        behind = row.pairs.get((other, one), 0)
        return Figure(
            names.get(other, ""), in_figures(ahead), 0, "chosen" * (ahead > behind)
        )

    return (
        tuple(names.get(option, "") for option in among),
        tuple(
            (names.get(one, ""), tuple(cell(one, other) for other in among))
            for one in among
        ),
    )


def in_figures(number: Number) -> str:
    """An exact number as it is read: whole, or rounded to two digits."""
    if isinstance(number, Fraction) and number.denominator != 1:
        return formats.number_format(
            round(number.numerator / number.denominator, 2), 2, force_grouping=True
        )
    return formats.number_format(int(number), 0, force_grouping=True)
