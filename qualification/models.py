"""Who has learned to moderate: checks, practice, supervision, certificates."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.models import Stream
from shared import clock

# No 0/O, 1/I/L: a number is read aloud and typed from paper.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PART = 5
# From when on desk and register warn of a certificate's end.
SOON = timedelta(days=60)


def new_number() -> str:
    """Ten signs: nobody meets a certificate by guessing."""
    parts = ("".join(secrets.choice(SIGNS) for __ in range(PART)) for __ in range(2))
    return "-".join(parts)


class Register(models.Model):
    """The one row that holds the ledger of all certificates."""

    stream = models.OneToOneField(Stream, models.PROTECT, related_name="register")

    def __str__(self) -> str:
        return f"Register in {self.stream}"


class LessonCheck(models.Model):
    """How far a person is with the questions of one lesson."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="lesson_checks"
    )
    lesson = models.CharField(max_length=30)
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "lesson"], name="one_check_per_lesson"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lesson}, {self.attempts} attempts"


class Practice(models.Model):
    """A rehearsal with simulated citizens that a person has moderated."""

    class Kind(models.TextChoices):
        QUIET = "quiet", _("quiet")
        DOMINATING = "dominating", _("dominating")
        INSULTING = "insulting", _("insulting")
        OFF_TOPIC = "off_topic", _("off topic")
        LOST = "lost", _("lost")
        HOSTILE_MARKUP = "hostile_markup", _("sending hostile markup")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="practices"
    )
    dialogue_title = models.CharField(max_length=140)
    minutes = models.PositiveSmallIntegerField()
    # Of Kind, sorted and space separated.
    kinds = models.CharField(max_length=100, blank=True)
    practised_at = models.DateTimeField()

    class Meta:
        ordering = ["-practised_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.minutes} minutes: {self.dialogue_title}"

    @property
    def met(self) -> frozenset[str]:
        return frozenset(self.kinds.split())


class SupervisedSession(models.Model):
    """A dialogue that a person led while somebody qualified looked on."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="supervised_sessions"
    )
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="supervisions"
    )
    dialogue_title = models.CharField(_("dialogue"), max_length=140)
    held_on = models.DateField(_("held on"))
    note = models.TextField(_("what went well, what to work on"), max_length=600)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "held_on", "dialogue_title"],
                name="session_confirmed_once",
            )
        ]
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.dialogue_title}, {self.held_on}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def not_revoked(self) -> "CertificateQuerySet":
        return self.filter(revoked_at=None)

    def valid(self) -> "CertificateQuerySet":
        return self.not_revoked().filter(expires_at__gt=clock.now())


class Certificate(models.Model):
    """Proof for a time that a person may lead dialogues. Never changed but revoked."""

    class Basis(models.TextChoices):
        EARNED = "earned", _("earned here")
        GRANTED = "granted", _("issued by the administration")

    number = models.CharField(max_length=11, unique=True, default=new_number)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="certificates"
    )
    basis = models.CharField(max_length=8, choices=Basis)
    reason = models.TextField(max_length=600, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    revoked_reason = models.TextField(max_length=600, blank=True)
    # Salts the digests of the reasons in the ledger; empty once they are erased.
    salt = models.CharField(max_length=32, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")),
                name="certificate_ends_after_it_begins",
            )
        ]
        indexes = [
            models.Index(fields=["person", "expires_at"], name="certificate_of_person")
        ]
        ordering = ["-expires_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > clock.now()
