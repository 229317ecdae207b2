"""Rows for tests, without surprises: what is not asked for is not made."""

from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import Person
from accounts.names import skeleton
from dialogue.models import AgendaItem, ConflictStatement, Dialogue, Participation
from ledger.models import Stream
from projects.models import Department, Project
from proposals.models import Comment, Proposal, Question
from qualification.models import Certificate
from shared import clock

_number = 0


def number() -> int:
    """A number that no other row of this test run has."""
    global _number
    _number += 1
    return _number


def make_guest() -> Person:
    return Person.objects.create_guest()


def make_person(**facts: Any) -> Person:
    """An account with a confirmed address."""
    email = facts.pop("email", f"person{number()}@example.org")
    person = Person.objects.create_user(email, None, **facts)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def make_staff(**facts: Any) -> Person:
    return make_person(is_staff_member=True, **facts)


def make_project(**facts: Any) -> Project:
    """A published project; `published_at=None` makes it a draft."""
    n = number()
    department, __ = Department.objects.get_or_create(name="Mobilität")
    return Project.objects.create(
        **{
            "slug": f"project-{n}",
            "title": f"Projekt {n}",
            "summary": "Worum es geht.",
            "department": department,
            "contact_name": "Kim Muster",
            "contact_mail": "kim@stadt.example",
            "occasion": "Anlass.",
            "aim": "Ziel.",
            "can_change": "Der Weg.",
            "is_fixed": "Das Geld.",
            "decided_by": "Der Rat",
            "decision_due": date(2027, 6, 30),
            "level": Project.Level.INVOLVE,
            "published_at": clock.now(),
            **facts,
        }
    )


def make_dialogue(*, allows: str = "", state: str = "live", **facts: Any) -> Dialogue:
    """A dialogue with one agenda item that allows `allows` (space separated)."""
    n = number()
    dialogue = Dialogue.objects.create(
        **{
            "project": facts.pop("project", None) or make_project(),
            "stream": Stream.objects.create(),
            "slug": f"dialogue-{n}",
            "title": f"Dialog {n}",
            "summary": "Ein Abend.",
            "access": Dialogue.Access.OPEN,
            "state": state,
            "starts_at": clock.now(),
            "ground_rules": "Wir hören einander zu.",
            "privacy_notice": "Wir speichern wenig.",
            **facts,
        }
    )
    item = make_item(dialogue, allows=allows)
    if state in ("live", "paused", "closed"):
        dialogue.current = item
        dialogue.opened_at = dialogue.item_began_at = clock.now()
        dialogue.item_ends_at = clock.now() + timedelta(minutes=item.minutes)
        item.steps.create(began_at=clock.now())
    if state == "paused":
        dialogue.paused_at = clock.now()
    dialogue.save()
    return dialogue


def make_item(dialogue: Dialogue, *, allows: str = "", **facts: Any) -> AgendaItem:
    position = dialogue.agenda.count()
    return AgendaItem.objects.create(
        **{
            "dialogue": dialogue,
            "position": position,
            "kind": AgendaItem.Kind.PROPOSALS,
            "title": f"Punkt {position + 1}",
            "minutes": 20,
            **{f"allows_{action}": True for action in allows.split()},
            **facts,
        }
    )


def make_participation(
    dialogue: Dialogue, role: str = "participant", **facts: Any
) -> Participation:
    """Somebody in the dialogue: a guest, or an account for official roles.

    Leads may steer: they have a certificate and have stated no conflict, unless
    `qualified=False`.
    """
    qualified = facts.pop("qualified", role == Participation.Role.LEAD_MODERATOR)
    official = role in Participation.OFFICIAL_ROLES
    name = facts.pop("display_name", f"Person {number()}")
    person = facts.pop("person", None) or (make_person() if official else make_guest())
    participation = Participation.objects.create(
        **{
            "dialogue": dialogue,
            "person": person,
            "role": role,
            "display_name": name,
            "name_key": skeleton(name) + str(number()),
            "joined_at": clock.now(),
            **facts,
        }
    )
    if qualified:
        make_certificate(person)
        ConflictStatement.objects.create(
            participation=participation,
            kind=ConflictStatement.Kind.NONE,
            stated_at=clock.now(),
        )
    return participation


def make_certificate(person: Person, **facts: Any) -> Certificate:
    """Valid for a year, without ledger entry."""
    return Certificate.objects.create(
        **{
            "person": person,
            "basis": Certificate.Basis.EARNED,
            "issued_at": clock.now() - timedelta(days=1),
            "expires_at": clock.now() + timedelta(days=365),
            **facts,
        }
    )


def make_proposal(author: Participation, **facts: Any) -> Proposal:
    """A published proposal, without ledger entry."""
    return Proposal.objects.create(
        **{
            "dialogue": author.dialogue,
            "author": author,
            "title": f"Vorschlag {number()}",
            "state": Proposal.State.PUBLISHED,
            "written_at": clock.now(),
            "published_at": clock.now(),
            **facts,
        }
    )


def make_comment(author: Participation, proposal: Proposal, **facts: Any) -> Comment:
    """A published comment, neither counted nor in the ledger."""
    return Comment.objects.create(
        **{
            "author": author,
            "proposal": proposal,
            "text": f"Kommentar {number()}",
            "written_at": clock.now(),
            **facts,
        }
    )


def make_question(author: Participation, **facts: Any) -> Question:
    """A published question, without ledger entry."""
    return Question.objects.create(
        **{
            "dialogue": author.dialogue,
            "author": author,
            "text": f"Frage {number()}?",
            "written_at": clock.now(),
            **facts,
        }
    )
