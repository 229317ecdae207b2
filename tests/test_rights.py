"""Who may do what, when: the whole table. A right that is not in it fails."""

from datetime import timedelta
from typing import Any

import pytest
import rules
from rules.permissions import permissions

from dialogue.models import AgendaItem, Dialogue, Participation
from projects.actions import assign_staff
from shared import clock
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_person,
    make_project,
    make_staff,
)

pytestmark = pytest.mark.django_db

# Who stands in the room.
# P participant   O observer       T table moderator   L lead moderator
# H technical host   S silenced participant   E excluded participant   N nobody
WHO = "POTLHSEN"
# When. "live" allows only the action in column two, "live, not" all the others.
WHEN = ("draft", "announced", "lobby", "live", "live, not", "paused", "closed")

# "." is nobody at all.
ROOM = """
right                           action  draft  announced lobby  live   live,not paused closed
dialogue.enter_room             -       POTLHS POTLHS    POTLHS POTLHS POTLHS   POTLHS POTLHS
dialogue.enter_desk             -       TLH    TLH       TLH    TLH    TLH      TLH    TLH
dialogue.steer_agenda           -       L      L         L      L      L        L      L
dialogue.close_dialogue         -       L      L         L      L      L        L      L
dialogue.show_projection        -       LH     LH        LH     LH     LH       LH     LH
dialogue.answer_help            -       LH     LH        LH     LH     LH       LH     LH
dialogue.change_participation   -       LH     LH        LH     LH     LH       LH     LH
dialogue.read_minutes           -       TLH    TLH       TLH    TLH    TLH      TLH    POTLHS
dialogue.remark_minutes         -       TL     TL        TL     TL     TL       TL     TL
dialogue.ask_correction         -       .      .         .      .      .        .      PTLHS
dialogue.answer_correction      -       .      .         .      .      .        .      TL
dialogue.freeze_minutes         -       .      .         .      .      .        .      L
dialogue.state_conflict         -       TLH    TLH       TLH    TLH    TLH      TLH    .
dialogue.take_chair             -       L      L         L      L      L        L      .
dialogue.hand_chair             -       L      L         L      L      L        L      .
dialogue.claim_entry            -       TLH    TLH       TLH    TLH    TLH      TLH    TLH
dialogue.make_announcement      -       LH     LH        LH     LH     LH       LH     .
dialogue.write_to_team          -       TLH    TLH       TLH    TLH    TLH      TLH    .
dialogue.set_pace               -       TL     TL        TL     TL     TL       TL     .
dialogue.arrange_tables         -       L      L         L       L      L        L      .
dialogue.begin_round            -       L      L         L       L      L        L      .
dialogue.lead_table             -       TL     TL        TL      TL     TL       TL     .
dialogue.choose_table           -       PS     PS        PS      PS     PS       PS     .
dialogue.speak_at_table         -       .      .         .       PTLH   PTLH     PTLH   .
dialogue.raise_hand             -       .      .         .      PTLH   PTLH     .      .
dialogue.lower_hand             -       .      .         .      PTLHS  PTLHS    PTLHS  .
dialogue.keep_speakers          -       .      .         .      TL     TL       TL     .
dialogue.give_floor             -       .      .         .      TL     TL       .      .
dialogue.forget_speaker         -       L      L         L      L      L        L      L
proposals.submit_proposal       propose .      .         .      PTLH   .        .      .
proposals.save_draft            -       PTLH   PTLH      PTLH   PTLH   PTLH     PTLH   .
proposals.withdraw_contribution -       .      .         .      PTLHS  PTLHS    PTLHS  .
proposals.add_comment           comment .      .         .      PTLH   .        .      .
proposals.ask_question          ask     .      .         .      PTLH   .        .      .
proposals.answer_question       -       .      .         .      TL     TL       TL     .
proposals.support_contribution  -       .      .         .      PTLHS  PTLHS    PTLHS  .
proposals.take_stance           stance  .      .         .      PTLHS  .        .      .
proposals.cast_vote             vote    .      .         .      PTLHS  .        .      .
proposals.react                 -       .      .         .      PTLHS  PTLHS    PTLHS  .
proposals.park_topic            -       .      .         .      PTLH   PTLH     PTLH   .
proposals.remove_topic          -       .      .         .      TL     TL       TL     .
proposals.revise_held           -       .      .         .      PTLH   PTLH     PTLH   .
proposals.sort_questions        -       TL     TL        TL     TL     TL       TL     .
proposals.set_holding           -       L      L         L      L      L        L      .
proposals.draft_ballot          -       L      L         L      L      L        L      L
proposals.open_ballot           vote    .      .         .      L      .        .      .
proposals.close_ballot          -       .      .         .      L      L        L      .
proposals.annul_ballot          -       .      .         .      L      L        L      .
proposals.issue_tickets         -       L      L         L      L      L        L      .
proposals.set_weights           -       L      L         L      L      L        L      .
proposals.check_in              -       TL     TL        TL     TL     TL       TL     .
proposals.count_by_hand         -       .      .         .      TL     TL       TL     .
proposals.use_ticket            -       PTLHS  PTLHS     PTLHS  PTLHS  PTLHS    PTLHS  .
proposals.set_opinion_map       -       L      L         L      L      L        L      .
proposals.mark_statement        -       TL     TL        TL     TL     TL       TL     .
proposals.seed_statements       -       L      L         L      L      L        L      .
moderation.decide_contribution  -       TL     TL        TL     TL     TL       TL     .
moderation.hide_contribution    -       TL     TL        TL     TL     TL       TL     L
moderation.answer_reports       -       TL     TL        TL     TL     TL       TL     TL
moderation.rule_on_appeal       -       TL     TL        TL     TL     TL       TL     TL
moderation.silence_person       -       TL     TL        TL     TL     TL       TL     .
moderation.exclude_person       -       LH     LH        LH     LH     LH       LH     .
moderation.reword_contribution  -       PTLH   PTLH      PTLH   PTLH   PTLH     PTLH   .
"""  # noqa: E501 -- a table

# Who stands before a project or its plan.
# V visitor   G guest   C citizen with an account   S staff of this project
# O staff of another project   A administrator   F former administrator
PERSONS = "VGCSOAF"
PROJECT = """
right                     published draft
projects.view_project     VGCSOAF   SA
projects.create_project   SOA       SOA
projects.change_project   SA        SA
projects.publish_project  SA        SA
dialogue.plan_dialogue    SA        SA
moderation.rule_as_staff  SA        SA
moderation.decide_as_staff  SA      SA
dialogue.grant_exception  A         A
qualification.take_lessons       CSOA  CSOA
qualification.confirm_session    A     A
qualification.view_register      SOA   SOA
qualification.issue_certificate  A     A
"""


def rows_of(table: str) -> dict[str, list[str]]:
    lines = [line.split() for line in table.strip().splitlines()[1:]]
    return {name: cells for name, *cells in lines}


def test_rights_are_all_in_the_table():
    assert set(permissions) == set(rows_of(ROOM)) | set(rows_of(PROJECT))


def make_moment(when: str, action: str) -> Dialogue:
    if when not in ("live", "live, not"):
        return make_dialogue(state=when, allows=" ".join(AgendaItem.ACTIONS))
    others = set(AgendaItem.ACTIONS) - {action}
    allowed = {action} - {"-"} if when == "live" else others
    return make_dialogue(allows=" ".join(allowed))


def make_somebody(dialogue: Dialogue, who: str) -> Participation | None:
    if who == "N":
        return None
    if who == "S":
        until = clock.now() + timedelta(minutes=5)
        return make_participation(dialogue, silenced_until=until)
    if who == "E":
        return make_participation(dialogue, state="excluded")
    roles = dict(zip("POTLH", Participation.Role.values, strict=True))
    return make_participation(dialogue, roles[who])


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("right", rows_of(ROOM))
def test_right_in_the_room(right: str, when: str):
    action, *cells = rows_of(ROOM)[right]
    dialogue = make_moment(when, action)

    may = [
        who
        for who in WHO
        if rules.has_perm(right, make_somebody(dialogue, who), dialogue)
    ]

    assert ("".join(may) or ".") == cells[WHEN.index(when)]


@pytest.mark.parametrize("right", rows_of(ROOM))
@pytest.mark.parametrize("role", ["excluded lead", "excluded host"])
def test_right_of_excluded_official(right: str, role: str):
    dialogue = make_dialogue(allows=" ".join(AgendaItem.ACTIONS))
    excluded = make_participation(
        dialogue,
        {"excluded lead": "lead_moderator", "excluded host": "technical_host"}[role],
        state="excluded",
    )

    assert rules.has_perm(right, excluded, dialogue) is False


@pytest.mark.parametrize("state", ["published", "draft"])
@pytest.mark.parametrize("right", rows_of(PROJECT))
def test_right_on_a_project(right: str, state: str):
    facts = {} if state == "published" else {"published_at": None}
    project = make_project(**facts)
    persons: dict[str, Any] = {
        "V": None,
        "G": make_guest(),
        "C": make_person(),
        "S": make_staff(),
        "O": make_staff(),
        "A": make_person(is_administrator=True),
        "F": make_person(is_administrator=True, is_active=False),
    }
    assign_staff(project=project, person=persons["S"])
    assign_staff(project=make_project(), person=persons["O"])
    # An assignment alone makes nobody staff.
    assign_staff(project=project, person=persons["C"])
    of_dialogue = right.startswith(("dialogue.", "moderation."))
    asked = make_dialogue(project=project) if of_dialogue else project

    may = [who for who in PERSONS if rules.has_perm(right, persons[who], asked)]

    cells = dict(zip(("published", "draft"), rows_of(PROJECT)[right], strict=True))
    assert "".join(may) == cells[state]


def test_right_to_create_needs_no_project():
    assert rules.has_perm("projects.create_project", make_staff()) is True
    assert rules.has_perm("projects.create_project", make_person()) is False
    assert rules.has_perm("projects.create_project", None) is False
