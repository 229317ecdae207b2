"""Erasing a person everywhere, in one act."""

from accounts.actions import erase_person as erase_account
from accounts.models import Person
from dialogue.events import ParticipationChanged
from dialogue.joining import erase_person as erase_participations
from dialogue.models import Dialogue, Participation
from dialogue.qualified import erase_person as erase_statements
from dialogue.tables import erase_texts as erase_table_texts
from ledger.actions import act, record
from moderation.minutes_freezing import erase_person as erase_from_minutes
from moderation.sealing import erase_person as erase_reports
from projects.actions import erase_person as erase_assignments
from proposals.erasure import erase_person as erase_contributions
from qualification.actions import erase_person as erase_qualification


@act()
def erase_person(person: Person, *, texts: bool = False) -> None:
    """Forget who the person is; with `texts` also what the person has written.

    What was said keeps a pseudonym that leads to nobody, and every result keeps
    its digest. Open screens of the person end, since the account is no more.
    """
    erase_contributions(person, texts=texts)
    if texts:
        erase_table_texts(person)
    erase_reports(person, texts=texts)
    erase_from_minutes(person, texts=texts)
    erase_participations(person)
    erase_statements(person)
    erase_qualification(person)
    erase_assignments(person)
    erase_account(person)
    still_open = Participation.objects.filter(person=person).exclude(
        dialogue__state=Dialogue.State.CLOSED
    )
    for pk, stream_id in still_open.values_list("pk", "dialogue__stream_id"):
        record(stream_id, ParticipationChanged(participation=pk, concerns=pk))
