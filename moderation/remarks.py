"""The decision about what was said at a table: with rule, reason, notice and appeal."""

from typing import Any

from dialogue.models import Dialogue, Participation, TableRemark
from dialogue.queries import forbidden
from dialogue.tables import put_out_of_sight
from ledger.actions import act
from moderation.actions import last_hiding, show_again
from moderation.deciding import changed_meanwhile, moderating, write_decision
from moderation.models import NO_RULE, Decision
from proposals.queries import access_contribution
from shared.errors import Refusal


@act()
def hide_remark(
    *, moderator: Participation, remark_pk: int, rule: str, reason: str
) -> Decision:
    """Take a remark off its table; its author is told why at once, and can appeal."""
    moderator, dialogue = moderating(moderator, "dialogue.lead_table")
    remark = access_remark(dialogue, remark_pk, lock=True)
    if remark.hidden_at is not None:
        raise _changed_meanwhile(remark, "remark.hidden")
    put_out_of_sight(remark, moderator=moderator, reason=reason)
    return write_decision(
        dialogue=dialogue,
        moderator=moderator,
        action=Decision.Action.HIDE,
        rule=rule,
        reason=reason,
        row=remark,
    )


@act()
def restore_remark(
    *, moderator: Participation, remark_pk: int, reason: str
) -> Decision:
    """Put a hidden remark back on its table; its author is told."""
    moderator, dialogue = moderating(moderator, "dialogue.lead_table")
    remark = access_remark(dialogue, remark_pk, lock=True)
    if remark.hidden_at is None:
        raise _changed_meanwhile(remark, "remark.shown")
    last = last_hiding(remark)
    return show_again(
        dialogue,
        remark,
        moderator=moderator,
        reverses=last,
        rule=last.rule if last else NO_RULE,
        reason=reason,
    )


def _changed_meanwhile(remark: TableRemark, code: str) -> Refusal:
    last = remark.decisions.select_related("decided_by").first()
    return changed_meanwhile(last.decided_by if last else None, code)


def access_remark(dialogue: Dialogue, pk: int, *, lock: bool = False) -> TableRemark:
    """A remark at a table of `dialogue`, or a Refusal."""
    rows = TableRemark.objects.filter(pk=pk, table__dialogue=dialogue)
    remark = (rows.select_for_update() if lock else rows).first()
    if remark is None:
        raise forbidden()
    return remark


def access_decided(decision: Decision) -> Any:
    """What a decision was about, locked, whatever its state."""
    kind = decision.subject_kind
    pk = getattr(decision, f"{kind}_id")
    if kind == "remark":
        return access_remark(decision.dialogue, pk, lock=True)
    return access_contribution(decision.dialogue, kind, pk, lock=True)
