"""The only writer of stances. Takes batches, as votes are taken."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import connection

from dialogue.queries import forbidden, share_lock
from ledger.actions import act, tallied
from proposals.models import Proposal, Stance
from proposals.voters import Voters
from shared.errors import Refusal
from shared.rows import Listed, as_table


@dataclass(frozen=True)
class StanceRequest:
    """`value` is one of Stance.Value."""

    participation_pk: int
    proposal_pk: int
    value: str


@dataclass(frozen=True)
class StanceTaken:
    proposal_pk: int
    value: str


@act()
def take_stances(requests: Sequence[StanceRequest]) -> list[StanceTaken | Refusal]:
    """Take a batch of stances; answers in order. The last one of a person counts."""
    voters = Voters(
        (request.participation_pk for request in requests), "proposals.take_stance"
    )
    proposal_pks = sorted({request.proposal_pk for request in requests})
    share_lock(Proposal, proposal_pks)
    proposals = Proposal.objects.only("dialogue_id", "state").in_bulk(proposal_pks)
    held: dict[tuple[int, int], str] = {
        (person, proposal): value
        for person, proposal, value in Stance.objects.filter(
            participation_id__in=Listed(voters.standings), proposal_id__in=proposal_pks
        ).values_list("participation_id", "proposal_id", "value")
    }
    steps: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    taken: dict[tuple[int, int], str] = {}
    answers: list[StanceTaken | Refusal] = []
    for request in requests:
        try:
            _check_stance(voters, proposals.get(request.proposal_pk), request)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        key = (request.participation_pk, request.proposal_pk)
        before = held.get(key)
        if before != request.value:
            if before is not None:
                steps[request.proposal_pk][before] -= 1
            steps[request.proposal_pk][request.value] += 1
            held[key] = taken[key] = request.value
        answers.append(StanceTaken(request.proposal_pk, request.value))
    table, values = as_table(
        "new",
        {"participation_id": "bigint", "proposal_id": "bigint", "value": "text"},
        [(*key, str(value)) for key, value in taken.items()],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Stance._meta.db_table} "  # noqa: S608 -- tables of ours
            "(participation_id, proposal_id, value) "
            # SQLite takes ON CONFLICT for a join's ON unless a WHERE comes before.
            "SELECT new.participation_id, new.proposal_id, new.value "
            f"FROM {table} WHERE TRUE ON CONFLICT (participation_id, proposal_id) "
            "DO UPDATE SET value = excluded.value",
            values,
        )
    by_dialogue: dict[int, list[int]] = defaultdict(list)
    for proposal_pk in steps:
        by_dialogue[proposals[proposal_pk].dialogue_id].append(proposal_pk)
    for dialogue_pk, pks in by_dialogue.items():
        tallied(voters.stream_of(dialogue_pk), partial(_count, pks, steps))
    return answers


def _check_stance(
    voters: Voters, proposal: Proposal | None, request: StanceRequest
) -> None:
    """Right and rule of one stance; raises a Refusal."""
    if (
        proposal is None
        or proposal.dialogue_id != voters.dialogue_of(request.participation_pk)
        or not proposal.is_published
        or request.value not in Stance.Value.values
    ):
        raise forbidden()
    voters.check(request.participation_pk)


def _count(
    pks: Sequence[int], steps: Mapping[int, Mapping[str, int]], version: int
) -> None:
    names = {"agrees": "agree", "disagrees": "disagree", "passes": "pass"}
    table, values = as_table(
        "step",
        {"id": "bigint", **dict.fromkeys(names.values(), "bigint")},
        [(pk, *(steps[pk].get(value, 0) for value in names.values())) for pk in pks],
    )
    moves = ", ".join(
        f"{name} = {name} + step.{value}" for name, value in names.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Proposal._meta.db_table} "  # noqa: S608 -- tables of ours
            f"SET {moves}, counts_version = %s FROM {table} "
            f"WHERE {Proposal._meta.db_table}.id = step.id",
            [version, *values],
        )
