"""Tells the hubs of this process that a stream has moved.

Only a wake-up: who hears it reads the ledger. Who does not (another process, a
lost message) looks at the heads once a second anyway.
"""

from collections.abc import Callable

Listener = Callable[[int], None]
_listeners: set[Listener] = set()


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener(stream_id)` after every commit; returns how to stop.

    Listeners are called in the thread that committed and must not block.
    """
    _listeners.add(listener)
    return lambda: _listeners.discard(listener)


def announce(stream_id: int) -> None:
    for listener in tuple(_listeners):
        listener(stream_id)
