"""Mixed mode: hall tickets, and votes that were counted by hand.

A ticket stands for one person in the hall or on the phone. It votes in one channel
only: linked to a participation it votes online, else it is on the analogue roll.
What is counted by hand is entered by two people, each for themselves.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from dialogue.models.core import new_code
from proposals.models.ballots import Ballot, Option


class Channel(models.TextChoices):
    """How a vote came; online is what the box and the votes hold."""

    HALL = "hall", _("in the hall")
    PHONE = "phone", _("by phone")


class Ticket(models.Model):
    """One person's ticket, checked in at the door or on the phone."""

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="tickets")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=8, default=new_code)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.HALL)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    participation = models.OneToOneField(
        Participation, models.PROTECT, null=True, blank=True, related_name="ticket"
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue", "number"], name="one_ticket_per_number"
            ),
            models.UniqueConstraint(
                fields=["dialogue", "code"], name="one_ticket_per_code"
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class TicketRollEntry(models.Model):
    """A ticket that may vote by hand in a ballot; `has_voted` when ticked off."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="ticket_roll")
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+")
    has_voted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "ticket"], name="one_roll_entry_per_ticket"
            )
        ]

    def __str__(self) -> str:
        return f"roll {self.ballot_id}/{self.ticket_id}"


class HandCount(models.Model):
    """What one person counted in one channel; it holds when another agrees."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="hand_counts")
    channel = models.CharField(max_length=8, choices=Channel)
    counted_by = models.ForeignKey(Participation, models.PROTECT, related_name="+")
    counted_at = models.DateTimeField()
    # How many tickets of the channel had dropped their sheet then.
    ticked = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "channel", "counted_by"],
                name="one_hand_count_per_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} of {self.ballot_id}"


class HandSheet(models.Model):
    """So many equal sheets (or raised hands) of a hand count."""

    count = models.ForeignKey(HandCount, models.CASCADE, related_name="sheets")
    copies = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.copies} ×"


class HandMark(models.Model):
    """A hand sheet's value for one option."""

    sheet = models.ForeignKey(
        HandSheet, models.CASCADE, related_name="marks", db_index=False
    )
    option = models.ForeignKey(Option, models.PROTECT, related_name="+")
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "option"], name="one_mark_per_option_on_hand_sheet"
            )
        ]

    def __str__(self) -> str:
        return f"{self.option_id}={self.value}"
