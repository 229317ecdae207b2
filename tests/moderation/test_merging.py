"""Several contributions become one, with credit to all, and back again."""

from typing import Any

import pytest
from django.utils import translation

from accounts.models import Message
from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from live.screens import View, draw_regions, load_dialogue
from moderation.actions import hide_contribution, restore_contribution
from moderation.merging import merge_contributions, unmerge_contribution
from moderation.models import Decision
from proposals import actions, ballots, drafting, responding
from proposals.models import Proposal, Question, Support
from proposals.queries import wording_digest
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)

pytestmark = pytest.mark.django_db


class Team:
    """Three authors with a proposal each, four who support, and a lead."""

    def __init__(self) -> None:
        self.dialogue: Dialogue = make_dialogue(allows="propose comment ask vote")
        self.lead = make_participation(self.dialogue, "lead_moderator")
        self.authors = [
            make_participation(self.dialogue, display_name=name)
            for name in ("Ada", "Bea", "Cem")
        ]
        self.rows = [
            make_proposal(author, title=f"Bänke {number}")
            for number, author in enumerate(self.authors)
        ]
        self.people = [make_participation(self.dialogue) for __ in range(4)]

    def support(self, person: Participation, row: Proposal, yes: bool = True) -> None:
        responding.set_support(
            participation=person, kind="proposal", pk=row.pk, supported=yes
        )

    def merge(self, *numbers: int, **facts: Any) -> Proposal:
        row = merge_contributions(
            **{
                "moderator": self.lead,
                "kind": "proposal",
                "pks": [self.rows[number].pk for number in numbers],
                "title": "Mehr Bänke",
                "reason": "Sagt dasselbe",
                **facts,
            }
        )
        assert isinstance(row, Proposal)
        row.refresh_from_db()
        return row

    def unmerge(self, number: int) -> None:
        unmerge_contribution(
            moderator=self.lead,
            kind="proposal",
            pk=self.rows[number].pk,
            reason="Doch anders",
        )

    def shown(self, name: str, screen: str = "room") -> str:
        dialogue = load_dialogue(self.dialogue.pk)
        return draw_regions(dialogue, View(screen, "en"), [name])[name]


@pytest.fixture
def team() -> Team:
    return Team()


def test_each_person_supports_once(team: Team):
    one, two, three, __ = team.people
    team.support(one, team.rows[0])
    team.support(one, team.rows[1])
    team.support(two, team.rows[1])
    team.support(three, team.rows[2])

    target = team.merge(0, 1)

    assert target.supports == 2
    assert Support.objects.filter(proposal=target, is_carried=True).count() == 2
    # They stay where they were given, too.
    assert Support.objects.filter(proposal=team.rows[1]).count() == 2


def test_undone_supports_go_unless_given_elsewhere(team: Team):
    one, two, three, four = team.people
    team.support(one, team.rows[0])
    team.support(one, team.rows[1])
    team.support(two, team.rows[1])
    target = team.merge(0, 1)
    team.support(three, target)
    team.support(four, target)
    team.support(four, target, yes=False)

    team.unmerge(1)

    target.refresh_from_db()
    people = Support.objects.filter(proposal=target).values_list("participation")
    assert {pk for (pk,) in people} == {one.pk, three.pk}
    assert target.supports == 2
    team.rows[1].refresh_from_db()
    assert (team.rows[1].state, team.rows[1].merged_into) == ("published", None)


def test_authors_are_named_and_told(team: Team):
    team.merge(0, 1)

    html = team.shown("synthesis")
    assert "from proposals by" in html
    assert "Ada" in html
    assert "Bea" in html
    assert "Cem" not in html
    for author in team.authors[:2]:
        message = Message.objects.get(person=author.person)
        assert "Sagt dasselbe" in message.body
    assert Decision.objects.filter(action="merge", rule="none").count() == 2


def test_sources_leave_the_list_and_stay_readable(team: Team, client: Any):
    target = team.merge(0, 1)
    client.force_login(team.people[0].person)

    listed = team.shown("proposals")
    page = client.get(f"/d/{team.dialogue.code}/proposals/{team.rows[0].pk}/")

    assert f'id="proposal-{team.rows[0].pk}"' not in listed
    assert f'id="proposal-{target.pk}"' in listed
    assert page.status_code == 200
    assert "Mehr Bänke" in page.content.decode()


def test_entries_hold_no_words(team: Team):
    team.merge(0, 1)
    team.unmerge(0)

    entries = entries_since(team.dialogue.stream_id, 0)

    assert [entry.kind for entry in entries] == [
        "proposal.published",
        "contribution.merged",
        "contribution.merged",
        "synthesis.changed",
        "contribution.restored",
        "synthesis.changed",
    ]
    assert "Bänke" not in str([entry.payload for entry in entries])


def test_into_one_that_is_there(team: Team):
    team.merge(1, 2, into=team.rows[0].pk, title="")

    assert list(team.rows[0].sources.order_by("pk")) == team.rows[1:]
    assert Proposal.objects.count() == 3


def test_chain_is_made_flat(team: Team):
    first = team.merge(0, 1)
    second = team.merge(2, into=None, pks=[first.pk, team.rows[2].pk], title="Alles")

    team.rows[0].refresh_from_db()
    assert team.rows[0].merged_into_id == second.pk
    assert second.sources.count() == 4


def test_hidden_source_loses_its_place_and_comes_back_to_it(team: Team):
    target = team.merge(0, 1)
    facts: dict[str, Any] = {"kind": "proposal", "pk": team.rows[0].pk}
    hide_contribution(
        moderator=team.lead, **facts, rule="insult", reason="Beleidigt jemanden"
    )
    assert "Bänke 0" not in team.shown("proposals") + team.shown("synthesis")
    assert "Ada" not in team.shown("synthesis")

    restore_contribution(moderator=team.lead, **facts, reason="War nicht so gemeint")

    team.rows[0].refresh_from_db()
    assert (team.rows[0].state, team.rows[0].merged_into_id) == ("merged", target.pk)


def test_hidden_target_is_not_named_on_its_sources(team: Team, client: Any):
    target = team.merge(0, 1)
    hide_contribution(
        moderator=team.lead, kind="proposal", pk=target.pk, rule="insult", reason="Ach"
    )
    client.force_login(team.people[0].person)

    page = client.get(f"/d/{team.dialogue.code}/proposals/{team.rows[0].pk}/")

    assert "Mehr Bänke" not in page.content.decode()


def test_target_with_sources_is_not_withdrawn(team: Team):
    team.merge(1, into=team.rows[0].pk)

    with pytest.raises(Refusal) as refused:
        actions.withdraw(author=team.authors[0], kind="proposal", pk=team.rows[0].pk)

    assert refused.value.code == "contribution.has_sources"


def test_merged_one_takes_no_support(team: Team):
    team.merge(0, 1)

    with pytest.raises(Refusal):
        team.support(team.people[0], team.rows[0])


# --- ballots ----------------------------------------------------------------------


def draft(team: Team, *numbers: int) -> Any:
    return drafting.draft_ballot(
        moderator=team.lead,
        title="Was zuerst?",
        method="single",
        options=("Nichts",),
        proposals=tuple(team.rows[number].pk for number in numbers),
    )


def test_prepared_ballot_asks_about_the_target(team: Team):
    ballot = draft(team, 0)

    target = team.merge(0, 1)

    option = ballot.options.get(proposal=target)
    assert option.title == "Mehr Bänke"


def test_ballot_that_chooses_between_them(team: Team):
    draft(team, 0, 1)

    with pytest.raises(Refusal) as refused:
        team.merge(0, 1)

    assert refused.value.code == "merge.same_ballot"


def test_while_voted_on_nothing_is_merged_afterwards_options_stay(team: Team):
    ballot = draft(team, 0)
    ballots.open_ballot(moderator=team.lead, ballot_pk=ballot.pk)
    with pytest.raises(Refusal) as refused:
        team.merge(0, 1)
    assert refused.value.code == "merge.ballot_open"
    ballots.close_ballot(moderator=team.lead, ballot_pk=ballot.pk)

    team.merge(0, 1)

    assert ballot.options.get(proposal=team.rows[0]).title == "Bänke 0"


# --- refused ------------------------------------------------------------------------


def test_changed_meanwhile(team: Team):
    seen = {row.pk: wording_digest(row)[:12] for row in team.rows[:2]}
    actions.revise_proposal(
        author=team.authors[0], proposal_pk=team.rows[0].pk, title="Etwas ganz anderes"
    )

    refused = told_to(team, 0, 1, expected=seen)

    assert refused == {
        "code": "merge.changed_meanwhile",
        "message": "Changed meanwhile by Ada. Please look again.",
        "field": "pks",
    }
    assert not Decision.objects.exists()


def told_to(team: Team, *numbers: int, **facts: Any) -> dict[str, Any]:
    """The refusal of a merger, in English."""
    with pytest.raises(Refusal) as refused, translation.override("en"):
        team.merge(*numbers, **facts)
    with translation.override("en"):
        return refused.value.as_dict()


def test_who_was_quicker_is_named(team: Team):
    other = make_participation(team.dialogue, "lead_moderator", display_name="Dora")
    hide_contribution(
        moderator=other,
        kind="proposal",
        pk=team.rows[1].pk,
        rule="insult",
        reason="Grob",
    )

    told = [told_to(team, 0, 1), told_to(team, 0, pks=[team.rows[0].pk, 2**40])]

    assert [refused["message"] for refused in told] == [
        "Changed meanwhile by Dora. Please look again.",
        "This was changed meanwhile. Please look again.",
    ]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "comment"}, "merge.too_few"),
        ({"pks": []}, "merge.too_few"),
        ({"pks": range(1, 60)}, "merge.too_many"),
        ({"title": ""}, "input.invalid"),
        ({"reason": " "}, "decision.reason"),
        ({"into": 2**40}, "merge.changed_meanwhile"),
    ],
)
def test_bad_input(team: Team, facts: dict[str, Any], code: str):
    with pytest.raises(Refusal) as refused:
        team.merge(0, 1, **facts)

    assert refused.value.code == code
    assert not Proposal.objects.filter(state="merged").exists()


def test_foreign_and_unpublished_are_not_there(team: Team):
    foreign = make_proposal(make_participation(make_dialogue()))
    waiting = make_proposal(team.authors[0], state="pending", published_at=None)
    for row in (foreign, waiting):
        with pytest.raises(Refusal) as refused:
            team.merge(0, pks=[team.rows[0].pk, row.pk])
        assert refused.value.code == "merge.changed_meanwhile"


def test_nothing_is_undone_twice(team: Team):
    team.merge(0, 1)
    team.unmerge(0)

    with pytest.raises(Refusal) as refused:
        team.unmerge(0)

    assert refused.value.code == "merge.not_merged"


@pytest.mark.parametrize("role", ["participant", "technical_host", "observer"])
def test_role_without_the_right(team: Team, role: str):
    with pytest.raises(Refusal):
        team.merge(0, 1, moderator=make_participation(team.dialogue, role))


def test_questions_are_merged_alike(team: Team):
    rows = [make_question(author) for author in team.authors]
    target = merge_contributions(
        moderator=team.lead,
        kind="question",
        pks=[row.pk for row in rows],
        text="Wann genau?",
        reason="Fragt dasselbe",
    )

    assert isinstance(target, Question)
    assert "from questions by" in team.shown("synthesis")
    assert f'id="question-{rows[0].pk}"' not in team.shown("questions")
    # A question has no page: its words are read where it went.
    assert rows[0].text in team.shown("questions")
