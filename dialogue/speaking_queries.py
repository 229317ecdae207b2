"""Reading the speakers' lists: places, shares, the summary for the minutes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.db.models import Count, Q, Sum

from dialogue.models import Dialogue, Hand, Participation, SpeakersList, Turn
from dialogue.speaking_order import Past, Place, Raised, in_order

# From so many speakers on a share of the longest says nothing about one person.
FEWEST_SPEAKERS = 5


def list_of(dialogue: Dialogue, circle: str) -> SpeakersList | None:
    return SpeakersList.objects.filter(dialogue=dialogue, circle=circle).first()


def last_turn(speakers: SpeakersList) -> Turn | None:
    """Who has the floor, or had it last: see `ended_at`."""
    return (
        speakers.turns.select_related("participation", "given_by")
        .order_by("-pk")
        .first()
    )


def past_of(speakers: SpeakersList) -> Past:
    """Who has spoken in this circle. A turn that runs counts, its seconds not yet."""
    seconds: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    past = list(
        speakers.turns.only(
            "participation_id", "name_key", "side", "group", "spoken_seconds"
        )
    )
    for turn in past:
        seconds[turn.who] += turn.spoken_seconds
        turns[turn.who] += 1
    return Past(
        seconds,
        turns,
        tuple(turn.side for turn in past),
        tuple(turn.group for turn in past),
    )


def places(speakers: SpeakersList) -> list[tuple[Place, Hand]]:
    """The raised hands in the order of the rule."""
    hands = list(speakers.hands.select_related("participation"))
    by_pk = {hand.pk: hand for hand in hands}
    raised = [
        Raised(hand.pk, hand.who, at, hand.side, hand.group)
        for at, hand in enumerate(hands)
    ]
    past = past_of(speakers) if hands else Past()
    return [
        (place, by_pk[place.hand.pk]) for place in in_order(speakers.rule, raised, past)
    ]


@dataclass(frozen=True)
class Share:
    """What one speaker has said so far, in all circles of a dialogue."""

    participation_id: int | None
    name: str
    seconds: int
    turns: int
    # Of whoever has no device: a turn by which the name can be forgotten.
    named_turn: int | None = None


def shares(dialogue: Dialogue) -> list[Share]:
    """Of everybody who had the floor, the longest first."""
    rows = (
        Turn.objects.filter(speakers_list__dialogue=dialogue)
        .exclude(participation__state=Participation.State.EXCLUDED)
        .select_related("participation")
    )
    found: dict[str, list[Turn]] = {}
    for turn in rows:
        found.setdefault(turn.who, []).append(turn)
    return sorted(
        (
            Share(
                turns[0].participation_id,
                turns[-1].shown_name,
                sum(turn.spoken_seconds for turn in turns),
                len(turns),
                turns[-1].pk if turns[-1].name else None,
            )
            for turns in found.values()
        ),
        key=lambda share: (-share.seconds, share.name),
    )


def own_share(participation: Participation) -> tuple[int, int]:
    """Seconds and turns of one person, in all circles."""
    facts = Turn.objects.filter(participation=participation).aggregate(
        seconds=Sum("spoken_seconds", default=0), turns=Count("pk")
    )
    return facts["seconds"], facts["turns"]


@dataclass(frozen=True)
class Balance:
    """What the public learns: how many of how many, and how uneven it is."""

    spoken: int
    people: int
    longest_fifth: int | None


def balance_of(speakers: SpeakersList, past: Past | None = None) -> Balance:
    """`longest_fifth`: the percentage of the time that the fifth of the speakers who
    spoke longest have had; None while too few have spoken."""
    past = past or past_of(speakers)
    return Balance(
        len(past.turns),
        max(speakers.people, len(past.turns)),
        longest_fifth(past.seconds.values()),
    )


def longest_fifth(seconds: Iterable[int]) -> int | None:
    lasted = sorted(seconds, reverse=True)
    if len(lasted) < FEWEST_SPEAKERS or not sum(lasted):
        return None
    return round(100 * sum(lasted[: ceil(len(lasted) / 5)]) / sum(lasted))


@dataclass(frozen=True)
class SpeakingSummary:
    """For the minutes: figures without names, over all circles."""

    speakers: int
    turns: int
    seconds: int
    by_rule: dict[str, int]
    overrides: int


def summary(dialogue: Dialogue) -> SpeakingSummary:
    """Who spoke how much in all, under which rule how many turns were given, and
    how many of them against it."""
    rows = Turn.objects.filter(speakers_list__dialogue=dialogue).order_by()
    facts = rows.aggregate(
        turns=Count("pk"),
        seconds=Sum("spoken_seconds", default=0),
        overrides=Count("pk", filter=Q(is_override=True)),
    )
    return SpeakingSummary(
        speakers=rows.values("participation_id", "name_key").distinct().count(),
        by_rule=dict(rows.values_list("rule").annotate(number=Count("pk"))),
        **facts,
    )
