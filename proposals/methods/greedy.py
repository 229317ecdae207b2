"""Approval with greedy: projects by their approvals, as long as the money lasts.

Everybody approves as many projects as they like. The most approved project is funded
first, then the next one that fits into what is left; one that does not fit is passed
over. That is the usual count of cities (Aziz and Shah 2021 describe it).
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting
from proposals.methods.funding import TIES, by_choices, check, suits
from proposals.methods.outcome import Cast, Outcome, Terms

__all__ = ["COUNTED", "FITS", "FORM", "TIES", "check", "count", "suits"]

FORM = "some"
COUNTED = _(
    "Everybody chooses all projects that they find good. The project with the most "
    "choices is paid first, then the next one, as long as it fits into what is left of "
    "the budget. A project that does not fit is passed over. If a threshold was set, "
    "only projects with so many percent of the votes take part."
)
FITS = _(
    "For a simple count that everybody knows from the city. Beware: a majority that "
    "votes alike can spend the whole budget. Equal shares avoids that."
)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The most choices first, while they fit."""
    return by_choices(counting(casts), terms)
