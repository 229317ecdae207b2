"""The opinion map on the screens, and one's own place in it.

Drawn on the server as SVG, with a description and tables that say the same. What
everybody gets has groups and figures; the own place comes in a slot.
"""

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

from django.db.models import F
from django.template.loader import get_template

from dialogue.models import Dialogue, Participation
from live.mine import draw_mine, slot
from live.parts.desk import draw_part
from live.screens import Targets, View, region, touches_cards
from projects.wording import clearness_of
from proposals.models import OpinionMap, Proposal, Stance
from proposals.opinions.keeping import map_sign, mark_sign
from proposals.opinions.shown import interval, picture, place_on_side, spread_of
from proposals.opinions.table import (
    AGREE,
    DISAGREE,
    FEWEST_FOR_GROUPS,
    PASS,
    SEEN_TO_BE_IN,
)
from proposals.queries import published_proposals

# A hall reads no longer list from afar.
ON_PROJECTOR = 3
# Everybody gets the table with every new map. The record has all of it.
MOST_IN_TABLE = 30
MARKABLE = 30
SIGNS = {
    Stance.Value.AGREE: AGREE,
    Stance.Value.PASS: PASS,
    Stance.Value.DISAGREE: DISAGREE,
}
_NAMING = ("withdrawn", "revised", "held")


def shown_map(dialogue: Dialogue) -> OpinionMap | None:
    return OpinionMap.objects.filter(dialogue=dialogue, is_shown=True).first()


@region("opinions", screens=("room", "desk", "projector"), nouns=("opinions",))
def draw_opinions(dialogue: Dialogue, view: View) -> str:
    """Nothing as long as no map is shown."""
    row = shown_map(dialogue)
    on_projector = view.screen == "projector"
    if row is None or (on_projector and not row.on_projector):
        return draw_part("opinions", dialogue, view, row=None)
    facts = row.facts
    titles = _titles(dialogue, _named(facts))
    listed = ON_PROJECTOR if on_projector else None
    return draw_part(
        "opinions_projector" if on_projector else "opinions",
        dialogue,
        view,
        row=row,
        facts=facts,
        fewest=FEWEST_FOR_GROUPS,
        drawing=drawing(facts) if facts.get("has_groups") else "",
        groups=[_group(group, titles) for group in facts.get("groups", ())],
        unites=_across(facts, "unites", titles)[:listed],
        divides=_across(facts, "divides", titles)[:listed],
        rows=_shares(facts, titles)[:listed],
        is_cut=len(facts.get("table", ())) > MOST_IN_TABLE,
        clearness=clearness_of(facts.get("clearness", 0)),
        explained=sum(facts.get("explained", ())),
    )


@region(
    "statements",
    screens=("desk",),
    nouns=("opinions", "dialogue"),
    later=("proposal",),
)
def draw_statements(dialogue: Dialogue, view: View) -> str:
    """At the desk: what is shown, what counts, statements to begin with."""
    row = OpinionMap.objects.filter(dialogue=dialogue).first()
    published = published_proposals(dialogue)
    # What nobody has looked at comes first.
    unseen_first = F("statement_mark__pk").asc(nulls_first=True)
    found = published.select_related("statement_mark").order_by(unseen_first, "-pk")
    rows = [
        {"proposal": proposal, "mark": mark, "seen": mark_sign(mark)}
        for proposal in found[:MARKABLE]
        for mark in [getattr(proposal, "statement_mark", None)]
    ]
    return draw_part(
        "statements",
        dialogue,
        view,
        row=row,
        modes=OpinionMap.Mode.choices,
        mode=row.mode if row else OpinionMap.Mode.OPEN,
        seen=map_sign(row),
        rows=[] if dialogue.is_over else rows,
        more=max(0, published.count() - MARKABLE),
    )


@touches_cards("proposal", "contribution")
def _naming(kind: str, facts: Any) -> Targets:
    """The map says titles: of what is hidden or reworded it must not."""
    noun, __, verb = kind.partition(".")
    if noun == "contribution":
        is_statement = facts["contribution"] == "proposal"
        return (
            {("region", "opinions"), ("later", "statements")} if is_statement else set()
        )
    return {("region", "opinions")} if verb in _NAMING else set()


@slot("mapplace", screens=("room",))
def draw_own_place(
    participation: Participation, dialogue: Dialogue, view: View
) -> str | None:
    """One's own place among the groups; nobody else gets it."""
    row = shown_map(dialogue)
    if row is None or not row.facts.get("has_groups"):
        return None
    facts = row.facts
    own = dict(
        Stance.objects.filter(participation=participation).values_list(
            "proposal_id", "value"
        )
    )
    counted = {pk: SIGNS[v] for pk, v in own.items() if str(pk) in facts["places"]}  # type: ignore[index]
    missing = min(SEEN_TO_BE_IN, len(facts["places"])) - len(counted)
    place = own_place(facts, counted) if missing <= 0 else None
    return draw_mine(
        "place",
        dialogue=dialogue,
        missing=max(0, missing),
        drawing=drawing(facts, place) if place else "",
        nearest=_letter(_nearest(facts, place)) if place else "",
        is_over=dialogue.is_over,
    )


def own_place(
    facts: Mapping[str, Any], stances: Mapping[int, int]
) -> tuple[float, float]:
    """As `proposals.opinions.projection`, for one person."""
    x = y = 0.0
    for pk, sign in stances.items():
        center, along, across = facts["places"][str(pk)]
        x += (sign - center) * along
        y += (sign - center) * across
    scale = sqrt(facts["width"] / max(1, len(stances) + facts["left_out"]))
    return x * scale, y * scale


def _nearest(facts: Mapping[str, Any], place: tuple[float, float]) -> int:
    def away(group: Mapping[str, Any]) -> float:
        x, y = group["center"]
        return float((x - place[0]) ** 2 + (y - place[1]) ** 2)

    return int(min(facts["groups"], key=away)["id"])


def drawing(facts: Mapping[str, Any], own: tuple[float, float] | None = None) -> str:
    """The map as SVG: spots where people stand, an oval and a letter for each group."""
    drawn = picture(facts)
    for oval in drawn["ovals"]:
        oval |= {"letter": _letter(oval["id"]), "style": oval["id"] % 5}
    if own is not None:
        reach = facts["reach"]
        x, y = (place_on_side(value, reach) for value in own)
        drawn["own"] = {"x": x, "y": y}
    html: str = get_template("parts/opinion_map.html").render(drawn)
    return html


def _letter(number: int) -> str:
    return chr(ord("A") + number % 26)


def _named(facts: Mapping[str, Any]) -> set[int]:
    """The statements that the map names."""
    named = {row[0] for row in facts.get("table", ())[:MOST_IN_TABLE]}
    for name in ("unites", "divides"):
        named |= {row[0] for row in facts.get(name, ())}
    for group in facts.get("groups", ()):
        named |= {row[0] for row in group["stands_for"]}
    return named


def _titles(dialogue: Dialogue, pks: Iterable[int]) -> dict[int, str]:
    rows = dialogue.proposals.filter(pk__in=list(pks), state=Proposal.State.PUBLISHED)
    return dict(rows.values_list("pk", "title"))


def _share(part: int, whole: int) -> dict[str, int]:
    low, high = interval(part, whole)
    return {
        "percent": round(100 * part / whole) if whole else 0,
        "low": low,
        "high": high,
        "part": part,
        "whole": whole,
    }


def _shares(
    facts: Mapping[str, Any], titles: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Agreement and spread of each statement."""
    return [
        {
            "title": titles[pk],
            **_share(agree, agree + disagree + passed),
            "spread": spread_of(agree, disagree, agree + disagree + passed),
        }
        for pk, agree, disagree, passed in facts.get("table", ())[:MOST_IN_TABLE]
        if pk in titles
    ]


def _across(
    facts: Mapping[str, Any], name: str, titles: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Statements with the agreement of every group."""
    letters = [_letter(group["id"]) for group in facts.get("groups", ())]
    return [
        {
            "title": titles[pk],
            "cells": [
                {"letter": letter, **_share(agree, seen)}
                for letter, (agree, seen) in zip(letters, cells, strict=True)
            ],
        }
        for pk, cells in facts.get(name, ())
        if pk in titles
    ]


def _group(group: Mapping[str, Any], titles: Mapping[int, str]) -> dict[str, Any]:
    return {
        "letter": _letter(group["id"]),
        "style": group["id"] % 5,
        "size": group["size"],
        "rows": [
            {"title": titles[pk], "agrees": side == "agree", **_share(count, seen)}
            for pk, side, count, seen in group["stands_for"]
            if pk in titles
        ],
    }
