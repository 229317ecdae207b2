"""Texts that moderation has taken out of filed results; a table of its own."""

from django.db import models
from django.db.models import Q

from dialogue.models import MinutesText
from projects.models import ResultText
from proposals.models import ParkedTopic, Proposal, Question


class SealedText(models.Model):
    """A text of a filed result or of its minutes whose contribution was hidden later.

    Taken out of what everybody can load, and kept for the appeal: put back when the
    contribution is shown again, deleted with its text. The digest holds all the while.
    """

    result_text = models.OneToOneField(
        ResultText, models.CASCADE, null=True, blank=True, related_name="seal"
    )
    minutes_text = models.OneToOneField(
        MinutesText, models.CASCADE, null=True, blank=True, related_name="seal"
    )
    proposal = models.ForeignKey(
        Proposal, models.CASCADE, null=True, blank=True, related_name="sealed_texts"
    )
    question = models.ForeignKey(
        Question, models.CASCADE, null=True, blank=True, related_name="sealed_texts"
    )
    topic = models.ForeignKey(
        ParkedTopic, models.CASCADE, null=True, blank=True, related_name="sealed_texts"
    )
    salt = models.CharField(max_length=32)
    text = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result_text__isnull=False, minutes_text=None)
                | Q(result_text=None, minutes_text__isnull=False),
                name="sealed_text_of_result_or_minutes",
            ),
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, question=None, topic=None)
                | Q(proposal=None, question__isnull=False, topic=None)
                | Q(proposal=None, question=None, topic__isnull=False),
                name="sealed_text_of_one_contribution",
            ),
        ]

    def __str__(self) -> str:
        return f"seal {self.pk}"
