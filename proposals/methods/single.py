"""One of several options: the one with the most votes (relative majority).

Equal numbers at the top are a tie, and reported as one.
"""

from collections.abc import Iterable, Sequence

from proposals.methods.outcome import Outcome, Sheet, add_up, check_marks, leading


def check(marks: Sheet, options: Sequence[int], most: int) -> None:
    """Exactly one option."""
    del most  # a method's common interface; here it is always one
    check_marks(marks, options, 1)


def count(sheets: Iterable[Sheet], options: Sequence[int], most: int) -> Outcome:
    """Most marks wins."""
    del most
    numbers = add_up(sheets, options)
    ahead = leading(numbers)
    verdict = "none" if not ahead else "chosen" if len(ahead) == 1 else "tied"
    return Outcome(numbers, ahead, verdict)
