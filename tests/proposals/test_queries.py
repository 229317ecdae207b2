"""Lists of proposals: sorting, search, the next statement, live counts."""

from datetime import timedelta
from typing import Any

import pytest

from dialogue.models import Participation
from proposals.actions import add_comment
from proposals.ballots import open_ballot
from proposals.drafting import draft_ballot
from proposals.models import Proposal
from proposals.queries import (
    access_contribution,
    access_proposal,
    counts_since,
    next_statement,
    published_proposals,
    salted_digest,
    search_proposals,
    sorted_proposals,
)
from proposals.responding import react, set_support
from proposals.stances import StanceRequest, take_stances
from proposals.voting import VoteRequest, cast_votes
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Participation:
    return make_participation(
        make_dialogue(allows="propose comment stance vote"), display_name="Ayşe Öz"
    )


def titles(proposals: Any) -> list[str]:
    return [proposal.title for proposal in proposals]


@pytest.mark.parametrize(
    ("sorting", "expected"),
    [
        ("newest", ["new", "mid", "old", "none"]),
        ("supported", ["old", "mid", "new", "none"]),
        ("discussed", ["mid", "new", "old", "none"]),
        ("undecided", ["mid", "new", "old", "none"]),
        ("no such thing", ["new", "mid", "old", "none"]),
        ("-author__person__email", ["new", "mid", "old", "none"]),
    ],
)
def test_sorted_proposals(author: Participation, sorting: str, expected: list[str]):
    hour = timedelta(hours=1)
    for title, age, facts in (
        ("none", 3, {}),
        ("old", 2, {"supports": 5, "agrees": 9, "disagrees": 0}),
        ("mid", 1, {"supports": 2, "comments_count": 7, "agrees": 4, "disagrees": 4}),
        ("new", 0, {"comments_count": 1, "agrees": 3, "disagrees": 1, "passes": 9}),
    ):
        moment = clock.now() - age * hour
        make_proposal(author, title=title, published_at=moment, **facts)

    proposals = sorted_proposals(published_proposals(author.dialogue), sorting)

    assert titles(proposals) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["Radweg", "Zebra"]),
        ("radweg", ["Radweg"]),
        ("schule", ["Radweg", "Zebra"]),
        ("schule eng", ["Zebra"]),
        ("ayşe", ["Radweg", "Zebra"]),
        ("schule flughafen", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
    ],
)
def test_search_proposals(author: Participation, words: str, expected: list[str]):
    make_proposal(author, title="Zebra", text="Vor der Schule.", reason="Es ist eng.")
    make_proposal(author, title="Radweg", text="Zur Schule.")
    make_proposal(author, title="Schule hidden", state="hidden")

    found = search_proposals(published_proposals(author.dialogue), words)

    assert sorted(titles(found)) == expected


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "withdrawn"])
def test_published_proposals_leaves_out(author: Participation, state: str):
    make_proposal(author, title="secret", state=state)
    make_proposal(make_participation(make_dialogue()), title="foreign")
    shown = make_proposal(author)

    assert list(published_proposals(author.dialogue)) == [shown]


@pytest.mark.parametrize("number", [1, 3])
def test_published_proposals_in_one_query(
    author: Participation, number: int, django_assert_num_queries: Any
):
    for __ in range(number):
        make_proposal(author)

    with django_assert_num_queries(1):
        names = [p.author.display_name for p in published_proposals(author.dialogue)]

    assert names == ["Ayşe Öz"] * number


def test_next_statement_is_the_least_seen(author: Participation):
    neighbour = make_participation(author.dialogue)
    seen, fresh, second = (make_proposal(author) for __ in range(3))
    make_proposal(author, state="hidden")
    take_stances([StanceRequest(neighbour.pk, seen.pk, "agree")])
    order = []

    while (statement := next_statement(author)) is not None:
        order.append(statement)
        take_stances([StanceRequest(author.pk, statement.pk, "pass")])

    assert order == [fresh, second, seen]


def test_access_proposal_refuses(author: Participation):
    hidden = make_proposal(author, state="hidden")
    foreign = make_proposal(make_participation(make_dialogue()))

    for pk in (hidden.pk, foreign.pk, 0):
        with pytest.raises(Refusal, match=r"right\.missing"):
            access_proposal(author, pk)


@pytest.mark.parametrize("kind", ["proposal", "comment", "question"])
def test_access_contribution_of_foreign_dialogue(author: Participation, kind: str):
    foreign = make_participation(make_dialogue())
    proposal = make_proposal(foreign)
    row: Any = {
        "proposal": proposal,
        "comment": make_comment(foreign, proposal),
        "question": make_question(foreign),
    }[kind]

    assert access_contribution(foreign.dialogue, kind, row.pk) == row
    with pytest.raises(Refusal, match=r"right\.missing"):
        access_contribution(author.dialogue, kind, row.pk)


def test_access_contribution_never_gives_drafts(author: Participation):
    draft = make_proposal(author, state="draft")

    with pytest.raises(Refusal, match=r"right\.missing"):
        access_contribution(author.dialogue, "proposal", draft.pk)


def test_salted_digest_keeps_texts_apart():
    assert salted_digest("s", "ab", "c") != salted_digest("s", "a", "bc")
    assert salted_digest("s", "a") != salted_digest("t", "a")
    assert salted_digest("s", "a") == salted_digest("s", "a")


def test_counts_since_version(author: Participation):
    dialogue = author.dialogue
    proposal, other = make_proposal(author), make_proposal(author)
    hidden = make_proposal(author)
    question = make_question(author)
    for kind, row in (("proposal", proposal), ("question", question)):
        set_support(participation=author, kind=kind, pk=row.pk, supported=True)
    take_stances(
        [
            StanceRequest(author.pk, proposal.pk, "agree"),
            StanceRequest(author.pk, hidden.pk, "agree"),
        ]
    )
    Proposal.objects.filter(pk=hidden.pk).update(state="hidden")
    add_comment(author=author, proposal_pk=other.pk, text="a")
    react(participation=author, kind="louder")

    every = counts_since(dialogue, 0, 5)

    none = {"supports": 0, "comments": 0, "agrees": 0, "disagrees": 0, "passes": 0}
    assert every.version == 5
    assert every.numbers == {
        f"proposal-{proposal.pk}": {**none, "supports": 1, "agrees": 1},
        f"proposal-{other.pk}": {**none, "comments": 1},
        f"question-{question.pk}": {"supports": 1},
        "reactions": {"louder": 1},
    }
    assert set(counts_since(dialogue, 3, 5).numbers) == {
        f"proposal-{other.pk}",
        "reactions",
    }
    assert counts_since(dialogue, 5, 5).numbers == {}


@pytest.mark.parametrize(
    ("secrecy", "hides_count", "shown"),
    [
        ("open", False, True),
        ("open", True, False),
        ("secret", False, False),
        ("secret", True, False),
    ],
)
def test_counts_since_of_a_ballot(
    author: Participation, secrecy: str, hides_count: bool, shown: bool
):
    lead = make_participation(author.dialogue, "lead_moderator")
    ballot = draft_ballot(
        moderator=lead, title="a", secrecy=secrecy, hides_count=hides_count
    )
    open_ballot(moderator=lead, ballot_pk=ballot.pk)
    yes, no, abstain = ballot.options.all()
    cast_votes([VoteRequest(author.pk, ballot.pk, {yes.pk: 1}, "k")])

    numbers = counts_since(author.dialogue, 0, 9).numbers

    assert numbers == {f"ballot-{ballot.pk}": {"turnout": int(shown)}} | (
        {
            f"option-{yes.pk}": {"marks": 1},
            f"option-{no.pk}": {"marks": 0},
            f"option-{abstain.pk}": {"marks": 0},
        }
        if shown
        else {}
    )
