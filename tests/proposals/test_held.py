"""What is held before it is published, why, and who sees it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from moderation.actions import approve_contribution, hide_contribution
from proposals import actions, held, responding
from proposals.holding import has_link, words_found
from proposals.models import HoldingRule, WordList
from proposals.queries import held_contributions, published_proposals, thread_of
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_item,
    make_participation,
    make_proposal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue(allows="propose comment ask")


@pytest.fixture
def author(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue)


def rule(dialogue: Dialogue, **facts: Any) -> HoldingRule:
    return HoldingRule.objects.create(dialogue=dialogue, **facts)


def kinds(dialogue: Dialogue) -> list[str]:
    return [entry.kind for entry in entries_since(dialogue.stream_id, 0)]


def test_without_rule_nothing_is_held(author: Participation):
    row = actions.submit_proposal(author=author, title="https://example.org")

    assert (row.state, row.held_for) == ("published", "")


def test_everything_waits_and_appears_as_new(author: Participation):
    dialogue = author.dialogue
    rule(dialogue, holds_everything=True)
    written = clock.now()
    proposal = actions.submit_proposal(author=author, title="Ein Zebrastreifen")
    lead = make_participation(dialogue, "lead_moderator")

    assert (proposal.state, proposal.published_at) == ("pending", None)
    assert list(published_proposals(dialogue)) == []
    (waiting,) = held_contributions(dialogue)
    assert (waiting.kind, waiting.pk, waiting.author) == (
        "proposal",
        proposal.pk,
        author,
    )
    assert len(waiting.reasons) == 1

    with time_machine.travel(written + timedelta(minutes=7)):
        approve_contribution(
            moderator=lead, kind="proposal", pk=proposal.pk, reason="In Ordnung"
        )
    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert proposal.published_at is not None
    assert proposal.published_at - written > timedelta(minutes=6)
    assert held_contributions(dialogue) == []
    assert kinds(dialogue)[0] == "held.received"


def test_held_entries_are_for_moderators(author: Participation):
    rule(author.dialogue, holds_everything=True)
    question = actions.ask_question(author=author, text="Wann?")
    held.revise_held(author=author, kind="question", pk=question.pk, text="Wo?")
    actions.withdraw(author=author, kind="question", pk=question.pk)

    entries = entries_since(author.dialogue.stream_id, 0)

    assert [entry.kind for entry in entries] == [
        "held.received",
        "held.revised",
        "held.withdrawn",
    ]
    assert {entry.audience for entry in entries} == {"moderators"}
    assert all(entry.payload["concerns"] == author.pk for entry in entries)


def test_comment_waits_uncounted_and_unseen(author: Participation):
    proposal = make_proposal(author)
    rule(author.dialogue, holds_links=True)
    comment = actions.add_comment(
        author=author, proposal_pk=proposal.pk, text="Siehe www.example.org"
    )
    lead = make_participation(author.dialogue, "lead_moderator")
    proposal.refresh_from_db()
    assert (comment.held_for, proposal.comments_count) == ("links", 0)
    assert thread_of(proposal) == []

    approve_contribution(moderator=lead, kind="comment", pk=comment.pk, reason="Gut")

    proposal.refresh_from_db()
    assert proposal.comments_count == 1
    assert [row.text for row in thread_of(proposal)] == [comment.text]


@pytest.mark.parametrize("end", ["withdrawn", "hidden"])
def test_comment_never_published_leaves_no_trace(author: Participation, end: str):
    proposal = make_proposal(author)
    rule(author.dialogue, holds_everything=True)
    comment = actions.add_comment(author=author, proposal_pk=proposal.pk, text="Ach")
    lead = make_participation(author.dialogue, "lead_moderator")
    if end == "withdrawn":
        actions.withdraw(author=author, kind="comment", pk=comment.pk)
    else:
        hide_contribution(
            moderator=lead, kind="comment", pk=comment.pk, rule="insult", reason="Nein"
        )

    proposal.refresh_from_db()
    assert thread_of(proposal) == []
    assert proposal.comments_count == 0


def test_first_contribution_waits_until_one_is_published(author: Participation):
    rule(author.dialogue, holds_first=True)
    first = actions.ask_question(author=author, text="Wann?")
    second = actions.ask_question(author=author, text="Wo?")
    lead = make_participation(author.dialogue, "lead_moderator")
    approve_contribution(moderator=lead, kind="question", pk=first.pk, reason="Gut")

    third = actions.ask_question(author=author, text="Wie?")

    assert [row.state for row in (second, third)] == ["pending", "published"]


def test_pace_is_held(author: Participation):
    rule(author.dialogue, most_in_ten_minutes=2)
    states = [
        actions.ask_question(author=author, text=f"{number}?").state
        for number in range(3)
    ]

    assert states == ["published", "published", "pending"]
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert actions.ask_question(author=author, text="Später?").held_for == ""


def test_item_has_a_rule_of_its_own(author: Participation):
    dialogue = author.dialogue
    rule(dialogue, holds_everything=True)
    rule(dialogue, item=dialogue.current)

    assert actions.ask_question(author=author, text="Wann?").state == "published"

    HoldingRule.objects.filter(item__isnull=False).update(item=make_item(dialogue).pk)
    assert actions.ask_question(author=author, text="Wo?").state == "pending"


def test_moderators_are_not_held(dialogue: Dialogue):
    rule(dialogue, holds_everything=True)
    lead = make_participation(dialogue, "lead_moderator")

    assert actions.ask_question(author=lead, text="Wann?").state == "published"


def test_reworded_proposal_waits_again_and_keeps_its_age(author: Participation):
    proposal = actions.submit_proposal(author=author, title="Bänke")
    published = proposal.published_at
    rule(author.dialogue, holds_links=True)

    actions.revise_proposal(
        author=author, proposal_pk=proposal.pk, title="Bänke: www.example.org"
    )

    assert list(published_proposals(author.dialogue)) == []
    assert kinds(author.dialogue)[-2:] == ["proposal.held", "held.received"]
    lead = make_participation(author.dialogue, "lead_moderator")
    approve_contribution(moderator=lead, kind="proposal", pk=proposal.pk, reason="Gut")
    proposal.refresh_from_db()
    assert proposal.published_at == published


def test_revising_what_waits_keeps_no_earlier_wording(author: Participation):
    rule(author.dialogue, holds_links=True)
    proposal = actions.submit_proposal(author=author, title="Siehe example.org")

    held.revise_held(author=author, kind="proposal", pk=proposal.pk, title="Bänke")

    proposal.refresh_from_db()
    # Without the link it waits all the same: a moderator is at it.
    assert (proposal.title, proposal.state, proposal.held_for) == (
        "Bänke",
        "pending",
        "links",
    )
    assert proposal.revisions.count() == 0


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "proposal", "title": ""}, "input.invalid"),
        ({"kind": "question", "text": ""}, "input.invalid"),
        ({"kind": "question", "text": "a" * 501}, "input.invalid"),
    ],
)
def test_revising_refuses_bad_words(
    author: Participation, facts: dict[str, Any], code: str
):
    rule(author.dialogue, holds_everything=True)
    rows = {
        "proposal": actions.submit_proposal(author=author, title="Bänke"),
        "question": actions.ask_question(author=author, text="Wann?"),
    }

    with pytest.raises(Refusal) as refused:
        held.revise_held(author=author, pk=rows[facts["kind"]].pk, **facts)

    assert refused.value.code == code


def test_only_what_waits_is_revised_and_only_by_its_author(author: Participation):
    shown = actions.ask_question(author=author, text="Wann?")
    rule(author.dialogue, holds_everything=True)
    waits = actions.ask_question(author=author, text="Wo?")
    other = make_participation(author.dialogue)
    codes = []
    for who, row in ((author, shown), (other, waits)):
        with pytest.raises(Refusal) as refused:
            held.revise_held(author=who, kind="question", pk=row.pk, text="Neu?")
        codes.append(refused.value.code)

    assert codes == ["held.decided", "right.missing"]


def test_held_proposal_takes_no_support_or_comment(author: Participation):
    rule(author.dialogue, holds_everything=True)
    proposal = actions.submit_proposal(author=author, title="Bänke")
    other = make_participation(author.dialogue)

    for verb in (
        lambda: responding.set_support(
            participation=other, kind="proposal", pk=proposal.pk, supported=True
        ),
        lambda: actions.add_comment(author=other, proposal_pk=proposal.pk, text="Ja"),
    ):
        with pytest.raises(Refusal) as refused:
            verb()
        assert refused.value.code == "right.missing"


# --- links and words --------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "Siehe WWW.example.org",
        "mail an kim@stadt.example",
        "auf stadt-bonn.de steht es",
        "[hier](http://x.y)",
        "ｈｔｔｐｓ：//example.org",
    ],
)
def test_link_is_found(text: str):
    assert has_link(text)


@pytest.mark.parametrize(
    "text", ["Zum Bahnhof.Die Straße", "Um 17.30 Uhr", "z.B. Bäume", "und/oder: nein"]
)
def test_no_link(text: str):
    assert not has_link(text)


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        ("Idiot", "So ein idiot!", True),
        ("Idiot", "So ein ID1OT", True),
        ("Idiot", "I d i o t", True),
        ("Idiot", "Ïdiót.", True),
        ("Idiot", "Іdіоt", True),  # Cyrillic letters
        ("Idiot", "Idiotie ist ein Wort", False),
        ("Idiot*", "Idiotie ist ein Wort", True),
        ("halt den Mund", "Halt  den, Mund", True),
        ("halt den Mund", "Halt den Platz", False),
        ("Mist", "Der Minister", False),
        ("*", "Alles", False),
        ("Mist", "", False),
    ],
)
def test_words(entry: str, text: str, expected: bool):
    assert bool(words_found(frozenset({entry}), text)) is expected


def test_lists_of_city_and_dialogue(author: Participation):
    dialogue = author.dialogue
    rule(dialogue, holds_words=True)
    held.set_words(dialogue=None, words="Dummkopf\n\n Dummkopf ")
    held.set_words(dialogue=dialogue, words="Quatsch")
    held.set_words(dialogue=make_dialogue(), words="Tor")

    reasons = [
        actions.ask_question(author=author, text=text).held_for
        for text in ("Dummkopf?", "Quatsch?", "Tor?")
    ]

    assert reasons == ["words", "words", ""]
    assert WordList.objects.get(dialogue=None).words == "Dummkopf"


def test_holding_is_set_for_dialogue_and_item(dialogue: Dialogue):
    facts = dict.fromkeys(held.RULE_FIELDS, False) | {"most_in_ten_minutes": 3}
    held.set_holding(dialogue=dialogue, facts=facts)
    held.set_holding(dialogue=dialogue, item_pk=dialogue.current_id, facts=facts)
    held.set_holding(dialogue=dialogue, item_pk=dialogue.current_id, facts=None)

    rows = HoldingRule.objects.filter(dialogue=dialogue)
    assert [(row.item_id, row.most_in_ten_minutes) for row in rows] == [(None, 3)]
    assert kinds(dialogue) == ["holding.changed"] * 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"most_in_ten_minutes": 101}, "holding.rate"),
        ({"item_pk": 0}, "right.missing"),
        ({"state": "closed"}, "dialogue.closed"),
    ],
)
def test_setting_refused(dialogue: Dialogue, change: dict[str, Any], code: str):
    facts = dict.fromkeys(held.RULE_FIELDS, False) | {"most_in_ten_minutes": 0}
    facts |= {name: change[name] for name in change if name in facts}
    if "state" in change:
        Dialogue.objects.filter(pk=dialogue.pk).update(state=change["state"])

    with pytest.raises(Refusal) as refused:
        held.set_holding(dialogue=dialogue, item_pk=change.get("item_pk"), facts=facts)

    assert refused.value.code == code
