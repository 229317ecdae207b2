"""What the methods that choose one option share: turnout, quorum, threshold, ties."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from proposals.methods.outcome import (
    Cast,
    Outcome,
    Round,
    Terms,
    Tie,
    best_first,
    misses_quorum,
    without_abstentions,
)


def counting(casts: Sequence[Cast]) -> list[Cast]:
    """Those that count: a weight of zero is as if nobody had voted."""
    return [cast for cast in casts if cast.weight]


def votes_of(casts: Sequence[Cast]) -> int:
    """How many votes these are, each as often as it counts."""
    return sum(cast.weight for cast in casts)


def base_of(casts: Sequence[Cast], terms: Terms) -> int:
    """Of how many votes a majority or a threshold is: the roll, or all votes cast.

    Whoever abstains has cast a vote.
    """
    return terms.eligible if terms.base == "roll" else votes_of(casts)


def votes_needed(percent: int, base: int) -> int:
    """The fewest votes that are `percent` of `base`."""
    return -(-percent * base // 100)


def opening(casts: Sequence[Cast], terms: Terms) -> tuple[Round, ...]:
    """The first steps of every counting: how many voted, and whether it is enough."""
    votes = votes_of(casts)
    abstained = votes - votes_of(without_abstentions(casts, terms))
    turnout = Round(
        "turnout",
        facts={"votes": votes, "abstained": abstained, "eligible": terms.eligible},
    )
    if not terms.quorum or not votes:
        return (turnout,)
    needed = votes_needed(terms.quorum, terms.eligible)
    return (
        turnout,
        Round(
            "quorum",
            facts={"votes": votes, "needed": needed, "percent": terms.quorum},
        ),
    )


def shares_of_votes(
    numbers: Mapping[int, int], casts: Sequence[Cast], terms: Terms
) -> dict[int, Fraction]:
    """What part of the votes (or of the roll) each option has."""
    base = base_of(casts, terms)
    return {
        option: Fraction(numbers[option], base) if base else Fraction(0)
        for option in terms.options
    }


def threshold_round(shares: Mapping[int, Fraction], terms: Terms) -> Round:
    """Which options have reached the threshold."""
    reach = [option for option in shares if 100 * shares[option] >= terms.threshold]
    return Round(
        "threshold",
        numbers=shares,
        chosen=tuple(reach),
        facts={"percent": terms.threshold, "base": terms.base},
    )


def choose(
    casts: Sequence[Cast],
    terms: Terms,
    numbers: dict[int, int],
    *,
    trace: Sequence[Round],
    shares: Mapping[int, Fraction],
    least: bool = False,
) -> Outcome:
    """The option that is ahead, if quorum and threshold let it; a tie stays one.

    Ahead is who has the greatest number (with `least`, the smallest). `trace` are the
    method's own steps; `shares` what the threshold looks at, by option.
    """
    rounds = opening(casts, terms)
    if not without_abstentions(casts, terms):
        return Outcome(numbers, (), "none", rounds=rounds)
    rounds += tuple(trace)
    ranking = best_first({option: numbers[option] for option in terms.options})
    if least:
        ranking = ranking[::-1]
    ahead = ranking[0]
    if terms.threshold:
        rounds += (threshold_round(shares, terms),)
    if misses_quorum(casts, terms):
        return Outcome(numbers, (), "below_quorum", ranking, rounds)
    if 100 * shares[ahead[0]] < terms.threshold:
        return Outcome(numbers, (), "below_threshold", ranking, rounds)
    if len(ahead) > 1:
        return Outcome(numbers, ahead, "tied", ranking, rounds, (Tie(ahead),))
    is_none = ahead[0] == terms.keys.get("none")
    verdict = "none_of_these" if is_none else "chosen"
    return Outcome(numbers, ahead, verdict, ranking, rounds)
