"""Several rounds of one question, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from proposals.models import Ballot, Option
from proposals.result_parts import Facts, in_figures
from proposals.results import option_label

# So much of two titles is the same, of 1, when one is the other reworded.
ALIKE = 0.5


def earlier_rounds(ballot: Ballot) -> list[Ballot]:
    """The counted rounds before this one, first round first."""
    rounds: list[Ballot] = []
    before = ballot.previous
    while before is not None and len(rounds) < 20:
        if before.state == Ballot.State.CLOSED:
            rounds.insert(0, before)
        before = before.previous
    return rounds


def compare_rounds(ballot: Ballot) -> Facts | None:
    """Numbers of every round side by side; None if it is the only one.

    An option is the same one if it is the same contribution or fixed choice, has the
    same words, or nearly the same ones in its place.
    """
    rounds = earlier_rounds(ballot)
    if not rounds:
        return None
    rounds.append(ballot)
    lines: list[_Line] = []
    for row in rounds:
        options = list(row.options.select_related("tally_row", "proposal", "question"))
        for option, line in _matched(options, lines):
            if line is None:
                line = _Line()
                lines.append(line)
            line.option = option
            label = option_label(row, option)
            if label not in line.labels:
                line.labels.append(label)
            line.numbers[row.pk] = in_figures(option.tally_row.number)
    return {
        "heads": [_("Round %(number)d") % {"number": row.round} for row in rounds],
        "lines": [
            (
                " → ".join(line.labels),
                [line.numbers.get(row.pk, "–") for row in rounds],
            )
            for line in lines
        ],
        "turnouts": [row.tally.turnout for row in rounds],
    }


@dataclass
class _Line:
    """An option through the rounds: as it stood last, its wordings, its numbers."""

    option: Option | None = None
    labels: list[str] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)


def _matched(
    options: Sequence[Option], lines: Sequence[_Line]
) -> list[tuple[Option, _Line | None]]:
    """Each option with the line that it goes on; None: it is a new one."""

    def source(option: Option) -> object:
        return option.key or option.proposal_id or (option.question_id, "question")

    free = list(lines)
    found: dict[int, _Line] = {}

    def take(is_same: Callable[[Option, Option], bool]) -> None:
        for option in options:
            if option.pk in found:
                continue
            for line in free:
                if line.option is not None and is_same(option, line.option):
                    found[option.pk] = line
                    free.remove(line)
                    break

    def linked(option: Option) -> bool:
        return bool(option.key or option.source)

    take(lambda new, old: linked(new) and linked(old) and source(new) == source(old))
    take(lambda new, old: new.title == old.title)
    take(
        lambda new, old: (
            not (linked(new) or linked(old))
            and new.position == old.position
            and SequenceMatcher(None, new.title, old.title).ratio() >= ALIKE
        )
    )
    return [(option, found.get(option.pk)) for option in options]
