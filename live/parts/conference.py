"""The video, the captions and the phone: in the room, at the tables, on the desk."""

from collections.abc import Mapping

from dialogue.conference import frame_origin, origin_of
from dialogue.models import Conference, Dialogue
from dialogue.table_queries import current_round
from live.screens import View, draw, region


@region(
    "conference",
    screens=("room", "desk", "table"),
    nouns=("conference", "dialogue", "tableround"),
)
def draw_conference(dialogue: Dialogue, view: View) -> str:
    """Nothing here is anybody's own: the way in is made when it is asked for."""
    row = None
    if not dialogue.is_over:
        row = Conference.objects.filter(dialogue=dialogue).first()
    origin = origin_of(row) if row else ""
    return draw(
        "parts/conference",
        dialogue,
        view,
        conference=row,
        origin=origin,
        host=origin.partition("://")[2],
        at_tables=row is not None
        and row.kind in (Conference.Kind.JITSI, Conference.Kind.BBB)
        and current_round(dialogue) is not None,
        is_here=view.screen == "table",
        frame=frame_origin(row) if row and view.screen != "desk" else "",
    )


def framed_by(regions: Mapping[str, str]) -> str:
    """The origin that a page with these regions may frame: what it offers to show."""
    __, found, rest = regions.get("conference", "").partition('data-frame="')
    return rest.partition('"')[0] if found else ""
