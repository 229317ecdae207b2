"""Consent: adopted unless somebody objects, with a reason.

A concern is heard and written down, but does not stand in the way. One objection
does: the proposal goes back to be improved.
"""

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
    check_marks,
    misses_quorum,
)
from proposals.methods.suiting import check_fixed, check_terms

FORM = "one"
FIXED = ("consent", "concerns", "objection", "abstain")
LABELS = {
    "consent": _("No objection"),
    "concerns": _("Concerns, but no objection"),
    "objection": _("Objection, with a reason"),
    "abstain": _("Abstain"),
}
COUNTED = _(
    "Counted is whether anybody objects. Without an objection the proposal is adopted. "
    "Concerns are written down, they do not stop it. One objection stops it."
)
TIES = _("There can be no tie: one objection is enough, however many consent.")
FITS = _(
    "For small groups that want to decide what everybody can carry. An objection needs "
    "a reason, so that the proposal can be improved and asked about again."
)


def suits(terms: Terms) -> None:
    """The three answers and abstain."""
    check_fixed(terms, FIXED)
    check_terms(terms, has_threshold=False)


def check(marks: Sheet, terms: Terms) -> None:
    """One of the answers."""
    check_marks(marks, terms, 1)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Adopted, or objected to."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    rounds = opening(casts, terms)
    answers = {option: numbers[option] for option in terms.options}
    if not votes_of(casts) or not any(answers.values()):
        return Outcome(numbers, (), "none", rounds=rounds)
    consent, objection = terms.keys["consent"], terms.keys["objection"]
    decisive = objection if numbers[objection] else consent
    rounds += (Round("objections", answers, chosen=(decisive,)),)
    if misses_quorum(casts, terms):
        return Outcome(numbers, (), "below_quorum", rounds=rounds)
    verdict = "objected" if numbers[objection] else "adopted"
    return Outcome(numbers, (decisive,), verdict, rounds=rounds)
