"""What each capability shows in the room: its regions and slots, a file for each.

Entered by `live.screens.region` and `live.mine.slot` when this package is imported.
"""

from live.parts import (
    agenda,
    conference,
    desk,
    golive,
    load,
    minutes,
    opinions,
    own_cases,
    people,
    qualified,
    queue,
    queue_entries,
    speaking,
    tables,
    wall,
    weights,
)

__all__ = [
    "agenda",
    "conference",
    "desk",
    "golive",
    "load",
    "minutes",
    "opinions",
    "own_cases",
    "people",
    "qualified",
    "queue",
    "queue_entries",
    "speaking",
    "tables",
    "wall",
    "weights",
]
