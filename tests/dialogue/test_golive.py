"""The go-live check: what it names, where it leads, and what it keeps shut."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dialogue.actions import go_on, open_lobby
from dialogue.golive import Finding, check
from dialogue.models import Dialogue, Material
from live.frames import snapshot
from live.screens import View, draw_regions, load_dialogue
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from shared import clock
from shared.errors import Refusal
from tests.dialogue.planning_support import address
from tests.factories import make_item, make_participation

pytestmark = pytest.mark.django_db


def findings(dialogue: Dialogue) -> dict[str, Finding]:
    return {
        finding.code: finding for finding in check(Dialogue.objects.get(pk=dialogue.pk))
    }


@pytest.fixture
def ready(dialogue: Dialogue) -> Dialogue:
    """A dialogue in which nothing is missing, for tomorrow."""
    Dialogue.objects.filter(pk=dialogue.pk).update(
        state="announced",
        starts_at=clock.now() + timedelta(days=1),
        ends_by=clock.now() + timedelta(days=1, hours=2),
        title_en="Evening",
        summary_en="An evening.",
        summary_easy="Ein Abend.",
        hotline="0231 1",
    )
    dialogue.agenda.update(title_en="Item")
    make_participation(dialogue, "lead_moderator")
    make_participation(dialogue, "technical_host")
    dialogue.refresh_from_db()
    return dialogue


def test_nothing_to_find(ready):
    assert findings(ready) == {}


def change(**facts) -> Callable[[Dialogue], Any]:
    return lambda dialogue: Dialogue.objects.filter(pk=dialogue.pk).update(**facts)


def no(role: str) -> Callable[[Dialogue], Any]:
    return lambda dialogue: dialogue.participations.filter(role=role).delete()


def uncertain(dialogue: Dialogue) -> None:
    lead = dialogue.participations.get(role="lead_moderator")
    lead.conflict_statement.delete()


def ballot_without_options(dialogue: Dialogue) -> None:
    Ballot.objects.create(dialogue=dialogue, title="Wohin?", method="single")


def material(**facts) -> Callable[[Dialogue], Any]:
    return lambda dialogue: Material.objects.create(
        item=dialogue.agenda.get(), title="Plan", **facts
    )


MISTAKES: dict[str, tuple[str, Callable[[Dialogue], Any], str]] = {
    "privacy": ("blocks", change(privacy_notice=" "), "basics"),
    "rules": ("blocks", change(ground_rules=""), "basics"),
    "end": ("blocks", change(ends_by=clock.now()), "basics"),
    "lead": ("blocks", no("lead_moderator"), "people"),
    "qualified": ("blocks", uncertain, "people"),
    "agenda": ("blocks", lambda d: d.agenda.all().delete(), "agenda"),
    "minutes": ("blocks", lambda d: d.agenda.update(minutes=0), "item_edit"),
    "over_time": ("blocks", lambda d: d.agenda.update(minutes=121), "agenda"),
    "options": ("blocks", ballot_without_options, "desk"),
    "ballot": ("warns", lambda d: d.agenda.update(allows_vote=True), "desk"),
    "host": ("warns", no("technical_host"), "people"),
    "past": (
        "warns",
        lambda d: change(starts_at=clock.now() - timedelta(hours=1))(d),
        "basics",
    ),
    "easy": ("warns", change(summary_easy=""), "basics"),
    "hotline": ("warns", change(hotline=""), "basics"),
    "english": ("warns", change(summary_en=""), "basics"),
    "english_agenda": ("warns", lambda d: d.agenda.update(title_en=""), "agenda"),
    "invitations": ("warns", change(access="invitation"), "people"),
    "picture": ("warns", material(kind="picture"), "item_edit"),
    "link": ("warns", material(kind="link", link="javascript:alert(1)"), "item_edit"),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_mistake_is_named_with_its_place(code, ready):
    kind, mistake, place = MISTAKES[code]
    mistake(ready)

    finding = findings(ready)[code]

    assert finding.kind == kind
    assert finding.text
    if place == "desk":
        assert finding.link == f"/d/{ready.code}/desk/"
    elif place == "item_edit":
        assert finding.link == address("item_edit", ready, ready.agenda.get().pk)
    else:
        assert finding.link == address(place, ready)


def test_second_factor_is_missing(ready, settings):
    settings.DEMO = False

    assert findings(ready)["second_factor"].kind == "warns"


def test_unusable_address_of_the_video(ready):
    ready.refresh_from_db()
    from_conference = type(ready).conference.related.related_model
    from_conference.objects.create(dialogue=ready, kind="link", link="")

    assert findings(ready)["conference"].kind == "warns"


def test_ballot_with_options_and_voting_item_are_in_order(ready):
    make_item(ready, allows="vote", title_en="Vote")
    lead = ready.participations.get(role="lead_moderator")
    draft_ballot(moderator=lead, title="Bänke?")

    assert findings(ready) == {}


# --- the doors --------------------------------------------------------------------
@pytest.mark.parametrize(
    "code", [code for code, (kind, *__) in MISTAKES.items() if kind == "blocks"]
)
def test_blocked_doors_stay_shut(code, ready):
    host = ready.participations.get(role="technical_host")
    MISTAKES[code][1](ready)

    with pytest.raises(Refusal) as refused:
        open_lobby(moderator=host)

    assert refused.value.code == "golive.blocked"
    assert findings(ready)[code].text in str(refused.value.message)
    ready.refresh_from_db()
    assert ready.state == "announced"


def test_first_item_does_not_go_around_the_check(ready):
    ballot_without_options(ready)

    with pytest.raises(Refusal) as refused:
        go_on(moderator=ready.participations.get(role="lead_moderator"))

    assert refused.value.code == "golive.blocked"


def test_warnings_keep_nothing_shut(ready):
    for kind, mistake, __ in MISTAKES.values():
        if kind == "warns":
            mistake(ready)

    open_lobby(moderator=ready.participations.get(role="lead_moderator"))

    ready.refresh_from_db()
    assert ready.state == "lobby"


def test_blocking_after_the_doors_opened_stops_nobody(ready):
    lead = ready.participations.get(role="lead_moderator")
    open_lobby(moderator=lead)
    ballot_without_options(ready)

    go_on(moderator=lead)

    ready.refresh_from_db()
    assert ready.state == "live"


# --- the page ---------------------------------------------------------------------
def test_page_names_and_links(page: Client, ready):
    ballot_without_options(ready)
    change(hotline="")(ready)

    shown = page.get(address("golive", ready))

    html = shown.content.decode()
    assert shown.status_code == 200
    assert "The doors cannot be opened yet." in html
    assert "The ballot “Wohin?” has no options." in html
    assert f'href="{address("basics", ready)}"' in html


def test_page_without_findings(page: Client, ready):
    html = page.get(address("golive", ready)).content.decode()

    assert "All is in order." in html


def test_hostile_title_is_only_text(page: Client, ready):
    Ballot.objects.create(dialogue=ready, title="<b>x</b>", method="single")

    html = page.get(address("golive", ready)).content.decode()

    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


# --- the desk ---------------------------------------------------------------------
def line(dialogue: Dialogue, language: str = "en") -> str:
    view = View("desk", language)
    return draw_regions(load_dialogue(dialogue.pk), view, ["golive"])["golive"]


def test_desk_says_it_before_the_doors_open(ready):
    ballot_without_options(ready)

    assert "1 thing keeps the doors shut" in line(ready)

    Ballot.objects.all().delete()
    open_lobby(moderator=ready.participations.get(role="lead_moderator"))
    assert '<div id="golive"></div>' in line(ready)


def test_citizens_do_not_see_it(ready):
    assert "golive" not in snapshot(ready.pk, View("room", "de"))["regions"]
