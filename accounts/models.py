"""People: guests and accounts are the same kind of row."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class PersonManager(BaseUserManager["Person"]):
    """Accounts have an e-mail address, guests have none."""

    def create_user(
        self, email: str, password: str | None = None, **facts: Any
    ) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **facts)
        person.set_password(password)
        person.save()
        return person

    def create_superuser(self, email: str, password: str, **facts: Any) -> "Person":
        return self.create_user(
            email, password, is_administrator=True, is_staff_member=True, **facts
        )

    def create_guest(self) -> "Person":
        """A person known by this browser's session alone."""
        guest = self.model(email=None)
        guest.set_unusable_password()
        guest.save()
        return guest


class Person(AbstractBaseUser):
    """Whoever is signed in: a guest (no e-mail) or somebody with an account.

    A guest who opens an account keeps what was said before: the participations
    move to the account signed in to.
    """

    # Always lower case: see PersonManager, and allauth for what people type.
    email = models.EmailField(null=True, blank=True, unique=True)
    name = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff_member = models.BooleanField(default=False)
    is_administrator = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email or f"guest {self.pk}"

    @property
    def is_guest(self) -> bool:
        return not self.email

    @property
    def short_name(self) -> str:
        return self.name or (self.email or "").partition("@")[0]


class Consent(models.Model):
    """Proof that a person accepted a text: which, in which wording, when."""

    class About(models.TextChoices):
        GROUND_RULES = "ground_rules"
        PRIVACY = "privacy"

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents")
    about = models.CharField(max_length=20, choices=About)
    context = models.CharField(max_length=80)
    text_digest = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "about", "context", "text_digest"],
                name="one_consent_per_wording",
            )
        ]

    def __str__(self) -> str:
        return f"{self.about} for {self.context}"


class Message(models.Model):
    """Something the platform owes a person: shown in the account, mailed if known."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="messages")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    link = models.CharField(max_length=300, blank=True)
    written_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return self.subject
