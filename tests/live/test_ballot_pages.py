"""The pages on which a ballot is prepared, and those of mixed mode."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dialogue.models import Participation
from live.cards import draw_ballot
from live.screens import View
from moderation.actions import hide_contribution
from proposals.ballot_forms import FAMILIES, READS
from proposals.ballots import open_ballot
from proposals.channels import check_in, issue_tickets
from proposals.drafting import draft_ballot
from proposals.methods import METHODS
from proposals.methods.outcome import Terms
from proposals.models import Ballot, HandCount, Ticket
from proposals.planning import option_of_line
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(allows="vote"), "lead_moderator")


def client_of(who: Participation) -> Client:
    client = Client()
    client.force_login(who.person)
    return client


def path(name: str, who: Participation, *args: Any) -> str:
    return reverse(f"live:{name}", args=[who.dialogue.code, *args])


def test_every_method_has_its_place_and_form(lead: Participation):
    placed = [name for __, names in FAMILIES for name in names]

    assert sorted(placed) == sorted(METHODS) == sorted(READS)
    page = client_of(lead).get(path("ballot_methods", lead)).content.decode()
    for name in METHODS:
        assert path("ballot_draft", lead, name) in page


@pytest.mark.parametrize("method", sorted(READS))
def test_form_asks_only_what_the_method_reads(lead: Participation, method: str):
    response = client_of(lead).get(path("ballot_draft", lead, method))

    assert response.status_code == 200
    assert f'href="{reverse("recount:methods")}#{method}"' in response.content.decode()
    asked = set(response.context["form"].fields)
    assert set(READS[method]) <= asked
    assert not (asked & {"budget", "seats", "points"}) - set(READS[method])


def suits(method: str, terms: Terms) -> bool:
    try:
        METHODS[method].suits(terms)
    except Refusal as refusal:
        return refusal.code not in ("ballot.threshold", "ballot.base")
    return True


@pytest.mark.parametrize("method", sorted(READS))
def test_form_asks_for_every_term_that_the_method_has(lead: Participation, method: str):
    """By the method itself: what it refuses, nobody is asked for."""
    fixed = getattr(METHODS[method], "FIXED", ())
    keys = {key: option for option, key in enumerate(fixed, 1)}
    # Whoever abstains chooses nothing: no option of its own.
    options = tuple(n for key, n in keys.items() if key != "abstain") or (1, 2, 3, 4)
    terms = Terms(
        options,
        keys=keys,
        points=4,
        seats=2 if method == "stv" else 1,
        budget=3,
        costs=dict.fromkeys(options, 1),
    )

    for name, changed in (
        ("threshold", replace(terms, threshold=30)),
        ("base", replace(terms, threshold=30, base="roll")),
    ):
        assert (name in READS[method]) == suits(method, changed)


def test_threshold_is_taken_from_the_form(lead: Participation):
    client_of(lead).post(
        path("ballot_draft", lead, "single"),
        said(options="Baum\nBank", threshold="40", base="roll"),
    )

    ballot = Ballot.objects.get()
    assert (ballot.threshold, ballot.base) == (40, "roll")


def test_form_says_what_each_electorate_guards_against(lead: Participation):
    page = client_of(lead).get(
        path("ballot_draft", lead, "single"), headers={"Accept-Language": "en"}
    )

    guard = "The room guards against voting twice under one name, not against a second"
    assert guard in page.content.decode()


def said(**facts: Any) -> dict[str, Any]:
    usual = {
        "title": "Was zuerst?",
        "secrecy": "secret",
        "electorate": "room",
        "quorum": "0",
        "threshold": "0",
        "base": "votes",
        "hides_count": "on",
    }
    return usual | facts


def test_budget_takes_costs_of_lines_and_proposals(lead: Participation):
    proposal = make_proposal(lead, title="Bank")
    make_proposal(lead, title="Brunnen")

    response = client_of(lead).post(
        path("ballot_draft", lead, "equal_shares"),
        said(
            budget="5000",
            options="Licht; 2.500 €\nBaum;300",
            **{f"cost_of_{proposal.pk}": "1200"},
        ),
    )

    ballot = Ballot.objects.get()
    assert response["Location"] == f"{path('desk', lead)}#ballot-{ballot.pk}"
    assert [(row.title, row.cost, row.key) for row in ballot.options.all()] == [
        ("Bank", 1200, ""),
        ("Licht", 2500, ""),
        ("Baum", 300, ""),
        ("Enthaltung", 0, "abstain"),
    ]
    assert (ballot.budget, ballot.most_options) == (5000, 3)


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("Licht; 2.500 €", ("Licht", 2500)),
        ("Licht | 300", ("Licht", 300)),
        ("Licht; am Abend", ("Licht; am Abend", 0)),
        ("Tempo 30", ("Tempo 30", 0)),
        ("  Zwei   Bänke ; 1 200 Euro", ("Zwei Bänke", 1200)),
    ],
)
def test_option_of_line(line: str, option: tuple[str, int]):
    assert option_of_line(line) == option


def test_what_was_typed_is_kept(lead: Participation):
    response = client_of(lead).post(
        path("ballot_draft", lead, "single"), said(options="nur eine", quorum="101")
    )

    assert (response.status_code, Ballot.objects.count()) == (422, 0)
    assert "nur eine" in response.content.decode()
    assert set(response.context["form"].errors) == {"quorum"}


def test_verbs_refusal_stands_at_its_field(lead: Participation):
    response = client_of(lead).post(
        path("ballot_draft", lead, "single"), said(options="nur eine")
    )

    assert (response.status_code, Ballot.objects.count()) == (422, 0)
    assert set(response.context["form"].errors) == {"options"}


def test_draft_is_changed_and_keeps_what_it_was(lead: Participation):
    proposal = make_proposal(lead, title="Bank")
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method="single",
        options=("Baum",),
        proposals=(proposal.pk,),
        has_none=True,
        quorum=20,
    )
    client = client_of(lead)
    form = client.get(path("ballot_change", lead, ballot.pk)).context["form"]
    facts = {name: form[name].value() for name in form.fields}

    facts = {
        name: value
        for name, value in facts.items()
        if value is not None and value is not False
    }
    client.post(path("ballot_change", lead, ballot.pk), facts | {"title": "Wo?"})

    ballot.refresh_from_db()
    assert (ballot.title, ballot.quorum) == ("Wo?", 20)
    assert [(row.title, row.key, row.proposal_id) for row in ballot.options.all()] == [
        ("Bank", "", proposal.pk),
        ("Baum", "", None),
        ("Nichts davon", "none", None),
        ("Enthaltung", "abstain", None),
    ]


def test_opened_ballot_is_no_longer_changed(lead: Participation):
    ballot = draft_ballot(moderator=lead, title="Was?")
    open_ballot(moderator=lead, ballot_pk=ballot.pk)

    response = client_of(lead).post(
        path("ballot_change", lead, ballot.pk), said(title="Anders")
    )

    assert response["Location"] == path("desk", lead)
    ballot.refresh_from_db()
    assert ballot.title == "Was?"


@pytest.mark.parametrize("role", ["participant", "observer", "table_moderator"])
@pytest.mark.parametrize("name", ["ballot_methods", "tickets_print"])
def test_pages_are_for_leads(lead: Participation, role: str, name: str):
    other = make_participation(lead.dialogue, role)

    assert client_of(other).get(path(name, lead)).status_code == 403


# --- mixed mode -------------------------------------------------------------------
def test_tickets_are_made_checked_in_and_printed(lead: Participation):
    client = client_of(lead)
    client.post(
        path("tickets", lead), {"verb": "issue", "number": "2", "channel": "hall"}
    )
    one, two = Ticket.objects.all()

    client.post(path("tickets", lead), {"verb": "check_in", "code": one.code})
    again = client.post(path("tickets", lead), {"verb": "check_in", "code": "1"})

    one.refresh_from_db()
    assert one.checked_in_at is not None
    assert again.status_code == 422
    printed = client.get(path("tickets_print", lead)).content.decode()
    assert one.code in printed
    assert two.code in printed


def test_tickets_page_asks_the_same_for_all(
    lead: Participation, django_assert_num_queries: Any
):
    client = client_of(lead)
    client.get(path("tickets_print", lead))
    for number in (1, 3):
        issue_tickets(moderator=lead, number=number)
        with django_assert_num_queries(QUERIES_OF_PRINT):
            client.get(path("tickets_print", lead))


QUERIES_OF_PRINT = 5


def test_citizen_uses_a_ticket(lead: Participation):
    citizen = make_participation(lead.dialogue)
    (ticket,) = issue_tickets(moderator=lead, number=1)
    client = client_of(citizen)

    early = client.post(path("ticket", lead), {"code": ticket.code})
    check_in(moderator=lead, code=ticket.code)
    client.post(path("ticket", lead), {"code": ticket.code})

    assert early.status_code == 422
    ticket.refresh_from_db()
    assert ticket.participation == citizen


def test_hands_are_counted_by_two(lead: Participation):
    second = make_participation(lead.dialogue, "table_moderator")
    for ticket in issue_tickets(moderator=lead, number=3):
        check_in(moderator=lead, code=ticket.code)
    ballot = draft_ballot(moderator=lead, title="Was?", is_mixed=True)
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    yes, no, abstain = ballot.options.all()
    facts = {
        "verb": "count",
        "channel": "hall",
        f"hands_{yes.pk}": "2",
        f"hands_{no.pk}": "1",
        f"hands_{abstain.pk}": "0",
    }

    for who in (lead, second):
        client_of(who).post(path("hand_count", lead, ballot.pk), facts)
    page = client_of(lead).get(path("hand_count", lead, ballot.pk))
    many = client_of(lead).post(
        path("hand_count", lead, ballot.pk), facts | {f"hands_{yes.pk}": "5"}
    )

    assert HandCount.objects.count() == 2
    (hall,) = page.context["channels"]
    assert (hall["holds"], hall["own"]) == (True, ["Ja: 2", "Nein: 1", "Enthaltung: 0"])
    assert many.status_code == 422


def test_paper_is_read_line_by_line(lead: Participation):
    for ticket in issue_tickets(moderator=lead, number=3):
        check_in(moderator=lead, code=ticket.code)
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method="multiple",
        options=("a", "b"),
        most_options=2,
        is_mixed=True,
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    client = client_of(lead)

    wrong = client.post(
        path("hand_count", lead, ballot.pk),
        {"verb": "count", "channel": "hall", "sheets": "1,2\n7"},
    )
    client.post(
        path("hand_count", lead, ballot.pk),
        {"verb": "count", "channel": "hall", "sheets": "1,2\n2 x 1"},
    )

    assert wrong.status_code == 422
    assert "1,2" in wrong.content.decode()
    count = HandCount.objects.get()
    assert sorted(sheet.copies for sheet in count.sheets.all()) == [1, 2]
    page = client.get(path("hand_count", lead, ballot.pk))
    assert page.context["channels"][0]["own"] == ["2 x 1", "1,2"]
    # To abstain has a letter and no number.
    assert re.findall(r'<li value="\d">(.*?)</li>', page.content.decode()) == ["a", "b"]


def test_card_leads_to_what_was_put_to_the_vote(lead: Participation):
    proposal = make_proposal(lead, title="Bank am Markt")
    hidden = make_proposal(lead, title="Brunnen am Markt")
    question = make_question(lead, text="Wer bezahlt das?")
    ballot = draft_ballot(
        moderator=lead,
        title="Was zuerst?",
        method="single",
        proposals=(proposal.pk, hidden.pk),
        questions=(question.pk,),
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    hide_contribution(
        moderator=lead, kind="proposal", pk=hidden.pk, rule="insult", reason="Grob."
    )

    card = draw_ballot(lead.dialogue, View("room", "en"), Ballot.objects.get())

    room = f"/d/{lead.dialogue.code}/"
    assert f'<a href="{room}proposals/{proposal.pk}/">Bank am Markt</a>' in card
    assert (
        f'<a href="{room}questions/#question-{question.pk}">Wer bezahlt das?</a>'
        in card
    )
    assert f"proposals/{hidden.pk}/" not in card
    assert "Brunnen" not in card


@pytest.mark.parametrize(
    ("said", "hides"), [({}, True), ({"shows_count": "true"}, False)]
)
def test_count_is_hidden_unless_somebody_asks_for_it(
    lead: Participation, said: dict[str, str], *, hides: bool
):
    """The desk's short form, whose box is not ticked at first."""
    client_of(lead).post(
        reverse("live:do", args=[lead.dialogue.code, "draft_ballot"]),
        {"title": "Was?", "secrecy": "open", **said},
    )

    assert Ballot.objects.get().hides_count is hides
