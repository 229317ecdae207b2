"""Contributions (proposals, comments, questions), stances, and ballots.

Live counts stand on the rows they belong to, with the stream's counts version
at which they last changed: hubs ask "what changed since version n".
"""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.models import AgendaItem, Dialogue, Participation, Table
from projects.models import District
from proposals.house import HoldingRule, Waiting, WordList

__all__ = [
    "Ballot",
    "Comment",
    "HoldingRule",
    "Mark",
    "Option",
    "ParkedTopic",
    "Proposal",
    "Question",
    "ReactionCount",
    "Revision",
    "RollEntry",
    "SealedMark",
    "Stance",
    "Support",
    "Tally",
    "TallyRow",
    "Vote",
    "WordList",
]


def new_salt() -> str:
    return secrets.token_hex(16)


class Proposal(Waiting, models.Model):
    """A proposal, or what is handled like one: a statement, an idea, a finding."""

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", _("Proposal")
        STATEMENT = "statement", _("Statement")
        IDEA = "idea", _("Idea")
        FINDING = "finding", _("Finding of a table")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PENDING = "pending", _("Waiting for the moderation")
        PUBLISHED = "published", _("Published")
        HIDDEN = "hidden", _("Hidden by the moderation")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        MERGED = "merged", _("Merged")

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="proposals")
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True)
    author = models.ForeignKey(Participation, models.PROTECT, related_name="proposals")
    # Where a finding comes from.
    table = models.ForeignKey(
        Table, models.SET_NULL, null=True, blank=True, related_name="findings"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PROPOSAL)
    title = models.CharField(max_length=140)
    text = models.TextField(max_length=2000, blank=True)
    reason = models.TextField(max_length=1000, blank=True)
    district = models.ForeignKey(District, models.SET_NULL, null=True, blank=True)
    place_x = models.PositiveSmallIntegerField(null=True, blank=True)
    place_y = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    held_for = models.CharField(max_length=60, blank=True, default="", db_default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="sources"
    )
    revision = models.PositiveSmallIntegerField(default=1)
    salt = models.CharField(max_length=32, default=new_salt)
    written_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    supports = models.PositiveIntegerField(default=0)
    comments_count = models.PositiveIntegerField(default=0)
    agrees = models.PositiveIntegerField(default=0)
    disagrees = models.PositiveIntegerField(default=0)
    passes = models.PositiveIntegerField(default=0)
    counts_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["dialogue", "state", "-published_at"]),
            models.Index(fields=["dialogue", "counts_version"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "kind"],
                condition=Q(state="draft"),
                name="one_draft_per_kind",
            ),
            models.CheckConstraint(
                condition=(Q(place_x=None) & Q(place_y=None))
                | Q(place_x__lte=1000, place_y__lte=1000),
                name="place_on_map",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def stances_count(self) -> int:
        return self.agrees + self.disagrees + self.passes


class Revision(models.Model):
    """An earlier wording of a proposal."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=140)
    text = models.TextField(max_length=2000, blank=True)
    reason = models.TextField(max_length=1000, blank=True)
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "number"], name="one_revision_per_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Comment(Waiting, models.Model):
    """A reply to a proposal or to another comment on it."""

    class Alignment(models.TextChoices):
        PRO = "pro", _("Pro")
        CONTRA = "contra", _("Contra")
        NEUTRAL = "neutral", _("Neutral")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for the moderation")
        PUBLISHED = "published", _("Published")
        HIDDEN = "hidden", _("Hidden by the moderation")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="comments")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies"
    )
    author = models.ForeignKey(Participation, models.PROTECT, related_name="comments")
    alignment = models.CharField(
        max_length=8, choices=Alignment, default=Alignment.NEUTRAL
    )
    text = models.TextField(max_length=1000)
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED)
    held_for = models.CharField(max_length=60, blank=True, default="", db_default="")
    salt = models.CharField(max_length=32, default=new_salt)
    written_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Question(Waiting, models.Model):
    """A question to the podium.

    `topic` and `is_shortlisted` are the moderation's; one question of a dialogue is
    `is_on_stage`. `answered_minute` is where the recording has the answer.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for the moderation")
        PUBLISHED = "published", _("Published")
        HIDDEN = "hidden", _("Hidden by the moderation")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        MERGED = "merged", _("Merged")

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="questions")
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True)
    author = models.ForeignKey(Participation, models.PROTECT, related_name="questions")
    text = models.TextField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED)
    held_for = models.CharField(max_length=60, blank=True, default="", db_default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="sources"
    )
    salt = models.CharField(max_length=32, default=new_salt)
    topic = models.CharField(max_length=60, blank=True, default="", db_default="")
    is_shortlisted = models.BooleanField(default=False, db_default=False)
    is_on_stage = models.BooleanField(default=False, db_default=False)
    answer = models.TextField(max_length=2000, blank=True, default="", db_default="")
    answered_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    supports = models.PositiveIntegerField(default=0)
    counts_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["dialogue", "counts_version"])]
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue"],
                condition=Q(is_on_stage=True),
                name="one_question_on_stage",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class ParkedTopic(models.Model):
    """A side topic kept for later (Themenspeicher)."""

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="parked_topics")
    author = models.ForeignKey(Participation, models.PROTECT, related_name="+")
    text = models.CharField(max_length=200)
    parked_at = models.DateTimeField()
    is_removed = models.BooleanField(default=False)

    class Meta:
        ordering = ["parked_at", "pk"]

    def __str__(self) -> str:
        return self.text


class Support(models.Model):
    """One participant's support of a proposal or a question.

    `is_carried`: given to what was merged into it, so it goes when that is undone.
    """

    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="supports"
    )
    proposal = models.ForeignKey(Proposal, models.CASCADE, null=True, blank=True)
    question = models.ForeignKey(Question, models.CASCADE, null=True, blank=True)
    is_carried = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participation", "proposal"], name="one_support_per_proposal"
            ),
            models.UniqueConstraint(
                fields=["participation", "question"], name="one_support_per_question"
            ),
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, question=None)
                | Q(proposal=None, question__isnull=False),
                name="support_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"support {self.pk}"


class Stance(models.Model):
    """One participant's agree, disagree or pass on a proposal; the last one counts."""

    class Value(models.TextChoices):
        AGREE = "agree", _("Agree")
        DISAGREE = "disagree", _("Disagree")
        PASS = "pass", _("Pass")

    # Without an index of its own: the constraint's begins with it. So below.
    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="stances", db_index=False
    )
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="stances")
    value = models.CharField(max_length=8, choices=Value)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participation", "proposal"], name="one_stance_per_proposal"
            )
        ]

    def __str__(self) -> str:
        return self.value


class ReactionCount(models.Model):
    """How often a quick reaction was given during an agenda item. Never per person."""

    class Kind(models.TextChoices):
        AGREE = "agree", _("I agree")
        QUESTION = "question", _("I have a question")
        SLOWER = "slower", _("Slower, please")
        LOUDER = "louder", _("Louder, please")

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="reactions")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveIntegerField(default=0)
    counts_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind"], name="one_count_per_reaction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.number}"


class Ballot(models.Model):
    """A decision put to people. Wording and options are fixed once it is open."""

    class Method(models.TextChoices):
        YES_NO = "yes_no", _("Yes, no, abstain")
        SINGLE = "single", _("One of several options")
        MULTIPLE = "multiple", _("Several of several options")

    class Secrecy(models.TextChoices):
        OPEN = "open", _("open")
        SECRET = "secret", _("secret")

    class Electorate(models.TextChoices):
        ROOM = "room", _("everybody in the room")
        ACCOUNT = "account", _("everybody in the room with a confirmed account")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        ANNULLED = "annulled", _("Annulled")

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="ballots")
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True)
    title = models.CharField(max_length=140)
    text = models.TextField(max_length=1200, blank=True)
    text_easy = models.TextField(max_length=1200, blank=True)
    method = models.CharField(max_length=10, choices=Method)
    secrecy = models.CharField(max_length=8, choices=Secrecy, default=Secrecy.SECRET)
    electorate = models.CharField(
        max_length=8, choices=Electorate, default=Electorate.ROOM
    )
    most_options = models.PositiveSmallIntegerField(default=1)
    hides_count = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    annulled_reason = models.TextField(max_length=600, blank=True)
    roll_size = models.PositiveIntegerField(default=0)
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
    def shows_count(self) -> bool:
        """Whether running counts are public; never for a secret ballot."""
        return not self.hides_count and not self.is_secret


class Option(models.Model):
    """What can be chosen. `key` names the fixed choices of a method (yes, no...)."""

    ballot = models.ForeignKey(Ballot, models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    key = models.CharField(max_length=10, blank=True)
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="options"
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
    def shown_title(self) -> str:
        """The title; of a proposal that was hidden meanwhile, only that it was."""
        if self.proposal is not None and self.proposal.state == Proposal.State.HIDDEN:
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
