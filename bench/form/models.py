"""One row for each vote."""

from django.conf import settings
from django.db import models


class FormVote(models.Model):
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    ballot = models.IntegerField()
    option = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["voter", "ballot"], name="one_vote_each")
        ]

    def __str__(self) -> str:
        return f"{self.voter_id}: {self.option}"
