"""What tables have found comes to the plenary, with its origin."""

from dialogue.models import Dialogue, Participation, Table, TableNote
from dialogue.queries import fresh, require
from dialogue.table_events import FindingsBrought
from dialogue.table_queries import find_table, waiting_notes
from dialogue.table_rounds import end_round
from dialogue.tables import write_note
from ledger.actions import act, record
from proposals.actions import save_draft
from proposals.events import ProposalPublished
from proposals.holding import held_event, reasons_to_hold
from proposals.models import Proposal
from proposals.queries import wording_digest
from shared import clock

FINDING = Proposal.Kind.FINDING


@act()
def draft_finding(*, author: Participation, title: str = "", text: str = "") -> None:
    """Keep what somebody is writing down for a table. It is that person's own, and
    comes along to another table."""
    save_draft(author=author, kind=FINDING, title=title, text=text)


@act()
def write_finding(
    *, author: Participation, table_pk: int, title: str, text: str = ""
) -> TableNote:
    """Put a finding on the table; the author's draft of it is used up."""
    note = write_note(author=author, table_pk=table_pk, title=title, text=text)
    Proposal.objects.filter(
        author=author, kind=FINDING, state=Proposal.State.DRAFT
    ).delete()
    return note


@act()
def bring_back(*, moderator: Participation, table_pk: int) -> list[Proposal]:
    """Publish or hold what a table has found and the plenary has not seen yet."""
    moderator, dialogue = fresh(moderator)
    require("dialogue.lead_table", moderator, dialogue)
    return _publish(dialogue, find_table(dialogue.pk, table_pk, lock=True), moderator)


@act()
def end_tables(
    *, moderator: Participation, expected: int | None = None
) -> list[Proposal]:
    """End the round, and publish or hold what all tables have found."""
    ended = end_round(moderator=moderator, expected=expected)
    __, dialogue = fresh(moderator)
    tables = (
        Table.objects.select_for_update(of=("self",))
        .filter(dialogue=dialogue, notes__round=ended)
        .order_by("pk")
    )
    # A join with a table of many rows: each once.
    distinct = {table.pk: table for table in tables}
    return [
        finding
        for table in distinct.values()
        for finding in _publish(dialogue, table, moderator)
    ]


def _publish(
    dialogue: Dialogue, table: Table, moderator: Participation
) -> list[Proposal]:
    """What a rule of the house holds waits for the moderation before it is shown.

    The words move: what is hidden in the plenary must not stand on at the table.
    """
    findings = []
    notes = waiting_notes(table).select_related("round", "written_by__person")
    for note in notes:
        # One after the other, so that each has a place of its own in the list.
        moment = clock.now()
        held_for = reasons_to_hold(note.written_by, dialogue, note.title, note.text)
        finding = Proposal.objects.create(
            dialogue=dialogue,
            item=note.round.item,
            author_id=note.written_by_id,
            kind=FINDING,
            table=table,
            note=note,
            title=note.title,
            text=note.text,
            state=Proposal.State.PENDING if held_for else Proposal.State.PUBLISHED,
            held_for=" ".join(held_for),
            written_at=note.written_at,
            published_at=None if held_for else moment,
        )
        note.brought_at, note.title, note.text = moment, "", ""
        note.save(update_fields=["brought_at", "title", "text"])
        record(
            dialogue.stream_id,
            held_event(finding)
            if held_for
            else ProposalPublished(
                proposal=finding.pk,
                digest=wording_digest(finding),
                concerns=finding.author_id,
            ),
        )
        findings.append(finding)
    if findings:
        record(
            dialogue.stream_id,
            FindingsBrought(table=table.pk, number=len(findings), by=moderator.pk),
        )
    return findings
