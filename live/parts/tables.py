"""Tables: the list in the room and on the desk, and a table's own screen."""

from typing import Any

from dialogue.models import Dialogue, Participation, Table, TableNote, TableRound
from dialogue.speaking_queries import last_turn, list_of
from dialogue.table_events import circle_of
from dialogue.table_queries import (
    current_round,
    groups_sign,
    latest_round,
    latest_seat,
    notes_of,
    open_table_calls,
    open_tables,
    seat_of,
    seated_at,
)
from dialogue.table_rounds import MOST_TABLES, USUAL_SIZE
from live.mine import slot
from live.parts.desk import draw_part
from live.parts.speaking import draw_speakers, own_speaking
from live.screens import TOUCHED_BY, Targets, View, region, touches_cards
from moderation.models import Rule
from proposals.models import Proposal
from shared import clock

MOST_REMARKS = 50
ROUNDS = ("table", "tableround", "seat")
# A round may have a countdown of its own.
TOUCHED_BY["tableround"].add("now")


@region(
    "tables",
    screens=("room", "desk"),
    nouns=(*ROUNDS, "tablenote", "participation", "seatinggroup", "dialogue"),
    later=("help",),
)
def draw_tables(dialogue: Dialogue, view: View) -> str:
    """Who can sit where, and what the tables have found; all of it for the desk."""
    if view.is_desk:
        return _draw_desk(dialogue, view)
    running = current_round(dialogue)
    tables = list(open_tables(dialogue)) if running else []
    people = seated_at(dialogue) if running else {}
    for table in tables:
        taken = len(people.get(table.pk, ()))
        table.people_number = taken  # type: ignore[attr-defined]
        if running:
            table.free = max(0, running.places - taken)  # type: ignore[attr-defined]
    return draw_part(
        "tables",
        dialogue,
        view,
        round=running,
        tables=tables,
        is_choice=running is not None and running.method == TableRound.Method.CHOICE,
        with_findings=with_findings(dialogue),
    )


def with_findings(dialogue: Dialogue) -> Any:
    """The tables whose findings stand in the plenary."""
    return (
        Table.objects.filter(dialogue=dialogue, notes__brought_at__isnull=False)
        .order_by("number")
        .distinct()
    )


def _draw_desk(dialogue: Dialogue, view: View) -> str:
    at = latest_round(dialogue)
    running = at if at is not None and at.ended_at is None else None
    tables = list(open_tables(dialogue)) if at else []
    people = seated_at(dialogue) if running else {}
    waiting = _by_table(TableNote.objects.filter(table__in=tables, brought_at=None))
    brought = _by_table(
        TableNote.objects.filter(table__in=tables).exclude(brought_at=None)
    )
    calls = [call.table_call.table_id for call in open_table_calls(dialogue)]
    rows = [
        {
            "table": table,
            "people": people.get(table.pk, []),
            "waiting": waiting.get(table.pk, 0),
            "brought": brought.get(table.pk, 0),
            "calls": calls.count(table.pk),
        }
        for table in tables
    ]
    seated = {person.pk for at_one in people.values() for person in at_one}
    citizens = dialogue.participations.filter(
        role=Participation.Role.PARTICIPANT, state=Participation.State.ADMITTED
    ).select_related("seating_group")
    return draw_part(
        "tables_desk",
        dialogue,
        view,
        last=at,
        round=running,
        ends=(clock.milliseconds(running.ends_at) or 0) if running else 0,
        rows=rows,
        methods=TableRound.Method.choices,
        usual_size=USUAL_SIZE,
        most_tables=MOST_TABLES,
        leaders=dialogue.participations.filter(
            role__in=Participation.OFFICIAL_ROLES, state=Participation.State.ADMITTED
        ),
        citizens=citizens,
        unseated=[row for row in citizens if row.pk not in seated],
        seen=latest_seat(dialogue) if running else 0,
        groups=groups_sign(dialogue),
    )


def _by_table(notes: Any) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for pk in notes.values_list("table_id", flat=True):
        numbers[pk] = numbers.get(pk, 0) + 1
    return numbers


# --- the screen of one table ----------------------------------------------------------
def _table_of(dialogue: Dialogue, view: View) -> Table | None:
    return (
        Table.objects.filter(dialogue=dialogue, pk=view.table or 0)
        .select_related("moderator")
        .first()
    )


@region("table", screens=("table",), nouns=(*ROUNDS, "participation", "dialogue"))
def draw_table(dialogue: Dialogue, view: View) -> str:
    """Who sits here, who leads, where the video is."""
    table = _table_of(dialogue, view)
    return draw_part(
        "table",
        dialogue,
        view,
        table=table,
        people=seated_at(dialogue).get(table.pk, []) if table else [],
        round=current_round(dialogue),
    )


@region("findings", screens=("table",), nouns=(*ROUNDS, "tablenote", "dialogue"))
def draw_findings(dialogue: Dialogue, view: View) -> str:
    """What the table has found in this round, each with a form to revise it; what
    was brought to the plenary reads as it does there."""
    table = _table_of(dialogue, view)
    notes = (
        notes_of(table, latest_round(dialogue)) if table else TableNote.objects.none()
    )
    return draw_part(
        "table_findings",
        dialogue,
        view,
        table=table,
        most=TableNote.MOST,
        notes=notes.select_related("finding"),
    )


@touches_cards("proposal", "contribution")
def _findings_of(kind: str, facts: Any) -> Targets:
    """A finding that was hidden, reworded or merged in the plenary."""
    noun = kind.partition(".")[0]
    if noun == "contribution" and facts["contribution"] != "proposal":
        return set()
    pk = facts["pk" if noun == "contribution" else "proposal"]
    is_finding = Proposal.objects.filter(pk=pk, note__isnull=False).exists()
    return {("region", "findings")} if is_finding else set()


@region("remarks", screens=("table",), nouns=("tableremark", "tableround"))
def draw_remarks(dialogue: Dialogue, view: View) -> str:
    """What was said in writing in this round, newest first."""
    table = _table_of(dialogue, view)
    remarks: Any = []
    hidden: Any = []
    if table is not None:
        said = table.remarks.filter(round=latest_round(dialogue))
        remarks = said.filter(hidden_at=None).select_related("author")[:MOST_REMARKS]
        # That there was one, not what nor by whom. Emptied ones cannot come back.
        hidden = said.exclude(hidden_at=None).exclude(text="").only("hidden_at")
    return draw_part(
        "table_remarks",
        dialogue,
        view,
        table=table,
        remarks=remarks,
        hidden=hidden[:MOST_REMARKS],
        rules=Rule.choices,
    )


@region(
    "tablespeaking",
    screens=("table",),
    nouns=("speakers", "hand", "turn", "dialogue", "agenda", "tableround"),
)
def draw_speaking(dialogue: Dialogue, view: View) -> str:
    """The table's own speakers' list, with what its moderator needs to keep it."""
    circle = circle_of(view.table or 0)
    speakers = list_of(dialogue, circle)
    last = last_turn(speakers) if speakers else None
    return draw_part(
        "table_speaking",
        dialogue,
        view,
        circle=circle,
        speakers=speakers,
        list=draw_speakers(dialogue, view, circle),
        waiting=speakers.hands.exists() if speakers else False,
        turn=last if last is not None and last.ended_at is None else None,
        expected=last.pk if last else 0,
    )


# --- what is one person's own ---------------------------------------------------------
@slot("tablespeaking", screens=("table",))
def draw_own_speaking(
    participation: Participation, dialogue: Dialogue, view: View
) -> str | None:
    """My place in the table's speakers' list."""
    return own_speaking(participation, dialogue, view, circle_of(view.table or 0))


@slot("seat", screens=("room", "table"))
def draw_seat(
    participation: Participation, dialogue: Dialogue, view: View
) -> str | None:
    """Where I sit, or how I get a seat."""
    running = current_round(dialogue)
    if running is None:
        return None
    seat = seat_of(participation)
    led = (
        list(open_tables(dialogue).filter(moderator=participation))
        if participation.is_moderator
        else []
    )
    return draw_part(
        "table_seat",
        dialogue,
        view,
        round=running,
        seat=seat,
        led=led,
        is_choice=running is not None and running.method == TableRound.Method.CHOICE,
        is_citizen=participation.role == Participation.Role.PARTICIPANT,
    )
