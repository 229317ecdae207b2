"""Rights in learning and certifying, asked of a person."""

import rules

from accounts.models import Person
from accounts.rules import is_administrator, is_staff_member
from qualification.queries import valid_certificate


@rules.predicate
def has_account(person: Person | None) -> bool:
    return bool(
        person and person.is_authenticated and person.is_active and not person.is_guest
    )


@rules.predicate
def is_certified(person: Person | None) -> bool:
    return person is not None and valid_certificate(person) is not None


rules.add_perm("qualification.take_lessons", has_account)
rules.add_perm(
    "qualification.confirm_session", is_administrator | (has_account & is_certified)
)
rules.add_perm("qualification.view_register", is_staff_member)
rules.add_perm("qualification.issue_certificate", is_administrator)
