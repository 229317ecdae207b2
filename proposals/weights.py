"""Verb of vote weights: how often a vote counts in the ballots that use weights.

Only open ballots do ([decision 0011](../docs/decisions/0011-weights-in-the-open.md)).
A running ballot goes by its frozen roll, so no weight is changed meanwhile: what stands
on the page is what counts.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Count, QuerySet
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dialogue.desk import make_announcement
from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, fresh, require
from ledger.actions import act, record
from proposals.events import WeightSet
from proposals.models import Ballot, RollEntry
from shared.errors import Refusal

HEAVIEST = 100
LONGEST_REASON = 300
_written = re.compile(r"(?a:\b(\d{1,18}):(\d{1,3})\b)")


def weighable(dialogue: Dialogue) -> QuerySet[Participation]:
    """Whoever may come on a roll."""
    return dialogue.participations.filter(state=Participation.State.ADMITTED).exclude(
        role=Participation.Role.OBSERVER
    )


def has_weights(dialogue: Dialogue) -> bool:
    """Whether anybody's vote would count other than once."""
    return weighable(dialogue).exclude(vote_weight=1).exists()


@act()
def set_weights(
    *,
    moderator: Participation,
    weights: Mapping[int, int],
    reason: str,
    seen: Mapping[int, int] | None = None,
) -> int:
    """Say how often people's votes count (by participation), and tell everybody why.

    `seen` are the weights that the moderator saw. Returns how many weights have
    changed; if none has, nothing is said.
    """
    rows = list(
        Participation.objects.select_for_update(no_key=True)
        .filter(pk__in=list(weights), dialogue=moderator.dialogue_id)
        .order_by("pk")
    )
    moderator, dialogue = fresh(moderator)
    require("proposals.set_weights", moderator, dialogue)
    if {row.pk for row in rows} != set(weights):
        raise forbidden()
    _check(dialogue, weights, reason)
    changed = [row for row in rows if row.vote_weight != weights[row.pk]]
    if not changed:
        return 0
    for row in changed:
        if seen is not None and seen.get(row.pk) != row.vote_weight:
            raise changed_meanwhile(
                dialogue,
                "weight.changed_meanwhile",
                WeightSet.kind,
                seen=written_weights(rows),
                participation=row.pk,
            )
    together: dict[int, list[int]] = defaultdict(list)
    for row in changed:
        together[weights[row.pk]].append(row.pk)
    for weight, pks in together.items():
        Participation.objects.filter(pk__in=pks).update(vote_weight=weight)
    for row in changed:
        record(
            dialogue.stream_id,
            WeightSet(
                participation=row.pk,
                weight=weights[row.pk],
                by=moderator.pk,
                concerns=row.pk,
            ),
        )
    with translation.override("de"):
        said = gettext("Vote weights were changed: %(reason)s") % {"reason": reason}
    make_announcement(moderator=moderator, text=said)
    return len(changed)


def written_weights(people: Iterable[Participation]) -> str:
    """What these people's votes weigh, as "participation:weight ..."."""
    return " ".join(f"{who.pk}:{who.vote_weight}" for who in people)


def read_weights(text: str) -> dict[int, int]:
    """The weights by participation that `written_weights` wrote."""
    return {int(pk): int(weight) for pk, weight in _written.findall(text)}


def _check(dialogue: Dialogue, weights: Mapping[int, int], reason: str) -> None:
    for pk, weight in weights.items():
        if not 0 <= weight <= HEAVIEST:
            raise Refusal(
                "weight.range",
                _("A weight is a whole number from 0 to %(most)s.")
                % {"most": HEAVIEST},
                status=400,
                field=f"weight_{pk}",
            )
    if not reason or len(reason) > LONGEST_REASON:
        raise Refusal(
            "weight.reason",
            _("Please say in up to %(most)s characters why: everybody reads it.")
            % {"most": LONGEST_REASON},
            status=400,
            field="reason",
        )
    if dialogue.ballots.filter(uses_weights=True, state__in=Ballot.RUNNING).exists():
        raise Refusal(
            "weight.ballot_runs",
            _("A ballot with weights is running. Please wait until it is closed."),
        )


def weights_on_roll(ballot: Ballot) -> list[tuple[int, int]]:
    """Weight and how many people have it, heaviest first; empty without weights."""
    if not ballot.uses_weights:
        return []
    rows = RollEntry.objects.filter(ballot=ballot).values_list("weight")
    return [*rows.annotate(people=Count("pk")).order_by("-weight")]
