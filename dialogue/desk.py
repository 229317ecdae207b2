"""Verbs of the desk: the chair, claims, announcements, the team, the pace."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dialogue.desk_events import (
    AnnouncementMade,
    AnnouncementWithdrawn,
    ChairHanded,
    ChairLeft,
    ChairTaken,
    EntryClaimed,
    EntryReleased,
    PaceSet,
    TeamMessageSent,
)
from dialogue.meanwhile import changed_meanwhile
from dialogue.models import (
    Announcement,
    Claim,
    Desk,
    Dialogue,
    Participation,
    TeamMessage,
)
from dialogue.qualified_queries import qualification_in, qualified_leads
from dialogue.queries import forbidden, fresh, require
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal

# Who moderates is noted as seen every four seconds (live/hub.py).
GONE_AFTER = timedelta(seconds=20)
# A claim that is forgotten holds nobody up for longer.
CLAIM_LASTS = timedelta(minutes=5)
SLOWEST_PACE = 600


def is_gone(participation: Participation, moment: datetime | None = None) -> bool:
    """Whether somebody has not been connected for GONE_AFTER, or left the role."""
    moment = moment or clock.now()
    seen = participation.seen_at
    return (
        not participation.is_moderator
        or participation.state != Participation.State.ADMITTED
        or seen is None
        or moment - seen > GONE_AFTER
    )


def holder_of(dialogue: Dialogue) -> Participation | None:
    """Who holds the chair, whether here or gone."""
    desk = Desk.objects.filter(dialogue=dialogue).select_related("chair").first()
    return desk.chair if desk else None


def _presides(holder: Participation, dialogue: Dialogue) -> bool:
    """Whether who holds the chair is here and may steer: else nobody could."""
    return not is_gone(holder) and qualification_in(holder, dialogue).is_complete


def check_chair(moderator: Participation, dialogue: Dialogue) -> None:
    """Refuse steering while somebody else holds the chair, is here and may steer."""
    holder = holder_of(dialogue)
    if holder is None or holder.pk == moderator.pk or not _presides(holder, dialogue):
        return
    raise Refusal(
        "chair.held",
        _("%(name)s holds the chair. Please ask for it in the team.")
        % {"name": holder.display_name},
    )


@act()
def take_chair(*, moderator: Participation) -> Desk:
    """Take a free chair, or one whose holder is gone or may not steer any more."""
    moderator, dialogue = _at_desk(moderator, "dialogue.take_chair")
    desk = _desk(dialogue)
    holder = desk.chair
    if holder is not None and holder.pk == moderator.pk:
        return desk
    if holder is not None and _presides(holder, dialogue):
        raise Refusal(
            "chair.held",
            _("%(name)s holds the chair. Please ask for it in the team.")
            % {"name": holder.display_name},
        )
    _seat(desk, moderator)
    record(
        dialogue.stream_id,
        ChairTaken(by=moderator.pk, before=holder.pk if holder else None),
    )
    return desk


@act()
def hand_chair(*, moderator: Participation, to_pk: int | None) -> Desk:
    """Give the chair to another lead moderator, or (None) leave it to whoever asks."""
    moderator, dialogue = _at_desk(moderator, "dialogue.hand_chair")
    desk = _desk(dialogue)
    if desk.chair_id != moderator.pk:
        raise Refusal("chair.not_yours", _("You do not hold the chair any more."))
    if to_pk is None:
        _seat(desk, None)
        record(dialogue.stream_id, ChairLeft(by=moderator.pk))
        return desk
    other = qualified_leads(dialogue).filter(pk=to_pk).first()
    if other is None:
        raise forbidden()
    _seat(desk, other)
    record(dialogue.stream_id, ChairHanded(by=moderator.pk, to=other.pk))
    return desk


def _seat(desk: Desk, holder: Participation | None) -> None:
    desk.chair = holder
    desk.chair_since = clock.now() if holder else None
    desk.save(update_fields=["chair", "chair_since"])


@act()
def claim_entry(*, moderator: Participation, kind: str, subject: int) -> Claim:
    """Say that one looks after an entry; refused while somebody else does."""
    moderator, dialogue = _at_desk(moderator, "dialogue.claim_entry")
    # A claim that is not there yet cannot be locked.
    _desk(dialogue)
    moment = clock.now()
    held = (
        Claim.objects.select_related("claimed_by")
        .filter(dialogue=dialogue, kind=kind, subject=subject)
        .first()
    )
    if held is not None and holds_still(held, moment):
        if held.claimed_by_id == moderator.pk:
            return held
        raise Refusal(
            "queue.claimed",
            _("%(name)s looks after this already.")
            % {"name": held.claimed_by.display_name},
        )
    claim, __ = Claim.objects.update_or_create(
        dialogue=dialogue,
        kind=kind,
        subject=subject,
        defaults={"claimed_by": moderator, "claimed_at": moment},
    )
    record(
        dialogue.stream_id,
        EntryClaimed(entry=kind, subject=subject, by=moderator.pk),
    )
    return claim


@act()
def release_entry(*, moderator: Participation, kind: str, subject: int) -> None:
    """Give an entry back to the others."""
    moderator, dialogue = _at_desk(moderator, "dialogue.claim_entry")
    gone, __ = Claim.objects.filter(
        dialogue=dialogue, kind=kind, subject=subject, claimed_by=moderator
    ).delete()
    if gone:
        record(
            dialogue.stream_id,
            EntryReleased(entry=kind, subject=subject, by=moderator.pk),
        )


def holds_still(claim: Claim, moment: datetime | None = None) -> bool:
    """A claim ends when it is old or its holder is gone."""
    moment = moment or clock.now()
    is_old = moment - claim.claimed_at > CLAIM_LASTS
    return not is_old and not is_gone(claim.claimed_by, moment)


@act()
def make_announcement(*, moderator: Participation, text: str) -> Announcement:
    """Say something to everybody; it stays until it is taken back."""
    moderator, dialogue = _at_desk(moderator, "dialogue.make_announcement")
    if not text:
        raise Refusal(
            "announcement.empty", _("Please write a text."), status=400, field="text"
        )
    made = Announcement.objects.create(
        dialogue=dialogue, text=text, made_by=moderator, made_at=clock.now()
    )
    record(dialogue.stream_id, AnnouncementMade(announcement=made.pk, by=moderator.pk))
    return made


@act()
def withdraw_announcement(*, moderator: Participation, announcement_pk: int) -> None:
    """Take an announcement back."""
    moderator, dialogue = _at_desk(moderator, "dialogue.make_announcement")
    taken_back = Announcement.objects.filter(
        dialogue=dialogue, pk=announcement_pk, withdrawn_at=None
    ).update(withdrawn_at=clock.now())
    if not taken_back:
        raise changed_meanwhile(
            dialogue,
            "announcement.gone",
            AnnouncementWithdrawn.kind,
            announcement=announcement_pk,
        )
    record(
        dialogue.stream_id,
        AnnouncementWithdrawn(announcement=announcement_pk, by=moderator.pk),
    )


@act()
def write_to_team(
    *, moderator: Participation, text: str, is_call: bool = False
) -> TeamMessage:
    """Say something among the moderators; a call stands in their queue until taken."""
    moderator, dialogue = _at_desk(moderator, "dialogue.write_to_team")
    if not text:
        raise Refusal("team.empty", _("Please write a text."), status=400, field="text")
    message = TeamMessage.objects.create(
        dialogue=dialogue,
        author=moderator,
        text=text,
        is_call=is_call,
        sent_at=clock.now(),
    )
    record(
        dialogue.stream_id,
        TeamMessageSent(message=message.pk, is_call=is_call, by=moderator.pk),
    )
    return message


@act()
def set_pace(
    *, moderator: Participation, seconds: int, seen: int | None = None
) -> Desk:
    """Slow mode: so many seconds between two contributions of a person; 0 ends it.

    `seen` are the seconds that the moderator saw.
    """
    moderator, dialogue = _at_desk(moderator, "dialogue.set_pace")
    if not 0 <= seconds <= SLOWEST_PACE:
        raise Refusal(
            "pace.seconds",
            _("Please choose between 0 and 600 seconds."),
            status=400,
            field="seconds",
        )
    desk = _desk(dialogue)
    if desk.slow_seconds != seconds:
        if seen is not None and seen != desk.slow_seconds:
            raise changed_meanwhile(
                dialogue, "pace.changed_meanwhile", PaceSet.kind, seen=desk.slow_seconds
            )
        desk.slow_seconds = seconds
        desk.save(update_fields=["slow_seconds"])
        record(dialogue.stream_id, PaceSet(seconds=seconds, by=moderator.pk))
    return desk


def check_pace(
    author: Participation, dialogue: Dialogue, last_of: Callable[[], datetime | None]
) -> None:
    """Refuse a contribution that comes too soon after the author's last one.

    Moderators are not held up. `last_of` is asked in slow mode only.
    """
    if author.is_moderator:
        return
    desk = Desk.objects.filter(~Q(slow_seconds=0), dialogue=dialogue).first()
    last = last_of() if desk else None
    if desk is None or last is None:
        return
    wait = last + timedelta(seconds=desk.slow_seconds) - clock.now()
    if wait > timedelta(0):
        left = ceil(wait.total_seconds())
        raise Refusal(
            "pace.slow",
            _("Slow mode: please wait %(seconds)s more seconds. Your text stays here.")
            % {"seconds": left},
            status=429,
            retry_after=left,
        )


def _desk(dialogue: Dialogue) -> Desk:
    """The desk, held: two moderators take the chair, or claim, one after the other."""
    Desk.objects.get_or_create(dialogue=dialogue)
    return (
        Desk.objects.select_for_update(of=("self",))
        .select_related("chair")
        .get(dialogue=dialogue)
    )


def _at_desk(moderator: Participation, right: str) -> tuple[Participation, Dialogue]:
    moderator, dialogue = fresh(moderator)
    require(right, moderator, dialogue)
    return moderator, dialogue
