"""The opinion map of a dialogue as everybody sees it, and what is left out of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue
from proposals.models.contributions import Proposal


class OpinionMap(models.Model):
    """`facts` hold figures of groups and statements, never of a person.

    `basis` is a digest of what it was drawn from: nothing is drawn twice. After the
    dialogue it is drawn once more and then stays (`is_final`).
    """

    class Mode(models.TextChoices):
        OPEN = "open", _("Every published statement counts at once")
        STRICT = "strict", _("A statement counts once the moderation has taken it in")

    dialogue = models.OneToOneField(
        Dialogue, models.CASCADE, related_name="opinion_map"
    )
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.OPEN)
    is_shown = models.BooleanField(default=False)
    on_projector = models.BooleanField(default=False)
    is_final = models.BooleanField(default=False)
    basis = models.CharField(max_length=64, blank=True, default="")
    facts = models.JSONField(default=dict)
    drawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"opinion map of {self.dialogue}"


class StatementMark(models.Model):
    """What the moderation says of a statement's place in the map.

    Other than hiding it: it stays readable, and counts of its stances are shown.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Not looked at")
        IN = "in", _("Taken in")
        OUT = "out", _("Left out")

    proposal = models.OneToOneField(
        Proposal, models.CASCADE, related_name="statement_mark"
    )
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    # About the conversation itself: asked early, and left out of groups.
    is_meta = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.state}: {self.proposal}"
