"""Contributions (proposals, comments, questions), supports and stances.

Live counts stand on the rows they belong to, with the stream's counts version
at which they last changed: hubs ask "what changed since version n".
"""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.models import AgendaItem, Dialogue, Participation, Table, TableNote
from projects.models import District
from proposals.house import Waiting
from shared.signs import sign_of


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
    note = models.OneToOneField(
        TableNote, models.SET_NULL, null=True, blank=True, related_name="finding"
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
    def is_readable(self) -> bool:
        """Whether everybody may read it: what was merged keeps a page of its own."""
        return self.state in (self.State.PUBLISHED, self.State.MERGED)

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

    @property
    def answering(self) -> str:
        """A short sign of the answer: another one when that changes."""
        return sign_of(self.answered_at is None, self.answer, self.answered_minute)

    @property
    def tagging(self) -> str:
        """A short sign of the topic."""
        return sign_of(self.topic)


class ParkedTopic(Waiting, models.Model):
    """A side topic kept for later (Themenspeicher)."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for the moderation")
        PUBLISHED = "published", _("Published")
        HIDDEN = "hidden", _("Hidden by the moderation")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REMOVED = "removed", _("Dealt with")

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="parked_topics")
    author = models.ForeignKey(
        Participation, models.PROTECT, related_name="parked_topics"
    )
    text = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED)
    held_for = models.CharField(max_length=60, blank=True, default="", db_default="")
    salt = models.CharField(max_length=32, default=new_salt)
    written_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text


# What people write for everybody to read: held, reported and decided about alike.
Contribution = Proposal | Comment | Question | ParkedTopic


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
