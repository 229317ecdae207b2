"""The evening to be moderated, with two lead moderators, made by the verbs.

Runs in the environment of a city, with the speed and the evening's name:
`City.run("-m", "tests.evening.planting", "5", "deciding")`. Prints what it made (JSON).
"""

import json
import sys
from dataclasses import replace

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402 -- after the setup
from django.conf import settings  # noqa: E402

from accounts.models import Person  # noqa: E402
from dialogue.actions import announce_dialogue  # noqa: E402
from dialogue.joining import assign_role  # noqa: E402
from dialogue.models import Dialogue, Participation  # noqa: E402
from dialogue.planning import apply_running_order, create_dialogue  # noqa: E402
from dialogue.planning_facts import DialogueFacts  # noqa: E402
from dialogue.running_orders import NINETY, RunningOrder  # noqa: E402
from dialogue.running_orders_long import DORTMUND  # noqa: E402
from dialogue.texts import ground_rules, privacy_notice  # noqa: E402
from portal import demo  # noqa: E402
from projects.models import Project  # noqa: E402
from proposals.held import set_holding, set_words  # noqa: E402
from qualification.actions import grant_certificate  # noqa: E402
from shared import clock  # noqa: E402

SECOND = "anna.beier@stadt.example"
WORDS = "Trottel\nSchwachsinn\ndumm*\nblöd*"

_welcome, _input, _first, _flash, _break, _second, _ballot, _answer, _end = (
    DORTMUND.steps
)
TWO_HOURS = RunningOrder(
    key="120",
    title="120 Minuten",
    purpose="Zwei Runden an Tischen, dazwischen das Plenum.",
    steps=(
        replace(_welcome, minutes=10),
        replace(_input, minutes=12),
        replace(NINETY.steps[2], minutes=10),
        replace(_first, minutes=20),
        replace(_flash, minutes=8),
        replace(_break, minutes=5),
        replace(_second, minutes=15),
        replace(NINETY.steps[4], minutes=15, allows="propose comment stance"),
        replace(_ballot, minutes=12),
        replace(_answer, minutes=8),
        replace(_end, minutes=5),
    ),
)
DECIDING = RunningOrder(
    key="60",
    title="60 Minuten",
    purpose="Sechs Abstimmungen, sechs Verfahren.",
    steps=(
        replace(_welcome, minutes=5),
        replace(NINETY.steps[4], minutes=10, allows="propose comment stance"),
        replace(_ballot, minutes=40),
        replace(_end, minutes=5),
    ),
)
ORDERS = {"moderating": TWO_HOURS, "deciding": DECIDING}


def moderator(email: str, name: str) -> Person:
    """An account with a certificate, as the demo city's moderator has."""
    person = Person.objects.create_user(email, demo.PASSWORD, name=name)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    grant_certificate(
        administrator=Person.objects.get(email=demo.ADMINISTRATOR),
        email=email,
        reason="Erfundene Person, anderswo ausgebildet.",
    )
    return person


def main() -> None:
    dialogue = create_dialogue(
        project=Project.objects.get(slug="sicher-zur-schule"),
        facts=DialogueFacts(
            title="Sicher zur Schule: Was tun wir zuerst?",
            title_en="Safe to school: what do we do first?",
            summary="Wo wird es auf dem Schulweg eng, und was soll zuerst geschehen?",
            summary_en="Where is the way to school narrow, and what comes first?",
            summary_easy="Wir reden über den Weg zur Schule. Er soll sicher sein.",
            access=Dialogue.Access.OPEN,
            starts_at=clock.now(),
            hotline="0231 00 00 01",
            ground_rules=ground_rules(),
            privacy_notice=privacy_notice(),
        ),
    )
    apply_running_order(dialogue=dialogue, order=ORDERS[sys.argv[2]])
    names = {demo.MODERATOR: "Jonas Weber", SECOND: "Anna Beier"}
    moderator(SECOND, names[SECOND])
    for email, name in names.items():
        assign_role(
            person=Person.objects.get(email=email),
            dialogue=dialogue,
            role=Participation.Role.LEAD_MODERATOR,
            name=f"Moderation: {name}",
        )
    set_words(dialogue=dialogue, words=WORDS)
    set_holding(
        dialogue=dialogue,
        facts={
            "holds_everything": False,
            "holds_links": True,
            "holds_first": True,
            "holds_words": True,
            # Ten minutes by the clock are more of the agenda.
            "most_in_ten_minutes": min(100, 12 * int(sys.argv[1])),
        },
    )
    announce_dialogue(dialogue=dialogue)
    # No verb makes the minutes of a dialogue that counts pass faster.
    Dialogue.objects.filter(pk=dialogue.pk).update(speed=int(sys.argv[1]))
    made = {
        "code": dialogue.code,
        "project": dialogue.project.slug,
        "second": SECOND,
        "agenda": list(dialogue.agenda.values_list("title", "minutes")),
        "cookie": settings.SESSION_COOKIE_NAME,
    }
    print(json.dumps(made))


if __name__ == "__main__":
    main()
