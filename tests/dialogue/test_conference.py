"""The conference: planned, entered by a person's own address, framed by consent."""

import hashlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client
from django.urls import reverse

from dialogue import conference
from dialogue.conference import (
    ConferenceFacts,
    offered_kinds,
    save_conference,
    way_in,
)
from dialogue.models import (
    Conference,
    Dialogue,
    Participation,
    Seat,
    Table,
    TableRound,
)
from live import parts  # noqa: F401 -- enters the region
from live.screens import View, draw_regions, load_dialogue
from shared import clock
from shared.errors import Refusal
from tests.dialogue.planning_support import (
    address,
    kinds_recorded,
    refused_code,
    signed_in,
)
from tests.factories import make_dialogue, make_participation
from tests.live.test_verify_action import verify_action

pytestmark = pytest.mark.django_db

SECRET = "x" * 32
HOSTILE = '"><script>alert(1)</script>'


class Provider:
    """A video server that only speaks BigBlueButton, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer, self.wait = "SUCCESS", 0.0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                time.sleep(provider.wait)
                body = provider.judge(self.path).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/bigbluebutton"
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def judge(self, path: str) -> str:
        """As the real one: the checksum over call, query and secret decides."""
        split = urlsplit(path)
        query, __, checksum = split.query.rpartition("&checksum=")
        call = split.path.removeprefix("/bigbluebutton/api/")
        right = hashlib.sha256(f"{call}{query}{SECRET}".encode()).hexdigest()
        code = self.answer if checksum == right else "FAILED"
        return f"<response><returncode>{code}</returncode></response>"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    conference.forget_meetings()
    server = Provider()
    settings.BBB_URL, settings.BBB_SECRET = server.url, SECRET
    yield server
    server.close()
    conference.forget_meetings()


@pytest.fixture
def jitsi(settings: Any) -> str:
    settings.JITSI_URL = "https://meet.example"
    settings.JITSI_APP_ID, settings.JITSI_SECRET = "mitwirken", SECRET
    return "https://meet.example"


def plan(dialogue: Dialogue, **facts: Any) -> Conference | None:
    return save_conference(dialogue=dialogue, facts=ConferenceFacts(**facts))


def enter(who: Participation, **facts: Any) -> str:
    return way_in(
        **{"participation": who, "dialogue": who.dialogue, "moderates": False, **facts}
    )


def drawn(dialogue: Dialogue, screen: str = "room", table: int | None = None) -> str:
    regions = draw_regions(
        load_dialogue(dialogue.pk), View(screen, "en", table), ["conference"]
    )
    return regions["conference"]


# --- planning -------------------------------------------------------------------
def test_planned_conference_tells_open_screens(dialogue: Dialogue):
    row = plan(
        dialogue, kind="link", link="https://video.example/abc", phone="0231 1",
        pin="12 34", captions_link="https://text.example/",
    )  # fmt: skip

    assert row is not None
    assert (row.link, row.pin) == ("https://video.example/abc", "12 34")
    assert kinds_recorded(dialogue)[-1] == "conference.changed"
    html = drawn(dialogue)
    for shown in ("video.example", "0231 1", "12 34", "https://text.example/"):
        assert shown in html


def test_plan_reaches_every_screen():
    dialogue = make_dialogue()

    with verify_action(dialogue):
        plan(dialogue, phone="0231 1")
    with verify_action(dialogue):
        plan(dialogue)


def test_nothing_planned_is_no_conference(dialogue: Dialogue):
    plan(dialogue, kind="link", link="https://video.example/")

    assert plan(dialogue) is None
    assert not Conference.objects.exists()
    assert "hidden" in drawn(dialogue)


def test_phone_alone_is_enough(dialogue: Dialogue):
    plan(dialogue, phone="0231 123")

    html = drawn(dialogue)
    assert "0231 123" in html
    assert "_blank" not in html


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"kind": "jitsi"}, "conference.kind", "kind"),
        ({"kind": "telepathy"}, "conference.kind", "kind"),
        ({"kind": "link"}, "conference.address", "link"),
        ({"kind": "link", "link": "http://v.example/"}, "conference.address", "link"),
        ({"kind": "link", "link": "javascript:alert(1)"}, "conference.address", "link"),
        ({"kind": "link", "link": "https://a;b@c.de"}, "conference.address", "link"),
        ({"kind": "link", "link": "https://[x"}, "conference.address", "link"),
        ({"captions_link": "http://x.example"}, "conference.address", "captions_link"),
        ({"pin": "1"}, "conference.phone", "phone"),
        (
            {"kind": "link", "link": "https://v.example", "is_embedded": True},
            "conference.not_framed",
            "is_embedded",
        ),
        ({"is_embedded": True}, "conference.not_framed", "is_embedded"),
    ],
)  # fmt: skip
def test_bad_plan_is_refused(
    dialogue: Dialogue, facts: dict[str, Any], code: str, field: str
):
    with pytest.raises(Refusal) as refused:
        plan(dialogue, **facts)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert not Conference.objects.exists()


def test_closed_dialogue_keeps_its_plan():
    dialogue = make_dialogue(state="closed")

    assert refused_code(
        save_conference, dialogue=dialogue, facts=ConferenceFacts(phone="1")
    ) == "dialogue.closed"  # fmt: skip


def test_only_kinds_of_this_server_are_offered(jitsi: str):
    assert [kind for kind, __ in offered_kinds()] == ["none", "link", "jitsi"]


def test_form_keeps_what_was_typed_and_saves(page: Client, dialogue: Dialogue):
    where = address("conference", dialogue)
    facts = {"kind": "link", "link": "http://video.example/x", "phone": "0231 77"}

    wrong = page.post(where, facts)
    right = page.post(where, {**facts, "link": "https://video.example/x"})

    assert wrong.status_code == 400
    assert "http://video.example/x" in wrong.content.decode()
    assert right.status_code == 302
    assert Conference.objects.get().phone == "0231 77"
    overview = page.get(address("overview", dialogue)).content.decode()
    assert "Video: any address" in overview


def test_planning_page_is_not_for_others(dialogue: Dialogue):
    lead = make_participation(dialogue, "lead_moderator")

    answer = signed_in(lead.person).get(address("conference", dialogue))

    assert answer.status_code == 403


# --- entering -------------------------------------------------------------------
def test_jitsi_token_names_the_person_and_the_room(jitsi: str):
    who = make_participation(make_dialogue(), display_name="Çem & Co")
    row = plan(who.dialogue, kind="jitsi")
    assert row is not None

    split = urlsplit(enter(who))

    claims = jwt.decode(
        parse_qs(split.query)["jwt"][0], SECRET, algorithms=["HS256"], audience="jitsi"
    )
    assert f"{split.scheme}://{split.netloc}{split.path}" == f"{jitsi}/{row.meeting}"
    assert (claims["iss"], claims["sub"]) == ("mitwirken", "meet.example")
    assert claims["room"] == row.meeting
    assert claims["exp"] - claims["nbf"] == 630
    assert claims["context"]["user"] == {
        "id": who.pseudonym, "name": "Çem & Co", "moderator": False,
    }  # fmt: skip


def test_jitsi_without_secret_has_no_token(jitsi: str, settings: Any):
    settings.JITSI_APP_ID = settings.JITSI_SECRET = ""
    who = make_participation(make_dialogue())
    plan(who.dialogue, kind="jitsi")

    assert "?" not in enter(who)


def seat(who: Participation) -> Table:
    table = Table.objects.create(dialogue=who.dialogue, number=1, name="Tisch 1")
    round_ = TableRound.objects.create(
        dialogue=who.dialogue, number=1, method="hand", places=8, began_at=clock.now()
    )
    Seat.objects.create(
        round=round_, table=table, participation=who, taken_at=clock.now()
    )
    return table


def test_table_has_a_meeting_of_its_own(jitsi: str):
    who = make_participation(make_dialogue())
    other = make_participation(who.dialogue)
    plan(who.dialogue, kind="jitsi")
    before = drawn(who.dialogue)
    table = seat(who)
    where = reverse("dialogue:conference", args=[who.dialogue.code])

    answer = client_of(who).get(where + "?table")

    path = urlsplit(answer["Location"]).path
    assert path == f"{urlsplit(enter(who)).path}-{table.pk}"
    assert client_of(other).get(where + "?table").status_code == 404
    assert "?table" not in before
    assert "?table" in drawn(who.dialogue)
    Table.objects.update(conference_url="https://tisch.example/1")
    assert client_of(who).get(where + "?table")["Location"] == "https://tisch.example/1"


def test_table_shows_its_own_video_first(jitsi: str):
    who = make_participation(make_dialogue())
    plan(
        who.dialogue,
        kind="jitsi",
        is_embedded=True,
        phone="0231 500",
        captions_link="https://worte.example/",
    )
    table = seat(who)

    html = drawn(who.dialogue, "table", table.pk)

    own = reverse("dialogue:conference", args=[who.dialogue.code]) + "?table"
    assert html.index(f'href="{own}"') < html.index("video of the plenary")
    assert f'data-way="{own}"' in html
    assert "By phone: 0231 500" in html
    assert "https://worte.example/" in html
    page = client_of(who).get(reverse("live:table", args=[who.dialogue.code, table.pk]))
    assert own in page.content.decode()


def test_meeting_is_created_once_and_joined_by_a_signed_address(provider: Provider):
    who = make_participation(make_dialogue(title="Ä & B=?"), display_name="Çem & Co")
    plan(who.dialogue, kind="bbb")

    ways = [enter(who), enter(who, moderates=True)]

    assert len(provider.asked) == 1
    created = parse_qs(urlsplit(provider.asked[0]).query)
    assert created["name"] == ["Ä & B=?"]
    assert created["record"] == ["false"]
    for way in ways:
        split = urlsplit(way)
        assert "SUCCESS" in provider.judge(f"{split.path}?{split.query}")
    joined = [parse_qs(urlsplit(way).query) for way in ways]
    assert [row["role"] for row in joined] == [["VIEWER"], ["MODERATOR"]]
    assert joined[0]["fullName"] == ["Çem & Co"]
    assert joined[0]["meetingID"] == created["meetingID"]


def test_wrong_secret_creates_nothing(provider: Provider, settings: Any):
    settings.BBB_SECRET = "another"
    who = make_participation(make_dialogue())
    plan(who.dialogue, kind="bbb")

    assert refused_code(enter, who=who) == "conference.unreachable"


def test_failing_server_is_left_alone_for_a_while(provider: Provider):
    provider.answer = "FAILED"
    who = make_participation(make_dialogue())
    plan(who.dialogue, kind="bbb")

    codes = [refused_code(enter, who=who) for __ in range(5)]

    assert codes == ["conference.unreachable"] * 5
    assert len(provider.asked) == 1


def test_slow_server_holds_nobody_for_long(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(conference, "CREATE_WITHIN", 0.2)
    provider.wait = 2.0
    who = make_participation(make_dialogue())
    plan(who.dialogue, kind="bbb")

    began = time.monotonic()
    code = refused_code(enter, who=who)

    assert code == "conference.unreachable"
    assert time.monotonic() - began < 1.5


def test_no_way_in_without_video_or_after_the_end(jitsi: str):
    who = make_participation(make_dialogue())
    nothing = refused_code(enter, who=who)
    plan(who.dialogue, phone="1")
    by_phone = refused_code(enter, who=who)
    plan(who.dialogue, kind="jitsi")
    Dialogue.objects.filter(pk=who.dialogue_id).update(state="closed")
    who.dialogue.refresh_from_db()

    assert (nothing, by_phone) == ("conference.none", "conference.none")
    assert refused_code(enter, who=who) == "dialogue.closed"


# --- pages ----------------------------------------------------------------------
def client_of(who: Participation) -> Client:
    return signed_in(who.person)


def test_person_is_sent_by_a_redirect_that_tells_nothing(jitsi: str):
    who = make_participation(make_dialogue())
    plan(who.dialogue, kind="jitsi")
    where = reverse("dialogue:conference", args=[who.dialogue.code])

    answer = client_of(who).get(where)
    asked = client_of(who).get(where, headers={"Accept": "application/json"})

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{jitsi}/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(asked.content)["address"].startswith(f"{jitsi}/")


@pytest.mark.parametrize("state", ["excluded", "stranger"])
def test_who_is_not_in_the_room_gets_no_way_in(jitsi: str, state: str):
    dialogue = make_dialogue()
    plan(dialogue, kind="jitsi")
    who = (
        make_participation(dialogue, state="excluded")
        if state == "excluded"
        else make_participation(make_dialogue())
    )

    answer = client_of(who).get(reverse("dialogue:conference", args=[dialogue.code]))

    assert answer.status_code == 403


@pytest.mark.parametrize(("demo", "moderates"), [(True, True), (False, False)])
def test_moderator_needs_the_second_factor_to_moderate_there(
    jitsi: str, settings: Any, demo: bool, moderates: bool
):
    settings.DEMO = demo
    lead = make_participation(make_dialogue(), "lead_moderator")
    plan(lead.dialogue, kind="jitsi")

    answer = client_of(lead).get(
        reverse("dialogue:conference", args=[lead.dialogue.code])
    )

    token = parse_qs(urlsplit(answer["Location"]).query)["jwt"][0]
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="jitsi")
    assert claims["context"]["user"]["moderator"] is moderates


def test_page_names_no_address_and_no_token(jitsi: str):
    who = make_participation(make_dialogue())
    row = plan(who.dialogue, kind="jitsi", is_embedded=True)
    assert row is not None

    page = client_of(who).get(reverse("live:room", args=[who.dialogue.code]))

    html = page.content.decode()
    assert "meet.example" in html
    assert row.meeting not in html
    assert "jwt" not in html
    assert "<iframe" not in html


@pytest.mark.parametrize(("embedded", "framed"), [(True, True), (False, False)])
def test_policy_allows_the_one_origin_in_the_room_and_at_tables_alone(
    jitsi: str, embedded: bool, framed: bool
):
    dialogue = make_dialogue()
    who = make_participation(dialogue, "lead_moderator")
    plan(dialogue, kind="jitsi", is_embedded=embedded)
    client = client_of(who)

    def policy(name: str) -> str:
        return client.get(reverse(name, args=[dialogue.code])).headers[
            "Content-Security-Policy"
        ]

    assert policy("live:room").endswith("; frame-src https://meet.example") is framed
    table = seat(who)
    at_table = client.get(reverse("live:table", args=[dialogue.code, table.pk]))
    own = at_table.headers["Content-Security-Policy"]
    assert own.endswith("; frame-src https://meet.example") is framed
    for name in ("live:desk", "live:projector", "live:proposals", "dialogue:rules"):
        assert "frame-src" not in policy(name)


def test_only_named_origins_may_be_framed(settings: Any, dialogue: Dialogue):
    settings.CONFERENCE_FRAMES = ["https://video.example"]
    facts = {"kind": "link", "is_embedded": True}

    row = plan(dialogue, link="https://video.example/x", **facts)

    assert row is not None
    assert 'data-frame="https://video.example"' in drawn(dialogue)
    assert "data-frame" not in drawn(dialogue, "desk")
    with pytest.raises(Refusal, match="not_framed"):
        plan(dialogue, link="https://video.example.evil/x", **facts)
    # Taken from the list later: nothing is framed any more.
    settings.CONFERENCE_FRAMES = []
    assert "data-frame" not in drawn(dialogue)


def test_hostile_facts_stay_text(dialogue: Dialogue):
    plan(dialogue, phone=HOSTILE[:40], pin=HOSTILE[:20])

    assert "<script" not in drawn(dialogue)
