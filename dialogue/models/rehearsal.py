"""A rehearsal: a copy of a dialogue, with simulated citizens, wiped afterwards."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.models.core import Dialogue

FASTEST = 5
MOST_CITIZENS = 100
SHORTEST, LONGEST = 5, 180


class Rehearsal(models.Model):
    """The simulated citizens of one rehearsal: how many, for how long, how it ended.

    The dialogue says itself what it rehearses and how fast its minutes pass.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Citizens are on their way")
        RUNNING = "running", _("Citizens are there")
        ENDED = "ended", _("Citizens have left")

    dialogue = models.OneToOneField(
        Dialogue, models.CASCADE, related_name="rehearsal", primary_key=True
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    citizens = models.PositiveSmallIntegerField(
        _("simulated citizens"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CITIZENS)],
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes at most, by the clock"),
        default=60,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
    )
    # Which kinds of citizens came, space separated: practice with all of them counts.
    kinds = models.CharField(max_length=120, blank=True)
    seed = models.PositiveIntegerField(default=1)
    planned_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    # When its crowd last said that it is alive: a killed one says nothing.
    heard_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stop_wanted = models.BooleanField(default=False)
    trouble = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"rehearsal {self.dialogue_id} ({self.state})"

    @property
    def is_over(self) -> bool:
        return self.state == self.State.ENDED
