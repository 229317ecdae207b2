"""What the moderators of a dialogue share: the chair, the pace, claims, messages."""

from django.db import models

from dialogue.models.core import Dialogue, Participation


class Desk(models.Model):
    """Who holds the chair, and how slowly contributions come in slow mode.

    Made when it is first needed; without it nobody holds the chair and the pace is
    everybody's own. `chair_since`: since when its holder has held the chair and been
    here; none while they are gone.
    """

    dialogue = models.OneToOneField(Dialogue, models.CASCADE, related_name="desk")
    chair = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    chair_since = models.DateTimeField(null=True, blank=True)
    slow_seconds = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"Desk of {self.dialogue_id}"

    @property
    def is_chair_gone(self) -> bool:
        """Whether who holds the chair was found to be gone, or moderates no more."""
        holder = self.chair
        return holder is not None and (
            self.chair_since is None
            or not holder.is_moderator
            or holder.state != Participation.State.ADMITTED
        )


class Claim(models.Model):
    """Somebody looks after an entry of the queue, so that nobody else does."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=20)
    subject = models.PositiveBigIntegerField()
    claimed_by = models.ForeignKey(Participation, models.CASCADE, related_name="claims")
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue", "kind", "subject"], name="one_claim_per_entry"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} by {self.claimed_by_id}"


class Announcement(models.Model):
    """What the moderation says to everybody, until it is taken back."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="announcements")
    text = models.CharField(max_length=400)
    made_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.text[:40]


class TeamMessage(models.Model):
    """Said among the moderators. A call asks one of the others to take it."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="team_messages")
    author = models.ForeignKey(
        Participation, models.SET_NULL, null=True, related_name="+"
    )
    text = models.CharField(max_length=600)
    is_call = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def is_taken_back(self) -> bool:
        """By the caller: nobody takes a call of one's own."""
        by = self.taken_by_id
        return self.taken_at is not None and by is not None and by == self.author_id
