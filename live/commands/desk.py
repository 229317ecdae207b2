"""What moderators do among themselves, and say to everybody."""

from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from dialogue import desk, team_calls
from dialogue.models import Participation
from live.commands.table import Done, Nothing, Row, SeenNumber, command
from live.screens import View
from shared.payloads import Line, Payload, Text


@command("take_chair", Nothing)
def _take_chair(who: Participation, __: Nothing, ___: View) -> Done:
    desk.take_chair(moderator=who)
    return Done({"message": _("You hold the chair.")})


class HandChair(Payload):
    """`to` None: nobody."""

    to: Row | None = None


@command("hand_chair", HandChair)
def _hand_chair(who: Participation, said: HandChair, __: View) -> Done:
    desk.hand_chair(moderator=who, to_pk=said.to)
    return Done({"message": _("The chair is handed over.")})


class QueueEntry(Payload):
    kind: Annotated[str, StringConstraints(pattern=r"^queue[a-z]{2,14}$")]
    subject: Row


@command("claim", QueueEntry)
def _claim(who: Participation, said: QueueEntry, __: View) -> Done:
    desk.claim_entry(moderator=who, kind=said.kind, subject=said.subject)
    return Done({})


@command("release", QueueEntry)
def _release(who: Participation, said: QueueEntry, __: View) -> Done:
    desk.release_entry(moderator=who, kind=said.kind, subject=said.subject)
    return Done({})


class Announce(Payload):
    text: Line(400)  # type: ignore[valid-type]


@command("announce", Announce)
def _announce(who: Participation, said: Announce, __: View) -> Done:
    desk.make_announcement(moderator=who, text=said.text)
    return Done({"message": _("Everybody reads it now.")})


class WithdrawAnnouncement(Payload):
    announcement: Row


@command("withdraw_announcement", WithdrawAnnouncement, takes_away=True)
def _withdraw(who: Participation, said: WithdrawAnnouncement, __: View) -> Done:
    desk.withdraw_announcement(moderator=who, announcement_pk=said.announcement)
    return Done({"message": _("It is taken back.")})


class WriteToTeam(Payload):
    text: Text(600)  # type: ignore[valid-type]
    is_call: bool = False


@command("write_to_team", WriteToTeam)
def _write(who: Participation, said: WriteToTeam, __: View) -> Done:
    desk.write_to_team(moderator=who, text=said.text, is_call=said.is_call)
    if said.is_call:
        return Done({"message": _("The other moderators see your call.")})
    return Done({})


class TeamCall(Payload):
    message: Row


@command("take_team_call", TeamCall)
def _take_call(who: Participation, said: TeamCall, __: View) -> Done:
    team_calls.take_team_call(moderator=who, message_pk=said.message)
    return Done({"message": _("The others see that you take it.")})


@command("take_back_call", TeamCall)
def _take_back_call(who: Participation, said: TeamCall, __: View) -> Done:
    team_calls.take_back_call(moderator=who, message_pk=said.message)
    return Done({"message": _("The call is taken back.")})


class SetPace(Payload):
    seconds: Annotated[int, Field(ge=0, le=600)]
    seen: SeenNumber = None


@command("set_pace", SetPace)
def _set_pace(who: Participation, said: SetPace, __: View) -> Done:
    row = desk.set_pace(moderator=who, seconds=said.seconds, seen=said.seen)
    return Done({"message": _("The pace is set."), "seen": row.slow_seconds})
