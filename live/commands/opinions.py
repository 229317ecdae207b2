"""The opinion map: shown or not, what counts in it, and where one stands oneself."""

from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dialogue.models import Participation
from live.commands.table import Done, Nothing, Row, Seen, command
from live.parts.opinions import draw_own_place
from live.screens import View
from proposals.opinions import keeping
from shared.payloads import Payload, Text


class SetOpinionMap(Payload):
    is_shown: bool = False
    on_projector: bool = False
    mode: Literal["open", "strict"] = "open"
    seen: Seen = None


@command("set_opinion_map", SetOpinionMap)
def _set_opinion_map(who: Participation, said: SetOpinionMap, __: View) -> Done:
    row = keeping.set_opinion_map(
        moderator=who,
        is_shown=said.is_shown,
        on_projector=said.on_projector,
        mode=said.mode,
        seen=said.seen,
    )
    return Done(
        {
            "message": _("The opinion map is shown.")
            if row.is_shown
            else _("The opinion map is not shown."),
            "seen": keeping.map_sign(row),
        }
    )


class MarkStatement(Payload):
    proposal: Row
    state: Literal["open", "in", "out"]
    is_meta: bool = False
    seen: Seen = None


@command("mark_statement", MarkStatement)
def _mark_statement(who: Participation, said: MarkStatement, __: View) -> Done:
    mark = keeping.mark_statement(
        moderator=who,
        proposal_pk=said.proposal,
        state=said.state,
        is_meta=said.is_meta,
        seen=said.seen,
    )
    return Done({"seen": keeping.mark_sign(mark)})


class SeedStatements(Payload):
    lines: Text(7500)  # type: ignore[valid-type]


@command("seed_statements", SeedStatements)
def _seed_statements(who: Participation, said: SeedStatements, __: View) -> Done:
    number = len(keeping.seed_statements(moderator=who, lines=said.lines))
    message = ngettext(
        "%(number)s statement is published.",
        "%(number)s statements are published.",
        number,
    )
    return Done({"message": message % {"number": number}})


@command("find_my_place", Nothing)
def _find_my_place(who: Participation, __: Nothing, view: View) -> Done:
    # Where nobody has a socket, no hub has it drawn.
    keeping.redraw(who.dialogue)
    return Done({}, lambda: {"mapplace": draw_own_place(who, who.dialogue, view) or ""})
