"""What a screen shows: its regions, each drawn from today's state.

A view is a screen in a language. Everybody with the same view gets the same
bytes; what is a person's own stands in slots (`mine.py`), not here.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.template.loader import get_template
from django.utils import translation

from dialogue.models import AgendaItem, Dialogue, Material
from dialogue.table_events import TABLES, circle_of
from dialogue.table_queries import current_round
from ledger.events import EVERYBODY, MODERATORS
from live.voting_forms import vote_form
from moderation.models import Decision, Rule
from projects.models import localised
from proposals.drafting import QUICK, draft_findings
from proposals.methods import METHODS
from proposals.models import (
    Ballot,
    Comment,
    Proposal,
    Question,
    ReactionCount,
)
from proposals.queries import (
    branch_of,
    by_age,
    parked_topics,
    proposal_numbers,
    shown_turnout,
    thread_of,
    with_origins,
)
from proposals.results import (
    compare_channels,
    compare_rounds,
    is_hidden,
    option_label,
    reasons_of,
    result_of,
)
from proposals.weights import weights_on_roll
from shared import clock

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
_DRAWERS: dict[str, Callable[..., str]] = {}
_LISTS: dict[str, Callable[..., str]] = {}


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
    name: str, *, screens: Iterable[str], nouns: Iterable[str]
) -> Callable[..., Any]:
    """Enter a region of `live/parts/`, drawn by the decorated function.

    It gets (dialogue, view) and returns the outer HTML of an element with
    `id="NAME"`; it is drawn again for every entry whose kind begins with one of
    `nouns`. Unsent input survives in parts with `data-keep` (docs/protocol.md).
    """

    def enter(draw_it: Callable[[Dialogue, View], str]) -> Any:
        _DRAWERS[name] = draw_it
        for screen in screens:
            REGIONS[screen].append(name)
        for noun in nouns:
            TOUCHED_BY[noun].add(name)
        return draw_it

    return enter


def list_region(name: str, *, screens: Iterable[str]) -> Callable[..., Any]:
    """As `region`, of cards: gets (dialogue, view, cards) and keeps them there.

    Which cards an entry touches is said by `touches_cards`.
    """

    def enter(draw_it: Callable[[Dialogue, View, Cards], str]) -> Any:
        _LISTS[name] = draw_it
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
Targets = set[tuple[str, int | str]]
Op = dict[str, str]
# Kinds of targets of which many change at once: screens, and what draws them together.
GROUPED: dict[
    str, tuple[tuple[str, ...], Callable[[Dialogue, View, list[int]], list[Op]]]
] = {}
# Noun of an entry's kind -> what it touches, from its payload: cards (kind, pk), or
# ("region", name) where not every entry with the noun changes it.
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
            name: _LISTS[name](dialogue, view, kept)
            if name in _LISTS
            else _DRAWERS[name](dialogue, view)
            for name in names
        }


def _cards(
    cards: Cards,
    kind: str,
    rows: Iterable[Any],
    draw_card: Callable[[Dialogue, View, Any], str],
    dialogue: Dialogue,
    view: View,
) -> list[str]:
    """The cards of `rows`, from `cards` where they stand there."""
    drawn = []
    for row in rows:
        if (kind, row.pk) not in cards:
            cards[kind, row.pk] = draw_card(dialogue, view, row)
        drawn.append(cards[kind, row.pk])
    return drawn


def allowed_now(dialogue: Dialogue) -> str:
    """What the agenda allows now, space separated; rights come on top."""
    if dialogue.state != Dialogue.State.LIVE or dialogue.current is None:
        return ""
    always = ("react", "support", "park", "speak")
    return " ".join([*sorted(dialogue.current.allowed), *always])


_NOW = {
    "room": "regions/now",
    "desk": "regions/now_desk",
    "projector": "regions/now_projector",
    "table": "regions/now_table",
}


def _now(dialogue: Dialogue, view: View) -> str:
    running = dialogue.state == Dialogue.State.LIVE
    item = dialogue.current
    later = None
    if item is not None:
        later = dialogue.agenda.filter(position__gt=item.position).first()
    elif not dialogue.is_over:
        later = dialogue.agenda.first()
    ends_at = _ends_at(dialogue, view)
    return draw(
        _NOW[view.screen],
        dialogue,
        view,
        item=item if not dialogue.is_over else None,
        later=later,
        title=localised(item, "title") if item else "",
        text=localised(item, "text") if item else "",
        later_title=localised(later, "title") if later else "",
        materials=list(item.materials.all()) if item else [],
        allows=allowed_now(dialogue),
        ends=clock.milliseconds(ends_at) if running else None,
        ends_at=ends_at,
        reactions=_reactions(dialogue),
        is_live=running,
    )


def _ends_at(dialogue: Dialogue, view: View) -> datetime | None:
    """When the countdown of this screen is over: tables may have one of their own."""
    at_tables = current_round(dialogue) if view.table is not None else None
    return (
        at_tables.ends_at if at_tables and at_tables.ends_at else dialogue.item_ends_at
    )


def _reactions(dialogue: Dialogue) -> list[dict[str, Any]]:
    numbers = (
        dict(
            ReactionCount.objects.filter(item_id=dialogue.current_id).values_list(
                "kind", "number"
            )
        )
        if dialogue.current_id
        else {}
    )
    return [
        {"kind": kind, "label": label, "number": numbers.get(kind, 0)}
        for kind, label in ReactionCount.Kind.choices
    ]


def _agenda(dialogue: Dialogue, view: View) -> str:
    items: list[Any] = list(dialogue.agenda.prefetch_related("steps"))
    for item in items:
        item.shown_title = localised(item, "title")
        item.minutes_run = _minutes_run(item)
        item.is_past = any(item.steps.all()) and item.pk != dialogue.current_id
        item.is_skipped = (
            dialogue.current is not None
            and item.position < dialogue.current.position
            and not item.is_past
        )
    return draw("regions/agenda", dialogue, view, items=items)


def _minutes_run(item: AgendaItem) -> int:
    seconds = sum(
        ((step.ended_at or clock.now()) - step.began_at).total_seconds()
        for step in item.steps.all()
    )
    return round(seconds / 60)


# --- proposals --------------------------------------------------------------


def proposals_of(dialogue: Dialogue, view: View) -> Any:
    """The rows of the view's list, newest first; the desk sees hidden ones too."""
    states = [Proposal.State.PUBLISHED]
    if not view.is_desk:
        return _proposals_in(dialogue, states).order_by("-published_at", "-pk")
    # What was hidden before it was ever published stands where it was written.
    rows = _proposals_in(dialogue, [*states, Proposal.State.HIDDEN])
    return by_age(rows).order_by("-shown_at", "-pk")


def readable_proposals(dialogue: Dialogue, view: View) -> Any:
    """The rows of the view's list, and those that were merged: they have pages."""
    states = [Proposal.State.PUBLISHED, Proposal.State.MERGED]
    if view.is_desk:
        states.append(Proposal.State.HIDDEN)
    return _proposals_in(dialogue, states)


def _proposals_in(dialogue: Dialogue, states: list[Proposal.State]) -> Any:
    rows = Proposal.objects.filter(dialogue=dialogue, state__in=states)
    return with_origins(
        rows.select_related("author", "district", "table", "merged_into")
    )


def draw_proposal(
    dialogue: Dialogue, view: View, proposal: Proposal, *, stands_alone: bool = False
) -> str:
    """One card, with the controls that everybody has.

    `stands_alone`: on the proposal's own page, which shows the comments below.
    """
    return draw(
        "cards/proposal",
        dialogue,
        view,
        proposal=proposal,
        numbers=proposal_numbers(proposal),
        place=place_of(proposal),
        rules=Rule.choices if view.is_desk else (),
        decision=_last_decision(proposal) if view.is_desk else None,
        stands_alone=stands_alone,
        mine=None,
    )


def place_of(row: Proposal | Question) -> int:
    """Where a card stands: a number that falls from newest to oldest."""
    return clock.milliseconds(row.published_at or row.written_at) or 0


def _last_decision(row: Any) -> Decision | None:
    if row.state != "hidden":
        return None
    return row.decisions.select_related("decided_by").first()


def _proposals(dialogue: Dialogue, view: View, cards: Cards) -> str:
    rows = proposals_of(dialogue, view)[: LIMITS["proposals"]]
    return draw(
        "regions/proposals",
        dialogue,
        view,
        limit=LIMITS["proposals"],
        cards=_cards(cards, "proposal", rows, draw_proposal, dialogue, view),
    )


def draw_thread(dialogue: Dialogue, view: View, proposal: Proposal) -> str:
    """All comments on a proposal, as nested lists."""
    return draw(
        "cards/thread",
        dialogue,
        view,
        proposal=proposal,
        comments=[
            draw_comment(dialogue, view, comment, thread)
            for thread in [_by_parent(thread_of(proposal))]
            for comment in thread.get(None, [])
        ],
    )


def draw_comment(
    dialogue: Dialogue, view: View, comment: Comment, thread: dict[Any, list[Comment]]
) -> str:
    """One comment with its replies."""
    return draw(
        "cards/comment",
        dialogue,
        view,
        comment=comment,
        rules=Rule.choices if view.is_desk else (),
        replies=[
            draw_comment(dialogue, view, reply, thread)
            for reply in thread.get(comment.pk, [])
        ],
    )


def _by_parent(comments: list[Comment]) -> dict[Any, list[Comment]]:
    thread: dict[Any, list[Comment]] = {}
    for comment in comments:
        thread.setdefault(comment.parent_id, []).append(comment)
    return thread


def draw_one_comment(dialogue: Dialogue, view: View, comment: Comment) -> str:
    """A comment as it stands in its thread, for a live update: what it costs does
    not grow with the thread. Nothing, while it is held."""
    branch = branch_of(comment.pk)
    if not branch:
        return ""
    shown, *replies = branch
    return draw_comment(dialogue, view, shown, _by_parent(replies))


# --- questions, ballots, parked topics ---------------------------------------


def questions_of(dialogue: Dialogue, view: View) -> Any:
    states = [Question.State.PUBLISHED]
    if view.is_desk:
        states.append(Question.State.HIDDEN)
    rows = dialogue.questions.filter(state__in=states).select_related("author")
    return with_origins(by_age(rows)).order_by("-shown_at", "-pk")


def draw_question(dialogue: Dialogue, view: View, question: Question) -> str:
    return draw(
        "cards/question",
        dialogue,
        view,
        question=question,
        place=place_of(question),
        rules=Rule.choices if view.is_desk else (),
        mine=None,
    )


def _questions(dialogue: Dialogue, view: View, cards: Cards) -> str:
    rows = questions_of(dialogue, view)[: LIMITS["questions"]]
    return draw(
        "regions/questions",
        dialogue,
        view,
        limit=LIMITS["questions"],
        cards=_cards(cards, "question", rows, draw_question, dialogue, view),
    )


def ballots_of(dialogue: Dialogue, view: View) -> Any:
    rows = dialogue.ballots.select_related("tally", "previous").prefetch_related(
        "options__tally_row", "options__proposal", "options__question"
    )
    if not view.is_desk:
        rows = rows.exclude(state=Ballot.State.DRAFT)
    return rows.order_by("-pk")


def draw_ballot(dialogue: Dialogue, view: View, ballot: Ballot) -> str:
    options = list(ballot.options.all())
    return draw(
        "cards/ballot",
        dialogue,
        view,
        options=options,
        hidden=[row for row in options if is_hidden(row)],
        vote=vote_form(ballot, options, {}),
        mine=None,
        **ballot_facts(view, ballot),
    )


def ballot_facts(view: View, ballot: Ballot) -> dict[str, Any]:
    """How a ballot stands: turnout, running numbers, or its result in words.

    A result that is not published yet is for the moderators alone.
    """
    facts = {
        "ballot": ballot,
        "turnout": shown_turnout(ballot),
        "rows": running_rows(ballot),
        "weights": weights_on_roll(ballot),
    }
    if view.is_desk and ballot.state == Ballot.State.DRAFT:
        facts["findings"] = draft_findings(ballot)
    if ballot.is_published or (view.is_desk and ballot.state == Ballot.State.CLOSED):
        facts |= {
            "result": result_of(ballot, list(ballot.options.all())),
            "compared": compare_rounds(ballot),
            "channels": compare_channels(ballot, list(ballot.options.all())),
            "reasons": reasons_of(ballot),
        }
    return facts


def running_rows(ballot: Ballot) -> list[dict[str, Any]]:
    """Label and number so far, where the count is public; sums of ranks say nothing."""
    if (
        ballot.state not in Ballot.RUNNING
        or not ballot.shows_count
        or METHODS[ballot.method].FORM == "order"
    ):
        return []
    turnout = ballot.turnout or 1
    return [
        {
            "label": option_label(ballot, option),
            "number": option.marks_count,
            "percent": min(100, max(0, round(100 * option.marks_count / turnout))),
            "count": f"option-{option.pk}.marks",
        }
        for option in ballot.options.all()
    ]


def _ballots(dialogue: Dialogue, view: View, cards: Cards) -> str:
    return draw(
        "regions/ballots",
        dialogue,
        view,
        cards=_cards(
            cards, "ballot", ballots_of(dialogue, view), draw_ballot, dialogue, view
        ),
        quick_methods=[
            (method.value, method.label) for method in Ballot.Method if method in QUICK
        ],
        linkable=(
            proposals_of(dialogue, view).filter(state=Proposal.State.PUBLISHED)[:50]
            if view.is_desk
            else ()
        ),
    )


def _parked(dialogue: Dialogue, view: View) -> str:
    return draw("regions/parked", dialogue, view, topics=parked_topics(dialogue))


# --- desk and projector -------------------------------------------------------


def _stage(dialogue: Dialogue, view: View) -> str:
    """What the moderation put on the projector: see `Dialogue.projected`."""
    kind, __, pk = dialogue.projected.partition("-")
    facts: dict[str, Any] = {}
    if kind in ("now", "question"):
        # The one on stage goes before the one that was shown last.
        staged = questions_of(dialogue, view).filter(is_on_stage=True).first()
        kind, pk = ("question", str(staged.pk)) if staged else (kind, pk)
    if kind == "proposal" and pk.isdigit():
        row = proposals_of(dialogue, view).filter(pk=pk).first()
        facts = {"proposal": row, "numbers": proposal_numbers(row)} if row else {}
    elif kind == "question" and pk.isdigit():
        asked = questions_of(dialogue, view).filter(pk=pk).first()
        facts = {"question": asked} if asked else {}
    elif kind == "ballot" and pk.isdigit():
        ballot = ballots_of(dialogue, view).filter(pk=pk).first()
        facts = ballot_facts(view, ballot) if ballot else {}
    # What was hidden or withdrawn meanwhile gives way to the agenda item.
    shown = kind if facts or kind in ("join", "agenda") else "now"
    return draw("regions/stage", dialogue, view, shown=shown, **facts)


_DRAWERS.update(now=_now, agenda=_agenda, parked=_parked, stage=_stage)
_LISTS.update(ballots=_ballots, proposals=_proposals, questions=_questions)
