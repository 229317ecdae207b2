"""Explanations of the methods that divide a budget."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import (
    NAMED,
    Step,
    facts_of,
    figure,
    figures,
    listed,
    quoted,
    round_of,
    steps_of,
    undecided,
)
from proposals.methods.outcome import Number, Outcome, Round, Terms


def euros(value: Number | str) -> str:
    """An amount as the language writes it; cents only where there are some."""
    cents = round(Fraction(value) * 100)
    number = number_format(
        Decimal(cents) / 100,
        decimal_pos=2 if cents % 100 else 0,
        use_l10n=True,
        force_grouping=True,
    )
    return _("%(number)s euros") % {"number": number}


def _some(names: Names, options: Sequence[int]) -> str:
    """Their names; beyond five, how many more there are: a table has them all."""
    if len(options) <= NAMED:
        return listed(names, options)
    more = len(options) - NAMED
    return ngettext(
        "%(options)s and %(number)d more", "%(options)s and %(number)d more", more
    ) % {
        "options": ", ".join(quoted(names, option) for option in options[:NAMED]),
        "number": more,
    }


def _explained(
    outcome: Outcome,
    terms: Terms,
    names: Names,
    *,
    own: dict[str, Step],
    why: str,
    easy: str,
    change: str,
) -> Explanation:
    """What every division of a budget says: which projects, and what is left."""
    steps = steps_of(
        outcome,
        terms,
        names,
        {"choices": _choices_step, "out": _out_step, "left": _left_step, **own},
    )
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    if not outcome.chosen:
        return Explanation(
            _("No project is paid."),
            _("No project had enough choices or money to be paid from the budget."),
            _("No project gets money."),
            steps,
        )
    facts = {
        "number": len(outcome.chosen),
        "all": len(terms.options),
        "options": _some(names, outcome.chosen),
    }
    result = (
        ngettext(
            "%(number)d of %(all)d projects is paid: %(options)s.",
            "%(number)d of %(all)d projects are paid: %(options)s.",
            len(outcome.chosen),
        )
        % facts
    )
    tie = " ".join(
        _(
            "Equal were %(options)s, and the money did not suffice for all: the "
            "cheaper one came first, then the one with more choices, then the one that "
            "stands first on the ballot."
        )
        % {"options": _some(names, equal.among)}
        for equal in outcome.ties
    )
    return Explanation(
        result,
        why,
        _("These projects get money: %(options)s. %(why)s")
        % {"options": facts["options"], "why": easy},
        steps,
        tie,
        change,
    )


def _choices_step(step: Round, terms: Terms, names: Names) -> str:
    return _(
        "The budget is %(budget)s. So often each project was chosen: %(figures)s."
    ) % {
        "budget": euros(step.facts["budget"]),
        "figures": figures(step.numbers, names),
    }


def _out_step(step: Round, terms: Terms, names: Names) -> str:
    return _(
        "Not in the count, for want of choices or because it costs more than the whole "
        "budget: %(options)s."
    ) % {"options": _some(names, step.excluded)}


def _left_step(step: Round, terms: Terms, names: Names) -> str:
    return _("Spent are %(spent)s of %(budget)s; %(left)s are left.") % {
        name: euros(step.facts[name]) for name in ("spent", "budget", "left")
    }


# --- the most choices first --------------------------------------------------
def explain_most_choices(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    """Greedy and knapsack: who came first, and what did not fit any more."""
    left = facts_of(outcome, "left")
    passed = [step for step in outcome.rounds if step.kind == "passed_over"]
    change = ""
    if passed:
        option = passed[0].excluded[0]
        change = _(
            "The first project that did not fit was %(option)s: it costs %(cost)s, and "
            "%(left)s were left. With %(missing)s more it would have been paid."
        ) % {
            "option": quoted(names, option),
            "cost": euros(passed[0].facts["cost"]),
            "left": euros(passed[0].facts["left"]),
            "missing": euros(
                int(passed[0].facts["cost"]) - int(passed[0].facts["left"])
            ),
        }
    return _explained(
        outcome,
        terms,
        names,
        own={"funded": _funded_step, "passed_over": _funded_step},
        why=_(
            "The projects were taken by how often they were chosen, as long as they "
            "fit into the budget of %(budget)s; %(left)s are left."
        )
        % {
            "budget": euros(terms.budget),
            "left": euros(left.get("left", terms.budget)),
        },
        easy=_("Projects with many votes come first, as long as the money is enough."),
        change=change,
    )


def _funded_step(step: Round, terms: Terms, names: Names) -> str:
    (option,) = step.chosen or step.excluded
    facts = {
        "option": quoted(names, option),
        "number": figure(step.numbers[option]),
        "cost": euros(step.facts["cost"]),
        "left": euros(step.facts["left"]),
    }
    if step.chosen:
        return (
            _("%(option)s, chosen %(number)s times, costs %(cost)s; %(left)s are left.")
            % facts
        )
    return (
        _(
            "%(option)s, chosen %(number)s times, costs %(cost)s: that does not fit "
            "into the %(left)s that are left."
        )
        % facts
    )


# --- equal shares ------------------------------------------------------------
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
    return _explained(
        outcome,
        terms,
        names,
        own={"shares": _shares_step, "raised": _raised_step, "bought": _bought_step},
        why=why,
        easy=_(
            "Every person has the same part of the money. People who want the same "
            "project pay for it together."
        ),
        change=_not_paid(outcome, names),
    )


def _not_paid(outcome: Outcome, names: Names) -> str:
    """The most chosen of the projects that got nothing."""
    if not outcome.chosen:
        return ""
    numbers = round_of(outcome, "choices").numbers
    out = {o for step in outcome.rounds if step.kind == "out" for o in step.excluded}
    rest = [o for o in numbers if o not in outcome.chosen and o not in out]
    if not rest:
        return ""
    most = max(rest, key=lambda option: numbers[option])
    return ngettext(
        "Chosen most often without being paid is %(option)s: %(number)d vote. Those "
        "who chose it did not have enough of their shares left; with more votes, or "
        "lower costs, it could have been paid.",
        "Chosen most often without being paid is %(option)s: %(number)d votes. Those "
        "who chose it did not have enough of their shares left; with more votes, or "
        "lower costs, it could have been paid.",
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
