"""Ways to have learned something, for tests."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Person
from qualification.actions import confirm_session, note_practice, try_check
from qualification.lessons import Lesson, all_lessons
from qualification.models import Practice, SupervisedSession
from tests.factories import make_certificate, make_person

ALL_KINDS = tuple(Practice.Kind.values)


def right_answers(lesson: Lesson) -> dict[int, int]:
    return {n: question.right for n, question in enumerate(lesson.here.questions)}


def pass_all(person: Person) -> None:
    for lesson in all_lessons():
        assert try_check(person=person, lesson=lesson, chosen=right_answers(lesson))


def practise(person: Person, **facts: Any) -> Practice:
    return note_practice(
        **{
            "person": person,
            "dialogue_title": "Probe",
            "minutes": 60,
            "kinds": ALL_KINDS,
            **facts,
        }
    )


def make_supervisor() -> Person:
    person = make_person()
    make_certificate(person)
    return person


def supervise(person: Person, *, days_ago: int = 1, **facts: Any) -> SupervisedSession:
    assert person.email is not None
    return confirm_session(
        **{
            "supervisor": facts.pop("supervisor", None) or make_supervisor(),
            "email": person.email,
            "dialogue_title": "Schulweg",
            "held_on": timezone.localdate() - timedelta(days=days_ago),
            "note": "Ruhig und klar.",
            **facts,
        }
    )


def learn_all(person: Person, *, sessions: int = 2) -> None:
    """Everything the certificate needs."""
    pass_all(person)
    practise(person)
    for number in range(sessions):
        supervise(person, days_ago=number + 1)
