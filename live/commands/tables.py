"""Sitting at tables, what is said and found there, and how moderators arrange it."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import Field

from dialogue import seats, table_rounds, tables
from dialogue.models import Participation
from dialogue.table_queries import groups_sign
from live.commands.table import Done, Nothing, Row, Seen, command
from live.parts.tables import draw_seat
from live.screens import View
from moderation.remarks import hide_remark, restore_remark
from proposals import findings
from proposals.models import Proposal
from shared.errors import Refusal
from shared.payloads import Line, Payload, Text


def _seat(who: Participation, view: View) -> dict[str, str]:
    """The sender's seat anew, where the screen shows it."""
    if view.screen not in ("room", "table"):
        return {}
    return {"seat": draw_seat(who, who.dialogue, view) or ""}


class ExpectedRound(Payload):
    """The last round that the moderator saw when pressing the button; 0: none yet."""

    expected: Annotated[int, Field(ge=0, le=32_000)] | None = None


class BeginRound(ExpectedRound):
    method: Literal["random", "stratified", "remix", "choice", "hand"]
    tables: int | None = None
    size: int | None = None
    minutes: int | None = None
    also_absent: bool = False


@command("begin_round", BeginRound)
def _begin_round(who: Participation, said: BeginRound, __: View) -> Done:
    table_rounds.begin_round(
        moderator=who,
        method=said.method,
        tables=said.tables,
        size=said.size,
        minutes=said.minutes,
        also_absent=said.also_absent,
        expected=said.expected,
    )
    return Done({"message": _("The tables are set.")})


class TimeRound(ExpectedRound):
    minutes: int | None = None
    # The end that the moderator saw, in Unix ms; 0: none.
    ends: Annotated[int, Field(ge=0, le=2**62)] | None = None


@command("time_round", TimeRound)
def _time_round(who: Participation, said: TimeRound, __: View) -> Done:
    table_rounds.time_round(
        moderator=who,
        minutes=said.minutes,
        expected=said.expected,
        seen_ends_at=said.ends,
    )
    return Done({"message": _("The countdown of the tables is set.")})


@command("end_round", ExpectedRound)
def _end_round(who: Participation, said: ExpectedRound, __: View) -> Done:
    brought = findings.end_tables(moderator=who, expected=said.expected)
    return Done({"message": _brought(brought)})


def _brought(found: list[Proposal]) -> str:
    """How many stand in the plenary, and how many wait for the moderation before."""
    held = sum(row.state == Proposal.State.PENDING for row in found)
    shown = len(found) - held
    told = []
    if shown or not held:
        told.append(
            ngettext(
                "%(number)d finding stands in the plenary now.",
                "%(number)d findings stand in the plenary now.",
                shown,
            )
            % {"number": shown}
            if shown
            else _("There was no new finding.")
        )
    if held:
        told.append(
            ngettext(
                "%(number)d finding waits for the moderation before it is shown.",
                "%(number)d findings wait for the moderation before they are shown.",
                held,
            )
            % {"number": held}
        )
    return " ".join(told)


class OneTable(Payload):
    table: Row


@command("bring_back", OneTable)
def _bring_back(who: Participation, said: OneTable, __: View) -> Done:
    brought = findings.bring_back(moderator=who, table_pk=said.table)
    return Done({"message": _brought(brought)})


class MovePerson(OneTable):
    participation: Row
    seen: Annotated[int, Field(ge=0, le=2**62)] | None = None


@command("move_person", MovePerson)
def _move_person(who: Participation, said: MovePerson, __: View) -> Done:
    seat = seats.move_person(
        moderator=who,
        participation_pk=said.participation,
        table_pk=said.table,
        seen=said.seen,
    )
    message = _("The person has been told where to sit now.")
    return Done({"message": message, "seen": max(seat.pk, said.seen or 0)})


class GroupPeople(Payload):
    participations: Annotated[list[Row], Field(min_length=1, max_length=1000)]
    label: Line(40, shortest=0) = ""  # type: ignore[valid-type]
    seen: Seen = None


@command("group_people", GroupPeople)
def _group_people(who: Participation, said: GroupPeople, __: View) -> Done:
    table_rounds.group_people(
        moderator=who,
        participation_pks=said.participations,
        label=said.label,
        seen=said.seen,
    )
    return Done(
        {"message": _("The group is saved."), "seen": groups_sign(who.dialogue)}
    )


class ChangeTable(OneTable):
    name: Line(60)  # type: ignore[valid-type]
    leader: Row | None = None
    conference_url: Line(200, shortest=0) = ""  # type: ignore[valid-type]
    expected: Line(16) | None = None  # type: ignore[valid-type]


@command("change_table", ChangeTable)
def _change_table(who: Participation, said: ChangeTable, __: View) -> Done:
    if said.conference_url and not _is_address(said.conference_url):
        raise Refusal(
            "table.address",
            _("Please give an address that begins with https://."),
            status=400,
            field="conference_url",
        )
    tables.change_table(
        moderator=who,
        table_pk=said.table,
        name=said.name,
        leader_pk=said.leader,
        conference_url=said.conference_url,
        expected=said.expected,
    )
    return Done({"message": _("The table is changed.")})


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.scheme == "https" and parts.hostname) and " " not in text
    except ValueError:
        return False


class TakeOver(OneTable):
    expected: Annotated[int, Field(ge=0, le=2**62)] | None = None


@command("take_over_table", TakeOver)
def _take_over(who: Participation, said: TakeOver, view: View) -> Done:
    tables.take_over_table(moderator=who, table_pk=said.table, expected=said.expected)
    return Done({"message": _("You lead this table now.")}, lambda: _seat(who, view))


@command("choose_table", OneTable)
def _choose_table(who: Participation, said: OneTable, view: View) -> Done:
    seat = seats.choose_table(participation=who, table_pk=said.table)
    return Done(
        {"table": seat.table_id, "message": _("Your place is taken.")},
        lambda: _seat(who, view),
    )


@command("take_seat", Nothing)
def _take_seat(who: Participation, __: Nothing, view: View) -> Done:
    seat = seats.take_seat(participation=who)
    return Done(
        {"table": seat.table_id, "message": _("Your place is taken.")},
        lambda: _seat(who, view),
    )


class DraftFinding(Payload):
    title: Line(140, shortest=0) = ""  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]


@command("draft_finding", DraftFinding)
def _draft_finding(who: Participation, said: DraftFinding, __: View) -> Done:
    findings.draft_finding(author=who, title=said.title, text=said.text)
    return Done({})


class WriteFinding(OneTable):
    title: Line(140)  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]


@command("write_finding", WriteFinding)
def _write_finding(who: Participation, said: WriteFinding, __: View) -> Done:
    note = findings.write_finding(
        author=who, table_pk=said.table, title=said.title, text=said.text
    )
    return Done({"note": note.pk, "message": _("The finding is on your table.")})


class ReviseFinding(WriteFinding):
    note: Row
    revision: Row | None = None


@command("revise_finding", ReviseFinding)
def _revise_finding(who: Participation, said: ReviseFinding, __: View) -> Done:
    tables.write_note(
        author=who,
        table_pk=said.table,
        note_pk=said.note,
        revision=said.revision,
        title=said.title,
        text=said.text,
    )
    return Done({"message": _("The finding is changed.")})


class StrikeFinding(OneTable):
    note: Row


@command("strike_finding", StrikeFinding, takes_away=True)
def _strike_finding(who: Participation, said: StrikeFinding, __: View) -> Done:
    tables.strike_note(author=who, table_pk=said.table, note_pk=said.note)
    return Done({"message": _("The finding is off the table.")})


class AddRemark(OneTable):
    text: Text(1000)  # type: ignore[valid-type]


@command("add_remark", AddRemark)
def _add_remark(who: Participation, said: AddRemark, __: View) -> Done:
    remark = tables.add_remark(author=who, table_pk=said.table, text=said.text)
    return Done({"remark": remark.pk})


class HideRemark(Payload):
    remark: Row
    rule: str
    reason: Text(600)  # type: ignore[valid-type]


@command("hide_remark", HideRemark, takes_away=True)
def _hide_remark(who: Participation, said: HideRemark, __: View) -> Done:
    hide_remark(
        moderator=who, remark_pk=said.remark, rule=said.rule, reason=said.reason
    )
    return Done({"message": _("Hidden. The author has been told why.")})


class RestoreRemark(Payload):
    remark: Row
    reason: Text(600)  # type: ignore[valid-type]


@command("restore_remark", RestoreRemark)
def _restore_remark(who: Participation, said: RestoreRemark, __: View) -> Done:
    restore_remark(moderator=who, remark_pk=said.remark, reason=said.reason)
    return Done({"message": _("Shown again. The author has been told why.")})


class CallToTable(OneTable):
    text: Text(600)  # type: ignore[valid-type]


@command("call_to_table", CallToTable)
def _call_to_table(who: Participation, said: CallToTable, __: View) -> Done:
    tables.call_to_table(caller=who, table_pk=said.table, text=said.text)
    return Done({"message": _("Your call has arrived at the moderation.")})
