"""Verbs of people: consent, messages, moving from guest to account."""

import hashlib
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
    """Tell `person` something: in the account, and by mail if an address is known."""
    message = Message.objects.create(
        person=person, subject=subject, body=body, link=link, written_at=clock.now()
    )
    if person.email:
        transaction.on_commit(lambda: mail_message.enqueue(message.pk))
    return message


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
