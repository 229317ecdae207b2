"""What is one person's own: the content of slots, never part of a broadcast.

A slot's HTML replaces what everybody got inside `data-mine="SLOT"`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count
from django.template.loader import get_template

from dialogue.models import Dialogue, HelpCall, Participation
from live.cards import questions_of
from live.screens import LIMITS, View
from live.voting_forms import Values, vote_form
from moderation.models import KINDS, Decision
from moderation.telling import appeal_until
from proposals.models import (
    Ballot,
    Comment,
    Proposal,
    Question,
    RollEntry,
    Stance,
    Support,
    Vote,
)
from proposals.queries import next_statement, published_proposals
from shared import clock

SPEAKING = ("propose", "comment", "ask", "park", "speak")
FEATURES = (*SPEAKING, "stance", "vote", "react", "support")


def may(participation: Participation) -> str:
    """What this person's role and state let them do, space separated."""
    if participation.state != Participation.State.ADMITTED:
        return ""
    if participation.role == Participation.Role.OBSERVER:
        return ""
    if participation.is_silenced() and not participation.is_moderator:
        return " ".join(name for name in FEATURES if name not in SPEAKING)
    return " ".join(FEATURES)


# Slots of `live/parts/`: name -> screens, and how to draw it for a person.
_PARTS: dict[str, tuple[tuple[str, ...], Callable[..., str | None]]] = {}


def slot(name: str, *, screens: tuple[str, ...]) -> Callable[..., Any]:
    """Enter a slot of `live/parts/`, drawn by the decorated function.

    It gets (participation, dialogue, view) and returns HTML, or None where there is
    nothing of this person's own: that must be found by one query at most, since it
    is asked for every page. The page shows it where it has `{{ slots.NAME }}`.
    """

    def enter(draw_it: Callable[..., str | None]) -> Any:
        _PARTS[name] = (screens, draw_it)
        return draw_it

    return enter


def part_names() -> tuple[str, ...]:
    """The slots of `live/parts/`."""
    return tuple(_PARTS)


def part_slots(
    participation: Participation, dialogue: Dialogue, view: View
) -> dict[str, str | None]:
    """Slot -> HTML, for all that the view's screen has; None: nothing of one's own."""
    return {
        name: draw_it(participation, dialogue, view)
        for name, (screens, draw_it) in _PARTS.items()
        if view.screen in screens
    }


def draw_mine(template: str, **facts: Any) -> str:
    return get_template(f"live/mine/{template}.html").render(facts)


def all_slots(
    participation: Participation, dialogue: Dialogue, view: View
) -> dict[str, str]:
    """Every slot on the person's screen that differs from what everybody gets."""
    if view.screen == "projector":
        return {}
    slots = {
        "me": draw_mine("me", participation=participation),
        "notices": notices(participation, dialogue),
        **ballot_slots(participation, dialogue),
    }
    for name, html in part_slots(participation, dialogue, view).items():
        slots[name] = html or ""
    if not view.is_desk:
        slots["own"] = _own(participation, dialogue)
        slots["statement"] = statement_slot(participation, dialogue)
    shown = published_proposals(dialogue)[: LIMITS["proposals"]]
    slots |= proposal_slots(participation, dialogue, [row.pk for row in shown])
    asked = questions_of(dialogue, view)[: LIMITS["questions"]]
    slots |= question_slots(participation, dialogue, [row.pk for row in asked])
    return slots


def proposal_slots(
    participation: Participation,
    dialogue: Dialogue,
    pks: Iterable[int],
    *,
    also_unchanged: bool = False,
) -> dict[str, str]:
    """Stance, support and ownership per proposal; without any, no slot.

    `also_unchanged` draws the others too: after a support was taken back.
    """
    wanted = list(pks)
    stances = dict(
        Stance.objects.filter(
            participation=participation, proposal_id__in=wanted
        ).values_list("proposal_id", "value")
    )
    supports = set(
        Support.objects.filter(
            participation=participation, proposal_id__in=wanted
        ).values_list("proposal_id", flat=True)
    )
    slots = {}
    for row in Proposal.objects.filter(pk__in=wanted):
        own = row.author_id == participation.pk
        if not also_unchanged and not (own or row.pk in stances or row.pk in supports):
            continue
        slots[f"proposal-{row.pk}"] = draw_mine(
            "proposal",
            dialogue=dialogue,
            proposal=row,
            mine={
                "stance": stances.get(row.pk),
                "supports": row.pk in supports,
                "own": own,
            },
        )
    return slots


def question_slots(
    participation: Participation,
    dialogue: Dialogue,
    pks: Iterable[int],
    *,
    also_unchanged: bool = False,
) -> dict[str, str]:
    """Support and ownership per question."""
    wanted = list(pks)
    supports = set(
        Support.objects.filter(
            participation=participation, question_id__in=wanted
        ).values_list("question_id", flat=True)
    )
    slots = {}
    for row in Question.objects.filter(pk__in=wanted):
        own = row.author_id == participation.pk
        if own or also_unchanged or row.pk in supports:
            slots[f"question-{row.pk}"] = draw_mine(
                "question",
                dialogue=dialogue,
                question=row,
                mine={"supports": row.pk in supports, "own": own},
            )
    return slots


def ballot_slots(
    participation: Participation, dialogue: Dialogue, pks: Iterable[int] | None = None
) -> dict[str, str]:
    """My vote, my receipt, or why I have no vote, per opened ballot."""
    ballots = Ballot.objects.filter(dialogue=dialogue).exclude(state=Ballot.State.DRAFT)
    if pks is not None:
        ballots = ballots.filter(pk__in=pks)
    roll = {
        entry.ballot_id: entry
        for entry in RollEntry.objects.filter(
            participation=participation, ballot__in=ballots
        )
    }
    votes = {
        vote.ballot_id: vote
        for vote in Vote.objects.filter(roll_entry__in=roll.values()).prefetch_related(
            "marks"
        )
    }
    return {
        f"ballot-{ballot.pk}": draw_ballot_slot(
            dialogue,
            ballot,
            on_roll=ballot.pk in roll,
            has_voted=ballot.pk in roll and roll[ballot.pk].has_voted,
            receipt=roll[ballot.pk].receipt if ballot.pk in roll else "",
            values={
                mark.option_id: mark.value
                for mark in (votes[ballot.pk].marks.all() if ballot.pk in votes else ())
            },
            reason=votes[ballot.pk].reason if ballot.pk in votes else "",
        )
        for ballot in ballots.prefetch_related("options__proposal", "options__question")
    }


def draw_ballot_slot(
    dialogue: Dialogue,
    ballot: Ballot,
    *,
    on_roll: bool,
    has_voted: bool,
    receipt: str,
    values: Values | None,
    reason: str = "",
) -> str:
    return draw_mine(
        "ballot",
        dialogue=dialogue,
        ballot=ballot,
        vote=vote_form(ballot, list(ballot.options.all()), values),
        mine={
            "on_roll": on_roll,
            "has_voted": has_voted,
            "receipt": receipt,
            "reason": reason,
        },
    )


def typed_ballot(
    who: Participation, ballot_pk: int, values: Values, reason: str
) -> str:
    """A ballot's slot with what somebody typed, which was not taken."""
    ballot = (
        Ballot.objects.filter(dialogue=who.dialogue_id, pk=ballot_pk)
        .prefetch_related("options__proposal", "options__question")
        .first()
    )
    entry = RollEntry.objects.filter(ballot=ballot, participation=who).first()
    if ballot is None or entry is None:
        return ""
    return draw_ballot_slot(
        who.dialogue,
        ballot,
        on_roll=True,
        has_voted=entry.has_voted,
        receipt=entry.receipt,
        values=values,
        reason=reason,
    )


def voted_slot(code: str, ballot: Ballot, receipt: str, reason: str) -> dict[str, str]:
    """The slot right after a vote, from what is known: thousands vote at once.

    Of an open ballot with places for the values (`voting_forms.put_values`).
    """
    return {
        f"ballot-{ballot.pk}": draw_ballot_slot(
            Dialogue(code=code),
            ballot,
            on_roll=True,
            has_voted=True,
            receipt=receipt,
            values={} if ballot.is_secret else None,
            reason="" if ballot.is_secret else reason,
        )
    }


def statement_slot(participation: Participation, dialogue: Dialogue) -> str:
    """The next statement this person has not yet answered."""
    return draw_mine(
        "statement",
        dialogue=dialogue,
        proposal=next_statement(participation),
        answered=participation.stances.count(),
    )


def notices(participation: Participation, dialogue: Dialogue) -> str:
    """What this person must not miss: what was decided and why, answers to calls."""
    return draw_mine(
        "notices",
        dialogue=dialogue,
        participation=participation,
        is_silenced=participation.is_silenced(),
        decisions=_decisions(participation),
        calls=HelpCall.objects.filter(
            dialogue=dialogue, person=participation.person_id
        ).order_by("-pk")[:3],
    )


def _decisions(participation: Participation) -> list[Any]:
    """The newest decisions about the person, each with what can be done now."""
    rows: list[Any] = list(
        Decision.objects.filter(author=participation)
        .select_related(*KINDS, "appeal__ruling")
        .annotate(reversed_by=Count("reversals"))[:5]
    )
    reworded: set[tuple[str, int]] = set()
    for row in rows:
        appeal = getattr(row, "appeal", None)
        row.ruling = getattr(appeal, "ruling", None)
        row.can_appeal = (
            row.is_appealable
            and appeal is None
            and not row.reversed_by
            and clock.now() <= appeal_until(row)
        )
        contribution = row.contribution
        about = (row.subject_kind, contribution.pk if contribution else 0)
        # Only the newest decision about it says what its state means.
        row.can_reword = (
            contribution is not None
            and row.action == Decision.Action.ASK_REVISION
            and contribution.state == "hidden"
            and about not in reworded
        )
        reworded.add(about)
    return rows


def own_slot(participation: Participation, dialogue: Dialogue) -> dict[str, str]:
    return {"own": _own(participation, dialogue)}


def _own(participation: Participation, dialogue: Dialogue) -> str:
    return draw_mine(
        "own",
        dialogue=dialogue,
        proposals=participation.proposals.exclude(state=Proposal.State.DRAFT)
        .select_related("merged_into")
        .order_by("-pk"),
        draft=participation.proposals.filter(state=Proposal.State.DRAFT).first(),
        comments=Comment.objects.filter(author=participation)
        .select_related("proposal")
        .order_by("-pk")[:50],
        questions=participation.questions.select_related("merged_into").order_by("-pk"),
        topics=participation.parked_topics.order_by("-pk")[:50],
    )
