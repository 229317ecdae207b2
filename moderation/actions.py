"""Verbs of moderation: hide and restore, always with a rule and a reason."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import write_message
from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require
from ledger.actions import act, record
from moderation.events import (
    ContributionHidden,
    ContributionKind,
    ContributionRestored,
)
from moderation.models import Decision, Rule
from proposals.actions import set_state
from proposals.models import Comment, Proposal
from proposals.queries import access_contribution
from shared import clock
from shared.errors import Refusal

PUBLISHED, HIDDEN = Proposal.State.PUBLISHED, Proposal.State.HIDDEN


@act()
def hide_contribution(
    *, moderator: Participation, kind: ContributionKind, pk: int, rule: str, reason: str
) -> Decision:
    """Hide a contribution from citizens; its author is told why at once."""
    moderator, dialogue = fresh(moderator)
    require("moderation.decide_contribution", moderator, dialogue)
    if rule not in Rule.values:
        raise Refusal(
            "decision.rule",
            gettext_lazy("Please choose the rule that was broken."),
            status=400,
            field="rule",
        )
    row = _changed(dialogue, kind, pk, frm=PUBLISHED, to=HIDDEN)
    decision = _decide(
        dialogue, moderator, Decision.Action.HIDE, kind, row, rule, reason
    )
    record(
        dialogue.stream_id,
        ContributionHidden(
            contribution=kind,
            pk=row.pk,
            proposal=row.proposal_id if isinstance(row, Comment) else None,
            rule=rule,
            decision=decision.pk,
            by=moderator.pk,
            concerns=row.author_id,
        ),
    )
    return decision


@act()
def restore_contribution(
    *, moderator: Participation, kind: ContributionKind, pk: int, reason: str
) -> Decision:
    """Show a hidden contribution again; its author is told."""
    moderator, dialogue = fresh(moderator)
    require("moderation.decide_contribution", moderator, dialogue)
    row = _changed(dialogue, kind, pk, frm=HIDDEN, to=PUBLISHED)
    last = row.decisions.filter(action=Decision.Action.HIDE).first()
    decision = _decide(
        dialogue,
        moderator,
        Decision.Action.RESTORE,
        kind,
        row,
        last.rule if last else Rule.OFF_TOPIC,
        reason,
    )
    record(
        dialogue.stream_id,
        ContributionRestored(
            contribution=kind,
            pk=row.pk,
            proposal=row.proposal_id if isinstance(row, Comment) else None,
            decision=decision.pk,
            by=moderator.pk,
            concerns=row.author_id,
        ),
    )
    return decision


def _changed(dialogue: Dialogue, kind: str, pk: int, *, frm: str, to: str) -> Any:
    row = access_contribution(dialogue, kind, pk, lock=True)
    if row.state != frm:
        raise Refusal(
            "decision.changed_meanwhile",
            gettext_lazy("This was changed meanwhile. Please look again."),
        )
    set_state(dialogue, row, to)
    return row


def _decide(
    dialogue: Dialogue,
    moderator: Participation,
    action: str,
    kind: str,
    row: Any,
    rule: str,
    reason: str,
) -> Decision:
    if not reason:
        raise Refusal(
            "decision.reason",
            gettext_lazy("Please give a reason. The author will read it."),
            status=400,
            field="reason",
        )
    decision = Decision(
        dialogue=dialogue,
        action=action,
        rule=rule,
        reason=reason,
        author_id=row.author_id,
        decided_by=moderator,
        decided_at=clock.now(),
    )
    setattr(decision, kind, row)
    decision.save()
    # A person's own language is not stored; messages are German first.
    with translation.override("de"):
        subject = (
            _("Your contribution was hidden")
            if action == Decision.Action.HIDE
            else _("Your contribution is visible again")
        )
        body = _(
            "Dialogue: %(dialogue)s\nRule: %(rule)s\nReason: %(reason)s\n\n"
            "You can ask the moderation about this decision."
        ) % {
            "dialogue": dialogue.title,
            "rule": decision.get_rule_display(),
            "reason": reason,
        }
    write_message(
        person=row.author.person,
        subject=subject,
        body=body,
        link=dialogue.get_absolute_url(),
    )
    return decision
