"""Ballots: their options, roll, votes and tally."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.models import AgendaItem, Dialogue, Participation
from proposals.models.contributions import Proposal, Question


class Ballot(models.Model):
    """A decision put to people. Wording and options are fixed once it is open."""

    class Method(models.TextChoices):
        HANDS = "hands", _("Show of hands, to see the mood")
        YES_NO = "yes_no", _("Yes, no, abstain")
        GRADIENTS = "gradients", _("Gradients of agreement")
        CONSENT = "consent", _("Consent: does anybody object?")
        SINGLE = "single", _("One of several options")
        MULTIPLE = "multiple", _("Several of several options")
        APPROVAL = "approval", _("Approval: every option you agree with")
        SCORE = "score", _("Score every option")
        DOTS = "dots", _("Points to distribute")
        CONSENSING = "consensing", _("Systemic consensing: least resistance")
        BORDA = "borda", _("Ranking, counted by points (Borda)")
        IRV = "irv", _("Ranking, counted by rounds (instant runoff)")
        SCHULZE = "schulze", _("Ranking, every pair compared (Schulze)")
        PAIRWISE = "pairwise", _("Ranking, duels won (Copeland)")
        STV = "stv", _("Ranking, several seats (single transferable vote)")
        KNAPSACK = "knapsack", _("Budget: my own selection within the budget")
        GREEDY = "greedy", _("Budget: most approvals first")
        EQUAL_SHARES = "equal_shares", _("Budget: equal shares for everybody")

    class Secrecy(models.TextChoices):
        OPEN = "open", _("open")
        SECRET = "secret", _("secret")

    class Electorate(models.TextChoices):
        ROOM = "room", _("everybody in the room")
        ACCOUNT = "account", _("everybody in the room with a confirmed account")
        CODE = "code", _("everybody with a personal code")
        HALL = "hall", _("everybody with a hall ticket that was checked in")

    class Majority(models.TextChoices):
        SIMPLE = "simple", _("simple: more yes than no")
        ABSOLUTE = "absolute", _("absolute: more than half")
        TWO_THIRDS = "two_thirds", _("two thirds")

    class Base(models.TextChoices):
        VOTES = "votes", _("of the votes cast")
        ROLL = "roll", _("of the roll")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        PAUSED = "paused", _("Paused")
        CLOSED = "closed", _("Closed")
        ANNULLED = "annulled", _("Annulled")

    # In both states the roll stands and the box is there.
    RUNNING = (State.OPEN, State.PAUSED)

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="ballots")
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True)
    title = models.CharField(max_length=140)
    text = models.TextField(max_length=1200, blank=True)
    text_easy = models.TextField(max_length=1200, blank=True)
    method = models.CharField(max_length=16, choices=Method)
    secrecy = models.CharField(max_length=8, choices=Secrecy, default=Secrecy.SECRET)
    electorate = models.CharField(
        max_length=8, choices=Electorate, default=Electorate.ROOM
    )
    most_options = models.PositiveSmallIntegerField(default=1)
    # What of these the method uses: `proposals.methods.outcome.Terms`.
    points = models.PositiveSmallIntegerField(default=0, db_default=0)
    per_option = models.PositiveSmallIntegerField(default=0, db_default=0)
    lowest = models.SmallIntegerField(default=0, db_default=0)
    highest = models.SmallIntegerField(default=10, db_default=10)
    seats = models.PositiveSmallIntegerField(default=1, db_default=1)
    budget = models.PositiveBigIntegerField(default=0, db_default=0)
    majority = models.CharField(
        max_length=12, choices=Majority, default=Majority.SIMPLE, db_default="simple"
    )
    base = models.CharField(
        max_length=8, choices=Base, default=Base.VOTES, db_default="votes"
    )
    quorum = models.PositiveSmallIntegerField(default=0, db_default=0)
    threshold = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Tickets that are not linked to anybody online vote by hand, and are counted in.
    is_mixed = models.BooleanField(default=False, db_default=False)
    uses_weights = models.BooleanField(default=False, db_default=False)
    # The round before this one, and which round this is.
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next"
    )
    round = models.PositiveSmallIntegerField(default=1, db_default=1)
    hides_count = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    annulled_reason = models.TextField(max_length=600, blank=True)
    roll_size = models.PositiveIntegerField(default=0)
    # The sum of the roll's weights; differs from its size where weights are used.
    roll_weight = models.PositiveIntegerField(default=0, db_default=0)
    roll_digest = models.CharField(max_length=64, blank=True)
    turnout = models.PositiveIntegerField(default=0)
    counts_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["dialogue", "counts_version"])]

    def __str__(self) -> str:
        return self.title

    @property
    def is_secret(self) -> bool:
        return self.secrecy == self.Secrecy.SECRET

    @property
    def is_published(self) -> bool:
        """Whether its result is for everybody."""
        return self.state == self.State.CLOSED and self.published_at is not None

    @property
    def shows_count(self) -> bool:
        """Whether running counts are public; never for a secret ballot."""
        return not self.hides_count and not self.is_secret


class Option(models.Model):
    """What can be chosen. `key` names the fixed choices of a method (yes, no...)."""

    ballot = models.ForeignKey(Ballot, models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    key = models.CharField(max_length=16, blank=True)
    # In whole euros; of the methods that divide a budget.
    cost = models.PositiveBigIntegerField(default=0, db_default=0)
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="options"
    )
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="options"
    )
    marks_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["ballot", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "position"], name="one_option_per_position"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def source(self) -> Proposal | Question | None:
        """The contribution that stands for election, if it is one."""
        return self.proposal or self.question

    @property
    def is_hidden(self) -> bool:
        """Whether moderation has hidden it; it stays countable."""
        return self.source is not None and self.source.state == "hidden"

    @property
    def is_gone(self) -> bool:
        """Whether its contribution can no longer be put to the vote."""
        return self.source is not None and self.source.state != "published"

    @property
    def shown_title(self) -> str:
        """The title; of a contribution that was hidden meanwhile, only that it was."""
        if self.is_hidden:
            return str(Proposal.State.HIDDEN.label)
        return self.title


class RollEntry(models.Model):
    """Who may vote in a ballot, frozen at opening; and who has, without a time.

    `request_key` and `receipt` make a repeated request harmless.
    """

    ballot = models.ForeignKey(
        Ballot, models.PROTECT, related_name="roll", db_index=False
    )
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="+")
    has_voted = models.BooleanField(default=False)
    weight = models.PositiveSmallIntegerField(default=1, db_default=1)
    request_key = models.CharField(max_length=64, blank=True)
    receipt = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "participation"], name="one_roll_entry_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"roll {self.ballot_id}/{self.participation_id}"


class Vote(models.Model):
    """One person's vote in an open ballot; the last one before closing counts."""

    roll_entry = models.OneToOneField(RollEntry, models.PROTECT, related_name="vote")
    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="votes")
    # Why somebody objects (consent).
    reason = models.TextField(max_length=600, blank=True, default="", db_default="")

    def __str__(self) -> str:
        return f"vote {self.pk}"


class Mark(models.Model):
    """A vote's value for one option."""

    vote = models.ForeignKey(Vote, models.CASCADE, related_name="marks", db_index=False)
    option = models.ForeignKey(Option, models.PROTECT, related_name="+")
    value = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vote", "option"], name="one_mark_per_option"
            )
        ]

    def __str__(self) -> str:
        return f"{self.option_id}={self.value}"


class SealedMark(models.Model):
    """A mark of a closed secret ballot: on which sheet, for which option.

    Written once, at closing, in the order of the random `sheet`: see `box.py`.
    """

    pk = models.CompositePrimaryKey("ballot_id", "sheet", "option_id")
    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="sealed_marks")
    sheet = models.CharField(max_length=32)
    option = models.ForeignKey(Option, models.PROTECT, related_name="+")
    value = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.option_id}={self.value}"


class Tally(models.Model):
    """The counted result of a ballot, frozen at closing."""

    ballot = models.OneToOneField(Ballot, models.PROTECT, related_name="tally")
    eligible = models.PositiveIntegerField()
    turnout = models.PositiveIntegerField()
    verdict = models.CharField(max_length=16)
    ballots_digest = models.CharField(max_length=64)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"tally of {self.ballot_id}"


class TallyRow(models.Model):
    """One option's number in a tally, and whether it was chosen."""

    tally = models.ForeignKey(Tally, models.PROTECT, related_name="rows")
    option = models.OneToOneField(Option, models.PROTECT, related_name="tally_row")
    number = models.IntegerField()
    is_chosen = models.BooleanField(default=False)

    class Meta:
        ordering = ["option__position"]

    def __str__(self) -> str:
        return f"{self.option}: {self.number}"
