"""What happens to people behind the application's back, or by another's hand.

A script in the city's environment: `city.run("-m", "tests.faults.deeds", WHAT, KEY)`.
There is no verb for some of it, and of the others only the effect counts here.
"""

import os
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 -- needs apps
from django.contrib.sessions.models import Session  # noqa: E402

from accounts.models import Person  # noqa: E402
from dialogue.models import Participation  # noqa: E402
from shared import clock  # noqa: E402
from tests.factories import make_person  # noqa: E402

PASSWORD = "Ein langer Satz als Passwort 1"


def expire(session: str) -> None:
    Session.objects.filter(pk=session).update(
        expire_date=clock.now() - timedelta(seconds=1)
    )


def silence(participation: str) -> None:
    Participation.objects.filter(pk=participation).update(
        silenced_until=clock.now() + timedelta(minutes=5)
    )


def change_password(participation: str) -> None:
    person = Person.objects.get(participations=int(participation))
    person.set_password(PASSWORD)
    person.save()


def make_accounts(number: str) -> None:
    """All with the same password; hashing each would take longer than the test."""
    password = make_password(PASSWORD)
    people = [
        make_person(email=f"account{count}@example.org") for count in range(int(number))
    ]
    Person.objects.filter(pk__in=[person.pk for person in people]).update(
        password=password
    )


DEEDS = {
    "expire": expire,
    "silence": silence,
    "change_password": change_password,
    "make_accounts": make_accounts,
}

if __name__ == "__main__":
    DEEDS[sys.argv[1]](sys.argv[2])
    print(time.monotonic())
