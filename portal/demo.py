"""The demo city: made by the same verbs that people use, once."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.urls import reverse

from accounts.models import Person
from dialogue.actions import announce_dialogue, go_to, open_lobby
from dialogue.joining import assign_role, join
from dialogue.models import Dialogue, Participation
from dialogue.planning import apply_running_order, create_dialogue
from dialogue.planning_facts import DialogueFacts
from dialogue.qualified import state_conflict
from dialogue.running_orders_long import RUNNING_ORDERS
from dialogue.texts import ground_rules, privacy_notice
from moderation.closing import close_dialogue
from portal import demo_texts as words
from projects.actions import assign_staff, publish_project
from projects.models import Department, District, Project, Topic
from proposals.actions import add_comment, ask_question, submit_proposal
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from proposals.responding import set_support
from proposals.stances import StanceRequest, take_stances
from proposals.voting import VoteRequest, cast_votes
from qualification.actions import grant_certificate
from shared import clock

PASSWORD = "demo-mitwirken"  # noqa: S105 -- printed by `make run` anyway
STAFF, MODERATOR, ADMINISTRATOR, CITIZEN = (
    "staff@stadt.example",
    "moderation@stadt.example",
    "admin@stadt.example",
    "buergerin@post.example",
)
RUNNING, PAST, COMING = "schulweg-abend", "park-auftakt", "bibliothek-online"


def demo_city() -> dict[str, Any]:
    """Make what is missing; gives addresses (paths) and logins."""
    if not Person.objects.filter(email=STAFF).exists():
        # All or nothing: a start that was interrupted begins anew.
        with transaction.atomic():
            _make()
    running = Dialogue.objects.get(slug=RUNNING)
    return {
        "addresses": [
            {"who": "Portal", "url": reverse("portal:home")},
            {"who": "Citizen", "url": reverse("demo:enter", args=["citizen"])},
            {"who": "Moderator", "url": reverse("demo:enter", args=["moderator"])},
            {"who": "Staff", "url": reverse("demo:enter", args=["staff"])},
            {"who": "Projector", "url": reverse("demo:enter", args=["projector"])},
            {"who": "Join", "url": reverse("live:room", args=[running.code])},
        ],
        "logins": [
            {"who": "Staff", "email": STAFF, "password": PASSWORD},
            {"who": "Moderator", "email": MODERATOR, "password": PASSWORD},
            {"who": "Administrator", "email": ADMINISTRATOR, "password": PASSWORD},
            {"who": "Citizen", "email": CITIZEN, "password": PASSWORD},
        ],
    }


def _make() -> None:
    people = {
        STAFF: _account(STAFF, "Sabine Krüger", is_staff_member=True),
        MODERATOR: _account(MODERATOR, "Jonas Weber"),
        ADMINISTRATOR: _account(
            ADMINISTRATOR, "Verwaltung IT", is_administrator=True, is_staff_member=True
        ),
        CITIZEN: _account(CITIZEN, "Mira Yılmaz"),
    }
    grant_certificate(
        administrator=people[ADMINISTRATOR],
        email=MODERATOR,
        reason="Erfundene Person der Vorführung, anderswo ausgebildet.",
    )
    for name in words.DISTRICTS:
        District.objects.get_or_create(name=name)
    for name_de, name_en in words.TOPICS:
        Topic.objects.get_or_create(name_de=name_de, name_en=name_en)
    school = _project(words.SCHOOL, 0, people[STAFF], ["Verkehr", "Schule"], ["Hörde"])
    park = _project(words.PARK, 1, people[STAFF], ["Grün"], ["Innenstadt-Nord"])
    library = _project(words.LIBRARY, 2, people[STAFF], ["Kultur"], ["Scharnhorst"])
    _past_dialogue(park, people[MODERATOR])
    _coming_dialogue(library, people[MODERATOR])
    _running_dialogue(school, people[MODERATOR])


def _account(email: str, name: str, **rights: bool) -> Person:
    person = Person.objects.create_user(email, PASSWORD, name=name, **rights)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def _project(
    texts: dict[str, str],
    number: int,
    staff: Person,
    topics: list[str],
    districts: list[str],
) -> Project:
    today = clock.now().date()
    department, __ = Department.objects.get_or_create(name=words.DEPARTMENTS[number])
    project = Project.objects.create(
        **texts,
        department=department,
        contact_name="Sabine Krüger",
        contact_mail="beteiligung@stadt.example",
        contact_phone="0231 00 00 00",
        decision_due=today + timedelta(days=120),
        level=Project.Level.INVOLVE,
        status=Project.Status.OPEN,
    )
    project.topics.set(Topic.objects.filter(name_de__in=topics))
    project.districts.set(District.objects.filter(name__in=districts))
    for title, start, end in (
        ("Informieren und einladen", -30, -3),
        ("Dialog", -2, 30),
        ("Auswerten und antworten", 31, 90),
        ("Entscheidung", 91, 120),
    ):
        project.phases.create(
            title=title,
            starts_on=today + timedelta(days=start),
            ends_on=today + timedelta(days=end),
        )
    assign_staff(project=project, person=staff)
    return publish_project(project=project)


def _dialogue(
    project: Project, moderator: Person, order: str, *, slug: str, **facts: Any
) -> tuple[Dialogue, Participation]:
    dialogue = create_dialogue(
        project=project,
        facts=DialogueFacts(
            **{
                "title_en": "",
                "summary_en": "",
                "summary_easy": "",
                "mode": Dialogue.Mode.LIVE,
                "access": Dialogue.Access.OPEN,
                "hotline": "0231 00 00 01",
                "ground_rules": ground_rules(),
                "privacy_notice": privacy_notice(),
                **facts,
            }
        ),
    )
    dialogue.slug = slug
    dialogue.save(update_fields=["slug"])
    apply_running_order(dialogue=dialogue, order=RUNNING_ORDERS[order])
    lead = assign_role(
        person=moderator,
        dialogue=dialogue,
        role=Participation.Role.LEAD_MODERATOR,
        name="Moderation: Jonas Weber",
    )
    state_conflict(moderator=lead, kind="none")
    announce_dialogue(dialogue=dialogue)
    return dialogue, lead


def _guests(dialogue: Dialogue, names: tuple[str, ...]) -> list[Participation]:
    dialogue.refresh_from_db()
    return [
        join(
            person=Person.objects.create_guest(),
            dialogue=dialogue,
            name=name,
            rules_accepted=True,
            privacy_accepted=True,
        )
        for name in names
    ]


def _stand_at(lead: Participation, action: str) -> None:
    """Move on to the first item that allows `action`."""
    item = lead.dialogue.agenda.filter(**{f"allows_{action}": True}).first()
    assert item is not None  # noqa: S101 -- every demo order has such items
    go_to(moderator=lead, item_pk=item.pk)


def _discuss(
    lead: Participation, guests: list[Participation], talk: words.Talk
) -> None:
    _stand_at(lead, "propose")
    proposals = [
        submit_proposal(author=guest, title=title, text=text, reason=reason)
        for guest, (title, text, reason) in zip(guests, talk.proposals, strict=False)
    ]
    for number, (alignment, text) in enumerate(talk.comments):
        add_comment(
            author=guests[-1 - number],
            proposal_pk=proposals[number % 3].pk,
            text=text,
            alignment=alignment,
        )
    values = ("agree", "agree", "disagree", "pass", "agree")
    _stand_at(lead, "stance")
    take_stances(
        [
            StanceRequest(guest.pk, proposal.pk, values[(g * 3 + p) % 5])
            for g, guest in enumerate(guests)
            for p, proposal in enumerate(proposals)
            if (g + p) % 4
        ]
    )
    for g, guest in enumerate(guests):
        set_support(
            participation=guest,
            kind="proposal",
            pk=proposals[g % len(proposals)].pk,
            supported=True,
        )
    _stand_at(lead, "ask")
    for guest, text in zip(guests, talk.questions, strict=False):
        ask_question(author=guest, text=text)


def _vote(lead: Participation, guests: list[Participation], title: str) -> None:
    ballot = draft_ballot(
        moderator=lead,
        title=title,
        method=Ballot.Method.YES_NO,
        secrecy=Ballot.Secrecy.SECRET,
    )
    _stand_at(lead, "vote")
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    options = list(ballot.options.order_by("position"))
    cast_votes(
        [
            VoteRequest(guest.pk, ballot.pk, {options[(g % 5) // 3].pk: 1}, "demo")
            for g, guest in enumerate(guests)
        ]
    )
    close_ballot(moderator=lead, ballot_pk=ballot.pk)


def _running_dialogue(project: Project, moderator: Person) -> None:
    dialogue, lead = _dialogue(
        project,
        moderator,
        "135",
        slug=RUNNING,
        title=words.EVENING_TITLE,
        title_en=words.EVENING_TITLE_EN,
        summary=words.EVENING_SUMMARY,
        summary_en=words.EVENING_SUMMARY_EN,
        summary_easy=words.EVENING_SUMMARY_EASY,
        starts_at=clock.now() - timedelta(minutes=30),
    )
    open_lobby(moderator=lead)
    guests = _guests(dialogue, words.NAMES)
    _discuss(lead, guests, words.SCHOOL_TALK)
    draft_ballot(
        moderator=lead,
        title=words.SCHOOL_TALK.ballot,
        method=Ballot.Method.YES_NO,
        secrecy=Ballot.Secrecy.SECRET,
    )
    _stand_at(lead, "propose")


def _past_dialogue(project: Project, moderator: Person) -> None:
    dialogue, lead = _dialogue(
        project,
        moderator,
        "90",
        slug=PAST,
        title="Auftakt: Was braucht der Park?",
        title_en="Opening: what does the park need?",
        summary="Der erste Abend zum neuen Park am Hafen.",
        starts_at=clock.now() - timedelta(days=9),
    )
    guests = _guests(dialogue, words.NAMES[:9])
    _discuss(lead, guests, words.PARK_TALK)
    _vote(lead, guests, words.PARK_TALK.ballot)
    close_dialogue(moderator=lead)


def _coming_dialogue(project: Project, moderator: Person) -> None:
    _dialogue(
        project,
        moderator,
        "90",
        slug=COMING,
        title="Bibliothek: Ideen sammeln",
        title_en="Library: collecting ideas",
        summary="Wir sammeln Wünsche für die neue Stadtteilbibliothek.",
        starts_at=clock.now() + timedelta(days=7),
    )
