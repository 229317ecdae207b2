"""A table's screen: what it shows, who may see it, and that nobody else does."""

import json
import re
from dataclasses import dataclass

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from dialogue.models import Participation, Table
from dialogue.seats import move_person
from dialogue.table_queries import seat_of
from dialogue.table_rounds import begin_round
from dialogue.tables import add_remark, change_table, write_note
from live import frames
from live.commands import run_command
from live.connection import CLOSE_MOVED
from live.room_state import RoomState
from live.screens import View, view_of
from moderation.actions import hide_contribution, restore_contribution
from moderation.merging import merge_contributions
from moderation.remarks import hide_remark
from proposals.actions import submit_proposal
from proposals.findings import bring_back, draft_finding
from proposals.models import Proposal
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation
from tests.live.sockets import PATIENCE, communicator_of, open_socket, session_cookie

CANARY = "KANARIENVOGEL"
ASKS_JSON = {"Accept": "application/json"}


WORDS = {"rule": "insult", "reason": "Wortwahl"}


@dataclass
class Tables:
    """Two tables with two people each, and who leads."""

    lead: Participation
    host: Participation
    one: Table
    two: Table
    at_one: list[Participation]
    at_two: list[Participation]

    @property
    def code(self) -> str:
        return self.lead.dialogue.code

    def view(self, table: Table | None = None) -> View:
        return View("table", "de", (table or self.one).pk)

    def move(self, person: Participation, table: Table) -> None:
        move_person(moderator=self.lead, participation_pk=person.pk, table_pk=table.pk)

    def say(self, text: str = CANARY, table: Table | None = None) -> None:
        table = table or self.one
        add_remark(author=self.lead, table_pk=table.pk, text=text)
        write_note(author=self.lead, table_pk=table.pk, title=f"Fund {text}")

    def finding(self) -> Proposal:
        self.say()
        return bring_back(moderator=self.lead, table_pk=self.one.pk)[-1]

    def hidden_finding(self) -> int:
        pk = self.finding().pk
        hide_contribution(moderator=self.lead, kind="proposal", pk=pk, **WORDS)
        return pk

    def remark(self) -> int:
        return add_remark(author=self.lead, table_pk=self.one.pk, text="Grob").pk

    def hidden_remark(self) -> int:
        pk = self.remark()
        hide_remark(moderator=self.lead, remark_pk=pk, **WORDS)
        return pk


def make_tables() -> Tables:
    dialogue = make_dialogue(allows="propose")
    lead = make_participation(dialogue, "lead_moderator")
    host = make_participation(dialogue, "technical_host")
    people = [make_participation(dialogue) for __ in range(4)]
    begin_round(moderator=lead, method="random", size=2)
    one, two = dialogue.tables.order_by("number")
    at_one = [who for who in people if seat_of(who).table == one]  # type: ignore[union-attr]
    at_two = [who for who in people if who not in at_one]
    return Tables(lead, host, one, two, at_one, at_two)


def browser(who: Participation) -> Client:
    client = Client()
    client.force_login(who.person)
    return client


def since(tables: Tables, who: Participation, screen: str) -> tuple[int, str]:
    address = reverse("live:since", args=[tables.code])
    facts = {"screen": screen, "epoch": "none", "since": 0, "version": 0}
    answer = browser(who).get(address, facts, headers=ASKS_JSON)
    return answer.status_code, answer.content.decode()


# --- views ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "view"),
    [
        ("table-12", View("table", "de", 12)),
        ("table", View("room", "de")),
        ("table-", View("room", "de")),
        ("table-x", View("room", "de")),
        ("table-1 OR 1", View("room", "de")),
        ("table-" + "9" * 40, View("room", "de")),
        ("desk", View("desk", "de")),
    ],
)
def test_screen_is_asked_for_by_name(asked: str, view: View):
    assert view_of(asked, "de") == view
    assert view_of(view.name, "de") == view


@pytest.mark.parametrize(
    ("view", "hears"),
    [
        (View("room", "de"), [True, False, False, False]),
        (View("projector", "de"), [True, False, False, False]),
        (View("desk", "de"), [True, True, True, True]),
        (View("table", "de", 1), [True, False, True, False]),
    ],
)
def test_view_hears_of_its_own_audience(view: View, hears: list[bool]):
    audiences = ("everybody", "moderators", "table-1", "table-11")

    assert [view.hears(audience) for audience in audiences] == hears


# --- pages, frames, commands ----------------------------------------------------
@pytest.mark.django_db
def test_page_shows_the_table_to_who_sits_there():
    tables = make_tables()
    tables.say()

    page = browser(tables.at_one[0]).get(
        reverse("live:table", args=[tables.code, tables.one.pk])
    )

    text = page.content.decode()
    assert page.status_code == 200
    assert f'data-screen="table-{tables.one.pk}"' in text
    assert text.count(CANARY) >= 2
    assert all(person.display_name in text for person in tables.at_one)


@pytest.mark.django_db
def test_nobody_else_gets_a_byte_of_a_table():
    tables = make_tables()
    tables.say()
    other = tables.at_two[0]
    observer = make_participation(tables.lead.dialogue, "observer")
    screen = tables.view().name

    for who in (other, observer, tables.host):
        client = browser(who)
        page = client.get(
            reverse("live:table", args=[tables.code, tables.one.pk]), follow=True
        )
        assert page.redirect_chain
        answers = [
            page,
            client.get(reverse("live:room", args=[tables.code])),
            client.get(reverse("live:projector", args=[tables.code])),
            client.get(reverse("live:proposals", args=[tables.code])),
            client.get(reverse("live:table_notes", args=[tables.code, tables.one.pk])),
            client.post(
                reverse("live:do", args=[tables.code, "mine"]),
                {"screen": screen},
                headers=ASKS_JSON,
            ),
        ]
        texts = [answer.content.decode() for answer in answers]
        status, text = since(tables, who, screen)
        assert status == 410
        texts += [
            text,
            since(tables, who, "room")[1],
            since(tables, who, "projector")[1],
        ]
        assert [CANARY in text for text in texts] == [False] * len(texts)


@pytest.mark.django_db
def test_desk_knows_how_many_findings_not_what_is_said():
    tables = make_tables()
    tables.say()

    status, text = since(tables, tables.host, "desk")

    assert status == 200
    assert CANARY not in text
    assert tables.one.name in text


@pytest.mark.django_db
def test_lead_looks_in_at_every_table():
    tables = make_tables()
    tables.say(table=tables.two)

    status, text = since(tables, tables.lead, tables.view(tables.two).name)

    assert (status, CANARY in text) == (200, True)


@pytest.mark.django_db
def test_moved_person_is_led_to_the_new_table_with_the_draft():
    tables = make_tables()
    person = tables.at_one[0]
    draft_finding(author=person, title="Halb geschrieben")
    tables.move(person, tables.two)

    page = browser(person).get(
        reverse("live:table", args=[tables.code, tables.one.pk]), follow=True
    )

    assert [address for address, __ in page.redirect_chain] == [
        reverse("live:my_table", args=[tables.code]),
        reverse("live:table", args=[tables.code, tables.two.pk]),
    ]
    assert 'value="Halb geschrieben"' in page.content.decode()
    assert tables.two.name in page.content.decode()


@pytest.mark.django_db
def test_form_of_the_old_table_is_refused_with_the_text_kept():
    tables = make_tables()
    person = tables.at_one[0]
    tables.move(person, tables.two)

    page = browser(person).post(
        reverse("live:do", args=[tables.code, "add_remark"]),
        {"table": tables.one.pk, "text": "Getippt am alten Tisch"},
    )

    assert page.status_code == 410
    assert "Getippt am alten Tisch" in page.content.decode()
    assert not tables.one.remarks.exists()


@pytest.mark.django_db
def test_everything_works_by_plain_forms():
    tables = make_tables()
    client = browser(tables.at_one[0])
    page = reverse("live:table", args=[tables.code, tables.one.pk])

    for name, facts in (
        ("write_finding", {"title": "Mehr Bänke", "text": "Im Park"}),
        ("add_remark", {"text": "Guten Abend"}),
        ("call_to_table", {"text": "Kein Ton"}),
    ):
        answer = client.post(
            reverse("live:do", args=[tables.code, name]),
            {"table": tables.one.pk, **facts, "next": "#findings"},
            headers={"Referer": f"http://testserver{page}"},
        )
        assert (answer.status_code, answer["Location"]) == (302, f"{page}#findings")

    text = client.get(page).content.decode()
    assert "Mehr Bänke" in text
    assert "Guten Abend" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["http://video.example/x", "javascript:alert(1)", "https://", "https://a b", "x"],
)
def test_video_needs_a_safe_address(address: str):
    tables = make_tables()
    client = browser(tables.lead)

    answer = client.post(
        reverse("live:do", args=[tables.code, "change_table"]),
        {"table": tables.one.pk, "name": "Neu", "conference_url": address},
        headers=ASKS_JSON,
    )

    assert answer.json()["refused"]["field"] == "conference_url"
    tables.one.refresh_from_db()
    assert tables.one.conference_url == ""


@pytest.mark.django_db
def test_form_of_a_table_says_what_it_showed():
    tables = make_tables()
    desk = frames.snapshot(tables.lead.dialogue_id, View("desk", "de"))["regions"]
    seen = tables.one.arrangement
    assert f'name="expected" value="{seen}"' in desk["tables"]
    change_table(moderator=tables.lead, table_pk=tables.one.pk, name="Grün")

    answer = browser(tables.lead).post(
        reverse("live:do", args=[tables.code, "change_table"]),
        {"table": tables.one.pk, "name": "Blau", "expected": seen},
        headers=ASKS_JSON,
    )

    assert answer.json()["refused"]["code"] == "table.changed_meanwhile"
    tables.one.refresh_from_db()
    assert tables.one.name == "Grün"


@pytest.mark.django_db
def test_hostile_text_stays_text():
    tables = make_tables()
    hostile = "<script>alert(1)</script>"
    change_table(moderator=tables.lead, table_pk=tables.one.pk, name=hostile[:60])
    tables.say(hostile)
    bring_back(moderator=tables.lead, table_pk=tables.one.pk)

    for view in (tables.view(), View("desk", "de"), View("room", "de")):
        regions = frames.snapshot(tables.lead.dialogue_id, view)["regions"]
        assert "<script>" not in json.dumps(regions)


# --- findings in the plenary ----------------------------------------------------
@pytest.mark.django_db
def test_finding_says_where_it_comes_from_and_leads_back():
    tables = make_tables()
    tables.say()
    (finding,) = bring_back(moderator=tables.lead, table_pk=tables.one.pk)
    notes = reverse("live:table_notes", args=[tables.code, tables.one.pk])
    other = browser(tables.at_two[0])

    room = other.get(reverse("live:room", args=[tables.code])).content.decode()
    page = other.get(notes).content.decode()

    assert f'href="{notes}"' in room
    assert tables.one.name in room
    assert finding.title in page

    hide_contribution(
        moderator=tables.lead,
        kind="proposal",
        pk=finding.pk,
        rule="off_topic",
        reason="Gehört nicht hierher",
    )

    assert finding.title not in other.get(notes).content.decode()


@pytest.mark.django_db
def test_finding_reads_at_its_table_as_in_the_plenary():
    tables = make_tables()
    finding = tables.finding()
    about = {"moderator": tables.lead, "kind": "proposal"}

    def read() -> str:
        view = tables.view()
        regions = frames.snapshot(tables.lead.dialogue_id, view)["regions"]
        return str(regions["findings"])

    own_page = reverse("live:proposal", args=[tables.code, finding.pk])
    in_plenary = read()
    hide_contribution(**about, pk=finding.pk, **WORDS)
    hidden = read()
    restore_contribution(**about, pk=finding.pk, reason="Doch sachlich")
    restored = read()
    other = submit_proposal(author=tables.at_two[0], title="Dasselbe")
    merge_contributions(**about, pks=[finding.pk], into=other.pk, reason="Gleich")
    merged = read()

    assert finding.title in in_plenary
    assert "im Plenum" in in_plenary
    assert f'href="{own_page}"' in in_plenary
    assert CANARY not in hidden
    assert tables.lead.display_name not in hidden
    assert "Von der Moderation ausgeblendet" in hidden
    assert restored == in_plenary
    assert f'href="{own_page}"' in merged
    assert "Zusammengeführt" in merged
    assert browser(tables.at_one[0]).get(own_page).status_code == 200


def seen_at_desk(tables: Tables) -> int:
    """How far the desk's form to move a person knows the seats."""
    pk = tables.lead.dialogue_id
    drawn = frames._draw_snapshot(pk, View("desk", "de"), frames.heads_of(pk))
    found = re.search(r'name="seen" value="(\d+)"', drawn["regions"]["tables"])
    assert found is not None
    return int(found[1])


@pytest.mark.django_db
def test_mover_whose_desk_was_behind_is_told():
    """What the form knew of goes along; after another look it works."""
    tables = make_tables()
    person, desk = tables.at_two[0], View("desk", "de")
    facts = {"participation": person.pk, "table": tables.two.pk}
    seen = seen_at_desk(tables)
    tables.move(person, tables.one)

    with pytest.raises(Refusal, match=r"table\.changed_meanwhile"):
        run_command("move_person", {**facts, "seen": seen}, tables.lead, desk)
    seen = seen_at_desk(tables)
    run_command("move_person", {**facts, "seen": seen}, tables.lead, desk)

    assert seat_of(person).table == tables.two  # type: ignore[union-attr]


# --- old snapshot + events = new snapshot ---------------------------------------
TABLE_SCREEN_ACTS = {
    "write_finding": lambda t: ("at_one", {"table": t.one.pk, "title": "Fund"}),
    "add_remark": lambda t: ("at_one", {"table": t.one.pk, "text": "Gesagt"}),
    "move_person": lambda t: (
        "lead",
        {"table": t.one.pk, "participation": t.at_two[0].pk},
    ),
    "bring_back": lambda t: ("lead", {"table": t.one.pk}),
    "announce": lambda t: ("lead", {"text": "In zehn Minuten geht es weiter."}),
    "set_pace": lambda t: ("lead", {"seconds": 60}),
    "end_round": lambda t: ("lead", {}),
    "begin_round": lambda t: ("lead", {"method": "remix", "size": 2, "minutes": 7}),
    "time_round": lambda t: ("lead", {"minutes": 3}),
    "take_over_table": lambda t: ("lead", {"table": t.one.pk}),
    "change_table": lambda t: ("lead", {"table": t.one.pk, "name": "Umbenannt"}),
    "set_speakers": lambda t: (
        "lead",
        {"circle": t.one.circle, "is_open": True},
    ),
    "go_on": lambda t: ("lead", {}),
    "hide": lambda t: (
        "lead",
        {"kind": "proposal", "pk": t.finding().pk, **WORDS},
    ),
    "restore": lambda t: (
        "lead",
        {"kind": "proposal", "pk": t.hidden_finding(), "reason": "Doch sachlich"},
    ),
    "withdraw": lambda t: ("lead", {"kind": "proposal", "pk": t.finding().pk}),
    "revise_proposal": lambda t: (
        "lead",
        {"proposal": t.finding().pk, "title": "Umformuliert"},
    ),
    "hide_remark": lambda t: ("lead", {"remark": t.remark(), **WORDS}),
    "restore_remark": lambda t: (
        "lead",
        {"remark": t.hidden_remark(), "reason": "Doch sachlich"},
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(TABLE_SCREEN_ACTS))
def test_action_reaches_the_tables_screen(name: str):
    tables = make_tables()
    dialogue = tables.lead.dialogue
    dialogue.agenda.create(position=9, kind="break", title="Pause", minutes=5)
    tables.say()
    views = [tables.view(), tables.view(tables.two), View("table", "en", tables.one.pk)]
    views += [View("room", "de"), View("desk", "de")]
    who, facts = TABLE_SCREEN_ACTS[name](tables)
    actor = tables.at_one[0] if who == "at_one" else tables.lead

    def fresh(view: View) -> frames.Frame:
        heads = frames.heads_of(dialogue.pk)
        return frames._draw_snapshot(dialogue.pk, view, heads)

    old = {view: fresh(view) for view in views}
    run_command(name, facts, actor, View("desk" if who == "lead" else "room", "de"))

    for view, before in old.items():
        state = RoomState.from_snapshot(before)
        for frame in frames.catch_up(
            dialogue.pk,
            view,
            epoch=before["epoch"],
            since=before["seq"],
            version=before["version"],
        ).frames:
            assert state.apply(frame)
        new = fresh(view)
        assert state.comparable() == RoomState.from_snapshot(new).comparable()
        assert state.seq == new["seq"]


# --- sockets --------------------------------------------------------------------
make = sync_to_async(make_tables)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
async def test_socket_of_another_table_is_refused() -> None:
    tables = await make()
    cookie = await sync_to_async(session_cookie)(tables.at_two[0].person)
    screen = tables.view().name

    communicator = communicator_of(tables.code, cookie, screen=screen)
    await communicator.connect(timeout=PATIENCE)
    bye = json.loads(await communicator.receive_from(PATIENCE))
    closed = await communicator.receive_output(PATIENCE)

    assert bye == {"kind": "bye", "code": CLOSE_MOVED}
    assert closed["code"] == CLOSE_MOVED


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
async def test_what_is_said_reaches_the_table_alone() -> None:
    tables = await make()

    async with (
        open_socket(tables.at_one[0], screen=tables.view().name) as mine,
        open_socket(tables.at_two[0], screen=tables.view(tables.two).name) as other,
        open_socket(tables.at_two[1]) as room,
    ):
        await mine.do("add_remark", table=tables.one.pk, text=CANARY)
        heard = await mine.until("ops")
        # An entry for everybody comes after: what they get up to it is all there is.
        await room.do("submit_proposal", title="Für alle")
        frames_of_others = [
            *other.frames,
            await other.until("ops"),
            *room.frames,
            await room.until("ops"),
        ]

    assert CANARY in json.dumps(heard)
    assert CANARY not in json.dumps(frames_of_others)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
async def test_moved_person_hears_nothing_more_of_the_old_table() -> None:
    tables = await make()
    person = tables.at_one[0]

    def move_and_speak() -> None:
        tables.move(person, tables.two)
        tables.say()

    async with (
        open_socket(person, screen=tables.view().name) as old,
        open_socket(person) as room,
    ):
        await sync_to_async(move_and_speak)()
        got = []
        while True:
            message = await old.communicator.receive_output(PATIENCE)
            if message["type"] == "websocket.close":
                break
            got.append(message["text"])
        await room.until("mine")
        seat = (await room.do("mine"))["mine"]["seat"]

    assert message["code"] == CLOSE_MOVED
    assert CANARY not in "".join([*got, json.dumps(old.frames)])
    assert f"/table/{tables.two.pk}/" in seat


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quiet_hub")
async def test_moderator_without_the_role_any_more_is_put_out() -> None:
    tables = await make()

    def demote() -> None:
        tables.host.role = "lead_moderator"
        tables.host.save()
        run_command(
            "change_participation",
            {"participation": tables.lead.pk, "role": "participant"},
            tables.host,
            View("desk", "de"),
        )

    async with open_socket(tables.lead, screen=tables.view().name) as socket:
        await sync_to_async(demote)()

        assert await socket.close_code() == CLOSE_MOVED
