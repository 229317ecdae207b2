"""A running dialogue full of people, put straight into the database.

Run inside a city's environment (`city.run("-m", "bench.room", ...)`): prints as
JSON where the room is and with which cookies everybody is signed in. Joining by
pages is not what is measured, and 300 of it would take longer than the rest.
"""

import argparse
import json
import os
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.conf import settings  # noqa: E402 -- needs loaded apps
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.base import VALID_KEY_CHARS  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402

from accounts.models import Person  # noqa: E402
from bench.words import TEXT  # noqa: E402
from dialogue.models import Participation  # noqa: E402
from proposals.ballots import draft_ballot, open_ballot  # noqa: E402
from shared import clock  # noqa: E402
from tests.factories import (  # noqa: E402
    make_dialogue,
    make_participation,
    make_proposal,
)


def signed_in(person: Person) -> Session:
    """A session of `person`, not saved."""
    store = SessionStore()
    facts = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    return Session(
        session_key=get_random_string(32, VALID_KEY_CHARS),
        session_data=store.encode(facts),
        expire_date=clock.now() + timedelta(days=1),
    )


def described(row: Participation, sessions: list[Session]) -> dict[str, Any]:
    sessions.append(signed_in(row.person))
    return {"participation": row.pk, "session": sessions[-1].session_key}


@transaction.atomic
def make_room(people: int, proposals: int, secrecies: list[str]) -> dict[str, Any]:
    """One moderator, `people` guests, `proposals` cards, an open ballot each."""
    dialogue = make_dialogue(allows="propose comment ask stance vote")
    sessions: list[Session] = []
    moderator = make_participation(dialogue, "lead_moderator")
    guests = [make_participation(dialogue) for __ in range(people)]
    made: dict[str, Any] = {
        "code": dialogue.code,
        "dialogue": dialogue.pk,
        "moderator": described(moderator, sessions),
        "people": [described(guest, sessions) for guest in guests],
        "proposals": [
            make_proposal(guests[number % people], text=TEXT).pk
            for number in range(proposals)
        ],
        "ballots": [],
    }
    for secrecy in secrecies:
        ballot = draft_ballot(
            moderator=moderator,
            title="Soll die Schulstraße kommen?",
            secrecy=secrecy,
            hides_count=True,
        )
        open_ballot(moderator=moderator, ballot_pk=ballot.pk)
        options = list(ballot.options.values_list("pk", flat=True))
        made["ballots"].append({"ballot": ballot.pk, "options": options})
    Session.objects.bulk_create(sessions, batch_size=200)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--proposals", type=int, default=24)
    parser.add_argument("--ballots", nargs="*", default=["open"])
    said = parser.parse_args()
    print(json.dumps(make_room(said.people, said.proposals, said.ballots)))


if __name__ == "__main__":
    main()
