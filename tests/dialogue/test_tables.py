"""Tables: who sits where, what is noted and said there, and who may what."""

from datetime import timedelta
from functools import partial
from importlib import import_module
from random import Random
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.utils import translation

from dialogue.circles import group_of as circle_of_person
from dialogue.circles import is_circle
from dialogue.joining import answer_help, change_participation, join, mark_seen
from dialogue.models import (
    Dialogue,
    HelpCall,
    Participation,
    Seat,
    Table,
    TableNote,
    TableRemark,
    TableRound,
)
from dialogue.seats import choose_table, move_person, take_seat
from dialogue.table_queries import (
    current_round,
    group_of,
    inside,
    is_at_table,
    latest_seat,
    open_table_calls,
    seat_of,
    seated_at,
)
from dialogue.table_rounds import (
    begin_round,
    end_round,
    group_people,
    present_people,
    time_round,
)
from dialogue.tables import (
    add_remark,
    call_to_table,
    change_table,
    erase_texts,
    strike_note,
    take_over_table,
    write_note,
)
from ledger.models import Entry
from live.parts.tables import draw_remarks
from live.screens import View
from moderation.actions import approve_contribution
from moderation.appealing import appeal, rule_on_appeal
from moderation.models import Decision
from moderation.people import exclude
from moderation.remarks import hide_remark, restore_remark
from moderation.sealing import end_of_time
from proposals.findings import bring_back, draft_finding, end_tables, write_finding
from proposals.models import HoldingRule, Proposal
from proposals.queries import held_contributions
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_guest, make_participation, make_person
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db


class Hall:
    """A dialogue with citizens, a lead and a table moderator."""

    def __init__(self, people: int = 8, **facts: Any) -> None:
        self.dialogue = make_dialogue(**facts)
        self.lead = make_participation(self.dialogue, "lead_moderator")
        self.helper = make_participation(
            self.dialogue, "table_moderator", seen_at=clock.now()
        )
        self.people = [make_participation(self.dialogue) for __ in range(people)]

    def begin(self, method: str = "random", **facts: Any) -> TableRound:
        facts = {"size": 4, "rng": Random(1), **facts}
        return begin_round(moderator=self.lead, method=method, **facts)

    def tables(self) -> list[Table]:
        return list(self.dialogue.tables.order_by("number"))

    def at(self, table: Table) -> list[Participation]:
        return seated_at(self.dialogue)[table.pk]


@pytest.fixture
def hall() -> Hall:
    return Hall()


def kinds(dialogue: Dialogue) -> list[str]:
    entries = Entry.objects.filter(stream=dialogue.stream_id).order_by("seq")
    return list(entries.values_list("kind", flat=True))


def refused(code: str) -> Any:
    class Refused:
        def __enter__(self) -> None:
            self.raised = pytest.raises(Refusal)
            self.caught = self.raised.__enter__()

        def __exit__(self, *error: Any) -> bool:
            done = self.raised.__exit__(*error)
            assert self.caught.value.code == code
            assert str(self.caught.value.message)
            return bool(done)

    return Refused()


# --- rounds ---------------------------------------------------------------------
def test_everybody_gets_a_seat(hall: Hall):
    began = hall.begin()

    sizes = [len(hall.at(table)) for table in hall.tables()]
    assert sizes == [4, 4]
    assert [table.name for table in hall.tables()] == ["Tisch 1", "Tisch 2"]
    assert hall.tables()[0].moderator == hall.helper
    assert hall.tables()[1].moderator is None
    assert (began.number, began.item) == (1, hall.dialogue.current)
    assert kinds(hall.dialogue) == ["tableround.began"] + ["seat.taken"] * 8


def test_officials_observers_and_excluded_get_no_seat(hall: Hall):
    make_participation(hall.dialogue, "observer")
    make_participation(hall.dialogue, state="excluded")

    hall.begin()

    assert Seat.objects.count() == 8


def test_who_has_left_gets_no_seat_unless_wanted(hall: Hall):
    now = clock.now()
    gone, plain = hall.people[:2]
    joined = now - timedelta(hours=1)
    for person, seen in (
        (gone, now - timedelta(minutes=6)),
        # Came by plain pages: marked when joining, and never again.
        (plain, joined),
    ):
        person.joined_at, person.seen_at = joined, seen
        person.save()

    assert gone not in present_people(hall.dialogue)
    assert plain in present_people(hall.dialogue)
    hall.begin(also_absent=True)
    assert seat_of(gone) is not None


def test_remix_brings_new_people_and_closes_old_seats():
    hall = Hall(9)
    hall.begin(size=3)
    first = [{person.pk for person in hall.at(table)} for table in hall.tables()]

    hall.begin("remix", size=3)

    second = [{person.pk for person in hall.at(table)} for table in hall.tables()]
    assert all(len(old & new) == 1 for old in first for new in second)
    assert Seat.objects.filter(left_at=None).count() == 9
    assert Seat.objects.count() == 18
    assert [row.ended_at is None for row in hall.dialogue.table_rounds.all()] == [
        False,
        True,
    ]


def test_groups_are_at_every_table(hall: Hall):
    group_people(
        moderator=hall.lead,
        participation_pks=[person.pk for person in hall.people[:2]],
        label="Schule",
    )
    account = make_participation(hall.dialogue, person=make_person())
    other = make_participation(hall.dialogue, person=make_person())

    hall.begin("stratified", tables=2, size=None)

    for pair in ([hall.people[0], hall.people[1]], [account, other]):
        assert {group_of(person) for person in pair} == {1, 2}


def test_group_is_taken_away_again(hall: Hall):
    pks = [hall.people[0].pk]
    group_people(moderator=hall.lead, participation_pks=pks, label="Schule")
    group_people(moderator=hall.lead, participation_pks=pks, label="")

    assert not hasattr(Participation.objects.get(pk=pks[0]), "seating_group")


def test_group_of_strangers_is_refused(hall: Hall):
    stranger = make_participation(make_dialogue())

    with refused("right.missing"):
        group_people(
            moderator=hall.lead, participation_pks=[stranger.pk], label="Fremd"
        )


def test_by_hand_leaves_everybody_where_they_sit(hall: Hall):
    hall.begin()
    before = {person.pk: group_of(person) for person in hall.people}

    hall.begin("hand")

    assert {person.pk: group_of(person) for person in hall.people} == before


def test_fewer_tables_are_cleared_and_come_back(hall: Hall):
    hall.begin(tables=4, size=None)
    hall.begin(tables=2, size=None)

    assert [table.state for table in hall.tables()] == ["open"] * 2 + ["cleared"] * 2
    with refused("table.cleared"):
        move_person(
            moderator=hall.lead,
            participation_pk=hall.people[0].pk,
            table_pk=hall.tables()[3].pk,
        )
    hall.begin(tables=3, size=None)
    assert [table.state for table in hall.tables()][2] == "open"


def test_second_moderator_is_told_instead_of_seating_again(hall: Hall):
    hall.begin(expected=0)
    before = kinds(hall.dialogue)

    with refused("table.changed_meanwhile"):
        hall.begin(expected=0)
    with refused("table.changed_meanwhile"):
        end_round(moderator=hall.lead, expected=0)

    assert kinds(hall.dialogue) == before


def test_second_of_two_who_change_a_table_is_told_by_whom(hall: Hall):
    kim = make_participation(hall.dialogue, "lead_moderator", display_name="Kim")
    hall.begin()
    table = hall.tables()[0]
    seen = table.arrangement
    change_table(
        moderator=kim, table_pk=table.pk, name="Grün", leader_pk=kim.pk, expected=seen
    )
    before = kinds(hall.dialogue)

    with pytest.raises(Refusal) as late:
        change_table(moderator=hall.lead, table_pk=table.pk, name="Blau", expected=seen)

    assert late.value.code == "table.changed_meanwhile"
    assert "Kim" in str(late.value.message)
    table.refresh_from_db()
    assert (table.name, table.moderator, kinds(hall.dialogue)) == ("Grün", kim, before)
    # Who leads it now is part of what was seen.
    named = table.arrangement
    take_over_table(moderator=hall.lead, table_pk=table.pk)
    with refused("table.changed_meanwhile"):
        change_table(moderator=kim, table_pk=table.pk, name="Rot", expected=named)
    table.refresh_from_db()
    change_table(
        moderator=kim, table_pk=table.pk, name="Rot", expected=table.arrangement
    )
    table.refresh_from_db()
    assert (table.name, table.moderator) == ("Rot", None)


def test_second_of_two_who_end_or_time_a_round_is_told_by_whom(hall: Hall):
    kim = make_participation(hall.dialogue, "lead_moderator", display_name="Kim")
    began = hall.begin(minutes=10)
    seen = {"expected": 1, "seen_ends_at": clock.milliseconds(began.ends_at)}
    timed = time_round(moderator=kim, minutes=20, **seen)

    with pytest.raises(Refusal) as late:
        time_round(moderator=hall.lead, minutes=5, **seen)
    assert late.value.code == "table.changed_meanwhile"
    assert "Kim" in str(late.value.message)
    assert current_round(hall.dialogue).ends_at == timed.ends_at  # type: ignore[union-attr]
    end_round(moderator=kim, expected=1)
    before = kinds(hall.dialogue)
    with pytest.raises(Refusal) as late:
        end_round(moderator=hall.lead, expected=1)
    assert late.value.code == "table.changed_meanwhile"
    assert "Kim" in str(late.value.message)
    begin_round(moderator=kim, method="random", size=4, expected=1)
    with refused("table.changed_meanwhile"):
        time_round(moderator=hall.lead, minutes=5, expected=1)
    assert kinds(hall.dialogue)[: len(before)] == before
    assert kinds(hall.dialogue).count("tableround.timed") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_seat_everybody_at_once_one_is_told():
    hall = Hall()
    leads = [make_participation(hall.dialogue, "lead_moderator") for __ in range(2)]

    came = at_once(
        [
            partial(begin_round, moderator=lead, method="random", size=4, expected=0)
            for lead in leads
        ]
    )

    codes = sorted(getattr(one, "code", "done") for one in came)
    assert codes == ["done", "table.changed_meanwhile"]
    assert TableRound.objects.filter(dialogue=hall.dialogue).count() == 1
    assert Seat.objects.filter(left_at=None).count() == len(hall.people)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"tables": 0}, "table.number"),
        ({"tables": 101}, "table.number"),
        ({"size": 1}, "table.size"),
        ({"size": 21}, "table.size"),
        ({"tables": 1, "size": 4}, "table.too_few"),
        ({"minutes": 0}, "table.minutes"),
        ({"minutes": 241}, "table.minutes"),
    ],
)
def test_bad_numbers_are_refused(hall: Hall, facts: dict[str, int], code: str):
    with refused(code):
        hall.begin(**facts)

    assert not TableRound.objects.exists()


def test_round_of_nobody_has_one_table():
    hall = Hall(0)

    hall.begin()

    assert len(hall.tables()) == 1


def test_countdown_is_the_rounds_own(hall: Hall):
    with refused("table.no_round"):
        time_round(moderator=hall.lead, minutes=5)
    began = hall.begin(minutes=10)
    assert began.ends_at is not None

    timed = time_round(moderator=hall.lead, minutes=None)

    assert timed.ends_at is None


def test_ended_round_leaves_nobody_seated(hall: Hall):
    hall.begin()

    end_round(moderator=hall.lead)

    assert not Seat.objects.filter(left_at=None).exists()
    assert current_round(hall.dialogue) is None
    assert kinds(hall.dialogue)[-9:] == ["tableround.ended"] + ["seat.left"] * 8
    with refused("table.no_round"):
        end_round(moderator=hall.lead)


# --- moving, choosing, coming late ----------------------------------------------
def test_moved_person_sits_at_one_table_only(hall: Hall):
    hall.begin()
    person = hall.at(hall.tables()[0])[0]

    for __ in range(2):
        move_person(
            moderator=hall.lead,
            participation_pk=person.pk,
            table_pk=hall.tables()[1].pk,
        )

    assert group_of(person) == 2
    assert person.seats.count() == 2
    entry = Entry.objects.filter(stream=hall.dialogue.stream_id).latest("seq")
    assert entry.payload["concerns"] == person.pk
    assert entry.payload["left"] == hall.tables()[0].pk


def test_second_one_who_moves_the_same_person_is_told():
    hall = Hall(12)
    second = make_participation(hall.dialogue, "lead_moderator", display_name="Zoe")
    hall.begin()
    one, two, three = hall.tables()[:3]
    person, other = hall.at(one)[:2]
    seen = latest_seat(hall.dialogue)
    move_person(
        moderator=second, participation_pk=person.pk, table_pk=two.pk, seen=seen
    )

    with pytest.raises(Refusal, match=r"table\.changed_meanwhile") as told:
        move_person(
            moderator=hall.lead,
            participation_pk=person.pk,
            table_pk=three.pk,
            seen=seen,
        )

    assert "Zoe" in str(told.value.message)
    assert person.seats.get(left_at=None).table == two
    # Both wanted the same, or it is about somebody else: nobody is held up.
    for whom, table in ((person, two), (other, three)):
        move_person(
            moderator=hall.lead, participation_pk=whom.pk, table_pk=table.pk, seen=seen
        )
    # Who has looked again may.
    move_person(
        moderator=hall.lead,
        participation_pk=person.pk,
        table_pk=three.pk,
        seen=latest_seat(hall.dialogue),
    )
    assert person.seats.get(left_at=None).table == three


def test_struck_words_go_back_to_who_wrote_them(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author, other = hall.at(table)[:2]
    notes = [
        write_note(author=author, table_pk=table.pk, title=title, text="Weil.")
        for title in ("Eins", "Zwei")
    ]

    strike_note(author=author, table_pk=table.pk, note_pk=notes[0].pk)
    strike_note(author=other, table_pk=table.pk, note_pk=notes[1].pk)

    message = author.person.messages.get()
    assert message.body.endswith("Ihre Worte: Zwei\nWeil.")
    assert other.display_name in message.body


def test_draft_comes_along_to_another_table(hall: Hall):
    hall.begin()
    person = hall.at(hall.tables()[0])[0]
    draft_finding(author=person, title="Halb fertig")

    move_person(
        moderator=hall.lead, participation_pk=person.pk, table_pk=hall.tables()[1].pk
    )

    assert person.proposals.get(state="draft", kind="finding").title == "Halb fertig"
    write_finding(author=person, table_pk=hall.tables()[1].pk, title="Fertig")
    assert not person.proposals.filter(state="draft").exists()


def test_only_citizens_of_this_dialogue_are_moved(hall: Hall):
    hall.begin()
    stranger = make_participation(make_dialogue())
    excluded = make_participation(hall.dialogue, state="excluded")
    foreign = Hall()
    foreign.begin()
    table = hall.tables()[0].pk

    for person, where in (
        (stranger.pk, table),
        (excluded.pk, table),
        (hall.helper.pk, table),
        (hall.people[0].pk, foreign.tables()[0].pk),
    ):
        with refused("right.missing"):
            move_person(moderator=hall.lead, participation_pk=person, table_pk=where)


def test_chosen_table_is_full_at_last():
    hall = Hall(5)
    hall.begin("choice", size=2)
    one, two, three = hall.tables()
    assert not Seat.objects.exists()

    for person in hall.people[:2]:
        choose_table(participation=person, table_pk=one.pk)
    with refused("table.full"):
        choose_table(participation=hall.people[2], table_pk=one.pk)
    # Who sits there may press again, and who leaves makes room.
    choose_table(participation=hall.people[0], table_pk=one.pk)
    choose_table(participation=hall.people[0], table_pk=two.pk)
    choose_table(participation=hall.people[2], table_pk=one.pk)

    assert [len(hall.at(table)) for table in (one, two, three)] == [2, 1, 0]


def test_choosing_is_for_rounds_in_which_everybody_chooses(hall: Hall):
    hall.begin()

    with refused("table.not_chosen"):
        choose_table(participation=hall.people[0], table_pk=hall.tables()[0].pk)


def test_late_comer_sits_down_at_the_smallest_table():
    hall = Hall(5)
    hall.begin(tables=2, size=None)

    late = join(
        person=make_guest(),
        dialogue=hall.dialogue,
        name="Spät Gekommen",
        rules_accepted=True,
        privacy_accepted=True,
    )

    assert group_of(late) == 2
    assert take_seat(participation=late).table.number == 2


def test_nobody_is_seated_on_joining_while_everybody_chooses(hall: Hall):
    hall.begin("choice")

    late = join(
        person=make_guest(),
        dialogue=hall.dialogue,
        name="Spät",
        rules_accepted=True,
        privacy_accepted=True,
    )

    assert seat_of(late) is None
    take_seat(participation=late)
    assert seat_of(late) is not None


def test_who_is_excluded_or_changes_role_gets_up(hall: Hall):
    hall.begin()
    excluded, observing = hall.people[:2]

    exclude(
        moderator=hall.lead,
        participation_pk=excluded.pk,
        rule="insult",
        reason="Beleidigt alle",
    )
    change_participation(host=hall.lead, participation_pk=observing.pk, role="observer")

    assert seat_of(excluded) is None
    assert seat_of(observing) is None
    assert kinds(hall.dialogue).count("seat.left") == 2
    assert sum(len(hall.at(table)) for table in hall.tables()) == 6


# --- who may look in ------------------------------------------------------------
def test_only_who_sits_there_and_who_leads_is_inside(hall: Hall):
    hall.begin()
    one = hall.tables()[0]
    host = make_participation(hall.dialogue, "technical_host")
    foreign_lead = make_participation(make_dialogue(), "lead_moderator")
    excluded = hall.at(one)[0]
    excluded.state = "excluded"
    excluded.save()

    may = inside(hall.dialogue.pk, [one.pk])[one.pk]

    pks = [row.pk for row in (*hall.people, hall.lead, hall.helper, host, foreign_lead)]
    everybody = Participation.objects.filter(pk__in=pks)
    assert may == {row.pk for row in everybody if is_at_table(row, one.pk)}
    assert may == {person.pk for person in hall.at(one)} | {
        hall.lead.pk,
        hall.helper.pk,
    }
    assert excluded.pk not in may


def test_circle_of_a_person_is_the_table(hall: Hall):
    hall.begin()
    one, two = hall.tables()

    assert circle_of_person(hall.at(two)[0]) == f"table-{two.pk}"
    assert circle_of_person(hall.lead) == ""
    assert is_circle(hall.dialogue, one.circle)
    assert not is_circle(make_dialogue(), one.circle)
    assert not is_circle(hall.dialogue, "table-x")


# --- findings -------------------------------------------------------------------
def test_three_findings_and_no_more(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    for n in range(3):
        write_note(author=author, table_pk=table.pk, title=f"Ergebnis {n}")

    with refused("note.three"):
        write_note(author=author, table_pk=table.pk, title="Noch eines")
    middle = TableNote.objects.get(number=2)
    strike_note(author=author, table_pk=table.pk, note_pk=middle.pk)
    again = write_note(author=author, table_pk=table.pk, title="Doch")

    assert again.number == 2


def test_finding_changed_meanwhile_is_not_overwritten(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    one, two = hall.at(table)[:2]
    note = write_note(author=one, table_pk=table.pk, title="Alt")
    write_note(author=two, table_pk=table.pk, note_pk=note.pk, revision=1, title="Neu")

    with pytest.raises(Refusal) as caught:
        write_note(
            author=one, table_pk=table.pk, note_pk=note.pk, revision=1, title="Anders"
        )

    assert caught.value.code == "note.changed_meanwhile"
    assert two.display_name in str(caught.value.message)
    assert TableNote.objects.get().title == "Neu"


def test_who_sits_elsewhere_writes_nothing_here(hall: Hall):
    hall.begin()
    one, two = hall.tables()
    stranger = hall.at(two)[0]
    note = write_note(author=hall.at(one)[0], table_pk=one.pk, title="Unseres")

    for act, facts in (
        (write_note, {"title": "Fremd"}),
        (write_note, {"title": "Fremd", "note_pk": note.pk}),
        (strike_note, {"note_pk": note.pk}),
        (add_remark, {"text": "Fremd"}),
    ):
        with refused("table.elsewhere"):
            act(author=stranger, table_pk=one.pk, **facts)  # type: ignore[operator]
        # Nor the neighbours' note by way of one's own table.
        if "note_pk" in facts:
            with refused("right.missing"):
                act(author=stranger, table_pk=two.pk, **facts)  # type: ignore[operator]
    with refused("table.elsewhere"):
        call_to_table(caller=stranger, table_pk=one.pk, text="Hilfe")

    assert TableNote.objects.get().title == "Unseres"
    assert not TableRemark.objects.exists()


def test_silenced_person_listens_at_the_table(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    person = hall.at(table)[0]
    person.silenced_until = clock.now() + timedelta(minutes=5)
    person.save()

    with refused("participation.silenced"):
        add_remark(author=person, table_pk=table.pk, text="Trotzdem")
    with refused("participation.silenced"):
        write_note(author=person, table_pk=table.pk, title="Trotzdem")
    call_to_table(caller=person, table_pk=table.pk, text="Hilfe")


def test_findings_come_to_the_plenary_with_their_origin(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    write_note(author=author, table_pk=table.pk, title="Breiter", text="Gehweg")

    (finding,) = bring_back(moderator=hall.helper, table_pk=table.pk)

    assert (finding.kind, finding.state, finding.table) == (
        "finding",
        "published",
        table,
    )
    assert (finding.title, finding.text, finding.author) == (
        "Breiter",
        "Gehweg",
        author,
    )
    assert kinds(hall.dialogue)[-2:] == ["proposal.published", "table.brought"]
    # Once: a second moderator brings nothing twice.
    assert bring_back(moderator=hall.lead, table_pk=table.pk) == []
    note = TableNote.objects.get()
    # Its words stand in one place.
    assert (note.title, note.text, note.finding) == ("", "", finding)
    with refused("note.brought"):
        write_note(author=author, table_pk=table.pk, note_pk=note.pk, title="Schmaler")
    with refused("note.brought"):
        strike_note(author=author, table_pk=table.pk, note_pk=note.pk)


def test_words_of_earlier_findings_move_to_the_plenary_and_back(hall: Hall):
    migration = import_module("proposals.migrations.0011_words_of_findings")
    hall.begin()
    table = hall.tables()[0]
    for title in ("Breiter", "Schmaler"):
        write_note(author=hall.at(table)[0], table_pk=table.pk, title=title, text="A")
    findings = bring_back(moderator=hall.helper, table_pk=table.pk)
    write_note(author=hall.at(table)[0], table_pk=table.pk, title="Noch am Tisch")

    def words() -> list[tuple[str, str]]:
        return list(TableNote.objects.order_by("number").values_list("title", "text"))

    migration.copy_words_back(apps, None)
    before = words()
    hall.dialogue.proposals.update(note=None)
    migration.move_words(apps, None)

    assert before == [("Breiter", "A"), ("Schmaler", "A"), ("Noch am Tisch", "")]
    assert words() == [("", ""), ("", ""), ("Noch am Tisch", "")]
    notes = TableNote.objects.order_by("number")
    assert [note.finding for note in notes[:2]] == findings
    assert not hasattr(notes[2], "finding")


def test_finding_that_a_rule_holds_waits_before_the_plenary_sees_it(hall: Hall):
    HoldingRule.objects.create(dialogue=hall.dialogue, holds_links=True)
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    for title in ("Siehe www.example.org", "Breiter"):
        write_note(author=author, table_pk=table.pk, title=title)
    write_note(author=hall.helper, table_pk=table.pk, title="Auch www.example.org")

    brought = bring_back(moderator=hall.helper, table_pk=table.pk)

    assert [(row.title, row.state, row.held_for) for row in brought] == [
        ("Siehe www.example.org", "pending", "links"),
        ("Breiter", "published", ""),
        # Whoever moderates answers for it.
        ("Auch www.example.org", "published", ""),
    ]
    assert kinds(hall.dialogue)[-4:] == [
        "held.received",
        "proposal.published",
        "proposal.published",
        "table.brought",
    ]
    held = brought[0]
    assert [waiting.pk for waiting in held_contributions(hall.dialogue)] == [held.pk]

    approve_contribution(
        moderator=hall.lead, kind="proposal", pk=held.pk, reason="In Ordnung"
    )

    held.refresh_from_db()
    assert (held.state, held.published_at is None) == ("published", False)


def test_end_of_the_round_brings_all_findings(hall: Hall):
    hall.begin()
    for table in hall.tables():
        for n in range(2):
            write_note(
                author=hall.at(table)[0], table_pk=table.pk, title=f"{table} {n}"
            )

    brought = end_tables(moderator=hall.lead, expected=1)

    assert [row.title for row in brought] == [
        "Tisch 1 0",
        "Tisch 1 1",
        "Tisch 2 0",
        "Tisch 2 1",
    ]
    assert Proposal.objects.filter(kind="finding").count() == 4


def test_citizens_bring_nothing_back(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    write_note(author=hall.at(table)[0], table_pk=table.pk, title="Unseres")

    with refused("agenda.not_now"):
        bring_back(moderator=hall.at(table)[0], table_pk=table.pk)

    assert not Proposal.objects.exists()


# --- remarks, calls -------------------------------------------------------------
def hide(hall: Hall, moderator: Participation, remark: TableRemark) -> Decision:
    return hide_remark(
        moderator=moderator, remark_pk=remark.pk, rule="insult", reason="Beleidigung"
    )


def test_hidden_remark_tells_its_author_why(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    remark = add_remark(author=author, table_pk=table.pk, text="Grob")
    facts = {"moderator": hall.helper, "remark_pk": remark.pk}

    with refused("decision.rule"):
        hide_remark(**facts, rule="", reason="Beleidigung")
    with refused("decision.reason"):
        hide_remark(**facts, rule="insult", reason=" ")
    remark.refresh_from_db()
    assert remark.hidden_at is None
    made = hide(hall, hall.helper, remark)

    told = author.person.messages.get()
    assert "Beleidigung" in told.body
    assert (made.contribution, made.subject_kind, made.author) == (
        remark,
        "remark",
        author,
    )
    assert made.wording_digest
    entry = Entry.objects.filter(stream=hall.dialogue.stream_id).latest("seq")
    assert (entry.kind, entry.audience) == ("tableremark.hidden", table.circle)
    assert entry.payload["concerns"] == author.pk
    assert entry.payload["decision"] == made.pk
    assert "Grob" not in str(entry.payload)
    with refused("remark.hidden"):
        hide(hall, hall.lead, remark)
    with refused("agenda.not_now"):
        hide(hall, author, remark)


def test_remark_comes_back_after_an_appeal(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    remark = add_remark(author=author, table_pk=table.pk, text="Nicht grob")
    made = hide(hall, hall.helper, remark)
    case = appeal(person=author.person, decision_pk=made.pk)
    facts = {"appeal_pk": case.pk, "outcome": "reversed", "reason": "Erlaubt"}

    with refused("appeal.own_case"):
        rule_on_appeal(person=hall.helper.person, **facts)
    rule_on_appeal(person=hall.lead.person, **facts)

    remark.refresh_from_db()
    assert (remark.hidden_at, remark.hidden_reason) == (None, "")
    back = Decision.objects.get(action="restore")
    assert (back.reverses, back.remark) == (made, remark)
    kinds = Entry.objects.filter(stream=hall.dialogue.stream_id).values_list(
        "kind", "audience"
    )
    assert ("tableremark.restored", table.circle) in kinds


def test_remark_hidden_by_mistake_is_shown_again(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    remark = add_remark(author=author, table_pk=table.pk, text="Nicht grob")
    made = hide(hall, hall.helper, remark)
    facts = {"moderator": hall.helper, "remark_pk": remark.pk}

    with refused("decision.reason"):
        restore_remark(**facts, reason=" ")
    with refused("agenda.not_now"):
        restore_remark(**{**facts, "moderator": author}, reason="Doch")
    back = restore_remark(**facts, reason="Versehen")

    remark.refresh_from_db()
    assert (remark.hidden_at, remark.hidden_by) == (None, None)
    assert (back.reverses, back.rule, back.author) == (made, "insult", author)
    assert kinds(hall.dialogue)[-1] == "tableremark.restored"
    assert "Versehen" in author.person.messages.latest("pk").body
    with refused("remark.shown"):
        restore_remark(**facts, reason="Noch einmal")
    with refused("appeal.reversed"):
        appeal(person=author.person, decision_pk=made.pk)


def test_nobody_reads_what_was_hidden_at_the_table(hall: Hall):
    """That something was hidden, yes; no word of it and no name."""
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    remark = add_remark(author=author, table_pk=table.pk, text="Kanarienvogel")
    hide(hall, hall.lead, remark)

    with translation.override("en"):
        shown = draw_remarks(hall.dialogue, View("table", "en", table.pk))

    assert f"remark-hidden-{remark.pk}" in shown
    assert "A remark was hidden by the moderation at" in shown
    assert "Kanarienvogel" not in shown
    assert author.display_name not in shown
    assert "Beleidigung" not in shown


def test_decided_remark_is_emptied_when_its_time_is_over(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    first, second = (
        add_remark(author=author, table_pk=table.pk, text=text)
        for text in ("Grob", "Auch grob")
    )
    hide(hall, hall.lead, first)
    with time_machine.travel(clock.now() + timedelta(days=400), tick=False):
        end_of_time()
    first.refresh_from_db()
    assert (first.text, first.salt) == ("", "")
    made = hide(hall, hall.lead, second)

    erase_texts(author.person)

    second.refresh_from_db()
    assert second.text == ""
    assert Decision.objects.filter(pk=made.pk, remark=second).exists()


def test_remarks_come_no_faster_than_people_think(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author = hall.at(table)[0]
    for n in range(20):
        add_remark(author=author, table_pk=table.pk, text=f"Nummer {n}")

    with refused("contribution.too_fast"):
        add_remark(author=author, table_pk=table.pk, text="Noch eine")


def test_call_from_a_table_stands_in_the_queue(hall: Hall):
    hall.begin()
    table = hall.tables()[1]
    caller = hall.at(table)[0]

    call = call_to_table(caller=caller, table_pk=table.pk, text="Kein Ton")

    assert call.name == f"Tisch 2: {caller.display_name}"
    assert [row.table_call.table for row in open_table_calls(hall.dialogue)] == [table]
    answer_help(host=hall.lead, call_pk=call.pk, answer="Komme")
    assert not open_table_calls(hall.dialogue).exists()
    assert HelpCall.objects.get().table_call.table == table


def test_call_with_the_longest_names_is_kept(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    caller = hall.at(table)[0]
    change_table(moderator=hall.lead, table_pk=table.pk, name="T" * 60)
    caller.display_name = "N" * 80
    caller.save()

    call = call_to_table(caller=caller, table_pk=table.pk, text="Hilfe")

    assert len(call.name) <= 80


# --- a table whose moderator vanishes -------------------------------------------
def test_vanished_moderator_is_noticed_and_the_table_goes_on(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    now = clock.now()

    with time_machine.travel(now + timedelta(seconds=34), tick=False):
        mark_seen(hall.dialogue.pk, [hall.lead.pk], clock.now())
    table.refresh_from_db()
    assert table.abandoned_at is None
    with time_machine.travel(now + timedelta(seconds=40), tick=False):
        mark_seen(hall.dialogue.pk, [hall.lead.pk], clock.now())
        mark_seen(hall.dialogue.pk, [hall.lead.pk], clock.now())
    table.refresh_from_db()
    assert table.abandoned_at is not None
    assert kinds(hall.dialogue).count("table.abandoned") == 1

    write_note(author=hall.at(table)[0], table_pk=table.pk, title="Auch ohne")
    taken = take_over_table(
        moderator=hall.lead, table_pk=table.pk, expected=hall.helper.pk
    )

    assert (taken.moderator, taken.abandoned_at) == (hall.lead, None)


def test_moderator_who_comes_back_is_noticed(hall: Hall):
    hall.begin()
    now = clock.now()
    with time_machine.travel(now + timedelta(seconds=60), tick=False):
        mark_seen(hall.dialogue.pk, [hall.lead.pk], clock.now())
        mark_seen(hall.dialogue.pk, [hall.helper.pk], clock.now())

    assert hall.tables()[0].abandoned_at is None
    assert kinds(hall.dialogue)[-2:] == ["table.abandoned", "table.attended"]


def test_nobody_is_missed_when_no_round_runs(hall: Hall):
    hall.begin()
    end_round(moderator=hall.lead)

    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        mark_seen(hall.dialogue.pk, [hall.lead.pk], clock.now())

    assert hall.tables()[0].abandoned_at is None


def test_of_two_who_take_over_one_is_told(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    other = make_participation(hall.dialogue, "lead_moderator")
    take_over_table(moderator=hall.lead, table_pk=table.pk, expected=hall.helper.pk)

    with refused("table.taken_meanwhile"):
        take_over_table(moderator=other, table_pk=table.pk, expected=hall.helper.pk)

    assert hall.tables()[0].moderator == hall.lead


def test_only_the_moderation_leads_a_table(hall: Hall):
    hall.begin()
    table = hall.tables()[0]

    with refused("table.leader"):
        change_table(
            moderator=hall.lead,
            table_pk=table.pk,
            name="Neu",
            leader_pk=hall.people[0].pk,
        )
    change_participation(
        host=hall.lead, participation_pk=hall.helper.pk, role="participant"
    )
    hall.begin()

    assert hall.tables()[0].moderator is None


# --- erasing --------------------------------------------------------------------
def test_erased_person_leaves_no_text_at_tables(hall: Hall):
    hall.begin()
    table = hall.tables()[0]
    author, neighbour = hall.at(table)[:2]
    add_remark(author=author, table_pk=table.pk, text="Von mir")
    add_remark(author=neighbour, table_pk=table.pk, text="Von nebenan")
    write_note(author=author, table_pk=table.pk, title="Meines")

    erase_texts(author.person)

    assert [row.text for row in TableRemark.objects.all()] == ["Von nebenan"]
    assert not TableNote.objects.exists()
