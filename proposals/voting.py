"""The only writer of votes and stances. Takes batches; one vote is a batch of one.

Per batch: one transaction, the rights and rolls fetched at once, each vote
accepted or refused by itself. No Entry is written per vote.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import rules
from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, require, share_lock
from ledger.actions import act, tallied
from proposals import box
from proposals.methods import METHODS
from proposals.models import (
    Ballot,
    Mark,
    Option,
    Proposal,
    RollEntry,
    Stance,
    Vote,
)
from shared.errors import Refusal

RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class VoteRequest:
    """`marks`: option pk -> value. `request_key` makes a repetition harmless."""

    participation_pk: int
    ballot_pk: int
    marks: Mapping[int, int]
    request_key: str


@dataclass(frozen=True)
class Receipt:
    """Given only after the vote is committed."""

    ballot_pk: int
    code: str


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
def cast_votes(requests: Sequence[VoteRequest]) -> list[Receipt | Refusal]:
    """Cast a batch; answers in the order of `requests`.

    Open ballot: a later vote replaces the earlier one until closing. Secret
    ballot: a cast vote is final. The same request key gives the same receipt.
    """
    people = _locked_people(request.participation_pk for request in requests)
    ballot_pks = sorted({request.ballot_pk for request in requests})
    share_lock(Ballot, ballot_pks)
    ballots = Ballot.objects.in_bulk(ballot_pks)
    options: dict[int, list[int]] = defaultdict(list)
    for option_pk, ballot_pk in Option.objects.filter(
        ballot_id__in=ballot_pks
    ).values_list("pk", "ballot_id"):
        options[ballot_pk].append(option_pk)
    roll = {
        (entry.ballot_id, entry.participation_id): entry
        for entry in RollEntry.objects.filter(
            ballot_id__in=ballot_pks, participation_id__in=people
        )
    }
    answers: list[Receipt | Refusal] = []
    changed: dict[int, RollEntry] = {}
    sheets: dict[tuple[int, int], Mapping[int, int]] = {}
    fresh_voters: dict[int, int] = defaultdict(int)
    for request in requests:
        try:
            person = people.get(request.participation_pk)
            ballot = ballots.get(request.ballot_pk)
            entry = roll.get((request.ballot_pk, request.participation_pk))
            _check_vote(person, ballot, entry, request, options)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        assert ballot is not None and entry is not None  # noqa: S101 -- checked above
        key_digest = _request_digest(request)
        if entry.request_key != key_digest:
            fresh_voters[ballot.pk] += not entry.has_voted
            entry.has_voted = True
            entry.request_key = key_digest
            entry.receipt = _receipt_code(key_digest)
            changed[entry.pk] = entry
            sheets[ballot.pk, entry.pk] = request.marks
        answers.append(Receipt(ballot.pk, entry.receipt))
    RollEntry.objects.bulk_update(
        changed.values(), ["has_voted", "request_key", "receipt"], batch_size=200
    )
    for ballot_pk, ballot in ballots.items():
        _store(
            ballot,
            {entry: sheet for (pk, entry), sheet in sheets.items() if pk == ballot_pk},
            fresh_voters[ballot_pk],
        )
    return answers


def _check_vote(
    person: Participation | None,
    ballot: Ballot | None,
    entry: RollEntry | None,
    request: VoteRequest,
    options: Mapping[int, list[int]],
) -> None:
    """Right, roll and rule of one vote; raises a Refusal."""
    if person is None or ballot is None or ballot.dialogue_id != person.dialogue_id:
        raise forbidden()
    if entry and entry.request_key == _request_digest(request):
        # Repeated after a lost reply: cast it is, even if the ballot has closed.
        return
    if ballot.state != Ballot.State.OPEN:
        raise Refusal(
            "ballot.not_open", _("This ballot is closed. Your vote was not counted.")
        )
    if entry is None:
        raise Refusal(
            "vote.not_on_roll",
            _("You are not on the roll of this ballot: it was frozen at opening."),
            status=403,
        )
    require("proposals.cast_vote", person, person.dialogue)
    if entry.has_voted and ballot.is_secret:
        raise Refusal(
            "vote.already_cast",
            _("You have voted already. In a secret ballot a vote is final."),
        )
    METHODS[ballot.method].check(request.marks, options[ballot.pk], ballot.most_options)


def _store(
    ballot: Ballot, by_entry: Mapping[int, Mapping[int, int]], fresh_voters: int
) -> None:
    """Write the accepted sheets of one ballot (roll entry pk -> marks)."""
    if not by_entry:
        return
    steps: dict[int, int] = defaultdict(int)
    if ballot.is_secret:
        box.put(ballot, [dict(sheet) for sheet in by_entry.values()])
    else:
        for mark in Mark.objects.filter(vote__roll_entry_id__in=by_entry):
            steps[mark.option_id] -= mark.value
        Mark.objects.filter(vote__roll_entry_id__in=by_entry).delete()
        Vote.objects.bulk_create(
            [Vote(roll_entry_id=entry, ballot=ballot) for entry in by_entry],
            ignore_conflicts=True,
        )
        votes = dict(
            Vote.objects.filter(roll_entry_id__in=by_entry).values_list(
                "roll_entry_id", "pk"
            )
        )
        Mark.objects.bulk_create(
            Mark(vote_id=votes[entry], option_id=option, value=value)
            for entry, sheet in by_entry.items()
            for option, value in sheet.items()
        )
        for sheet in by_entry.values():
            for option, value in sheet.items():
                steps[option] += value

    def write(version: int) -> None:
        Ballot.objects.filter(pk=ballot.pk).update(
            turnout=F("turnout") + fresh_voters, counts_version=version
        )
        for option, step in steps.items():
            if step:
                Option.objects.filter(pk=option).update(
                    marks_count=F("marks_count") + step
                )

    tallied(_stream_of(ballot.dialogue_id), write)


@act()
def take_stances(requests: Sequence[StanceRequest]) -> list[StanceTaken | Refusal]:
    """Take a batch of stances; answers in order. The last one of a person counts."""
    people = _locked_people(request.participation_pk for request in requests)
    proposal_pks = sorted({request.proposal_pk for request in requests})
    share_lock(Proposal, proposal_pks)
    proposals = Proposal.objects.in_bulk(proposal_pks)
    held: dict[tuple[int, int], str | None] = {
        (stance.participation_id, stance.proposal_id): stance.value
        for stance in Stance.objects.filter(
            participation_id__in=people, proposal_id__in=proposal_pks
        )
    }
    steps: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    taken: dict[tuple[int, int], str] = {}
    may: dict[int, bool] = {}
    answers: list[StanceTaken | Refusal] = []
    for request in requests:
        try:
            person = people.get(request.participation_pk)
            proposal = proposals.get(request.proposal_pk)
            if (
                person is None
                or proposal is None
                or proposal.dialogue_id != person.dialogue_id
                or not proposal.is_published
                or request.value not in Stance.Value.values
            ):
                raise forbidden()
            if person.pk not in may:
                may[person.pk] = rules.has_perm(
                    "proposals.take_stance", person, person.dialogue
                )
            if not may[person.pk]:
                require("proposals.take_stance", person, person.dialogue)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        key = (person.pk, proposal.pk)
        before = held.get(key)
        if before != request.value:
            if before is not None:
                steps[proposal.pk][before] -= 1
            steps[proposal.pk][request.value] += 1
            held[key] = taken[key] = request.value
        answers.append(StanceTaken(proposal.pk, request.value))
    Stance.objects.bulk_create(
        [
            Stance(participation_id=person, proposal_id=proposal, value=value)
            for (person, proposal), value in taken.items()
        ],
        update_conflicts=True,
        unique_fields=["participation", "proposal"],
        update_fields=["value"],
    )
    by_stream: dict[int, list[int]] = defaultdict(list)
    streams = {
        person.dialogue_id: person.dialogue.stream_id for person in people.values()
    }
    for proposal_pk in steps:
        by_stream[streams[proposals[proposal_pk].dialogue_id]].append(proposal_pk)
    for stream_id, pks in by_stream.items():
        tallied(stream_id, partial(_count_stances, pks, steps))
    return answers


def _count_stances(
    pks: Sequence[int], steps: Mapping[int, Mapping[str, int]], version: int
) -> None:
    for pk in pks:
        step = steps[pk]
        Proposal.objects.filter(pk=pk).update(
            agrees=F("agrees") + step.get(Stance.Value.AGREE, 0),
            disagrees=F("disagrees") + step.get(Stance.Value.DISAGREE, 0),
            passes=F("passes") + step.get(Stance.Value.PASS, 0),
            counts_version=version,
        )


def _locked_people(pks: Iterable[int]) -> dict[int, Participation]:
    """The voters with their dialogues as they stand now, locked in pk order.

    The lock keeps two tabs of one person, at two processes, from counting twice.
    """
    wanted = sorted(set(pks))
    people = list(
        Participation.objects.select_for_update(no_key=True)
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    # Shared before they are read: closing waits, or has happened and is seen.
    dialogue_pks = sorted({person.dialogue_id for person in people})
    share_lock(Dialogue, dialogue_pks)
    dialogues = Dialogue.objects.select_related("current").in_bulk(dialogue_pks)
    for person in people:
        person.dialogue = dialogues[person.dialogue_id]
    return {person.pk: person for person in people}


def _stream_of(dialogue_pk: int) -> int:
    return Dialogue.objects.values_list("stream_id", flat=True).get(pk=dialogue_pk)


def _request_digest(request: VoteRequest) -> str:
    """Keyed, so that the roll reveals nothing about the request that was made."""
    facts = f"{request.ballot_pk}:{request.participation_pk}:{request.request_key}"
    return hmac.new(
        settings.SECRET_KEY.encode(), facts.encode(), hashlib.sha256
    ).hexdigest()


def _receipt_code(request_digest: str) -> str:
    number = int(hashlib.sha256(b"receipt" + request_digest.encode()).hexdigest(), 16)
    signs = []
    for __ in range(10):
        number, rest = divmod(number, len(RECEIPT_SIGNS))
        signs.append(RECEIPT_SIGNS[rest])
    return "".join(signs[:5]) + "-" + "".join(signs[5:])
