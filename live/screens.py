"""What a screen shows: its regions, each drawn from today's state.

A view is a screen in a language. Everybody with the same view gets the same
bytes; what is a person's own stands in slots (`mine.py`), not here.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q
from django.template.loader import get_template
from django.utils import translation

from dialogue.models import Dialogue, Material
from dialogue.table_events import TABLES, circle_of
from ledger.events import EVERYBODY, MODERATORS

SCREENS = ("room", "desk", "projector")
# A table's screen is asked for as its audience is called.
_of_table = re.compile(rf"{TABLES}(\d{{1,18}})")
LANGUAGES = ("de", "en")
# Drawn cards by kind and pk, for lists of which only one has changed.
Cards = dict[tuple[str, int], str]
# How many cards a list shows; the rest stands on the pages of contributions.
LIMITS = {"proposals": 30, "questions": 30, "people": 300}

REGIONS = {
    "room": ["now", "agenda", "ballots", "proposals", "questions", "parked"],
    "desk": ["now", "agenda", "ballots", "proposals", "questions", "parked"],
    "projector": ["now", "stage"],
    "table": ["now"],
}
# Noun of an entry's kind -> regions of `live/parts/` to draw again.
TOUCHED_BY: dict[str, set[str]] = defaultdict(set)
# The same, where nobody waits for it: the desk may get it a little later.
TOUCHED_LATER: dict[str, set[str]] = defaultdict(set)
DRAWERS: dict[str, Callable[..., str]] = {}
LISTS: dict[str, Callable[..., str]] = {}


@dataclass(frozen=True)
class View:
    """A screen in a language; `audiences` are the entries it hears of.

    `table`: of the screen of one table, which only its people and the moderation see.
    """

    screen: str
    language: str
    table: int | None = None

    @property
    def name(self) -> str:
        """How a browser asks for this screen: "room", or "table-12"."""
        return self.screen if self.table is None else f"{self.screen}-{self.table}"

    @property
    def audiences(self) -> tuple[str, ...]:
        if self.screen == "desk":
            return (EVERYBODY, MODERATORS)
        if self.table is not None:
            return (EVERYBODY, circle_of(self.table))
        return (EVERYBODY,)

    def hears(self, audience: str) -> bool:
        """The desk hears of every table, since findings and calls come from there."""
        is_of_a_table = audience.startswith(TABLES)
        return audience in self.audiences or (self.is_desk and is_of_a_table)

    @property
    def heard(self) -> Q:
        """The entries that it hears of."""
        own = Q(audience__in=self.audiences)
        return own | Q(audience__startswith=TABLES) if self.is_desk else own

    @property
    def is_desk(self) -> bool:
        return self.screen == "desk"


def region(
    name: str,
    *,
    screens: Iterable[str],
    nouns: Iterable[str] = (),
    later: Iterable[str] = (),
) -> Callable[..., Any]:
    """Enter a region of `live/parts/`, drawn by the decorated function.

    It gets (dialogue, view) and returns the outer HTML of an element with
    `id="NAME"`; it is drawn again for every entry whose kind begins with one of
    `nouns`, or of `later`: then the desk gets it after what was acted on. Unsent
    input survives in parts with `data-keep` (docs/protocol.md).
    """

    def enter(draw_it: Callable[[Dialogue, View], str]) -> Any:
        DRAWERS[name] = draw_it
        for screen in screens:
            REGIONS[screen].append(name)
        for noun in nouns:
            TOUCHED_BY[noun].add(name)
        for noun in later:
            TOUCHED_LATER[noun].add(name)
        return draw_it

    return enter


def list_region(name: str, *, screens: Iterable[str]) -> Callable[..., Any]:
    """As `region`, of cards: gets (dialogue, view, cards) and keeps them there.

    Which cards an entry touches is said by `touches_cards`.
    """

    def enter(draw_it: Callable[[Dialogue, View, Cards], str]) -> Any:
        LISTS[name] = draw_it
        for screen in screens:
            REGIONS[screen].append(name)
        return draw_it

    return enter


@dataclass(frozen=True)
class CardKind:
    """Cards of `live/parts/` that change one by one, in the list `list_id` of a region.

    `find` gives the row as (dialogue, view, pk), None when it has left the list;
    `draw` gives its card, whose element is `KIND-PK`.
    """

    region: str
    list_id: str
    screens: tuple[str, ...]
    find: Callable[[Dialogue, View, int], Any]
    draw: Callable[[Dialogue, View, Any], str]


CARD_KINDS: dict[str, CardKind] = {}
Target = tuple[str, int | str]
Targets = set[Target]
Op = dict[str, str]
# Kinds of targets of which many change at once: screens, and what draws them together.
GROUPED: dict[
    str, tuple[tuple[str, ...], Callable[[Dialogue, View, list[int]], list[Op]]]
] = {}
# Noun of an entry's kind -> what it touches, from its payload: cards (kind, pk), or
# ("region", name) where not every entry with the noun changes it, or ("later", name).
CARDS_TOUCHED: dict[str, list[Callable[[str, Any], Targets]]] = defaultdict(list)


def grouped(kind: str, *, screens: tuple[str, ...]) -> Callable[..., Any]:
    """Enter a function (dialogue, view, pks) -> ops for all targets `kind` at once."""

    def enter(draw_them: Callable[[Dialogue, View, list[int]], list[Op]]) -> Any:
        GROUPED[kind] = (screens, draw_them)
        return draw_them

    return enter


def touches_cards(*nouns: str) -> Callable[..., Any]:
    """Enter a function (kind of entry, payload) -> cards it touches."""

    def enter(cards_of: Callable[[str, Any], Targets]) -> Any:
        for noun in nouns:
            CARDS_TOUCHED[noun].append(cards_of)
        return cards_of

    return enter


def view_of(screen: str, language: str) -> View:
    """The view for what a browser asks; unknown values become the default."""
    language = language if language in LANGUAGES else "de"
    if asked := _of_table.fullmatch(screen):
        return View("table", language, int(asked[1]))
    return View(screen if screen in SCREENS else "room", language)


def load_dialogue(pk: int) -> Dialogue:
    """The dialogue with all that regions need, in two queries."""
    return (
        Dialogue.objects.select_related("project", "stream", "current")
        .prefetch_related(
            Prefetch("current__materials", queryset=Material.objects.all())
        )
        .get(pk=pk)
    )


def draw(template: str, dialogue: Dialogue, view: View, **facts: Any) -> str:
    """A template of `templates/live/`, without any request or person."""
    return get_template(f"live/{template}.html").render(
        {"dialogue": dialogue, "view": view, "screen": view.screen, **facts}
    )


def draw_regions(
    dialogue: Dialogue, view: View, names: Iterable[str], cards: Cards | None = None
) -> dict[str, str]:
    """Region id -> outer HTML, in the view's language.

    Cards that stand in `cards` are not drawn again; the others are put there.
    """
    kept = {} if cards is None else cards
    with translation.override(view.language):
        return {
            name: LISTS[name](dialogue, view, kept)
            if name in LISTS
            else DRAWERS[name](dialogue, view)
            for name in names
        }


def allowed_now(dialogue: Dialogue) -> str:
    """What the agenda allows now, space separated; rights come on top."""
    if dialogue.state != Dialogue.State.LIVE or dialogue.current is None:
        return ""
    always = ("react", "support", "park", "speak")
    return " ".join([*sorted(dialogue.current.allowed), *always])
