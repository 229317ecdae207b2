"""What somebody has learned, what is missing, and who may lead dialogues."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rules
from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from ledger.models import Stream
from qualification.lessons import Lesson, all_lessons
from qualification.models import (
    SOON,
    Certificate,
    CertificateQuerySet,
    LessonCheck,
    Practice,
    SupervisedSession,
)
from shared import clock
from shared.errors import Refusal

# A rehearsal counts from this many minutes of its agenda on.
COUNTED_MINUTES = 30
# Sessions to be confirmed for the first certificate, and for each one after it.
SESSIONS_FIRST, SESSIONS_AGAIN = 2, 1
# How long before its end a certificate can be renewed.
RENEWAL = timedelta(days=180)


def months_later(moment: datetime, months: int) -> datetime:
    """The same day `months` later; the last of the month where there is none."""
    years, month = divmod(moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=moment.year + years, month=month + 1)


def access_learner(person: Any, right: str = "qualification.take_lessons") -> Person:
    """Who asks, if `right` is theirs; a guest is told to open an account."""
    if rules.has_perm(right, person):
        learner: Person = person
        return learner
    if right == "qualification.take_lessons":
        raise Refusal(
            "account.needed",
            _("To learn and to be certified you need an account. Please log in."),
            status=403,
        )
    if right == "qualification.confirm_session":
        raise Refusal(
            "supervisor.only",
            _("Sessions are confirmed by moderators with a valid certificate."),
            status=403,
        )
    raise Refusal(
        "staff.only", _("This page is for members of the city's staff."), status=403
    )


def valid_certificate(person: Person) -> Certificate | None:
    """The certificate of `person` that is valid longest; None if none is."""
    return Certificate.objects.valid().filter(person=person).first()


def find_certificate(number: str) -> Certificate | None:
    """By its number, however it was typed."""
    signs = "".join(sign for sign in number.upper() if sign.isalnum())
    return Certificate.objects.filter(number=f"{signs[:5]}-{signs[5:]}").first()


def register_stream() -> Stream | None:
    """The ledger of the register; None before its first entry."""
    return Stream.objects.filter(register__isnull=False).first()


@dataclass(frozen=True)
class Step:
    """A lesson and how far the person is with it."""

    lesson: Lesson
    check: LessonCheck | None
    is_passed: bool


@dataclass(frozen=True)
class Standing:
    """Where somebody stands on the way to the next certificate.

    Only what happened after `since` counts: the issue of the last certificate, its
    revocation, or for the first one the months a certificate is valid.
    """

    last: Certificate | None
    since: datetime
    steps: tuple[Step, ...]
    practices: tuple[Practice, ...]
    sessions: tuple[SupervisedSession, ...]

    @property
    def passed(self) -> int:
        return sum(step.is_passed for step in self.steps)

    @property
    def has_passed_all(self) -> bool:
        return self.passed == len(self.steps)

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if not step.is_passed), None)

    @property
    def counted(self) -> tuple[Practice, ...]:
        return tuple(row for row in self.practices if row.minutes >= COUNTED_MINUTES)

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        """Every kind of simulated citizen, and whether it was met in what counts."""
        met = frozenset[str]().union(*(row.met for row in self.counted))
        return [(str(kind.label), kind.value in met) for kind in Practice.Kind]

    @property
    def has_practised(self) -> bool:
        """Passed: long enough, and with every kind of citizen, together or in parts."""
        return bool(self.counted) and all(met for __, met in self.kinds)

    @property
    def sessions_needed(self) -> int:
        renews = self.last is not None and self.last.revoked_at is None
        return SESSIONS_AGAIN if renews else SESSIONS_FIRST

    @property
    def has_sessions(self) -> bool:
        return len(self.sessions) >= self.sessions_needed

    @property
    def certificate(self) -> Certificate | None:
        """The last certificate, if it is valid."""
        return self.last if self.last and self.last.is_valid else None

    @property
    def is_expiring(self) -> bool:
        return bool(
            self.certificate and self.certificate.expires_at < clock.now() + SOON
        )

    @property
    def renewable_from(self) -> datetime | None:
        return self.certificate.expires_at - RENEWAL if self.certificate else None

    @property
    def may_claim(self) -> bool:
        """All is done, and no certificate is valid for long yet."""
        early = self.renewable_from and self.renewable_from > clock.now()
        return (
            self.has_passed_all
            and self.has_practised
            and self.has_sessions
            and not early
        )


def standing_of(person: Person) -> Standing:
    """Four queries, whatever the person has done."""
    last = (
        Certificate.objects.filter(person=person).order_by("-issued_at", "-pk").first()
    )
    if last is None:
        since = months_later(clock.now(), -settings.CERTIFICATE_MONTHS)
    else:
        since = last.revoked_at or last.issued_at
    checks = {row.lesson: row for row in person.lesson_checks.all()}
    return Standing(
        last=last,
        since=since,
        steps=tuple(
            Step(lesson, checks.get(lesson.key), _counts(checks.get(lesson.key), since))
            for lesson in all_lessons()
        ),
        practices=tuple(person.practices.filter(practised_at__gt=since)),
        sessions=tuple(
            person.supervised_sessions.filter(confirmed_at__gt=since).select_related(
                "supervisor"
            )
        ),
    )


def _counts(check: LessonCheck | None, since: datetime) -> bool:
    return bool(check and check.passed_at and check.passed_at > since)


def reminders_due() -> CertificateQuerySet:
    """Valid certificates that end soon and whose people were not told yet."""
    return Certificate.objects.valid().filter(
        reminded_at=None, expires_at__lt=clock.now() + SOON, person__is_active=True
    )


def has_reminders_due() -> bool:
    """Asked by the clock: an act, even an empty one, would lock the database."""
    return reminders_due().exists()


def certified_people() -> QuerySet[Certificate]:
    """The last certificate of everybody who has one, those that end first on top."""
    newer = Certificate.objects.filter(person=OuterRef("person")).order_by(
        "-issued_at", "-pk"
    )
    return (
        Certificate.objects.filter(
            pk=Subquery(newer.values("pk")[:1]), person__is_active=True
        )
        .select_related("person", "issued_by", "revoked_by")
        .order_by("expires_at", "pk")
    )


def facts_about(person: Person) -> dict[str, Any]:
    """What the register holds about `person`, for the download of one's own data."""
    return {
        "lessons": [
            {
                "lesson": row.lesson,
                "attempts": row.attempts,
                "passed_at": row.passed_at and row.passed_at.isoformat(),
            }
            for row in person.lesson_checks.order_by("lesson")
        ],
        "practices": [
            {
                "dialogue": row.dialogue_title,
                "minutes": row.minutes,
                "kinds": row.kinds.split(),
                "practised_at": row.practised_at.isoformat(),
            }
            for row in person.practices.all()
        ],
        "supervised_sessions": [
            {
                "dialogue": row.dialogue_title,
                "held_on": row.held_on.isoformat(),
                "note": row.note,
            }
            for row in person.supervised_sessions.all()
        ],
        "certificates": [
            {
                "number": row.number,
                "basis": row.basis,
                "reason": row.reason,
                "issued_at": row.issued_at.isoformat(),
                "expires_at": row.expires_at.isoformat(),
                "revoked_at": row.revoked_at and row.revoked_at.isoformat(),
                "revoked_reason": row.revoked_reason,
            }
            for row in person.certificates.all()
        ],
    }
