"""Show of hands, or temperature check: up, to the side, down. It decides nothing."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting, opening, votes_of
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    add_up,
    best_first,
    check_marks,
    misses_quorum,
)
from proposals.methods.suiting import check_fixed, check_terms

FORM = "one"
FIXED = ("up", "side", "down", "abstain")
LABELS = {
    "up": _("Up: I like it"),
    "side": _("To the side: I am not sure"),
    "down": _("Down: I do not like it"),
    "abstain": _("Abstain"),
}
COUNTED = _("Counted is how many hands show up, to the side and down.")
TIES = _("A tie means nothing here: the mood is shown as it is, nobody wins.")
FITS = _(
    "For a quick look at the mood: at the beginning, after a talk, before a decision. "
    "It decides nothing."
)


def suits(terms: Terms) -> None:
    """The three signs and abstain."""
    check_fixed(terms, FIXED)
    check_terms(terms, has_threshold=False)


def check(marks: Sheet, terms: Terms) -> None:
    """One of the signs."""
    check_marks(marks, terms, 1)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The mood, noted."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    rounds = opening(casts, terms)
    if not votes_of(casts) or not any(numbers[option] for option in terms.options):
        return Outcome(numbers, (), "none", rounds=rounds)
    shown = {option: numbers[option] for option in terms.options}
    verdict = "below_quorum" if misses_quorum(casts, terms) else "noted"
    return Outcome(
        numbers, (), verdict, best_first(shown), (*rounds, Round("count", shown))
    )
