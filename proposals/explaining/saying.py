"""Sentences and figures that the explanations share."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.explaining.explanation import Explanation, Names
from proposals.methods.outcome import Number, Outcome, Round, Terms

Step = Callable[[Round, Terms, Names], str]
# So many options a sentence names; the table beside it has them all.
NAMED = 5


# --- names and figures -------------------------------------------------------
def quoted(names: Names, option: int) -> str:
    return _("“%(title)s”") % {"title": names[option]}


def listed(names: Names, options: Sequence[int]) -> str:
    """“A”, “B” and “C”."""
    titles = [quoted(names, option) for option in options]
    if len(titles) < 2:
        return "".join(titles)
    return _("%(some)s and %(last)s") % {
        "some": ", ".join(titles[:-1]),
        "last": titles[-1],
    }


def figure(value: Number, places: int = 1) -> str:
    """A number as the language writes it; a rounded one never reaches a whole one."""
    shift = 10**places
    rounded = math.floor(Fraction(value) * shift + Fraction(1, 2))
    if rounded % shift == 0 and rounded > Fraction(value) * shift:
        rounded -= 1
    decimals = places
    while decimals and rounded % 10 == 0:
        rounded, decimals = rounded // 10, decimals - 1
    return number_format(
        Decimal(rounded).scaleb(-decimals), decimal_pos=decimals, use_l10n=True
    )


def percent(share: Number) -> str:
    return figure(100 * Fraction(share))


def figures(
    numbers: Mapping[int, Number],
    names: Names,
    *,
    shown: Callable[[Number], str] = figure,
    least: bool = False,
) -> str:
    """“A”: 5; “B”: 3. The best first, and how many more there are."""
    order = sorted(numbers, key=lambda option: numbers[option], reverse=not least)
    parts = [
        _("%(option)s: %(number)s")
        % {"option": quoted(names, option), "number": shown(numbers[option])}
        for option in order[:NAMED]
    ]
    more = len(order) - NAMED
    if more > 0:
        parts.append(
            ngettext(
                "%(number)d more option follows",
                "%(number)d more options follow",
                more,
            )
            % {"number": more}
        )
    return "; ".join(parts)


def facts_of(outcome: Outcome, kind: str) -> Mapping[str, Number | str]:
    """The figures of the first step of this kind; none where there is no such step."""
    return next((step.facts for step in outcome.rounds if step.kind == kind), {})


def round_of(outcome: Outcome, kind: str) -> Round:
    """The first step of this kind."""
    return next(step for step in outcome.rounds if step.kind == kind)


# --- steps -------------------------------------------------------------------
def turnout_step(step: Round, terms: Terms, names: Names) -> str:
    """How many votes were cast, and how many of them abstain."""
    votes, abstained = int(step.facts["votes"]), int(step.facts["abstained"])
    eligible = int(step.facts["eligible"])
    if eligible:
        cast = ngettext(
            "%(votes)d of %(eligible)d possible votes was cast.",
            "%(votes)d of %(eligible)d possible votes were cast.",
            votes,
        ) % {"votes": votes, "eligible": eligible}
    else:
        cast = ngettext(
            "%(votes)d vote was cast.", "%(votes)d votes were cast.", votes
        ) % {"votes": votes}
    if not abstained:
        return cast
    also = ngettext(
        "%(number)d of them is an abstention.",
        "%(number)d of them are abstentions.",
        abstained,
    )
    return f"{cast} {also % {'number': abstained}}"


def quorum_step(step: Round, terms: Terms, names: Names) -> str:
    """Whether enough voted."""
    needed = int(step.facts["needed"])
    says = ngettext(
        "The quorum is %(percent)d percent: at least %(needed)d vote.",
        "The quorum is %(percent)d percent: at least %(needed)d votes.",
        needed,
    ) % {"percent": step.facts["percent"], "needed": needed}
    reached = int(step.facts["votes"]) >= needed
    return f"{says} {_('It was reached.') if reached else _('It was not reached.')}"


def threshold_step(step: Round, terms: Terms, names: Names, of: str = "") -> str:
    """Which options have enough."""
    says = _("The threshold is %(percent)d percent %(of)s.") % {
        "percent": step.facts["percent"],
        "of": of or of_votes(terms),
    }
    if not step.chosen:
        return f"{says} {_('It was not reached.')}"
    reached = _("It was reached by: %(options)s.") % {
        "options": listed(names, step.chosen)
        if len(step.chosen) <= NAMED
        else ngettext("%(number)d option", "%(number)d options", len(step.chosen))
        % {"number": len(step.chosen)}
    }
    return f"{says} {reached}"


def count_step(step: Round, terms: Terms, names: Names) -> str:
    return _("Counted are the votes: %(figures)s.") % {
        "figures": figures(step.numbers, names)
    }


def of_votes(terms: Terms) -> str:
    """What a threshold or a majority is measured by, after "percent"."""
    return (
        _("of all possible votes") if terms.base == "roll" else _("of the votes cast")
    )


def steps_of(
    outcome: Outcome, terms: Terms, names: Names, own: Mapping[str, Step]
) -> tuple[str, ...]:
    """A sentence for each step."""
    known = {
        "turnout": turnout_step,
        "quorum": quorum_step,
        "threshold": threshold_step,
        **own,
    }
    return tuple(known[step.kind](step, terms, names) for step in outcome.rounds)


# --- ballots that decide nothing ---------------------------------------------
def undecided(outcome: Outcome, steps: tuple[str, ...]) -> Explanation | None:
    """The explanation when nobody chose anything, or too few voted."""
    turnout = facts_of(outcome, "turnout")
    if outcome.verdict == "none":
        if turnout["votes"]:
            why = _("All who voted abstained.")
            easy = _("All people abstained. So there is no result.")
        else:
            why = _("No vote was counted.")
            easy = _("Nobody voted. So there is no result.")
        return Explanation(_("Nothing is decided."), why, easy, steps)
    if outcome.verdict == "below_quorum":
        quorum = facts_of(outcome, "quorum")
        needed, votes = int(quorum["needed"]), int(quorum["votes"])
        missing = needed - votes
        return Explanation(
            _("Nothing is decided: too few votes were cast."),
            ngettext(
                "The quorum of %(percent)d percent needs %(needed)d vote; there are "
                "%(votes)d.",
                "The quorum of %(percent)d percent needs %(needed)d votes; there are "
                "%(votes)d.",
                needed,
            )
            % {"percent": quorum["percent"], "needed": needed, "votes": votes},
            _(
                "Too few people voted. At least %(needed)d votes are needed. There are "
                "%(votes)d. So nothing is decided."
            )
            % {"needed": needed, "votes": votes},
            steps,
            change=ngettext(
                "With %(number)d more vote the quorum would have been reached.",
                "With %(number)d more votes the quorum would have been reached.",
                missing,
            )
            % {"number": missing},
        )
    return None
