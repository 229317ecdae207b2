"""What the qualification of a moderator needs in one dialogue."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.models.core import Participation


class ConflictStatement(models.Model):
    """What a moderator says about own interests in a dialogue: last word counts."""

    class Kind(models.TextChoices):
        NONE = "none", _("no conflict of interest")
        EMPLOYED = "employed", _("work for somebody whom this concerns")
        LIVES_THERE = "lives_there", _("a home in the place concerned")
        CLOSE = "close", _("closeness to somebody whom this concerns")
        OFFICE = "office", _("an office that has to do with this")
        OTHER = "other", _("another interest")

    participation = models.OneToOneField(
        Participation, models.CASCADE, related_name="conflict_statement"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField(max_length=600, blank=True)
    stated_at = models.DateTimeField()
    # Salts the digest of the text in the ledger.
    salt = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.participation}: {self.get_kind_display()}"


class QualificationException(models.Model):
    """Leave to steer one dialogue without a certificate, with the reason."""

    participation = models.ForeignKey(
        Participation, models.CASCADE, related_name="qualification_exceptions"
    )
    reason = models.TextField(max_length=600)
    # Nobody: for the lead of a simulated or imported dialogue.
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    salt = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participation"],
                condition=models.Q(withdrawn_at=None),
                name="one_exception_at_a_time",
            )
        ]
        ordering = ["granted_at", "pk"]

    def __str__(self) -> str:
        return f"{self.participation}: {self.reason[:40]}"
