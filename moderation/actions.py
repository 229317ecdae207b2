"""Verbs on contributions: hide, restore, approve, ask to reword, reword.

Each with a rule and a reason; `write_decision` tells the author and the ledger.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation, TableRemark
from dialogue.queries import forbidden, fresh, require
from dialogue.tables import show_remark
from ledger.actions import act, record
from moderation.deciding import (
    changed_meanwhile,
    kind_of,
    moderating,
    waited_since,
    who_changed,
    write_decision,
)
from moderation.events import ContributionKind, ContributionReworded
from moderation.filed import put_back, take_out
from moderation.models import NO_RULE, Decided, Decision
from proposals.actions import set_state
from proposals.held import fitting
from proposals.models import Comment, Contribution, ParkedTopic, Proposal
from proposals.queries import access_contribution, access_own, wording_digest
from shared import clock
from shared.errors import Refusal

PUBLISHED, HIDDEN = Proposal.State.PUBLISHED, Proposal.State.HIDDEN
PENDING, MERGED = Proposal.State.PENDING, Proposal.State.MERGED
# A topic that was dealt with; a report about it is answered all the same.
REMOVED = ParkedTopic.State.REMOVED
Action = Decision.Action
# What took a contribution out of sight, and may be reversed.
OUT_OF_SIGHT = (Action.HIDE, Action.ASK_REVISION)


@act()
def hide_contribution(
    *,
    moderator: Participation,
    kind: ContributionKind,
    pk: int,
    rule: str,
    reason: str,
    wording: str = "",
) -> Decision:
    """Hide a contribution, or refuse one that was held; its author is told why.

    `wording` is the beginning of the digest of what the moderator has read.
    """
    return _take_away(moderator, Action.HIDE, kind, pk, rule, reason, wording)


@act()
def ask_revision(
    *,
    moderator: Participation,
    kind: ContributionKind,
    pk: int,
    rule: str,
    reason: str,
    wording: str = "",
) -> Decision:
    """Out of sight until the author has reworded it; `reason` says what to change."""
    return _take_away(moderator, Action.ASK_REVISION, kind, pk, rule, reason, wording)


def _take_away(
    moderator: Participation,
    action: str,
    kind: ContributionKind,
    pk: int,
    rule: str,
    reason: str,
    wording: str,
) -> Decision:
    right = "hide" if action == Action.HIDE else "decide"
    moderator, dialogue = moderating(moderator, f"moderation.{right}_contribution")
    row = _locked(dialogue, kind, pk, PUBLISHED, PENDING, MERGED, REMOVED)
    _check_wording(row, wording)
    if action == Action.ASK_REVISION and _is_on_ballot(row):
        raise Refusal(
            "proposal.on_ballot",
            _("This proposal is on a ballot. Its wording is fixed now."),
        )
    since = waited_since(row)
    decision = write_decision(
        dialogue=dialogue,
        moderator=moderator,
        action=action,
        rule=rule,
        reason=reason,
        row=row,
        waited_since=since,
    )
    hide_row(dialogue, row)
    return decision


def hide_row(dialogue: Dialogue, row: Contribution) -> None:
    """A step of hiding: out of sight everywhere, a filed result included."""
    set_state(dialogue, row, HIDDEN)
    take_out(dialogue, row)


@act()
def restore_contribution(
    *, moderator: Participation, kind: ContributionKind, pk: int, reason: str
) -> Decision:
    """Show a hidden contribution again; its author is told."""
    moderator, dialogue = moderating(moderator, "moderation.hide_contribution")
    row = _locked(dialogue, kind, pk, HIDDEN)
    last = last_hiding(row)
    return show_again(
        dialogue,
        row,
        moderator=moderator,
        reverses=last,
        rule=last.rule if last else NO_RULE,
        reason=reason,
    )


def show_again(
    dialogue: Dialogue, row: Decided, *, reverses: Decision | None, **facts: Any
) -> Decision:
    """A step of restoring and of a reversal: visible everywhere, as it was."""
    if not row.salt:
        raise Refusal(
            "decision.text_gone",
            _("The text was deleted when its time was over. Nothing can be shown."),
        )
    decision = write_decision(
        dialogue=dialogue, action=Action.RESTORE, row=row, reverses=reverses, **facts
    )
    if isinstance(row, TableRemark):
        show_remark(row)
    else:
        set_state(dialogue, row, PUBLISHED)
        put_back(row)
    return decision


@act()
def approve_contribution(
    *,
    moderator: Participation,
    kind: ContributionKind,
    pk: int,
    rule: str = NO_RULE,
    reason: str,
    wording: str = "",
) -> Decision:
    """Publish what was held, or leave visible what was reported.

    With `wording` nothing is published that the author has swapped unread.
    """
    moderator, dialogue = moderating(moderator, "moderation.answer_reports")
    row = _locked(dialogue, kind, pk, PENDING, PUBLISHED, REMOVED)
    _check_wording(row, wording)
    since = waited_since(row)
    if row.state == PENDING:
        require("moderation.decide_contribution", moderator, dialogue)
    elif since is None:
        raise changed_meanwhile(who_changed(row))
    decision = write_decision(
        dialogue=dialogue,
        moderator=moderator,
        action=Action.APPROVE,
        rule=rule,
        reason=reason,
        row=row,
        waited_since=since,
    )
    if row.state == PENDING:
        set_state(dialogue, row, PUBLISHED)
    return decision


@act()
def reword(
    *,
    author: Participation,
    kind: ContributionKind,
    pk: int,
    text: str,
    title: str = "",
    reason: str = "",
) -> Contribution:
    """Do what the moderation asked for; it waits for the moderation again.

    The wording that was sent back is replaced, not kept as an earlier one: those
    are for everybody to read. The decision keeps its digest.
    """
    author, dialogue = fresh(author)
    require("moderation.reword_contribution", author, dialogue)
    row = access_own(author, kind, pk)
    last = last_hiding(row)
    asked = last is not None and last.action == Action.ASK_REVISION
    if row.state != HIDDEN or not asked or not row.salt:
        raise forbidden()
    if isinstance(row, Proposal):
        if not title:
            raise Refusal(
                "input.invalid",
                _("Please fill in this field."),
                status=400,
                field="title",
            )
        row.title, row.reason = title, reason
        row.revision += 1
    elif not text:
        raise Refusal(
            "input.invalid", _("Please fill in this field."), status=400, field="text"
        )
    row.text = fitting(row, text)
    row.written_at = clock.now()
    row.save()
    set_state(dialogue, row, PENDING)
    record(
        dialogue.stream_id,
        ContributionReworded(
            contribution=kind_of(row),
            pk=row.pk,
            proposal=row.proposal_id if isinstance(row, Comment) else None,
            wording=wording_digest(row),
            concerns=author.pk,
        ),
    )
    return row


def last_hiding(row: Decided) -> Decision | None:
    """The decision by which a contribution is out of sight now."""
    found: Decision | None = row.decisions.filter(action__in=OUT_OF_SIGHT).first()
    return found


def _locked(dialogue: Dialogue, kind: str, pk: int, *states: str) -> Any:
    row = access_contribution(dialogue, kind, pk, lock=True)
    if row.state not in states:
        raise changed_meanwhile(who_changed(row))
    return row


def _check_wording(row: Contribution, wording: str) -> None:
    """What the author has reworded while it was being read is read again first."""
    if not wording_digest(row).startswith(wording):
        raise Refusal(
            "decision.reworded_meanwhile",
            _("The author has changed the wording meanwhile. Please read it again."),
        )


def _is_on_ballot(row: Contribution) -> bool:
    return (
        isinstance(row, Proposal)
        and row.options.exclude(ballot__state__in=["draft", "annulled"]).exists()
    )
