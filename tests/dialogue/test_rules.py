"""The predicates, one by one; their composition stands in tests/test_rights.py."""

from datetime import timedelta

import pytest

from dialogue.models import AgendaItem, Dialogue
from dialogue.queries import access_participation, require
from dialogue.rules import (
    has_role,
    is_admitted,
    is_running,
    may_speak,
    stage_allows,
    takes_part,
)
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_guest, make_participation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["participant", "observer", "lead_moderator"])
def test_has_role_only_its_roles(role: str):
    dialogue = make_dialogue()
    participation = make_participation(dialogue, role)

    assert has_role("participant", "observer")(participation, dialogue) is (
        role != "lead_moderator"
    )


def test_predicates_of_nobody():
    dialogue = make_dialogue()

    assert [
        predicate(None, dialogue)
        for predicate in (is_admitted, may_speak, takes_part, has_role("participant"))
    ] == [False] * 4


def test_predicates_of_excluded():
    dialogue = make_dialogue()
    excluded = make_participation(dialogue, state="excluded")

    assert is_admitted(excluded, dialogue) is False
    assert takes_part(excluded, dialogue) is False


@pytest.mark.parametrize(("minutes", "speaks"), [(-1, True), (1, False)])
def test_may_speak_until_silenced(minutes: int, speaks: bool):
    dialogue = make_dialogue()
    until = clock.now() + timedelta(minutes=minutes)
    participation = make_participation(dialogue, silenced_until=until)

    assert may_speak(participation, dialogue) is speaks


@pytest.mark.parametrize("action", AgendaItem.ACTIONS)
@pytest.mark.parametrize("allowed", AgendaItem.ACTIONS)
def test_stage_allows_what_the_item_allows(action: str, allowed: str):
    dialogue = make_dialogue(allows=allowed)

    assert stage_allows(action)(None, dialogue) is (action == allowed)


def test_stage_allows_nothing_without_item():
    dialogue = make_dialogue(allows="vote")
    dialogue.current = None

    assert stage_allows("vote")(None, dialogue) is False


@pytest.mark.parametrize("state", Dialogue.State.values)
def test_state_of_the_dialogue(state: str):
    dialogue = make_dialogue(allows="vote", state=state)

    assert stage_allows("vote")(None, dialogue) is (state == "live")
    assert is_running(None, dialogue) is (state in ("live", "paused"))


@pytest.mark.parametrize(
    ("role", "facts", "state", "code"),
    [
        ("participant", {"state": "excluded"}, "live", "participation.excluded"),
        ("participant", {"silenced": True}, "live", "participation.silenced"),
        ("participant", {}, "closed", "dialogue.closed"),
        ("participant", {}, "paused", "dialogue.paused"),
        ("observer", {}, "live", "role.observer"),
        ("participant", {}, "live", "agenda.not_now"),
        ("participant", {}, "lobby", "agenda.not_now"),
    ],
)
def test_require_says_what_is_missing(role: str, facts: dict, state: str, code: str):
    if facts.get("silenced"):
        facts = {"silenced_until": clock.now() + timedelta(minutes=1)}
    dialogue = make_dialogue(state=state)
    participation = make_participation(dialogue, role, **facts)

    with pytest.raises(Refusal) as refused:
        require("proposals.submit_proposal", participation, dialogue)

    assert refused.value.code == code


def test_access_participation_refuses_missing_like_forbidden():
    dialogue, other = make_dialogue(), make_dialogue()
    excluded = make_participation(dialogue, state="excluded")
    elsewhere = make_participation(other)

    codes = []
    for person in (excluded.person, elsewhere.person, make_guest()):
        with pytest.raises(Refusal) as refused:
            access_participation(person, dialogue)
        codes.append((refused.value.code, refused.value.status))

    assert codes == [("right.missing", 403)] * 3


def test_access_participation_of_member():
    dialogue = make_dialogue()
    participation = make_participation(dialogue)

    assert access_participation(participation.person, dialogue) == participation
