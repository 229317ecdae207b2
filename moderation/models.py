"""Moderation acts, append-only in meaning: a reversal is a second decision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from proposals.models import Comment, Proposal, Question


class Rule(models.TextChoices):
    """The published list of rules; a decision names one of them."""

    INSULT = "insult", _("Insult or threat")
    DISCRIMINATION = "discrimination", _("Discrimination")
    PERSONAL_DATA = "personal_data", _("Private data of others")
    UNLAWFUL = "unlawful", _("Unlawful content")
    ADVERTISING = "advertising", _("Advertising or campaigning")
    OFF_TOPIC = "off_topic", _("Off topic")
    DUPLICATE = "duplicate", _("Said already, word for word")
    UNREADABLE = "unreadable", _("Cannot be read or understood")


class Decision(models.Model):
    """Who decided what about which contribution, by which rule, for what reason."""

    class Action(models.TextChoices):
        HIDE = "hide", _("hidden")
        RESTORE = "restore", _("restored")

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action)
    rule = models.CharField(max_length=16, choices=Rule)
    reason = models.TextField(max_length=600)
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    comment = models.ForeignKey(
        Comment, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    author = models.ForeignKey(Participation, models.PROTECT, related_name="decisions")
    decided_by = models.ForeignKey(Participation, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, comment=None, question=None)
                | Q(proposal=None, comment__isnull=False, question=None)
                | Q(proposal=None, comment=None, question__isnull=False),
                name="decision_on_one_contribution",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} by rule {self.rule}"

    @property
    def contribution(self) -> Proposal | Comment | Question:
        row = self.proposal or self.comment or self.question
        assert row is not None  # noqa: S101 -- the constraint above
        return row
