"""Verbs of reports: anybody tells the moderation about a contribution.

Reports hide nothing, whatever their number: a person looks and decides.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.guard import refuse_often
from accounts.models import Person
from dialogue.models import Dialogue, Participation
from dialogue.queries import share_lock
from ledger.actions import act, record
from moderation.deciding import kind_of
from moderation.events import ReportMade
from moderation.models import Report, Rule
from moderation.telling import tell_deciders, tell_received
from proposals.queries import access_contribution
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_line, clean_text

# What one person can still explain; a hall behind one address is counted apart.
OPEN_PER_REPORTER = 10
PER_REPORTER = {"most": 10, "seconds": 600}


@dataclass(frozen=True)
class Reporter:
    """Who reports: an account or guest, or somebody behind a network address."""

    person: Person | None = None
    network: str = ""
    name: str = ""
    email: str = ""

    @property
    def key(self) -> str:
        """Tells reporters apart; nothing leads back from it."""
        who = f"person:{self.person.pk}" if self.person else f"net:{self.network}"
        return salted_hmac("moderation.reporter", who, algorithm="sha256").hexdigest()


@act()
def report_contribution(
    *,
    dialogue: Dialogue,
    reporter: Reporter,
    kind: str,
    pk: int,
    rule: str,
    explanation: str = "",
    place: str = "",
) -> Report:
    """Report a visible contribution; the receipt leads to what becomes of it."""
    share_lock(Dialogue, [dialogue.pk])
    dialogue.refresh_from_db(fields=["state"])
    if rule not in Rule.values:
        raise Refusal(
            "report.rule",
            _("Please choose the rule that you think was broken."),
            status=400,
            field="rule",
        )
    row = access_contribution(dialogue, kind, pk)
    share_lock(type(row), [pk])
    if row.state != "published":
        raise Refusal(
            "report.not_visible",
            _("This contribution is not visible (any more). Thank you all the same."),
            status=404,
        )
    if reporter.person is not None and row.author.person_id == reporter.person.pk:
        raise Refusal(
            "report.own", _("This is your own contribution. You can withdraw it.")
        )
    key = reporter.key
    refuse_often(f"report:{key}", **PER_REPORTER)
    mine = Report.objects.filter(reporter_key=key, settled_at=None)
    if mine.filter(dialogue=dialogue).count() >= OPEN_PER_REPORTER:
        raise Refusal(
            "report.too_many",
            _(
                "Ten of your reports wait for an answer. Please wait until the "
                "moderation has looked at them."
            ),
            status=429,
            retry_after=600,
        )
    report = Report(
        dialogue=dialogue,
        author_id=row.author_id,
        rule=rule,
        explanation=clean_text(explanation),
        place=clean_line(place),
        name=clean_line(reporter.name),
        email=reporter.email,
        reporter=reporter.person,
        reporter_key=key,
        made_at=clock.now(),
    )
    setattr(report, kind, row)
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError:
        raise Refusal(
            "report.waiting",
            _("You have reported this already. The moderation will answer you."),
        ) from None
    tell_received(report)
    if dialogue.is_over:
        tell_deciders(report)
    record(
        dialogue.stream_id,
        ReportMade(report=report.pk, contribution=kind_of(row), pk=row.pk),
    )
    return report


def reporter_of(participation: Participation) -> Reporter:
    """Somebody in the room."""
    return Reporter(person=participation.person)
