"""Verbs of steering: announce, open the doors, go on, extend, pause, resume."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from dialogue.desk import check_chair
from dialogue.events import (
    AgendaChanged,
    AgendaExtended,
    AgendaMoved,
    DialogueAnnounced,
    DialogueClosed,
    DialoguePaused,
    DialogueResumed,
    LobbyOpened,
    ProjectionChanged,
)
from dialogue.golive import refuse_unready
from dialogue.meanwhile import changed_meanwhile, last_by
from dialogue.models import AgendaItem, AgendaStep, Dialogue, Participation
from dialogue.queries import forbidden, fresh, require
from dialogue.speaking_turns import end_turns, hold_turns, release_turns
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal

State = Dialogue.State
LONGEST_EXTENSION = 120


@act()
def announce_dialogue(*, dialogue: Dialogue) -> Dialogue:
    """Make a planned dialogue known. It needs an agenda and its two texts."""
    dialogue = _locked(dialogue.pk)
    if dialogue.state != State.DRAFT:
        raise Refusal("dialogue.announced", _("It is announced already."))
    if not dialogue.agenda.exists():
        raise Refusal("agenda.empty", _("Please add at least one agenda item first."))
    dialogue.state = State.ANNOUNCED
    dialogue.save(update_fields=["state"])
    record(dialogue.stream_id, DialogueAnnounced())
    return dialogue


@act()
def open_lobby(*, moderator: Participation) -> Dialogue:
    """Open the doors: people may come in and wait."""
    __, dialogue = _steering(moderator, "dialogue.show_projection")
    if dialogue.state != State.ANNOUNCED:
        raise Refusal("dialogue.open", _("The doors are open already."))
    refuse_unready(dialogue)
    dialogue.state = State.LOBBY
    dialogue.opened_at = clock.now()
    dialogue.save(update_fields=["state", "opened_at"])
    record(dialogue.stream_id, LobbyOpened())
    return dialogue


@act()
def go_to(
    *, moderator: Participation, item_pk: int, expected_pk: int | None = None
) -> Dialogue:
    """Stand at an agenda item; the first time this starts the dialogue.

    `expected_pk` is the item the moderator saw as current (0: none yet): with
    two moderators the second "next" is refused instead of skipping an item.
    """
    moderator, dialogue = _steering(moderator)
    if expected_pk is not None and expected_pk != (dialogue.current_id or 0):
        raise changed_meanwhile(dialogue, "agenda.moved_meanwhile", AgendaMoved.kind)
    item = dialogue.agenda.filter(pk=item_pk).first()
    if item is None:
        raise forbidden()
    if dialogue.state == State.ANNOUNCED:
        # The first item opens the doors, too.
        refuse_unready(dialogue)
    _move(dialogue, item, by=moderator.pk)
    return dialogue


@act()
def go_on(*, moderator: Participation, expected_pk: int | None = None) -> Dialogue:
    """Next agenda item; the first one if the dialogue has not begun."""
    return _step(moderator, expected_pk, forward=True)


@act()
def go_back(*, moderator: Participation, expected_pk: int | None = None) -> Dialogue:
    """Previous agenda item."""
    return _step(moderator, expected_pk, forward=False)


def _step(
    moderator: Participation, expected_pk: int | None, *, forward: bool
) -> Dialogue:
    __, dialogue = fresh(moderator)
    agenda = list(dialogue.agenda.values_list("pk", flat=True))
    here = agenda.index(dialogue.current_id) if dialogue.current_id in agenda else -1
    there = here + 1 if forward else here - 1
    if not 0 <= there < len(agenda):
        raise Refusal(
            "agenda.end",
            _("This is the last agenda item. Close the dialogue when you are done.")
            if forward
            else _("This is the first agenda item."),
        )
    seen = dialogue.current_id or 0 if expected_pk is None else expected_pk
    return go_to(moderator=moderator, item_pk=agenda[there], expected_pk=seen)


def _move(dialogue: Dialogue, item: AgendaItem, *, by: int | None) -> None:
    moment = clock.now()
    AgendaStep.objects.filter(item__dialogue=dialogue, ended_at=None).update(
        ended_at=moment
    )
    AgendaStep.objects.create(item=item, began_at=moment)
    dialogue.opened_at = dialogue.opened_at or moment
    dialogue.state = State.LIVE
    dialogue.current = item
    dialogue.item_began_at = moment
    dialogue.item_ends_at = item.closes_at or moment + dialogue.lasting(
        item.planned_minutes
    )
    dialogue.paused_at = None
    dialogue.save()
    release_turns(dialogue, moment)
    record(
        dialogue.stream_id,
        AgendaMoved(
            item=item.pk, ends_at=clock.milliseconds(dialogue.item_ends_at), by=by
        ),
    )


@act()
def extend(
    *, moderator: Participation, minutes: int, seen_ends_at: int | None = None
) -> Dialogue:
    """Give the current item `minutes` more (1 to 120).

    `seen_ends_at` is the end that the moderator saw, in Unix ms (0: none): two who
    mean the same five minutes give five. Who presses twice gives ten.
    """
    moderator, dialogue = _steering(moderator)
    if not 1 <= minutes <= LONGEST_EXTENSION:
        raise Refusal(
            "agenda.minutes",
            _("Please extend by 1 to 120 minutes."),
            status=400,
            field="minutes",
        )
    if dialogue.current is None or dialogue.item_ends_at is None:
        raise Refusal("dialogue.not_live", _("The dialogue has not begun."))
    ends_at = clock.milliseconds(dialogue.item_ends_at)
    kinds = (AgendaMoved.kind, AgendaExtended.kind, DialogueResumed.kind)
    if seen_ends_at not in (None, ends_at) and last_by(dialogue, *kinds) != (
        moderator.pk
    ):
        raise changed_meanwhile(dialogue, "agenda.changed_meanwhile", *kinds)
    # An item that has overrun is extended from now on, not from its planned end.
    start = max(dialogue.item_ends_at, dialogue.paused_at or clock.now())
    dialogue.item_ends_at = start + dialogue.lasting(minutes)
    dialogue.save(update_fields=["item_ends_at"])
    AgendaItem.objects.filter(pk=dialogue.current.pk).update(
        extended_minutes=F("extended_minutes") + minutes
    )
    record(
        dialogue.stream_id,
        AgendaExtended(
            item=dialogue.current.pk,
            minutes=minutes,
            ends_at=clock.milliseconds(dialogue.item_ends_at),
            by=moderator.pk,
        ),
    )
    return dialogue


@act()
def pause(*, moderator: Participation) -> Dialogue:
    """Hold the clock; nothing can be sent in until it goes on."""
    moderator, dialogue = _steering(moderator)
    if dialogue.state != State.LIVE:
        raise Refusal("dialogue.not_live", _("The dialogue is not running."))
    dialogue.state = State.PAUSED
    dialogue.paused_at = clock.now()
    dialogue.save(update_fields=["state", "paused_at"])
    hold_turns(dialogue, dialogue.paused_at)
    record(dialogue.stream_id, DialoguePaused(by=moderator.pk))
    return dialogue


@act()
def resume(*, moderator: Participation) -> Dialogue:
    """Go on after a pause, with the time that was left."""
    moderator, dialogue = _steering(moderator)
    if dialogue.state != State.PAUSED or dialogue.paused_at is None:
        raise Refusal("dialogue.not_paused", _("The dialogue is not paused."))
    moment = clock.now()
    if dialogue.item_ends_at is not None:
        dialogue.item_ends_at += moment - dialogue.paused_at
    release_turns(dialogue, moment)
    dialogue.state = State.LIVE
    dialogue.paused_at = None
    dialogue.save(update_fields=["state", "paused_at", "item_ends_at"])
    record(
        dialogue.stream_id,
        DialogueResumed(
            ends_at=clock.milliseconds(dialogue.item_ends_at), by=moderator.pk
        ),
    )
    return dialogue


@act()
def follow_dates(*, dialogue_pk: int) -> bool:
    """Move an online dialogue to the item whose dates have come; True if moved."""
    dialogue = _locked(dialogue_pk)
    if dialogue.mode != Dialogue.Mode.ONLINE or dialogue.state in (
        State.DRAFT,
        State.PAUSED,
        State.CLOSED,
    ):
        return False
    due = (
        dialogue.agenda.filter(opens_at__lte=clock.now())
        .order_by("-opens_at", "-position")
        .first()
    )
    # Never back: a moderator may have moved ahead of the dates.
    if due is None or (dialogue.current and due.position <= dialogue.current.position):
        return False
    _move(dialogue, due, by=None)
    return True


@act()
def note_agenda_changed(*, dialogue: Dialogue) -> None:
    """Tell open screens that the plan was edited."""
    record(dialogue.stream_id, AgendaChanged())


@act()
def show_on_projector(*, moderator: Participation, shown: str) -> Dialogue:
    """Choose what the projector shows: "now", "join", "agenda", or "KIND-PK"."""
    moderator, dialogue = _steering(moderator, "dialogue.show_projection")
    dialogue.projected = shown[:40]
    dialogue.save(update_fields=["projected"])
    record(
        dialogue.stream_id,
        ProjectionChanged(shown=dialogue.projected, by=moderator.pk),
    )
    return dialogue


def mark_closed(*, dialogue: Dialogue, moderator: Participation, digest: str) -> None:
    """The last step of `moderation.closing`, inside its act."""
    moment = clock.now()
    AgendaStep.objects.filter(item__dialogue=dialogue, ended_at=None).update(
        ended_at=moment
    )
    dialogue.state = State.CLOSED
    dialogue.closed_at = moment
    dialogue.paused_at = None
    dialogue.save(update_fields=["state", "closed_at", "paused_at"])
    end_turns(dialogue, by=moderator.pk)
    record(dialogue.stream_id, DialogueClosed(digest=digest, by=moderator.pk))


def _locked(dialogue_pk: int) -> Dialogue:
    return (
        # no_key: rows that name the dialogue may be added meanwhile. Their check
        # comes at commit, with the stream's lock held.
        Dialogue.objects.select_for_update(of=("self",), no_key=True)
        .select_related("current")
        .get(pk=dialogue_pk)
    )


def _steering(
    moderator: Participation, right: str = "dialogue.steer_agenda"
) -> tuple[Participation, Dialogue]:
    """The moderator with `right`, and the dialogue locked for a change of course."""
    dialogue = _locked(moderator.dialogue_id)
    moderator, __ = fresh(moderator)
    require(right, moderator, dialogue)
    if right == "dialogue.steer_agenda":
        check_chair(moderator, dialogue)
    if dialogue.state == State.CLOSED:
        raise Refusal("dialogue.closed", _("This dialogue is closed."))
    if dialogue.state == State.DRAFT:
        raise Refusal("dialogue.draft", _("Please announce the dialogue first."))
    return moderator, dialogue
