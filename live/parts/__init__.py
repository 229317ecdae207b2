"""What each capability shows in the room: its regions and slots, a file for each.

Entered by `live.screens.region` and `live.mine.slot` when this package is imported.
"""

from live.parts import (
    conference,
    desk,
    golive,
    minutes,
    opinions,
    qualified,
    queue,
    queue_entries,
    speaking,
    tables,
    wall,
)

__all__ = [
    "conference",
    "desk",
    "golive",
    "minutes",
    "opinions",
    "qualified",
    "queue",
    "queue_entries",
    "speaking",
    "tables",
    "wall",
]
