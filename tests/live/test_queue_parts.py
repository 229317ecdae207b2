"""The desk's queue and gauge: what is not mine to decide, how much there is to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from accounts.models import Person
from dialogue.desk import write_to_team
from dialogue.joining import call_help
from dialogue.models import Dialogue, Participation
from live.cards import draw_thread
from live.mine import all_slots
from live.page_tree import Element, parse
from live.parts.load import arrivals, level_of, rate_of
from live.parts.own_cases import draw_own_cases
from live.screens import View
from moderation.actions import hide_contribution
from moderation.appealing import appeal
from moderation.merging import merge_contributions
from moderation.queries import involved_in, own_cases
from moderation.reporting import Reporter, report_contribution
from proposals.actions import ask_question, submit_proposal
from proposals.models import HoldingRule
from proposals.queries import wording_digest
from shared import clock
from tests.factories import (
    make_dialogue,
    make_guest,
    make_participation,
    make_proposal,
)
from tests.live.scene import make_scene
from tests.live.test_verify_action import fresh

pytestmark = pytest.mark.django_db

DESK = View("desk", "en")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def lead_of(dialogue: Dialogue, name: str) -> Participation:
    return make_participation(dialogue, "lead_moderator", display_name=name)


def appealed(decider: Participation, author: Participation) -> Any:
    row = make_proposal(author)
    made = hide_contribution(
        moderator=decider, kind="proposal", pk=row.pk, rule="insult", reason="Grob"
    )
    return appeal(person=author.person, decision_pk=made.pk)


def element(dialogue: Dialogue, id: str) -> Element:
    regions = "".join(fresh(dialogue, DESK)["regions"].values())
    (found,) = parse(regions).find("id", id)
    return found


def own_line(who: Participation) -> str:
    with translation.override("en"):
        html = all_slots(who, who.dialogue, DESK)["owncases"]
    assert f'data-me="{who.pk}"' in html
    return parse(html).text


# --- appeals for others -------------------------------------------------------------


def test_appeal_is_not_for_who_decided_and_who_wrote() -> None:
    dialogue = make_dialogue()
    ada, ben, cem = (lead_of(dialogue, name) for name in ("Ada", "Ben", "Cem"))
    case = appealed(ada, ben)

    card = element(dialogue, f"queueappeal-{case.pk}")

    assert card.attributes["data-not-for"] == f"{ada.pk} {ben.pk}"
    # Without the script it says so itself.
    assert "decided by Ada, who does not decide this" in card.text
    waits = "1 appeal that concerns you waits for another moderator."
    assert [own_line(who) for who in (ada, ben, cem)] == [waits, waits, ""]


def test_appeal_against_the_staff_is_not_for_them() -> None:
    dialogue = make_dialogue()
    ada, cem = lead_of(dialogue, "Ada"), lead_of(dialogue, "Cem")
    case = appealed(ada, make_participation(dialogue))
    case.decision.decided_by = None
    case.decision.decided_as_staff = cem.person

    assert involved_in(case) == {case.decision.author_id, cem.pk}


def test_line_counts_and_forgets_what_was_decided() -> None:
    dialogue = make_dialogue()
    ada = lead_of(dialogue, "Ada")
    for __ in range(2):
        appealed(ada, make_participation(dialogue))
    elsewhere = make_dialogue()
    appealed(lead_of(elsewhere, "Ada"), make_participation(elsewhere))

    assert own_line(ada) == "2 appeals that concern you wait for another moderator."
    assert own_cases(ada, dialogue).count() == 2


# --- what was read -------------------------------------------------------------------


def wordings(shown: Element) -> list[str]:
    """The wordings that its forms decide on."""
    return [field.attributes["value"] for field in shown.find("name", "wording")]


@pytest.mark.parametrize("kind", ["proposal", "comment", "question"])
def test_every_form_says_which_wording_it_decides_on(kind: str) -> None:
    scene = make_scene()
    row = getattr(scene, kind)
    read = [wording_digest(row)[:12]]
    report = report_contribution(
        dialogue=scene.dialogue,
        reporter=Reporter(person=make_guest()),
        kind=kind,
        pk=row.pk,
        rule="insult",
    )
    assert wordings(element(scene.dialogue, f"queuereport-{report.pk}")) == read * 3
    if kind == "comment":
        html = draw_thread(scene.dialogue, DESK, scene.proposal)
        assert wordings(parse(html)) == read * 2
    else:
        assert wordings(element(scene.dialogue, f"{kind}-{row.pk}")) == read * 2

    type(row).objects.filter(pk=row.pk).update(state="pending")
    assert wordings(element(scene.dialogue, f"queue{kind}-{row.pk}")) == read * 3
    hide_contribution(
        moderator=scene.lead, kind=kind, pk=row.pk, rule="insult", reason="Grob"
    )
    if kind != "comment":
        # What is shown again is as it was: nobody can have reworded it.
        assert wordings(element(scene.dialogue, f"{kind}-{row.pk}")) == []


def test_hiding_a_source_says_its_own_wording() -> None:
    scene = make_scene()
    merge_contributions(
        moderator=scene.lead,
        kind="proposal",
        pks=[scene.proposal.pk],
        into=scene.other.pk,
        reason="Dasselbe",
    )

    found = wordings(element(scene.dialogue, f"proposal-{scene.other.pk}"))

    source, target = (wording_digest(r)[:12] for r in (scene.proposal, scene.other))
    assert found == [source, target, target]


# --- calls -------------------------------------------------------------------------


def test_other_entries_are_for_everybody() -> None:
    dialogue = make_dialogue()
    call = call_help(
        person=make_guest(), dialogue=dialogue, name="Eda", text="Kein Ton"
    )

    card = element(dialogue, f"queuehelp-{call.pk}")

    assert "data-not-for" not in card.attributes


def test_own_call_can_only_be_taken_back() -> None:
    dialogue = make_dialogue()
    ada = lead_of(dialogue, "Ada")
    call = write_to_team(moderator=ada, text="Hilfe", is_call=True)

    card = element(dialogue, f"queueteam-{call.pk}")

    (take,) = card.find("data-command", "take_team_call")
    (back,) = card.find("data-command", "take_back_call")
    assert take.attributes["data-not-for"] == str(ada.pk)
    assert back.attributes["data-only-for"] == str(ada.pk)


def test_slot_costs_one_look(django_assert_num_queries: Any) -> None:
    ada = lead_of(make_dialogue(), "Ada")

    with django_assert_num_queries(1):
        draw_own_cases(ada, ada.dialogue, DESK)


# --- the gauge ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "waited", "rate", "level"),
    [
        (0, None, 6, "calm"),
        (0, None, 7, "busy"),
        (1, 10, 0, "busy"),
        (1, 180, 0, "busy"),
        (1, 181, 0, "high"),
        (1, 10, 12, "busy"),
        (0, None, 13, "high"),
    ],
)
def test_level(number: int, waited: int | None, rate: int, level: str) -> None:
    oldest = None if waited is None else NOON - timedelta(seconds=waited)

    assert level_of(number, oldest, rate, NOON) == level


def test_contributions_are_counted_by_quarter_minutes_without_anybody() -> None:
    dialogue = make_dialogue(allows="ask propose")
    authors = [make_participation(dialogue) for __ in range(5)]
    with time_machine.travel(NOON, tick=False) as at:
        for author in authors[:3]:
            ask_question(author=author, text="Wann?")
        at.shift(timedelta(seconds=62))
        for author in authors[3:]:
            ask_question(author=author, text="Wo?")
        came = arrivals(dialogue, clock.now())
        start = int(NOON.timestamp())
        assert came == {start: 3, start + 60: 2}
        assert rate_of(came) == 1
        load = element(dialogue, "load")
        assert load.attributes["data-arrivals"] == f"{start}:3 {start + 60}:2"
        assert "1 contribution a minute" in load.text
        # What is held counts when it comes, not when it is let through.
        HoldingRule.objects.create(dialogue=dialogue, holds_everything=True)
        held = submit_proposal(author=authors[0], kind="idea", title="Später")
        assert held.state == "pending"
        assert arrivals(dialogue, clock.now())[start + 60] == 3
        # Without any entry, a page that is loaded later says what is so then.
        at.shift(timedelta(seconds=250))
        assert arrivals(dialogue, clock.now()) == {start + 60: 3}
        at.shift(timedelta(seconds=60))
        assert "0 contributions a minute" in element(dialogue, "load").text


def test_oldest_entry_makes_it_late_with_time() -> None:
    dialogue = make_dialogue()
    person: Person = make_guest()
    with time_machine.travel(NOON, tick=False) as at:
        call_help(person=person, dialogue=dialogue, name="Eda", text="Kein Ton")
        load = element(dialogue, "load")
        assert load.attributes["class"] == "load load--busy"
        assert load.attributes["data-oldest"] == str(int(NOON.timestamp()) * 1000)
        at.shift(timedelta(minutes=4))
        load = element(dialogue, "load")
        assert load.attributes["class"] == "load load--high"
        shown = [e.text for e in load.find("data-is") if "hidden" not in e.attributes]
        assert shown == ["Too much for one: call the others"]
