"""What stands in the queue and is for others to decide.

The queue is the same for all moderators: entries say for whom they are not
(`data-not-for`), and the script leaves them out for these. What is left is a line.
"""

from dialogue.models import Dialogue, Participation
from live.mine import draw_mine, slot
from live.screens import View
from moderation.queries import own_cases


@slot("owncases", screens=("desk",))
def draw_own_cases(
    participation: Participation, dialogue: Dialogue, __: View
) -> str | None:
    """Who looks at this desk, and how many appeals wait for somebody else."""
    return draw_mine(
        "own_cases",
        participation=participation,
        number=own_cases(participation, dialogue).count(),
    )
