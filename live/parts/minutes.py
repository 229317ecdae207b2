"""The way from a closed room to the minutes, and to asking for a correction."""

from dialogue.models import Dialogue
from live.screens import View, draw, region
from moderation.minutes import ends_at, frozen_minutes


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
        items=list(dialogue.agenda.order_by("position", "pk")) if over else [],
    )
