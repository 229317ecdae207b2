"""The video conference beside a dialogue, and what people add to its minutes."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.models.core import AgendaItem, Dialogue, Participation
from projects.models import ResultRecord


def new_meeting() -> str:
    """A name nobody guesses: who knows it can knock at the provider's door."""
    return secrets.token_hex(10)


class Conference(models.Model):
    """Where a dialogue is seen and heard, read along and dialled into."""

    class Kind(models.TextChoices):
        NONE = "none", _("no video")
        LINK = "link", _("any address")
        JITSI = "jitsi", _("Jitsi Meet of the city")
        BBB = "bbb", _("BigBlueButton of the city")

    dialogue = models.OneToOneField(Dialogue, models.CASCADE, related_name="conference")
    kind = models.CharField(
        _("where the video is"), max_length=8, choices=Kind, default=Kind.NONE
    )
    link = models.URLField(_("address of the video"), max_length=400, blank=True)
    meeting = models.CharField(max_length=20, default=new_meeting)
    is_embedded = models.BooleanField(
        _("can be shown on the page of the room"), default=False
    )
    captions_link = models.URLField(
        _("address of the live captions"), max_length=400, blank=True
    )
    phone = models.CharField(_("phone number to dial in"), max_length=40, blank=True)
    pin = models.CharField(_("PIN for the phone"), max_length=20, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.dialogue}"


class Remark(models.Model):
    """What the moderation adds to the minutes, to an agenda item or to the whole."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="remarks")
    item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="remarks"
    )
    text = models.TextField(max_length=2000)
    written_by = models.ForeignKey(
        Participation, models.CASCADE, related_name="remarks"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"on {self.item or self.dialogue}"


class CorrectionRequest(models.Model):
    """Somebody who took part says that the minutes are wrong."""

    class State(models.TextChoices):
        OPEN = "open", _("not answered yet")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="corrections")
    item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="corrections"
    )
    text = models.TextField(max_length=1000)
    asked_by = models.ForeignKey(
        Participation, models.CASCADE, related_name="corrections"
    )
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reason = models.TextField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"{self.state} on {self.item or self.dialogue}"


class FrozenMinutes(models.Model):
    """The minutes for good: canonical JSON and its SHA-256, beside a result.

    Append-only by trigger. As in `ResultRecord`, texts and names stand beside it.
    """

    dialogue = models.OneToOneField(Dialogue, models.PROTECT, related_name="minutes")
    result = models.OneToOneField(ResultRecord, models.PROTECT, related_name="minutes")
    canonical = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"minutes {self.digest[:12]}"


class MinutesText(models.Model):
    """A text or name of frozen minutes, beside them so that it can be erased."""

    minutes = models.ForeignKey(FrozenMinutes, models.CASCADE, related_name="texts")
    key = models.CharField(max_length=60)
    salt = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True)
    # Whose it is, for erasing: the figures of a nameless text say nothing of it.
    writer = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["minutes", "key"], name="one_minutes_text_per_key"
            )
        ]

    def __str__(self) -> str:
        return self.key
