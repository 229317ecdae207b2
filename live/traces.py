"""What a page must show differently to one person, found by one look.

Most who open the page have left nothing yet, and what they get is what everybody
gets. Of the others, a card's slot depends on few facts (stance, own, voted), so it
is drawn once for all of whom they hold.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from django.db import connection
from django.utils import translation
from django.utils.html import escape

from dialogue.models import Dialogue, HelpCall, Participation
from live import mine
from live.screens import View
from live.voting_forms import put_values
from moderation.models import Decision
from proposals.models import (
    Ballot,
    Comment,
    Mark,
    ParkedTopic,
    Proposal,
    Question,
    RollEntry,
    Stance,
    Support,
    Vote,
)
from shared.kept import Kept

# Where a slot drawn for many has what is one person's own.
# Nobody can guess them, so no text holds them.
RECEIPT = token_hex(16)
NAME = token_hex(16)
_slots = Kept(5000, 600.0)
_first_statements = Kept(200, 1.0)


@dataclass
class Traces:
    """What a participation has left in its dialogue, by primary keys."""

    stances: dict[int, str] = field(default_factory=dict)
    supported: set[tuple[str, int]] = field(default_factory=set)
    own: set[tuple[str, int]] = field(default_factory=set)
    has_draft: bool = False
    has_notices: bool = False
    roll: dict[int, tuple[bool, str]] = field(default_factory=dict)
    marks: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    reasons: dict[int, str] = field(default_factory=dict)


def _look() -> str:
    """One statement for all of it: who opens the page waits for one answer."""
    table = {
        model.__name__: model._meta.db_table
        for model in (
            Stance, Support, Proposal, Question, Comment, ParkedTopic, Decision,
            HelpCall, RollEntry, Vote, Mark,
        )
    }  # fmt: skip
    return """
SELECT 'stance', proposal_id, 0, value FROM {Stance} WHERE participation_id = %(who)s
UNION ALL SELECT 'support', COALESCE(proposal_id, 0), COALESCE(question_id, 0), ''
 FROM {Support} WHERE participation_id = %(who)s
UNION ALL SELECT 'proposal', id, 0, state FROM {Proposal} WHERE author_id = %(who)s
UNION ALL SELECT 'question', id, 0, state FROM {Question} WHERE author_id = %(who)s
UNION ALL SELECT 'comment', MAX(id), 0, '' FROM {Comment} WHERE author_id = %(who)s
UNION ALL SELECT 'topic', MAX(id), 0, '' FROM {ParkedTopic} WHERE author_id = %(who)s
UNION ALL SELECT 'notice', MAX(id), 0, '' FROM {Decision} WHERE author_id = %(who)s
UNION ALL SELECT 'notice', MAX(id), 0, '' FROM {HelpCall}
 WHERE dialogue_id = %(dialogue)s AND person_id = %(person)s
UNION ALL SELECT 'roll', ballot_id, CAST(has_voted AS integer), receipt
 FROM {RollEntry} WHERE participation_id = %(who)s
UNION ALL SELECT 'mark', v.ballot_id, m.option_id, CAST(m.value AS varchar(20))
 FROM {RollEntry} r
 JOIN {Vote} v ON v.roll_entry_id = r.id JOIN {Mark} m ON m.vote_id = v.id
 WHERE r.participation_id = %(who)s
UNION ALL SELECT 'reason', v.ballot_id, 0, v.reason FROM {RollEntry} r
 JOIN {Vote} v ON v.roll_entry_id = r.id
 WHERE r.participation_id = %(who)s AND v.reason <> ''
""".format(**table)  # noqa: S608 -- tables of ours


_LOOK = _look()


def traces_of(who: Participation) -> Traces:
    """Everything at once."""
    left = Traces()
    facts = {
        "who": who.pk,
        "dialogue": who.dialogue_id,
        "person": who.person_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, facts)
        for kind, pk, other, text in cursor.fetchall():
            if kind == "stance":
                left.stances[pk] = text
            elif kind == "support":
                left.supported.add(("proposal", pk) if pk else ("question", other))
            elif kind == "roll":
                left.roll[pk] = (bool(other), text)
            elif kind == "mark":
                left.marks[pk][other] = int(text)
            elif kind == "reason":
                left.reasons[pk] = text
            elif kind == "notice":
                left.has_notices |= pk is not None
            elif text == Proposal.State.DRAFT:
                left.has_draft = True
            elif pk is not None:
                left.own.add((kind, pk))
    return left


def own_slots(
    who: Participation, dialogue: Dialogue, view: View, shared: Mapping[str, str]
) -> tuple[dict[str, str], Traces]:
    """The slots in which a page differs for `who`, and what they were made from.

    `shared`: the page's slots as everybody gets them.
    """
    left = traces_of(who)
    slots = {"me": _me(who)}
    is_told = left.has_notices or who.role == who.Role.OBSERVER or who.is_silenced()
    if is_told:
        slots["notices"] = mine.notices(who, dialogue)
    if not view.is_desk:
        slots["statement"] = _statement(who, dialogue, left)
        slots["own"] = (
            mine.own_slot(who, dialogue)["own"]
            if left.own or left.has_draft
            else _once(("own",), lambda: mine.draw_mine("own"))
        )
    for name, own in mine.part_slots(who, dialogue, view).items():
        if own is not None:
            slots[name] = own
    for name, html in shared.items():
        kind, __, pk = name.partition("-")
        if kind in _DRAWERS and pk.isdigit():
            drawn = _DRAWERS[kind](who, dialogue, left, int(pk), html)
            if drawn is not None:
                slots[name] = drawn
    return slots, left


def _once(key: tuple[object, ...], draw: Callable[[], str]) -> str:
    drawn: str = _slots.get((translation.get_language(), *key), draw)
    return drawn


def _me(who: Participation) -> str:
    role = who.get_role_display()
    html = _once(
        ("me", who.role),
        lambda: mine.draw_mine(
            "me",
            participation={"display_name": NAME, "get_role_display": role},
        ),
    )
    return html.replace(NAME, escape(who.display_name))


def _statement(who: Participation, dialogue: Dialogue, left: Traces) -> str:
    """Who has answered none yet gets the first one: the same for all of them."""
    if left.stances:
        return mine.statement_slot(who, dialogue)
    first: str = _first_statements.get(
        (dialogue.code, translation.get_language()),
        lambda: mine.statement_slot(who, dialogue),
    )
    return first


def _proposal(
    who: Participation, dialogue: Dialogue, left: Traces, pk: int, shared: str
) -> str | None:
    facts = (
        left.stances.get(pk),
        ("proposal", pk) in left.supported,
        ("proposal", pk) in left.own,
    )
    if facts == (None, False, False):
        return None
    # What everybody gets is part of the key: it changes with title and language.
    return _once(
        ("proposal", pk, *facts, shared),
        lambda: mine.proposal_slots(who, dialogue, [pk]).get(f"proposal-{pk}", shared),
    )


def _question(
    who: Participation, dialogue: Dialogue, left: Traces, pk: int, shared: str
) -> str | None:
    facts = (("question", pk) in left.supported, ("question", pk) in left.own)
    if facts == (False, False):
        return None
    return _once(
        ("question", pk, *facts, shared),
        lambda: mine.question_slots(who, dialogue, [pk]).get(f"question-{pk}", shared),
    )


def _ballot(
    who: Participation, dialogue: Dialogue, left: Traces, pk: int, shared: str
) -> str | None:
    has_voted, receipt = left.roll.get(pk, (False, ""))
    if pk in left.roll and not has_voted:
        return None
    reason = left.reasons.get(pk, "")
    html = _once(
        ("ballot", pk, pk in left.roll, has_voted, reason, shared),
        lambda: mine.draw_ballot_slot(
            dialogue,
            Ballot.objects.prefetch_related(
                "options__proposal", "options__question"
            ).get(pk=pk),
            on_roll=pk in left.roll,
            has_voted=has_voted,
            receipt=RECEIPT,
            values=None,
            reason=reason,
        ),
    )
    return put_values(html, left.marks.get(pk, {})).replace(RECEIPT, receipt)


_DRAWERS = {"proposal": _proposal, "question": _question, "ballot": _ballot}
