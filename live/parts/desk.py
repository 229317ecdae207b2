"""What moderators share at the desk, and what they say to everybody."""

from django.template.loader import get_template

from dialogue.events import ProjectionChanged
from dialogue.meanwhile import last_by
from dialogue.models import (
    Announcement,
    Desk,
    Dialogue,
    TeamMessage,
)
from dialogue.qualified_queries import qualified_leads
from live.screens import View, region
from shared import clock

MESSAGES_SHOWN = 30
PACES = (0, 30, 60, 120, 300)


def draw_part(name: str, dialogue: Dialogue, view: View, **facts: object) -> str:
    """A template of `templates/live/parts/`, without any person."""
    html: str = get_template(f"live/parts/{name}.html").render(
        {"dialogue": dialogue, "view": view, "screen": view.screen, **facts}
    )
    return html


def key_of(dialogue: Dialogue) -> tuple[str, int, int]:
    """By what figures are kept that are the same in both languages: who draws for an
    entry has read the head after it, and within a second no clock shows more."""
    stream = dialogue.stream
    return stream.epoch, stream.head, int(clock.now().timestamp())


def slow_seconds(dialogue: Dialogue) -> int:
    """Seconds between two contributions in slow mode; 0 without it."""
    return (
        Desk.objects.filter(dialogue=dialogue)
        .values_list("slow_seconds", flat=True)
        .first()
        or 0
    )


@region(
    "announcements",
    screens=("room", "desk", "projector", "table"),
    nouns=("announcement", "pace"),
)
def draw_announcements(dialogue: Dialogue, view: View) -> str:
    """What the moderation says to all, and that everybody has to wait a little."""
    return draw_part(
        "announcements",
        dialogue,
        view,
        announcements=Announcement.objects.filter(dialogue=dialogue, withdrawn_at=None),
        slow_seconds=slow_seconds(dialogue),
    )


@region("chair", screens=("desk",), nouns=("chair", "participation", "dialogue"))
def draw_chair(dialogue: Dialogue, view: View) -> str:
    """Who holds the chair, and to whom it can be given."""
    desk = Desk.objects.filter(dialogue=dialogue).select_related("chair").first()
    return draw_part(
        "chair",
        dialogue,
        view,
        holder=desk.chair if desk else None,
        is_gone=desk is not None and desk.is_chair_gone,
        leads=qualified_leads(dialogue),
    )


@region("pace", screens=("desk",), nouns=("pace", "dialogue"))
def draw_pace(dialogue: Dialogue, view: View) -> str:
    """How slowly contributions come."""
    chosen = slow_seconds(dialogue)
    return draw_part(
        "pace",
        dialogue,
        view,
        chosen=chosen,
        paces=sorted({*PACES, chosen}),
    )


@region(
    "projecting", screens=("desk",), nouns=("projection",), later=("participation",)
)
def draw_projecting(dialogue: Dialogue, view: View) -> str:
    """What the projector shows and who chose it: the last who does is the one shown,
    and whoever chose before is told here."""
    by = last_by(dialogue, ProjectionChanged.kind)
    return draw_part(
        "projecting",
        dialogue,
        view,
        kind=dialogue.projected.partition("-")[0],
        who=dialogue.participations.filter(pk=by or 0).first(),
    )


@region("team", screens=("desk",), nouns=("team",))
def draw_team(dialogue: Dialogue, view: View) -> str:
    """The last messages among the moderators, newest first."""
    return draw_part(
        "team",
        dialogue,
        view,
        messages=TeamMessage.objects.filter(dialogue=dialogue).select_related(
            "author", "taken_by"
        )[:MESSAGES_SHOWN],
    )
