"""Method of equal shares: everybody has the same part of the budget to spend.

Peters, Pierczyński and Skowron 2021, as equalshares.net publishes it for approvals
with utility by costs: a project counts for a supporter as much as it costs. Its
supporters pay for it in equal parts; who has less left pays that. The project is
bought whose highest payment is the smallest part of its costs, which is the one with
the most supporters who can pay in full.

Completion "Add1": while a project would still fit into the budget, everybody's share
is raised and all is counted anew, until the purchases would cost more than the budget.
The step is one percent of the first share, so that it means the same in every currency
and for every budget. Nothing is added by other rules after that: what is left is left.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from proposals.methods.choosing import base_of, counting
from proposals.methods.funding import (
    TIES,
    Field,
    check,
    field_of,
    first_without,
    fund,
    order_of_equals,
    settled_ties,
    suits,
)
from proposals.methods.outcome import (
    Cast,
    Number,
    Outcome,
    Round,
    Terms,
    Turn,
    without_abstentions,
)
from proposals.methods.sharing import Run, Sharing
from proposals.methods.turning import fewest, project_turns, votes_until

__all__ = ["COUNTED", "FITS", "FORM", "TIES", "check", "count", "suits"]

FORM = "some"
COUNTED = _(
    "Everybody chooses all projects that they find good, and gets the same share of "
    "the budget. A project is bought when those who chose it can pay for it together, "
    "in equal parts; who has less left pays that. The project whose supporters pay the "
    "least for each euro of its costs comes first. If money is left that would pay for "
    "a project, all shares are raised by one percent and it is counted anew, as long "
    "as the budget suffices. If a threshold was set, only projects with so many "
    "percent of the votes take part."
)
FITS = _(
    "For budgets with many projects, when every group should decide about its part of "
    "the money: by topic, by district, by age. The fairest division of a budget."
)
# The share is raised by this part of the first one.
STEPS = 100
# With so many groups of equal votes times projects it is counted again what would have
# changed it.
MOST_WORK = 4000


def count(casts: Sequence[Cast], terms: Terms) -> Outcome:
    """Purchases with the highest share that the budget can bear."""
    casts = counting(casts)
    field = field_of(casts, terms)
    voters = sum(cast.weight for cast in without_abstentions(casts, terms))
    if not voters or not field.projects:
        turns = _turns(casts, terms, field, ()) if voters else ()
        return fund(casts, terms, field, funded=(), trace=(), turns=turns)
    first = Fraction(terms.budget, voters)
    run, raised, stopped = _complete(_sharing(casts, terms, field), first, terms.budget)
    left, trace, groups = terms.budget, [], []
    for project, price, payers, short, equals in run.purchases:
        option = field.projects[project]
        cost = terms.costs[option]
        left -= cost
        groups.append([field.projects[other] for other in equals])
        trace.append(
            Round(
                "bought",
                {option: field.choices[option]},
                chosen=(option,),
                facts={
                    "cost": cost,
                    "price": price,
                    "payers": payers,
                    "short": short,
                    # So many paid or would have, had all who chose it paid in full.
                    "effective": Fraction(cost) / price,
                    "left": left,
                },
            )
        )
    shares = Round(
        "shares",
        facts={"share": first, "budget": terms.budget, "votes": voters},
    )
    facts: dict[str, Number | str] = {
        "share": first * (1 + Fraction(raised, STEPS)),
        "steps": raised,
        "percent": raised * 100 // STEPS,
        "stopped": stopped,
    }
    last = Round("raised", facts=facts)
    funded = tuple(field.projects[purchase.project] for purchase in run.purchases)
    return fund(
        casts,
        terms,
        field,
        funded=funded,
        trace=[shares, last, *trace],
        ties=settled_ties(groups, funded),
        turns=_turns(casts, terms, field, funded),
    )


def _turns(
    casts: Sequence[Cast], terms: Terms, field: Field, funded: tuple[int, ...]
) -> tuple[Turn, ...]:
    """What would have paid the most chosen project that is not: a lower cost, or more
    votes that choose nothing else.

    Two measures of Boehmer, Faliszewski, Janeczko, Peters and others, "Evaluation of
    Project Performance in Participatory Budgeting" (2024). Votes whose shares pay for a
    project alone are enough, however the others vote: they spend nothing before.
    """
    option = first_without(field, terms, funded)
    if option is None:
        return ()
    cost, base = terms.costs[option], base_of(casts, terms)
    voters = sum(cast.weight for cast in without_abstentions(casts, terms))

    def is_enough(more: int) -> bool:
        of = base if terms.base == "roll" else base + more
        takes_part = 100 * (field.choices[option] + more) >= terms.threshold * of
        return takes_part and more * terms.budget >= cost * (voters + more)

    def is_paid(cost: int, more: int) -> bool:
        changed = replace(terms, costs={**terms.costs, option: cost})
        return option in _paid([*casts, Cast({option: 1}, more)], changed)

    some = votes_until(is_enough, 1000 * (base + 1))
    most = None if some is None else fewest(is_enough, some)
    alike = len({tuple(sorted(sheet)) for sheet, __ in casts})
    if alike * len(terms.options) <= MOST_WORK:
        return project_turns(option, terms, is_paid, most)
    return () if most is None else (Turn("enough", most, option),)


def _paid(casts: Sequence[Cast], terms: Terms) -> set[int]:
    """Which projects are bought in the end."""
    casts = counting(casts)
    field = field_of(casts, terms)
    voters = sum(cast.weight for cast in without_abstentions(casts, terms))
    first = Fraction(terms.budget, voters)
    run, *__ = _complete(_sharing(casts, terms, field), first, terms.budget)
    return {field.projects[purchase.project] for purchase in run.purchases}


def _sharing(casts: Sequence[Cast], terms: Terms, field: Field) -> Sharing:
    """Who chose the same projects is one group; the votes' order plays no part."""
    at = {option: number for number, option in enumerate(field.projects)}
    alike: dict[tuple[int, ...], int] = {}
    for sheet, weight in without_abstentions(casts, terms):
        chosen = tuple(sorted(at[option] for option in sheet if option in at))
        if chosen:
            alike[chosen] = alike.get(chosen, 0) + weight
    groups = sorted(alike)
    return Sharing(
        groups,
        [alike[group] for group in groups],
        [terms.costs[option] for option in field.projects],
        lambda n: order_of_equals(field.projects[n], field.choices, terms),
    )


def _complete(sharing: Sharing, first: Fraction, budget: int) -> tuple[Run, int, str]:
    """The last run that the budget can bear, the steps to it, and why it is the last.

    "fits": no project that is left fits into the rest. "over": with one step more the
    purchases would cost more than the budget.
    """
    step = first / STEPS
    run, raised = sharing.run(first), 0
    while True:
        bought = {purchase.project for purchase in run.purchases}
        rest = budget - sum(sharing.costs[project] for project in bought)
        others = set(range(len(sharing.costs))) - bought
        if all(sharing.costs[project] > rest for project in others):
            return run, raised, "fits"
        then = raised + 1
        if run.same_below is not None:
            then = max(then, math.ceil((run.same_below - first) / step))
        dearer = sharing.run(first + then * step)
        if sum(sharing.costs[p.project] for p in dearer.purchases) > budget:
            return run, then - 1, "over"
        run, raised = dearer, then
