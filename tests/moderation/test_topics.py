"""Topics kept for later: held, reported, hidden and appealed about as all else is."""

from functools import partial
from typing import Any

import pytest
from django.test import Client

from accounts.models import Message
from dialogue.models import Participation
from ledger.queries import entries_since
from live.commands import run_command
from live.screens import View
from moderation.actions import (
    approve_contribution,
    ask_revision,
    hide_contribution,
    restore_contribution,
    reword,
)
from moderation.appealing import appeal, rule_on_appeal
from moderation.closed import answer_report
from moderation.models import Decision, Report, SealedText
from moderation.queries import open_reports, reported_since
from moderation.reporting import Reporter, report_contribution
from moderation.sealing import delete_text
from moderation.sealing import erase_person as erase_in_moderation
from moderation.settling import settle_withdrawn
from projects.models import ResultText
from proposals.actions import withdraw
from proposals.held import revise_held
from proposals.models import HoldingRule, ParkedTopic
from proposals.queries import held_contributions, parked_topics, salted_digest
from proposals.responding import park_topic, remove_topic
from shared.errors import Refusal
from tests.factories import make_dialogue, make_guest, make_participation
from tests.filed import hold_evening
from tests.live.test_verify_action import fresh, verify_action

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(), "lead_moderator")


@pytest.fixture
def author(lead: Participation) -> Participation:
    return make_participation(lead.dialogue)


def about(topic: ParkedTopic, **facts: Any) -> dict[str, Any]:
    return {"kind": "topic", "pk": topic.pk, "reason": "Grund", **facts}


def report(topic: ParkedTopic) -> Report:
    return report_contribution(
        dialogue=topic.dialogue,
        reporter=Reporter(person=make_guest()),
        kind="topic",
        pk=topic.pk,
        rule="insult",
        explanation="Weil",
    )


def refusal_of(verb: Any, **facts: Any) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code, refused.value.field


def listed(lead: Participation) -> list[str]:
    return [topic.text for topic in parked_topics(lead.dialogue)]


def said(lead: Participation) -> list[str]:
    return [entry.kind for entry in entries_since(lead.dialogue.stream_id, 0)]


def on(lead: Participation, screen: str) -> str:
    return "".join(fresh(lead.dialogue, View(screen, "en"))["regions"].values())


def in_room(who: Participation) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who.person)
    return client.get(f"/d/{who.dialogue.code}/").content.decode()


# --- held ------------------------------------------------------------------------
def test_topic_waits_is_shown_to_its_author_and_appears_when_approved(
    lead: Participation, author: Participation
):
    HoldingRule.objects.create(dialogue=lead.dialogue, holds_links=True)
    topic = park_topic(author=author, text="Siehe www.example.org")

    assert (topic.state, topic.held_for, topic.published_at) == (
        "pending",
        "links",
        None,
    )
    assert listed(lead) == []
    assert said(lead) == ["held.received"]
    (waiting,) = held_contributions(lead.dialogue)
    assert (waiting.kind, waiting.pk) == ("topic", topic.pk)
    assert f'id="queuetopic-{topic.pk}"' in on(lead, "desk")
    assert "www.example.org" not in on(lead, "room")
    assert "It contains a link." in in_room(author)

    approve_contribution(moderator=lead, **about(topic))

    topic.refresh_from_db()
    assert (topic.state, topic.published_at is None) == ("published", False)
    assert listed(lead) == ["Siehe www.example.org"]
    assert "www.example.org" in on(lead, "room")
    assert f'id="queuetopic-{topic.pk}"' not in on(lead, "desk")
    assert Message.objects.filter(person=author.person).count() == 1


def test_without_a_rule_a_topic_is_kept_at_once(
    lead: Participation, author: Participation
):
    topic = park_topic(author=author, text="Siehe www.example.org")

    assert (topic.state, topic.held_for) == ("published", "")
    assert topic.published_at == topic.written_at
    assert said(lead) == ["topic.parked"]


def test_topics_of_moderators_are_not_held(lead: Participation):
    HoldingRule.objects.create(dialogue=lead.dialogue, holds_everything=True)

    assert park_topic(author=lead, text="Radweg").state == "published"


def test_topics_count_for_first_contribution_and_rate(
    lead: Participation, author: Participation
):
    HoldingRule.objects.create(
        dialogue=lead.dialogue, holds_first=True, most_in_ten_minutes=2
    )
    first = park_topic(author=author, text="a")
    approve_contribution(moderator=lead, **about(first))

    second, third = (park_topic(author=author, text=text) for text in "bc")

    assert [row.held_for for row in (first, second, third)] == ["first", "", "rate"]


def test_author_mends_and_withdraws_what_waits(
    lead: Participation, author: Participation
):
    HoldingRule.objects.create(dialogue=lead.dialogue, holds_everything=True)
    topic = park_topic(author=author, text="Radwg")

    revise_held(author=author, kind="topic", pk=topic.pk, text="Rad\nweg")
    topic.refresh_from_db()
    assert (topic.text, topic.state) == ("Rad weg", "pending")
    assert refusal_of(
        revise_held, author=author, kind="topic", pk=topic.pk, text="x" * 201
    ) == ("input.invalid", "text")

    withdraw(author=author, kind="topic", pk=topic.pk)
    topic.refresh_from_db()
    assert topic.state == "withdrawn"
    assert said(lead) == ["held.received", "held.revised", "held.withdrawn"]


# --- withdrawn, dealt with ---------------------------------------------------------
def test_author_withdraws_a_topic(lead: Participation, author: Participation):
    topic = park_topic(author=author, text="Radweg")
    report(topic)
    neighbour = make_participation(lead.dialogue)
    facts = {"kind": "topic", "pk": topic.pk}

    assert refusal_of(withdraw, author=neighbour, **facts)[0] == "right.missing"
    withdraw(author=author, **facts)

    assert listed(lead) == []
    assert said(lead)[-1] == "topic.withdrawn"
    assert open_reports(lead.dialogue) == []
    assert reported_since(lead.dialogue) == (0, None)
    assert settle_withdrawn() == 1


@pytest.mark.parametrize("state", ["pending", "hidden", "withdrawn", "removed"])
def test_only_what_is_on_the_list_is_dealt_with(
    lead: Participation, author: Participation, state: str
):
    topic = park_topic(author=author, text="Radweg")
    ParkedTopic.objects.update(state=state)

    assert refusal_of(remove_topic, moderator=lead, topic_pk=topic.pk) == (
        "right.missing",
        None,
    )


# --- reported, hidden ---------------------------------------------------------------
def test_topic_is_reported_hidden_appealed_against_and_shown_again(
    lead: Participation, author: Participation
):
    topic = park_topic(author=author, text="Radweg")
    made = report(topic)
    assert [(one.kind, one.row) for one in open_reports(lead.dialogue)] == [
        ("topic", topic)
    ]
    assert f'id="queuereport-{made.pk}"' in on(lead, "desk")

    decision = hide_contribution(moderator=lead, **about(topic, rule="insult"))

    made.refresh_from_db()
    assert made.decision == decision
    assert decision.wording_digest == salted_digest(topic.salt, "Radweg")
    assert listed(lead) == []
    assert "Radweg" not in on(lead, "room")
    assert "Restore: Radweg" in on(lead, "desk")
    told = Message.objects.get(person=author.person).body
    assert "Grund" in told
    entry = entries_since(lead.dialogue.stream_id, 0)[2]
    assert (entry.kind, entry.payload["contribution"], entry.payload["pk"]) == (
        "contribution.hidden",
        "topic",
        topic.pk,
    )

    case = appeal(person=author.person, decision_pk=decision.pk)
    other = make_participation(lead.dialogue, "table_moderator")
    rule_on_appeal(
        person=other.person, appeal_pk=case.pk, outcome="reversed", reason="Doch"
    )
    assert listed(lead) == ["Radweg"]


def test_citizens_do_not_hide_topics(lead: Participation, author: Participation):
    topic = park_topic(author=author, text="Radweg")
    neighbour = make_participation(lead.dialogue)

    code, __ = refusal_of(
        hide_contribution, moderator=neighbour, **about(topic, rule="insult")
    )

    assert code == "agenda.not_now"
    assert listed(lead) == ["Radweg"]


@pytest.mark.parametrize("state", ["pending", "hidden", "withdrawn", "removed"])
def test_what_is_not_visible_is_not_reported(author: Participation, state: str):
    topic = park_topic(author=author, text="Radweg")
    ParkedTopic.objects.update(state=state)

    with pytest.raises(Refusal) as refused:
        report(topic)

    assert refused.value.code == "report.not_visible"
    page = Client().get(f"/d/{author.dialogue.code}/report/topic/{topic.pk}/")
    assert page.status_code == 403


def test_anybody_reports_a_topic_by_the_form(author: Participation):
    topic = park_topic(author=author, text="Radweg")
    address = f"/d/{author.dialogue.code}/report/topic/{topic.pk}/"

    answer = Client().post(address, {"rule": "insult", "explanation": "Weil"})

    made = Report.objects.get()
    assert (answer.status_code, made.topic, made.author) == (302, topic, author)
    assert address in in_room(make_participation(author.dialogue))


def test_report_is_answered_though_the_topic_was_dealt_with_meanwhile(
    lead: Participation, author: Participation
):
    topic = park_topic(author=author, text="Radweg")
    report(topic)
    remove_topic(moderator=lead, topic_pk=topic.pk)

    approve_contribution(moderator=lead, **about(topic))

    topic.refresh_from_db()
    assert topic.state == "removed"
    assert open_reports(lead.dialogue) == []


def test_topic_is_sent_back_and_reworded(lead: Participation, author: Participation):
    topic = park_topic(author=author, text="Radwg")
    ask_revision(moderator=lead, **about(topic, rule="unreadable"))
    facts = {"author": author, "kind": "topic", "pk": topic.pk}

    assert refusal_of(reword, **facts, text="x" * 201) == ("input.invalid", "text")
    assert refusal_of(reword, **facts, text="") == ("input.invalid", "text")
    reword(**facts, text="Rad\nweg")

    topic.refresh_from_db()
    assert (topic.text, topic.state) == ("Rad weg", "pending")
    assert [held.kind for held in held_contributions(lead.dialogue)] == ["topic"]


def test_restored_by_a_moderator(lead: Participation, author: Participation):
    topic = park_topic(author=author, text="Radweg")
    hide_contribution(moderator=lead, **about(topic, rule="insult"))

    restore_contribution(moderator=lead, **about(topic))

    assert listed(lead) == ["Radweg"]


def test_text_goes_with_the_time_for_appeals(
    lead: Participation, author: Participation
):
    topic = park_topic(author=author, text="Radweg")
    decision = hide_contribution(moderator=lead, **about(topic, rule="insult"))

    assert delete_text(decision_pk=decision.pk)

    topic.refresh_from_db()
    assert (topic.text, topic.salt, topic.state) == ("", "", "hidden")
    assert said(lead)[-1] == "contribution.text_deleted"


def test_log_names_the_kind(lead: Participation, author: Participation):
    topic = park_topic(author=author, text="Radweg")
    hide_contribution(moderator=lead, **about(topic, rule="insult"))

    page = Client(headers={"Accept-Language": "en"}).get(
        f"/d/{lead.dialogue.code}/moderation/"
    )

    assert "Topic kept for later" in page.content.decode()
    assert "Radweg" not in page.content.decode()


# --- on the screens -----------------------------------------------------------------
STEPS: dict[str, tuple[str, str, Any]] = {
    "approve": ("pending", "lead", about),
    "hide": ("published", "lead", partial(about, rule="insult")),
    "ask_revision": ("published", "lead", partial(about, rule="insult")),
    "restore": ("hidden", "lead", about),
    "withdraw": ("published", "author", lambda t: {"kind": "topic", "pk": t.pk}),
}


@pytest.mark.parametrize("name", STEPS)
def test_every_step_reaches_every_view(
    lead: Participation, author: Participation, name: str
):
    state, who, facts = STEPS[name]
    topic = park_topic(author=author, text="Radweg")
    ParkedTopic.objects.update(state=state)
    actor = {"lead": lead, "author": author}[who]

    with verify_action(lead.dialogue):
        run_command(name, facts(topic), actor, View("room", "en"))


@pytest.mark.parametrize("holds", [True, False])
def test_parking_a_topic_reaches_every_view(author: Participation, holds: bool):
    HoldingRule.objects.create(dialogue=author.dialogue, holds_everything=holds)

    with verify_action(author.dialogue):
        run_command("park_topic", {"text": "Radweg"}, author, View("room", "en"))


# --- after the end ------------------------------------------------------------------
def test_hidden_after_the_end_it_leaves_the_result_until_it_is_shown_again():
    evening = hold_evening()
    topic = ParkedTopic.objects.get(text="Spielplatz")
    key = ResultText.objects.get(text="Spielplatz").key
    report(topic)

    made = answer_report(
        person=evening.lead.person,
        dialogue=evening.dialogue,
        kind="topic",
        pk=topic.pk,
        action="hide",
        rule="insult",
        reason="Grob.",
    )

    sealed = SealedText.objects.get()
    assert (sealed.topic, sealed.text) == (topic, "Spielplatz")
    assert ResultText.objects.get(key=key).text == ""
    assert "Spielplatz" not in Client().get(evening.address).content.decode()
    assert Decision.objects.get(topic=topic) == made

    restore_contribution(
        moderator=evening.lead, kind="topic", pk=topic.pk, reason="Doch"
    )
    assert ResultText.objects.get(key=key).text == "Spielplatz"
    assert not SealedText.objects.exists()


def test_sealed_topic_goes_with_its_author():
    evening = hold_evening()
    topic = ParkedTopic.objects.get(text="Spielplatz")
    hide_contribution(
        moderator=evening.lead, kind="topic", pk=topic.pk, rule="insult", reason="Grob"
    )

    erase_in_moderation(topic.author.person, texts=True)

    assert not SealedText.objects.exists()
