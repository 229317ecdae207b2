"""The method card of a ballot: what is counted how, in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from proposals.formats.own import BallotFile
from proposals.methods import METHODS
from proposals.methods.outcome import Terms
from proposals.models import Ballot

BUDGETS = ("knapsack", "greedy", "equal_shares")
# Whose threshold is a share of the votes.
OF_VOTES = ("single", "multiple", "approval", *BUDGETS)
# Without more said, a simple majority is of the yes and no votes alone.
_SIMPLE = gettext_lazy("A simple majority decides: more yes than no.")
_MAJORITIES = {
    ("simple", "votes"): _SIMPLE,
    ("simple", "roll"): _SIMPLE,
    ("absolute", "votes"): gettext_lazy(
        "An absolute majority decides: more than half of the votes cast must say yes."
    ),
    ("absolute", "roll"): gettext_lazy(
        "An absolute majority decides: more than half of the roll must say yes."
    ),
    ("two_thirds", "votes"): gettext_lazy(
        "Two thirds decide: at least two of three votes cast must say yes."
    ),
    ("two_thirds", "roll"): gettext_lazy(
        "Two thirds decide: at least two of three on the roll must say yes."
    ),
}


@dataclass(frozen=True)
class Card:
    """Plain texts; `terms` are the rules of this one ballot, a sentence each."""

    method: str
    counted: Any
    ties: Any
    fits: Any
    terms: list[str]


def card(file: BallotFile) -> Card:
    module = METHODS[file.method]
    return Card(
        method=str(Ballot.Method(file.method).label),
        counted=module.COUNTED,
        ties=module.TIES,
        fits=module.FITS,
        terms=list(_terms(file, file.as_terms())),
    )


def terms_before(ballot: Ballot) -> list[str]:
    """By which rules a ballot will be decided, for those who vote; a sentence each.

    What the form of a vote says anyway (points, budget) is not repeated.
    """
    return list(_rules(ballot))


def _rules(ballot: Ballot) -> Iterator[str]:
    if ballot.method == Ballot.Method.YES_NO:
        yield str(_MAJORITIES[ballot.majority, ballot.base])
    if ballot.method == Ballot.Method.STV:
        yield ngettext(
            "%(number)d seat is filled.", "%(number)d seats are filled.", ballot.seats
        ) % {"number": ballot.seats}
    if ballot.threshold:
        yield _threshold(ballot) % {"percent": ballot.threshold}
    if ballot.quorum:
        yield _(
            "At least %(percent)d percent of the roll must vote. Otherwise nothing is "
            "decided."
        ) % {"percent": ballot.quorum}


def _threshold(ballot: Ballot) -> str:
    of_roll = ballot.base == Ballot.Base.ROLL
    if ballot.method == Ballot.Method.YES_NO:
        if of_roll:
            return _("At least %(percent)d percent of the roll must say yes.")
        return _("At least %(percent)d percent of the votes cast must say yes.")
    if of_roll:
        return _("To be chosen, %(percent)d percent of the roll are needed.")
    if ballot.method in OF_VOTES:
        return _("To be chosen, %(percent)d percent of the votes cast are needed.")
    # Of what else, the method says: of all points, or of the best possible sum.
    return _("To be chosen, %(percent)d percent are needed.")


def _terms(file: BallotFile, terms: Terms) -> Iterator[str]:
    yield ngettext(
        "%(number)d option could be chosen.",
        "%(number)d options could be chosen.",
        len(terms.options),
    ) % {"number": len(terms.options)}
    yield from _of_method(file.method, terms)
    if terms.abstain is not None:
        yield _("Abstaining was a choice of its own.")
    if terms.quorum:
        yield _("At least %(percent)d percent of the roll had to vote.") % {
            "percent": terms.quorum
        }
    if terms.threshold:
        yield _("To be chosen, %(percent)d percent were needed.") % {
            "percent": terms.threshold
        }
    if file.weights:
        yield _("Votes had different weights.")
    yield ngettext(
        "%(number)d person was on the roll.",
        "%(number)d people were on the roll.",
        file.roll_size,
    ) % {"number": file.roll_size}


def _of_method(method: str, terms: Terms) -> Iterator[str]:
    """What only some methods have."""
    if method == "multiple":
        yield ngettext(
            "Each person could choose %(number)d option.",
            "Each person could choose up to %(number)d options.",
            terms.most,
        ) % {"number": terms.most}
    if method in ("score", "consensing"):
        yield _("The scale went from %(lowest)d to %(highest)d.") % {
            "lowest": terms.lowest,
            "highest": terms.highest,
        }
    if method == "dots":
        yield ngettext(
            "Each person had %(number)d point.",
            "Each person had %(number)d points.",
            terms.points,
        ) % {"number": terms.points}
        if terms.per_option:
            yield _("At most %(number)d of them could go to one option.") % {
                "number": terms.per_option
            }
    if method == "stv":
        yield ngettext(
            "%(number)d seat was filled.", "%(number)d seats were filled.", terms.seats
        ) % {"number": terms.seats}
    if method in BUDGETS:
        amount = number_format(terms.budget, use_l10n=True, force_grouping=True)
        yield _("The budget was %(amount)s euros.") % {"amount": amount}
    if terms.majority != "simple" or method == "yes_no":
        base = Ballot.Base(terms.base).label
        yield _("Majority: %(majority)s, %(base)s.") % {
            "majority": Ballot.Majority(terms.majority).label,
            "base": base,
        }
