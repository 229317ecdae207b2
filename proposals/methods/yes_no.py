"""Yes, no, abstain. Adopted with more yes than no; a tie is a rejection.

Abstentions count for the turnout, not for the majority (simple majority of the
votes cast, as in council rules of procedure).
"""

from collections.abc import Iterable, Sequence

from proposals.methods.outcome import Outcome, Sheet, add_up, check_marks

KEYS = ("yes", "no", "abstain")


def check(marks: Sheet, options: Sequence[int], most: int) -> None:
    """One of the three choices."""
    del most  # a method's common interface; here it is always one
    check_marks(marks, options, 1)


def count(sheets: Iterable[Sheet], options: Sequence[int], most: int) -> Outcome:
    """`options` are the numbers of yes, no and abstain, in this order."""
    del most
    numbers = add_up(sheets, options)
    yes, no, __ = options
    if not any(numbers.values()):
        return Outcome(numbers, (), "none")
    if numbers[yes] > numbers[no]:
        return Outcome(numbers, (yes,), "adopted")
    return Outcome(numbers, (no,), "rejected")
