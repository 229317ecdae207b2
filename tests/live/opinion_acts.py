"""One valid use of every command of the opinion map, for the scene of the room."""

from typing import Any

OPINION_ACTS: dict[str, tuple[str, Any, str]] = {
    "set_opinion_map": ("lead", lambda s: {"is_shown": True}, "desk"),
    "mark_statement": (
        "lead",
        lambda s: {"proposal": s.other.pk, "state": "out"},
        "desk",
    ),
    "seed_statements": (
        "lead",
        lambda s: {"lines": "Busse sind gut.\nMehr Grün!"},
        "desk",
    ),
    "find_my_place": ("citizen", lambda s: {}, "room"),
}
