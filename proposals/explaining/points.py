"""Explanations of the methods in which a vote is a rating, points or ranks."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.changing import (
    dots_to_threshold,
    higher_ratings,
    less_resistance,
    more_first_places,
    more_points,
    ranks_to_threshold,
    ratings_to_threshold,
    resistance_to_threshold,
)
from proposals.explaining.choices import Wording, explain_choice
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import (
    facts_of,
    figure,
    figures,
    listed,
    percent,
    quoted,
    round_of,
)
from proposals.methods.outcome import Outcome, Round, Terms


def _points(number: int) -> str:
    return ngettext("%(number)d point", "%(number)d points", number) % {
        "number": number
    }


def _new_round() -> str:
    return _("A new round among these options can decide.")


# --- score -------------------------------------------------------------------
def explain_score(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    def mean(option: int) -> str:
        return figure(round_of(outcome, "mean").numbers[option], places=2)

    wording = Wording(
        amount=_points,
        why=lambda option: (
            _(
                "Its ratings add up to %(number)d, on average %(mean)s on the scale "
                "from %(lowest)d to %(highest)d; no other option was rated so high."
            )
            % {
                "number": outcome.numbers[option],
                "mean": mean(option),
                "lowest": terms.lowest,
                "highest": terms.highest,
            }
        ),
        easy=lambda option: _(
            "People rated all options. This one has the best rating."
        ),
        turn=higher_ratings,
        reach=ratings_to_threshold,
        of=_("of the best possible rating"),
        after_tie=_new_round(),
        steps={"sum": _sum_step, "mean": _mean_step},
    )
    return explain_choice(outcome, terms, names, wording)


def _sum_step(step: Round, terms: Terms, names: Names) -> str:
    return ngettext(
        "The ratings of %(votes)d vote are added up: %(figures)s.",
        "The ratings of %(votes)d votes are added up: %(figures)s.",
        int(step.facts["votes"]),
    ) % {"votes": step.facts["votes"], "figures": figures(step.numbers, names)}


def _mean_step(step: Round, terms: Terms, names: Names) -> str:
    return _("On average that is: %(figures)s.") % {
        "figures": figures(
            step.numbers, names, shown=lambda value: figure(value, places=2)
        )
    }


# --- dots --------------------------------------------------------------------
def explain_dots(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    given = facts_of(outcome, "points").get("given", 0)
    wording = Wording(
        amount=_points,
        why=lambda option: (
            _(
                "It has %(number)d of %(given)d points given, more than any other "
                "option."
            )
            % {"number": outcome.numbers[option], "given": given}
        ),
        easy=lambda option: (
            _("It has the most points: %(number)d.")
            % {"number": outcome.numbers[option]}
        ),
        turn=more_points,
        reach=dots_to_threshold,
        of=_("of all points given"),
        after_tie=_new_round(),
        steps={"points": _dots_step, "backed": _backed_step},
    )
    return explain_choice(outcome, terms, names, wording)


def _dots_step(step: Round, terms: Terms, names: Names) -> str:
    return _("All points are added up: %(figures)s.") % {
        "figures": figures(step.numbers, names)
    }


def _backed_step(step: Round, terms: Terms, names: Names) -> str:
    return _("On so many votes an option has at least one point: %(figures)s.") % {
        "figures": figures(step.numbers, names)
    }


# --- systemic consensing -----------------------------------------------------
def explain_consensing(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    def accepted(option: int) -> str:
        return percent(round_of(outcome, "acceptance").numbers[option])

    wording = Wording(
        amount=lambda number: _("resistance of %(number)d") % {"number": number},
        why=lambda option: (
            _(
                "It meets the least resistance: %(number)d in all, which is "
                "%(percent)s percent acceptance."
            )
            % {"number": outcome.numbers[option], "percent": accepted(option)}
        ),
        easy=lambda option: _("Against this option people have the least resistance."),
        turn=less_resistance,
        reach=resistance_to_threshold,
        of=_("of full acceptance"),
        after_tie=_("The options can be improved and rated again."),
        steps={
            "resistance": _resistance_step,
            "acceptance": _acceptance_step,
            "spread": _spread_step,
            "status_quo": _status_quo_step,
        },
    )
    return explain_choice(outcome, terms, names, wording)


def _resistance_step(step: Round, terms: Terms, names: Names) -> str:
    return ngettext(
        "The resistance of %(votes)d vote is added up, the lowest first: %(figures)s.",
        "The resistance of %(votes)d votes is added up, the lowest first: %(figures)s.",
        int(step.facts["votes"]),
    ) % {
        "votes": step.facts["votes"],
        "figures": figures(step.numbers, names, least=True),
    }


def _acceptance_step(step: Round, terms: Terms, names: Names) -> str:
    return _(
        "Acceptance in percent: %(figures)s. What is missing to 100 is the group's "
        "potential for conflict."
    ) % {"figures": figures(step.numbers, names, shown=percent)}


def _spread_step(step: Round, terms: Terms, names: Names) -> str:
    says = _("So far apart are the lowest and the highest rating: %(figures)s.") % {
        "figures": figures(step.numbers, names)
    }
    if not step.excluded:
        return says
    strong = _(
        "The strongest resistance was felt by somebody against: %(options)s. It is "
        "worth asking for the reasons."
    ) % {"options": listed(names, step.excluded)}
    return f"{says} {strong}"


def _status_quo_step(step: Round, terms: Terms, names: Names) -> str:
    today = quoted(names, terms.keys["status_quo"])
    if not step.chosen:
        return _("No option meets less resistance than %(today)s.") % {"today": today}
    return _("These options meet less resistance than %(today)s: %(options)s.") % {
        "today": today,
        "options": listed(names, step.chosen),
    }


# --- Borda -------------------------------------------------------------------
def explain_borda(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    possible = facts_of(outcome, "points").get("possible", 0)
    wording = Wording(
        amount=_points,
        why=lambda option: (
            _(
                "The ranks give it %(number)d of %(possible)d possible points, more "
                "than any other option."
            )
            % {"number": outcome.numbers[option], "possible": possible}
        ),
        easy=lambda option: (
            _(
                "People put the options in an order. Good places give many points. "
                "This option has the most points: %(number)d."
            )
            % {"number": outcome.numbers[option]}
        ),
        turn=more_first_places,
        reach=ranks_to_threshold,
        of=_("of the points that are possible"),
        after_tie=_new_round(),
        steps={"first_places": _firsts_step, "points": _ranks_step},
    )
    return explain_choice(outcome, terms, names, wording)


def _firsts_step(step: Round, terms: Terms, names: Names) -> str:
    return _("On so many votes an option stands in the first place: %(figures)s.") % {
        "figures": figures(step.numbers, names)
    }


def _ranks_step(step: Round, terms: Terms, names: Names) -> str:
    return _(
        "Each vote gives an option two points for every option behind it, and one for "
        "every option level with it: %(figures)s."
    ) % {"figures": figures(step.numbers, names)}
