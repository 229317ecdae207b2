"""Closing: everything freezes, the record holds the figures and nobody's words."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from dialogue import actions as steering
from dialogue.joining import call_help
from dialogue.models import Dialogue, Participation
from ledger.chain import canonical
from ledger.queries import broken_links, entries_since
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue, result_sheet, text_digest
from projects.models import ResultRecord, ResultText
from proposals import actions, responding, wall
from proposals.ballots import (
    annul_ballot,
    anonymous_sheets,
    close_ballot,
    open_ballot,
)
from proposals.drafting import draft_ballot
from proposals.methods.outcome import Cast
from proposals.models import Ballot, Proposal
from proposals.stances import StanceRequest, take_stances
from proposals.voting import VoteRequest, cast_votes
from shared.errors import Refusal
from tests.factories import make_dialogue, make_item, make_participation, make_person
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db

SEVEN = datetime(2026, 6, 1, 19, tzinfo=UTC)
ALL = "propose comment ask stance vote"


def ms(minutes: int) -> int:
    return int((SEVEN + timedelta(minutes=minutes)).timestamp() * 1000)


class Evening:
    """A whole evening with a canary in every text a person can write."""

    def __init__(self) -> None:
        self.canaries: list[str] = []
        with time_machine.travel(SEVEN, tick=False) as travel:
            self.travel = travel
            self.hold()

    def canary(self, where: str) -> str:
        word = f"Kanarie-{len(self.canaries)}-{where}"
        self.canaries.append(word)
        return word

    def somebody(self, role: str = "participant") -> Participation:
        return make_participation(
            self.dialogue,
            role,
            display_name=self.canary("name"),
            person=make_person(name=self.canary("person")),
        )

    def hold(self) -> None:
        say = self.canary
        self.dialogue = dialogue = make_dialogue(allows=ALL, title="Schulweg")
        make_item(dialogue, allows=ALL, notes=say("notes"), text=say("item text"))
        self.lead = self.somebody("lead_moderator")
        self.voters = [self.somebody() for __ in range(4)]
        first, second, third, __ = self.voters
        propose = actions.submit_proposal
        self.proposal = propose(
            author=first, title=say("title"), text=say("text"), reason=say("reason")
        )
        actions.revise_proposal(
            author=first, proposal_pk=self.proposal.pk, title=say("new title")
        )
        self.other = propose(author=second, title=say("title"), kind="idea")
        hidden = propose(author=second, title=say("hidden"))
        withdrawn = propose(author=second, title=say("withdrawn"))
        actions.save_draft(author=third, title=say("draft"))
        comment = actions.add_comment(
            author=third, proposal_pk=self.proposal.pk, text=say("comment")
        )
        actions.add_comment(
            author=first,
            proposal_pk=self.proposal.pk,
            text=say("reply"),
            parent_pk=comment.pk,
        )
        asked = actions.ask_question(author=third, text=say("question"))
        actions.ask_question(author=third, text=say("question"))
        wall.answer_question(moderator=self.lead, question_pk=asked.pk)
        responding.park_topic(author=third, text=say("topic"))
        gone = responding.park_topic(author=third, text=say("topic removed"))
        responding.remove_topic(moderator=self.lead, topic_pk=gone.pk)
        actions.withdraw(author=second, kind="proposal", pk=withdrawn.pk)
        for row in (hidden, comment):
            kind = "proposal" if isinstance(row, Proposal) else "comment"
            hide_contribution(
                moderator=self.lead,
                kind=kind,
                pk=row.pk,
                rule="insult",
                reason=say("decision"),
            )
        call_help(
            person=third.person, dialogue=dialogue, name=say("caller"), text=say("call")
        )
        for voter in (first, second):
            responding.set_support(
                participation=voter,
                kind="proposal",
                pk=self.proposal.pk,
                supported=True,
            )
        take_stances(
            [
                StanceRequest(voter.pk, self.proposal.pk, value)
                for voter, value in zip(
                    self.voters, ("agree", "agree", "disagree", "pass"), strict=True
                )
            ]
        )
        self.travel.shift(timedelta(minutes=10))
        self.closed = self.ballot("secret", choices=(0, 0, 1, 2))
        close_ballot(moderator=self.lead, ballot_pk=self.closed.pk)
        self.annulled = self.ballot("open", choices=(0, 1, 1, 1))
        close_ballot(moderator=self.lead, ballot_pk=self.annulled.pk)
        annul_ballot(
            moderator=self.lead, ballot_pk=self.annulled.pk, reason=say("annulled")
        )
        self.running = self.ballot("open", choices=(1, 1))
        self.drafted = draft_ballot(moderator=self.lead, title=say("drafted"))
        steering.go_on(moderator=self.lead)
        self.travel.shift(timedelta(minutes=5))

    def ballot(self, secrecy: str, choices: tuple[int, ...]) -> Ballot:
        ballot = draft_ballot(
            moderator=self.lead,
            title=self.canary("ballot"),
            text=self.canary("ballot text"),
            secrecy=secrecy,
            method="single",
            proposals=(self.proposal.pk,),
            options=(self.canary("option"), self.canary("option")),
        )
        open_ballot(moderator=self.lead, ballot_pk=ballot.pk)
        options = list(ballot.options.all())
        for voter, choice in zip(self.voters, choices, strict=False):
            marks = {options[choice].pk: 1}
            cast_votes([VoteRequest(voter.pk, ballot.pk, marks, "k")])
        return ballot

    def close(self) -> ResultRecord:
        with time_machine.travel(SEVEN + timedelta(minutes=15), tick=False):
            return close_dialogue(moderator=self.lead)


@pytest.fixture
def evening() -> Evening:
    return Evening()


def floats_in(facts: Any) -> list[float]:
    if isinstance(facts, dict):
        return [f for value in facts.values() for f in floats_in(value)]
    if isinstance(facts, list):
        return [f for value in facts for f in floats_in(value)]
    return [facts] if isinstance(facts, float) else []


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


# --- the record -------------------------------------------------------------------
def test_record_digest_is_sha256_of_canonical(evening: Evening):
    record = evening.close()

    raw = ResultRecord.objects.get().canonical.encode()
    assert record.digest == hashlib.sha256(raw).hexdigest()
    assert raw == canonical(json.loads(raw))
    assert record.project == evening.dialogue.project
    assert record.dialogue_title == "Schulweg"


def test_record_holds_no_word_and_no_name(evening: Evening):
    record = evening.close()

    assert len(evening.canaries) > 40
    assert [word for word in evening.canaries if word in record.canonical] == []
    assert "Kanarie" not in record.canonical
    assert "@" not in record.canonical
    assert floats_in(json.loads(record.canonical)) == []


def test_record_figures(evening: Evening):
    dialogue = evening.dialogue

    figures = json.loads(evening.close().canonical)

    items = list(dialogue.agenda.all())
    assert figures["agenda"] == [
        {
            "kind": "proposals",
            "title": items[0].title,
            "planned_minutes": 20,
            "began_at": [ms(0)],
            "ended_at": [ms(10)],
        },
        {
            "kind": "proposals",
            "title": items[1].title,
            "planned_minutes": 20,
            "began_at": [ms(10)],
            "ended_at": [ms(15)],
        },
    ]
    assert {
        key: figures[key]
        for key in (
            "version", "title", "dialogue", "mode", "opened_at", "closed_at",
            "participants", "questions", "questions_answered", "comments", "stances",
            "moderation",
        )
    } == {
        "version": 1,
        "title": "Schulweg",
        "dialogue": dialogue.slug,
        "mode": "live",
        "opened_at": ms(0),
        "closed_at": ms(15),
        "participants": 4,
        "questions": 2,
        "questions_answered": 1,
        "comments": 1,
        "stances": 4,
        "moderation": {"hide:insult": 2},
    }  # fmt: skip
    assert len(figures["parked"]) == 1


def test_record_proposals(evening: Evening):
    proposals = json.loads(evening.close().canonical)["proposals"]

    for proposal in proposals:
        del proposal["wording"]
    none = {"supports": 0, "comments": 0, "agrees": 0, "disagrees": 0, "passes": 0}
    assert proposals == [
        {
            "number": 1,
            "kind": "proposal",
            "author": evening.voters[0].pseudonym,
            "revision": 2,
            "state": "published",
            "supports": 2,
            "comments": 1,
            "agrees": 2,
            "disagrees": 1,
            "passes": 1,
        },
        {
            "number": 2,
            "kind": "idea",
            "author": evening.voters[1].pseudonym,
            "revision": 1,
            "state": "published",
            **none,
        },
    ]


def test_record_ballots(evening: Evening):
    ballots = json.loads(evening.close().canonical)["ballots"]

    assert [
        (
            b["number"],
            b["secrecy"],
            b["state"],
            b["eligible"],
            b["turnout"],
            b["verdict"],
            [o["number"] for o in b["options"]],
            [o["is_chosen"] for o in b["options"]],
            [o["proposal"] for o in b["options"]],
            b["votes"],
        )
        for b in ballots
    ] == [
        (
            1,
            "secret",
            "closed",
            5,
            4,
            "chosen",
            [2, 1, 1, 0],
            [True, False, False, False],
            [1, None, None, None],
            [[[0, 1]], [[0, 1]], [[1, 1]], [[2, 1]]],
        ),
        (
            2,
            "open",
            "annulled",
            5,
            0,
            "annulled",
            [0, 0, 0, 0],
            [False, False, False, False],
            [1, None, None, None],
            [],
        ),
        (
            3,
            "open",
            "closed",
            5,
            2,
            "chosen",
            [0, 2, 0, 0],
            [False, True, False, False],
            [1, None, None, None],
            [[[1, 1]], [[1, 1]]],
        ),
    ]


def test_record_texts_prove_the_digests(evening: Evening):
    record = evening.close()

    texts = {text.key: text for text in ResultText.objects.filter(record=record)}
    figures = json.loads(record.canonical)
    assert figures["proposals"][1]["wording"] == text_digest(
        texts["proposal-2"].salt, evening.other.title
    )
    assert figures["ballots"][0]["title"] == text_digest(
        texts["ballot-1"].salt, evening.closed.title
    )
    assert figures["ballots"][0]["options"][1]["title"] == text_digest(
        texts["option-1-1"].salt, texts["option-1-1"].text
    )
    assert figures["parked"] == [
        text_digest(texts["parked-1"].salt, texts["parked-1"].text)
    ]
    kept = " ".join(text.text for text in texts.values())
    for where in ("hidden", "withdrawn", "draft", "comment", "topic removed"):
        words = [word for word in evening.canaries if word.endswith(f"-{where}")]
        assert words
        assert [word for word in words if word in kept] == []
    assert len({text.salt for text in texts.values()}) == len(texts)


@time_machine.travel(SEVEN + timedelta(minutes=15), tick=False)
def test_sheet_twice_gives_the_same_bytes(evening: Evening):
    close_ballot(moderator=evening.lead, ballot_pk=evening.running.pk)
    evening.dialogue.refresh_from_db()
    first, second = result_sheet(evening.dialogue), result_sheet(evening.dialogue)

    raws = [canonical(sheet.figures()).decode() for sheet in (first, second)]

    assert raws[0] != raws[1]
    for number, sheet in enumerate((first, second)):
        for key, (salt, text) in sheet.texts.items():
            raws[number] = raws[number].replace(text_digest(salt, text), key)
    assert raws[0] == raws[1]
    assert canonical(replace(first).figures()) == canonical(first.figures())


def test_anonymous_sheets_know_no_order():
    sheets = [Cast({7: 1, 5: 1}), Cast({6: 1}), Cast({5: 1}), Cast({5: 1, 7: 1})]
    expected = [[[0, 1]], [[0, 1], [2, 1]], [[0, 1], [2, 1]], [[1, 1]]]

    assert anonymous_sheets(sheets, [5, 6, 7]) == (expected, [])
    assert anonymous_sheets(sheets[::-1], [5, 6, 7]) == (expected, [])


# --- what closing changes -----------------------------------------------------------
def test_close_dialogue_freezes(evening: Evening):
    record = evening.close()

    dialogue = Dialogue.objects.get(pk=evening.dialogue.pk)
    states = {ballot.pk: ballot.state for ballot in dialogue.ballots.all()}
    assert (dialogue.state, dialogue.closed_at) == (
        "closed",
        SEVEN + timedelta(minutes=15),
    )
    assert states == {
        evening.closed.pk: "closed",
        evening.annulled.pk: "annulled",
        evening.running.pk: "closed",
        evening.drafted.pk: "draft",
    }
    assert not any(
        step.ended_at is None for item in dialogue.agenda.all()
        for step in item.steps.all()
    )  # fmt: skip
    last = entries_since(dialogue.stream_id, 0)[-1]
    assert (last.kind, last.payload) == (
        "dialogue.closed",
        {"digest": record.digest, "by": evening.lead.pk},
    )
    dialogue.stream.refresh_from_db()
    assert broken_links(dialogue.stream) == []


def test_close_dialogue_names_the_ledger_before(evening: Evening):
    figures = json.loads(evening.close().canonical)

    entries = entries_since(evening.dialogue.stream_id, 0)
    named = entries[figures["ledger_head"] - 1]
    assert figures["ledger_digest"] == named.digest
    assert [e.kind for e in entries[figures["ledger_head"] :]] == [
        "ballot.closed",
        "dialogue.closed",
    ]


def test_close_dialogue_twice(evening: Evening):
    evening.close()

    assert refusal_of(close_dialogue, moderator=evening.lead) == "dialogue.closed"
    assert ResultRecord.objects.count() == 1


@pytest.mark.parametrize(
    "role", ["participant", "observer", "table_moderator", "technical_host"]
)
def test_close_dialogue_without_right(role: str):
    dialogue = make_dialogue()
    other = make_participation(dialogue, role)

    code = refusal_of(close_dialogue, moderator=other)

    assert code in ("agenda.not_now", "role.observer")
    assert ResultRecord.objects.count() == 0


@pytest.mark.parametrize("state", ["draft", "announced"])
def test_close_dialogue_that_has_not_begun(state: str):
    lead = make_participation(make_dialogue(state=state), "lead_moderator")

    assert refusal_of(close_dialogue, moderator=lead) == "dialogue.not_live"
    assert ResultRecord.objects.count() == 0


def test_close_dialogue_during_a_pause():
    lead = make_participation(make_dialogue(state="paused"), "lead_moderator")

    close_dialogue(moderator=lead)

    dialogue = Dialogue.objects.get(pk=lead.dialogue_id)
    assert (dialogue.state, dialogue.paused_at) == ("closed", None)


def test_nothing_can_be_done_after_closing(evening: Evening):
    evening.close()
    lead, voter = evening.lead, evening.voters[0]
    item = evening.dialogue.agenda.all()[0]
    option = evening.running.options.all()[0]
    last = entries_since(evening.dialogue.stream_id, 0)[-1].seq
    proposal = {"proposal_pk": evening.proposal.pk}
    verbs: list[tuple[Any, dict[str, Any]]] = [
        (actions.save_draft, {"author": voter}),
        (actions.submit_proposal, {"author": voter, "title": "a"}),
        (actions.revise_proposal, {"author": voter, "title": "a", **proposal}),
        (actions.add_comment, {"author": voter, "text": "a", **proposal}),
        (actions.ask_question, {"author": voter, "text": "a"}),
        (responding.park_topic, {"author": voter, "text": "a"}),
        (responding.react, {"participation": voter, "kind": "agree"}),
        (
            actions.withdraw,
            {"author": voter, "kind": "proposal", "pk": evening.proposal.pk},
        ),
        (
            responding.set_support,
            {
                "participation": voter,
                "kind": "proposal",
                "pk": evening.proposal.pk,
                "supported": False,
            },
        ),
        (draft_ballot, {"moderator": lead, "title": "a"}),
        (open_ballot, {"moderator": lead, "ballot_pk": evening.drafted.pk}),
        (close_ballot, {"moderator": lead, "ballot_pk": evening.running.pk}),
        (
            annul_ballot,
            {"moderator": lead, "ballot_pk": evening.running.pk, "reason": "x"},
        ),
        (steering.go_to, {"moderator": lead, "item_pk": item.pk}),
        (steering.go_back, {"moderator": lead}),
        (steering.extend, {"moderator": lead, "minutes": 5}),
        (steering.pause, {"moderator": lead}),
        (steering.resume, {"moderator": lead}),
        (steering.open_lobby, {"moderator": lead}),
    ]

    codes = [refusal_of(verb, **facts) for verb, facts in verbs]
    answers: list[Any] = [
        *cast_votes([VoteRequest(voter.pk, evening.running.pk, {option.pk: 1}, "z")]),
        *take_stances([StanceRequest(voter.pk, evening.proposal.pk, "pass")]),
    ]

    assert codes == ["dialogue.closed"] * len(verbs)
    assert [a.code for a in answers] == ["ballot.not_open", "dialogue.closed"]
    assert entries_since(evening.dialogue.stream_id, last) == []
    assert steering.follow_dates(dialogue_pk=evening.dialogue.pk) is False


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_close_dialogue_by_many_at_once():
    dialogue = make_dialogue(allows=ALL)
    leads = [make_participation(dialogue, "lead_moderator") for __ in range(5)]

    results = at_once([partial(close_dialogue, moderator=m) for m in leads])

    record = ResultRecord.objects.get()
    codes = sorted(r.code for r in results if isinstance(r, Refusal))
    assert [r for r in results if not isinstance(r, Exception)] == [record]
    assert codes == ["dialogue.closed"] * 4
