"""Dialogues for browser tests, made by the application's own verbs.

Runs in the environment of a live city: `City.run("-m", "tests.browser.planting")`,
and prints what it made as JSON.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from itertools import cycle
from typing import Any

import django

django.setup()

from accounts.models import Person  # noqa: E402 -- after the setup of Django
from dialogue.actions import announce_dialogue, go_to, open_lobby  # noqa: E402
from dialogue.joining import assign_role, call_help, join  # noqa: E402
from dialogue.models import AgendaItem, Dialogue, Participation  # noqa: E402
from dialogue.planning import create_dialogue  # noqa: E402
from dialogue.planning_facts import DialogueFacts  # noqa: E402
from dialogue.qualified import state_conflict  # noqa: E402
from dialogue.texts import ground_rules, privacy_notice  # noqa: E402
from live.commands import run_command  # noqa: E402
from live.screens import View  # noqa: E402
from moderation.models import Decision  # noqa: E402
from moderation.reporting import report_contribution, reporter_of  # noqa: E402
from portal import demo  # noqa: E402
from projects.actions import assign_staff, publish_project  # noqa: E402
from projects.models import Project  # noqa: E402
from proposals.held import set_holding  # noqa: E402
from proposals.models import Proposal  # noqa: E402
from shared import clock  # noqa: E402
from shared.errors import Refusal  # noqa: E402
from shared.texts import clean_line, clean_text  # noqa: E402
from tests.browser.hostile_strings import HOSTILE  # noqa: E402

ROOM, DESK = View("room", "de"), View("desk", "de")
Facts = dict[str, Any]

EVENING = (
    ("arrival", "Ankommen", ""),
    ("proposals", "Vorschläge", "propose comment ask stance"),
    ("ballot", "Abstimmung", "vote propose comment ask"),
)
EVERYTHING = (("proposals", "Alles", "propose comment ask stance vote"),)
STATES = (
    ("proposals", "Vorschlagen", "propose comment"),
    ("gallery", "Haltung", "stance comment"),
    ("questions", "Fragen", "ask"),
    ("ballot", "Abstimmen", "vote"),
)


def make_project(slug: str, **texts: str) -> Project:
    today = clock.now().date()
    pattern = Project.objects.get(slug="sicher-zur-schule")
    project = Project.objects.create(
        **{
            **{name: getattr(pattern, name) for name in ("department", "level")},
            "slug": slug,
            "title": "Projekt",
            "summary": "Ein Projekt.",
            "occasion": "Anlass",
            "aim": "Ziel",
            "can_change": "viel",
            "is_fixed": "wenig",
            "decided_by": "Rat der Stadt",
            "contact_name": "Sabine Krüger",
            "contact_mail": "beteiligung@stadt.example",
            "decision_due": today + timedelta(days=90),
            "status": Project.Status.OPEN,
            **texts,
        }
    )
    project.phases.create(
        title=texts.get("title", "Dialog"),
        starts_on=today,
        ends_on=today + timedelta(days=9),
    )
    assign_staff(project=project, person=Person.objects.get(email=demo.STAFF))
    return publish_project(project=project)


def make_dialogue(
    project: Project, steps: Iterable[tuple[str, str, str]], **facts: Any
) -> tuple[Dialogue, Participation]:
    """An announced dialogue, led by the moderator of the demo city."""
    dialogue = create_dialogue(
        project=project,
        facts=DialogueFacts(
            **{
                "title": "Dialog",
                "summary": "Worum es geht.",
                "starts_at": clock.now(),
                "ground_rules": ground_rules(),
                "privacy_notice": privacy_notice(),
                **facts,
            }
        ),
    )
    for position, (kind, title, allows) in enumerate(steps):
        AgendaItem.objects.create(
            dialogue=dialogue,
            position=position,
            kind=kind,
            title=title,
            minutes=20,
            **{f"allows_{action}": True for action in allows.split()},
        )
    lead = assign_role(
        person=Person.objects.get(email=demo.MODERATOR),
        dialogue=dialogue,
        role=Participation.Role.LEAD_MODERATOR,
        name="Moderation",
    )
    state_conflict(moderator=lead, kind="none")
    announce_dialogue(dialogue=dialogue)
    dialogue.refresh_from_db()
    lead.dialogue = dialogue
    return dialogue, lead


def let_in(dialogue: Dialogue, name: str) -> Participation:
    """A guest under `name`, or under a plain one if no such name is allowed."""
    for wish in (name[:40], f"Gast {dialogue.participations.count()}"):
        try:
            return join(
                person=Person.objects.create_guest(),
                dialogue=dialogue,
                name=wish,
                rules_accepted=True,
                privacy_accepted=True,
            )
        except Refusal:
            continue
    raise AssertionError(name)


def do(who: Participation, name: str, **facts: Any) -> Facts:
    return run_command(name, facts, who, DESK if who.is_moderator else ROOM).ok


def plain_dialogues() -> Facts:
    project = make_project("browser", title="Projekt der Browser")
    codes: Facts = {}
    for name, steps in (
        ("story", EVENING),
        ("keys", EVENING),
        ("plain", EVERYTHING),
        ("polling", EVERYTHING),
        ("refused", EVERYTHING),
        ("halves", EVERYTHING),
        ("states", STATES),
        ("moderated", EVERYTHING),
        ("voting", EVERYTHING),
        ("ranking", EVERYTHING),
        ("turns", EVERYTHING),
        ("clocks", EVERYTHING),
        ("ballots", EVERYTHING),
        ("seated", EVERYTHING),
    ):
        dialogue, lead = make_dialogue(project, steps, title=f"Dialog {name}")
        if steps is EVERYTHING and name != "moderated":
            go_to(moderator=lead, item_pk=dialogue.agenda.get().pk)
        if name == "moderated":
            # Leads without a certificate: what a second one sees and lacks.
            assign_role(
                person=Person.objects.get(email=demo.CITIZEN),
                dialogue=dialogue,
                role=Participation.Role.LEAD_MODERATOR,
                name="Zweite Moderation",
            )
        codes[name] = dialogue.code
    return codes


def hostile_dialogue(*, is_closed: bool) -> Facts:
    """A dialogue of which every text is hostile."""
    texts = cycle(HOSTILE)
    number = 0 if is_closed else 7
    slug = f"hostile-{'closed' if is_closed else 'live'}"
    longest = max(HOSTILE, key=len)
    # As the forms of planning clean it.
    everything = clean_text("\n\n".join(HOSTILE))
    fields = ("title_en", "summary", "summary_en", "summary_easy", "occasion", "aim",
              "can_change", "is_fixed", "decided_by", "contact_name")  # fmt: skip
    project = make_project(
        slug,
        title=clean_line(HOSTILE[number])[:140],
        **{field: clean_line(next(texts))[:80] for field in fields},
    )
    dialogue, lead = make_dialogue(
        project,
        [
            (kind, clean_line(next(texts))[:120], allows)
            for kind, _, allows in EVERYTHING
        ],
        title=clean_line(HOSTILE[number + 1])[:140],
        title_en=clean_line(HOSTILE[number + 2])[:140],
        summary=clean_text(" ".join(HOSTILE))[:1200],
        summary_easy=clean_line(longest),
        hotline=HOSTILE[0][:40],
        ground_rules=everything,
        privacy_notice=everything,
    )
    item = dialogue.agenda.get()
    item.text = item.text_en = item.text_easy = everything[:1200]
    item.notes = item.suggested_words = everything
    item.save()
    open_lobby(moderator=lead)
    go_to(moderator=lead, item_pk=item.pk)
    guests = [let_in(dialogue, text) for text in HOSTILE]
    titles: dict[int, str] = {}
    for guest, text in zip(guests, HOSTILE, strict=True):
        title = clean_line(text)[:140]
        made = do(guest, "submit_proposal", title=title, text=text, reason=text)
        titles[made["proposal"]] = title
    first = next(iter(titles))
    for guest, text in zip(guests, HOSTILE, strict=True):
        do(guest, "add_comment", proposal=first, text=text, alignment="contra")
        do(guest, "ask_question", text=text)
        do(guest, "park_topic", text=clean_line(text)[:200])
        call_help(person=guest.person, dialogue=dialogue, name=text, text=text)
    hidden = Proposal.objects.filter(dialogue=dialogue).order_by("-pk")[:2]
    for row in hidden:
        do(lead, "hide", kind="proposal", pk=row.pk, rule="insult", reason=HOSTILE[0])
        titles.pop(row.pk)
    ballots = []
    for text in (HOSTILE[2], HOSTILE[21]):
        made = do(
            lead,
            "draft_ballot",
            title=clean_line(text)[:140],
            text="\n".join(HOSTILE[:12])[:1200],
            method="multiple",
            most_options=3,
            options="\n".join(clean_line(line) for line in HOSTILE),
            secrecy="open",
        )
        ballots.append(made["ballot"])
        do(lead, "open_ballot", ballot=made["ballot"])
    do(lead, "close_ballot", ballot=ballots[0])
    digest = do(lead, "close_dialogue", confirm="close")["digest"] if is_closed else ""
    return {
        "code": dialogue.code,
        "project": project.slug,
        "title": dialogue.title,
        "titles": titles,
        "ballots": ballots,
        "digest": digest,
    }


def queue_dialogue() -> Facts:
    """Sixty entries wait at the desk: 14 calls, 14 held proposals, 6 held questions,
    20 reports, and 6 appeals against another moderator's decisions."""
    project = make_project("anstehendes")
    dialogue, lead = make_dialogue(project, EVERYTHING, title="Was ansteht")
    open_lobby(moderator=lead)
    go_to(moderator=lead, item_pk=dialogue.agenda.get().pk)
    guests = [let_in(dialogue, f"Gast Nummer {number}") for number in range(20)]
    reported = [
        do(guest, "submit_proposal", title=f"Gemeldet: {guest.display_name}")
        for guest in guests
    ]
    other = assign_role(
        person=Person.objects.get(email=demo.CITIZEN),
        dialogue=dialogue,
        role=Participation.Role.TABLE_MODERATOR,
        name="Olga",
    )
    for guest in guests[:6]:
        taken = do(guest, "submit_proposal", title=f"Weg: {guest.display_name}")
        about = {"kind": "proposal", "pk": taken["proposal"]}
        do(other, "hide", **about, rule="insult", reason="Das war grob.")
        decision = Decision.objects.get(author=guest)
        do(guest, "appeal", decision=decision.pk, text="Das war nicht so gemeint.")
    set_holding(
        dialogue=dialogue,
        facts={
            "holds_everything": True,
            "holds_links": False,
            "holds_first": False,
            "holds_words": False,
            "most_in_ten_minutes": 0,
        },
    )
    for number, (guest, made, reporter) in enumerate(
        zip(guests, reported, guests[1:] + guests, strict=False)
    ):
        if number < 14:
            call_help(
                person=guest.person,
                dialogue=dialogue,
                name=guest.display_name,
                text="Ich höre nichts.",
            )
            do(guest, "submit_proposal", title=f"Gehalten: {guest.display_name}")
        else:
            do(guest, "ask_question", text=f"Wann kommt das, {guest.display_name}?")
        report_contribution(
            dialogue=dialogue,
            reporter=reporter_of(reporter),
            kind="proposal",
            pk=made["proposal"],
            rule="off_topic",
            explanation="Das gehört nicht hierher.",
        )
    return {"code": dialogue.code}


def two_desks_dialogue() -> Facts:
    """A lead and a table moderator, and three proposals of one guest."""
    project = make_project("zwei-pulte")
    dialogue, lead = make_dialogue(project, EVERYTHING, title="Zwei Pulte")
    open_lobby(moderator=lead)
    go_to(moderator=lead, item_pk=dialogue.agenda.get().pk)
    assign_role(
        person=Person.objects.get(email=demo.CITIZEN),
        dialogue=dialogue,
        role=Participation.Role.TABLE_MODERATOR,
        name="Olga",
    )
    guest = let_in(dialogue, "Gast")
    made = [do(guest, "submit_proposal", title=title) for title in ("Eins", "Zwei")]
    asked = do(guest, "ask_question", text="Wer bezahlt das?")
    return {
        "code": dialogue.code,
        "proposals": [row["proposal"] for row in made],
        "question": asked["question"],
    }


def main() -> None:
    """Make everything that the browser tests need."""
    made = plain_dialogues()
    made["hostile"] = hostile_dialogue(is_closed=False)
    made["queue"] = queue_dialogue()
    made["two_desks"] = two_desks_dialogue()
    made["hostile_closed"] = hostile_dialogue(is_closed=True)
    print(json.dumps(made))


if __name__ == "__main__":
    main()
