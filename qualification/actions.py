"""Verbs of learning and certifying; what counts is kept in the register's ledger."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.actions import write_message
from accounts.models import Person
from ledger.actions import act, record
from ledger.models import Stream
from qualification.events import (
    CertificateIssued,
    CertificateRevoked,
    PracticeNoted,
    SessionSupervised,
)
from qualification.lessons import Lesson
from qualification.models import (
    Certificate,
    LessonCheck,
    Practice,
    Register,
    SupervisedSession,
)
from qualification.queries import (
    access_learner,
    find_certificate,
    months_later,
    reminders_due,
    standing_of,
)
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_line, clean_text

# A session is confirmed while it is remembered.
OLDEST_SESSION = timedelta(days=183)
LONGEST_TEXT = 600


@act()
def try_check(*, person: Person, lesson: Lesson, chosen: Mapping[int, int]) -> bool:
    """Answer the questions of a lesson; True if all are right. As often as one likes.

    `chosen` is the place of the answer by the place of the question.
    """
    access_learner(person)
    questions = lesson.here.questions
    if any(
        chosen.get(place, -1) not in range(len(question.answers))
        for place, question in enumerate(questions)
    ):
        raise Refusal(
            "check.unanswered", _("Please answer every question."), status=400
        )
    passed = all(chosen[n] == question.right for n, question in enumerate(questions))
    moment = clock.now()
    # Two tabs: both attempts count, and the row is made once.
    LessonCheck.objects.bulk_create(
        [LessonCheck(person=person, lesson=lesson.key, tried_at=moment)],
        ignore_conflicts=True,
    )
    check = LessonCheck.objects.select_for_update().get(
        person=person, lesson=lesson.key
    )
    check.attempts += 1
    check.tried_at = moment
    # Failing later takes nothing away: the questions are for learning.
    check.passed_at = moment if passed else check.passed_at
    check.save(update_fields=["attempts", "tried_at", "passed_at"])
    return passed


@act()
def note_practice(
    *, person: Person, dialogue_title: str, minutes: int, kinds: Collection[str]
) -> Practice:
    """Keep that `person` moderated a rehearsal, with which kinds of citizens.

    `minutes` are those of the agenda, whatever the speed. A short one is kept too;
    `Standing.has_practised` says what counts.
    """
    unknown = set(kinds) - set(Practice.Kind.values)
    if unknown or minutes < 0:
        raise ValueError(f"no such practice: {sorted(unknown)}, {minutes} minutes")
    practice = Practice.objects.create(
        person=person,
        dialogue_title=clean_line(dialogue_title)[:140],
        minutes=minutes,
        kinds=" ".join(sorted(set(kinds))),
        practised_at=clock.now(),
    )
    record(_stream_id(), PracticeNoted(person=person.pk, minutes=minutes))
    return practice


@act()
def confirm_session(
    *, supervisor: Person, email: str, dialogue_title: str, held_on: date, note: str
) -> SupervisedSession:
    """Somebody qualified says that the account with `email` led a dialogue well."""
    access_learner(supervisor, "qualification.confirm_session")
    person = _account(email)
    if person.pk == supervisor.pk:
        raise Refusal(
            "session.own",
            _("Nobody confirms a session of their own."),
            status=403,
            field="email",
        )
    today = timezone.localdate(clock.now())
    if not today - OLDEST_SESSION <= held_on <= today:
        raise Refusal(
            "session.date",
            _("The day must lie within the last six months."),
            status=400,
            field="held_on",
        )
    title = _needed(clean_line(dialogue_title), "dialogue_title", most=140)
    try:
        with transaction.atomic():
            session = SupervisedSession.objects.create(
                person=person,
                supervisor=supervisor,
                dialogue_title=title,
                held_on=held_on,
                note=_needed(clean_text(note), "note"),
                confirmed_at=clock.now(),
            )
    except IntegrityError:
        raise Refusal(
            "session.confirmed",
            _("This session is confirmed already."),
            field="dialogue_title",
        ) from None
    record(_stream_id(), SessionSupervised(person=person.pk, supervisor=supervisor.pk))
    _tell(
        person,
        _("A supervised session was confirmed"),
        _("Dialogue: %(dialogue)s\n\n%(note)s"),
        dialogue=session.dialogue_title,
        note=session.note,
    )
    return session


@act()
def claim_certificate(*, person: Person) -> Certificate:
    """The certificate for whoever has done all; again shortly before it expires."""
    access_learner(person)
    # Two presses of the button: the second one finds the first one's certificate.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    standing = standing_of(person)
    if not standing.may_claim:
        raise Refusal(
            "certificate.not_yet",
            _("Something is missing for the certificate. The list says what."),
        )
    held = standing.certificate
    return _issue(
        person,
        # Renewing early costs nothing of the time that is left.
        after=held.expires_at if held else None,
        basis=Certificate.Basis.EARNED,
    )


@act()
def grant_certificate(*, administrator: Person, email: str, reason: str) -> Certificate:
    """A certificate by decision, for example for training elsewhere."""
    _require_administrator(administrator)
    person = _account(email)
    return _issue(
        person,
        basis=Certificate.Basis.GRANTED,
        issued_by=administrator,
        reason=_needed(clean_text(reason), "reason"),
    )


@act()
def revoke_certificate(
    *, administrator: Person, number: str, reason: str
) -> Certificate:
    """End a certificate, and every other that its person still has, at once."""
    _require_administrator(administrator)
    reason = _needed(clean_text(reason), "reason")
    found = find_certificate(number)
    if found is None or not found.is_valid:
        raise Refusal(
            "certificate.not_valid", _("This certificate is not valid (any more).")
        )
    _revoke(found.person, by=administrator, reason=reason)
    _tell(
        found.person,
        _("Your certificate was revoked"),
        _("Reason: %(reason)s\n\nYou cannot lead dialogues until you have a new one."),
        reason=reason,
    )
    found.refresh_from_db()
    return found


@act()
def remind_of_expiry() -> int:
    """Write once to everybody whose certificate ends soon; returns to how many."""
    due = list(
        reminders_due()
        .select_for_update(of=("self",), no_key=True)
        .select_related("person")
    )
    reminded = 0
    for certificate in due:
        certificate.reminded_at = clock.now()
        certificate.save(update_fields=["reminded_at"])
        renewed = certificate.person.certificates.not_revoked().filter(
            expires_at__gt=certificate.expires_at
        )
        if renewed.exists():
            continue
        _tell(
            certificate.person,
            _("Your certificate ends soon"),
            _("It is valid until %(day)s. What is needed to renew it stands here."),
            day=_day(certificate),
        )
        reminded += 1
    return reminded


def erase_person(person: Person) -> None:
    """Forget what somebody learned; certificates end, their numbers stay."""
    _revoke(person, by=None, reason="")
    person.certificates.update(reason="", revoked_reason="", salt="")
    person.lesson_checks.all().delete()
    person.practices.all().delete()
    person.supervised_sessions.all().delete()


def salted(salt: str, text: str) -> str:
    """A digest that proves a reason without holding it; nothing for no reason."""
    return hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest() if text else ""


def _issue(
    person: Person,
    *,
    basis: str,
    after: datetime | None = None,
    issued_by: Person | None = None,
    reason: str = "",
) -> Certificate:
    moment = clock.now()
    certificate = Certificate.objects.create(
        person=person,
        basis=basis,
        reason=reason,
        issued_by=issued_by,
        issued_at=moment,
        expires_at=months_later(after or moment, settings.CERTIFICATE_MONTHS),
        salt=secrets.token_hex(16),
    )
    record(
        _stream_id(),
        CertificateIssued(
            certificate=certificate.pk,
            person=person.pk,
            expires_at=clock.milliseconds(certificate.expires_at) or 0,
            by=issued_by.pk if issued_by else None,
            reason=salted(certificate.salt, reason),
        ),
    )
    _tell(
        person,
        _("Your certificate as a moderator"),
        _("Number: %(number)s\nValid until: %(day)s\n\nYou can lead dialogues now."),
        number=certificate.number,
        day=_day(certificate),
    )
    return certificate


def _revoke(person: Person, *, by: Person | None, reason: str) -> None:
    held = Certificate.objects.valid().filter(person=person)
    for certificate in held.select_for_update():
        certificate.revoked_at = clock.now()
        certificate.revoked_by = by
        certificate.revoked_reason = reason
        certificate.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
        record(
            _stream_id(),
            CertificateRevoked(
                certificate=certificate.pk,
                person=person.pk,
                by=by.pk if by else None,
                reason=salted(certificate.salt, reason),
            ),
        )


def _stream_id() -> int:
    """The register's stream, made with the first entry."""
    register = Register.objects.filter(pk=1).first()
    if register is None:
        try:
            with transaction.atomic():
                register = Register.objects.create(pk=1, stream=Stream.objects.create())
        except IntegrityError:
            # Another act has made it meanwhile.
            register = Register.objects.get(pk=1)
    return register.stream_id


def _require_administrator(person: Person) -> None:
    access_learner(person, "qualification.issue_certificate")


def _account(email: str) -> Person:
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise Refusal(
            "account.unknown",
            _("There is no account with this address. The person can open one first."),
            status=400,
            field="email",
        )
    return person


def _needed(text: str, field: str, *, most: int = LONGEST_TEXT) -> str:
    if not text:
        raise Refusal(
            "text.missing", _("Please write something here."), status=400, field=field
        )
    if len(text) > most:
        raise Refusal(
            "text.too_long",
            _("Please write at most %(most)d signs.") % {"most": most},
            status=400,
            field=field,
        )
    return text


def _day(certificate: Certificate) -> str:
    return timezone.localtime(certificate.expires_at).strftime("%d.%m.%Y")


def _tell(person: Person, subject: Any, body: Any, **facts: str) -> None:
    # A person's own language is not stored; messages are German first.
    with translation.override("de"):
        write_message(
            person=person,
            subject=str(subject),
            body=str(body) % facts,
            link=reverse("qualification:certificate"),
        )
