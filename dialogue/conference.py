"""The video conference beside a dialogue: planned by staff, entered by a click.

Jitsi is entered with a signed token, BigBlueButton by its checksum API, anything
else by its address. The token and the signed address hold a person's name, so they
are made for that person and stand in nothing that others get.
"""

import hashlib
import logging
import threading
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dialogue.events import ConferenceChanged
from dialogue.models import Conference, Dialogue, Participation, Table
from dialogue.table_queries import seat_of
from ledger.actions import act, record
from shared import clock
from shared.errors import Refusal
from shared.kept import Kept

logger = logging.getLogger(__name__)
Kind = Conference.Kind
TOKEN_LASTS = timedelta(minutes=10)
# Seconds. Pages have few threads: a dead server must not hold them all.
CREATE_WITHIN = 3.0
CREATE_EVERY = 60.0
LEFT_ALONE_FOR = 10.0


@dataclass(frozen=True, kw_only=True)
class ConferenceFacts:
    """What staff enter about the conference."""

    kind: str = Kind.NONE
    link: str = ""
    is_embedded: bool = False
    captions_link: str = ""
    phone: str = ""
    pin: str = ""


def offered_kinds() -> list[tuple[str, Any]]:
    """The kinds of conference that this server is set up for."""
    missing = {
        Kind.JITSI: not settings.JITSI_URL,
        Kind.BBB: not settings.BBB_URL,
    }
    return [choice for choice in Kind.choices if not missing.get(Kind(choice[0]))]


@act()
def save_conference(*, dialogue: Dialogue, facts: ConferenceFacts) -> Conference | None:
    """Plan where the video is; nothing of all: there is no conference."""
    dialogue = Dialogue.objects.select_for_update(of=("self",)).get(pk=dialogue.pk)
    if dialogue.is_over:
        raise Refusal("dialogue.closed", _("This dialogue is closed."))
    if facts.kind not in dict(offered_kinds()):
        raise Refusal(
            "conference.kind",
            _("Please choose where the video is."),
            status=400,
            field="kind",
        )
    if facts.kind == Kind.LINK:
        _check_address(facts.link, "link")
    if facts.captions_link:
        _check_address(facts.captions_link, "captions_link")
    if facts.pin and not facts.phone:
        raise Refusal(
            "conference.phone",
            _("A PIN needs a phone number."),
            status=400,
            field="phone",
        )
    conference = Conference.objects.filter(dialogue=dialogue).first()
    conference = conference or Conference(dialogue=dialogue)
    for name, value in asdict(facts).items():
        setattr(conference, name, value)
    if facts.kind != Kind.LINK:
        conference.link = ""
    if facts.is_embedded and not frame_origin(conference):
        raise Refusal(
            "conference.not_framed",
            _("The video at this address cannot be shown on the page. People can "
              "open it by the link. Whoever runs this server can allow the address."),
            status=400,
            field="is_embedded",
        )  # fmt: skip
    record(dialogue.stream_id, ConferenceChanged())
    if facts.kind == Kind.NONE and not (facts.captions_link or facts.phone):
        if conference.pk:
            conference.delete()
        return None
    conference.save()
    return conference


def _check_address(address: str, field: str) -> None:
    try:
        parts = urlsplit(address)
        fine = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
    except ValueError:
        fine = False
    if not fine:
        raise Refusal(
            "conference.address",
            _("Please give an address that begins with https:// and has no password."),
            status=400,
            field=field,
        )


def origin_of(conference: Conference) -> str:
    """Scheme and host of where the video comes from; empty without video."""
    by_kind = {
        Kind.JITSI: settings.JITSI_URL,
        Kind.BBB: settings.BBB_URL,
        Kind.LINK: conference.link,
    }
    parts = urlsplit(by_kind.get(Kind(conference.kind), ""))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def frame_origin(conference: Conference) -> str:
    """The origin that the room's page may frame; empty if none."""
    origin = origin_of(conference)
    if not conference.is_embedded or not origin:
        return ""
    if conference.kind == Kind.LINK and origin not in settings.CONFERENCE_FRAMES:
        return ""
    return origin


def own_table(participation: Participation) -> Table:
    """The table where this person sits now."""
    seat = seat_of(participation)
    if seat is None:
        raise Refusal(
            "conference.no_table", _("You do not sit at a table now."), status=404
        )
    return seat.table


def way_in(
    *,
    participation: Participation,
    dialogue: Dialogue,
    moderates: bool,
    table: Table | None = None,
) -> str:
    """The address by which this person enters; `moderates` with a moderator's means.

    A table's meeting is one of its own beside the plenary's, or its planned address.
    """
    if dialogue.is_over:
        raise Refusal("dialogue.closed", _("This dialogue is closed."))
    if table is not None and table.conference_url:
        return table.conference_url
    conference = Conference.objects.filter(dialogue=dialogue).first()
    if conference is None or not origin_of(conference):
        raise Refusal(
            "conference.none", _("There is no video for this dialogue."), status=404
        )
    meeting = conference.meeting + (f"-{table.pk}" if table else "")
    if conference.kind == Kind.JITSI:
        return _jitsi_address(meeting, participation, moderates)
    if conference.kind == Kind.BBB:
        _open_meeting(meeting, dialogue.title)
        return signed_address(
            "join",
            {
                "fullName": participation.display_name,
                "meetingID": meeting,
                "role": "MODERATOR" if moderates else "VIEWER",
                "userID": participation.pseudonym,
                "redirect": "true",
            },
        )
    return conference.link


# --- Jitsi --------------------------------------------------------------------
def _jitsi_address(meeting: str, who: Participation, moderates: bool) -> str:
    address = f"{settings.JITSI_URL}/{meeting}"
    if not settings.JITSI_SECRET:
        return address
    now = clock.now()
    token = jwt.encode(
        {
            "aud": "jitsi",
            "iss": settings.JITSI_APP_ID,
            "sub": urlsplit(settings.JITSI_URL).hostname,
            "room": meeting,
            "nbf": now - timedelta(seconds=30),  # clocks differ
            "exp": now + TOKEN_LASTS,
            "context": {
                "user": {
                    "id": who.pseudonym,
                    "name": who.display_name,
                    "moderator": moderates,
                }
            },
        },
        settings.JITSI_SECRET,
        algorithm="HS256",
    )
    return f"{address}?{urlencode({'jwt': token})}"


# --- BigBlueButton ------------------------------------------------------------
class _Creating:
    """What this process knows of the server's meetings."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.opened = Kept(500, CREATE_EVERY)
        self.down_until = 0.0


_creating = _Creating()


def forget_meetings() -> None:
    """As after a start: for tests."""
    _creating.__init__()  # type: ignore[misc]


def signed_address(call: str, facts: dict[str, str]) -> str:
    """An address of the API: checksum = SHA-256(call + query + secret)."""
    query = urlencode(facts)
    signed = f"{call}{query}{settings.BBB_SECRET}".encode()
    checksum = hashlib.sha256(signed).hexdigest()
    return f"{settings.BBB_URL}/api/{call}?{query}&checksum={checksum}"


def _open_meeting(meeting: str, title: str) -> None:
    """Create the meeting, as the API wants before a join; again does no harm.

    One thread asks, the others wait for it; a server that failed is left alone.
    """
    if time.monotonic() < _creating.down_until:
        raise _unreachable()
    if not _creating.lock.acquire(timeout=CREATE_WITHIN + 1):
        raise _unreachable()
    try:
        if time.monotonic() < _creating.down_until:
            raise _unreachable()
        _creating.opened.get(meeting, lambda: _create(meeting, title))
    finally:
        _creating.lock.release()


def _create(meeting: str, title: str) -> bool:
    address = signed_address(
        "create", {"name": title, "meetingID": meeting, "record": "false"}
    )
    try:
        answer = httpx.get(address, timeout=CREATE_WITHIN, trust_env=False)
    except httpx.HTTPError as error:
        said = repr(error)
    else:
        if answer.is_success and "<returncode>SUCCESS</returncode>" in answer.text:
            return True
        said = f"{answer.status_code} {answer.text[:300]}"
    logger.error("the conference server did not create a meeting: %s", said)
    _creating.down_until = time.monotonic() + LEFT_ALONE_FOR
    raise _unreachable()


def _unreachable() -> Refusal:
    return Refusal(
        "conference.unreachable",
        _("The video cannot be reached just now. The dialogue goes on here without it. "
          "Please try again soon."),
        status=503,
        retry_after=int(LEFT_ALONE_FOR),
    )  # fmt: skip
