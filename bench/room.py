"""A running dialogue full of people, put straight into the database.

Run inside a city's environment (`city.run("-m", "bench.room", ...)`): prints as
JSON where the room is and with which cookies everybody is signed in. Joining by
pages is not what is measured, and of thousands would take longer than the rest.
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
from bench.past import add_past  # noqa: E402
from bench.waiting import add_said, add_waiting  # noqa: E402
from bench.words import TEXT  # noqa: E402
from dialogue.models import Dialogue, Participation  # noqa: E402
from proposals.ballots import open_ballot  # noqa: E402
from proposals.drafting import draft_ballot  # noqa: E402
from proposals.models import Proposal  # noqa: E402
from shared import clock  # noqa: E402
from tests.factories import (  # noqa: E402
    make_dialogue,
    make_participation,
    make_person,
    make_project,
)

MODERATOR_ROLES = ("lead_moderator", "table_moderator")


def signed_in(person: Person) -> Session:
    """A session of `person`, not saved."""
    facts = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    return Session(
        session_key=get_random_string(32, VALID_KEY_CHARS),
        session_data=SessionStore().encode(facts),
        expire_date=clock.now() + timedelta(days=1),
    )


def make_guests(dialogue: Dialogue, number: int) -> list[Participation]:
    """By two statements: one by one, thousands take minutes."""
    persons = [Person() for __ in range(number)]
    for person in persons:
        person.set_unusable_password()
    Person.objects.bulk_create(persons, batch_size=500)
    return Participation.objects.bulk_create(
        [
            Participation(
                dialogue=dialogue,
                person=person,
                display_name=f"Gast {person.pk}",
                name_key=f"gast{person.pk}",
                joined_at=clock.now(),
            )
            for person in persons
        ],
        batch_size=500,
    )


def make_proposals(guests: list[Participation], number: int) -> list[Proposal]:
    return Proposal.objects.bulk_create(
        [
            Proposal(
                dialogue=guests[0].dialogue,
                author=guests[place % len(guests)],
                title=f"Vorschlag {place + 1}",
                text=TEXT,
                state=Proposal.State.PUBLISHED,
                written_at=clock.now(),
                published_at=clock.now(),
            )
            for place in range(number)
        ],
        batch_size=200,
    )


def make_ballot(moderator: Participation, kind: str) -> dict[str, Any]:
    """An open ballot; "visible" is an open one whose running count is shown."""
    ballot = draft_ballot(
        moderator=moderator,
        title="Soll die Schulstraße kommen?",
        secrecy="secret" if kind == "secret" else "open",
        hides_count=kind != "visible",
    )
    open_ballot(moderator=moderator, ballot_pk=ballot.pk)
    options = list(ballot.options.values_list("pk", flat=True))
    return {"ballot": ballot.pk, "options": options}


@transaction.atomic
def make_room(said: argparse.Namespace) -> dict[str, Any]:
    # The factories count from one in every process; a database may hold several rooms.
    key = get_random_string(8, "abcdefghijkmnpqrstuvwxyz")
    dialogue = make_dialogue(
        allows="propose comment ask stance vote",
        slug=f"room-{key}",
        project=make_project(slug=f"room-{key}"),
    )
    moderators = [
        make_participation(
            dialogue,
            MODERATOR_ROLES[min(1, number)],
            person=make_person(email=f"moderator{number}@{key}.example"),
        )
        for number in range(said.moderators)
    ]
    guests = make_guests(dialogue, said.people)
    proposals = make_proposals(guests, said.proposals)
    base = add_past(dialogue, guests, proposals, said.votes)
    add_said(dialogue, guests, proposals, said.comments, said.questions)
    if said.waiting:
        add_waiting(dialogue, moderators, guests, proposals, said.waiting)
    everybody = [*moderators, *guests]
    sessions = [signed_in(row.person) for row in everybody]
    Session.objects.bulk_create(sessions, batch_size=500)
    described = [
        {"participation": row.pk, "session": session.session_key}
        for row, session in zip(everybody, sessions, strict=True)
    ]
    return {
        "code": dialogue.code,
        "dialogue": dialogue.pk,
        "moderator": described[0],
        "moderators": described[: said.moderators],
        "people": described[said.moderators :],
        "proposals": [row.pk for row in proposals],
        "stances": base,
        "ballots": [make_ballot(moderators[0], kind) for kind in said.ballots],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--moderators", type=int, default=1)
    parser.add_argument("--proposals", type=int, default=24)
    parser.add_argument("--ballots", nargs="*", default=["open"])
    parser.add_argument("--votes", type=int, default=0, help="that were cast before")
    parser.add_argument("--comments", type=int, default=0)
    parser.add_argument("--questions", type=int, default=0)
    parser.add_argument("--waiting", type=int, default=0, help="entries at the desk")
    print(json.dumps(make_room(parser.parse_args())))


if __name__ == "__main__":
    main()
