"""A dialogue as an iCalendar file (RFC 5545)."""

from datetime import UTC, datetime, timedelta

from dialogue.models import Dialogue
from shared import clock

_STAMP = "%Y%m%dT%H%M%SZ"
USUAL_LENGTH = timedelta(hours=2)


def ends_at(dialogue: Dialogue) -> datetime:
    """When the plan ends: the last date of an item, or the sum of its minutes."""
    agenda = list(dialogue.agenda.all())
    dates = [item.closes_at for item in agenda if item.closes_at]
    if dates:
        return max(dates)
    minutes = sum(item.planned_minutes for item in agenda)
    return dialogue.starts_at + (timedelta(minutes=minutes) or USUAL_LENGTH)


def escape(text: str) -> str:
    """TEXT value: backslash, semicolon, comma and line break escaped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for sign in ("\\", ";", ","):
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", "\\n")


def fold(line: str) -> str:
    """`line` cut into pieces of at most 75 octets, never inside a character."""
    pieces, piece = [], b""
    for sign in line:
        octets = sign.encode()
        if len(piece) + len(octets) > 75:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]).decode()


def calendar_text(dialogue: Dialogue, *, title: str, summary: str, url: str) -> str:
    """One VEVENT; the UID stays the same, so that a new download replaces it."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Mitwirken//Dialogue//DE",
        "BEGIN:VEVENT",
        f"UID:dialogue-{dialogue.pk}-{dialogue.code}@mitwirken",
        f"DTSTAMP:{clock.now().astimezone(UTC).strftime(_STAMP)}",
        f"DTSTART:{dialogue.starts_at.astimezone(UTC).strftime(_STAMP)}",
        f"DTEND:{ends_at(dialogue).astimezone(UTC).strftime(_STAMP)}",
        f"SUMMARY:{escape(title)}",
        f"DESCRIPTION:{escape(summary)}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(fold(line) + "\r\n" for line in lines)
