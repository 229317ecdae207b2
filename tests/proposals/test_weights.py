"""Vote weights: who sets them, when not, and where they may count."""

from typing import Any

import pytest

from dialogue.models import Announcement, Participation
from ledger.queries import entries_since
from proposals.ballots import close_ballot, open_ballot
from proposals.choices import BUDGETS
from proposals.drafting import draft_ballot, draft_findings
from proposals.models import Ballot
from proposals.weights import set_weights, weights_on_roll
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db
WHY = "Delegierte zählen für ihre Gruppe."


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(allows="vote"), "lead_moderator")


def refusal_of(verb: Any, **facts: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value


def drafted(lead: Participation, **plan: Any) -> Ballot:
    usual = {"title": "Was?", "text": WHY, "secrecy": "open", "uses_weights": True}
    return draft_ballot(moderator=lead, **(usual | plan))


def test_each_change_is_in_the_ledger(lead: Participation):
    anna, bert = (make_participation(lead.dialogue) for __ in range(2))
    weights = {anna.pk: 7, bert.pk: 1}

    assert set_weights(moderator=lead, weights=weights, reason=WHY) == 1
    assert set_weights(moderator=lead, weights=weights, reason=WHY) == 0

    entries = entries_since(lead.dialogue.stream_id, 0)
    assert [e.kind for e in entries] == ["weight.set", "announcement.made"]
    told = {"participation": anna.pk, "weight": 7, "by": lead.pk}
    assert entries[0].payload["concerns"] == anna.pk
    assert told.items() <= entries[0].payload.items()
    assert Announcement.objects.get().text.endswith(WHY)


@pytest.mark.parametrize(
    ("weight", "reason", "code"),
    [
        (101, WHY, "weight.range"),
        (-1, WHY, "weight.range"),
        (2, "", "weight.reason"),
        (2, "x" * 301, "weight.reason"),
    ],
)
def test_bad_weights_are_refused(
    lead: Participation, weight: int, reason: str, code: str
):
    anna = make_participation(lead.dialogue)

    refusal = refusal_of(
        set_weights, moderator=lead, weights={anna.pk: weight}, reason=reason
    )

    assert (refusal.code, bool(refusal.field)) == (code, True)
    anna.refresh_from_db()
    assert anna.vote_weight == 1


def test_only_people_of_this_dialogue(lead: Participation):
    stranger = make_participation(make_dialogue())

    refusal = refusal_of(
        set_weights, moderator=lead, weights={stranger.pk: 2}, reason=WHY
    )

    assert refusal.code == "right.missing"


@pytest.mark.parametrize("role", ["participant", "table_moderator", "technical_host"])
def test_only_leads_set_weights(lead: Participation, role: str):
    other = make_participation(lead.dialogue, role)

    refusal_of(set_weights, moderator=other, weights={other.pk: 9}, reason=WHY)

    other.refresh_from_db()
    assert other.vote_weight == 1


def test_running_ballot_keeps_the_weights(lead: Participation):
    anna = make_participation(lead.dialogue, vote_weight=2)
    ballot = drafted(lead)
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    facts: dict[str, Any] = {"moderator": lead, "weights": {anna.pk: 5}, "reason": WHY}

    assert refusal_of(set_weights, **facts).code == "weight.ballot_runs"

    assert weights_on_roll(ballot) == [(2, 1), (1, 1)]
    close_ballot(moderator=lead, ballot_pk=ballot.pk)
    assert set_weights(**facts) == 1
    assert weights_on_roll(ballot) == [(2, 1), (1, 1)]


def test_roll_of_zeros_is_refused(lead: Participation):
    Participation.objects.update(vote_weight=0)
    ballot = drafted(lead)

    refusal = refusal_of(open_ballot, moderator=lead, ballot_pk=ballot.pk)

    assert refusal.code == "ballot.no_weight"


@pytest.mark.parametrize(
    "plan",
    [
        {"secrecy": "secret"},
        {"text": ""},
        {"method": "consent"},
        {"method": "hands"},
        *(
            {"method": method, "options": (("a", 5), ("b", 6)), "budget": 9}
            for method in BUDGETS
        ),
    ],
)
def test_weights_do_not_fit_everywhere(lead: Participation, plan: dict[str, Any]):
    assert draft_findings(drafted(lead)) == []

    ballot = drafted(lead, **plan)

    assert draft_findings(ballot)
    code = refusal_of(open_ballot, moderator=lead, ballot_pk=ballot.pk).code
    assert code == "ballot.not_ready"
