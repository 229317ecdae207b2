"""Explanations of the methods that count an order by duels."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.changing import said_of_all
from proposals.explaining.choices import Wording, explain_choice
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import (
    figures,
    listed,
    quoted,
    round_of,
    steps_of,
    undecided,
)
from proposals.methods.outcome import Outcome, Round, Terms


def said_of_tie(after: str = "") -> str:
    return _("A tie is reported as a tie, no lot is drawn. %(after)s") % {
        "after": after or _("A new round among these options can decide.")
    }


def equals(names: Names, options: Sequence[int]) -> tuple[str, str]:
    """That several are in front, in plain and in easy language."""
    titles = {"options": listed(names, options)}
    return (
        _("There is a tie between %(options)s.") % titles,
        _("There is a tie. These options are equal: %(options)s. Nobody has won yet.")
        % titles,
    )


def winner(outcome: Outcome, names: Names) -> tuple[str, str]:
    """Who is in front, in plain and in easy language."""
    title = {"option": quoted(names, outcome.chosen[0])}
    if outcome.verdict == "none_of_these":
        return (
            _("%(option)s is in front: no option of the ballot is chosen.") % title,
            _("%(option)s has won. So no option is chosen.") % title,
        )
    return _("%(option)s is chosen.") % title, _("%(option)s has won.") % title


# --- Schulze -----------------------------------------------------------------
def explain_schulze(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    """By the duels where one option wins them all, else by the ways."""
    own = {"duels": _duels_step, "paths": _paths_step}
    steps = steps_of(outcome, terms, names, own)
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    change = said_of_all(outcome.turns, names)
    if outcome.verdict == "tied":
        result, easy = equals(names, outcome.chosen)
        why = _(
            "No other option stands before any of them, directly or by way of others."
        )
        return Explanation(result, why, easy, steps, said_of_tie(), change)
    first = outcome.chosen[0]
    duels, paths = (round_of(outcome, kind).pairs for kind in ("duels", "paths"))
    others = [option for option in terms.options if option != first]
    result, easy = winner(outcome, names)
    closest = min(others, key=lambda o: (duels[first, o] - duels[o, first], o))
    ahead, behind = duels[first, closest], duels[closest, first]
    if ahead > behind:
        why = _(
            "It wins its duel with every other option. The closest is with %(other)s: "
            "%(ahead)d put it before, %(behind)d behind."
        ) % {"other": quoted(names, closest), "ahead": ahead, "behind": behind}
        return Explanation(
            result,
            why,
            " ".join((easy, _("It wins against every other option."))),
            steps,
            change=change,
        )
    closest = min(others, key=lambda o: (paths[first, o] - paths[o, first], o))
    closeness = _(
        "Closest to it is %(other)s: the way there is %(there)d votes strong, the "
        "way back %(back)d."
    ) % {
        "other": quoted(names, closest),
        "there": paths[first, closest],
        "back": paths[closest, first],
    }
    return Explanation(
        result,
        _(
            "It does not win all its duels, nor does any other option. By way of "
            "others it stands before or level with each of them."
        ),
        " ".join((easy, _("Compared with every other option it is the strongest."))),
        steps,
        change=f"{closeness} {change}",
    )


def _duels_step(step: Round, terms: Terms, names: Names) -> str:
    return _(
        "Every option meets every other. So many duels each has won: %(figures)s."
    ) % {"figures": figures(step.numbers, names)}


def _paths_step(step: Round, terms: Terms, names: Names) -> str:
    return _(
        "With victories by way of others, each stands before so many options: "
        "%(figures)s."
    ) % {"figures": figures(step.numbers, names)}


# --- Copeland ----------------------------------------------------------------
def explain_pairwise(outcome: Outcome, terms: Terms, names: Names) -> Explanation:
    def won(option: int) -> int:
        return int(round_of(outcome, "duels").numbers[option])

    wording = Wording(
        amount=_points,
        why=lambda option: (
            _(
                "It wins %(won)d of its %(duels)d duels with other options and has "
                "%(number)d points, more than any other option."
            )
            % {
                "won": won(option),
                "duels": len(terms.options) - 1,
                "number": outcome.numbers[option],
            }
        ),
        easy=lambda option: _(
            "Each option was compared with each other. This option wins most often."
        ),
        turn=lambda outcome, terms, option: outcome.turns[0],
        of="",
        after_tie=_("A new round among these options can decide."),
        steps={"duels": _duels_step, "points": _points_step},
    )
    return explain_choice(outcome, terms, names, wording)


def _points(number: int) -> str:
    return ngettext("%(number)d point", "%(number)d points", number) % {
        "number": number
    }


def _points_step(step: Round, terms: Terms, names: Names) -> str:
    return _("Two points for a duel won, one for a draw: %(figures)s.") % {
        "figures": figures(step.numbers, names)
    }
