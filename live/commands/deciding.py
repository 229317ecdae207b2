"""Stances and votes, which are also taken in batches (see ballot_box), and ballots."""

import json
from secrets import token_hex
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from dialogue.models import Participation
from live import mine
from live.answers import VoteCall, cast_and_draw
from live.ballot_box import Closing
from live.commands.table import Done, Row, command
from live.hub import cast_by_page
from live.screens import View
from proposals import ballots
from proposals.models import Ballot, Stance
from proposals.stances import StanceRequest, take_stances
from proposals.voting import VoteRequest
from shared.errors import Refusal
from shared.payloads import Line, Payload, Text


class TakeStance(Payload):
    proposal: Row
    value: Literal["agree", "disagree", "pass"]
    # From the panel that shows one statement at a time.
    wants_next: bool = False


def stance_request(participation_pk: int, said: TakeStance) -> StanceRequest:
    return StanceRequest(participation_pk, said.proposal, Stance.Value(said.value))


@command("take_stance", TakeStance)
def _take_stance(who: Participation, said: TakeStance, __: View) -> Done:
    (answer,) = take_stances([stance_request(who.pk, said)])
    if isinstance(answer, Refusal):
        raise answer

    def slots() -> dict[str, str]:
        drawn = mine.proposal_slots(who, who.dialogue, [answer.proposal_pk])
        if said.wants_next:
            drawn["statement"] = mine.statement_slot(who, who.dialogue)
        return drawn

    return Done({"proposal": answer.proposal_pk, "value": answer.value}, slots)


class CastVote(Payload):
    ballot: Row
    options: list[Row] = Field(default_factory=list, max_length=50)
    request_key: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None
    ) = None


def vote_request(participation_pk: int, said: CastVote) -> VoteRequest:
    """A key is random, from the page or the script, or made here: were it made
    from the choice, the roll could be tried for it after a secret ballot."""
    key = said.request_key or token_hex(16)
    return VoteRequest(
        participation_pk, said.ballot, dict.fromkeys(said.options, 1), key
    )


@command("cast_vote", CastVote)
def _cast_vote(who: Participation, said: CastVote, view: View) -> Done:
    request = vote_request(who.pk, said)
    try:
        drawn = cast_by_page(VoteCall(request, view.language))
    except Closing:
        drawn = None
    if drawn is None:
        (answer,) = cast_and_draw([VoteCall(request, view.language)])
        if isinstance(answer, Refusal):
            raise answer
        drawn = answer
    facts = json.loads(f"{{{drawn}}}")
    return Done(facts["ok"], lambda: facts["mine"])


class DraftBallot(Payload):
    title: Line(140)  # type: ignore[valid-type]
    text: Text(1200, shortest=0) = ""  # type: ignore[valid-type]
    method: Literal["yes_no", "single", "multiple"] = "yes_no"
    secrecy: Literal["open", "secret"] = "secret"
    electorate: Literal["room", "account"] = "room"
    most_options: Annotated[int, Field(ge=1, le=30)] = 1
    hides_count: bool = False
    options: Text(6000, shortest=0) = ""  # type: ignore[valid-type]
    proposals: list[Row] = Field(default_factory=list, max_length=30)


@command("draft_ballot", DraftBallot)
def _draft_ballot(who: Participation, said: DraftBallot, __: View) -> Done:
    lines = tuple(
        " ".join(line.split())[:200]
        for line in said.options.split("\n")
        if line.strip()
    )
    ballot = ballots.draft_ballot(
        moderator=who,
        title=said.title,
        text=said.text,
        method=Ballot.Method(said.method),
        secrecy=Ballot.Secrecy(said.secrecy),
        electorate=Ballot.Electorate(said.electorate),
        most_options=said.most_options,
        hides_count=said.hides_count,
        options=lines,
        proposals=tuple(said.proposals),
    )
    return Done({"ballot": ballot.pk, "message": _("The ballot is prepared.")})


class BallotRow(Payload):
    ballot: Row


@command("open_ballot", BallotRow)
def _open_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.open_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("The ballot is open.")})


@command("close_ballot", BallotRow)
def _close_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.close_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("The ballot is closed and counted.")})


class AnnulBallot(BallotRow):
    reason: Text(600)  # type: ignore[valid-type]


@command("annul_ballot", AnnulBallot)
def _annul_ballot(who: Participation, said: AnnulBallot, __: View) -> Done:
    ballots.annul_ballot(moderator=who, ballot_pk=said.ballot, reason=said.reason)
    return Done({"message": _("The ballot is annulled.")})
