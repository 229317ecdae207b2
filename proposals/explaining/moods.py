"""Explanations of the methods that show where a group stands: mood, steps, consent."""

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.changing import middle_moved, more_votes, said_of
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import (
    count_step,
    facts_of,
    figures,
    listed,
    percent,
    quoted,
    round_of,
    steps_of,
    undecided,
)
from proposals.methods.outcome import Outcome, Round, Terms


def explain_hands(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    steps = steps_of(outcome, terms, names, {"count": count_step})
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    shown = figures(
        {option: outcome.numbers[option] for option in terms.options}, names
    )
    return Explanation(
        _("The mood: %(figures)s.") % {"figures": shown},
        _("A show of hands is a look at the mood; it decides nothing.")
        if len(outcome.ranking[0]) > 1
        else _("Most hands show %(option)s. It is a look at the mood and no decision.")
        % {"option": listed(names, outcome.ranking[0])},
        _("This is the mood: %(figures)s. Nothing is decided.") % {"figures": shown},
        steps,
        change=said_of(more_votes(outcome, terms, _next(outcome)), names),
    )


def _next(outcome: Outcome) -> int:
    """One of the equals in front, or else of those behind."""
    front = outcome.ranking[0]
    return front[0] if len(front) > 1 else outcome.ranking[1][0]


def explain_gradients(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    steps = steps_of(
        outcome,
        terms,
        names,
        {
            "distribution": _distribution_step,
            "median": _median_step,
            "bearable": _bearable_step,
        },
    )
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    bearable = facts_of(outcome, "bearable")
    against = outcome.numbers[terms.keys["strongly_against"]]
    facts = {
        "number": bearable["votes"],
        "of": bearable["of"],
        "against": against,
        "step": listed(names, round_of(outcome, "median").chosen),
    }
    return Explanation(
        _("%(number)d of %(of)d could live with the proposal.") % facts,
        _("The middle is at %(step)s; strongly against: %(against)d.") % facts,
        _(
            "%(number)d of %(of)d can live with the proposal. Strongly against it: "
            "%(against)d. Nothing is decided."
        )
        % facts,
        steps,
        change=said_of(middle_moved(outcome, terms), names),
    )


def _distribution_step(step: Round, terms: Terms, names: Names) -> str:
    shown = [
        _("%(option)s: %(number)s")
        % {"option": quoted(names, option), "number": number}
        for option, number in step.numbers.items()
    ]
    return _("So many stand on each step: %(figures)s.") % {"figures": "; ".join(shown)}


def _median_step(step: Round, terms: Terms, names: Names) -> str:
    if len(step.chosen) == 2:
        return _("The middle falls between two steps: %(steps)s.") % {
            "steps": listed(names, step.chosen)
        }
    return _("The middle of all votes is on the step %(step)s.") % {
        "step": quoted(names, step.chosen[0])
    }


def _bearable_step(step: Round, terms: Terms, names: Names) -> str:
    number, of = int(step.facts["votes"]), int(step.facts["of"])
    return _(
        "The first three steps together: %(number)d of %(of)d, that is %(percent)s "
        "percent, could live with it."
    ) % {"number": number, "of": of, "percent": _share(number, of)}


def _share(number: int, of: int) -> str:
    return percent(Fraction(number, of))


def explain_consent(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    steps = steps_of(outcome, terms, names, {"objections": _objections_step})
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    objections = outcome.numbers[terms.keys["objection"]]
    concerns = outcome.numbers[terms.keys["concerns"]]
    if outcome.verdict == "adopted":
        why = ngettext(
            "Nobody objects; %(number)d has concerns, which are written down.",
            "Nobody objects; %(number)d have concerns, which are written down.",
            concerns,
        )
        return Explanation(
            _("The proposal is adopted by consent."),
            why % {"number": concerns} if concerns else _("Nobody objects."),
            _("Nobody is against the proposal. So it is adopted."),
            steps,
            change=_("One objection would have stopped it."),
        )
    return Explanation(
        _("The proposal is not adopted: there is an objection."),
        ngettext(
            "There is %(number)d objection; one is enough to stop the proposal.",
            "There are %(number)d objections; one is enough to stop the proposal.",
            objections,
        )
        % {"number": objections},
        _(
            "The proposal is not adopted. Objections: %(number)d. Now the group can "
            "improve the proposal."
        )
        % {"number": objections},
        steps,
        change=_(
            "The reasons of the objections say what to improve. Without an objection "
            "it would have been adopted."
        ),
    )


def _objections_step(step: Round, terms: Terms, names: Names) -> str:
    return _("%(figures)s. Without an objection the proposal is adopted.") % {
        "figures": figures(step.numbers, names)
    }
