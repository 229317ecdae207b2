"""The explanation of every method in which one option wins by a number."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from django.utils.translation import gettext as _

from proposals.explaining.changing import said_of
from proposals.explaining.explanation import Explanation, Names
from proposals.explaining.saying import (
    Step,
    figure,
    listed,
    percent,
    quoted,
    round_of,
    steps_of,
    threshold_step,
    undecided,
)
from proposals.methods.outcome import Outcome, Terms, Turn


@dataclass(frozen=True)
class Wording:
    """What a method calls its numbers, in whole sentences.

    `amount` names a number ("5 votes"); `why` says in a sentence why an option is in
    front, `easy` the same in easy language; `of` stands after the percent of the
    threshold; `turn` is what would have put an option in front, `reach` what would have
    taken it to the threshold (none: the method has no threshold).
    """

    amount: Callable[[int], str]
    why: Callable[[int], str]
    easy: Callable[[int], str]
    turn: Callable[[Outcome, Terms, int], Turn]
    of: str
    # What a tie means for what comes now.
    after_tie: str
    steps: Mapping[str, Step]
    reach: Callable[[Outcome, Terms, int], Turn] | None = None


def explain_choice(
    outcome: Outcome, terms: Terms, names: Names, wording: Wording
) -> Explanation:
    """Who is in front, why, and what would have changed it."""
    steps = steps_of(
        outcome,
        terms,
        names,
        {**wording.steps, "threshold": partial(threshold_step, of=wording.of)},
    )
    nothing = undecided(outcome, steps)
    if nothing is not None:
        return nothing
    if outcome.verdict == "below_threshold":
        return _too_little(outcome, terms, names, wording, steps)
    if outcome.verdict == "tied":
        return _tied(outcome, terms, names, wording, steps)
    first = outcome.chosen[0]
    title = quoted(names, first)
    if outcome.verdict == "none_of_these":
        result = _("%(option)s is in front: no option of the ballot is chosen.")
        easy = _("%(option)s has won. So no option is chosen.")
    else:
        result = _("%(option)s is chosen.")
        easy = _("%(option)s has won.")
    return Explanation(
        result % {"option": title},
        wording.why(first),
        f"{easy % {'option': title}} {wording.easy(first)}",
        steps,
        change=_next_one(outcome, terms, names, wording),
    )


def _next_one(outcome: Outcome, terms: Terms, names: Names, wording: Wording) -> str:
    """Who comes next, and how far behind."""
    if len(outcome.ranking) < 2:
        return ""
    second = outcome.ranking[1]
    number = outcome.numbers[second[0]]
    says = _("Next comes %(option)s: %(amount)s.") % {
        "option": listed(names, second[:3]),
        "amount": wording.amount(number),
    }
    return f"{says} {said_of(wording.turn(outcome, terms, second[0]), names)}"


def _tied(
    outcome: Outcome,
    terms: Terms,
    names: Names,
    wording: Wording,
    steps: tuple[str, ...],
) -> Explanation:
    equals = listed(names, outcome.chosen)
    amount = wording.amount(outcome.numbers[outcome.chosen[0]])
    return Explanation(
        _("There is a tie between %(options)s.") % {"options": equals},
        _("Each of them has the same result: %(amount)s.") % {"amount": amount},
        _("There is a tie. These options are equal: %(options)s. Nobody has won yet.")
        % {"options": equals},
        steps,
        _("A tie is reported as a tie, no lot is drawn. %(after)s")
        % {"after": wording.after_tie},
        said_of(wording.turn(outcome, terms, outcome.chosen[0]), names),
    )


def _too_little(
    outcome: Outcome,
    terms: Terms,
    names: Names,
    wording: Wording,
    steps: tuple[str, ...],
) -> Explanation:
    ahead = outcome.ranking[0]
    share = round_of(outcome, "threshold").numbers[ahead[0]]
    # Rounded up: what is missing is never nothing.
    missing = Fraction(math.ceil(10 * (terms.threshold - 100 * share)), 10)
    facts = {
        "option": listed(names, ahead),
        "share": percent(share),
        "percent": terms.threshold,
        "of": wording.of,
    }
    change = _("%(missing)s percentage points were missing.") % {
        "missing": figure(missing)
    }
    if wording.reach:
        change += " " + said_of(wording.reach(outcome, terms, ahead[0]), names)
    return Explanation(
        _("No option is chosen: none has reached the threshold."),
        _(
            "Furthest in front is %(option)s, at %(share)s percent %(of)s; "
            "%(percent)d percent were needed."
        )
        % facts,
        _(
            "No option has won. In front: %(option)s. That is %(share)s percent. "
            "%(percent)d percent are needed."
        )
        % facts,
        steps,
        change=change,
    )
