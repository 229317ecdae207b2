"""What the methods share that divide a budget among projects.

Every option has its costs. Projects that cost more than the whole budget, that nobody
chose, or that miss the threshold are out from the start.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import (
    base_of,
    opening,
    shares_of_votes,
    threshold_round,
)
from proposals.methods.outcome import (
    Cast,
    Number,
    Outcome,
    Round,
    Sheet,
    Terms,
    Tie,
    Turn,
    add_up,
    best_first,
    check_marks,
    misses_quorum,
    without_abstentions,
)
from proposals.methods.suiting import check_options, check_terms, unsuited
from proposals.methods.turning import project_turns, votes_until

TIES = _(
    "Of projects that are equal the cheaper one comes first, then the one with more "
    "choices, then the one that stands first on the ballot. A tie that decided "
    "something is named in the result."
)


def suits(terms: Terms) -> None:
    """At least two projects with costs, and a budget that pays for one of them."""
    check_options(terms)
    check_terms(terms, knows_roll=True)
    if terms.budget < 1:
        raise unsuited("ballot.budget", _("Please give the budget."), "budget")
    if any(terms.costs.get(option, 0) < 1 for option in terms.options):
        raise unsuited(
            "ballot.costs", _("Please give the costs of every project."), "options"
        )
    if all(terms.costs[option] > terms.budget for option in terms.options):
        raise unsuited(
            "ballot.budget",
            _("Every project costs more than the whole budget."),
            "budget",
        )


def check(marks: Sheet, terms: Terms) -> None:
    """Any number of projects."""
    check_marks(marks, terms, len(terms.options))


def order_of_equals(option: int, choices: Mapping[int, Number], terms: Terms) -> tuple:
    """The published rule: cheaper, more choices, first on the ballot."""
    return terms.costs[option], -choices[option], terms.options.index(option)


@dataclass(frozen=True)
class Field:
    """The projects that can be funded, and what every counting begins with."""

    choices: dict[int, int]
    projects: tuple[int, ...]
    rounds: tuple[Round, ...]


def field_of(casts: Sequence[Cast], terms: Terms) -> Field:
    """Who chose what, and which projects are out from the start."""
    numbers = add_up(casts, terms)
    choices = {option: numbers[option] for option in terms.options}
    rounds = [
        Round("choices", choices, facts={"budget": terms.budget}),
    ]
    enough = set(terms.options)
    if terms.threshold:
        rounds.append(threshold_round(shares_of_votes(numbers, casts, terms), terms))
        enough = set(rounds[-1].chosen)
    projects = tuple(
        option
        for option in terms.options
        if option in enough
        and choices[option]
        and 0 < terms.costs.get(option, 0) <= terms.budget
    )
    out = tuple(option for option in terms.options if option not in projects)
    if out:
        rounds.append(Round("out", {o: choices[o] for o in out}, excluded=out))
    return Field(choices, projects, tuple(rounds))


def fund(
    casts: Sequence[Cast],
    terms: Terms,
    field: Field,
    *,
    funded: tuple[int, ...],
    trace: Sequence[Round],
    ties: Sequence[Tie] = (),
    ranks: bool = False,
    turns: tuple[Turn, ...] = (),
) -> Outcome:
    """The outcome for the projects that were funded, in the order of their funding."""
    numbers = add_up(casts, terms)
    rounds = opening(casts, terms)
    if not without_abstentions(casts, terms):
        return Outcome(numbers, (), "none", rounds=rounds)
    ranking = best_first(field.choices) if ranks else ()
    rounds += field.rounds + tuple(trace) + (_left(terms, funded),)
    if misses_quorum(casts, terms):
        return Outcome(numbers, (), "below_quorum", ranking, rounds)
    if not funded:
        none = "below_threshold"
        return Outcome(numbers, (), none, ranking, rounds, turns=turns)
    return Outcome(numbers, funded, "chosen", ranking, rounds, tuple(ties), turns)


def _left(terms: Terms, funded: tuple[int, ...]) -> Round:
    """What is spent, and what is left of the budget."""
    spent = sum(terms.costs[option] for option in funded)
    return Round(
        "left",
        {option: terms.costs[option] for option in funded},
        chosen=funded,
        facts={"spent": spent, "left": terms.budget - spent, "budget": terms.budget},
    )


def settled_ties(groups: Sequence[Sequence[int]], funded: Sequence[int]) -> list[Tie]:
    """The ties that decided something: one of the equals was funded, another not."""
    return [
        Tie(tuple(group), tuple(group), "cheaper_first")
        for group in groups
        if 0 < len(set(group) & set(funded)) < len(group)
    ]


def by_choices(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """The most choices first; what does not fit any more is passed over."""
    field = field_of(casts, terms)
    groups = [
        sorted(group, key=lambda o: order_of_equals(o, field.choices, terms))
        for group in best_first({o: field.choices[o] for o in field.projects})
    ]
    funded, trace = [], []
    for option, fits, left in _in_turn(groups, terms):
        if fits:
            funded.append(option)
        trace.append(
            Round(
                "funded" if fits else "passed_over",
                {option: field.choices[option]},
                chosen=(option,) if fits else (),
                excluded=() if fits else (option,),
                facts={"cost": terms.costs[option], "left": left},
            )
        )
    return fund(
        casts,
        terms,
        field,
        funded=tuple(funded),
        trace=trace,
        ties=settled_ties(groups, funded),
        ranks=True,
        turns=_turns(casts, terms, field, funded),
    )


def _in_turn(
    groups: Sequence[Sequence[int]], terms: Terms
) -> Iterator[tuple[int, bool, int]]:
    """Each project in its turn: whether it fits, and what is left then."""
    left = terms.budget
    for option in (option for group in groups for option in group):
        fits = terms.costs[option] <= left
        left -= terms.costs[option] if fits else 0
        yield option, fits, left


def first_without(field: Field, terms: Terms, funded: Sequence[int]) -> int | None:
    """The most chosen project that is not paid, of those in the count if there are."""
    without = [option for option in terms.options if option not in funded]
    among = [option for option in without if option in field.projects] or [
        option for option in without if 0 < terms.costs.get(option, 0) <= terms.budget
    ]
    return min(
        among,
        key=lambda o: (-field.choices[o], order_of_equals(o, field.choices, terms)),
        default=None,
    )


def _turns(
    casts: Sequence[Cast], terms: Terms, field: Field, funded: Sequence[int]
) -> tuple[Turn, ...]:
    """What would have paid the first project that is not, by its cost or its votes."""
    option = first_without(field, terms, funded)
    if option is None:
        return ()
    base = base_of(casts, terms)

    def is_paid(cost: int, more: int) -> bool:
        changed = replace(terms, costs={**terms.costs, option: cost})
        choices = {**field.choices, option: field.choices[option] + more}
        of = base if terms.base == "roll" else base + more
        enough = {
            o: number
            for o, number in choices.items()
            if number
            and 100 * number >= terms.threshold * of
            and 0 < changed.costs.get(o, 0) <= terms.budget
        }
        groups = [
            sorted(group, key=lambda o: order_of_equals(o, choices, changed))
            for group in best_first(enough)
        ]
        return any(o == option and fits for o, fits, __ in _in_turn(groups, changed))

    cost = terms.costs[option]
    most = votes_until(lambda more: is_paid(cost, more), 100 * (base + 1))
    return project_turns(option, terms, is_paid, most)
