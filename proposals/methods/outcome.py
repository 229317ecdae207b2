"""What every method takes and gives back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shared.errors import Refusal

# One person's vote: option number -> value. Option numbers are those of the
# ballot, in its order; no person is in it.
Sheet = Mapping[int, int]


@dataclass(frozen=True)
class Outcome:
    """`numbers` per option, the `chosen` ones, and `verdict`.

    Verdicts: "adopted", "rejected", "chosen", "tied", "none" (nobody voted).
    A tie is reported as a tie; nothing is drawn by lot.
    """

    numbers: dict[int, int]
    chosen: tuple[int, ...]
    verdict: str


def add_up(sheets: Iterable[Sheet], options: Iterable[int]) -> dict[int, int]:
    """Marks per option, every option present."""
    numbers = dict.fromkeys(options, 0)
    for sheet in sheets:
        for option, value in sheet.items():
            numbers[option] += value
    return numbers


def check_marks(marks: Sheet, options: Iterable[int], most: int) -> None:
    """Refuse unknown options, values other than 1, and none or too many marks."""
    if not marks:
        raise Refusal(
            "vote.empty", _("Please choose first."), status=400, field="options"
        )
    if not set(marks) <= set(options) or any(value != 1 for value in marks.values()):
        raise Refusal(
            "vote.unknown_option",
            _("This option is not on the ballot."),
            status=400,
            field="options",
        )
    if len(marks) > most:
        raise Refusal(
            "vote.too_many",
            _("You have chosen more options than the ballot allows."),
            status=400,
            field="options",
        )


def leading(numbers: Mapping[int, int]) -> tuple[int, ...]:
    """The options with the most marks; none when nobody has any."""
    best = max(numbers.values(), default=0)
    if best == 0:
        return ()
    return tuple(option for option, number in numbers.items() if number == best)
