"""Who may steer a dialogue: a valid certificate or an exception, and a statement.

`qualification_in` is one query, asked of lead moderators only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dialogue.models import (
    ConflictStatement,
    Dialogue,
    Participation,
    QualificationException,
)
from qualification.models import SOON, Certificate
from shared import clock
from shared.errors import Refusal

# The rights of `dialogue.rules.steers`; `require` explains them.
STEERING = frozenset(
    {
        "dialogue.steer_agenda",
        "dialogue.close_dialogue",
        "dialogue.take_chair",
        "dialogue.begin_round",
        "proposals.open_ballot",
    }
)
# For so long after the doors opened, a certificate that was valid then still counts.
EVENING = timedelta(hours=24)


def asked_moment(dialogue: Dialogue) -> datetime:
    """When a certificate must be valid: when the doors opened, else now.

    One that expires at midnight breaks no evening under way. In a dialogue over
    days it counts for a day more.
    """
    now = clock.now()
    if not dialogue.has_doors_open or dialogue.opened_at is None:
        return now
    return min(now, max(dialogue.opened_at, now - EVENING))


@dataclass(frozen=True)
class QualificationHere:
    """What one moderator has for one dialogue."""

    kind: str | None
    expires_at: datetime | None
    is_excepted: bool
    is_rehearsal: bool = False

    @property
    def has_stated(self) -> bool:
        return self.kind is not None or self.is_rehearsal

    @property
    def has_leave(self) -> bool:
        """By certificate, by exception, or since nothing is at stake."""
        return self.expires_at is not None or self.is_excepted or self.is_rehearsal

    @property
    def is_complete(self) -> bool:
        return self.has_stated and self.has_leave

    @property
    def has_expired(self) -> bool:
        """Counts for this evening alone."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def is_expiring(self) -> bool:
        """The certificate ends soon, and no exception stands in for it."""
        return bool(
            self.expires_at
            and self.expires_at < clock.now() + SOON
            and not (self.is_excepted or self.is_rehearsal)
        )


def with_qualification(
    people: QuerySet[Participation], dialogue: Dialogue
) -> QuerySet[Any]:
    """Adds `stated`, `certified_until` and `is_excepted` to each participation."""
    certificates = Certificate.objects.not_revoked().filter(
        person=OuterRef("person"), expires_at__gt=asked_moment(dialogue)
    )
    exceptions = QualificationException.objects.filter(
        participation=OuterRef("pk"), withdrawn_at=None
    )
    return people.annotate(
        stated=F("conflict_statement__kind"),
        certified_until=Subquery(
            certificates.order_by("-expires_at").values("expires_at")[:1]
        ),
        is_excepted=Exists(exceptions),
    )


def qualification_in(
    participation: Participation, dialogue: Dialogue
) -> QualificationHere:
    """What the moderator has. A rehearsal needs nothing: it is there to learn."""
    if dialogue.rehearsal_of_id is not None:
        return QualificationHere(None, None, False, is_rehearsal=True)
    row = (
        with_qualification(Participation.objects.filter(pk=participation.pk), dialogue)
        .values_list("stated", "certified_until", "is_excepted")
        .first()
    )
    return QualificationHere(*row) if row else QualificationHere(None, None, False)


def qualified_leads(dialogue: Dialogue) -> QuerySet[Participation]:
    """Lead moderators who may steer `dialogue` (of a rehearsal: all of them)."""
    leads = Participation.objects.filter(
        dialogue=dialogue,
        role=Participation.Role.LEAD_MODERATOR,
        state=Participation.State.ADMITTED,
    )
    if dialogue.rehearsal_of_id is not None:
        return leads
    return with_qualification(leads, dialogue).filter(
        Q(certified_until__isnull=False) | Q(is_excepted=True), stated__isnull=False
    )


def explain_steering(
    right: str, participation: Participation, dialogue: Dialogue
) -> None:
    """Raise the Refusal that says what a lead moderator lacks for `right`, if so."""
    is_lead = participation.role == Participation.Role.LEAD_MODERATOR
    if right not in STEERING or not is_lead:
        return
    here = qualification_in(participation, dialogue)
    if not here.has_leave:
        raise Refusal(
            "qualification.missing",
            format_lazy(
                gettext_lazy(
                    "To lead a dialogue you need a valid certificate. What is missing "
                    "stands at {address}. For this one, the administration can grant "
                    "an exception."
                ),
                address=reverse("qualification:certificate"),
            ),
            status=403,
        )
    if not here.has_stated:
        raise Refusal(
            "conflict.missing",
            gettext_lazy(
                "Please state first, on your desk, whether you have a conflict of "
                "interest in this dialogue."
            ),
            status=403,
        )


def statements_of(dialogue: Dialogue) -> QuerySet[ConflictStatement]:
    """What the admitted moderators have stated, for staff."""
    return (
        ConflictStatement.objects.filter(
            participation__dialogue=dialogue,
            participation__state=Participation.State.ADMITTED,
            participation__role__in=Participation.OFFICIAL_ROLES,
        )
        .select_related("participation")
        .order_by("participation__display_name")
    )


def public_sentence(dialogue: Dialogue) -> str:
    """One sentence about the lead moderators' interests; nothing before the first."""
    kinds = set(
        ConflictStatement.objects.filter(
            participation__dialogue=dialogue,
            participation__state=Participation.State.ADMITTED,
            participation__role=Participation.Role.LEAD_MODERATOR,
        ).values_list("kind", flat=True)
    )
    if not kinds:
        return ""
    conflicts = [
        str(kind.label)
        for kind in ConflictStatement.Kind
        if kind in kinds and kind != ConflictStatement.Kind.NONE
    ]
    if not conflicts:
        return _("The moderation states that it has no conflict of interest.")
    return _(
        "The moderation states a possible conflict of interest: %(conflicts)s."
    ) % {"conflicts": ", ".join(conflicts)}
