"""`python -m bench.form.people N`: N people with a session each, as JSON."""

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.form.settings")
django.setup()

from django.contrib.auth import (  # noqa: E402 -- needs loaded apps
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
)
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    # The votes' own table has no migrations and names a table that has.
    call_command("migrate", run_syncdb=True, verbosity=0)
    model = get_user_model()
    people = model.objects.bulk_create(
        model(username=f"person{number}", password="!")
        for number in range(int(sys.argv[1]))
    )
    store = SessionStore()
    sessions = [
        Session(
            session_key=f"{person.pk:032}",
            session_data=store.encode(
                {
                    SESSION_KEY: str(person.pk),
                    BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
                    HASH_SESSION_KEY: person.get_session_auth_hash(),
                }
            ),
            expire_date=timezone.now() + timedelta(days=1),
        )
        for person in people
    ]
    Session.objects.bulk_create(sessions)
    print(json.dumps([session.session_key for session in sessions]))


if __name__ == "__main__":
    main()
