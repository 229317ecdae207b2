"""Verbs after the end: reports about a closed dialogue are answered like others.

Who led it decides, or the staff of its project: nobody sits at a desk any more.
"""

import rules
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.models import Dialogue
from dialogue.queries import forbidden, participation_of, share_lock
from ledger.actions import act
from moderation.actions import (
    PUBLISHED,
    approve_contribution,
    hide_contribution,
    hide_row,
)
from moderation.deciding import (
    changed_meanwhile,
    waited_since,
    who_changed,
    write_decision,
)
from moderation.events import ContributionKind
from moderation.models import NO_RULE, Decision
from proposals.queries import access_contribution
from shared.errors import Refusal

Action = Decision.Action


@act()
def answer_report(
    *,
    person: Person,
    dialogue: Dialogue,
    kind: ContributionKind,
    pk: int,
    action: str,
    rule: str,
    reason: str,
) -> Decision:
    """Hide what was reported, or leave it visible; author and reporters are told."""
    if action not in (Action.HIDE, Action.APPROVE):
        raise Refusal(
            "report.action",
            _("Please choose whether it stays visible."),
            status=400,
            field="action",
        )
    rule = NO_RULE if action == Action.APPROVE else rule
    seat = participation_of(person, dialogue)
    if seat is not None and rules.has_perm(
        "moderation.hide_contribution", seat, dialogue
    ):
        decide = hide_contribution if action == Action.HIDE else approve_contribution
        return decide(moderator=seat, kind=kind, pk=pk, rule=rule, reason=reason)
    return _as_staff(person, dialogue, kind, pk, action, rule, reason)


def _as_staff(
    person: Person,
    dialogue: Dialogue,
    kind: ContributionKind,
    pk: int,
    action: str,
    rule: str,
    reason: str,
) -> Decision:
    share_lock(Dialogue, [dialogue.pk])
    dialogue.refresh_from_db(fields=["state"])
    is_staff = rules.has_perm("moderation.decide_as_staff", person, dialogue)
    if not (is_staff and dialogue.is_over):
        raise forbidden()
    row = access_contribution(dialogue, kind, pk, lock=True)
    if row.author.person_id == person.pk:
        raise Refusal(
            "report.own_case",
            _("Somebody else must decide: this is a contribution of yours."),
            status=403,
        )
    since = waited_since(row)
    if row.state != PUBLISHED or since is None:
        raise changed_meanwhile(who_changed(row))
    decision = write_decision(
        dialogue=dialogue,
        moderator=None,
        staff=person,
        action=action,
        rule=rule,
        reason=reason,
        row=row,
        waited_since=since,
    )
    if action == Action.HIDE:
        hide_row(dialogue, row)
    return decision
