"""One of several options: the one with the most votes (relative majority).

Equal numbers at the top are a tie, and reported as one.
"""

from collections.abc import Sequence

from proposals.methods.outcome import (
    Cast,
    Outcome,
    Sheet,
    Terms,
    add_up,
    check_marks,
    leading,
)


def check(marks: Sheet, terms: Terms) -> None:
    """Exactly one option."""
    check_marks(marks, terms, 1)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Most marks wins."""
    numbers = add_up(casts, terms)
    ahead = leading({option: numbers[option] for option in terms.options})
    verdict = "none" if not ahead else "chosen" if len(ahead) == 1 else "tied"
    return Outcome(numbers, ahead, verdict)
