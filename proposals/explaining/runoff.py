"""Explanations of the methods that count an order by rounds."""

from collections.abc import Sequence
from itertools import count

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.changing import said_of_all, said_of_seat
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.ranked import equals, said_of_tie, winner
from proposals.explaining.saying import (
    figure,
    figures,
    listed,
    quoted,
    steps_of,
    undecided,
)
from proposals.methods.outcome import Outcome, Round, Terms


def _same_in_all_ways(outcome: Outcome, names: Names) -> str:
    """That equals on the way made no difference."""
    among = [tie.among for tie in outcome.ties if tie.rule == "all_ways"]
    return " ".join(
        _(
            "On the way %(options)s had equally few votes. Every order was counted, "
            "the result is the same."
        )
        % {"options": listed(names, options)}
        for options in among
    )


# --- instant runoff ----------------------------------------------------------
def explain_irv(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    """By the last round."""
    turn = count(1)
    steps = steps_of(
        outcome,
        terms,
        names,
        {"runoff": lambda step, terms, names: _runoff_step(step, names, next(turn))},
    )
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    change = said_of_all(outcome.turns, names)
    if outcome.verdict == "tied":
        result, easy = equals(names, outcome.chosen)
        return Explanation(result, _depends(), easy, steps, said_of_tie(), change)
    rounds = [step for step in outcome.rounds if step.kind == "runoff"]
    last, first = rounds[-1], outcome.chosen[0]
    facts = {
        "round": len(rounds),
        "number": figure(last.numbers[first]),
        "votes": figure(int(last.facts["votes"])),
    }
    result, easy = winner(outcome, names)
    return Explanation(
        result,
        _(
            "In round %(round)d it has %(number)s of the %(votes)s votes that still "
            "count: more than half."
        )
        % facts,
        " ".join((easy, _("In the last round it has more than half of the votes."))),
        steps,
        _same_in_all_ways(outcome, names),
        change,
    )


def _depends() -> str:
    return _(
        "Options had equally few votes, and who of these leaves first changes the "
        "result."
    )


def _runoff_step(step: Round, names: Names, turn: int) -> str:
    parts = [
        _("Round %(round)d: %(figures)s.")
        % {"round": turn, "figures": figures(step.numbers, names)}
    ]
    if step.chosen:
        parts.append(
            _("%(options)s has more than half.")
            % {"options": listed(names, step.chosen)}
        )
    elif step.excluded:
        parts.append(_leaves(step, names))
    else:
        parts.append(_("Who leaves now decides: here it ends with a tie."))
    resting = step.facts["resting"]
    if resting:
        parts.append(
            _("Votes that name no option still in rest: %(number)s.")
            % {"number": figure(resting)}  # type: ignore[arg-type]
        )
    return " ".join(parts)


def _leaves(step: Round, names: Names) -> str:
    return ngettext("%(options)s leaves.", "%(options)s leave.", len(step.excluded)) % {
        "options": listed(names, step.excluded)
    }


# --- single transferable vote ------------------------------------------------
def explain_stv(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    """By the quota, and who was next."""
    turn = count(1)

    def said(step: Round, terms: Terms, names: Names) -> str:
        return _seats_step(step, names, next(turn))

    kinds = ("elected", "seats_left", "leaves")
    steps = steps_of(outcome, terms, names, dict.fromkeys(kinds, said))
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    seat = said_of_seat(outcome.turns, names)
    if outcome.verdict == "tied":
        among = outcome.ties[0].among
        result, easy = equals(names, among)
        sure = [option for option in outcome.chosen if option not in among]
        if sure:
            elected = _elected(names, sure)
            result, easy = f"{elected} {result}", f"{elected} {easy}"
        return Explanation(result, _depends(), easy, steps, said_of_tie(), seat)
    counts = [step for step in outcome.rounds if step.kind in kinds]
    quota = {
        "quota": counts[0].facts["quota"],
        "votes": counts[0].facts["votes"],
        "seats": terms.seats,
    }
    result = _elected(names, outcome.chosen)
    return Explanation(
        result,
        _(
            "For one of the %(seats)d seats %(quota)d of %(votes)d votes are enough; "
            "who reached that or was left at the end has a seat."
        )
        % quota,
        _("%(result)s With %(quota)d votes an option has a seat.")
        % {"result": result, **quota},
        steps,
        _same_in_all_ways(outcome, names),
        " ".join(filter(None, (_next_seat(counts, outcome.chosen, names), seat))),
    )


def _elected(names: Names, options: Sequence[int]) -> str:
    return ngettext(
        "%(options)s is elected.", "%(options)s are elected.", len(options)
    ) % {"options": listed(names, options)}


def _next_seat(counts: Sequence[Round], chosen: tuple[int, ...], names: Names) -> str:
    """Who stood longest without a seat."""
    for step in reversed(counts):
        rest = [option for option in step.numbers if option not in chosen]
        if rest:
            best = max(rest, key=lambda option: step.numbers[option])
            return _(
                "Next would have been %(option)s with %(number)s votes; the quota is "
                "%(quota)d."
            ) % {
                "option": quoted(names, best),
                "number": figure(step.numbers[best], places=2),
                "quota": step.facts["quota"],
            }
    return ""


def _seats_step(step: Round, names: Names, turn: int) -> str:
    says = _("Count %(round)d, quota %(quota)d: %(figures)s.") % {
        "round": turn,
        "quota": step.facts["quota"],
        "figures": figures(
            step.numbers, names, shown=lambda number: figure(number, places=2)
        ),
    }
    if step.kind == "seats_left":
        more = _("No more options are in than seats are left. %(elected)s") % {
            "elected": _elected(names, step.chosen)
        }
    elif step.kind == "elected":
        more = _elected(names, step.chosen)
        if any(step.numbers[o] > int(step.facts["quota"]) for o in step.chosen):
            more += " " + _("What is above the quota moves on.")
    elif step.excluded:
        more = _leaves(step, names)
    else:
        more = _("Who leaves now decides: here it ends with a tie.")
    return f"{says} {more}"
