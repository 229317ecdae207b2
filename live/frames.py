"""Frames: what sockets are sent of a stream, and what those who come back missed."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.conf import settings

from dialogue.models import Dialogue
from ledger.models import Entry, Stream
from live.keeping import MOST_KEPT, Drawn, Moment, Showing
from live.ops import draw_ops, split_later, targets_of
from live.screens import Targets, View, load_dialogue
from proposals.queries import Counts, counts_since
from shared import clock
from shared.kept import Kept

# Further behind than this, a snapshot is cheaper than the missed entries.
MOST_MISSED = 500
# How late (s) the later parts of a desk may be, whatever happened (live/room.py); so
# many entries are looked through for them.
LATEST, MOST_LATER = 5.0, 200

Frame = dict[str, Any]


@dataclass(frozen=True)
class Heads:
    """Where a dialogue's stream stands."""

    epoch: str
    seq: int
    version: int


def heads_of(dialogue_pk: int) -> Heads:
    stream = Stream.objects.only("epoch", "head", "counts").get(
        dialogue__pk=dialogue_pk
    )
    return Heads(stream.epoch, stream.head, stream.counts)


def visible_head(dialogue_pk: int, view: View, seq: int) -> int:
    """The last seq up to `seq` that this view hears of; 0 if none."""
    entry = (
        Entry.objects.filter(
            view.heard,
            stream__dialogue__pk=dialogue_pk,
            seq__lte=seq,
        )
        .order_by("-seq")
        .values_list("seq", flat=True)
        .first()
    )
    return entry or 0


def heard_targets(view: View, entries: list[Entry]) -> tuple[int, Targets]:
    """Of entries: the last seq that this view hears of, and what they touch; 0 if
    it hears of none."""
    heard = [entry for entry in entries if view.hears(entry.audience)]
    if not heard:
        return 0, set()
    return heard[-1].seq, set().union(*(targets_of(entry) for entry in heard))


def ops_frame(
    dialogue: Dialogue, view: View, epoch: str, after: int, seq: int, targets: Targets
) -> Frame:
    """What brings a screen from `after` to `seq`; if both are the same, what was owed
    to it at `seq`."""
    return {
        "kind": "ops",
        "epoch": epoch,
        "after": after,
        "seq": seq,
        "ops": draw_ops(dialogue, view, targets),
    }


def counts_frame(dialogue: Dialogue, heads: Heads, version: int) -> Frame | None:
    """The live numbers that changed after `version`; the same for all views."""
    if version >= heads.version:
        return None
    return counts_frame_of(heads.epoch, counts_since(dialogue, version, heads.version))


def counts_frame_of(epoch: str, counts: Counts) -> Frame:
    return {
        "kind": "counts",
        "epoch": epoch,
        "version": counts.version,
        "counts": counts.numbers,
    }


_missed = Kept(500, 10.0)
_showings: dict[tuple[int, View], Showing] = {}


def shown(dialogue_pk: int, view: View, heads: Heads | None = None) -> Drawn:
    """What everybody with this view gets, drawn again only where entries touched it.

    The head is read first: a state newer than its seq does no harm, since ops are
    drawn from today's state and idempotent.
    """
    heads = heads or heads_of(dialogue_pk)
    if len(_showings) > MOST_KEPT:
        _showings.clear()
    showing = _showings.setdefault((dialogue_pk, view), Showing(dialogue_pk, view))
    with showing.lock:
        drawn = showing.drawn
        if drawn is None or showing.is_old(heads.epoch):
            heard_at = visible_head(dialogue_pk, view, heads.seq)
            moment = Moment(heads.epoch, heads.seq, heard_at, heads.version)
            return showing.draw(moment)
        at = drawn.moment
        entries = _heard(dialogue_pk, view, at.head, heads.seq)
        heard_at = entries[-1].seq if entries else at.heard
        head, version = max(at.head, heads.seq), max(at.version, heads.version)
        moment = Moment(heads.epoch, head, heard_at, version)
        if len(entries) > MOST_MISSED or any(map(_touches_everything, entries)):
            return showing.draw(moment)
        return showing.renew(
            moment, {target for entry in entries for target in targets_of(entry)}
        )


def _heard(dialogue_pk: int, view: View, after: int, upto: int) -> list[Entry]:
    if upto <= after:
        return []
    return list(
        Entry.objects.filter(
            view.heard,
            stream__dialogue__pk=dialogue_pk,
            seq__gt=after,
            seq__lte=upto,
        ).order_by("seq")[: MOST_MISSED + 1]
    )


def _touches_everything(entry: Entry) -> bool:
    """Erased names stand anywhere; opening and closing change every card."""
    noun = entry.kind.partition(".")[0]
    return noun in ("dialogue", "lobby") or entry.kind == "participation.changed"


def snapshot(dialogue_pk: int, view: View) -> Frame:
    """Everything the view shows."""
    drawn = shown(dialogue_pk, view)
    return _snapshot_frame(drawn)


def _draw_snapshot(dialogue_pk: int, view: View, heads: Heads) -> Frame:
    """The same, nothing kept."""
    heard_at = visible_head(dialogue_pk, view, heads.seq)
    moment = Moment(heads.epoch, heads.seq, heard_at, heads.version)
    return _snapshot_frame(Showing(dialogue_pk, view).draw(moment))


def _snapshot_frame(drawn: Drawn) -> Frame:
    return {
        "kind": "snapshot",
        "epoch": drawn.moment.epoch,
        "seq": drawn.moment.heard,
        "version": drawn.moment.version,
        "regions": drawn.regions,
        "counts": {},
    }


@dataclass(frozen=True)
class Missed:
    """What somebody has missed, in order."""

    frames: tuple[Frame, ...] = ()

    @cached_property
    def texts(self) -> list[str]:
        """Encoded once for all who come back from the same place."""
        return [encode(frame) for frame in self.frames]


def catch_up(
    dialogue_pk: int, view: View, *, epoch: str, since: int, version: int
) -> Missed:
    """What somebody at `since` and `version` has missed, or a snapshot.

    A snapshot for those who know another epoch, are too far behind, or have been
    away for longer than the resume window (settings.RESUME_WINDOW, in seconds).
    """
    heads = heads_of(dialogue_pk)
    is_current = (epoch, since, version) == (heads.epoch, heads.seq, heads.version)
    if is_current and not view.is_desk:
        return Missed()
    return _missed.get(
        (dialogue_pk, view, epoch, since, version, heads),
        lambda: _draw_missed(dialogue_pk, view, heads, epoch, since, version),
    )


def _draw_missed(
    dialogue_pk: int, view: View, heads: Heads, epoch: str, since: int, version: int
) -> Missed:
    behind = heads.seq - since
    if epoch != heads.epoch or not 0 <= behind <= MOST_MISSED:
        return Missed((snapshot(dialogue_pk, view),))
    dialogue = load_dialogue(dialogue_pk)
    stream = Entry.objects.filter(stream_id=dialogue.stream_id, seq__lte=heads.seq)
    entries = list(stream.filter(seq__gt=since).order_by("seq"))
    oldest = clock.now() - timedelta(seconds=settings.RESUME_WINDOW)
    if entries and entries[0].recorded_at < oldest:
        return Missed((snapshot(dialogue_pk, view),))
    seq, targets = heard_targets(view, entries)
    if view.is_desk:
        # The process that knew what it still owed may be gone.
        known = stream.filter(seq__lte=since, seq__gt=since - MOST_LATER)
        targets |= _still_owed(view, list(known.order_by("seq")))
    frames = [counts_frame(dialogue, heads, version)]
    if seq or targets:
        reached = max(seq, since)
        ops = ops_frame(dialogue, view, heads.epoch, since, reached, targets)
        frames.insert(0, ops)
    return Missed(tuple(frame for frame in frames if frame is not None))


def _still_owed(view: View, known: list[Entry]) -> Targets:
    """Later parts of what a screen knows, which may not have come yet."""
    since = clock.now() - timedelta(seconds=LATEST)
    recent = [entry for entry in known if entry.recorded_at > since]
    return split_later(view, heard_targets(view, recent)[1])[1]


def heartbeat(heads: Heads, seq: int) -> Frame:
    """`seq` is the last one the view hears of; `now` is the server's clock."""
    return {
        "kind": "heartbeat",
        "epoch": heads.epoch,
        "seq": seq,
        "version": heads.version,
        "now": int(clock.now().timestamp() * 1000),
    }


def encode(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
