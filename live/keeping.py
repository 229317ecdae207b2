"""What everybody gets, kept and drawn again only where something has changed.

A crowd that opens the page at once costs one drawing; a change costs the cards it
touched. Numbers change most often: they are written into what is drawn already.
"""

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dialogue.models import Dialogue
from live.screens import (
    CARD_KINDS,
    REGIONS,
    Cards,
    Target,
    Targets,
    View,
    allowed_now,
    draw_regions,
    load_dialogue,
)
from proposals.queries import counts_since

# Seconds. Without an entry only names of districts and the like change: they may
# show this late. Live numbers, too, may be a little old: who gets them is told
# what has changed since.
REDRAW_AFTER = 30.0
NUMBERS_EVERY = 1.0
MOST_KEPT = 200

_LIST_OF = {
    "proposal": "proposals",
    "question": "questions",
    "ballot": "ballots",
    "person": "people",
    "where": "people",
}
_number = re.compile(r'(data-count="([\w.-]+)"[^<>]*>)\d+')

Numbers = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Moment:
    """Where a stream stood: `heard` is the last seq that the view hears of."""

    epoch: str
    head: int
    heard: int
    version: int


@dataclass(frozen=True)
class Drawn:
    """A view at a moment. `pages` are whole pages made from it."""

    moment: Moment
    dialogue: Dialogue
    regions: dict[str, str]
    allows: str
    pages: dict[Any, Any] = field(default_factory=dict)


class Showing:
    """One view of one dialogue, brought up to date by whoever asks first."""

    def __init__(self, dialogue_pk: int, view: View) -> None:
        self.dialogue_pk, self.view = dialogue_pk, view
        self.lock = threading.Lock()
        self.drawn: Drawn | None = None
        self.cards: Cards = {}
        self.numbers: Numbers = {}
        self.drawn_at = self.counted_at = 0.0

    def draw(self, moment: Moment) -> Drawn:
        """All of it, from today's state."""
        dialogue = load_dialogue(self.dialogue_pk)
        self.cards, self.numbers = {}, {}
        self.drawn_at = self.counted_at = time.monotonic()
        regions = draw_regions(
            dialogue, self.view, REGIONS[self.view.screen], self.cards
        )
        self.drawn = Drawn(moment, dialogue, regions, allowed_now(dialogue))
        return self.drawn

    def is_old(self, epoch: str) -> bool:
        return (
            self.drawn is None
            or self.drawn.moment.epoch != epoch
            or time.monotonic() - self.drawn_at > REDRAW_AFTER
        )

    def renew(self, moment: Moment, targets: Targets) -> Drawn:
        """What entries touched, and every second the numbers."""
        drawn = self.drawn
        assert drawn is not None  # noqa: S101 -- asked by is_old before
        dialogue, regions = drawn.dialogue, dict(drawn.regions)
        touched: set[str] = set()
        if targets:
            dialogue = load_dialogue(self.dialogue_pk)
            touched = self._touched(targets)
            regions |= draw_regions(dialogue, self.view, touched, self.cards)
        version = drawn.moment.version
        is_due = time.monotonic() - self.counted_at >= NUMBERS_EVERY
        if moment.version > version and is_due:
            counts = counts_since(dialogue, version, moment.version)
            for subject, numbers in counts.numbers.items():
                self.numbers.setdefault(subject, {}).update(numbers)
            version, touched = moment.version, set(regions)
            self.counted_at = time.monotonic()
        for name in touched:
            regions[name] = self._with_numbers(regions[name])
        moment = Moment(moment.epoch, moment.head, moment.heard, version)
        if touched or moment.heard != drawn.moment.heard:
            drawn = Drawn(moment, dialogue, regions, allowed_now(dialogue))
        else:
            drawn = Drawn(moment, dialogue, regions, drawn.allows, drawn.pages)
        self.drawn = drawn
        return drawn

    def _touched(self, targets: Iterable[Target]) -> set[str]:
        """The regions to draw again; touched cards are forgotten."""
        names: set[str] = set()
        for kind, name in targets:
            if kind in ("region", "later"):
                names.add(str(name))
            elif kind in CARD_KINDS:
                self.cards.pop((kind, int(name)), None)
                names.add(CARD_KINDS[kind].region)
            elif kind in _LIST_OF:
                self.cards.pop((kind, int(name)), None)
                names.add(_LIST_OF[kind])
                if kind == "proposal":
                    # Their titles stand in the form that prepares a ballot.
                    names.add("ballots")
        if "now" in names:
            # Another item counts reactions from nought.
            self.numbers.pop("reactions", None)
        return names & set(REGIONS[self.view.screen])

    def _with_numbers(self, html: str) -> str:
        def own(match: re.Match[str]) -> str:
            subject, __, name = match[2].rpartition(".")
            number = self.numbers.get(subject, {}).get(name)
            return match[0] if number is None else f"{match[1]}{number}"

        return _number.sub(own, html) if self.numbers else html
