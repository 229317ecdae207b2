"""One valid use of every command of tables, for the scene of the room."""

from typing import Any

from dialogue.models import Table, TableNote, TableRemark
from dialogue.table_rounds import begin_round
from dialogue.tables import add_remark, write_note
from moderation.remarks import hide_remark


def the_table(s: Any, method: str = "random") -> Table:
    """One table at which everybody sits; made when it is first asked for."""
    if not s.dialogue.tables.exists():
        begin_round(moderator=s.lead, method=method, size=20)
    table: Table = s.dialogue.tables.get()
    return table


def _note(s: Any) -> TableNote:
    return write_note(author=s.lead, table_pk=the_table(s).pk, title="Ergebnis")


def _remark(s: Any) -> TableRemark:
    return add_remark(author=s.lead, table_pk=the_table(s).pk, text="Gesagt")


def _hidden_remark(s: Any) -> TableRemark:
    remark = _remark(s)
    hide_remark(moderator=s.lead, remark_pk=remark.pk, rule="insult", reason="Versehen")
    return remark


def _number_of_round(s: Any) -> dict[str, Any]:
    the_table(s)
    return {"expected": 1}


TABLE_ACTS: dict[str, tuple[str, Any, str]] = {
    "begin_round": (
        "lead",
        lambda s: {"method": "random", "size": 2, "expected": 0},
        "desk",
    ),
    "time_round": ("lead", lambda s: the_table(s) and {"minutes": 9}, "desk"),
    "end_round": ("lead", lambda s: _note(s) and _number_of_round(s), "desk"),
    "bring_back": ("lead", lambda s: {"table": _note(s).table_id}, "desk"),
    "move_person": (
        "lead",
        lambda s: {"table": the_table(s, "choice").pk, "participation": s.citizen.pk},
        "desk",
    ),
    "group_people": (
        "lead",
        lambda s: {"participations": [s.citizen.pk], "label": "Schule"},
        "desk",
    ),
    "change_table": (
        "lead",
        lambda s: {
            "table": the_table(s).pk,
            "name": "Radwege",
            "leader": s.lead.pk,
            "conference_url": "https://video.example/rad",
        },
        "desk",
    ),
    "take_over_table": (
        "lead",
        lambda s: {"table": the_table(s).pk},
        "desk",
    ),
    "choose_table": (
        "citizen",
        lambda s: {"table": the_table(s, "choice").pk},
        "room",
    ),
    "take_seat": ("citizen", lambda s: the_table(s, "choice") and {}, "room"),
    "draft_finding": ("citizen", lambda s: {"title": "Halb"}, "room"),
    "write_finding": (
        "citizen",
        lambda s: {"table": the_table(s).pk, "title": "Fund"},
        "room",
    ),
    "revise_finding": (
        "citizen",
        lambda s: {"note": _note(s).pk, "table": the_table(s).pk, "title": "Neu"},
        "room",
    ),
    "strike_finding": (
        "citizen",
        lambda s: {"note": _note(s).pk, "table": the_table(s).pk},
        "room",
    ),
    "add_remark": (
        "citizen",
        lambda s: {"table": the_table(s).pk, "text": "Am Tisch"},
        "room",
    ),
    "hide_remark": (
        "lead",
        lambda s: {"remark": _remark(s).pk, "rule": "insult", "reason": "Grob"},
        "desk",
    ),
    "restore_remark": (
        "lead",
        lambda s: {"remark": _hidden_remark(s).pk, "reason": "Doch sachlich"},
        "desk",
    ),
    "call_to_table": (
        "citizen",
        lambda s: {"table": the_table(s).pk, "text": "Kein Ton"},
        "room",
    ),
}
