"""A rehearsal is wiped whole, and nothing of any other dialogue with it."""

from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction

from accounts.actions import give_consents, write_message
from accounts.models import Consent, Person
from dialogue.actions import go_on, open_lobby
from dialogue.joining import call_help, join
from dialogue.models import Dialogue, Material, Participation
from dialogue.rehearsing import end_rehearsal, plan_rehearsal, stop_rehearsal
from ledger.models import Entry, Stream
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from moderation.models import Decision
from moderation.wiping import look_after_rehearsals, wipe_rehearsal
from projects.models import ResultRecord
from proposals.actions import add_comment, ask_question, submit_proposal
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from proposals.responding import set_support
from proposals.stances import StanceRequest, take_stances
from proposals.voting import VoteRequest, cast_votes
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation, make_person

pytestmark = [pytest.mark.databases, pytest.mark.django_db]
EVERYTHING = "propose comment ask stance vote"


def rows_now() -> Counter[str]:
    """How many rows every table has."""
    return Counter(
        {
            model._meta.db_table: model._base_manager.count()
            for model in apps.get_models(include_auto_created=True)
        }
    )


def boxes_now() -> set[str]:
    tables = connection.introspection.table_names()
    return {table for table in tables if table.startswith("proposals_box_")}


@pytest.fixture
def original() -> Dialogue:
    dialogue = make_dialogue(allows=EVERYTHING)
    make_participation(
        dialogue, "lead_moderator", person=make_person(), display_name="Leitung"
    )
    return dialogue


def rehearsed(dialogue: Dialogue) -> tuple[Dialogue, Participation]:
    """A rehearsal of `dialogue` that stands at its first item, and who leads it."""
    copy = plan_rehearsal(dialogue=dialogue, speed=5, citizens=2, minutes=30).dialogue
    lead = copy.participations.get(role="lead_moderator")
    open_lobby(moderator=lead)
    go_on(moderator=lead)
    return Dialogue.objects.get(pk=copy.pk), lead


def lived_through(dialogue: Dialogue, lead: Participation) -> None:
    """One of everything that people do in a dialogue."""
    ada, ben = (
        join(
            person=Person.objects.create_guest(),
            dialogue=dialogue,
            name=name,
            rules_accepted=True,
            privacy_accepted=True,
        )
        for name in ("Ada", "Ben")
    )
    proposal = submit_proposal(author=ada, title="Bänke")
    bad = submit_proposal(author=ben, title="Unfug")
    comment = add_comment(author=ben, proposal_pk=proposal.pk, text="Gut")
    add_comment(author=ada, proposal_pk=proposal.pk, text="Danke", parent_pk=comment.pk)
    ask_question(author=ben, text="Wann?")
    set_support(participation=ben, kind="proposal", pk=proposal.pk, supported=True)
    take_stances([StanceRequest(ben.pk, proposal.pk, "agree")])
    hide_contribution(
        moderator=lead, kind="proposal", pk=bad.pk, rule="off_topic", reason="Fremd."
    )
    call_help(person=ada.person, dialogue=dialogue, name="Ada", text="Kein Ton")
    for secrecy, is_closed in (("open", True), ("secret", True), ("secret", False)):
        ballot = draft_ballot(moderator=lead, title="Bänke?", secrecy=secrecy)
        open_ballot(moderator=lead, ballot_pk=ballot.pk)
        option = ballot.options.get(key="yes").pk
        key = f"{ballot.pk}-{secrecy}-{'x' * 16}"
        cast_votes([VoteRequest(ada.pk, ballot.pk, {option: 1}, key)])
        if is_closed:
            close_ballot(moderator=lead, ballot_pk=ballot.pk)


def test_wiping_leaves_every_table_as_it_was(original):
    lived_through(original, original.participations.get(role="lead_moderator"))
    before, boxes = rows_now(), boxes_now()
    copy, lead = rehearsed(original)
    lived_through(copy, lead)
    assert rows_now()["ledger_entry"] > before["ledger_entry"]
    assert len(boxes_now()) == len(boxes) + 1
    end_rehearsal(rehearsal_pk=copy.pk)

    wipe_rehearsal(dialogue=copy)

    assert rows_now() == before
    assert boxes_now() == boxes
    with connection.cursor() as cursor:
        # Foreign keys are checked at the commit: nothing dangles.
        connection.check_constraints()
        cursor.execute("SELECT 1")


def test_rehearsal_closed_files_no_result(original):
    copy, lead = rehearsed(original)
    lived_through(copy, lead)

    record = close_dialogue(moderator=lead)

    copy.refresh_from_db()
    assert copy.is_over
    assert len(record.digest) == 64
    assert not ResultRecord.objects.exists()
    end_rehearsal(rehearsal_pk=copy.pk)
    wipe_rehearsal(dialogue=copy)
    assert not Dialogue.objects.filter(pk=copy.pk).exists()


def test_wiping_takes_consents_messages_and_files(
    original, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = str(tmp_path)
    shared = Material(item=original.agenda.get(), kind="pdf", title="Folien")
    shared.file.save("folien.pdf", ContentFile(b"%PDF"))
    copy, lead = rehearsed(original)
    own = Material(item=copy.agenda.get(), kind="pdf", title="Nur Probe")
    own.file.save("probe.pdf", ContentFile(b"%PDF"))
    give_consents(
        person=lead.person, context=f"dialogue:{copy.pk}", texts={"privacy": "x"}
    )
    link = f"/d/{copy.code}/#proposal-1"
    write_message(person=lead.person, subject="Probe", body="…", link=link)
    write_message(person=lead.person, subject="Echt", body="…", link="/d/ABCDEFGH/")
    end_rehearsal(rehearsal_pk=copy.pk)

    with django_capture_on_commit_callbacks(execute=True):
        wipe_rehearsal(dialogue=copy)

    assert not Consent.objects.filter(context=f"dialogue:{copy.pk}").exists()
    assert [row.subject for row in lead.person.messages.all()] == ["Echt"]
    assert shared.file.storage.exists(shared.file.name)
    assert not own.file.storage.exists(own.file.name)


def test_guest_known_elsewhere_stays(original):
    copy, __ = rehearsed(original)
    guest = make_participation(original).person
    make_participation(copy, person=guest)
    end_rehearsal(rehearsal_pk=copy.pk)

    wipe_rehearsal(dialogue=copy)

    assert guest.participations.get().dialogue == original


def refused(dialogue: Dialogue) -> str:
    with pytest.raises(Refusal) as refusal:
        wipe_rehearsal(dialogue=dialogue)
    return refusal.value.code


def test_real_dialogue_is_never_wiped(original):
    assert refused(original) == "rehearsal.none"


def test_real_dialogue_dressed_as_rehearsal_is_never_wiped(original):
    other = make_dialogue()
    Dialogue.objects.filter(pk=original.pk).update(rehearsal_of=other)

    assert refused(original) == "rehearsal.none"


def test_running_rehearsal_is_not_wiped(original):
    copy, __ = rehearsed(original)

    assert refused(copy) == "rehearsal.running"


def test_clock_wipes_a_day_later(original, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    copy, __ = rehearsed(original)
    stop_rehearsal(dialogue=copy)
    time_machine.shift(23 * 3600)
    look_after_rehearsals()
    assert Dialogue.objects.filter(pk=copy.pk).exists()

    time_machine.shift(2 * 3600)
    look_after_rehearsals()

    assert not Dialogue.objects.filter(pk=copy.pk).exists()
    assert Dialogue.objects.filter(pk=original.pk).exists()


# --- what the database itself refuses ---------------------------------------------
def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def real_rows(dialogue: Dialogue) -> tuple[int, int, int]:
    return (
        Entry.objects.filter(stream=dialogue.stream_id).count(),
        Decision.objects.filter(dialogue=dialogue).count(),
        Ballot.objects.filter(dialogue=dialogue).count(),
    )


TRICKS = {
    "entries": ("DELETE FROM ledger_entry WHERE stream_id = %s", "stream"),
    "decisions": ("DELETE FROM moderation_decision WHERE dialogue_id = %s", "pk"),
    "mark": ("UPDATE ledger_stream SET is_rehearsal = %s WHERE id = %s", "true stream"),
    "stream": ("DELETE FROM ledger_stream WHERE id = %s", "stream"),
    "number": ("UPDATE ledger_stream SET id = 987654 WHERE id = %s", "stream"),
    "dialogue": ("DELETE FROM dialogue_dialogue WHERE id = %s", "pk"),
    "other stream": (
        "UPDATE dialogue_dialogue SET stream_id = %s WHERE id = %s",
        "rehearsal pk",
    ),
    "other number": ("UPDATE dialogue_dialogue SET id = 987654 WHERE id = %s", "pk"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_nothing_of_a_real_dialogue_can_be_removed(trick, original):
    lived_through(original, original.participations.get(role="lead_moderator"))
    words = {
        "stream": original.stream_id,
        "pk": original.pk,
        "true": True,
        "rehearsal": Stream.objects.create(is_rehearsal=True).pk,
    }
    statement, names = TRICKS[trick]
    before = real_rows(original)

    with pytest.raises(DatabaseError, match=r"append-only|keeps its"):
        sql(statement, *(words[name] for name in names.split()))

    assert real_rows(original) == before


def test_stream_cannot_be_replaced():
    stream = Stream.objects.create()
    verb, end = {
        "sqlite": ("INSERT OR REPLACE", ""),
        "postgresql": ("INSERT", " ON CONFLICT (id) DO UPDATE SET is_rehearsal = true"),
    }[connection.vendor]

    with pytest.raises(DatabaseError, match="keeps its"):
        sql(
            f"{verb} INTO ledger_stream "
            "(id, epoch, head, counts, digest, is_rehearsal) "
            f"VALUES (%s, 'x', 0, 0, '', true){end}",
            stream.pk,
        )

    stream.refresh_from_db()
    assert not stream.is_rehearsal


def test_entry_of_a_rehearsal_never_changes(original):
    copy, __ = rehearsed(original)

    with pytest.raises(DatabaseError, match="append-only"):
        sql("UPDATE ledger_entry SET seq = 9 WHERE stream_id = %s", copy.stream_id)


def test_entries_of_a_rehearsal_can_be_removed(original):
    copy, __ = rehearsed(original)
    before = real_rows(original)

    sql("DELETE FROM ledger_entry WHERE stream_id = %s", copy.stream_id)

    assert real_rows(copy)[0] == 0
    assert real_rows(original) == before


def test_rehearsal_mails_nobody(original, django_capture_on_commit_callbacks):
    copy, lead = rehearsed(original)
    person = make_person()
    real = make_participation(original, person=person)
    author = make_participation(copy, person=person)
    author.dialogue.refresh_from_db()
    jobs = []
    for participation, moderator in (
        (author, lead),
        (real, original.participations.get(role="lead_moderator")),
    ):
        proposal = submit_proposal(author=participation, title="Unfug")
        with django_capture_on_commit_callbacks() as callbacks:
            hide_contribution(
                moderator=moderator,
                kind="proposal",
                pk=proposal.pk,
                rule="off_topic",
                reason="Fremd.",
            )
        jobs.append(sum("write_message" in repr(job) for job in callbacks))

    assert person.messages.count() == 2
    assert jobs == [0, 1]
