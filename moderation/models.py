"""Moderation acts, append-only: a reversal is a second decision.

Triggers refuse change and removal of decisions, appeals and rulings. What a person
wrote to us and may have erased stands beside them (`AppealText`, `Report`).
"""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation, TableRemark
from dialogue.models.core import CODE_SIGNS
from moderation.seals import SealedText as SealedText
from proposals.models import (
    Comment,
    Contribution,
    ParkedTopic,
    Proposal,
    Question,
    new_salt,
)

# What can be decided about; only the others can be reported by everybody.
Decided = Contribution | TableRemark
REPORTABLE = ("proposal", "comment", "question", "topic")
KINDS = (*REPORTABLE, "remark")


def new_receipt() -> str:
    """Read aloud on the phone; 10 of 31 signs cannot be guessed."""
    return "".join(secrets.choice(CODE_SIGNS) for __ in range(10))


class Rule(models.TextChoices):
    """The published list of rules; a decision names one of them."""

    INSULT = "insult", _("Insult or threat")
    DISCRIMINATION = "discrimination", _("Discrimination")
    PERSONAL_DATA = "personal_data", _("Private data of others")
    UNLAWFUL = "unlawful", _("Unlawful content")
    ADVERTISING = "advertising", _("Advertising or campaigning")
    OFF_TOPIC = "off_topic", _("Off topic")
    DUPLICATE = "duplicate", _("Said already, word for word")
    UNREADABLE = "unreadable", _("Cannot be read or understood")


# Of a decision that found no rule broken.
NO_RULE = "none"
RULE_LABELS = [*Rule.choices, (NO_RULE, _("No rule was broken"))]


def one_contribution(name: str) -> models.CheckConstraint:
    """Exactly one of proposal, comment, question and topic is set."""
    return models.CheckConstraint(condition=_is_about_one(), name=name)


def _is_about_one() -> Q:
    return (
        Q(proposal__isnull=False, comment=None, question=None, topic=None)
        | Q(proposal=None, comment__isnull=False, question=None, topic=None)
        | Q(proposal=None, comment=None, question__isnull=False, topic=None)
        | Q(proposal=None, comment=None, question=None, topic__isnull=False)
    )


class Decision(models.Model):
    """Who decided what, about a contribution or a person, by which rule, and why."""

    class Action(models.TextChoices):
        HIDE = "hide", _("hidden")
        RESTORE = "restore", _("restored")
        APPROVE = "approve", _("approved")
        ASK_REVISION = "ask_revision", _("sent back to be reworded")
        MERGE = "merge", _("merged with another contribution")
        SILENCE = "silence", _("asked to listen for a time")
        END_SILENCE = "end_silence", _("may speak again")
        EXCLUDE = "exclude", _("excluded from the dialogue")
        READMIT = "readmit", _("let in again")

    ON_PERSON = (Action.SILENCE, Action.END_SILENCE, Action.EXCLUDE, Action.READMIT)
    # What takes something away can be appealed against.
    APPEALABLE = (
        Action.HIDE,
        Action.ASK_REVISION,
        Action.MERGE,
        Action.SILENCE,
        Action.EXCLUDE,
    )

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=14, choices=Action)
    rule = models.CharField(max_length=16, choices=RULE_LABELS)
    reason = models.TextField(max_length=600)
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    comment = models.ForeignKey(
        Comment, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    topic = models.ForeignKey(
        ParkedTopic, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    # Said in writing at a table, for those who sit there.
    remark = models.ForeignKey(
        TableRemark, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    # Whoever wrote the contribution, or is the person decided about.
    author = models.ForeignKey(Participation, models.PROTECT, related_name="decisions")
    # Nobody: the city's staff, after an appeal or after the end of the dialogue.
    decided_by = models.ForeignKey(
        Participation, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Who of the staff, that somebody else rules on the appeal.
    decided_as_staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    decided_at = models.DateTimeField()
    # When what was decided on began to wait; empty where nothing waited.
    waited_since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals"
    )
    # Proves the wording that was decided about, when its text is gone.
    wording_digest = models.CharField(max_length=64, blank=True)
    salt = models.CharField(max_length=32, default=new_salt)

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(action__in=["silence", "end_silence", "exclude", "readmit"])
                    & Q(
                        proposal=None,
                        comment=None,
                        question=None,
                        topic=None,
                        remark=None,
                    )
                )
                | (
                    ~Q(action__in=["silence", "end_silence", "exclude", "readmit"])
                    & Q(remark=None)
                    & _is_about_one()
                )
                | Q(
                    action__in=["hide", "restore"],
                    remark__isnull=False,
                    proposal=None,
                    comment=None,
                    question=None,
                    topic=None,
                ),
                name="decision_on_contribution_or_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} by rule {self.rule}"

    @property
    def contribution(self) -> Decided | None:
        """What was decided about; None where it was a person."""
        return (
            self.proposal or self.comment or self.question or self.topic or self.remark
        )

    @property
    def subject_kind(self) -> str:
        """proposal, comment, question, topic, remark or person."""
        for kind in KINDS:
            if getattr(self, f"{kind}_id") is not None:
                return kind
        return "person"

    @property
    def is_appealable(self) -> bool:
        return self.action in self.APPEALABLE


class Appeal(models.Model):
    """The author asks that somebody else looks at a decision again; once."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="appeal")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"appeal against decision {self.decision_id}"


class AppealText(models.Model):
    """What the author wrote with it; goes with the author's texts."""

    appeal = models.OneToOneField(Appeal, models.CASCADE, related_name="words")
    text = models.TextField(max_length=1200)

    def __str__(self) -> str:
        return self.text[:60]


class Ruling(models.Model):
    """The end of an appeal: somebody else's look at the decision."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("the decision stands")
        REVERSED = "reversed", _("the decision was reversed")

    appeal = models.OneToOneField(Appeal, models.PROTECT, related_name="ruling")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.TextField(max_length=600)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    ruled_at = models.DateTimeField()

    class Meta:
        ordering = ["-ruled_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.appeal}"


class Report(models.Model):
    """Somebody tells the moderation about a contribution, with or without account."""

    dialogue = models.ForeignKey(Dialogue, models.PROTECT, related_name="reports")
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    comment = models.ForeignKey(
        Comment, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    topic = models.ForeignKey(
        ParkedTopic, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    # Of the contribution: reports against one person are looked at together.
    author = models.ForeignKey(Participation, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=16, choices=Rule)
    explanation = models.TextField(max_length=1200, blank=True)
    place = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True,
        related_name="reports",
    )  # fmt: skip
    # A keyed hash: tells reporters apart who gave no name.
    reporter_key = models.CharField(max_length=64, blank=True)
    receipt = models.CharField(max_length=10, unique=True, default=new_receipt)
    made_at = models.DateTimeField()
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            one_contribution("report_on_one_contribution"),
            *(
                models.UniqueConstraint(
                    fields=["reporter_key", kind],
                    condition=Q(settled_at=None, **{f"{kind}__isnull": False}),
                    name=f"one_open_report_on_{kind}",
                )
                for kind in REPORTABLE
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.receipt}"

    @property
    def contribution(self) -> Contribution:
        row = self.proposal or self.comment or self.question or self.topic
        assert row is not None  # noqa: S101 -- the constraint above
        return row

    @property
    def subject_kind(self) -> str:
        """proposal, comment, question or topic."""
        return next(
            kind for kind in REPORTABLE if getattr(self, f"{kind}_id") is not None
        )
