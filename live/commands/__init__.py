"""Every command of the room: its payload, its verb, and the slots it changes.

The one table for socket and form. Rights are checked inside the verbs.
"""

from live.commands import (
    ballots,
    contributing,
    deciding,
    desk,
    moderating,
    opinions,
    qualified,
    speaking,
    steering,
    tables,
    wall,
)
from live.commands.deciding import (
    CastVote,
    TakeStance,
    stance_request,
    vote_request,
)
from live.commands.table import COMMANDS, Done, run_command

__all__ = [
    "COMMANDS",
    "CastVote",
    "Done",
    "TakeStance",
    "ballots",
    "contributing",
    "deciding",
    "desk",
    "moderating",
    "opinions",
    "qualified",
    "run_command",
    "speaking",
    "stance_request",
    "steering",
    "tables",
    "vote_request",
    "wall",
]
