"""Systemic consensing: the option with the least resistance wins.

Visotschnig and Schrotta: everybody says for every option how much resistance they
feel, from 0 (none) to the end of the scale. The lowest sum wins: it is nearest to
consensus. Acceptance is one minus the mean resistance as a part of the scale; what is
missing to 100 percent is the group's potential for conflict. The option
"status_quo" (all stays as it is) is rated like the others: an option above it is
worse than doing nothing. Strong resistance is asked for its reason, the options are
improved and rated again in a new round.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import choose, counting
from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Sheet,
    Terms,
    add_up,
    without_abstentions,
)
from proposals.methods.score import check as check_ratings
from proposals.methods.score import check_scale, rated
from proposals.methods.suiting import check_options, check_terms, unsuited

FORM = "scale"
COUNTED = _(
    "Everybody says for every option how much resistance they feel: 0 is none, the "
    "highest value is the strongest. The resistance is added up; the option with the "
    "lowest sum wins. Acceptance is 100 percent where nobody feels any resistance, and "
    "0 percent where everybody feels the strongest. If a threshold was set, the winner "
    "must have so many percent acceptance."
)
TIES = _(
    "Equal sums at the bottom are a tie. It is reported, no lot is drawn: the options "
    "are improved and rated again."
)
FITS = _(
    "For three to seven options where opinions are far apart. It finds what most "
    "people can live with, and strong resistance shows what needs improving. One of "
    "the options should be that everything stays as it is."
)


def suits(terms: Terms) -> None:
    """At least two options, and a scale that begins at 0, no resistance."""
    check_options(terms)
    if terms.lowest != 0:
        raise unsuited(
            "ballot.scale",
            _("The scale of resistance begins at 0: no resistance."),
            "lowest",
        )
    check_scale(terms)
    check_terms(terms)


def check(marks: Sheet, terms: Terms) -> None:
    """A resistance for every option."""
    check_ratings(marks, terms)


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The lowest sum wins."""
    casts = counting(casts)
    numbers = add_up(casts, terms)
    sums = {option: numbers[option] for option in terms.options}
    votes = rated(casts, terms) or 1
    acceptance = {
        option: 1 - Fraction(number, votes * terms.highest)
        for option, number in sums.items()
    }
    trace = [
        Round("resistance", sums, facts={"votes": votes}),
        Round("acceptance", acceptance),
        _spread(casts, terms),
    ]
    if "status_quo" in terms.keys:
        trace.append(_compared(sums, terms))
    return choose(casts, terms, numbers, trace=trace, shares=acceptance, least=True)


def _spread(casts: Sequence[Cast], terms: Terms) -> Round:
    """How far apart the ratings of an option are, and which met the strongest one."""
    ratings = {
        option: [
            cast.sheet.get(option, 0) for cast in without_abstentions(casts, terms)
        ]
        for option in terms.options
    }
    return Round(
        "spread",
        {o: max(r, default=0) - min(r, default=0) for o, r in ratings.items()},
        excluded=tuple(
            o for o, r in ratings.items() if max(r, default=0) == terms.highest
        ),
    )


def _compared(sums: Mapping[int, int], terms: Terms) -> Round:
    """What is better than that all stays as it is (`chosen`), and what is worse."""
    today = terms.keys["status_quo"]
    gap = {option: number - sums[today] for option, number in sums.items()}
    return Round(
        "status_quo",
        {option: number for option, number in gap.items() if option != today},
        chosen=tuple(option for option, number in gap.items() if number < 0),
        excluded=tuple(option for option, number in gap.items() if number > 0),
    )
