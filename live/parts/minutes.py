"""The way from a closed room to the minutes, and to asking for a correction."""

import rules

from dialogue.models import Dialogue, Participation
from live.mine import draw_mine, slot
from live.screens import View, draw, region
from moderation.minutes import ends_at, frozen_minutes
from shared import clock


@region("minutes", screens=("room", "desk"), nouns=("minutes", "dialogue"))
def draw_minutes(dialogue: Dialogue, view: View) -> str:
    """Nothing while the dialogue runs."""
    over = dialogue.is_over
    return draw(
        "parts/minutes",
        dialogue,
        view,
        frozen=frozen_minutes(dialogue) if over else None,
        ends_at=ends_at(dialogue) if over else None,
    )


@slot("correction", screens=("room",))
def draw_correction(
    participation: Participation, dialogue: Dialogue, view: View
) -> str | None:
    """Where I ask for a correction; nothing for observers, and when it is too late."""
    end = ends_at(dialogue)
    if (
        end is None
        or clock.now() > end
        or not rules.has_perm("dialogue.ask_correction", participation, dialogue)
        or frozen_minutes(dialogue) is not None
    ):
        return None
    return draw_mine(
        "correction",
        dialogue=dialogue,
        ends_at=end,
        items=list(dialogue.agenda.order_by("position", "pk")),
    )
