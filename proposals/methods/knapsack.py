"""Knapsack: everybody spends the whole budget once, on their own selection.

A vote is a selection of projects whose costs fit into the budget (Goel et al. 2019).
The projects with the most choices are funded while they fit; one that does not fit is
passed over.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import counting
from proposals.methods.funding import TIES, by_choices, suits
from proposals.methods.funding import check as check_projects
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Sheet,
    Terms,
    is_abstention,
    refuse,
)

__all__ = ["COUNTED", "FITS", "FORM", "TIES", "check", "count", "suits"]

FORM = "some"
COUNTED = _(
    "Everybody puts together projects that the budget can pay all at once. The choices "
    "are added up. The project with the most choices is paid first, then the next one, "
    "as long as it fits into what is left of the budget. A project that does not fit "
    "is passed over. If a threshold was set, only projects with so many percent of the "
    "votes take part."
)
FITS = _(
    "For a few projects when everybody should feel how far the money goes. Beware: a "
    "majority that votes alike can spend the whole budget."
)


def check(marks: Sheet, terms: Terms) -> None:
    """Projects that the budget can pay together."""
    check_projects(marks, terms)
    if is_abstention(marks, terms):
        return
    if sum(terms.costs.get(option, 0) for option in marks) > terms.budget:
        raise refuse(
            "vote.over_budget",
            _("Your selection costs more than the budget. Please take something out."),
        )


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The most choices first, while they fit."""
    return by_choices(counting(casts), terms)
