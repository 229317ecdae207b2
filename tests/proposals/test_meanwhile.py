"""Two moderators on one question, draft, weight or rule: nothing is overwritten."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils.translation import override

from dialogue.models import Dialogue, Participation
from ledger.models import Entry
from ledger.queries import entries_since
from proposals import actions, ballots, drafting, held, wall
from proposals.drafting import draft_sign
from proposals.held import rule_sign, words_sign
from proposals.models import Ballot, HoldingRule, Proposal, Question, WordList
from proposals.opinions import keeping
from proposals.opinions.keeping import map_sign, mark_sign
from proposals.weights import read_weights, set_weights, written_weights
from shared.errors import Refusal
from tests.factories import (
    make_dialogue,
    make_participation,
    make_proposal,
    make_question,
)
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db
BY_ADA = "Changed meanwhile by Ada. Please look again."
BY_SOMEBODY = "This was changed meanwhile. Please look again."


@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue(allows="vote ask propose")


@pytest.fixture
def ada(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator", display_name="Ada")


@pytest.fixture
def ben(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator", display_name="Ben")


def told(act: Callable[[], Any]) -> Refusal:
    """What the second one reads; the act leaves no entry."""
    before = Entry.objects.count()
    with override("en"), pytest.raises(Refusal) as refused:
        act()
    assert Entry.objects.count() == before
    return refused.value


def said(refusal: Refusal) -> tuple[str, str]:
    with override("en"):
        return refusal.code, str(refusal.message)


# --- questions ----------------------------------------------------------------------
@pytest.fixture
def question(dialogue: Dialogue) -> Question:
    return make_question(make_participation(dialogue), text="Wann?")


@pytest.mark.parametrize("first", [{"answer": "Im Mai"}, {"minute": 12}])
def test_second_answer_is_refused(
    ada: Participation, ben: Participation, question: Question, first: dict[str, Any]
):
    about = {"question_pk": question.pk, "seen": question.answering}
    wall.answer_question(moderator=ada, **about, **first)

    late = told(lambda: wall.answer_question(moderator=ben, answer="Nie", **about))

    assert said(late) == ("question.changed_meanwhile", BY_ADA)
    question.refresh_from_db()
    assert (question.answer, late.seen) == (first.get("answer", ""), question.answering)
    # Told, Ben sends it again.
    about["seen"] = late.seen
    assert wall.answer_question(moderator=ben, answer="Nie", **about).answer == "Nie"


def test_same_answer_or_mere_tick_is_not_held_up(
    ada: Participation, ben: Participation, question: Question
):
    about = {"question_pk": question.pk, "seen": question.answering}
    wall.answer_question(moderator=ada, answer="Im Mai", **about)

    for answer in ("Im Mai", ""):
        wall.answer_question(moderator=ben, answer=answer, **about)

    question.refresh_from_db()
    assert question.answer == "Im Mai"
    assert len(entries_since(question.dialogue.stream_id, 0)) == 1


def test_second_topic_is_refused(
    ada: Participation, ben: Participation, question: Question
):
    about = {"question_pk": question.pk, "seen": question.tagging}
    wall.sort_question(moderator=ada, topic="Verkehr", **about)
    wall.sort_question(moderator=ben, topic="Verkehr", **about)
    # The shortlist is not what was changed.
    wall.sort_question(moderator=ada, is_shortlisted=True, **about)

    late = told(lambda: wall.sort_question(moderator=ben, topic="Kosten", **about))

    assert said(late) == ("question.changed_meanwhile", BY_ADA)
    about["seen"] = late.seen
    row = wall.sort_question(moderator=ben, topic="Kosten", **about)
    assert (row.topic, row.is_shortlisted) == ("Kosten", True)


def test_stage_names_who_changed_it(
    ada: Participation, ben: Participation, question: Question
):
    other = make_question(question.author, text="Wo?")
    facts = {"is_on_stage": True, "expected": 0}
    wall.stage_question(moderator=ada, question_pk=question.pk, **facts)

    late = told(
        lambda: wall.stage_question(moderator=ben, question_pk=other.pk, **facts)
    )

    assert said(late) == ("question.stage_changed", BY_ADA)


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_of_many_who_answer_at_once_one_is_heard(dialogue: Dialogue):
    question: Question = make_question(make_participation(dialogue), text="Wann?")
    names = ("Ada", "Ben", "Cem", "Dea")
    leads = [
        make_participation(dialogue, "lead_moderator", display_name=name)
        for name in names
    ]

    done = at_once(
        [
            partial(
                wall.answer_question,
                moderator=lead,
                question_pk=question.pk,
                answer=lead.display_name,
                seen=question.answering,
            )
            for lead in leads
        ]
    )

    question.refresh_from_db()
    late = [one for one in done if isinstance(one, Refusal)]
    assert [one.code for one in late] == ["question.changed_meanwhile"] * 3
    assert all(question.answer in str(one.message) for one in late)
    assert {one.seen for one in late} == {question.answering}


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_draft_is_opened_or_changed_but_never_both(ada: Participation):
    ballot = drafted(ada)
    about = {"moderator": ada, "ballot_pk": ballot.pk, "seen": sign(ballot)}
    plan = {"title": "Anders?", "method": "single", "options": ("Bank", "Baum")}

    done = at_once(
        [
            partial(ballots.open_ballot, **about),
            partial(drafting.change_draft, **about, **plan),
        ]
    )

    ballot.refresh_from_db()
    (late,) = (one for one in done if isinstance(one, Refusal))
    assert (ballot.title, ballot.state, late.code) in (
        ("Was?", "open", "ballot.not_draft"),
        ("Anders?", "draft", "ballot.changed_meanwhile"),
    )


# --- drafts ---------------------------------------------------------------------------
def drafted(lead: Participation, **plan: Any) -> Ballot:
    usual = {"title": "Was?", "method": "single", "options": ("Bank", "Baum")}
    ballot = drafting.draft_ballot(moderator=lead, **(usual | plan))
    return Ballot.objects.get(pk=ballot.pk)


def sign(ballot: Ballot) -> str:
    return draft_sign(ballot, ballot.options.all())


ON_DRAFTS = [
    (ballots.open_ballot, {}),
    (drafting.discard_draft, {}),
    (drafting.change_draft, {"title": "Wer?", "method": "yes_no"}),
]


@pytest.mark.parametrize(("verb", "facts"), ON_DRAFTS)
@pytest.mark.parametrize(
    "change",
    [
        {"title": "Was jetzt?"},
        {"text": "Neu"},
        {"options": ("Bank", "Busch")},
        {"options": ("Baum", "Bank")},
        {"quorum": 20},
        {"secrecy": "open"},
    ],
)
def test_only_the_draft_that_was_read_is_opened_changed_or_discarded(
    ada: Participation,
    ben: Participation,
    verb: Any,
    facts: dict[str, Any],
    change: dict[str, Any],
):
    ballot = drafted(ada)
    seen = sign(ballot)
    plan = {"title": "Was?", "method": "single", "options": ("Bank", "Baum")} | change
    drafting.change_draft(moderator=ada, ballot_pk=ballot.pk, seen=seen, **plan)
    about = {"moderator": ben, "ballot_pk": ballot.pk} | facts

    late = told(lambda: verb(**about, seen=seen))

    assert said(late) == ("ballot.changed_meanwhile", BY_ADA)
    verb(**about, seen=late.seen)


@pytest.mark.parametrize(("verb", "facts"), ON_DRAFTS)
def test_draft_that_was_read_is_taken(
    ada: Participation, verb: Any, facts: dict[str, Any]
):
    ballot = drafted(ada)

    verb(moderator=ada, ballot_pk=ballot.pk, seen=sign(ballot), **facts)


def test_saved_without_a_change_it_is_the_same_draft(ada: Participation):
    ballot = drafted(ada)
    seen = sign(ballot)
    plan = {"title": "Was?", "method": "single", "options": ("Bank", "Baum")}
    drafting.change_draft(moderator=ada, ballot_pk=ballot.pk, **plan)

    assert sign(Ballot.objects.get(pk=ballot.pk)) == seen


@pytest.mark.parametrize("method", ["single", "yes_no"])
def test_reworded_option_is_read_before_it_is_opened(ada: Participation, method: str):
    author = make_participation(ada.dialogue)
    proposal = actions.submit_proposal(author=author, title="Brunnen")
    ballot = drafted(ada, method=method, proposals=(proposal.pk,))
    seen = sign(ballot)
    actions.revise_proposal(
        author=author, proposal_pk=proposal.pk, title="Zwei Brunnen"
    )

    late = told(
        lambda: ballots.open_ballot(moderator=ada, ballot_pk=ballot.pk, seen=seen)
    )

    assert late.code == "ballot.reworded_meanwhile"
    opened = ballots.open_ballot(moderator=ada, ballot_pk=ballot.pk, seen=late.seen)
    assert opened.state == "open"


# --- weights ----------------------------------------------------------------------
def test_weight_that_was_set_meanwhile_stays(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    people = [make_participation(dialogue) for __ in range(2)]
    anna, bert = people
    seen = read_weights(written_weights(people))
    assert seen == {anna.pk: 1, bert.pk: 1}
    set_weights(moderator=ada, weights={anna.pk: 7}, reason="Darum", seen=seen)
    facts = {"moderator": ben, "reason": "Deshalb"}
    weights = {anna.pk: 1, bert.pk: 3}

    late = told(lambda: set_weights(weights=weights, seen=seen, **facts))

    assert said(late) == ("weight.changed_meanwhile", BY_ADA)
    now = read_weights(str(late.seen))
    assert now == {anna.pk: 7, bert.pk: 1}
    # What the other has left as it was is nobody's dispute.
    assert set_weights(weights={bert.pk: 3}, seen=seen, **facts) == 1
    assert set_weights(weights=weights, seen=now | {bert.pk: 3}, **facts) == 1


# --- the opinion map ------------------------------------------------------------------
def test_second_setting_of_the_map_is_refused(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    seen = map_sign(None)
    keeping.set_opinion_map(moderator=ada, is_shown=True, mode="strict", seen=seen)
    facts = {"moderator": ben, "is_shown": True}

    late = told(lambda: keeping.set_opinion_map(**facts, seen=seen))

    assert said(late) == ("opinions.changed_meanwhile", BY_ADA)
    keeping.set_opinion_map(**facts, mode="strict", seen=seen)
    assert keeping.set_opinion_map(**facts, seen=str(late.seen)).mode == "open"


def test_second_mark_of_a_statement_is_refused(
    dialogue: Dialogue, ada: Participation, ben: Participation
):
    row: Proposal = make_proposal(ada, title="Mehr Bäume")
    about = {"proposal_pk": row.pk, "seen": mark_sign(None)}
    keeping.mark_statement(moderator=ada, state="in", **about)

    late = told(lambda: keeping.mark_statement(moderator=ben, state="out", **about))

    assert said(late) == ("opinions.changed_meanwhile", BY_ADA)
    keeping.mark_statement(moderator=ben, state="in", **about)
    about["seen"] = late.seen
    assert keeping.mark_statement(moderator=ben, state="out", **about).state == "out"


# --- what is held ---------------------------------------------------------------------
def facts_of(most: int) -> dict[str, Any]:
    return dict.fromkeys(held.RULE_FIELDS, False) | {"most_in_ten_minutes": most}


@pytest.mark.parametrize("of_item", [True, False])
@pytest.mark.parametrize(
    ("is_named", "message"), [(True, BY_ADA), (False, BY_SOMEBODY)]
)
def test_second_rule_is_refused(
    dialogue: Dialogue, ada: Participation, of_item: bool, is_named: bool, message: str
):
    about = {"dialogue": dialogue, "item_pk": dialogue.current_id if of_item else None}
    seen = rule_sign(None)
    by = ada if is_named else None
    held.set_holding(**about, facts=facts_of(3), by=by, seen=seen)
    # What was said of something else is not named.
    held.set_words(dialogue=dialogue, words="Mist", by=None if is_named else ada)

    late = told(lambda: held.set_holding(**about, facts=facts_of(5), seen=seen))

    assert said(late) == ("holding.changed_meanwhile", message)
    late = told(lambda: held.set_holding(**about, facts=None, seen=seen))
    held.set_holding(**about, facts=facts_of(5), seen=str(late.seen))
    assert HoldingRule.objects.get().most_in_ten_minutes == 5


def test_second_word_list_is_refused(dialogue: Dialogue, ada: Participation):
    seen = words_sign(None)
    held.set_words(dialogue=dialogue, words="Mist", by=ada, seen=seen)
    held.set_words(dialogue=None, words="Tor", seen=seen)

    late = told(lambda: held.set_words(dialogue=dialogue, words="Quatsch", seen=seen))
    citys = told(lambda: held.set_words(dialogue=None, words="Quatsch", seen=seen))

    assert said(late) == ("holding.changed_meanwhile", BY_ADA)
    assert said(citys) == ("holding.changed_meanwhile", BY_SOMEBODY)
    held.set_words(dialogue=dialogue, words="Quatsch", seen=str(late.seen))
    assert WordList.objects.get(dialogue=dialogue).words == "Quatsch"
    held.set_words(dialogue=None, words="Quatsch", seen=str(citys.seen))
    assert WordList.objects.get(dialogue=None).words == "Quatsch"
    told_of = [entry.payload for entry in entries_since(dialogue.stream_id, 0)]
    assert told_of == [{"by": ada.pk, "is_words": True}, {"is_words": True}]
