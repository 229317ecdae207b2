"""Things made for many and kept for a while, in this process."""

import threading
import time
from collections.abc import Callable
from typing import Any


class Kept:
    """A few made things by key, dropped after `seconds` or when there are `most`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self.lock = threading.Lock()
        self.rows: dict[Any, tuple[float, Any]] = {}

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        with self.lock:
            kept = self.rows.get(key)
            if kept and time.monotonic() - kept[0] < self.seconds:
                return kept[1]
        made = make()
        with self.lock:
            self.rows.pop(key, None)
            if len(self.rows) >= self.most:
                self.rows.pop(next(iter(self.rows)))
            self.rows[key] = (time.monotonic(), made)
        return made
