"""Predicates about a person, independent of any project or dialogue."""

import rules

from accounts.models import Person


@rules.predicate
def is_administrator(person: Person | None) -> bool:
    return bool(
        person
        and person.is_authenticated
        and person.is_active
        and person.is_administrator
    )


@rules.predicate
def is_staff_member(person: Person | None) -> bool:
    return bool(
        person
        and person.is_authenticated
        and person.is_active
        and (person.is_staff_member or person.is_administrator)
    )
