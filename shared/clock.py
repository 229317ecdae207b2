"""The server's clock. Every rule about time asks here."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def milliseconds(moment: datetime | None) -> int | None:
    """Unix time in ms, as the scripts in the browser count; None stays None."""
    return None if moment is None else int(moment.timestamp() * 1000)
