"""The table of commands: what a command is, and how one is run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from dialogue.models import Participation
from live.screens import View
from shared.errors import Refusal
from shared.payloads import Payload, parse

Row = Annotated[int, Field(ge=1, le=2**62)]
ContributionKind = Literal["proposal", "comment", "question", "topic"]
# What was on the screen, as the form was drawn: what has changed since is refused.
Seen = Annotated[str, StringConstraints(max_length=64)] | None
SeenNumber = Annotated[int, Field(ge=0, le=2**62)] | None


@dataclass(frozen=True)
class Done:
    """A verb's answer: facts for the sender, and how to draw the sender's changed
    slots, which a plain form does not need."""

    ok: dict[str, Any]
    mine: Callable[[], dict[str, str]] = dict


@dataclass(frozen=True)
class Command:
    payload: type[Payload]
    run: Callable[[Participation, Any, View], Done]
    # What it takes off the screens is on its way to none when it is confirmed.
    takes_away: bool = False


COMMANDS: dict[str, Command] = {}


def command(
    name: str, payload: type[Payload], *, takes_away: bool = False
) -> Callable[..., Any]:
    """Enter the decorated function into the table."""

    def enter(run: Callable[[Participation, Any, View], Done]) -> Any:
        COMMANDS[name] = Command(payload, run, takes_away)
        return run

    return enter


def run_command(
    name: str, facts: dict[str, Any], participation: Participation, view: View
) -> Done:
    """Parse and run; raises a Refusal for anything that is not in order."""
    return _find(name).run(participation, parse(_find(name).payload, facts), view)


def _find(name: str) -> Command:
    known = COMMANDS.get(name)
    if known is None:
        raise Refusal(
            "command.unknown",
            _("This is not known here. Please reload the page."),
            status=404,
        )
    return known


class Nothing(Payload):
    """A command without facts."""
