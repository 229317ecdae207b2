"""Silencing and excluding: with rule and reason, in every tab, and taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from accounts.models import Message
from dialogue.models import Participation
from ledger.queries import entries_since
from live.commands import run_command
from live.screens import View
from moderation.models import Decision
from moderation.people import end_silence, exclude, readmit, silence
from proposals.models import Proposal
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db

WORDS = {"rule": "insult", "reason": "Wiederholt gestört"}


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(allows="propose"), "lead_moderator")


@pytest.fixture
def citizen(lead: Participation) -> Participation:
    return make_participation(lead.dialogue)


def refusal_of(verb: Any, **facts: Any) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code, refused.value.field


def test_silence(lead: Participation, citizen: Participation):
    decision = silence(moderator=lead, participation_pk=citizen.pk, minutes=5, **WORDS)

    citizen.refresh_from_db()
    assert citizen.is_silenced() is True
    assert citizen.is_silenced(clock.now() + timedelta(minutes=6)) is False
    assert (decision.until, decision.contribution) == (citizen.silenced_until, None)
    message = Message.objects.get(person=citizen.person)
    assert WORDS["reason"] in message.body
    entry = entries_since(lead.dialogue.stream_id, 0)[0]
    assert (entry.kind, entry.audience) == ("participation.silenced", "moderators")
    assert entry.payload["until"] == clock.milliseconds(citizen.silenced_until)
    assert entry.payload["concerns"] == citizen.pk


def test_silenced_with_five_tabs(lead: Participation, citizen: Participation):
    """Every tab has its own copy of the person, from before."""
    tabs = [Participation.objects.get(pk=citizen.pk) for __ in range(5)]
    silence(moderator=lead, participation_pk=citizen.pk, minutes=5, **WORDS)

    codes = [
        refusal_of(
            run_command,
            name="submit_proposal",
            facts={"title": "Trotzdem"},
            participation=tab,
            view=View("room", "de"),
        )[0]
        for tab in tabs
    ]

    assert codes == ["participation.silenced"] * 5
    assert Proposal.objects.count() == 0


def test_end_silence(lead: Participation, citizen: Participation):
    first = silence(moderator=lead, participation_pk=citizen.pk, minutes=5, **WORDS)

    second = end_silence(moderator=lead, participation_pk=citizen.pk, reason="Gut")

    citizen.refresh_from_db()
    assert citizen.is_silenced() is False
    assert (second.reverses, second.rule) == (first, first.rule)
    assert Message.objects.filter(person=citizen.person).count() == 2


@pytest.mark.parametrize("minutes", [0, 241, 100_000])
def test_silence_for_odd_minutes(
    lead: Participation, citizen: Participation, minutes: int
):
    refused = refusal_of(
        silence, moderator=lead, participation_pk=citizen.pk, minutes=minutes, **WORDS
    )

    citizen.refresh_from_db()
    assert refused == ("silence.minutes", "minutes")
    assert (citizen.silenced_until, Decision.objects.count()) == (None, 0)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ({"rule": ""}, ("decision.rule", "rule")),
        ({"rule": "none"}, ("decision.rule", "rule")),
        ({"reason": "   "}, ("decision.reason", "reason")),
    ],
)
@pytest.mark.parametrize("verb", [silence, exclude])
def test_without_rule_or_reason(
    lead: Participation,
    citizen: Participation,
    verb: Any,
    words: dict[str, str],
    refused: tuple[str, str],
):
    facts: dict[str, Any] = {"minutes": 5} if verb is silence else {}

    found = refusal_of(
        verb, moderator=lead, participation_pk=citizen.pk, **{**WORDS, **words, **facts}
    )

    citizen.refresh_from_db()
    assert found == refused
    assert (citizen.state, citizen.silenced_until) == ("admitted", None)
    assert entries_since(lead.dialogue.stream_id, 0) == []


def test_moderator_is_not_silenced(lead: Participation):
    other = make_participation(lead.dialogue, "table_moderator")

    refused = refusal_of(
        silence, moderator=lead, participation_pk=other.pk, minutes=5, **WORDS
    )

    assert refused[0] == "silence.official"


def test_exclude_and_readmit(lead: Participation, citizen: Participation):
    out = exclude(moderator=lead, participation_pk=citizen.pk, **WORDS)
    citizen.refresh_from_db()
    states = [citizen.state]
    back = readmit(moderator=lead, participation_pk=citizen.pk, reason="Geklärt")
    citizen.refresh_from_db()
    states.append(citizen.state)

    assert states == ["excluded", "admitted"]
    assert (back.reverses, back.rule) == (out, "insult")
    kinds = [e.kind for e in entries_since(lead.dialogue.stream_id, 0)]
    assert kinds == ["participation.excluded", "participation.readmitted"]


@pytest.mark.parametrize(
    ("verb", "facts"),
    [
        (exclude, WORDS),
        (readmit, {"reason": "x"}),
        (silence, {**WORDS, "minutes": 5}),
        (end_silence, {"reason": "x"}),
    ],
)
def test_only_about_others_of_this_dialogue(
    lead: Participation, verb: Any, facts: dict[str, Any]
):
    stranger = make_participation(make_dialogue())

    codes = [
        refusal_of(verb, moderator=lead, participation_pk=pk, **facts)[0]
        for pk in (lead.pk, stranger.pk, 0)
    ]

    assert codes == ["right.missing"] * 3


def message_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused, translation.override("en"):
        verb(**facts)
    assert refused.value.code == "decision.changed_meanwhile"
    with translation.override("en"):
        return str(refused.value.message)


def test_quicker_one_is_named(lead: Participation, citizen: Participation):
    other = make_participation(lead.dialogue, "lead_moderator")
    about = {"participation_pk": citizen.pk}
    silence(moderator=lead, minutes=5, **about, **WORDS)
    end_silence(moderator=other, reason="Gut", **about)
    told = [message_of(end_silence, moderator=lead, reason="x", **about)]
    exclude(moderator=lead, **about, **WORDS)
    told.append(message_of(exclude, moderator=other, **about, **WORDS))
    readmit(moderator=other, reason="Gut", **about)
    told.append(message_of(readmit, moderator=lead, reason="x", **about))

    assert told == [
        f"Changed meanwhile by {quicker.display_name}. Please look again."
        for quicker in (other, lead, other)
    ]


def test_silence_that_ran_out_was_ended_by_nobody(
    lead: Participation, citizen: Participation
):
    about = {"participation_pk": citizen.pk}
    silence(moderator=lead, minutes=5, **about, **WORDS)
    end_silence(moderator=lead, reason="Gut", **about)
    silence(moderator=lead, minutes=5, **about, **WORDS)
    Participation.objects.filter(pk=citizen.pk).update(silenced_until=clock.now())

    told = message_of(end_silence, moderator=lead, reason="x", **about)

    assert told == "This was changed meanwhile. Please look again."


@pytest.mark.parametrize("verb", [end_silence, readmit])
def test_nothing_to_take_back(lead: Participation, citizen: Participation, verb: Any):
    refused = refusal_of(verb, moderator=lead, participation_pk=citizen.pk, reason="x")

    assert refused[0] == "decision.changed_meanwhile"


def test_host_excludes_citizens_only(lead: Participation, citizen: Participation):
    host = make_participation(lead.dialogue, "technical_host")

    exclude(moderator=host, participation_pk=citizen.pk, **WORDS)

    refused = refusal_of(exclude, moderator=host, participation_pk=lead.pk, **WORDS)
    assert refused[0] == "right.missing"
