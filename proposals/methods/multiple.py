"""Up to `most` of several options, one mark each.

Every option keeps its number; the ones with the most marks are named first and
a tie at the top is reported as one.
"""

from collections.abc import Iterable, Sequence

from proposals.methods.outcome import Outcome, Sheet, add_up, check_marks, leading


def check(marks: Sheet, options: Sequence[int], most: int) -> None:
    """One to `most` different options."""
    check_marks(marks, options, most)


def count(sheets: Iterable[Sheet], options: Sequence[int], most: int) -> Outcome:
    """Most marks wins; an option needs no majority."""
    del most
    numbers = add_up(sheets, options)
    ahead = leading(numbers)
    verdict = "none" if not ahead else "chosen" if len(ahead) == 1 else "tied"
    return Outcome(numbers, ahead, verdict)
