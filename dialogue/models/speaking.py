"""Who wants to speak, who speaks, and who has spoken for how long."""

import secrets
from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dialogue.models.core import Dialogue, Participation
from shared import clock

PLENARY = "plenary"
SHORTEST_TURN, LONGEST_TURN = 15, 1800


def new_salt() -> str:
    return secrets.token_hex(16)


class Side(models.TextChoices):
    NEUTRAL = "neutral", _("no side")
    PRO = "pro", _("in favour")
    CONTRA = "contra", _("against")


class SpeakersList(models.Model):
    """The speakers' list of a circle: the plenary, or a table ("table-PK").

    `people` is how many could have spoken when somebody last got or lost the floor:
    what everybody sees changes with entries that everybody hears of.
    """

    class Rule(models.TextChoices):
        FIRST_COME = "first_come", _("first come, first served")
        LEAST_TIME = "least_time", _("whoever has spoken least comes first")
        FIRST_TIMERS = "first_timers", _("whoever has not spoken yet comes first")
        ALTERNATING = "alternating", _("in favour and against take turns")
        TABLES = "tables", _("the tables take turns")

    # The constraint's own index begins with it.
    dialogue = models.ForeignKey(
        Dialogue, models.CASCADE, related_name="speakers_lists", db_index=False
    )
    circle = models.CharField(max_length=24, default=PLENARY)
    is_open = models.BooleanField(default=False)
    rule = models.CharField(max_length=12, choices=Rule, default=Rule.FIRST_TIMERS)
    seconds = models.PositiveSmallIntegerField(
        default=90,
        validators=[MinValueValidator(SHORTEST_TURN), MaxValueValidator(LONGEST_TURN)],
    )
    people = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue", "circle"], name="one_speakers_list_per_circle"
            )
        ]
        ordering = ["dialogue", "circle"]

    def __str__(self) -> str:
        return f"{self.circle}: {self.get_rule_display()}"

    @property
    def setting(self) -> str:
        """Rule and length of a turn: what a moderator saw when changing them."""
        return f"{self.rule} {self.seconds}"


class Speaker(models.Model):
    """Somebody on the list: a participation, or a name for who has no device."""

    participation = models.ForeignKey(
        Participation, models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=80, blank=True)
    # Names that look alike are one speaker; empty for participations.
    name_key = models.CharField(max_length=80, blank=True)
    side = models.CharField(max_length=8, choices=Side, default=Side.NEUTRAL)
    about = models.CharField(max_length=140, blank=True)
    group = models.CharField(max_length=24, blank=True)

    class Meta:
        abstract = True

    @property
    def who(self) -> str:
        """One key for one speaker, over hands and turns."""
        return f"p{self.participation_id}" if self.participation_id else self.name_key

    @property
    def shown_name(self) -> str:
        if self.participation:
            return self.participation.display_name
        return self.name or gettext("Name erased")


class Hand(Speaker):
    """A raised hand. It goes when it is lowered, or when the floor is given."""

    speakers_list = models.ForeignKey(
        SpeakersList, models.CASCADE, related_name="hands", db_index=False
    )
    raised_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_away = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["speakers_list", "participation"],
                name="one_hand_per_person",
            ),
            models.UniqueConstraint(
                fields=["speakers_list", "name_key"],
                condition=~Q(name_key=""),
                name="one_hand_per_name",
            ),
        ]
        ordering = ["raised_at", "pk"]

    def __str__(self) -> str:
        return self.shown_name


class TakenHand(models.Model):
    """A hand that a moderator took off the list, and why. `is_shown` to its person
    until the next raised hand."""

    speakers_list = models.ForeignKey(
        SpeakersList, models.CASCADE, related_name="taken_hands"
    )
    participation = models.ForeignKey(
        Participation, models.CASCADE, related_name="taken_hands"
    )
    reason = models.CharField(max_length=300, blank=True)
    salt = models.CharField(max_length=32, default=new_salt)
    taken_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField()
    is_shown = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"hand of {self.participation}: {self.reason}"


class Turn(Speaker):
    """Somebody has, or had, the floor. `ends_at` moves on with pauses."""

    speakers_list = models.ForeignKey(
        SpeakersList, models.CASCADE, related_name="turns"
    )
    rule = models.CharField(max_length=12, choices=SpeakersList.Rule)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_for = models.DurationField(default=timedelta)
    spoken_seconds = models.PositiveIntegerField(default=0)
    is_override = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    salt = models.CharField(max_length=32, default=new_salt)
    given_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["speakers_list"],
                condition=Q(ended_at=None),
                name="one_speaker_at_a_time",
            )
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.shown_name} from {self.began_at:%H:%M:%S}"

    def spoken_until(self, moment: datetime) -> timedelta:
        """How long it has run by `moment`, pauses left out."""
        until = self.ended_at or self.paused_at or moment
        return max(until - self.began_at - self.paused_for, timedelta())

    @property
    def left(self) -> timedelta:
        """What is left of the planned time; negative when it has run over."""
        return self.ends_at - (self.paused_at or clock.now())
