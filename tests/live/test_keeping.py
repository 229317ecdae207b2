"""What is kept is what would be drawn anew, and never anybody's own."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from live import frames, keeping, tallies
from live.commands import run_command
from live.entering import enter
from live.filling import Page
from live.room_state import RoomState
from live.screens import View
from proposals.actions import add_comment, save_draft, submit_proposal
from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from proposals.responding import react
from proposals.stances import StanceRequest, take_stances
from tests.factories import make_participation
from tests.live.scene import ACTS, LATER_ACTS, Scene, make_scene

pytestmark = pytest.mark.django_db

VIEWS = [View("room", "de"), View("room", "en"), View("desk", "de")]
VIEWS += [View("projector", "de")]


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def numbers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "NUMBERS_EVERY", 0.0)
    monkeypatch.setattr(tallies, "EVERY", 0.0)


def browser_of(participation: Any) -> Client:
    client = Client()
    client.force_login(participation.person)
    return client


def room_of(scene: Scene) -> str:
    return scene.dialogue.get_absolute_url()


@pytest.mark.usefixtures("numbers_at_once")
@pytest.mark.parametrize("name", sorted(ACTS | LATER_ACTS))
def test_kept_view_is_what_would_be_drawn_anew(name: str, scene: Scene) -> None:
    who, facts, screen, *earlier = (ACTS | LATER_ACTS)[name]
    for before in earlier[0] if earlier else ():
        actor, its_facts, its_screen = (ACTS | LATER_ACTS)[before][:3]
        run_command(
            before, its_facts(scene), getattr(scene, actor), View(its_screen, "de")
        )
    for view in VIEWS:
        frames.shown(scene.dialogue.pk, view)

    run_command(name, facts(scene), getattr(scene, who), View(screen, "de"))

    for view in VIEWS:
        kept = frames.snapshot(scene.dialogue.pk, view)
        heads = frames.heads_of(scene.dialogue.pk)
        anew = frames._draw_snapshot(scene.dialogue.pk, view, heads)
        assert kept["seq"] == anew["seq"]
        assert kept["version"] == anew["version"]
        assert (
            RoomState.from_snapshot(kept).comparable()
            == RoomState.from_snapshot(anew).comparable()
        )


@pytest.mark.usefixtures("numbers_at_once")
def test_only_what_was_touched_is_drawn(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = View("room", "de")
    frames.shown(scene.dialogue.pk, view)
    drawn: list[int] = []
    draw = keeping.draw_regions

    def counted(dialogue: Any, view: View, names: Any, cards: Any = None) -> Any:
        before = set(cards)
        regions = draw(dialogue, view, names, cards)
        drawn.extend(pk for kind, pk in set(cards) - before)
        return regions

    monkeypatch.setattr(keeping, "draw_regions", counted)
    new = submit_proposal(author=scene.neighbour, title="Ganz neu")
    take_stances([StanceRequest(scene.citizen.pk, scene.other.pk, "agree")])

    shown = frames.shown(scene.dialogue.pk, view)

    assert new.title in shown.regions["proposals"]
    assert (
        f'data-count="proposal-{scene.other.pk}.agrees">1<'
        in (shown.regions["proposals"])
    )
    # The ballots' list names proposals on the desk, so it is looked at too.
    assert drawn == [new.pk]


def test_another_item_counts_reactions_from_nought(scene: Scene) -> None:
    view = View("room", "de")
    frames.shown(scene.dialogue.pk, view)
    react(participation=scene.citizen, kind="slower")
    run_command("go_on", {}, scene.lead, View("desk", "de"))

    now = frames.shown(scene.dialogue.pk, view).regions["now"]

    assert re.findall(r'data-count="reactions.slower">(\d+)<', now) == ["0"]


def test_kept_page_holds_nothing_of_who_asked_first(scene: Scene) -> None:
    save_draft(author=scene.citizen, title="Mein Entwurf", reason="Mein Grund")
    take_stances([StanceRequest(scene.citizen.pk, scene.other.pk, "agree")])
    mine = browser_of(scene.citizen).get(room_of(scene)).content.decode()
    stranger = make_participation(scene.dialogue, display_name="Jemand <b>anders</b>")

    theirs = browser_of(stranger).get(room_of(scene)).content.decode()
    drawn = frames.shown(scene.dialogue.pk, View("room", "de"))
    kept = [
        str(piece)
        for page in drawn.pages.values()
        for piece in (page.pieces, page.slots)
    ]

    assert 'value="Mein Entwurf"' in mine
    assert "Mein Grund</textarea>" in mine
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', mine)
    assert token
    agreed = 'value="agree" aria-pressed="true"'
    for text in ("Mein Entwurf", "Mein Grund", agreed, token[1]):
        assert text in mine
        assert text not in "".join(kept)
        assert text not in theirs
    assert "Jemand &lt;b&gt;anders&lt;/b&gt;" in theirs
    assert "<!--mine" not in mine
    assert "<!--csrf" not in mine
    assert "<!--token" not in mine


def test_own_votes_and_receipts_stand_on_the_kept_page(scene: Scene) -> None:
    pages = {}
    receipts = {}
    for who in (scene.citizen, scene.neighbour):
        browser = browser_of(who)
        answer = browser.post(
            reverse("live:do", args=[scene.dialogue.code, "cast_vote"]),
            {"ballot": scene.open_ballot.pk, "options": [scene.option()]},
            headers={"Accept": "application/json"},
        ).json()
        receipts[who.pk] = answer["ok"]["receipt"]
        pages[who.pk] = browser.get(room_of(scene)).content.decode()

    for pk, page in pages.items():
        assert receipts[pk] in page
        assert all(code not in page for who, code in receipts.items() if who != pk)
        assert f'value="{scene.option()}" data-list checked' in page


def test_who_came_after_the_opening_reads_why(scene: Scene) -> None:
    late = make_participation(scene.dialogue, display_name="Spät")

    page = browser_of(late).get(room_of(scene)).content.decode()

    assert "Das Wahlverzeichnis steht seit" in page
    assert "form--vote" not in page


def test_message_of_a_form_is_said_once(scene: Scene) -> None:
    browser = browser_of(scene.citizen)
    browser.post(
        reverse("live:do", args=[scene.dialogue.code, "park_topic"]), {"text": "Später"}
    )

    first, second = (browser.get(room_of(scene)).content.decode() for __ in "12")

    assert 'class="messages"' in first
    assert 'class="messages"' not in second


@pytest.mark.parametrize("language", ["de", "en"])
def test_page_speaks_the_language_asked_for(scene: Scene, language: str) -> None:
    browser = browser_of(scene.citizen)
    other = "en" if language == "de" else "de"
    browser.get(room_of(scene), headers={"Accept-Language": other})

    page = browser.get(room_of(scene), headers={"Accept-Language": language})

    assert f'<html lang="{language}"' in page.content.decode()
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Accept-Language" in page.headers["Vary"]
    assert "Cookie" in page.headers["Vary"]


def test_theme_is_the_readers_own(scene: Scene) -> None:
    browser = browser_of(scene.citizen)
    browser.get(room_of(scene))
    browser.cookies["theme"] = "dark"

    page = browser.get(room_of(scene)).content.decode()

    assert 'data-kern-theme="dark"' in page


def test_queries_of_a_room_page(scene: Scene, django_assert_num_queries: Any) -> None:
    """Session, person, participation with the stream, what is mine, and one each for
    the speakers' list, the table and the opinion map."""
    citizen = make_participation(scene.dialogue, display_name="Neu hier")
    browser = browser_of(citizen)
    browser.get(room_of(scene))

    with django_assert_num_queries(7):
        browser.get(room_of(scene))


def test_queries_of_polling(scene: Scene, django_assert_num_queries: Any) -> None:
    browser = browser_of(scene.citizen)
    heads = frames.heads_of(scene.dialogue.pk)
    asked = {"epoch": heads.epoch, "since": heads.seq, "version": heads.version}
    address = reverse("live:since", args=[scene.dialogue.code])
    browser.get(address, asked)

    with django_assert_num_queries(3):
        answer = browser.get(address, asked).json()

    assert [frame["kind"] for frame in answer["frames"]] == ["heartbeat"]


@pytest.mark.usefixtures("numbers_at_once")
def test_each_poller_gets_what_changed_since_he_asked(scene: Scene) -> None:
    browser = browser_of(scene.citizen)
    address = reverse("live:since", args=[scene.dialogue.code])
    heads = frames.heads_of(scene.dialogue.pk)

    def ask(version: int) -> Any:
        asked = {"epoch": heads.epoch, "since": heads.seq, "version": version}
        return browser.get(address, asked).json()["frames"]

    ask(heads.version)
    add_comment(author=scene.neighbour, proposal_pk=scene.other.pk, text="Ja")
    heads = frames.heads_of(scene.dialogue.pk)
    *__, beat = ask(heads.version)
    take_stances([StanceRequest(scene.citizen.pk, scene.other.pk, "agree")])
    fresh, beat = ask(heads.version)
    old = ask(0)[0]

    assert beat["version"] == heads.version + 1
    assert fresh["counts"][f"proposal-{scene.other.pk}"]["agrees"] == 1
    assert old["counts"][f"proposal-{scene.other.pk}"]["comments"] == 1


def test_hidden_counts_reach_no_poller(scene: Scene) -> None:
    ballot = draft_ballot(moderator=scene.lead, title="Geheim?")
    open_ballot(moderator=scene.lead, ballot_pk=ballot.pk)
    participation, heads = enter(scene.citizen.person, scene.dialogue.code)

    counts = tallies.changed_since(participation.dialogue, heads, 0)

    options = Ballot.objects.get(pk=ballot.pk).options.values_list("pk", flat=True)
    assert not any(f"option-{pk}" in counts.numbers for pk in options)


def test_page_is_filled_by_name() -> None:
    page = Page("a<!--mine:x-1-->shared<!--/mine:x-1-->b<!--mine:y-->z<!--/mine:y-->")

    assert page.slots == {"x-1": "shared", "y": "z"}
