"""One valid use of every command of speaking; each sets its own scene first."""

from typing import Any

from dialogue.models import Hand
from dialogue.speakers_list import set_speakers
from dialogue.speaking import enter_speaker, raise_hand
from dialogue.speaking_turns import give_floor

Acts = dict[str, tuple[str, Any, str]]


def _open(scene: Any, **facts: Any) -> dict[str, Any]:
    """The list is open; these are the facts of the command."""
    set_speakers(moderator=scene.lead, is_open=True)
    return facts


def _raised(scene: Any) -> Hand:
    """Both citizens have a hand up, the citizen first."""
    _open(scene)
    hand = raise_hand(
        participation=scene.citizen, side="pro", about="Bäume & <b>mehr</b>"
    )
    raise_hand(participation=scene.neighbour)
    return hand


def _lowering(scene: Any) -> dict[str, Any]:
    _raised(scene)
    return {}


def _waiting(scene: Any) -> dict[str, Any]:
    _raised(scene)
    return {"expected": 0}


def _speaking(scene: Any, **facts: Any) -> dict[str, Any]:
    """The citizen has the floor, the neighbour waits."""
    _raised(scene)
    turn = give_floor(moderator=scene.lead)
    return {"expected": turn.pk, **facts}


def _named(scene: Any) -> dict[str, Any]:
    """Somebody on the phone has spoken, and has a hand up again."""
    _open(scene)
    enter_speaker(moderator=scene.lead, name="Herr Weber")
    turn = give_floor(moderator=scene.lead)
    enter_speaker(moderator=scene.lead, name="Herr Weber")
    return {"turn": turn.pk}


def _yielding(scene: Any) -> dict[str, Any]:
    _speaking(scene)
    return {}


SPEAKING_ACTS: Acts = {
    "set_speakers": (
        "lead",
        lambda s: {"is_open": True, "rule": "alternating", "seconds": 45},
        "desk",
    ),
    "raise_hand": (
        "citizen",
        lambda s: _open(s, side="pro", about="Zur <i>Sache"),
        "room",
    ),
    "lower_hand": ("citizen", _lowering, "room"),
    "enter_speaker": ("lead", lambda s: _open(s, name="Frau <i>Yıldız"), "desk"),
    "remove_hand": (
        "lead",
        lambda s: {"hand": _raised(s).pk, "reason": "Ist gegangen"},
        "desk",
    ),
    "give_floor": ("lead", _waiting, "desk"),
    "extend_turn": ("lead", lambda s: _speaking(s, seconds=30), "desk"),
    "end_turn": ("lead", _speaking, "desk"),
    "forget_speaker": ("lead", _named, "desk"),
    "yield_floor": ("citizen", _yielding, "room"),
}
