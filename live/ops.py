"""From ledger entries to ops: which targets an entry touches, and how they read now.

Targets are drawn from today's state, so ops for old entries never show what was
hidden meanwhile, and drawing an entry twice does no harm.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any

from django.utils import translation

import live.parts  # noqa: F401 -- enters its regions
from dialogue.models import Dialogue
from ledger.models import Entry
from live.cards import (
    ballots_of,
    draw_ballot,
    draw_one_comment,
    draw_proposal,
    draw_question,
    proposals_of,
    questions_of,
)
from live.screens import (
    CARD_KINDS,
    CARDS_TOUCHED,
    GROUPED,
    LIMITS,
    REGIONS,
    TOUCHED_BY,
    TOUCHED_LATER,
    Op,
    Target,
    Targets,
    View,
    draw_regions,
)
from proposals.models import Ballot, Comment, Option

# The screens that show contributions as cards.
WITH_CARDS = ("room", "desk")
# A ballot's draft reads as its contributions do now.
_REWORDING = (".revised", ".held", ".withdrawn")
# Kinds of targets that name a region.
_REGION_KINDS = ("region", "later")


def targets_of(entry: Entry) -> Targets:
    """The parts of all screens that an entry touches."""
    noun = entry.kind.partition(".")[0]
    own: Targets = {("region", name) for name in TOUCHED_BY.get(noun, ())}
    own |= {("later", name) for name in TOUCHED_LATER.get(noun, ())}
    for cards_of in CARDS_TOUCHED.get(noun, ()):
        own |= cards_of(entry.kind, entry.payload)
    return own | _targets_of_noun(noun, entry)


def _targets_of_noun(noun: str, entry: Entry) -> Targets:
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
        targets = _contribution_targets(noun, facts[noun])
        if entry.kind.endswith(_REWORDING):
            targets |= _ballots_with(noun, facts[noun])
        return targets
    if noun == "ballot":
        return {("ballot", facts["ballot"]), ("region", "stage")}
    if noun == "topic":
        return _contribution_targets(noun, facts[noun])
    if noun == "ticket":
        # Tickets have pages of their own, no place on a screen.
        return set()
    if noun in ("participation", "weight"):
        return {("person", facts["participation"])}
    if noun in TOUCHED_BY or noun in TOUCHED_LATER or noun in CARDS_TOUCHED:
        return set()
    raise KeyError(entry.kind)


def _contribution_targets(kind: str, pk: int) -> Targets:
    if kind == "topic":
        return {("region", "parked")}
    targets: Targets = {(kind, pk)}
    if kind != "comment":
        targets.add(("region", "stage"))
    return targets


def _ballots_with(kind: str, pk: int) -> Targets:
    """Ballots that show a contribution which reads otherwise now, or is hidden."""
    if kind in ("comment", "topic"):
        return set()
    options = Option.objects.filter(**{f"{kind}_id": pk})
    return {
        ("ballot", ballot) for ballot in options.values_list("ballot_id", flat=True)
    }


def split_later(view: View, targets: Targets) -> tuple[Targets, Targets]:
    """What is drawn at once on this view, and what may come later."""
    later = {target for target in targets if target[0] == "later"}
    if not view.is_desk:
        return targets, set()
    regions = {("later", name) for kind, name in targets if kind == "region"}
    return targets - later, later - regions


def draw_ops(dialogue: Dialogue, view: View, targets: Iterable[Target]) -> list[Op]:
    """Ops for `targets` on this view, in a fixed order; none for what it lacks."""
    ops: list[Op] = []
    wanted = sorted(targets, key=str)
    regions = dict.fromkeys(
        str(name)
        for kind, name in wanted
        if kind in _REGION_KINDS and name in REGIONS[view.screen]
    )
    for name, html in draw_regions(dialogue, view, regions).items():
        ops.append({"target": name, "swap": "replace", "html": html})
    with translation.override(view.language):
        for kind, rows in groupby(wanted, key=lambda target: target[0]):
            if kind not in _REGION_KINDS:
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
    if row is None and not view.is_desk:
        # A draft was never there, and nobody has to hear of it.
        return []
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
