"""The one way a decision is made: row, message to the author and entry, in one act."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.meanwhile import changed_by
from dialogue.models import Dialogue, Participation, TableRemark
from dialogue.queries import fresh, require
from dialogue.table_events import RemarkHidden, RemarkRestored
from ledger.actions import act, record
from moderation.events import (
    ContributionApproved,
    ContributionHidden,
    ContributionMerged,
    ContributionRestored,
    ParticipationExcluded,
    ParticipationReadmitted,
    ParticipationSilenced,
    RevisionAsked,
    SilenceEnded,
)
from moderation.models import NO_RULE, Decided, Decision, Rule
from moderation.settling import settle_reports
from moderation.telling import tell_decision
from proposals.holding import kind_of as contribution_kind
from proposals.models import Comment, Contribution, Proposal
from proposals.queries import salted_digest, wording_digest
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_text

Action = Decision.Action
ON_CONTRIBUTION: dict[str, Any] = {
    Action.HIDE: ContributionHidden,
    Action.RESTORE: ContributionRestored,
    Action.APPROVE: ContributionApproved,
    Action.ASK_REVISION: RevisionAsked,
    Action.MERGE: ContributionMerged,
}
ON_PERSON: dict[str, Any] = {
    Action.SILENCE: ParticipationSilenced,
    Action.END_SILENCE: SilenceEnded,
    Action.EXCLUDE: ParticipationExcluded,
    Action.READMIT: ParticipationReadmitted,
}


def moderating(
    moderator: Participation,
    right: str = "moderation.decide_contribution",
    *,
    about: int | None = None,
) -> tuple[Participation, Dialogue]:
    """The moderator with the right, held until the act ends.

    Whoever takes the role away meanwhile waits, or comes first and is obeyed.
    `about`: the participation that is decided about, held with it in order.
    """
    pks = {moderator.pk} if about is None else {moderator.pk, about}
    list(
        Participation.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=pks)
        .order_by("pk")
    )
    moderator, dialogue = fresh(moderator)
    require(right, moderator, dialogue)
    return moderator, dialogue


@act()
def write_decision(
    *,
    dialogue: Dialogue,
    moderator: Participation | None,
    action: str,
    rule: str,
    reason: str,
    row: Decided | None = None,
    person: Participation | None = None,
    staff: Person | None = None,
    until: datetime | None = None,
    waited_since: datetime | None = None,
    reverses: Decision | None = None,
) -> Decision:
    """Decide about a contribution (`row`) or somebody (`person`); the rest follows.

    Rights and states are the caller's. `moderator` is None for the city's staff:
    `staff` is who of them, unless it was an appeal that they ruled on. Open reports
    on the contribution are answered with it.
    """
    reason = clean_text(reason)
    check_words(action, rule, reason)
    if row is not None:
        # A reworded contribution has another digest: this is what was decided on.
        person = row.author
    assert person is not None  # noqa: S101 -- one of the two is given
    decision = Decision(
        dialogue=dialogue,
        action=action,
        rule=rule,
        reason=reason,
        author=person,
        decided_by=moderator,
        decided_as_staff=staff,
        decided_at=clock.now(),
        waited_since=waited_since,
        until=until,
        reverses=reverses,
    )
    if row is not None:
        setattr(decision, kind_of(row), row)
        decision.wording_digest = _digest(row) if row.salt else ""
    decision.save(force_insert=True)
    record(dialogue.stream_id, _event(decision, row))
    if row is not None and not isinstance(row, TableRemark):
        settle_reports(decision)
    # Last: the statement of reasons says whether there were reports.
    tell_decision(decision)
    return decision


def check_words(action: str, rule: str, reason: str) -> None:
    """Every decision names a rule of the list and a reason in free words."""
    free = (
        Action.APPROVE,
        Action.RESTORE,
        Action.MERGE,
        Action.END_SILENCE,
        Action.READMIT,
    )
    if rule not in Rule.values and not (rule == NO_RULE and action in free):
        raise Refusal(
            "decision.rule",
            _("Please choose the rule that was broken."),
            status=400,
            field="rule",
        )
    if not reason:
        raise Refusal(
            "decision.reason",
            _("Please give a reason. The author will read it."),
            status=400,
            field="reason",
        )


def changed_meanwhile(
    who: Participation | None, code: str = "decision.changed_meanwhile"
) -> Refusal:
    return changed_by(who, code)


def who_changed(row: Contribution) -> Participation | None:
    """By whom a contribution is in the state that it is in."""
    if row.state in (Proposal.State.WITHDRAWN, Proposal.State.PENDING):
        # Nobody else can withdraw or reword it.
        return row.author
    last = row.decisions.select_related("decided_by").first()
    return last.decided_by if last else None


def kind_of(row: Decided) -> Any:
    """proposal, comment, question, topic or remark."""
    return "remark" if isinstance(row, TableRemark) else contribution_kind(row)


def _digest(row: Decided) -> str:
    if isinstance(row, TableRemark):
        return salted_digest(row.salt, row.text)
    return wording_digest(row)


def _event(decision: Decision, row: Decided | None) -> Any:
    facts: dict[str, Any] = {
        "rule": decision.rule,
        "decision": decision.pk,
        # Binds rule and reason to the chain without holding them.
        "digest": salted_digest(
            decision.salt, decision.action, decision.rule, decision.reason
        ),
        "by": decision.decided_by_id,
        "concerns": decision.author_id,
    }
    if isinstance(row, TableRemark):
        is_hidden = decision.action == Action.HIDE
        event: Any = RemarkHidden if is_hidden else RemarkRestored
        return event(table=row.table_id, remark=row.pk, **facts)
    if row is not None:
        return ON_CONTRIBUTION[decision.action](
            contribution=kind_of(row),
            pk=row.pk,
            proposal=row.proposal_id if isinstance(row, Comment) else None,
            **facts,
        )
    if decision.until is not None:
        facts["until"] = clock.milliseconds(decision.until)
    return ON_PERSON[decision.action](participation=decision.author_id, **facts)


def waited_since(row: Contribution) -> datetime | None:
    """Since when a contribution waits for somebody to look at it."""
    reported = row.reports.filter(settled_at=None).order_by("made_at").first()
    moments = [reported.made_at] if reported else []
    if row.state == Proposal.State.PENDING:
        moments.append(row.written_at)
    return min(moments, default=None)
