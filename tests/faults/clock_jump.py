"""The application under a wall clock that jumps, as when a server's clock is set.

`tests.faults.clock_jump:application`. The file `offset` in the data directory holds
seconds that are added to the time of day; what measures how long something takes (the
monotonic clock) goes on as ever.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_offset = Path(settings.DATA_DIR) / "offset"
_now, _time = timezone.now, time.time


def offset() -> float:
    try:
        return float(_offset.read_text() or 0)
    except FileNotFoundError:
        return 0.0


def now() -> datetime:
    return _now() + timedelta(seconds=offset())


timezone.now = now  # type: ignore[assignment]
time.time = lambda: _time() + offset()  # type: ignore[assignment]

from asgi import application  # noqa: E402 -- with the clock that jumps

__all__ = ["application"]
