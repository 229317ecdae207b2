"""Simulated citizens, against the real application."""

import json
import random
from typing import Any

import pytest

from live.crowd import words
from live.crowd.citizens import Wishes
from live.crowd.leading import plan
from tests.conftest import LiveCity
from tests.live.evenings import a_project, hold_evening

NOTHING: frozenset[str] = frozenset()


def test_wishes_are_spread_over_what_allows_them():
    agenda = [
        (1, NOTHING),
        (2, frozenset({"propose"})),
        (3, frozenset({"propose", "comment"})),
        (4, frozenset({"vote"})),
    ]

    stops = plan(agenda, people=9, proposals=7, comments=5, ballots=2)

    assert [stop.wishes.get("propose", 0) for stop in stops] == [0, 4, 3, 0]
    assert [stop.wishes.get("comment", 0) for stop in stops] == [0, 0, 5, 0]
    assert [stop.ballots for stop in stops] == [(), (), (), ("open", "secret")]


def test_ballots_go_to_the_items_that_vote():
    agenda = [(1, frozenset({"vote"})), (2, frozenset({"vote"}))]

    stops = plan(agenda, people=2, proposals=0, comments=0, ballots=2)

    assert [stop.ballots for stop in stops] == [("open",), ("secret",)]


def test_wish_is_claimed_once():
    wishes = Wishes()
    wishes.left["propose"] = 1

    assert wishes.claim("propose")
    assert not wishes.claim("propose")
    assert wishes.is_done

    wishes.give_back("propose")
    assert not wishes.is_done


def test_late_wish_waits_for_an_item_that_allows_it():
    wishes = Wishes()
    wishes.begin({"comment": 2})
    wishes.claim("comment")

    wishes.begin({"react": 1})
    wishes.give_back("comment")
    wishes.claim("react")

    assert wishes.is_done
    wishes.begin({"comment": 1})
    assert wishes.left["comment"] == 3


@pytest.mark.parametrize("seed", range(20))
def test_words_fit_the_forms(seed: int):
    chance = random.Random(seed)

    said = words.proposal(chance)
    assert 0 < len(said["title"]) <= 140
    assert len(said["text"]) <= 2000
    assert words.comment(chance)["alignment"] in ("pro", "contra", "neutral")
    assert len(words.question(chance)) <= 500
    assert len(words.parked_topic(chance)) <= 200


def test_names_are_distinct():
    assert len({words.name(number) for number in range(200)}) == 200


def run_crowd(city: LiveCity, *arguments: str) -> dict[str, Any]:
    said = city.server.manage(
        "crowd", "--people", "6", "--base-url", city.url, "--json", *arguments
    )
    facts: dict[str, Any] = json.loads(said)
    return facts


@pytest.mark.timeout(240)
def test_led_evening_leaves_no_difference(live_city: LiveCity):
    facts = run_crowd(
        live_city,
        "--dialogue",
        "crowd-evening",
        "--project",
        a_project(live_city.server),
        *("--proposals", "4", "--comments", "5", "--lead"),
        *("--pause", "0.2", "--longest-stop", "12"),
    )

    assert facts["differences"] == []
    assert facts["agenda_items"] == 10
    assert facts["not_said_in_time"] == []
    assert len(facts["turnout"]) == 2
    assert facts["screens_compared"] == 8
    assert facts["result"]


def test_crowd_joins_an_evening_led_by_others(live_city: LiveCity):
    hold_evening(live_city.server, "crowd-guests")

    facts = run_crowd(
        live_city,
        *("--dialogue", "crowd-guests", "--proposals", "2", "--comments", "2"),
        *("--pause", "0.1", "--longest-stop", "15"),
    )

    assert facts["differences"] == []
    assert facts["screens_compared"] == 6
