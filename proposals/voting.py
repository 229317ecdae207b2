"""The only writer of votes. Takes batches; one vote is a batch of one.

Per batch: one transaction, the rights and rolls fetched at once, each vote
accepted or refused by itself. No Entry is written per vote. All rows of a table are
written by one statement: see `shared/rows.py`.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from dialogue.queries import forbidden, share_lock
from ledger.actions import act, tallied
from proposals import box
from proposals.methods import METHODS
from proposals.methods.outcome import Terms
from proposals.models import Ballot, Mark, Option, RollEntry, Vote
from proposals.terms import terms_of
from proposals.voters import Voters
from shared.errors import Refusal
from shared.rows import Listed, as_table

RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_PAIRS = [one + two for one in RECEIPT_SIGNS for two in RECEIPT_SIGNS]


@dataclass(frozen=True)
class VoteRequest:
    """`marks`: option pk -> value. `request_key` makes a repetition harmless.

    `reason`: why somebody objects; kept where the method asks for it.
    """

    participation_pk: int
    ballot_pk: int
    marks: Mapping[int, int]
    request_key: str
    reason: str = ""


@dataclass(frozen=True)
class Receipt:
    """Given only after the vote is committed."""

    ballot_pk: int
    code: str


@dataclass(slots=True)
class _RollRow:
    """A person's line on the roll; `had_voted` before this batch."""

    pk: int
    had_voted: bool
    request_key: str
    receipt: str
    has_voted: bool = False
    weight: int = 1
    reason: str = ""


@act()
def cast_votes(requests: Sequence[VoteRequest]) -> list[Receipt | Refusal]:
    """Cast a batch; answers in the order of `requests`.

    Open ballot: a later vote replaces the earlier one until closing. Secret
    ballot: a cast vote is final. The same request key gives the same receipt.
    """
    voters = Voters(
        (request.participation_pk for request in requests), "proposals.cast_vote"
    )
    ballot_pks = sorted({request.ballot_pk for request in requests})
    share_lock(Ballot, ballot_pks)
    ballots = Ballot.objects.in_bulk(ballot_pks)
    options: dict[int, list[Option]] = defaultdict(list)
    for option in Option.objects.filter(ballot_id__in=ballot_pks):
        options[option.ballot_id].append(option)
    terms = {pk: terms_of(ballot, options[pk]) for pk, ballot in ballots.items()}
    roll = _roll(ballot_pks, voters.standings)
    answers: list[Receipt | Refusal] = []
    sheets: dict[int, dict[int, tuple[_RollRow, Mapping[int, int]]]] = defaultdict(dict)
    for request in requests:
        ballot = ballots.get(request.ballot_pk)
        row = roll.get((request.ballot_pk, request.participation_pk))
        key = _request_digest(request)
        try:
            _check_vote(voters, ballot, row, request, key, terms)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        assert row is not None  # noqa: S101 -- checked above
        if row.request_key != key:
            row.has_voted, row.request_key = True, key
            row.receipt = _receipt_code(key)
            row.reason = _reason(ballots[request.ballot_pk], request, terms)
            sheets[request.ballot_pk][row.pk] = (row, request.marks)
        answers.append(Receipt(request.ballot_pk, row.receipt))
    for ballot_pk, by_row in sheets.items():
        ballot = ballots[ballot_pk]
        _store(ballot, voters.stream_of(ballot.dialogue_id), list(by_row.values()))
    return answers


def _roll(
    ballot_pks: Sequence[int], people: Iterable[int]
) -> dict[tuple[int, int], _RollRow]:
    """(ballot, participation) -> line, of those who are on the roll."""
    rows = RollEntry.objects.filter(
        ballot_id__in=ballot_pks, participation_id__in=Listed(people)
    ).values_list(
        "ballot_id",
        "participation_id",
        "pk",
        "has_voted",
        "request_key",
        "receipt",
        "weight",
    )
    return {
        (ballot, person): _RollRow(pk, had_voted, key, receipt, had_voted, weight)
        for ballot, person, pk, had_voted, key, receipt, weight in rows
    }


def _check_vote(
    voters: Voters,
    ballot: Ballot | None,
    row: _RollRow | None,
    request: VoteRequest,
    key: str,
    terms: Mapping[int, Terms],
) -> None:
    """Right, roll and rule of one vote; raises a Refusal."""
    if ballot is None or ballot.dialogue_id != voters.dialogue_of(
        request.participation_pk
    ):
        raise forbidden()
    if row and row.request_key == key:
        # Repeated after a lost reply: cast it is, even if the ballot has closed.
        return
    if ballot.state == Ballot.State.PAUSED:
        raise Refusal(
            "ballot.paused",
            _("This ballot is paused. Please try again when it goes on."),
        )
    if ballot.state != Ballot.State.OPEN:
        raise Refusal(
            "ballot.not_open", _("This ballot is closed. Your vote was not counted.")
        )
    if row is None:
        raise Refusal(
            "vote.not_on_roll",
            _("You are not on the roll of this ballot: it was frozen at opening."),
            status=403,
        )
    voters.check(request.participation_pk)
    if row.has_voted and ballot.is_secret:
        raise Refusal(
            "vote.already_cast",
            _("You have voted already. In a secret ballot a vote is final."),
        )
    METHODS[ballot.method].check(request.marks, terms[ballot.pk])
    objection = terms[ballot.pk].keys.get("objection")
    if objection in request.marks and not request.reason:
        raise Refusal(
            "vote.reason",
            _("Please say why you object: the proposal can be improved by it."),
            status=400,
            field="reason",
        )


def _reason(ballot: Ballot, request: VoteRequest, terms: Mapping[int, Terms]) -> str:
    """What is kept of a reason: of those who object or have concerns, in the open."""
    keys = terms[ballot.pk].keys
    heard = {keys.get("objection"), keys.get("concerns")} & set(request.marks)
    return request.reason if heard and not ballot.is_secret else ""


def _store(
    ballot: Ballot, stream_pk: int, cast: Sequence[tuple[_RollRow, Mapping[int, int]]]
) -> None:
    """Write the accepted sheets of one ballot: the roll, then votes or box."""
    table, values = as_table(
        "new",
        {"id": "bigint", "request_key": "text", "receipt": "text"},
        [(row.pk, row.request_key, row.receipt) for row, __ in cast],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {RollEntry._meta.db_table} SET has_voted = TRUE, "  # noqa: S608 -- tables of ours
            f"request_key = new.request_key, receipt = new.receipt FROM {table} "
            f"WHERE {RollEntry._meta.db_table}.id = new.id",
            values,
        )
    if ballot.is_secret:
        box.put(ballot, [dict(sheet) for __, sheet in cast])
        steps: dict[int, int] = {}
    else:
        steps = _replace_marks(ballot, cast)
    fresh_voters = sum(not row.had_voted for row, __ in cast)

    def write(version: int) -> None:
        Ballot.objects.filter(pk=ballot.pk).update(
            turnout=F("turnout") + fresh_voters, counts_version=version
        )
        table, values = as_table(
            "step",
            {"option_id": "bigint", "size": "bigint"},
            [(option, size) for option, size in sorted(steps.items()) if size],
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Option._meta.db_table} "  # noqa: S608 -- tables of ours
                f"SET marks_count = marks_count + step.size FROM {table} "
                f"WHERE {Option._meta.db_table}.id = step.option_id",
                values,
            )

    tallied(stream_pk, write)


def _replace_marks(
    ballot: Ballot, cast: Sequence[tuple[_RollRow, Mapping[int, int]]]
) -> dict[int, int]:
    """Votes and marks of an open ballot; how far each option's sum has moved."""
    steps: dict[int, int] = defaultdict(int)
    before = Mark.objects.filter(
        vote__roll_entry_id__in=Listed(row.pk for row, __ in cast if row.had_voted)
    )
    weighed = F("value") * F("vote__roll_entry__weight")
    for option, total in before.values_list("option_id").annotate(total=Sum(weighed)):
        steps[option] -= total
    before.delete()
    voters, voter_values = as_table(
        "voter",
        {"roll_entry_id": "bigint", "reason": "text"},
        [(row.pk, row.reason) for row, __ in cast if not row.had_voted],
    )
    if ballot.method == Ballot.Method.CONSENT:
        for row, __ in cast:
            if row.had_voted:
                Vote.objects.filter(roll_entry=row.pk).update(reason=row.reason)
    marks, mark_values = as_table(
        "new",
        {"roll_entry_id": "bigint", "option_id": "bigint", "value": "integer"},
        [
            (row.pk, option, value)
            for row, sheet in cast
            for option, value in sheet.items()
        ],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Vote._meta.db_table} (roll_entry_id, ballot_id, reason) "  # noqa: S608 -- tables of ours
            f"SELECT voter.roll_entry_id, %s, voter.reason FROM {voters}",
            [ballot.pk, *voter_values],
        )
        cursor.execute(
            f"INSERT INTO {Mark._meta.db_table} (vote_id, option_id, value) "  # noqa: S608 -- tables of ours
            f"SELECT vote.id, new.option_id, new.value FROM {marks} "
            f"JOIN {Vote._meta.db_table} vote "
            "ON vote.roll_entry_id = new.roll_entry_id",
            mark_values,
        )
    for row, sheet in cast:
        for option, value in sheet.items():
            steps[option] += value * row.weight
    return steps


def forget_reasons(participation_pk: int) -> None:
    """Empty what a person said with objections; the votes stay."""
    Vote.objects.filter(roll_entry__participation=participation_pk).update(reason="")


def _request_digest(request: VoteRequest) -> str:
    """Keyed, so that the roll reveals nothing about the request that was made."""
    facts = f"{request.ballot_pk}:{request.participation_pk}:{request.request_key}"
    return hmac.digest(settings.SECRET_KEY.encode(), facts.encode(), "sha256").hex()


def _receipt_code(request_digest: str) -> str:
    digest = hashlib.sha256(b"receipt" + request_digest.encode()).digest()
    number = int.from_bytes(digest[:8])
    signs = ""
    for __ in range(5):
        number, rest = divmod(number, len(_PAIRS))
        signs += _PAIRS[rest]
    return f"{signs[:5]}-{signs[5:]}"
