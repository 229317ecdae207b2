"""Verbs of appeals: the author asks for a second look, somebody else decides."""

from collections.abc import Callable
from datetime import timedelta

import rules
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, share_lock
from ledger.actions import act, record
from moderation.actions import HIDDEN, MERGED, PENDING, last_hiding, show_again
from moderation.deciding import changed_meanwhile, moderating, write_decision
from moderation.events import AppealDecided, AppealMade
from moderation.models import Appeal, AppealText, Decision, Ruling
from moderation.people import let_in_again, speak_again
from moderation.queries import is_own_case, other_moderators
from moderation.remarks import access_decided
from moderation.telling import tell_ruling
from proposals.merging import part
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_text

Action = Decision.Action


@act()
def appeal(*, person: Person, decision_pk: int, text: str = "") -> Appeal:
    """Ask for a second look; with one click, after the dialogue as well."""
    decision = (
        Decision.objects.filter(pk=decision_pk, author__person_id=person.pk)
        .select_related("dialogue", "author__person")
        .first()
    )
    if decision is None:
        raise forbidden()
    # Two tabs come one after the other.
    Participation.objects.select_for_update(no_key=True).get(pk=decision.author_id)
    if (refusal := why_not(decision)) is not None:
        raise refusal
    made = Appeal.objects.create(decision=decision, made_at=clock.now())
    if text := clean_text(text):
        AppealText.objects.create(appeal=made, text=text)
    record(
        decision.dialogue.stream_id,
        AppealMade(appeal=made.pk, decision=decision.pk, concerns=decision.author_id),
    )
    return made


def why_not(decision: Decision) -> Refusal | None:
    """What speaks against an appeal now; None: it is possible."""
    if not decision.is_appealable:
        return Refusal(
            "appeal.not_possible", _("There is nothing to appeal against here.")
        )
    if Appeal.objects.filter(decision=decision).exists():
        return Refusal("appeal.made", _("You have appealed. You will be told."))
    if decision.reversals.exists():
        return Refusal(
            "appeal.reversed", _("The moderation has reversed this decision already.")
        )
    if clock.now() > decision.decided_at + timedelta(days=settings.APPEAL_DAYS):
        return Refusal("appeal.too_late", _("The time to appeal against this is over."))
    return None


@act()
def rule_on_appeal(
    *, person: Person, appeal_pk: int, outcome: str, reason: str
) -> Ruling:
    """Look at a decision again that somebody else has made; both sides are told."""
    case = (
        Appeal.objects.filter(pk=appeal_pk)
        .select_related(
            "decision__dialogue__project",
            "decision__author__person",
            "decision__decided_by",
        )
        .first()
    )
    if case is None:
        raise forbidden()
    dialogue = case.decision.dialogue
    reason = clean_text(reason)
    judge = _judge(person, case)
    if outcome not in Ruling.Outcome.values:
        raise Refusal(
            "appeal.outcome",
            _("Please choose whether the decision stands."),
            status=400,
            field="outcome",
        )
    if not reason:
        raise Refusal(
            "decision.reason",
            _("Please give a reason. The author will read it."),
            status=400,
            field="reason",
        )
    Appeal.objects.select_for_update().get(pk=case.pk)
    if (earlier := Ruling.objects.filter(appeal=case).first()) is not None:
        seat = Participation.objects.filter(
            dialogue=dialogue, person=earlier.ruled_by_id
        ).first()
        # Without a role in the moderation it was ruled as the city's staff.
        if seat is not None and seat.is_moderator:
            raise changed_meanwhile(seat, "appeal.decided_meanwhile")
        raise Refusal(
            "appeal.decided_meanwhile",
            _("Somebody else has decided this appeal meanwhile."),
        )
    ruling = Ruling.objects.create(
        appeal=case,
        outcome=outcome,
        reason=reason,
        ruled_by=person,
        ruled_at=clock.now(),
    )
    if outcome == Ruling.Outcome.REVERSED:
        _REVERSE[case.decision.action](case.decision, judge, reason)
    tell_ruling(case, ruling)
    record(
        dialogue.stream_id,
        AppealDecided(
            appeal=case.pk,
            decision=case.decision_id,
            outcome=outcome,
            by=judge.pk if judge else None,
            concerns=case.decision.author_id,
        ),
    )
    return ruling


def _judge(person: Person, case: Appeal) -> Participation | None:
    """The moderator who may rule, held; None: a person of the city's staff may."""
    decision = case.decision
    if is_own_case(case, person):
        raise Refusal(
            "appeal.own_case",
            _("Somebody else must decide: this appeal is about a decision of yours."),
            status=403,
        )
    dialogue = decision.dialogue
    seat = Participation.objects.filter(dialogue=dialogue, person=person).first()
    if seat is not None and rules.has_perm("moderation.rule_on_appeal", seat, dialogue):
        return moderating(seat, "moderation.rule_on_appeal", about=decision.author_id)[
            0
        ]
    if not rules.has_perm("moderation.rule_as_staff", person, dialogue):
        raise forbidden()
    if other_moderators(case).exists():
        raise Refusal(
            "appeal.for_moderators",
            _("Another moderator of the dialogue decides this appeal."),
            status=403,
        )
    list(
        Participation.objects.select_for_update(no_key=True).filter(
            pk=decision.author_id
        )
    )
    share_lock(Dialogue, [dialogue.pk])
    return None


def _show(decision: Decision, judge: Participation | None, reason: str) -> None:
    """Visible again, unless a later decision or its author took it away."""
    row = access_decided(decision)
    last = last_hiding(row)
    if (
        row.state in (HIDDEN, PENDING)
        and row.salt
        and last is not None
        and last.pk == decision.pk
    ):
        show_again(
            decision.dialogue,
            row,
            reverses=decision,
            moderator=judge,
            rule=decision.rule,
            reason=reason,
        )


def _let_speak(decision: Decision, judge: Participation | None, reason: str) -> None:
    other = Participation.objects.get(pk=decision.author_id)
    if other.is_silenced() and other.silenced_until == decision.until:
        speak_again(
            decision.dialogue, other, moderator=judge, reverses=decision, reason=reason
        )


def _let_in(decision: Decision, judge: Participation | None, reason: str) -> None:
    other = Participation.objects.get(pk=decision.author_id)
    if other.state == Participation.State.EXCLUDED:
        let_in_again(
            decision.dialogue, other, moderator=judge, reverses=decision, reason=reason
        )


def _unmerge(decision: Decision, judge: Participation | None, reason: str) -> None:
    """Stands for itself again, unless it does already or is out of sight."""
    row = access_decided(decision)
    if row.state == MERGED:
        write_decision(
            dialogue=decision.dialogue,
            moderator=judge,
            action=Action.RESTORE,
            rule=decision.rule,
            reason=reason,
            row=row,
            reverses=decision,
        )
        part(decision.dialogue, row)


_REVERSE: dict[str, Callable[[Decision, Participation | None, str], None]] = {
    Action.HIDE: _show,
    Action.ASK_REVISION: _show,
    Action.MERGE: _unmerge,
    Action.SILENCE: _let_speak,
    Action.EXCLUDE: _let_in,
}
