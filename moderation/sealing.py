"""The end of what was kept for appeals: hidden texts, and who reported.

The decisions stay, with the digest of the wording: it proves which text it was to
whoever still has it, and tells nobody else anything.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import Person
from dialogue.models import TableRemark
from dialogue.table_events import RemarkErased
from ledger.actions import act, record
from moderation.actions import HIDDEN, OUT_OF_SIGHT, last_hiding
from moderation.deciding import kind_of
from moderation.events import TextDeleted
from moderation.models import REPORTABLE, AppealText, Decision, Report, SealedText
from moderation.remarks import access_decided
from proposals.models import Comment, ParkedTopic, Proposal, Question
from shared import clock

# A tick must not hold up others for long.
MOST_AT_ONCE = 100


def end_of_time() -> int:
    """By the clock: delete what nobody can appeal about any more; returns how much."""
    return _delete_texts() + _forget_reporters()


def _delete_texts() -> int:
    moment = clock.now()
    hidden = Q()
    for kind in REPORTABLE:
        hidden |= Q(**{f"{kind}__state": HIDDEN}) & ~Q(**{f"{kind}__salt": ""})
    hidden |= Q(remark__hidden_at__isnull=False) & ~Q(remark__salt="")
    due = (
        Decision.objects.filter(hidden, _is_over(moment), action__in=OUT_OF_SIGHT)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    number = 0
    for pk in due.iterator():
        number += delete_text(decision_pk=pk)
        if number >= MOST_AT_ONCE:
            break
    return number


def _is_over(moment: datetime) -> Q:
    """Not appealed in time, or some time after the last word."""
    return Q(
        appeal=None, decided_at__lt=moment - timedelta(days=settings.APPEAL_DAYS)
    ) | Q(appeal__ruling__ruled_at__lt=moment - timedelta(days=settings.SEALED_DAYS))


@act()
def delete_text(*, decision_pk: int) -> bool:
    """Empty a hidden contribution; False if a newer decision keeps it."""
    decision = Decision.objects.select_related("dialogue").get(pk=decision_pk)
    row = access_decided(decision)
    last = last_hiding(row)
    if row.state != HIDDEN or not row.salt or last is None or last.pk != decision_pk:
        return False
    row.text = row.salt = ""
    if isinstance(row, Proposal):
        row.title = row.reason = ""
        row.district, row.place_x, row.place_y = None, None, None
        row.revisions.all().delete()
    row.save()
    if isinstance(row, TableRemark):
        record(
            decision.dialogue.stream_id,
            RemarkErased(table=row.table_id, remark=row.pk, concerns=row.author_id),
        )
        return True
    if isinstance(row, Proposal | Question | ParkedTopic):
        row.sealed_texts.all().delete()
    record(
        decision.dialogue.stream_id,
        TextDeleted(
            contribution=kind_of(row),
            pk=row.pk,
            proposal=row.proposal_id if isinstance(row, Comment) else None,
            concerns=row.author_id,
        ),
    )
    return True


def _forget_reporters() -> int:
    """Reports stay as figures: when, about which rule, with which outcome."""
    days = settings.APPEAL_DAYS + settings.SEALED_DAYS
    old = (
        Report.objects.filter(settled_at__lt=clock.now() - timedelta(days=days))
        .exclude(reporter_key="")
        .exclude(decision__appeal__isnull=False, decision__appeal__ruling=None)
    )
    return old.update(
        explanation="", place="", name="", email="", reporter=None, reporter_key=""
    )


def erase_person(person: Person, *, texts: bool) -> None:
    """Forget who reported; with `texts` also what the person wrote to us."""
    reports = Report.objects.filter(reporter=person)
    facts: dict[str, Any] = {"name": "", "email": "", "reporter": None}
    if texts:
        facts |= {"explanation": "", "place": ""}
        AppealText.objects.filter(appeal__decision__author__person=person).delete()
        SealedText.objects.filter(
            Q(proposal__author__person=person)
            | Q(question__author__person=person)
            | Q(topic__author__person=person)
        ).delete()
    reports.update(**facts)
