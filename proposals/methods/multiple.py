"""Up to `most` of several options, one mark each.

Every option keeps its number; the ones with the most marks are named first and
a tie at the top is reported as one.
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
    """One to `most` different options."""
    check_marks(marks, terms, terms.most)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Most marks wins; an option needs no majority."""
    numbers = add_up(casts, terms)
    ahead = leading({option: numbers[option] for option in terms.options})
    verdict = "none" if not ahead else "chosen" if len(ahead) == 1 else "tied"
    return Outcome(numbers, ahead, verdict)
