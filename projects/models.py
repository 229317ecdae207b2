"""Participation projects: the public record of what the city asks and decides."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ledger.models import Stream


class Department(models.Model):
    """The unit of the city that is responsible and can be reached."""

    name = models.CharField(_("name"), max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    name_de = models.CharField(max_length=60, unique=True)
    name_en = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name_de"]

    def __str__(self) -> str:
        return localised(self, "name")


class District(models.Model):
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """What the city does and asks about.

    Invisible to the public until `published_at` is set.
    """

    class Level(models.TextChoices):
        """Levels of participation after IAP2 and their German counterparts."""

        INFORM = "inform", _("Information")
        CONSULT = "consult", _("Consultation")
        INVOLVE = "involve", _("Involvement")
        COLLABORATE = "collaborate", _("Collaboration")
        EMPOWER = "empower", _("Decision")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        PREPARATION = "preparation", _("In preparation")
        OPEN = "open", _("Open for participation")
        EVALUATION = "evaluation", _("Under evaluation")
        DECISION = "decision", _("Awaiting decision")
        IMPLEMENTATION = "implementation", _("Being implemented")
        COMPLETED = "completed", _("Completed")
        DISCONTINUED = "discontinued", _("Discontinued")

    slug = models.SlugField(_("short name in the address"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=140)
    summary = models.TextField(_("summary"), max_length=1200)
    summary_easy = models.TextField(
        _("summary in easy language"), max_length=1200, blank=True
    )
    title_en = models.CharField(_("title in English"), max_length=140, blank=True)
    summary_en = models.TextField(_("summary in English"), max_length=1200, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name=_("department")
    )
    contact_name = models.CharField(_("contact person"), max_length=80)
    contact_mail = models.EmailField(_("contact e-mail"))
    contact_phone = models.CharField(_("contact phone"), max_length=40, blank=True)
    topics = models.ManyToManyField(Topic, blank=True, verbose_name=_("topics"))
    districts = models.ManyToManyField(
        District, blank=True, verbose_name=_("districts")
    )
    occasion = models.TextField(_("occasion"), max_length=2000)
    aim = models.TextField(_("aim"), max_length=2000)
    can_change = models.TextField(_("what can be changed"), max_length=2000)
    is_fixed = models.TextField(_("what is fixed"), max_length=2000)
    decided_by = models.CharField(_("who decides"), max_length=200)
    decision_due = models.DateField(_("decision by"))
    level = models.CharField(_("level of participation"), max_length=12, choices=Level)
    status = models.CharField(
        _("status"), max_length=16, choices=Status, default=Status.PREPARATION
    )
    status_reason = models.TextField(
        _("reason for the status"), max_length=600, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, blank=True)
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Assignment", related_name="projects"
    )

    class Meta:
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("projects:detail", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.published_at is not None


class Assignment(models.Model):
    """A person of the city who works on a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="assignments")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"], name="one_assignment_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.project}"


class Phase(models.Model):
    """A dated part of a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="phases")
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what happens"), max_length=800, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))

    class Meta:
        ordering = ["starts_on", "ends_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="phase_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title


class ResultRecord(models.Model):
    """The frozen outcome of a dialogue: canonical JSON and its SHA-256.

    Append-only by trigger. A correction is a new record that names the digest
    of the old one in `replaces`. Holds figures, pseudonyms and salted digests of
    texts; texts and names stand in `ResultText`, which erasure may empty.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="results")
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="results")
    dialogue_title = models.CharField(max_length=140)
    canonical = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    replaces = models.CharField(max_length=64, blank=True)
    filed_at = models.DateTimeField()

    class Meta:
        ordering = ["-filed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.dialogue_title} ({self.digest[:12]})"

    def get_absolute_url(self) -> str:
        return reverse("projects:result", args=[self.project.slug, self.digest])


class ResultText(models.Model):
    """A text or name of a result, beside the record so that it can be erased.

    `SHA-256(salt || text)` stands in the record under `key`. Erased: both empty.
    """

    record = models.ForeignKey(ResultRecord, models.CASCADE, related_name="texts")
    key = models.CharField(max_length=60)
    salt = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "key"], name="one_text_per_key")
        ]

    def __str__(self) -> str:
        return self.key


def localised(row: models.Model, field: str) -> str:
    """`row.field` in the reader's language if it is filled there, else in German."""
    language = (get_language() or "de")[:2]
    text = getattr(row, f"{field}_{language}", "") or getattr(row, field, "")
    return str(text or getattr(row, f"{field}_de", ""))
