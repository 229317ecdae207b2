"""Verbs of holding: what is held, and mending what waits."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dialogue.meanwhile import changed_by, changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden
from ledger.actions import act, record
from proposals.events import HeldRevised, HoldingChanged
from proposals.holding import kind_of, reasons_to_hold, speaking
from proposals.models import (
    Contribution,
    HoldingRule,
    ParkedTopic,
    Proposal,
    WordList,
)
from proposals.queries import access_own, wording_digest
from shared.errors import Refusal
from shared.signs import sign_of
from shared.texts import clean_line

RULE_FIELDS = (
    "holds_everything",
    "holds_links",
    "holds_first",
    "holds_words",
    "most_in_ten_minutes",
)
MOST_PER_RULE = 100
LONGEST = {"proposal": 2000, "comment": 1000, "question": 500, "topic": 200}


@act()
def revise_held(
    *,
    author: Participation,
    kind: str,
    pk: int,
    title: str = "",
    text: str = "",
    reason: str = "",
) -> Contribution:
    """Reword one's own contribution while it waits. It goes on waiting.

    Nobody else has read it, so no earlier wording is kept.
    """
    author, dialogue = speaking(author, "proposals.revise_held")
    row = access_own(author, kind, pk)
    if row.state != Proposal.State.PENDING:
        raise Refusal(
            "held.decided",
            _("The moderation has decided about this meanwhile. Please look again."),
        )
    needed = "title" if isinstance(row, Proposal) else "text"
    if not (title if needed == "title" else text):
        raise Refusal(
            "input.invalid", _("Please fill in this field."), status=400, field=needed
        )
    text = fitting(row, text)
    if isinstance(row, Proposal):
        row.title, row.reason = title, reason
    row.text = text
    found = reasons_to_hold(author, dialogue, title, text, reason)
    row.held_for = " ".join(found) or row.held_for
    row.save()
    record(
        dialogue.stream_id,
        HeldRevised(
            contribution=kind_of(row),
            pk=row.pk,
            reasons=row.held_for,
            digest=wording_digest(row),
            concerns=author.pk,
        ),
    )
    return row


def fitting(row: Contribution, text: str) -> str:
    """`text` as this kind of contribution can have it; a Refusal if it is too long."""
    if isinstance(row, ParkedTopic):
        text = clean_line(text)
    if len(text) > LONGEST[kind_of(row)]:
        raise Refusal(
            "input.invalid",
            _("This text is far too long. Please shorten it."),
            status=400,
            field="text",
        )
    return text


@act()
def set_holding(
    *,
    dialogue: Dialogue,
    item_pk: int | None = None,
    facts: dict[str, Any] | None,
    by: Participation | None = None,
    seen: str | None = None,
) -> HoldingRule | None:
    """What is held in the dialogue, or during one item; no `facts`: no rule of its own.

    The views have checked "dialogue.plan_dialogue" or "proposals.set_holding". `by`
    takes part in the dialogue, or is nobody: the city's staff. `seen` is the
    `rule_sign` of what was on the page.
    """
    dialogue = _open(dialogue)
    if item_pk is not None and not dialogue.agenda.filter(pk=item_pk).exists():
        raise forbidden()
    rule = HoldingRule.objects.filter(dialogue=dialogue, item=item_pk).first()
    if seen not in (None, rule_sign(rule)):
        about: dict[str, Any] = {"item": item_pk} if item_pk else {"item__isnull": True}
        raise changed_meanwhile(
            dialogue,
            "holding.changed_meanwhile",
            HoldingChanged.kind,
            seen=rule_sign(rule),
            is_words=False,
            **about,
        )
    rule = None
    if facts is None:
        HoldingRule.objects.filter(dialogue=dialogue, item=item_pk).delete()
    else:
        if not 0 <= facts["most_in_ten_minutes"] <= MOST_PER_RULE:
            raise Refusal(
                "holding.rate",
                _("Please enter a number from 0 to 100; 0 means that none is held."),
                status=400,
                field="most_in_ten_minutes",
            )
        rule, __ = HoldingRule.objects.update_or_create(
            dialogue=dialogue,
            item_id=item_pk,
            defaults={name: facts[name] for name in RULE_FIELDS},
        )
    record(dialogue.stream_id, HoldingChanged(item=item_pk, by=by.pk if by else None))
    return rule


def rule_sign(rule: HoldingRule | None) -> str:
    """A short sign of what a rule holds; another one when that changes."""
    return sign_of(*(getattr(rule, name, None) for name in RULE_FIELDS))


@act()
def set_words(
    *,
    dialogue: Dialogue | None,
    words: str,
    by: Participation | None = None,
    seen: str | None = None,
) -> WordList:
    """Replace the word list of a dialogue, or (None) that of the city.

    `by` as in `set_holding`; `seen` is the `words_sign` of what was on the page.
    """
    if dialogue is not None:
        dialogue = _open(dialogue)
    stood = WordList.objects.select_for_update().filter(dialogue=dialogue).first()
    if seen not in (None, words_sign(stood)):
        raise _words_changed(dialogue, words_sign(stood))
    entries = sorted({line.strip() for line in words.splitlines()} - {"", "*"})
    listed, __ = WordList.objects.update_or_create(
        dialogue=dialogue, defaults={"words": "\n".join(entries)}
    )
    if dialogue is not None:
        record(
            dialogue.stream_id,
            HoldingChanged(by=by.pk if by else None, is_words=True),
        )
    return listed


def words_sign(listed: WordList | None) -> str:
    """A short sign of a word list; another one when that changes."""
    return sign_of(listed.words if listed else "")


def _words_changed(dialogue: Dialogue | None, seen: str) -> Refusal:
    code = "holding.changed_meanwhile"
    if dialogue is None:
        return changed_by(None, code, seen=seen)
    kind = HoldingChanged.kind
    return changed_meanwhile(dialogue, code, kind, seen=seen, is_words=True)


def _open(dialogue: Dialogue) -> Dialogue:
    """The dialogue, held; a closed one is never changed."""
    row = Dialogue.objects.select_for_update(of=("self",)).get(pk=dialogue.pk)
    if row.is_over:
        raise Refusal("dialogue.closed", _("This dialogue is closed."))
    return row
