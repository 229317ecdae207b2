"""What is held at this point, the questions on stage and in line, the synthesis."""

from typing import Any

from dialogue.models import Dialogue
from live.parts.desk import draw_part
from live.screens import Targets, View, region, touches_cards
from proposals.holding import rule_of
from proposals.models import Question
from proposals.queries import contributions, held_rows, syntheses

HELD_KINDS = ("proposal", "comment", "question", "topic")
# The last ones: a hall reads no longer list from afar.
ON_PROJECTOR = 3


@region(
    "holding",
    screens=("room", "desk"),
    nouns=("holding", "agenda", "dialogue"),
    later=("held", "contribution"),
)
def draw_holding(dialogue: Dialogue, view: View) -> str:
    """That contributions are read first, and at the desk how many wait."""
    return draw_part(
        "holding",
        dialogue,
        view,
        rule=None if dialogue.is_over else rule_of(dialogue),
        waiting=(
            sum(held_rows(dialogue, kind).count() for kind in HELD_KINDS)
            if view.is_desk
            else 0
        ),
    )


@region("wall", screens=("room", "desk"), nouns=("question", "synthesis"))
def draw_wall(dialogue: Dialogue, view: View) -> str:
    """The question on stage and the shortlist, in the order of the questions."""
    rows = list(
        dialogue.questions.filter(state=Question.State.PUBLISHED)
        .exclude(is_on_stage=False, is_shortlisted=False)
        .select_related("author")
        .order_by("pk")
    )
    return draw_part(
        "wall",
        dialogue,
        view,
        staged=next((row for row in rows if row.is_on_stage), None),
        shortlist=[
            row
            for row in rows
            if row.is_shortlisted and not row.is_on_stage and row.answered_at is None
        ],
    )


@region(
    "synthesis",
    screens=("room", "desk", "projector"),
    nouns=("synthesis",),
)
def draw_synthesis(dialogue: Dialogue, view: View) -> str:
    """What the editorial team has put together, with where it comes from."""
    return draw_part(
        "synthesis",
        dialogue,
        view,
        proposals=_shown(syntheses(dialogue, "proposal"), view),
        questions=_shown(syntheses(dialogue, "question"), view),
    )


def _shown(rows: list[Any], view: View) -> list[Any]:
    return rows[-ON_PROJECTOR:] if view.screen == "projector" else rows


@touches_cards("synthesis")
def _target(__: str, facts: Any) -> Targets:
    return {(facts["contribution"], facts["pk"])}


@touches_cards("contribution")
def _target_of_source(__: str, facts: Any) -> Targets:
    """A card names what was merged into it: until that is hidden."""
    kind = facts["contribution"]
    if kind in ("comment", "topic"):
        return set()
    regions: Targets = {("later", "synthesis")}
    if kind == "question":
        regions.add(("later", "wall"))
    return _merged_into(kind, facts["pk"]) | regions


@touches_cards("proposal", "question")
def _target_of_reworded(kind: str, facts: Any) -> Targets:
    """The synthesis says the titles of its sources; a new one is not in it."""
    noun, __, verb = kind.partition(".")
    if verb not in ("withdrawn", "revised"):
        return set()
    return _merged_into(noun, facts[noun]) | {("region", "synthesis")}


def _merged_into(kind: str, pk: int) -> Targets:
    rows = contributions(kind).filter(pk=pk, merged_into__isnull=False)
    return {(kind, target) for target in rows.values_list("merged_into", flat=True)}
