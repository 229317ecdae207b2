"""The page of vote weights, and what voters see of them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from dialogue.models import Announcement, Participation
from live.weight_pages import PER_PAGE
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from proposals.voting import VoteRequest, cast_votes
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(
        make_dialogue(allows="vote"), "lead_moderator", display_name="Zoe Leitung"
    )


def client_of(who: Participation) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who.person)
    return client


def path(name: str, who: Participation, *args: object) -> str:
    return reverse(f"live:{name}", args=[who.dialogue.code, *args])


def test_weights_are_set_with_a_reason(lead: Participation):
    anna = make_participation(lead.dialogue, display_name="Anna")
    bert = make_participation(lead.dialogue, display_name="Bert")
    client = client_of(lead)

    response = client.post(
        path("weights", lead),
        {
            f"weight_{anna.pk}": "7",
            f"weight_{bert.pk}": "1",
            "reason": "Anna spricht für sieben Haushalte.",
        },
        follow=True,
    )

    anna.refresh_from_db()
    assert anna.vote_weight == 7
    assert "1 weight is changed." in response.content.decode()
    assert Announcement.objects.get().text.endswith("sieben Haushalte.")


@pytest.mark.parametrize(
    ("number", "reason"), [("101", "Darum."), ("-1", "Darum."), ("7", " ")]
)
def test_refused_weights_stay_typed(lead: Participation, number: str, reason: str):
    anna = make_participation(lead.dialogue, display_name="Anna")

    response = client_of(lead).post(
        path("weights", lead), {f"weight_{anna.pk}": number, "reason": reason}
    )

    anna.refresh_from_db()
    assert (response.status_code, anna.vote_weight) == (422, 1)
    assert f'value="{number}"' in response.content.decode()


def test_weights_wait_for_a_running_ballot(lead: Participation):
    anna = make_participation(lead.dialogue, display_name="Anna", vote_weight=3)
    weighted(lead)

    response = client_of(lead).post(
        path("weights", lead), {f"weight_{anna.pk}": "5", "reason": "Darum."}
    )

    anna.refresh_from_db()
    assert (response.status_code, anna.vote_weight) == (422, 3)
    assert "A ballot with weights is running" in response.content.decode()


def test_people_are_found_by_name_and_page(lead: Participation):
    for number in range(PER_PAGE + 5):
        make_participation(lead.dialogue, display_name=f"Person {number:03}")
    client = client_of(lead)

    def names(**query: str) -> list[str]:
        page = client.get(path("weights", lead), query).content.decode()
        return re.findall(r"Person \d{3}", page)

    assert len(set(names())) == PER_PAGE
    assert set(names(page="2")) == {f"Person {n:03}" for n in range(PER_PAGE, 55)}
    assert set(names(q="son 007")) == {"Person 007"}


def weighted(lead: Participation) -> Ballot:
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        text="Wer für andere spricht, zählt für sie.",
        secrecy="open",
        uses_weights=True,
    )
    return open_ballot(moderator=lead, ballot_pk=ballot.pk)


def test_form_offers_weights_where_there_are_some(lead: Participation):
    client = client_of(lead)
    form = path("ballot_draft", lead, "yes_no")
    assert "uses_weights" not in client.get(form).context["form"].fields

    make_participation(lead.dialogue, vote_weight=2)

    assert "uses_weights" in client.get(form).context["form"].fields
    consent = client.get(path("ballot_draft", lead, "consent"))
    assert "uses_weights" not in consent.context["form"].fields


def test_voters_see_weights_before_and_after(lead: Participation):
    anna = make_participation(lead.dialogue, display_name="Anna", vote_weight=3)
    bert = make_participation(lead.dialogue, display_name="Bert")
    none = make_participation(lead.dialogue, display_name="Cem", vote_weight=0)
    own = "In ballots with weights your vote counts"

    before = {who: room_of(who) for who in (anna, bert, none)}

    assert f"{own} 3 times." in before[anna]
    assert own not in before[bert]
    assert f"{own} 0 times" in before[none]

    ballot = weighted(lead)
    page = room_of(bert)
    assert "Votes are weighted" in page
    assert "1 person counts 3 times" in page
    assert "2 people count 1 times each" in page

    yes = ballot.options.get(key="yes")
    cast_votes([VoteRequest(anna.pk, ballot.pk, {yes.pk: 1}, "a key")])
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert "The numbers are sums of weights" in room_of(bert)


def room_of(who: Participation) -> str:
    page = client_of(who).get(path("room", who)).content.decode()
    return " ".join(page.split())


def test_without_weights_nothing_is_said(lead: Participation):
    heavy = make_participation(lead.dialogue, vote_weight=3)
    ballot = draft_ballot(moderator=lead, title="Was?", secrecy="open")
    open_ballot(moderator=lead, ballot_pk=ballot.pk)

    assert "Votes are weighted" not in room_of(heavy)
