"""Dialogues, their agenda, and who takes part."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.models import Stream
from projects.models import Project
from shared import clock

# No 0/O, 1/I/L: read aloud in a hall and typed on a phone.
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code() -> str:
    return "".join(secrets.choice(CODE_SIGNS) for __ in range(8))


def new_pseudonym() -> str:
    return secrets.token_hex(8)


class Dialogue(models.Model):
    """One moderated event, or an online dialogue over days."""

    class Mode(models.TextChoices):
        LIVE = "live", _("live online")
        HYBRID = "hybrid", _("hybrid: on site and online")
        ONLINE = "online", _("online over several days")

    class Access(models.TextChoices):
        OPEN = "open", _("open to everybody with the link")
        CODE = "code", _("with the code")
        INVITATION = "invitation", _("by personal invitation")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ANNOUNCED = "announced", _("Announced")
        LOBBY = "lobby", _("Doors open")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        CLOSED = "closed", _("Closed")

    project = models.ForeignKey(Project, models.PROTECT, related_name="dialogues")
    stream = models.OneToOneField(Stream, models.PROTECT, related_name="dialogue")
    slug = models.SlugField(_("short name in the address"), max_length=80, unique=True)
    code = models.CharField(max_length=8, unique=True, default=new_code)
    title = models.CharField(_("title"), max_length=140)
    title_en = models.CharField(_("title in English"), max_length=140, blank=True)
    summary = models.TextField(_("what it is about"), max_length=1200)
    summary_en = models.TextField(
        _("what it is about, in English"), max_length=1200, blank=True
    )
    summary_easy = models.TextField(
        _("what it is about, in easy language"), max_length=1200, blank=True
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.LIVE)
    access = models.CharField(
        _("access"), max_length=10, choices=Access, default=Access.CODE
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    starts_at = models.DateTimeField(_("begins at"))
    ends_by = models.DateTimeField(_("must end by"), null=True, blank=True)
    ground_rules = models.TextField(_("ground rules"), max_length=4000)
    privacy_notice = models.TextField(_("privacy notice"), max_length=6000)
    hotline = models.CharField(_("hotline number"), max_length=40, blank=True)
    current = models.ForeignKey(
        "AgendaItem", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    item_began_at = models.DateTimeField(null=True, blank=True)
    item_ends_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    projected = models.CharField(max_length=40, default="now")
    # Of a rehearsal: what is rehearsed, and how many times faster its minutes pass.
    rehearsal_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="rehearsals"
    )
    speed = models.PositiveSmallIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["-starts_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("live:room", args=[self.code])

    @property
    def is_over(self) -> bool:
        return self.state == self.State.CLOSED

    @property
    def is_rehearsal(self) -> bool:
        """Nobody's words count here, and all of it is wiped afterwards."""
        return self.rehearsal_of_id is not None

    def lasting(self, minutes: int) -> timedelta:
        """How long `minutes` of the agenda last by the clock."""
        return timedelta(minutes=minutes) / self.speed

    @property
    def has_doors_open(self) -> bool:
        return self.state in (self.State.LOBBY, self.State.LIVE, self.State.PAUSED)

    def allows(self, action: str) -> bool:
        """Whether the present agenda item allows `action` (see AgendaItem)."""
        return (
            self.state == self.State.LIVE
            and self.current is not None
            and action in self.current.allowed
        )


class AgendaItem(models.Model):
    """One step of a dialogue: its kind, minutes, and what is allowed meanwhile."""

    class Kind(models.TextChoices):
        ARRIVAL = "arrival", _("Arrival")
        INPUT = "input", _("Input")
        QUESTIONS = "questions", _("Questions")
        SMALL_GROUPS = "small_groups", _("Small groups")
        PROPOSALS = "proposals", _("Proposals")
        GALLERY = "gallery", _("Gallery")
        BALLOT = "ballot", _("Ballot")
        ANSWER = "answer", _("Answer of the city")
        BREAK = "break", _("Break")
        EVALUATION = "evaluation", _("Evaluation")

    ACTIONS = ("propose", "comment", "ask", "stance", "vote")

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    text = models.TextField(_("what happens, for all"), max_length=1200, blank=True)
    text_en = models.TextField(_("the same in English"), max_length=1200, blank=True)
    text_easy = models.TextField(
        _("the same in easy language"), max_length=1200, blank=True
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[MinValueValidator(1), MaxValueValidator(600)]
    )
    extended_minutes = models.PositiveSmallIntegerField(default=0)
    opens_at = models.DateTimeField(_("opens at"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)
    allows_propose = models.BooleanField(_("make proposals"), default=False)
    allows_comment = models.BooleanField(_("comment"), default=False)
    allows_ask = models.BooleanField(_("ask questions"), default=False)
    allows_stance = models.BooleanField(_("take stances"), default=False)
    allows_vote = models.BooleanField(_("vote"), default=False)
    notes = models.TextField(_("notes for the moderation"), max_length=4000, blank=True)
    suggested_words = models.TextField(
        _("suggested words for the moderation"), max_length=4000, blank=True
    )

    class Meta:
        ordering = ["dialogue", "position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def allowed(self) -> frozenset[str]:
        """The ACTIONS that this item allows; questions and reactions ride along."""
        return frozenset(
            action for action in self.ACTIONS if getattr(self, f"allows_{action}")
        )

    @property
    def planned_minutes(self) -> int:
        return self.minutes + self.extended_minutes


class AgendaStep(models.Model):
    """When an item really ran. An item visited twice has two steps."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="steps")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["began_at", "pk"]

    def __str__(self) -> str:
        return f"{self.item} from {self.began_at:%H:%M}"


class Material(models.Model):
    """A picture, a PDF of slides, or a link, for an agenda item."""

    class Kind(models.TextChoices):
        PICTURE = "picture", _("Picture or slide")
        PDF = "pdf", _("Slides as PDF")
        LINK = "link", _("Link")

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="materials")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    title = models.CharField(_("title"), max_length=120)
    description = models.CharField(
        _("what the picture shows, for those who cannot see it"),
        max_length=400,
        blank=True,
    )
    file = models.FileField(_("file"), upload_to="materials/", blank=True)
    link = models.URLField(_("link"), blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class Participation(models.Model):
    """A person in a dialogue: under which name, in which role."""

    class Role(models.TextChoices):
        PARTICIPANT = "participant", _("Participant")
        OBSERVER = "observer", _("Observer")
        TABLE_MODERATOR = "table_moderator", _("Table moderator")
        LEAD_MODERATOR = "lead_moderator", _("Lead moderator")
        TECHNICAL_HOST = "technical_host", _("Technical host")

    class State(models.TextChoices):
        ADMITTED = "admitted", _("admitted")
        EXCLUDED = "excluded", _("excluded")

    OFFICIAL_ROLES = (Role.TABLE_MODERATOR, Role.LEAD_MODERATOR, Role.TECHNICAL_HOST)

    dialogue = models.ForeignKey(
        Dialogue, models.PROTECT, related_name="participations"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="participations"
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.PARTICIPANT)
    state = models.CharField(max_length=10, choices=State, default=State.ADMITTED)
    display_name = models.CharField(max_length=80)
    name_key = models.CharField(max_length=80)
    pseudonym = models.CharField(max_length=16, default=new_pseudonym)
    joined_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    silenced_until = models.DateTimeField(null=True, blank=True)
    # Counts only in ballots that use weights.
    vote_weight = models.PositiveSmallIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dialogue", "person"], name="one_participation_per_person"
            ),
            models.UniqueConstraint(
                fields=["dialogue", "name_key"], name="distinct_display_names"
            ),
        ]
        ordering = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_moderator(self) -> bool:
        return self.role in self.OFFICIAL_ROLES

    def is_silenced(self, moment: datetime | None = None) -> bool:
        moment = moment or clock.now()
        return self.silenced_until is not None and self.silenced_until > moment


class Invitation(models.Model):
    """A personal way in: one token, one person. Only the token's digest is kept."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="invitations")
    label = models.CharField(max_length=120)
    token_digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(
        max_length=16,
        choices=Participation.Role,
        default=Participation.Role.PARTICIPANT,
    )
    expires_at = models.DateTimeField()
    used_by = models.OneToOneField(
        Participation, models.SET_NULL, null=True, blank=True, related_name="invitation"
    )

    class Meta:
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return self.label


class HelpCall(models.Model):
    """Somebody needs a hand: at the door, or in the room."""

    dialogue = models.ForeignKey(Dialogue, models.CASCADE, related_name="help_calls")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="help_calls"
    )
    name = models.CharField(max_length=80)
    text = models.TextField(max_length=600)
    called_at = models.DateTimeField()
    answer = models.TextField(max_length=600, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Participation, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    let_in = models.BooleanField(default=False)

    class Meta:
        ordering = ["called_at", "pk"]

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:40]}"
