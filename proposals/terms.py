"""The terms of a ballot, as its method counts by them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from proposals.methods import METHODS
from proposals.methods.outcome import Terms
from proposals.models import Ballot, Option


def terms_of(ballot: Ballot, options: Sequence[Option]) -> Terms:
    """The terms in the rows' numbers; `options` in the order of the ballot."""
    keys = {row.key: row.pk for row in options if row.key}
    return Terms(
        options=_choosable(keys, [row.pk for row in options]),
        keys=keys,
        most=ballot.most_options,
        points=ballot.points,
        per_option=ballot.per_option,
        lowest=ballot.lowest,
        highest=ballot.highest,
        seats=ballot.seats,
        budget=ballot.budget,
        costs={row.pk: row.cost for row in options if row.cost},
        majority=ballot.majority,
        base=ballot.base,
        quorum=ballot.quorum,
        threshold=ballot.threshold,
        eligible=ballot.roll_weight or ballot.roll_size,
    )


def _choosable(keys: Mapping[str, int], options: Sequence[int]) -> tuple[int, ...]:
    return tuple(option for option in options if option != keys.get("abstain"))


def named_terms(ballot: Ballot) -> dict[str, int | str]:
    """The terms of a ballot that are not the usual ones, as its result names them."""
    usual = Terms(())
    named = (
        "points per_option lowest highest seats budget majority base quorum threshold"
    )
    terms = {
        name: getattr(ballot, name)
        for name in named.split()
        if getattr(ballot, name) != getattr(usual, name)
    }
    if ballot.uses_weights:
        terms["eligible"] = ballot.roll_weight
    return terms


def terms_in_file(
    method: str,
    options: Sequence[tuple[int, str, int]],
    named: Mapping[str, int | str],
    *,
    most: int,
    eligible: int,
) -> Terms:
    """The terms of a ballot as a result or ballot file has them.

    `options`: position, key and cost of each. Files from before options had keys
    name yes, no and abstain by their place. Unknown terms raise a KeyError.
    """
    keys = {key: position for position, key, __ in options if key}
    fixed = getattr(METHODS[method], "FIXED", ())
    if fixed and not keys:
        keys = dict(zip(fixed, (row[0] for row in options), strict=False))
    known = {row.name for row in fields(Terms)}
    if not set(named) <= known - {"options", "keys", "costs", "most"}:
        raise KeyError(*set(named) - known)
    return Terms(
        options=_choosable(keys, [row[0] for row in options]),
        keys=keys,
        most=most,
        costs={position: cost for position, __, cost in options if cost},
        **{"eligible": eligible, **named},  # type: ignore[arg-type]
    )
