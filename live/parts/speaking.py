"""The speakers' list: who speaks, who is next and why, and how even it is."""

from typing import Any

from django.db.models import Count, Q
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dialogue.models import (
    PLENARY,
    Dialogue,
    Hand,
    Participation,
    Side,
    SpeakersList,
    TakenHand,
    Turn,
)
from dialogue.speaking_order import Place
from dialogue.speaking_queries import (
    balance_of,
    last_turn,
    list_of,
    own_share,
    places,
    shares,
)
from live.mine import slot
from live.parts.desk import key_of
from live.screens import View, region
from proposals.models import Comment, Proposal, Question
from shared import clock
from shared.kept import Kept

# Further down a list says a place and no more.
SHOWN = 50
SHARES_SHOWN = 60
_share_rows = Kept(100, 1.0)
TEMPLATES = {"desk": "speaking_desk", "projector": "speaking_projector"}
EXTENSIONS = (30, 60)


def _draw(name: str, **facts: Any) -> str:
    html: str = get_template(f"live/parts/{name}.html").render(facts)
    return html


def minutes(seconds: float) -> str:
    """As a clock shows it: 2:05."""
    whole = max(round(seconds), 0)
    return f"{whole // 60}:{whole % 60:02}"


def why(rule: str, place: Place) -> str:
    """Why somebody is not next yet: who stands ahead, in words."""
    n = place.by_rule
    by_rule = {
        "first_come": "",
        "least_time": ngettext(
            "%(n)d person ahead has spoken less",
            "%(n)d people ahead have spoken less",
            n,
        ),
        "first_timers": ngettext(
            "%(n)d person ahead has not spoken yet",
            "%(n)d people ahead have not spoken yet",
            n,
        ),
        "alternating": ngettext(
            "%(n)d person is ahead because both sides take turns",
            "%(n)d people are ahead because both sides take turns",
            n,
        ),
        "tables": ngettext(
            "%(n)d person is ahead because the tables take turns",
            "%(n)d people are ahead because the tables take turns",
            n,
        ),
    }[rule]
    earlier = ngettext(
        "%(n)d hand went up earlier", "%(n)d hands went up earlier", place.earlier
    )
    reasons = []
    if place.by_rule:
        reasons.append(by_rule % {"n": place.by_rule})
    if place.earlier:
        reasons.append(earlier % {"n": place.earlier})
    return ", ".join(reasons) or _("next")


def _turn_facts(turn: Turn | None) -> dict[str, Any]:
    """Who has the floor, and until when by the server's clock."""
    if turn is None or turn.ended_at is not None:
        return {"turn": None}
    return {
        "turn": turn,
        "ends": clock.milliseconds(turn.ends_at),
        "left": minutes(turn.left.total_seconds()) if turn.paused_at else "",
    }


def _rows(speakers: SpeakersList) -> list[dict[str, Any]]:
    return [
        {"hand": hand, "place": place.place, "why": why(speakers.rule, place)}
        for place, hand in places(speakers)
    ]


def draw_speakers(dialogue: Dialogue, view: View, circle: str = PLENARY) -> str:
    """The list of one circle, the same for everybody with this view."""
    speakers = list_of(dialogue, circle)
    name = "speaking" if circle == PLENARY else f"speaking-{circle}"
    facts: dict[str, Any] = {
        "dialogue": dialogue,
        "view": view,
        "screen": view.screen,
        "element": name,
        "circle": circle,
        "speakers": speakers,
        "rules": SpeakersList.Rule.choices,
        "sides": Side.choices,
        "extensions": EXTENSIONS,
    }
    if speakers is not None:
        rows = _rows(speakers)
        last = last_turn(speakers)
        facts |= {
            "rows": rows[:SHOWN],
            "more": max(len(rows) - SHOWN, 0),
            "balance": balance_of(speakers),
            "expected": last.pk if last else 0,
            **_turn_facts(last),
        }
    return _draw(TEMPLATES.get(view.screen, "speaking"), **facts)


@region(
    "speaking",
    screens=("room", "desk", "projector"),
    nouns=("speakers", "hand", "turn", "dialogue", "agenda"),
)
def _speaking(dialogue: Dialogue, view: View) -> str:
    return draw_speakers(dialogue, view)


# --- what is one person's own ------------------------------------------------------
@slot("speaking", screens=("room",))
def own_speaking(
    participation: Participation,
    dialogue: Dialogue,
    view: View,
    circle: str = PLENARY,
    *,
    typed: str = "",
) -> str | None:
    """One's own place and why, one's own turn, one's own share; `typed` is the line
    that was left off the hand, to be mended."""
    # One look for who has neither a hand up nor spoken, as most.
    hands = Hand.objects.filter(participation=participation).values("speakers_list")
    turns = Turn.objects.filter(participation=participation).values("speakers_list")
    taken = TakenHand.objects.filter(participation=participation, is_shown=True)
    known = SpeakersList.objects.filter(
        Q(pk__in=hands)
        | Q(pk__in=turns)
        | Q(pk__in=taken.order_by().values("speakers_list"))
    )
    lists = list(known.filter(dialogue=dialogue))
    if not lists:
        return None
    speakers = next((row for row in lists if row.circle == circle), None)
    rows = _rows(speakers) if speakers else []
    mine = [row for row in rows if row["hand"].participation_id == participation.pk]
    turn = last_turn(speakers) if speakers else None
    is_mine = turn is not None and turn.participation_id == participation.pk
    seconds, number = own_share(participation)
    return _draw(
        "speaking_own",
        dialogue=dialogue,
        circle=circle,
        row=mine[0] if mine else None,
        typed=typed,
        taken=None
        if mine
        else taken.filter(speakers_list=speakers).select_related("taken_by").last(),
        is_listed=bool(mine) and mine[0]["place"] <= SHOWN,
        now=clock.now(),
        sides=Side.choices,
        share={
            "minutes": minutes(seconds),
            "turns": number,
            "texts": texts_by_person(dialogue, participation).get(participation.pk, 0),
        },
        **_turn_facts(turn if is_mine else None),
    )


# --- the moderators see every share ----------------------------------------------
def texts_by_person(
    dialogue: Dialogue, author: Participation | None = None
) -> dict[int, int]:
    """How many contributions in writing stand there, by participation."""
    numbers: dict[int, int] = {}
    published = (
        Proposal.objects.filter(dialogue=dialogue, state=Proposal.State.PUBLISHED),
        Comment.objects.filter(
            proposal__dialogue=dialogue, state=Comment.State.PUBLISHED
        ),
        Question.objects.filter(dialogue=dialogue, state=Question.State.PUBLISHED),
    )
    for rows in published:
        own = rows.filter(author=author) if author else rows
        counted = own.order_by().values_list("author_id").annotate(number=Count("pk"))
        for pk, number in counted:
            numbers[pk] = numbers.get(pk, 0) + number
    return numbers


@region(
    "shares",
    screens=("desk",),
    later=("turn", "proposal", "comment", "question", "contribution", "participation"),
)
def draw_shares(dialogue: Dialogue, view: View) -> str:
    """Who has had how much of the time, and who has written how much."""
    rows = _share_rows.get(key_of(dialogue), lambda: _rows_of(dialogue))
    return _draw(
        "speaking_shares",
        dialogue=dialogue,
        view=view,
        rows=rows[:SHARES_SHOWN],
        more=max(len(rows) - SHARES_SHOWN, 0),
    )


def _rows_of(dialogue: Dialogue) -> list[dict[str, Any]]:
    """The same for both languages."""
    texts = texts_by_person(dialogue)
    spoken = shares(dialogue)
    total = sum(share.seconds for share in spoken)
    rows = [
        {
            "name": share.name,
            "minutes": minutes(share.seconds),
            "percent": round(100 * share.seconds / total) if total else 0,
            "turns": share.turns,
            "texts": texts.pop(share.participation_id or 0, 0),
            "named_turn": share.named_turn,
        }
        for share in spoken
    ]
    writers = sorted(texts.items(), key=lambda pair: (-pair[1], pair[0]))
    names = dict(
        Participation.objects.filter(
            pk__in=[pk for pk, __ in writers[:SHARES_SHOWN]],
            state=Participation.State.ADMITTED,
        ).values_list("pk", "display_name")
    )
    rows += [
        {"name": names[pk], "minutes": "0:00", "percent": 0, "turns": 0, "texts": n}
        for pk, n in writers
        if pk in names
    ]
    return rows
