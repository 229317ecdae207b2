"""The speakers' list of a circle: holding it, opening it, setting its rule.

Every verb of speaking holds the list, so hands and turns change one by one.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from dialogue.circles import is_circle, keeps, people_in, speaks_in
from dialogue.meanwhile import changed_meanwhile
from dialogue.models import PLENARY, Dialogue, Hand, Participation, SpeakersList
from dialogue.models.speaking import LONGEST_TURN, SHORTEST_TURN
from dialogue.queries import forbidden, fresh, require, share_lock
from dialogue.speaking_events import SpeakersChanged, SpeakersSeen
from ledger.actions import act, record
from shared.errors import Refusal

# Whoever is connected is marked every 15 seconds.
AWAY_AFTER = timedelta(seconds=60)


def hold_list(
    who: Participation, circle: str, right: str
) -> tuple[Participation, Dialogue, SpeakersList]:
    """The circle's list, held alone, with `who` and the dialogue as they stand then.

    no_key: hands name the list, and their check comes at commit. Held with the key,
    those who wait for it and that check wait for each other.
    """
    share_lock(Dialogue, [who.dialogue_id])
    speakers = (
        SpeakersList.objects.select_for_update(no_key=True)
        .filter(dialogue=who.dialogue_id, circle=circle)
        .first()
    )
    who, dialogue = fresh(who)
    require(right, who, dialogue)
    _check_circle(who, circle, right)
    if speakers is None:
        raise Refusal(
            "speaking.closed", _("The speakers' list is not open at the moment.")
        )
    return who, dialogue, speakers


def _check_circle(who: Participation, circle: str, right: str) -> None:
    keeping = right in ("dialogue.keep_speakers", "dialogue.give_floor")
    if not (keeps if keeping else speaks_in)(who, circle):
        raise forbidden()


@act()
def set_speakers(
    *,
    moderator: Participation,
    circle: str = PLENARY,
    is_open: bool | None = None,
    rule: str | None = None,
    seconds: int | None = None,
    seen: str | None = None,
) -> SpeakersList:
    """Open or close the list, change its rule or the length of a turn.

    `seen` is what the moderator saw (`SpeakersList.setting`; empty: no list yet).
    """
    Dialogue.objects.select_for_update(no_key=True).get(pk=moderator.dialogue_id)
    moderator, dialogue = fresh(moderator)
    require("dialogue.keep_speakers", moderator, dialogue)
    _check_circle(moderator, circle, "dialogue.keep_speakers")
    if not is_circle(dialogue, circle):
        raise forbidden()
    if rule is not None and rule not in SpeakersList.Rule.values:
        raise Refusal(
            "speaking.rule",
            _("Please choose one of the rules."),
            status=400,
            field="rule",
        )
    if seconds is not None and not SHORTEST_TURN <= seconds <= LONGEST_TURN:
        raise Refusal(
            "speaking.seconds",
            _("Please choose 15 to 1800 seconds for a turn."),
            status=400,
            field="seconds",
        )
    speakers, made = SpeakersList.objects.select_for_update(no_key=True).get_or_create(
        dialogue=dialogue, circle=circle
    )
    before = (speakers.is_open, speakers.rule, speakers.seconds)
    stood = "" if made else speakers.setting
    speakers.is_open = speakers.is_open if is_open is None else is_open
    speakers.rule = rule or speakers.rule
    speakers.seconds = seconds or speakers.seconds
    if not made and before == (speakers.is_open, speakers.rule, speakers.seconds):
        return speakers
    if seen is not None and seen != stood:
        raise changed_meanwhile(
            dialogue,
            "speaking.changed_meanwhile",
            SpeakersChanged.kind,
            seen=stood,
            circle=circle,
        )
    speakers.people = people_in(dialogue, circle)
    speakers.save()
    record(
        dialogue.stream_id,
        SpeakersChanged(
            circle=circle,
            is_open=speakers.is_open,
            rule=speakers.rule,
            seconds=speakers.seconds,
            by=moderator.pk,
        ),
    )
    return speakers


@act()
def note_absent(*, dialogue_pk: int, moment: datetime) -> None:
    """Show whose connection has been gone for long. Nobody is taken off the list."""
    hands = (
        Hand.objects.filter(
            speakers_list__dialogue=dialogue_pk,
            participation__isnull=False,
            entered_by=None,
        )
        .select_related("participation", "speakers_list__dialogue")
        .order_by("pk")
    )
    changed: dict[str, list[Hand]] = {}
    away: Counter[str] = Counter()
    for hand in hands:
        circle = hand.speakers_list.circle
        seen = hand.participation.seen_at if hand.participation else None
        # Who has just raised a hand from a plain page was never marked.
        last = max(seen or hand.raised_at, hand.raised_at)
        is_away = moment - last > AWAY_AFTER
        away[circle] += is_away
        if is_away != hand.is_away:
            hand.is_away = is_away
            changed.setdefault(circle, []).append(hand)
    for circle, turned in changed.items():
        for is_away in (True, False):
            pks = [hand.pk for hand in turned if hand.is_away is is_away]
            Hand.objects.filter(pk__in=pks).update(is_away=is_away)
        record(
            turned[0].speakers_list.dialogue.stream_id,
            SpeakersSeen(circle=circle, away=away[circle]),
        )
