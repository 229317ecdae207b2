"""Explanations of the methods that divide a budget by the most choices."""

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
    steps_of,
    undecided,
)
from proposals.methods.outcome import Number, Outcome, Round, Terms, Turn


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


def some(names: Names, options: Sequence[int]) -> str:
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


def explained(
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
    change = " ".join(filter(None, (change, _paid_with(outcome.turns, names))))
    if not outcome.chosen:
        return Explanation(
            _("No project is paid."),
            _("No project had enough choices or money to be paid from the budget."),
            _("No project gets money."),
            steps,
            change=change,
        )
    facts = {
        "number": len(outcome.chosen),
        "all": len(terms.options),
        "options": some(names, outcome.chosen),
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
            "stands first on the ballot. Of them, these are paid: %(paid)s."
        )
        % {
            "options": some(names, equal.among),
            "paid": some(
                names, [option for option in equal.among if option in outcome.chosen]
            ),
        }
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


def _paid_with(turns: Sequence[Turn], names: Names) -> str:
    """At what cost, and with how many votes, a project would have been paid."""
    found = {turn.kind: turn.number for turn in turns}
    if not found:
        return ""
    facts = {
        "option": quoted(names, turns[0].option),
        "cost": euros(found.get("cost", 0)),
        "number": found.get("enough", found.get("alone", 0)),
    }
    if "enough" in found:
        says = ngettext(
            "%(number)d more vote for %(option)s alone would certainly have been "
            "enough for its money; perhaps fewer would have been.",
            "%(number)d more votes for %(option)s alone would certainly have been "
            "enough for its money; perhaps fewer would have been.",
            found["enough"],
        )
    elif "alone" not in found:
        says = _("At %(cost)s, %(option)s would have been paid.")
    elif "cost" not in found:
        says = ngettext(
            "With %(number)d more vote for %(option)s alone, it would have been paid.",
            "With %(number)d more votes for %(option)s alone, it would have been paid.",
            found["alone"],
        )
    else:
        says = ngettext(
            "At %(cost)s, or with %(number)d more vote for it alone, %(option)s would "
            "have been paid.",
            "At %(cost)s, or with %(number)d more votes for it alone, %(option)s would "
            "have been paid.",
            found["alone"],
        )
    return says % facts


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
    ) % {"options": some(names, step.excluded)}


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
            "%(left)s were left."
        ) % {
            "option": quoted(names, option),
            "cost": euros(passed[0].facts["cost"]),
            "left": euros(passed[0].facts["left"]),
        }
    return explained(
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
