"""Verbs of the floor: give it, extend a turn, end it, yield. One speaks at a time."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.circles import people_in
from dialogue.models import (
    PLENARY,
    Dialogue,
    Hand,
    Participation,
    SpeakersList,
    TakenHand,
    Turn,
)
from dialogue.queries import share_lock
from dialogue.speakers_list import hold_list
from dialogue.speaking import (
    LONGEST_REASON,
    hand_gone,
    may_have_floor,
    reason_digest,
    take_down,
)
from dialogue.speaking_events import Cause, FloorGiven, TurnEnded, TurnExtended
from dialogue.speaking_queries import last_turn, places
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal
from shared.texts import clean_line

SHORTEST_EXTENSION, LONGEST_EXTENSION = 10, 600


@act()
def give_floor(
    *,
    moderator: Participation,
    circle: str = PLENARY,
    expected_pk: int | None = None,
    hand_pk: int | None = None,
    reason: str = "",
) -> Turn:
    """Give the floor to the next by the rule; who speaks still has finished then.

    `hand_pk` somewhere else on the list sets the rule aside and needs a reason.
    `expected_pk` is the last turn the moderator saw (0: none): of two moderators
    who press "next" at once one gives the floor, the other is told.
    """
    moderator, dialogue, speakers = hold_list(moderator, circle, "dialogue.give_floor")
    last = last_turn(speakers)
    if expected_pk is not None and expected_pk != (last.pk if last else 0):
        raise _changed_meanwhile(last)
    unable = [
        hand
        for hand in speakers.hands.select_related("participation")
        if hand.participation and not may_have_floor(hand.participation)
    ]
    take_down(dialogue, speakers, unable, by=moderator.pk)
    waiting = [hand for __, hand in places(speakers)]
    if hand_pk is None and not waiting:
        raise Refusal("speaking.nobody", _("Nobody has raised a hand."))
    chosen = next(
        (hand for hand in waiting if hand_pk is None or hand.pk == hand_pk), None
    )
    if chosen is None:
        raise hand_gone()
    is_override = chosen.pk != waiting[0].pk
    reason = clean_line(reason)[:LONGEST_REASON] if is_override else ""
    if is_override and not reason:
        raise Refusal(
            "speaking.reason",
            _("This is not the next by the rule. Please say why; everybody sees it."),
            status=400,
            field="reason",
        )
    if last is not None and last.ended_at is None:
        _end(dialogue, speakers, last, cause="next", by=moderator.pk)
    return _give(dialogue, speakers, chosen, moderator, is_override, reason)


def _give(
    dialogue: Dialogue,
    speakers: SpeakersList,
    hand: Hand,
    moderator: Participation,
    is_override: bool,
    reason: str,
) -> Turn:
    moment = clock.now()
    turn = Turn.objects.create(
        speakers_list=speakers,
        participation=hand.participation,
        name=hand.name,
        name_key=hand.name_key,
        side=hand.side,
        about=hand.about,
        group=hand.group,
        rule=speakers.rule,
        began_at=moment,
        ends_at=moment + _lasting(dialogue, speakers.seconds),
        is_override=is_override,
        reason=reason,
        given_by=moderator,
    )
    hand.delete()
    _count_people(dialogue, speakers)
    record(
        dialogue.stream_id,
        FloorGiven(
            circle=speakers.circle,
            turn=turn.pk,
            rule=speakers.rule,
            seconds=speakers.seconds,
            digest=reason_digest(turn) if is_override else None,
            by=moderator.pk,
            concerns=turn.participation_id,
        ),
    )
    return turn


def _lasting(dialogue: Dialogue, seconds: int) -> timedelta:
    """How long `seconds` last by the clock; a rehearsal runs faster."""
    return dialogue.lasting(1) * seconds / 60


def _count_people(dialogue: Dialogue, speakers: SpeakersList) -> None:
    speakers.people = people_in(dialogue, speakers.circle)
    speakers.save(update_fields=["people"])


@act()
def extend_turn(
    *,
    moderator: Participation,
    seconds: int,
    circle: str = PLENARY,
    expected_pk: int | None = None,
) -> Turn:
    """Give the speaker more time; if it has run over, from now on."""
    moderator, dialogue, speakers = hold_list(
        moderator, circle, "dialogue.keep_speakers"
    )
    if not SHORTEST_EXTENSION <= seconds <= LONGEST_EXTENSION:
        raise Refusal(
            "speaking.extension",
            _("Please extend by 10 to 600 seconds."),
            status=400,
            field="seconds",
        )
    turn = _running(speakers, expected_pk)
    start = max(turn.ends_at, turn.paused_at or clock.now())
    turn.ends_at = start + _lasting(dialogue, seconds)
    turn.save(update_fields=["ends_at"])
    record(
        dialogue.stream_id,
        TurnExtended(
            circle=circle,
            turn=turn.pk,
            seconds=seconds,
            by=moderator.pk,
            concerns=turn.participation_id,
        ),
    )
    return turn


@act()
def end_turn(
    *, moderator: Participation, circle: str = PLENARY, expected_pk: int | None = None
) -> Turn:
    """Take the floor back; nobody has it then."""
    moderator, dialogue, speakers = hold_list(
        moderator, circle, "dialogue.keep_speakers"
    )
    turn = _running(speakers, expected_pk)
    _end(dialogue, speakers, turn, cause="ended", by=moderator.pk)
    return turn


@act()
def yield_floor(*, participation: Participation, circle: str = PLENARY) -> Turn:
    """The speaker has finished."""
    participation, dialogue, speakers = hold_list(
        participation, circle, "dialogue.lower_hand"
    )
    turn = last_turn(speakers)
    if (
        turn is None
        or turn.ended_at is not None
        or turn.participation_id != participation.pk
    ):
        raise Refusal("speaking.not_speaking", _("You do not have the floor."))
    _end(dialogue, speakers, turn, cause="yielded", by=participation.pk)
    return turn


def _running(speakers: SpeakersList, expected_pk: int | None) -> Turn:
    turn = last_turn(speakers)
    if expected_pk is not None and (turn is None or turn.pk != expected_pk):
        raise _changed_meanwhile(turn)
    if turn is None or turn.ended_at is not None:
        raise Refusal("speaking.not_running", _("Nobody has the floor."))
    return turn


def _changed_meanwhile(turn: Turn | None) -> Refusal:
    name = turn.given_by.display_name if turn and turn.given_by else "–"
    return Refusal(
        "speaking.changed_meanwhile",
        _("Changed meanwhile by %(name)s. Please look again.") % {"name": name},
    )


def _end(
    dialogue: Dialogue,
    speakers: SpeakersList,
    turn: Turn,
    *,
    cause: Cause,
    by: int | None = None,
) -> None:
    moment = clock.now()
    turn.spoken_seconds = round(turn.spoken_until(moment).total_seconds())
    turn.ended_at, turn.paused_at = moment, None
    turn.save(update_fields=["spoken_seconds", "ended_at", "paused_at"])
    record(
        dialogue.stream_id,
        TurnEnded(
            circle=speakers.circle,
            turn=turn.pk,
            seconds=turn.spoken_seconds,
            cause=cause,
            by=by,
            concerns=turn.participation_id,
        ),
    )


@act()
def leave_floor(*, participation: Participation, by: int | None = None) -> None:
    """Whoever is silenced, excluded, observes from now on, or is erased, has no
    raised hand and not the floor. The act that does so calls this."""
    share_lock(Dialogue, [participation.dialogue_id])
    lists = SpeakersList.objects.select_for_update(
        of=("self",), no_key=True
    ).select_related("dialogue")
    for speakers in lists.filter(dialogue=participation.dialogue_id).order_by("pk"):
        hands = speakers.hands.filter(participation=participation)
        take_down(speakers.dialogue, speakers, hands, by=by)
        for turn in speakers.turns.filter(participation=participation, ended_at=None):
            _end(speakers.dialogue, speakers, turn, cause="left", by=by)


def erase_person(person: Person) -> None:
    """Hands go, what somebody spoke about, and why they were heard out of turn or
    taken off the list; seconds and turns stay, without a name."""
    for participation in Participation.objects.filter(person=person):
        leave_floor(participation=participation)
    Turn.objects.filter(participation__person=person).update(
        about="", reason="", salt=""
    )
    TakenHand.objects.filter(participation__person=person).update(
        reason="", salt="", is_shown=False
    )


# --- steps of steering, inside its act ------------------------------------------
def hold_turns(dialogue: Dialogue, moment: datetime) -> None:
    """The dialogue pauses: so does the speaker's time."""
    for __, turn in _open_turns(dialogue):
        turn.paused_at = moment
        turn.save(update_fields=["paused_at"])


def release_turns(dialogue: Dialogue, moment: datetime) -> None:
    """The dialogue goes on, with the time that was left."""
    for __, turn in _open_turns(dialogue):
        if turn.paused_at is not None:
            turn.paused_for += moment - turn.paused_at
            turn.ends_at += moment - turn.paused_at
            turn.paused_at = None
            turn.save(update_fields=["paused_at", "paused_for", "ends_at"])


def end_turns(dialogue: Dialogue, by: int) -> None:
    """The dialogue closes: nobody has the floor, no hand is up, no list is open."""
    for speakers, turn in _open_turns(dialogue):
        _end(dialogue, speakers, turn, cause="closed", by=by)
    Hand.objects.filter(speakers_list__dialogue=dialogue).delete()
    SpeakersList.objects.filter(dialogue=dialogue).update(is_open=False)


def _open_turns(dialogue: Dialogue) -> list[tuple[SpeakersList, Turn]]:
    """The running turns; their lists are held, so that none begins meanwhile."""
    lists = {
        row.pk: row
        for row in SpeakersList.objects.select_for_update(no_key=True)
        .filter(dialogue=dialogue)
        .order_by("pk")
    }
    turns = Turn.objects.filter(speakers_list__in=lists, ended_at=None)
    return [(lists[turn.speakers_list_id], turn) for turn in turns.order_by("pk")]
