"""The explanation of equal shares: by the share of everybody, and who paid how much."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.budget import euros, explained
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import facts_of, quoted, round_of
from proposals.methods.funding import order_of_equals
from proposals.methods.outcome import Outcome, Round, Terms


def explain_equal_shares(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    """By the share of everybody, and who paid how much."""
    raised = facts_of(outcome, "raised")
    left = facts_of(outcome, "left")
    why = ""
    if raised:
        why = _(
            "Everybody had the same share, in the end %(share)s, and those who chose a "
            "project paid for it together. Of the budget of %(budget)s, %(left)s are "
            "left."
        ) % {
            "share": euros(raised["share"]),
            "budget": euros(terms.budget),
            "left": euros(left["left"]),
        }
    return explained(
        outcome,
        terms,
        names,
        own={"shares": _shares_step, "raised": _raised_step, "bought": _bought_step},
        why=why,
        easy=_(
            "Every person has the same part of the money. People who want the same "
            "project pay for it together."
        ),
        change=_not_paid(outcome, terms, names),
    )


def _not_paid(outcome: Outcome, terms: Terms, names: Names) -> str:
    """The most chosen of the projects that got nothing."""
    if not outcome.chosen:
        return ""
    numbers = round_of(outcome, "choices").numbers
    out = {o for step in outcome.rounds if step.kind == "out" for o in step.excluded}
    rest = [o for o in numbers if o not in outcome.chosen and o not in out]
    if not rest:
        return ""
    most = min(
        rest,
        key=lambda option: (-numbers[option], order_of_equals(option, numbers, terms)),
    )
    return ngettext(
        "Chosen most often without being paid is %(option)s: %(number)d vote. Those "
        "who chose it did not have enough of their shares left.",
        "Chosen most often without being paid is %(option)s: %(number)d votes. Those "
        "who chose it did not have enough of their shares left.",
        int(numbers[most]),
    ) % {"option": quoted(names, most), "number": numbers[most]}


def _shares_step(step: Round, terms: Terms, names: Names) -> str:
    votes = int(step.facts["votes"])
    return ngettext(
        "The budget of %(budget)s is divided by %(votes)d vote: %(share)s for each.",
        "The budget of %(budget)s is divided by %(votes)d votes: %(share)s for each.",
        votes,
    ) % {
        "budget": euros(step.facts["budget"]),
        "votes": votes,
        "share": euros(step.facts["share"]),
    }


def _raised_step(step: Round, terms: Terms, names: Names) -> str:
    says = _("The shares need not be raised.")
    if step.facts["steps"]:
        says = _(
            "As money was left, the shares were raised by %(percent)d percent, to "
            "%(share)s."
        ) % {
            "percent": step.facts["percent"],
            "share": euros(step.facts["share"]),
        }
    if step.facts["stopped"] == "fits":
        return " ".join((says, _("No other project would fit into what is left.")))
    over = _("With one percent more, the projects would cost more than the budget.")
    return f"{says} {over}"


def _bought_step(step: Round, terms: Terms, names: Names) -> str:
    option = step.chosen[0]
    payers = int(step.facts["payers"])
    says = ngettext(
        "%(option)s costs %(cost)s: %(payers)d vote pays %(price)s.",
        "%(option)s costs %(cost)s: %(payers)d votes pay %(price)s each.",
        payers,
    ) % {
        "option": quoted(names, option),
        "cost": euros(step.facts["cost"]),
        "payers": payers,
        "price": euros(step.facts["price"]),
    }
    short = int(step.facts["short"])
    if not short:
        return says
    less = ngettext(
        "%(number)d vote has less left and pays that.",
        "%(number)d votes have less left and pay that.",
        short,
    ) % {"number": short}
    return f"{says} {less}"
