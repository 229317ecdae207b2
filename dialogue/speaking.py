"""Verbs of raised hands: one's own, and those entered for somebody without a device."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.names import check_display_name, skeleton
from dialogue.circles import group_of
from dialogue.models import (
    PLENARY,
    Dialogue,
    Hand,
    Participation,
    Side,
    SpeakersList,
    TakenHand,
    Turn,
)
from dialogue.speakers_list import hold_list
from dialogue.speaking_events import HandLowered, HandRaised
from dialogue.speaking_queries import SpeakingSummary, summary
from dialogue.telling import tell
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_line

__all__ = ["SpeakingSummary", "summary"]

LONGEST_REASON = 300


@act()
def raise_hand(
    *,
    participation: Participation,
    circle: str = PLENARY,
    side: str = Side.NEUTRAL,
    about: str = "",
) -> Hand:
    """Ask for the floor. A second time changes side and words and keeps the place."""
    participation, dialogue, speakers = hold_list(
        participation, circle, "dialogue.raise_hand"
    )
    hand = speakers.hands.filter(participation=participation).first()
    if hand is None and not speakers.is_open:
        raise Refusal(
            "speaking.closed", _("The speakers' list is not open at the moment.")
        )
    words = {"side": Side(side), "about": clean_line(about)[:140]}
    if hand is None:
        return _raise(dialogue, speakers, participation=participation, **words)
    if (hand.side, hand.about) != (words["side"], words["about"]):
        hand.side, hand.about = words["side"], words["about"]
        hand.save(update_fields=["side", "about"])
        record(
            dialogue.stream_id,
            HandRaised(circle=circle, hand=hand.pk, concerns=participation.pk),
        )
    return hand


@act()
def enter_speaker(
    *,
    moderator: Participation,
    circle: str = PLENARY,
    participation_pk: int | None = None,
    name: str = "",
    side: str = Side.NEUTRAL,
    about: str = "",
) -> Hand:
    """Raise a hand for somebody on the phone or in the hall, also on a closed list.

    A name that somebody in the dialogue has means that person.
    """
    moderator, dialogue, speakers = hold_list(
        moderator, circle, "dialogue.keep_speakers"
    )
    words = {"side": Side(side), "about": clean_line(about)[:140]}
    if (participation_pk is None) == (not name.strip()):
        raise Refusal(
            "speaking.who",
            _("Please give a name, or choose somebody in the dialogue."),
            status=400,
            field="name",
        )
    people = dialogue.participations
    key = skeleton(name)[:80]
    if participation_pk is None:
        other = people.filter(name_key=key).first()
    else:
        other = people.filter(pk=participation_pk).first()
    field = "name" if participation_pk is None else "participation"
    if (other is None and participation_pk) or (other and not may_have_floor(other)):
        raise Refusal(
            "speaking.not_here",
            _("This person cannot speak here at the moment."),
            field=field,
        )
    if other is None:
        name = check_display_name(name)
    facts: dict[str, Any] = {"participation": other} if other else {"name_key": key}
    if speakers.hands.filter(**facts).exists():
        raise Refusal(
            "speaking.hand_up",
            _("This person is on the list already."),
            field=field,
        )
    if other is None:
        facts["name"] = name
    return _raise(dialogue, speakers, entered_by=moderator, **facts, **words)


def _raise(dialogue: Dialogue, speakers: SpeakersList, **facts: Any) -> Hand:
    who = facts.get("participation")
    by = facts.get("entered_by")
    if who is not None:
        speakers.taken_hands.filter(participation=who).update(is_shown=False)
    hand = Hand.objects.create(
        speakers_list=speakers,
        raised_at=clock.now(),
        group=group_of(who) if who else "",
        **facts,
    )
    record(
        dialogue.stream_id,
        HandRaised(
            circle=speakers.circle,
            hand=hand.pk,
            by=by.pk if by else None,
            concerns=who.pk if who else None,
        ),
    )
    return hand


def may_have_floor(participation: Participation) -> bool:
    """Whether somebody may speak at all: admitted, no observer, not silenced."""
    return (
        participation.state == Participation.State.ADMITTED
        and participation.role != Participation.Role.OBSERVER
        and not participation.is_silenced()
    )


@act()
def lower_hand(*, participation: Participation, circle: str = PLENARY) -> None:
    """Take one's own hand down; without a raised hand nothing happens."""
    participation, dialogue, speakers = hold_list(
        participation, circle, "dialogue.lower_hand"
    )
    take_down(dialogue, speakers, speakers.hands.filter(participation=participation))


@act()
def remove_hand(
    *,
    moderator: Participation,
    hand_pk: int,
    circle: str = PLENARY,
    reason: str = "",
) -> None:
    """Take somebody's hand off the list; the person is told why, here and by message.

    One's own, and that of somebody who is here by name only, needs no `reason`.
    """
    moderator, dialogue, speakers = hold_list(
        moderator, circle, "dialogue.keep_speakers"
    )
    hand = (
        speakers.hands.select_related("participation__person")
        .filter(pk=hand_pk)
        .first()
    )
    if hand is None:
        raise hand_gone()
    other, digest = hand.participation, None
    if other is not None and other.pk != moderator.pk:
        digest = _tell_why(moderator, dialogue, speakers, other, reason)
    take_down(dialogue, speakers, [hand], by=moderator.pk, digest=digest)


def _tell_why(
    moderator: Participation,
    dialogue: Dialogue,
    speakers: SpeakersList,
    other: Participation,
    reason: str,
) -> str:
    """Keep and send the reason; returns its salted digest."""
    reason = clean_line(reason)[:LONGEST_REASON]
    if not reason:
        raise Refusal(
            "speaking.reason",
            _("Please say why. The person will read it."),
            status=400,
            field="reason",
        )
    taken = TakenHand.objects.create(
        speakers_list=speakers,
        participation=other,
        reason=reason,
        taken_by=moderator,
        taken_at=clock.now(),
    )
    tell(
        other,
        dialogue,
        _("Your hand was taken off the speakers' list"),
        _(
            "Dialogue: %(dialogue)s\nBy: %(name)s\nReason: %(reason)s\n\n"
            "You can raise your hand again while the list is open."
        ),
        name=moderator.display_name,
        reason=reason,
    )
    return reason_digest(taken)


def hand_gone() -> Refusal:
    return Refusal(
        "speaking.hand_gone", _("This hand is not raised any more. Please look again.")
    )


def take_down(
    dialogue: Dialogue,
    speakers: SpeakersList,
    hands: Iterable[Hand],
    *,
    by: int | None = None,
    digest: str | None = None,
) -> int:
    """Inside an act that holds the list: hands go, everybody hears of it."""
    gone = list(hands)
    Hand.objects.filter(pk__in=[hand.pk for hand in gone]).delete()
    for hand in gone:
        _note_lowered(dialogue, speakers, hand, by, digest)
    return len(gone)


def _note_lowered(
    dialogue: Dialogue,
    speakers: SpeakersList,
    hand: Hand,
    by: int | None,
    digest: str | None,
) -> None:
    record(
        dialogue.stream_id,
        HandLowered(
            circle=speakers.circle,
            hand=hand.pk,
            by=by,
            digest=digest,
            concerns=hand.participation_id,
        ),
    )


def reason_digest(row: Turn | TakenHand) -> str:
    """Proves why the rule was set aside or a hand taken, without holding the words."""
    return hashlib.sha256(f"{row.salt}\x1f{row.reason}".encode()).hexdigest()
