"""The people on the desk: a card each, and beside it where they sit and have spoken.

Where somebody is changes for a whole hall at once, the rest of a card seldom: it has a
place (`WHERE`) for it, filled last, and an update of it alone is a line of text. What
can be done about a person loads when the card is opened (live/people_pages.py): forms
for hundreds of people would make the desk slow.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dialogue.models import Dialogue, Participation, Seat, Turn
from live.parts.speaking import minutes
from live.screens import (
    LIMITS,
    Cards,
    Op,
    Targets,
    View,
    draw,
    grouped,
    list_region,
    touches_cards,
)

WHERE = SafeString("<!--where-->")
# As primary key of a target: everybody in the list.
EVERYBODY = 0


def draw_person(dialogue: Dialogue, view: View, person: Participation) -> str:
    """A card that does not say yet where the person is."""
    return draw(
        "cards/person",
        dialogue,
        view,
        person=person,
        where=WHERE,
    )


def where_they_are(dialogue: Dialogue, pks: Iterable[int]) -> dict[int, str]:
    """Table, time spoken so far, and who speaks just now; everybody in two queries."""
    wanted = list(pks)
    people = {} if len(wanted) > LIMITS["people"] else {"participation__in": wanted}
    seats = dict(
        Seat.objects.filter(table__dialogue=dialogue, left_at=None, **people)
        .order_by()
        .values_list("participation_id", "table__name")
    )
    turns = {
        pk: (seconds, running)
        for pk, seconds, running in Turn.objects.filter(
            speakers_list__dialogue=dialogue, participation__isnull=False, **people
        )
        .order_by()
        .values_list("participation_id")
        .annotate(
            seconds=Sum("spoken_seconds"),
            running=Count("pk", filter=Q(ended_at=None)),
        )
    }
    return {pk: _where(pk, seats.get(pk, ""), *turns.get(pk, (0, 0))) for pk in wanted}


def _where(pk: int, table: str, seconds: int, running: int) -> str:
    said = [table] if table else []
    if seconds:
        said.append(_("spoke %(minutes)s min") % {"minutes": minutes(seconds)})
    if running:
        said.append(_("has the floor"))
    return format_html(
        '<span id="where-{}" class="queue__meta">{}</span>', pk, " · ".join(said)
    )


def _with_where(card: str, where: str) -> SafeString:
    """Both are templates' output. No name can hold the place: names are escaped."""
    return SafeString(card.replace(WHERE, where, 1))


def _listed(dialogue: Dialogue) -> Any:
    return dialogue.participations.select_related("person").order_by("-pk")


@list_region("people", screens=("desk",))
def draw_people(dialogue: Dialogue, view: View, cards: Cards) -> str:
    """The newest people of the dialogue, and how many there are."""
    rows = list(_listed(dialogue)[: LIMITS["people"]])
    where = where_they_are(dialogue, [row.pk for row in rows])
    drawn = []
    for row in rows:
        if ("person", row.pk) not in cards:
            cards["person", row.pk] = draw_person(dialogue, view, row)
        drawn.append(_with_where(cards["person", row.pk], where[row.pk]))
    return draw(
        "regions/people",
        dialogue,
        view,
        total=dialogue.participations.count(),
        limit=LIMITS["people"],
        cards=drawn,
    )


@grouped("person", screens=("desk",))
def put_people(dialogue: Dialogue, view: View, pks: list[int]) -> list[Op]:
    """Some cards anew, and how many people there are."""
    rows = dialogue.participations.select_related("person").filter(pk__in=pks)
    where = where_they_are(dialogue, pks)
    ops: list[Op] = [
        {
            "target": "people-list",
            "swap": "put",
            "html": _with_where(draw_person(dialogue, view, row), where[row.pk]),
        }
        for row in rows.order_by("pk")
    ]
    total = dialogue.participations.count()
    return [
        *ops,
        {
            "target": "people-total",
            "swap": "replace",
            "html": f'<span id="people-total">{total}</span>',
        },
    ]


@grouped("where", screens=("desk",))
def put_where(dialogue: Dialogue, __: View, pks: list[int]) -> list[Op]:
    """A line of each card, nothing else of it."""
    if EVERYBODY in pks:
        pks = list(_listed(dialogue).values_list("pk", flat=True)[: LIMITS["people"]])
    return [
        {"target": f"where-{pk}", "swap": "replace", "html": html}
        for pk, html in where_they_are(dialogue, pks).items()
    ]


@touches_cards("seat")
def _seat(__: str, facts: Any) -> Targets:
    return {("where", facts["participation"])}


@touches_cards("tableround")
def _round(kind: str, __: Any) -> Targets:
    """Who gets no seat in a new round has left the old one without an entry."""
    return set() if kind == "tableround.timed" else {("where", EVERYBODY)}


@touches_cards("turn")
def _turn(__: str, facts: Any) -> Targets:
    person = facts.get("concerns")
    return {("where", person)} if person else set()


@touches_cards("table")
def _renamed(kind: str, facts: Any) -> Targets:
    if kind != "table.changed":
        return set()
    sitting = Seat.objects.filter(table=facts["table"], left_at=None)
    return {("where", pk) for pk in sitting.values_list("participation_id", flat=True)}
