"""What the moderation writes to people: why, by which rule, and what they can do.

Texts are German first: a person's own language is not stored.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import write_message
from accounts.models import Person
from dialogue.models import Participation
from moderation.models import Appeal, Decision, Report, Ruling
from moderation.occasions import occasion_of
from moderation.tasks import mail_text

SUBJECTS = {
    "hide": gettext_lazy("Your contribution was hidden"),
    "restore": gettext_lazy("Your contribution is visible again"),
    "approve": gettext_lazy("Your contribution was looked at and is visible"),
    "ask_revision": gettext_lazy("Please reword your contribution"),
    "merge": gettext_lazy("Your contribution was merged with another one"),
    "silence": gettext_lazy("You are asked to listen for a while"),
    "end_silence": gettext_lazy("You may speak again"),
    "exclude": gettext_lazy("You were excluded from a dialogue"),
    "readmit": gettext_lazy("You may take part in the dialogue again"),
}


def address_of(path: str) -> str:
    """`path` with the site's own address, for mails."""
    origins = [o for o in settings.CSRF_TRUSTED_ORIGINS if "*" not in o]
    return (origins[0] if origins else f"https://{settings.ALLOWED_HOSTS[0]}") + path


def decision_path(decision: Decision) -> str:
    return reverse("moderation:decision", args=[decision.dialogue.code, decision.pk])


def appeal_until(decision: Decision) -> datetime:
    """The last moment at which the author can appeal."""
    return decision.decided_at + timedelta(days=settings.APPEAL_DAYS)


def tell_decision(decision: Decision) -> None:
    """The statement of reasons, to whoever wrote or did what was decided about."""
    with translation.override("de"):
        write_message(
            person=decision.author.person,
            subject=str(SUBJECTS[decision.action]),
            body=statement_of_reasons(decision),
            link=decision_path(decision),
        )


def statement_of_reasons(decision: Decision) -> str:
    """What, by which rule, for what reason, after what, who, and how to appeal until
    when.

    Without the text itself: it would lie in mailboxes when it is deleted here.
    """
    lines = [
        _("Dialogue: %s") % decision.dialogue.title,
        _("Decision: %s") % decision.get_action_display(),
        _("Rule: %s") % decision.get_rule_display(),
        _("Reason: %s") % decision.reason,
        _("What led to it: %s") % occasion_of(decision).label,
        _("Decided by: the staff of the city, by a person, not a program.")
        if decision.decided_by_id is None
        else _(
            "Decided by: the moderation of the dialogue, by a person, not a program."
        ),
    ]
    if decision.until is not None:
        lines.append(_("Until: %s") % _moment(decision.until))
    if decision.is_appealable:
        lines += [
            "",
            _(
                "You can appeal until %(day)s, with one click and without giving "
                "reasons. Somebody else than the one who decided will look at it."
            )
            % {"day": _day(appeal_until(decision))},
        ]
    return "\n".join([*lines, "", address_of(decision_path(decision))])


def tell_ruling(appeal: Appeal, ruling: Ruling) -> None:
    """The outcome, to the author, to those whose report led to the decision, and to
    whoever made it."""
    decision = appeal.decision
    with translation.override("de"):
        _write_ruling(
            ruling,
            decision.author.person,
            decision_path(decision),
            reversed_=_("Your appeal: the decision was reversed"),
            upheld=_("Your appeal: the decision stands"),
            more=(_("Decided by: somebody else than the one who decided first."),),
        )
        # Nothing of reports: who moderates need not know who reported.
        if first := _first_decider(decision):
            _write_ruling(
                ruling,
                *first,
                reversed_=_("After an appeal: your decision was reversed"),
                upheld=_("After an appeal: your decision stands"),
            )
    for report in decision.reports.all():
        _tell_reporter(report, lambda report: _ruled(report, ruling))


def _write_ruling(
    ruling: Ruling,
    person: Person,
    path: str,
    *,
    reversed_: str,
    upheld: str,
    more: tuple[str, ...] = (),
) -> None:
    decision = ruling.appeal.decision
    write_message(
        person=person,
        subject=reversed_ if ruling.outcome == Ruling.Outcome.REVERSED else upheld,
        body="\n".join(
            [
                _("Dialogue: %s") % decision.dialogue.title,
                _("Decision: %s") % decision.get_action_display(),
                _("Outcome: %s") % ruling.get_outcome_display(),
                _("Reason: %s") % ruling.reason,
                *more,
                "",
                address_of(path),
            ]
        ),
        link=path,
    )


def _first_decider(decision: Decision) -> tuple[Person, str] | None:
    """Whoever made the decision, and where that person can read it."""
    if decision.decided_by is not None:
        return decision.decided_by.person, decision_path(decision)
    if decision.decided_as_staff is not None:
        # The page of a decision is for its author and the moderators.
        code = decision.dialogue.code
        return decision.decided_as_staff, reverse("moderation:reports", args=[code])
    return None


def tell_settled(report: Report, decision: Decision | None) -> None:
    """What became of a report."""
    _tell_reporter(report, lambda report: _settled(report, decision))


def tell_received(report: Report) -> None:
    """The receipt."""

    def facts(report: Report) -> tuple[str, str]:
        return _("We have received your report"), _(
            "A person of the moderation will look at it and decide. You will be told."
        )

    _tell_reporter(report, facts)


def tell_deciders(report: Report) -> None:
    """Of a report after the end, when nobody sits at the desk: once a contribution."""
    dialogue = report.dialogue
    about = {report.subject_kind: report.contribution}
    if Report.objects.filter(settled_at=None, **about).exclude(pk=report.pk).exists():
        return
    leads = dialogue.participations.filter(
        role=Participation.Role.LEAD_MODERATOR, state=Participation.State.ADMITTED
    )
    people = Person.objects.filter(
        Q(pk__in=leads.values("person"))
        | Q(pk__in=dialogue.project.assignments.values("person")),
        is_active=True,
    )
    path = reverse("moderation:reports", args=[dialogue.code])
    with translation.override("de"):
        subject = _("A contribution of a closed dialogue was reported")
        body = "\n".join(
            [
                _("Dialogue: %s") % dialogue.title,
                _("Rule: %s") % report.get_rule_display(),
                _("Please look at it and decide."),
                "",
                address_of(path),
            ]
        )
    for person in people.order_by("pk"):
        write_message(person=person, subject=subject, body=body, link=path)


def _settled(report: Report, decision: Decision | None) -> tuple[str, str]:
    if decision is None:
        return _("Your report was dealt with"), _(
            "The author has withdrawn the contribution."
        )
    return _("Your report was dealt with"), "\n".join(
        [
            _("Decision: %s") % decision.get_action_display(),
            _("Rule: %s") % decision.get_rule_display(),
        ]
    )


def _ruled(report: Report, ruling: Ruling) -> tuple[str, str]:
    return _("Your report: after an appeal"), "\n".join(
        [
            _("The author has appealed. Somebody else has looked at it again."),
            _("Outcome: %s") % ruling.get_outcome_display(),
        ]
    )


def _tell_reporter(report: Report, write: Callable[[Any], tuple[str, str]]) -> None:
    """To the account, or by mail to the address that was given."""
    path = reverse("moderation:receipt", args=[report.dialogue.code, report.receipt])
    with translation.override("de"):
        subject, text = write(report)
        body = "\n".join(
            [
                _("Dialogue: %s") % report.dialogue.title,
                _("Receipt: %s") % report.receipt,
                text,
                "",
                address_of(path),
            ]
        )
    if report.reporter is not None:
        write_message(person=report.reporter, subject=subject, body=body, link=path)
    if report.email and (report.reporter is None or report.reporter.is_guest):
        mail_reporter(report, subject, body)


def mail_reporter(report: Report, subject: str, body: str) -> None:
    """By the worker, after the commit. What was only rehearsed is not mailed."""
    if report.dialogue.is_rehearsal:
        return
    email = report.email
    transaction.on_commit(lambda: mail_text.enqueue(email, subject, body))


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
