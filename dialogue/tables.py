"""Verbs at a table: who leads it, what it finds, what is said, calls for help."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.joining import call_help
from dialogue.meanwhile import changed_meanwhile
from dialogue.models import (
    Dialogue,
    HelpCall,
    Participation,
    Table,
    TableCall,
    TableNote,
    TableRemark,
    TableRound,
)
from dialogue.models.speaking import new_salt
from dialogue.queries import forbidden, fresh, require
from dialogue.table_events import (
    NoteStruck,
    NoteWritten,
    RemarkErased,
    RemarkMade,
    TableChanged,
    TableTakenOver,
)
from dialogue.table_queries import (
    access_table,
    current_round,
    find_table,
    latest_round,
    not_at_table,
)
from dialogue.telling import tell
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal

MOST_REMARKS_PER_MINUTE = 20


@act()
def change_table(
    *,
    moderator: Participation,
    table_pk: int,
    name: str,
    leader_pk: int | None = None,
    conference_url: str = "",
    expected: str | None = None,
) -> Table:
    """Name a table, say who leads it, and where its video conference is.

    `expected` is the `arrangement` that the moderator saw.
    """
    moderator, dialogue = fresh(moderator)
    require("dialogue.arrange_tables", moderator, dialogue)
    table = find_table(dialogue.pk, table_pk, lock=True)
    if expected is not None and expected != table.arrangement:
        kinds = (TableChanged.kind, TableTakenOver.kind)
        raise changed_meanwhile(
            dialogue, "table.changed_meanwhile", *kinds, table=table.pk
        )
    leader = None
    if leader_pk is not None:
        leader = dialogue.participations.filter(
            pk=leader_pk,
            role__in=Participation.OFFICIAL_ROLES,
            state=Participation.State.ADMITTED,
        ).first()
        if leader is None:
            raise Refusal(
                "table.leader",
                _("Please choose somebody of the moderation."),
                status=400,
                field="leader",
            )
    if leader_pk != table.moderator_id:
        table.abandoned_at = None
    table.name, table.moderator = name, leader
    table.conference_url = conference_url
    table.save()
    record(dialogue.stream_id, TableChanged(table=table.pk, by=moderator.pk))
    return table


@act()
def take_over_table(
    *, moderator: Participation, table_pk: int, expected: int | None = None
) -> Table:
    """Lead a table oneself from now on: when its moderator has gone, or by agreement.

    `expected` is who led it when the moderator looked (0: nobody).
    """
    moderator, dialogue = fresh(moderator)
    require("dialogue.lead_table", moderator, dialogue)
    table = find_table(dialogue.pk, table_pk, lock=True)
    if expected is not None and expected != (table.moderator_id or 0):
        kinds = (TableChanged.kind, TableTakenOver.kind)
        raise changed_meanwhile(
            dialogue, "table.taken_meanwhile", *kinds, table=table.pk
        )
    table.moderator, table.abandoned_at = moderator, None
    table.save(update_fields=["moderator", "abandoned_at"])
    record(dialogue.stream_id, TableTakenOver(table=table.pk, by=moderator.pk))
    return table


@act()
def write_note(
    *,
    author: Participation,
    table_pk: int,
    title: str,
    text: str = "",
    note_pk: int | None = None,
    revision: int | None = None,
) -> TableNote:
    """Put down a finding of the table, or revise one that is still at the table.

    Whoever sits there may: nobody has to wait for a moderator. `revision` is the
    number of the wording that was read.
    """
    author, dialogue, table, at = _speaking(author, table_pk)
    if note_pk is None:
        number = _free_number(table, at)
        note = TableNote.objects.create(
            table=table,
            round=at,
            number=number,
            title=title,
            text=text,
            written_by=author,
            written_at=clock.now(),
        )
    else:
        note = _access_note(table, note_pk)
        if revision is not None and revision != note.revision:
            raise Refusal(
                "note.changed_meanwhile",
                _("This finding was changed meanwhile by %(name)s. Please look again.")
                % {"name": (note.revised_by or note.written_by).display_name},
                field="title",
            )
        note.title, note.text = title, text
        note.revised_by, note.revision = author, note.revision + 1
        note.save()
    record(
        dialogue.stream_id,
        NoteWritten(table=table.pk, note=note.pk, revision=note.revision, by=author.pk),
    )
    return note


@act()
def strike_note(*, author: Participation, table_pk: int, note_pk: int) -> None:
    """Take a finding away again, before the plenary has seen it.

    Whose words were struck by somebody else gets them in a message.
    """
    author, dialogue, table, __ = _speaking(author, table_pk)
    note = _access_note(table, note_pk)
    record(dialogue.stream_id, NoteStruck(table=table.pk, note=note.pk, by=author.pk))
    if note.written_by_id != author.pk:
        tell(
            note.written_by,
            dialogue,
            _("Your finding was taken off the table"),
            _(
                "Dialogue: %(dialogue)s\n%(table)s\nTaken off by: %(name)s\n\n"
                "Your words: %(words)s"
            ),
            table=table.name,
            name=author.display_name,
            words="\n".join(filter(None, (note.title, note.text))),
        )
    note.delete()


@act()
def add_remark(*, author: Participation, table_pk: int, text: str) -> TableRemark:
    """Say something in writing at one's table."""
    author, dialogue, table, at = _speaking(author, table_pk)
    now = clock.now()
    minute = (now - timedelta(minutes=1), now)
    if (
        author.table_remarks.filter(written_at__range=minute).count()
        >= MOST_REMARKS_PER_MINUTE
    ):
        raise Refusal(
            "contribution.too_fast",
            _("That was a lot at once. Please wait a minute; your text stays here."),
            status=429,
            retry_after=20,
        )
    remark = TableRemark.objects.create(
        table=table, round=at, author=author, text=text, written_at=now
    )
    record(dialogue.stream_id, RemarkMade(table=table.pk, remark=remark.pk))
    return remark


def put_out_of_sight(
    remark: TableRemark, *, moderator: Participation, reason: str
) -> None:
    """For the floor above: hide a locked remark. The decision is written there."""
    remark.hidden_at, remark.hidden_by = clock.now(), moderator
    remark.hidden_reason = reason
    remark.salt = remark.salt or new_salt()
    remark.save(update_fields=["hidden_at", "hidden_by", "hidden_reason", "salt"])


def show_remark(remark: TableRemark) -> None:
    """For the floor above: let a locked remark be read at its table again."""
    remark.hidden_at, remark.hidden_by, remark.hidden_reason = None, None, ""
    remark.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])


@act()
def call_to_table(*, caller: Participation, table_pk: int, text: str) -> HelpCall:
    """Call for help from a table; it stands in the queue with the table's name."""
    caller, dialogue = fresh(caller)
    if not dialogue.has_doors_open:
        raise not_at_table()
    table = access_table(caller, table_pk)
    call = call_help(
        person=caller.person,
        dialogue=dialogue,
        name=f"{table.name}: {caller.display_name}",
        text=text,
    )
    TableCall.objects.create(call=call, table=table)
    return call


@act()
def erase_texts(person: Person) -> None:
    """Forget what somebody has said and noted at tables. What was brought to the
    plenary is erased there."""
    remarks = TableRemark.objects.filter(author__person=person)
    notes = TableNote.objects.filter(written_by__person=person)
    for remark in remarks.select_related("table__dialogue"):
        record(
            remark.table.dialogue.stream_id,
            RemarkErased(table=remark.table_id, remark=remark.pk),
        )
    for note in notes.select_related("table__dialogue"):
        record(
            note.table.dialogue.stream_id,
            NoteStruck(table=note.table_id, note=note.pk),
        )
    # Decisions live on the floor above, and name what they are about: only their
    # reverse relation is used here. Such a remark stays, without its words.
    decided = remarks.exclude(decisions=None)
    decided.update(text="", salt="", hidden_reason="")
    remarks.filter(decisions=None).delete()
    notes.delete()


def _speaking(
    author: Participation, table_pk: int
) -> tuple[Participation, Dialogue, Table, TableRound]:
    """Somebody at the table, and the table held: one change after the other."""
    author, dialogue = fresh(author)
    require("dialogue.speak_at_table", author, dialogue)
    table = access_table(author, table_pk, lock=True)
    at = current_round(dialogue) or latest_round(dialogue)
    if at is None:
        raise forbidden()
    return author, dialogue, table, at


def _free_number(table: Table, at: TableRound) -> int:
    taken = set(table.notes.filter(round=at).values_list("number", flat=True))
    free = [n for n in range(1, TableNote.MOST + 1) if n not in taken]
    if not free:
        raise Refusal(
            "note.three",
            _("Your table has three findings already. Please revise one of them."),
            field="title",
        )
    return free[0]


def _access_note(table: Table, note_pk: int) -> TableNote:
    note = table.notes.filter(pk=note_pk).first()
    if note is None:
        raise forbidden()
    if note.brought_at is not None:
        raise Refusal(
            "note.brought",
            _("This finding stands in the plenary already, and stays as it is here."),
            field="title",
        )
    return note
