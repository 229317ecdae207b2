"""Terms that cannot be counted, or that a method would not look at, are refused."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from proposals.methods.outcome import Terms
from shared.errors import Refusal


def unsuited(code: str, why: Any, field: str) -> Refusal:
    """Terms that the method cannot count."""
    return Refusal(code, why, status=400, field=field)


def check_terms(
    terms: Terms,
    *,
    has_majority: bool = False,
    has_threshold: bool = True,
    knows_roll: bool = False,
) -> None:
    """Refuse what would have no effect or none that anybody could reach."""
    if not 0 <= terms.quorum <= 100:
        raise unsuited(
            "ballot.quorum",
            _("Please give the quorum in percent, from 0 to 100."),
            "quorum",
        )
    if not 0 <= terms.threshold <= 100:
        raise unsuited(
            "ballot.threshold",
            _("Please give the threshold in percent, from 0 to 100."),
            "threshold",
        )
    if terms.threshold and not has_threshold:
        raise unsuited(
            "ballot.threshold", _("This method knows no threshold."), "threshold"
        )
    if terms.majority != "simple" and not has_majority:
        raise unsuited(
            "ballot.majority",
            _("This method knows no majority. A threshold may do what you mean."),
            "majority",
        )
    if terms.base == "roll" and not (
        knows_roll and (terms.threshold or terms.majority != "simple")
    ):
        raise unsuited(
            "ballot.base",
            _("Nothing in this ballot is measured by the roll."),
            "base",
        )
    if terms.seats != 1:
        raise unsuited(
            "ballot.seats", _("This method elects one option only."), "seats"
        )


def check_options(terms: Terms) -> None:
    """Refuse fewer than two options."""
    if len(terms.options) < 2:
        raise unsuited(
            "ballot.options", _("Please give at least two options."), "options"
        )


def check_fixed(terms: Terms, fixed: Sequence[str]) -> None:
    """Refuse choices other than the ones that the method brings."""
    brought = {terms.keys.get(key) for key in fixed if key != "abstain"}
    if not set(fixed) <= set(terms.keys) or brought != set(terms.options):
        raise unsuited(
            "ballot.options",
            _("The choices of this method are fixed. It takes no others."),
            "options",
        )
