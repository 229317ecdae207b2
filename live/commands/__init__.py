"""Every command of the room: its payload, its verb, and the slots it changes.

The one table for socket and form. Rights are checked inside the verbs.
"""

from live.commands import contributing, deciding, moderating, steering
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
    "contributing",
    "deciding",
    "moderating",
    "run_command",
    "stance_request",
    "steering",
    "vote_request",
]
