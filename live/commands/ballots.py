"""A ballot's life, from the desk."""

from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import Field

from dialogue.models import Participation
from live.commands.table import Done, Row, Seen, command
from live.screens import View
from proposals import ballots, drafting, planning
from proposals.models import Ballot
from shared.payloads import Line, Payload, Text


class DraftBallot(Payload):
    title: Line(140)  # type: ignore[valid-type]
    text: Text(1200, shortest=0) = ""  # type: ignore[valid-type]
    method: Ballot.Method = Ballot.Method.YES_NO
    secrecy: Ballot.Secrecy = Ballot.Secrecy.SECRET
    electorate: Ballot.Electorate = Ballot.Electorate.ROOM
    most_options: Annotated[int, Field(ge=1, le=100)] = 1
    # A checkbox that is not ticked is not sent: hiding is what happens then.
    shows_count: bool = False
    options: Text(20_000, shortest=0) = ""  # type: ignore[valid-type]
    proposals: list[Row] = Field(default_factory=list, max_length=100)


@command("draft_ballot", DraftBallot)
def _draft_ballot(who: Participation, said: DraftBallot, __: View) -> Done:
    options = planning.options_of_lines(said.options)
    plan = planning.Plan(
        title=said.title,
        text=said.text,
        method=said.method,
        secrecy=said.secrecy,
        electorate=said.electorate,
        hides_count=not said.shows_count,
        options=options,
        proposals=tuple(said.proposals),
    )
    number = len(said.proposals) + len(options)
    plan.update(planning.usual_terms(said.method, number, most=said.most_options))
    ballot = drafting.draft_ballot(moderator=who, **plan)
    return Done({"ballot": ballot.pk, "message": _("The ballot is prepared.")})


class BallotRow(Payload):
    ballot: Row


class DraftRow(BallotRow):
    seen: Seen = None


@command("discard_draft", DraftRow)
def _discard_draft(who: Participation, said: DraftRow, __: View) -> Done:
    drafting.discard_draft(moderator=who, ballot_pk=said.ballot, seen=said.seen)
    return Done({"message": _("The draft is gone.")})


@command("draft_next_round", BallotRow)
def _draft_next_round(who: Participation, said: BallotRow, __: View) -> Done:
    ballot = drafting.draft_next_round(moderator=who, ballot_pk=said.ballot)
    return Done({"ballot": ballot.pk, "message": _("The next round is prepared.")})


@command("open_ballot", DraftRow)
def _open_ballot(who: Participation, said: DraftRow, __: View) -> Done:
    ballots.open_ballot(moderator=who, ballot_pk=said.ballot, seen=said.seen)
    return Done({"message": _("The ballot is open.")})


@command("pause_ballot", BallotRow)
def _pause_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.pause_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("The ballot is paused.")})


@command("resume_ballot", BallotRow)
def _resume_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.resume_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("The ballot goes on.")})


class CloseBallot(BallotRow):
    publishes: bool = True


@command("close_ballot", CloseBallot)
def _close_ballot(who: Participation, said: CloseBallot, __: View) -> Done:
    ballots.close_ballot(moderator=who, ballot_pk=said.ballot, publishes=said.publishes)
    return Done({"message": _("The ballot is closed and counted.")})


@command("publish_ballot", BallotRow)
def _publish_ballot(who: Participation, said: BallotRow, __: View) -> Done:
    ballots.publish_ballot(moderator=who, ballot_pk=said.ballot)
    return Done({"message": _("Everybody sees the result now.")})


class AnnulBallot(BallotRow):
    reason: Text(600)  # type: ignore[valid-type]


@command("annul_ballot", AnnulBallot)
def _annul_ballot(who: Participation, said: AnnulBallot, __: View) -> Done:
    ballots.annul_ballot(moderator=who, ballot_pk=said.ballot, reason=said.reason)
    return Done({"message": _("The ballot is annulled.")})
