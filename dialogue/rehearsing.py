"""Verbs of rehearsing: copy a dialogue, begin, stop and end its simulated citizens.

The copy has a stream that was made for a rehearsal, is nowhere listed, invites nobody,
and files no result. `moderation.wiping` removes all of it.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from dialogue.actions import announce_dialogue
from dialogue.joining import assign_role
from dialogue.models import (
    PLENARY,
    Dialogue,
    Participation,
    Rehearsal,
    new_code,
)
from dialogue.models.rehearsal import FASTEST, LONGEST, MOST_CITIZENS, SHORTEST
from ledger.actions import act
from ledger.models import Entry, Stream
from qualification.actions import note_practice
from qualification.models import Practice
from shared import clock
from shared.errors import Refusal

Row = TypeVar("Row", bound=models.Model)
State = Rehearsal.State
# How long an ended one can be looked at before the clock wipes it.
KEPT_FOR = timedelta(hours=24)
# A crowd that has said nothing for so long was killed.
SILENT_AFTER = timedelta(minutes=2)
# Nobody has a worker for rehearsals running, or it is busy for too long.
LONGEST_WAIT = timedelta(hours=1)
# Shorter, and somebody has only looked at the desk.
LEAST_PRACTICE = timedelta(minutes=10)
# What a copied dialogue or agenda item begins anew with.
_AFRESH: dict[str, Any] = {
    "state": Dialogue.State.DRAFT,
    "access": Dialogue.Access.CODE,
    "projected": "now",
    "item_began_at": None,
    "item_ends_at": None,
    "paused_at": None,
    "opened_at": None,
    "closed_at": None,
    "ends_by": None,
}


@act()
def plan_rehearsal(
    *, dialogue: Dialogue, speed: int, citizens: int, minutes: int, seed: int = 1
) -> Rehearsal:
    """Copy `dialogue` for a rehearsal whose crowd waits to be let in.

    Its agenda, texts, materials and drafted ballots, and whoever has an official role;
    nobody else, and nothing that was said.
    """
    # One after the other: two presses of the button make one rehearsal.
    dialogue = (
        Dialogue.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project")
        .get(pk=dialogue.pk)
    )
    _check_plan(dialogue, speed=speed, citizens=citizens, minutes=minutes)
    copy = _copied(
        dialogue,
        **_AFRESH,
        stream=Stream.objects.create(is_rehearsal=True),
        code=new_code(),
        rehearsal_of=Dialogue(pk=dialogue.pk),
        speed=speed,
        starts_at=clock.now(),
        # Dates of days mean nothing here: its minutes count.
        mode=Dialogue.Mode.LIVE
        if dialogue.mode == Dialogue.Mode.ONLINE
        else dialogue.mode,
    )
    copy.slug = f"rehearsal-{copy.code.lower()}"
    copy.save()
    items = _copy_agenda(dialogue, copy)
    _copy_settings(dialogue, copy, items)
    _copy_ballots(dialogue, copy)
    announce_dialogue(dialogue=copy)
    for row in _officials(dialogue).select_related("person"):
        assign_role(
            person=row.person, dialogue=copy, role=row.role, name=row.display_name
        )
    copy.refresh_from_db()
    return Rehearsal.objects.create(
        dialogue=copy,
        citizens=citizens,
        minutes=minutes,
        seed=seed,
        planned_at=clock.now(),
    )


def _check_plan(dialogue: Dialogue, *, speed: int, citizens: int, minutes: int) -> None:
    if dialogue.is_rehearsal:
        raise Refusal("rehearsal.of_rehearsal", _("This is a rehearsal already."))
    limits = {
        "speed": (speed, 1, FASTEST),
        "citizens": (citizens, 1, MOST_CITIZENS),
        "minutes": (minutes, SHORTEST, LONGEST),
    }
    for field, (wanted, least, most) in limits.items():
        if not least <= wanted <= most:
            raise Refusal(
                "rehearsal.limits",
                _("Please enter a number from %(least)d to %(most)d.")
                % {"least": least, "most": most},
                status=400,
                field=field,
            )
    if not dialogue.agenda.exists():
        raise Refusal("agenda.empty", _("Please add at least one agenda item first."))
    if not _officials(dialogue).filter(role=Participation.Role.LEAD_MODERATOR).exists():
        raise Refusal(
            "rehearsal.no_lead",
            _("Please name a lead moderator first: somebody has to rehearse."),
        )
    if dialogue.rehearsals.exclude(rehearsal__state=State.ENDED).exists():
        raise Refusal(
            "rehearsal.running",
            _("A rehearsal of this dialogue is running. Please stop it first."),
        )


def _officials(dialogue: Dialogue) -> models.QuerySet[Participation]:
    return dialogue.participations.filter(
        role__in=Participation.OFFICIAL_ROLES, state=Participation.State.ADMITTED
    )


def _copied(row: Row, **changes: Any) -> Row:
    """A new row with the values of `row`, not saved.

    What `row` points to comes along only if it must: a current item, a chair or a
    linked proposal belongs to the original.
    """
    values = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.name in changes:
            continue
        if isinstance(field, models.ForeignKey) and field.null:
            continue
        values[field.attname] = getattr(row, field.attname)
    return type(row)(**values, **changes)


def _copy_agenda(dialogue: Dialogue, copy: Dialogue) -> dict[int | None, Any]:
    """The copied items, by the keys of the originals."""
    items: dict[int | None, Any] = {None: None}
    for item in dialogue.agenda.prefetch_related("materials"):
        new = _copied(
            item, dialogue=copy, extended_minutes=0, opens_at=None, closes_at=None
        )
        new.save()
        items[item.pk] = new
        for material in item.materials.all():
            # The same file: `moderation.wiping` leaves what others use.
            _copied(material, item=new).save()
    return items


def _copy_settings(original: Any, copy: Dialogue, items: dict[int | None, Any]) -> None:
    """What is held and by which words, the rule of the speakers, the conference.

    Some of it lives on the floor above: only reverse relations are used here.
    """
    for name in ("word_list", "conference"):
        row = getattr(original, name, None)
        if row is not None:
            _copied(row, dialogue=copy).save()
    for row in original.holding_rules.all():
        _copied(row, dialogue=copy, item=items[row.item_id]).save()
    for row in original.speakers_lists.filter(circle=PLENARY):
        _copied(row, dialogue=copy, is_open=False, people=0).save()


def _copy_ballots(dialogue: Dialogue, copy: Dialogue) -> None:
    # Ballots live on the floor above: only their reverse relation is used here.
    ballots: Any = dialogue.ballots
    for ballot in ballots.filter(state="draft").prefetch_related("options"):
        options = list(ballot.options.all())
        new = _copied(ballot, dialogue=copy)
        new.save()
        for option in options:
            _copied(option, ballot=new).save()


@act()
def begin_rehearsal(*, rehearsal_pk: int, kinds: Collection[str]) -> Rehearsal | None:
    """A crowd of `kinds` sets out; None if it was stopped, or another one has."""
    rehearsal = _locked(rehearsal_pk)
    if rehearsal is None or rehearsal.state != State.WAITING:
        return None
    if rehearsal.stop_wanted:
        _end(rehearsal, "")
        return None
    rehearsal.state = State.RUNNING
    rehearsal.kinds = " ".join(sorted(kinds))
    rehearsal.begun_at = rehearsal.heard_at = clock.now()
    rehearsal.save(update_fields=["state", "kinds", "begun_at", "heard_at"])
    return rehearsal


def keep_rehearsing(rehearsal_pk: int) -> bool:
    """Say that its crowd is alive; False when it shall go home."""
    running = Rehearsal.objects.filter(
        pk=rehearsal_pk, state=State.RUNNING, stop_wanted=False
    ).exclude(dialogue__state=Dialogue.State.CLOSED)
    return bool(running.update(heard_at=clock.now()))


@act()
def stop_rehearsal(*, dialogue: Dialogue) -> None:
    """Send the simulated citizens home; they hear of it within seconds."""
    rehearsal = _locked(dialogue.pk)
    if rehearsal is None or rehearsal.is_over:
        raise Refusal("rehearsal.over", _("This rehearsal is over."))
    rehearsal.stop_wanted = True
    rehearsal.save(update_fields=["stop_wanted"])
    if rehearsal.state == State.WAITING:
        _end(rehearsal, "")


@act()
def end_rehearsal(*, rehearsal_pk: int, trouble: str = "") -> Rehearsal | None:
    """The crowd has left, or was lost; who moderated has practised. None: long ago."""
    rehearsal = _locked(rehearsal_pk)
    if rehearsal is None or rehearsal.is_over:
        return None
    _end(rehearsal, trouble)
    known = set(Practice.Kind.values)
    for row, span in practised(rehearsal).items():
        note_practice(
            person=row.person,
            dialogue_title=rehearsal.dialogue.title,
            # Of the agenda, whatever the speed.
            minutes=int(span / timedelta(minutes=1)) * rehearsal.dialogue.speed,
            kinds=known & set(rehearsal.kinds.split()),
        )
    return rehearsal


def _end(rehearsal: Rehearsal, trouble: str) -> None:
    rehearsal.state = State.ENDED
    rehearsal.ended_at = clock.now()
    rehearsal.trouble = trouble[:300]
    rehearsal.save(update_fields=["state", "ended_at", "trouble"])


def lost_rehearsals() -> models.QuerySet[Rehearsal]:
    """Those whose crowd is gone without a word, or never came."""
    now = clock.now()
    return Rehearsal.objects.filter(
        models.Q(state=State.RUNNING, heard_at__lt=now - SILENT_AFTER)
        | models.Q(state=State.WAITING, planned_at__lt=now - LONGEST_WAIT)
    )


def rehearsals_to_wipe() -> models.QuerySet[Rehearsal]:
    return Rehearsal.objects.filter(
        state=State.ENDED, ended_at__lt=clock.now() - KEPT_FOR
    )


def practised(rehearsal: Rehearsal) -> dict[Participation, timedelta]:
    """Who moderated in it for long enough, and for how long by the clock.

    From the first to the last of their own acts, as the ledger has them: whoever only
    looked on has not practised.
    """
    moments: dict[int, list[Any]] = {}
    entries = Entry.objects.filter(stream_id=rehearsal.dialogue.stream_id)
    for payload, at in entries.values_list("payload", "recorded_at"):
        if isinstance(payload.get("by"), int):
            moments.setdefault(payload["by"], []).append(at)
    rows = rehearsal.dialogue.participations.select_related("person").filter(
        role__in=(
            Participation.Role.LEAD_MODERATOR,
            Participation.Role.TABLE_MODERATOR,
        )
    )
    spans = {
        row: max(moments[row.pk]) - min(moments[row.pk])
        for row in rows
        if row.pk in moments
    }
    return {row: span for row, span in spans.items() if span >= LEAST_PRACTICE}


def _locked(rehearsal_pk: int) -> Rehearsal | None:
    return (
        Rehearsal.objects.select_for_update(of=("self",))
        .select_related("dialogue")
        .filter(pk=rehearsal_pk)
        .first()
    )
