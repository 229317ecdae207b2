"""Small groups: tables, rounds, who sat where, and what was said and noted there."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.models.core import AgendaItem, Dialogue, HelpCall, Participation
from shared.signs import sign_of


class Table(models.Model):
    """A small group with a room of its own. It stays from round to round."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLEARED = "cleared", _("Cleared")

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="tables")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=60)
    moderator = models.ForeignKey(
        Participation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tables_led",
    )
    conference_url = models.URLField(_("link to the video conference"), blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    # Since when its moderator has not been seen; None while all is well.
    abandoned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["dialogue", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue", "number"], name="one_table_per_number"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def circle(self) -> str:
        """Who hears of what happens here: the audience of its entries."""
        return f"table-{self.pk}"

    @property
    def arrangement(self) -> str:
        """A short sign of what `change_table` sets: another one when that changes."""
        return sign_of(self.name, self.moderator_id, self.conference_url)


class TableRound(models.Model):
    """Once everybody at tables; the next round mixes them anew."""

    class Method(models.TextChoices):
        RANDOM = "random", _("by lot")
        STRATIFIED = "stratified", _("by lot, every group at every table")
        REMIX = "remix", _("so that people meet new people")
        CHOICE = "choice", _("everybody chooses")
        HAND = "hand", _("by hand")

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="table_rounds")
    number = models.PositiveSmallIntegerField()
    item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    method = models.CharField(max_length=10, choices=Method)
    # Places at a table; only choosing is bound to them.
    places = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    # The round's own countdown; None: that of the agenda item.
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["dialogue", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue", "number"], name="one_round_per_number"
            ),
            models.UniqueConstraint(
                fields=["dialogue"],
                condition=Q(ended_at=None),
                name="one_round_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"


class Seat(models.Model):
    """Somebody at a table in a round. What was left stays: it says who has met whom."""

    round = models.ForeignKey(TableRound, models.CASCADE, related_name="seats")
    table = models.ForeignKey(Table, models.CASCADE, related_name="seats")
    participation = models.ForeignKey(
        Participation, models.CASCADE, related_name="seats"
    )
    taken_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["taken_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation"],
                condition=Q(left_at=None),
                name="one_seat_per_person",
            )
        ]

    def __str__(self) -> str:
        return f"seat {self.pk}"


class SeatingGroup(models.Model):
    """The group in which somebody counts when tables are mixed; for moderators only."""

    participation = models.OneToOneField(
        Participation, models.CASCADE, related_name="seating_group"
    )
    label = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.label


class TableNote(models.Model):
    """One of a table's findings in a round, until it is brought to the plenary.

    Then its words are the plenary's, and stand nowhere else: title and text are empty.
    """

    MOST = 3

    table = models.ForeignKey(Table, models.CASCADE, related_name="notes")
    round = models.ForeignKey(TableRound, models.CASCADE, related_name="notes")
    number = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )
    title = models.CharField(max_length=140)
    text = models.TextField(max_length=2000, blank=True)
    written_by = models.ForeignKey(
        Participation, models.CASCADE, related_name="table_notes"
    )
    written_at = models.DateTimeField()
    revised_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveSmallIntegerField(default=1)
    brought_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "round", "number"], name="one_note_per_number"
            )
        ]

    def __str__(self) -> str:
        return self.title


class TableRemark(models.Model):
    """Said in writing at a table: for those who sit there, and the moderation."""

    table = models.ForeignKey(Table, models.CASCADE, related_name="remarks")
    round = models.ForeignKey(TableRound, models.CASCADE, related_name="remarks")
    author = models.ForeignKey(
        Participation, models.CASCADE, related_name="table_remarks"
    )
    text = models.TextField(max_length=1000)
    written_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    hidden_reason = models.CharField(max_length=600, blank=True)
    # Given when it is hidden: the decision holds a digest of what was hidden.
    salt = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def state(self) -> str:
        """As of a contribution: published or hidden."""
        return "published" if self.hidden_at is None else "hidden"


class TableCall(models.Model):
    """A call for help that came from a table."""

    call = models.OneToOneField(HelpCall, models.CASCADE, related_name="table_call")
    table = models.ForeignKey(Table, models.CASCADE, related_name="calls")

    def __str__(self) -> str:
        return f"call {self.call_id} from table {self.table_id}"
