"""Verbs of people: consent, messages, moving from guest to account."""

import hashlib
import re
from collections.abc import Mapping

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import Consent, Message, Person
from accounts.tasks import mail_message
from ledger.actions import act
from shared import clock


@act()
def give_consents(*, person: Person, context: str, texts: Mapping[str, str]) -> None:
    """Keep the proof that `person` accepted exactly `texts` (by About) in `context`.

    In one statement, since a hall joins at once; given again, the first ones stay.
    """
    given_at = clock.now()
    Consent.objects.bulk_create(
        [
            Consent(
                person=person,
                about=about,
                context=context,
                text_digest=hashlib.sha256(text.encode()).hexdigest(),
                given_at=given_at,
            )
            for about, text in texts.items()
        ],
        ignore_conflicts=True,
    )


@act()
def write_message(
    *, person: Person, subject: str, body: str, link: str = ""
) -> Message:
    """Tell `person` something: in the account, and by mail if an address is known.

    What was only rehearsed is not mailed.
    """
    message = Message.objects.create(
        person=person, subject=subject, body=body, link=link, written_at=clock.now()
    )
    if person.email and not _is_rehearsed(person, link):
        transaction.on_commit(lambda: mail_message.enqueue(message.pk))
    return message


def _is_rehearsed(person: Person, link: str) -> bool:
    """Whether `link` leads into a rehearsal in which `person` takes part."""
    room = re.match(r"/d/(\w{8})/", link)
    # Dialogues live on a floor above: only their reverse relation is used here.
    rehearsed = {"dialogue__rehearsal_of__isnull": False}
    return bool(
        room and person.participations.filter(dialogue__code=room[1], **rehearsed)
    )


@act()
def read_messages(*, person: Person) -> int:
    """Mark all messages of `person` as read; returns how many were new."""
    return person.messages.filter(read_at=None).update(read_at=clock.now())


def erase_person(person: Person) -> None:
    """Forget address, name, consents and messages; the row stays as nobody."""
    person.messages.all().delete()
    person.consents.all().delete()
    # allauth keeps the address and the second factors in tables of its own.
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    person.email, person.name, person.is_active = None, "", False
    person.is_staff_member = person.is_administrator = False
    person.set_unusable_password()
    person.save()
