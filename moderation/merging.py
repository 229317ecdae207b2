"""Verbs of the editorial team: several contributions become one, and back again."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from dialogue.models import Participation
from ledger.actions import act
from moderation.deciding import (
    changed_meanwhile,
    moderating,
    who_changed,
    write_decision,
)
from moderation.models import NO_RULE, Decision
from proposals.actions import set_state
from proposals.merging import Mergeable, join, publish_synthesis
from proposals.queries import contributions, wording_digest
from shared.errors import Refusal

MOST_SOURCES = 50
# Enough of a digest to tell two wordings apart.
WORDING_SIGNS = 12
KINDS = ("proposal", "question")


@act()
def merge_contributions(
    *,
    moderator: Participation,
    kind: str,
    pks: Sequence[int],
    reason: str,
    title: str = "",
    text: str = "",
    into: int | None = None,
    expected: Mapping[int, str] | None = None,
) -> Mergeable:
    """Merge the contributions `pks` into a new one, or `into` one that is there.

    Their authors are named on it and told why; everybody's support is counted there
    once. `expected` are the wordings that the editorial team has read: whoever
    changed one meanwhile is not merged with words of another.
    """
    moderator, dialogue = moderating(moderator)
    wanted = sorted(set(pks) - {into})
    _check_choice(kind, wanted, into)
    rows: list[Any] = list(
        contributions(kind)
        .select_for_update()
        .filter(dialogue=dialogue, pk__in=[*wanted, *([into] if into else [])])
        .order_by("pk")
    )
    found = {row.pk: row for row in rows if row.state == "published"}
    seen = expected or {}
    reworded = [
        row
        for pk, row in found.items()
        if not wording_digest(row).startswith(seen.get(pk, ""))
    ]
    if reworded or len(found) != len(wanted) + bool(into):
        raise _changed_meanwhile(rows, reworded)
    if into is None:
        _check_words(kind, title, text)
        target = publish_synthesis(dialogue, moderator, kind, title, text)
    else:
        target = found[into]
    sources = [found[pk] for pk in wanted]
    for row in sources:
        write_decision(
            dialogue=dialogue,
            moderator=moderator,
            action=Decision.Action.MERGE,
            rule=NO_RULE,
            reason=reason,
            row=row,
        )
    join(dialogue, kind, target, sources)
    return target


@act()
def unmerge_contribution(
    *, moderator: Participation, kind: str, pk: int, reason: str
) -> Mergeable:
    """Let a merged contribution stand for itself again; its author is told why."""
    moderator, dialogue = moderating(moderator)
    if kind not in KINDS:
        raise _nothing_to_undo()
    row = (
        contributions(kind)
        .select_for_update()
        .filter(dialogue=dialogue, pk=pk, state="merged")
        .first()
    )
    if row is None:
        raise _nothing_to_undo()
    write_decision(
        dialogue=dialogue,
        moderator=moderator,
        action=Decision.Action.RESTORE,
        rule=NO_RULE,
        reason=reason,
        row=row,
        reverses=row.decisions.filter(action=Decision.Action.MERGE).first(),
    )
    set_state(dialogue, row, "published")
    merged: Mergeable = row
    return merged


def _changed_meanwhile(rows: Sequence[Any], reworded: Sequence[Any]) -> Refusal:
    """Names who changed the first of them. What is not there, nobody has changed."""
    gone = [who_changed(row) for row in rows if row.state != "published"]
    who = next(iter([*gone, *(row.author for row in reworded)]), None)
    refusal = changed_meanwhile(who, "merge.changed_meanwhile")
    refusal.field = "pks"
    return refusal


def _nothing_to_undo() -> Refusal:
    return Refusal(
        "merge.not_merged", _("This is not merged any more. Please look again.")
    )


def _check_choice(kind: str, wanted: list[int], into: int | None) -> None:
    if kind not in KINDS or len(wanted) < (1 if into else 2):
        raise Refusal(
            "merge.too_few",
            _("Please choose what is to be put together: at least two."),
            status=400,
            field="pks",
        )
    if len(wanted) > MOST_SOURCES:
        raise Refusal(
            "merge.too_many",
            _("Please put at most %(most)s together at once.") % {"most": MOST_SOURCES},
            status=400,
            field="pks",
        )


def _check_words(kind: str, title: str, text: str) -> None:
    needed = "title" if kind == "proposal" else "text"
    if not (title if kind == "proposal" else text):
        raise Refusal(
            "input.invalid",
            _("Please write what says it for all of them."),
            status=400,
            field=needed,
        )
    if kind == "question" and len(text) > 500:
        raise Refusal(
            "input.invalid",
            _("This text is far too long. Please shorten it."),
            status=400,
            field="text",
        )
