"""One's own vote weight, above the ballots: known before any of them opens."""

from dialogue.models import Dialogue, Participation
from live.mine import draw_mine, slot
from live.screens import View


@slot("weight", screens=("room",))
def draw_weight(participation: Participation, __: Dialogue, ___: View) -> str | None:
    """Nothing for most people: their votes count once."""
    if participation.vote_weight == 1:
        return None
    return draw_mine("weight", weight=participation.vote_weight)
