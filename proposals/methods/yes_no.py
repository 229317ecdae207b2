"""Yes, no, abstain. Adopted with more yes than no; a tie is a rejection.

Abstentions count for the turnout, not for the majority (simple majority of the
votes cast, as in council rules of procedure).
"""

from collections.abc import Sequence

from proposals.methods.outcome import Cast, Outcome, Sheet, Terms, add_up, check_marks

FIXED = ("yes", "no", "abstain")


def check(marks: Sheet, terms: Terms) -> None:
    """One of the three choices."""
    check_marks(marks, terms, 1)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Adopted or rejected."""
    numbers = add_up(casts, terms)
    yes, no = terms.keys["yes"], terms.keys["no"]
    if not any(numbers.values()):
        return Outcome(numbers, (), "none")
    if numbers[yes] > numbers[no]:
        return Outcome(numbers, (yes,), "adopted")
    return Outcome(numbers, (no,), "rejected")
