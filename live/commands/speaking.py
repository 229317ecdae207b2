"""Raising hands, and how moderators give the floor."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from dialogue import speakers_list, speaking, speaking_names, speaking_turns
from dialogue.models import PLENARY, Participation
from live.commands.table import Done, Row, command
from live.parts.speaking import own_speaking
from live.screens import View
from proposals import hand_lines
from proposals.house import HoldReason
from shared.payloads import Line, Payload

Side = Literal["neutral", "pro", "contra"]
# An empty field would be left out.
NO_LIST = "-"
Circle = Annotated[str, StringConstraints(pattern=r"^(plenary|table-\d{1,18})$")]


class InCircle(Payload):
    circle: Circle = PLENARY


def _own(who: Participation, view: View, circle: str, typed: str = "") -> Any:
    """The slot of the screen on which it was said."""
    name = "tablespeaking" if view.screen == "table" else "speaking"
    return lambda: {
        name: own_speaking(who, who.dialogue, view, circle, typed=typed) or ""
    }


class RaiseHand(InCircle):
    side: Side = "neutral"
    about: Line(140, shortest=0) = ""  # type: ignore[valid-type]


@command("raise_hand", RaiseHand)
def _raise_hand(who: Participation, said: RaiseHand, view: View) -> Done:
    __, held_for = hand_lines.raise_hand(
        participation=who, circle=said.circle, side=said.side, about=said.about
    )
    if not held_for:
        told = _("Your hand is raised.")
        return Done({"message": told}, _own(who, view, said.circle))
    told = " ".join(
        [
            _("Your hand is raised, but others do not see your line."),
            *(str(HoldReason(code).label) for code in held_for),
            _("Please change it, or say it when you have the floor:"),
            said.about,
        ]
    )
    return Done({"message": told}, _own(who, view, said.circle, typed=said.about))


@command("lower_hand", InCircle)
def _lower_hand(who: Participation, said: InCircle, view: View) -> Done:
    speaking.lower_hand(participation=who, circle=said.circle)
    return Done({"message": _("Your hand is lowered.")}, _own(who, view, said.circle))


@command("yield_floor", InCircle)
def _yield_floor(who: Participation, said: InCircle, view: View) -> Done:
    speaking_turns.yield_floor(participation=who, circle=said.circle)
    return Done({"message": _("Thank you.")}, _own(who, view, said.circle))


class SetSpeakers(InCircle):
    is_open: bool | None = None
    rule: str | None = None
    seconds: int | None = None
    # What was on the screen (`SpeakersList.setting`); NO_LIST: no list yet.
    seen: Annotated[str, StringConstraints(max_length=40)] | None = None


@command("set_speakers", SetSpeakers)
def _set_speakers(who: Participation, said: SetSpeakers, __: View) -> Done:
    speakers = speakers_list.set_speakers(
        moderator=who,
        circle=said.circle,
        is_open=said.is_open,
        rule=said.rule,
        seconds=said.seconds,
        seen="" if said.seen == NO_LIST else said.seen,
    )
    return Done({"seen": speakers.setting})


class EnterSpeaker(RaiseHand):
    participation: Row | None = None
    name: Line(80, shortest=0) = ""  # type: ignore[valid-type]


@command("enter_speaker", EnterSpeaker)
def _enter_speaker(who: Participation, said: EnterSpeaker, __: View) -> Done:
    speaking.enter_speaker(
        moderator=who,
        circle=said.circle,
        participation_pk=said.participation,
        name=said.name,
        side=said.side,
        about=said.about,
    )
    return Done({"message": _("The name is on the list.")})


class RemoveHand(InCircle):
    hand: Row
    reason: Line(300, shortest=0) = ""  # type: ignore[valid-type]


@command("remove_hand", RemoveHand)
def _remove_hand(who: Participation, said: RemoveHand, __: View) -> Done:
    speaking.remove_hand(
        moderator=who, hand_pk=said.hand, circle=said.circle, reason=said.reason
    )
    return Done({"message": _("The hand is off the list.")})


class ExpectedTurn(InCircle):
    """The last turn the moderator saw when pressing the button; 0: none yet."""

    expected: Annotated[int, Field(ge=0, le=2**62)] | None = None


class GiveFloor(ExpectedTurn):
    hand: Row | None = None
    reason: Line(300, shortest=0) = ""  # type: ignore[valid-type]


@command("give_floor", GiveFloor)
def _give_floor(who: Participation, said: GiveFloor, __: View) -> Done:
    turn = speaking_turns.give_floor(
        moderator=who,
        circle=said.circle,
        expected_pk=said.expected,
        hand_pk=said.hand,
        reason=said.reason,
    )
    return Done({"turn": turn.pk})


class ExtendTurn(ExpectedTurn):
    seconds: int


@command("extend_turn", ExtendTurn)
def _extend_turn(who: Participation, said: ExtendTurn, __: View) -> Done:
    speaking_turns.extend_turn(
        moderator=who,
        seconds=said.seconds,
        circle=said.circle,
        expected_pk=said.expected,
    )
    return Done({})


@command("end_turn", ExpectedTurn)
def _end_turn(who: Participation, said: ExpectedTurn, __: View) -> Done:
    speaking_turns.end_turn(
        moderator=who, circle=said.circle, expected_pk=said.expected
    )
    return Done({})


class ForgetSpeaker(Payload):
    turn: Row


@command("forget_speaker", ForgetSpeaker, takes_away=True)
def _forget_speaker(who: Participation, said: ForgetSpeaker, __: View) -> Done:
    speaking_names.forget_speaker(moderator=who, turn_pk=said.turn)
    return Done({"message": _("The name is erased.")})
