"""Changed meanwhile, without a script: the form comes back with all that was typed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from dialogue.models import Participation
from ledger.models import Entry
from live.cards import draw_ballot, draw_question
from live.ops import draw_ops, targets_of
from live.parts.desk import draw_pace, draw_projecting
from live.parts.opinions import draw_statements
from live.screens import View, draw_regions, load_dialogue
from proposals import actions, wall
from proposals.ballots import open_ballot
from proposals.drafting import change_draft, draft_ballot
from proposals.held import set_holding
from proposals.models import Ballot, HoldingRule, Question
from proposals.weights import set_weights
from tests.factories import make_dialogue, make_participation, make_question

pytestmark = pytest.mark.django_db
BY_ADA = "Changed meanwhile by Ada. Please look again."
DESK = View("desk", "en")
ROOM = View("room", "en")


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A request leaves its language behind."""
    with override("de"):
        yield


@pytest.fixture
def ada() -> Participation:
    return make_participation(
        make_dialogue(allows="vote ask propose"), "lead_moderator", display_name="Ada"
    )


@pytest.fixture
def ben(ada: Participation) -> Participation:
    return make_participation(ada.dialogue, "lead_moderator", display_name="Ben")


def client_of(who: Participation) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who.person)
    return client


def path(name: str, who: Participation, *args: object) -> str:
    return reverse(f"live:{name}", args=[who.dialogue.code, *args])


def hidden(html: str, name: str = "seen") -> list[str]:
    return re.findall(rf'<input type="hidden" name="{name}"[^>]* value="([^"]*)"', html)


def texts(response: HttpResponse) -> str:
    return response.content.decode()


# --- commands by form -----------------------------------------------------------------
def test_refused_answer_comes_back_and_can_be_sent_again(
    ada: Participation, ben: Participation
):
    question: Question = make_question(make_participation(ada.dialogue), text="Wann?")
    card = draw_question(ada.dialogue, DESK, question)
    about = {"question": str(question.pk), "seen": question.answering}
    assert question.answering in hidden(card)
    wall.answer_question(moderator=ada, question_pk=question.pk, answer="Im Mai")
    client, address = client_of(ben), path("do", ben, "answer_question")

    refused = client.post(address, about | {"answer": "Erst im Juni"})

    page = texts(refused)
    assert (refused.status_code, BY_ADA in page) == (409, True)
    assert "Erst im Juni" in page
    question.refresh_from_db()
    assert (question.answer, hidden(page)) == ("Im Mai", [question.answering])
    about["seen"] = hidden(page)[0]
    assert client.post(address, about | {"answer": "Erst im Juni"}).status_code == 302
    question.refresh_from_db()
    assert question.answer == "Erst im Juni"


def test_script_reads_what_is_there_now(ada: Participation, ben: Participation):
    question: Question = make_question(make_participation(ada.dialogue), text="Wann?")
    client = client_of(ben)
    client.defaults["HTTP_ACCEPT"] = "application/json"
    address = path("do", ben, "sort_question")
    about = {
        "question": str(question.pk),
        "sets_topic": "true",
        "seen": question.tagging,
    }
    wall.sort_question(moderator=ada, question_pk=question.pk, topic="Verkehr")
    question.refresh_from_db()

    refused = client.post(address, about | {"topic": "Kosten"}).json()["refused"]

    assert refused == {
        "code": "question.changed_meanwhile",
        "message": BY_ADA,
        "seen": question.tagging,
    }
    about["seen"] = refused["seen"]
    ok = client.post(address, about | {"topic": "Kosten"}).json()["ok"]
    question.refresh_from_db()
    assert ok == {"seen": question.tagging}


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        ("set_pace", {"seconds": "30", "seen": "60"}),
        ("set_opinion_map", {"is_shown": "true", "seen": "otherwise"}),
        ("extend", {"minutes": "5", "ends": "1"}),
        ("open_ballot", {"seen": "otherwise"}),
        ("discard_draft", {"seen": "otherwise"}),
        ("group_people", {"seen": "otherwise"}),
        ("mark_statement", {"state": "in", "seen": "otherwise"}),
    ],
)
def test_every_such_command_takes_what_was_seen(
    ada: Participation, command: str, facts: dict[str, str]
):
    proposal = actions.submit_proposal(author=ada, title="Bank")
    ballot = draft_ballot(moderator=ada, title="Soll es so sein?")
    facts |= {
        "open_ballot": {"ballot": str(ballot.pk)},
        "discard_draft": {"ballot": str(ballot.pk)},
        "group_people": {"participations": str(make_participation(ada.dialogue).pk)},
        "mark_statement": {"proposal": str(proposal.pk)},
    }.get(command, {})

    refused = client_of(ada).post(path("do", ada, command), facts)

    assert refused.status_code == 409
    assert "changed meanwhile" in texts(refused).lower()


def test_forms_say_what_they_show(ada: Participation):
    dialogue = ada.dialogue
    actions.submit_proposal(author=ada, title="Bank")

    html = draw_regions(load_dialogue(dialogue.pk), DESK, ["now", "tables"])

    assert hidden(draw_pace(dialogue, DESK)) == ["0"]
    assert [len(sign) for sign in hidden(draw_statements(dialogue, DESK))] == [16, 16]
    assert len(hidden(html["now"], "ends")) == 1
    assert len(hidden(html["tables"])[0]) == 16


def test_desk_says_who_chose_what_the_projector_shows(
    ada: Participation, ben: Participation
):
    for who, shown in ((ben, "agenda"), (ada, "join")):
        client_of(who).post(path("do", who, "show_on_projector"), {"shown": shown})

    html = draw_projecting(load_dialogue(ada.dialogue_id), DESK)

    assert "(<bdi>Ada</bdi>)" in html
    assert "Ben" not in html


# --- pages of their own ---------------------------------------------------------------
def ballot_of(lead: Participation, **plan: Any) -> Ballot:
    usual = {"title": "Was?", "method": "single", "options": ("Bank", "Baum")}
    return Ballot.objects.get(pk=draft_ballot(moderator=lead, **(usual | plan)).pk)


def fields_of(response: Any) -> dict[str, Any]:
    """What a browser would send of the page's form."""
    form = response.context["form"]
    found = {field.html_name: field.value() for field in form}
    return {
        name: "on" if value is True else value
        for name, value in found.items()
        if value is not None and value is not False
    }


def test_draft_form_comes_back_with_what_was_typed(
    ada: Participation, ben: Participation
):
    ballot = ballot_of(ada)
    client, address = client_of(ben), path("ballot_change", ben, ballot.pk)
    sent = fields_of(client.get(address)) | {"title": "Was von Ben?"}
    change_draft(
        moderator=ada,
        ballot_pk=ballot.pk,
        title="Was von Ada?",
        method="single",
        options=("Bank", "Baum"),
    )

    refused = client.post(address, sent)

    page = texts(refused)
    assert refused.context["form"].errors == {"__all__": [BY_ADA]}
    assert (refused.status_code, BY_ADA in page) == (422, True)
    assert 'value="Was von Ben?"' in page
    ballot.refresh_from_db()
    assert ballot.title == "Was von Ada?"
    assert client.post(address, fields_of(refused)).status_code == 302
    ballot.refresh_from_db()
    assert ballot.title == "Was von Ben?"


def test_weights_come_back_with_what_was_typed(ada: Participation, ben: Participation):
    anna = make_participation(ada.dialogue, display_name="Anna")
    client, address = client_of(ben), path("weights", ben)
    sent = fields_of(client.get(address))
    sent |= {f"weight_{anna.pk}": "3", "reason": "Drei Haushalte"}
    set_weights(moderator=ada, weights={anna.pk: 7}, reason="Sieben")

    refused = client.post(address, sent)

    page = texts(refused)
    assert (refused.status_code, BY_ADA in page) == (422, True)
    assert "Drei Haushalte" in page
    anna.refresh_from_db()
    assert anna.vote_weight == 7
    assert client.post(address, fields_of(refused)).status_code == 302
    anna.refresh_from_db()
    assert anna.vote_weight == 3


@pytest.mark.parametrize("which", ["rule", "words"])
def test_rule_and_words_come_back_with_what_was_typed(
    ada: Participation, ben: Participation, which: str
):
    client, page = client_of(ben), reverse("holding:edit", args=[ada.dialogue.code])
    address = reverse(f"holding:save_{which}", args=[ada.dialogue.code])
    form = "form" if which == "rule" else "words_form"
    field = "rule-most_in_ten_minutes" if which == "rule" else "words-words"
    said = {"rule": ("3", "5"), "words": ("Mist", "Quatsch")}[which]
    shown = client.get(page).context[form]
    seen = {f"{which}-seen": shown["seen"].value()}
    client_of(ada).post(address, seen | {field: said[0]})

    refused = client.post(address, seen | {field: said[1]})

    assert (refused.status_code, BY_ADA in texts(refused)) == (400, True)
    assert said[1] in texts(refused)
    seen = {f"{which}-seen": refused.context[form]["seen"].value()}
    assert client.post(address, seen | {field: said[1]}).status_code == 302


def test_rule_of_an_item_is_taken_away_only_as_it_was_read(
    ada: Participation, ben: Participation
):
    item = ada.dialogue.current_id
    client = client_of(ben)
    page = client.get(reverse("holding:edit", args=[ada.dialogue.code]))
    seen = page.context["items"][0]["form"]["seen"].value()
    names = ("holds_everything", "holds_links", "holds_first", "holds_words")
    facts = dict.fromkeys(names, False) | {"most_in_ten_minutes": 3}
    set_holding(dialogue=ada.dialogue, item_pk=item, facts=facts, by=ada)

    refused = client.post(
        reverse("holding:save_rule", args=[ada.dialogue.code]),
        {"item": str(item), "none": "1", f"item-{item}-seen": seen},
    )

    assert (refused.status_code, BY_ADA in texts(refused)) == (400, True)
    assert HoldingRule.objects.get().most_in_ten_minutes == 3


# --- what a draft shows ---------------------------------------------------------------
def test_draft_reads_as_it_would_be_opened(ada: Participation):
    author = make_participation(ada.dialogue)
    proposal = actions.submit_proposal(author=author, title="Brunnen")
    ballot = ballot_of(ada, proposals=(proposal.pk,))
    before = hidden(draw_ballot(ada.dialogue, DESK, ballot))
    actions.revise_proposal(
        author=author, proposal_pk=proposal.pk, title="Zwei Brunnen"
    )

    targets = targets_of(Entry.objects.order_by("seq").last())
    assert ("ballot", ballot.pk) in targets
    (op,) = draw_ops(ada.dialogue, DESK, {("ballot", ballot.pk)})
    assert "<li>Zwei Brunnen</li>" in op["html"]
    assert hidden(op["html"]) != before
    # Citizens hear nothing of a draft.
    assert draw_ops(ada.dialogue, ROOM, {("ballot", ballot.pk)}) == []
    seen = hidden(op["html"])[0]
    opened = open_ballot(moderator=ada, ballot_pk=ballot.pk, seen=seen)
    assert opened.options.first().title == "Zwei Brunnen"  # type: ignore[union-attr]
