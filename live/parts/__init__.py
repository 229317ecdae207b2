"""What each capability shows in the room: its regions and slots, a file for each.

Entered by `live.screens.region` and `live.mine.slot` when this package is imported.
"""
