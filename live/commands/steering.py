"""How a moderator leads the dialogue along its agenda, and who is in it."""

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import StringConstraints

from dialogue import actions as agenda
from dialogue import joining
from dialogue.models import Participation
from live.commands.table import Done, Nothing, Row, SeenNumber, command
from live.screens import View
from moderation.closing import close_dialogue
from shared.payloads import Payload, Text


class Expected(Payload):
    """What the moderator saw as current when pressing the button; 0: nothing yet."""

    expected: SeenNumber = None


@command("open_lobby", Nothing)
def _open_lobby(who: Participation, __: Nothing, ___: View) -> Done:
    agenda.open_lobby(moderator=who)
    return Done({"message": _("The doors are open.")})


@command("go_on", Expected)
def _go_on(who: Participation, said: Expected, __: View) -> Done:
    agenda.go_on(moderator=who, expected_pk=said.expected)
    return Done({})


@command("go_back", Expected)
def _go_back(who: Participation, said: Expected, __: View) -> Done:
    agenda.go_back(moderator=who, expected_pk=said.expected)
    return Done({})


class GoTo(Expected):
    item: Row


@command("go_to", GoTo)
def _go_to(who: Participation, said: GoTo, __: View) -> Done:
    agenda.go_to(moderator=who, item_pk=said.item, expected_pk=said.expected)
    return Done({})


class Extend(Payload):
    """`ends`: the item's end on the screen, in Unix ms; 0: none."""

    minutes: int
    ends: SeenNumber = None


@command("extend", Extend)
def _extend(who: Participation, said: Extend, __: View) -> Done:
    agenda.extend(moderator=who, minutes=said.minutes, seen_ends_at=said.ends)
    return Done({})


@command("pause", Nothing)
def _pause(who: Participation, __: Nothing, ___: View) -> Done:
    agenda.pause(moderator=who)
    return Done({})


@command("continue_dialogue", Nothing)
def _continue(who: Participation, __: Nothing, ___: View) -> Done:
    agenda.resume(moderator=who)
    return Done({})


class ShowOnProjector(Payload):
    shown: Annotated[
        str,
        StringConstraints(
            pattern=r"^(now|join|agenda|(proposal|question|ballot)-\d+)$"
        ),
    ]


@command("show_on_projector", ShowOnProjector)
def _show(who: Participation, said: ShowOnProjector, __: View) -> Done:
    agenda.show_on_projector(moderator=who, shown=said.shown)
    return Done({"message": _("The projector shows it.")})


class AnswerHelp(Payload):
    call: Row
    answer: Text(600, shortest=0) = ""  # type: ignore[valid-type]
    let_in: bool = False


@command("answer_help", AnswerHelp)
def _answer_help(who: Participation, said: AnswerHelp, __: View) -> Done:
    joining.answer_help(
        host=who, call_pk=said.call, answer=said.answer, let_in=said.let_in
    )
    return Done({"message": _("Your answer is sent.")})


class ChangeParticipation(Payload):
    participation: Row
    role: Literal[
        "participant",
        "observer",
        "table_moderator",
        "lead_moderator",
        "technical_host",
    ]


@command("change_participation", ChangeParticipation)
def _change(who: Participation, said: ChangeParticipation, __: View) -> Done:
    joining.change_participation(
        host=who,
        participation_pk=said.participation,
        role=said.role,
    )
    return Done({})


class CloseDialogue(Payload):
    confirm: Literal["close"]


@command("close_dialogue", CloseDialogue)
def _close(who: Participation, __: CloseDialogue, ___: View) -> Done:
    record = close_dialogue(moderator=who)
    return Done(
        {"digest": record.digest, "message": _("The dialogue is closed and recorded.")},
    )
