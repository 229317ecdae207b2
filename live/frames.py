"""From ledger entries to frames: which targets an entry touches, how they read now.

Targets are drawn from today's state, so a frame for old entries never shows
what was hidden meanwhile, and drawing an entry twice does no harm.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils import translation

import live.parts  # noqa: F401 -- enters its regions
from dialogue.models import Dialogue
from ledger.models import Entry, Stream
from live.cards import (
    ballots_of,
    draw_ballot,
    draw_one_comment,
    draw_proposal,
    draw_question,
    proposals_of,
    questions_of,
)
from live.keeping import MOST_KEPT, Drawn, Moment, Showing
from live.screens import (
    CARD_KINDS,
    CARDS_TOUCHED,
    GROUPED,
    LIMITS,
    REGIONS,
    TOUCHED_BY,
    Op,
    View,
    draw_regions,
    load_dialogue,
)
from proposals.models import Ballot, Comment, Option
from proposals.queries import Counts, counts_since
from shared import clock
from shared.kept import Kept

# Further behind than this, a snapshot is cheaper than the missed entries.
MOST_MISSED = 500

# The screens that show contributions as cards.
WITH_CARDS = ("room", "desk")

Frame = dict[str, Any]
Target = tuple[str, int | str]


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


def targets_of(entry: Entry) -> set[Target]:
    """The parts of all screens that an entry touches."""
    noun = entry.kind.partition(".")[0]
    own: set[Target] = {("region", name) for name in TOUCHED_BY.get(noun, ())}
    for cards_of in CARDS_TOUCHED.get(noun, ()):
        own |= cards_of(entry.kind, entry.payload)
    return own | _targets_of_noun(noun, entry)


def _targets_of_noun(noun: str, entry: Entry) -> set[Target]:
    facts = entry.payload
    if noun in ("agenda", "dialogue", "lobby"):
        return {("region", "now"), ("region", "agenda"), ("region", "stage")}
    if noun == "projection":
        return {("region", "stage")}
    if noun == "contribution":
        return _contribution_targets(
            facts["contribution"], facts["pk"]
        ) | _ballots_with(facts["contribution"], facts["pk"])
    if noun in ("proposal", "comment", "question"):
        return _contribution_targets(noun, facts[noun])
    if noun == "ballot":
        return {("ballot", facts["ballot"]), ("region", "stage")}
    if noun == "topic":
        return {("region", "parked")}
    if noun == "ticket":
        # Tickets have pages of their own, no place on a screen.
        return set()
    if noun == "participation":
        return {("person", facts["participation"])}
    if noun in TOUCHED_BY or noun in CARDS_TOUCHED:
        return set()
    raise KeyError(entry.kind)


def _contribution_targets(kind: str, pk: int) -> set[Target]:
    targets: set[Target] = {(kind, pk)}
    if kind != "comment":
        targets.add(("region", "stage"))
    return targets


def _ballots_with(kind: str, pk: int) -> set[Target]:
    """Ballots that show a contribution which was hidden or restored."""
    if kind == "comment":
        return set()
    options = Option.objects.filter(**{f"{kind}_id": pk})
    return {
        ("ballot", ballot) for ballot in options.values_list("ballot_id", flat=True)
    }


def draw_ops(dialogue: Dialogue, view: View, targets: Iterable[Target]) -> list[Op]:
    """Ops for `targets` on this view, in a fixed order; none for what it lacks."""
    ops: list[Op] = []
    wanted = sorted(targets, key=str)
    regions = [
        str(name)
        for kind, name in wanted
        if kind == "region" and name in REGIONS[view.screen]
    ]
    for name, html in draw_regions(dialogue, view, regions).items():
        ops.append({"target": name, "swap": "replace", "html": html})
    with translation.override(view.language):
        for kind, rows in groupby(wanted, key=lambda target: target[0]):
            if kind != "region":
                pks = [int(pk) for __, pk in rows]
                ops += _ops_of(kind, dialogue, view, pks)
    return ops


def _ops_of(kind: str, dialogue: Dialogue, view: View, pks: list[int]) -> list[Op]:
    if kind in GROUPED:
        screens, draw_them = GROUPED[kind]
        return draw_them(dialogue, view, pks) if view.screen in screens else []
    if kind in _LISTS:
        return _listed(kind, dialogue, view, pks) if view.screen in WITH_CARDS else []
    drawer = _TARGETS.get(kind) or partial(_card, kind)
    return [op for pk in pks for op in drawer(dialogue, view, pk)]


def _put_or_remove(list_id: str, element: str, html: str | None) -> list[Op]:
    if html is None:
        return [{"target": element, "swap": "remove"}]
    return [{"target": list_id, "swap": "put", "html": html}]


def _listed(kind: str, dialogue: Dialogue, view: View, pks: list[int]) -> list[Op]:
    """Cards of a list that shows so many and no more: for each one that goes, another
    comes up from below."""
    list_id = f"{kind}s"
    rows_of, draw_row = _LISTS[kind]
    rows, most = rows_of(dialogue, view), LIMITS[list_id]
    found = {row.pk: row for row in rows.filter(pk__in=pks)}
    ops: list[Op] = []
    for pk in pks:
        html = draw_row(dialogue, view, found[pk]) if pk in found else None
        ops += _put_or_remove(list_id, f"{kind}-{pk}", html)
    gone = len(pks) - len(found)
    if gone:
        for row in rows[max(0, most - gone) : most]:
            html = draw_row(dialogue, view, row)
            ops.append({"target": list_id, "swap": "put", "html": html})
    return ops


def _comment(dialogue: Dialogue, view: View, pk: int) -> list[Op]:
    if view.screen not in WITH_CARDS:
        return []
    row = Comment.objects.select_related("proposal").get(pk=pk)
    parent = f"replies-{row.parent_id}" if row.parent_id else None
    html = draw_one_comment(dialogue, view, row)
    if not html:
        return [{"target": f"comment-{pk}", "swap": "remove"}]
    return [
        {
            "target": parent or f"comments-{row.proposal_id}",
            "swap": "put",
            "html": html,
        }
    ]


def _ballot(dialogue: Dialogue, view: View, pk: int) -> list[Op]:
    if view.screen not in WITH_CARDS:
        return []
    row: Ballot | None = ballots_of(dialogue, view).filter(pk=pk).first()
    html = draw_ballot(dialogue, view, row) if row else None
    return _put_or_remove("ballot-cards", f"ballot-{pk}", html)


def _card(kind: str, dialogue: Dialogue, view: View, pk: int) -> list[Op]:
    """A card of `live/parts/`."""
    cards = CARD_KINDS[kind]
    if view.screen not in cards.screens:
        return []
    row = cards.find(dialogue, view, pk)
    html = cards.draw(dialogue, view, row) if row is not None else None
    return _put_or_remove(cards.list_id, f"{kind}-{pk}", html)


_TARGETS: dict[str, Callable[[Dialogue, View, int], list[Op]]] = {
    "comment": _comment,
    "ballot": _ballot,
}
_LISTS: dict[str, tuple[Callable[..., Any], Callable[..., str]]] = {
    "proposal": (proposals_of, draw_proposal),
    "question": (questions_of, draw_question),
}


def ops_frame(
    dialogue: Dialogue, view: View, epoch: str, after: int, entries: list[Entry]
) -> Frame | None:
    """One frame for `entries` that this view hears of; None if it hears of none."""
    heard = [entry for entry in entries if view.hears(entry.audience)]
    if not heard:
        return None
    targets = set().union(*(targets_of(entry) for entry in heard))
    return {
        "kind": "ops",
        "epoch": epoch,
        "after": after,
        "seq": heard[-1].seq,
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
    if epoch == heads.epoch and since == heads.seq and version == heads.version:
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
    entries = list(
        Entry.objects.filter(
            stream_id=dialogue.stream_id, seq__gt=since, seq__lte=heads.seq
        ).order_by("seq")
    )
    oldest = clock.now() - timedelta(seconds=settings.RESUME_WINDOW)
    if entries and entries[0].recorded_at < oldest:
        return Missed((snapshot(dialogue_pk, view),))
    frames = [
        ops_frame(dialogue, view, heads.epoch, since, entries),
        counts_frame(dialogue, heads, version),
    ]
    return Missed(tuple(frame for frame in frames if frame is not None))


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
