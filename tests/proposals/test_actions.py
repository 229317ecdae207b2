"""Contributions: propose, revise, withdraw, comment, ask, support, park."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from moderation.actions import hide_contribution, restore_contribution
from projects.models import District
from proposals import actions, responding, wall
from proposals.models import (
    Comment,
    ParkedTopic,
    Proposal,
    Question,
    ReactionCount,
    Revision,
    Support,
)
from proposals.queries import salted_digest, thread_of, wording_digest
from shared import clock
from shared.errors import Refusal
from tests.factories import (
    make_comment,
    make_dialogue,
    make_item,
    make_participation,
    make_proposal,
    make_question,
)
from tests.ledger.threads import at_once

pytestmark = pytest.mark.django_db

ALL = "propose comment ask stance vote"


@pytest.fixture
def author() -> Participation:
    return make_participation(make_dialogue(allows=ALL))


def lead_of(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator")


def told(dialogue: Dialogue) -> list[tuple[str, dict[str, Any]]]:
    return [(e.kind, e.payload) for e in entries_since(dialogue.stream_id, 0)]


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def allow(dialogue: Dialogue, actions: str) -> None:
    """Go on to an item that allows only `actions`."""
    dialogue.current = make_item(dialogue, allows=actions)
    dialogue.save()


# --- proposals ------------------------------------------------------------------
def test_submit_proposal_publishes(author: Participation):
    district = District.objects.create(name="Hörde")

    proposal = actions.submit_proposal(
        author=author,
        title="Zebrastreifen",
        text="Vor der Schule.",
        reason="Es ist eng.",
        kind=Proposal.Kind.IDEA,
        district_pk=district.pk,
        place=(0, 1000),
    )

    proposal.refresh_from_db()
    assert (proposal.title, proposal.text, proposal.reason, proposal.kind) == (
        "Zebrastreifen",
        "Vor der Schule.",
        "Es ist eng.",
        "idea",
    )
    assert (proposal.author, proposal.dialogue) == (author, author.dialogue)
    assert (proposal.state, proposal.revision) == ("published", 1)
    assert (proposal.item, proposal.district) == (author.dialogue.current, district)
    assert (proposal.place_x, proposal.place_y) == (0, 1000)
    digest = salted_digest(
        proposal.salt, "Zebrastreifen", "Vor der Schule.", "Es ist eng."
    )
    assert told(author.dialogue) == [
        ("proposal.published", {"proposal": proposal.pk, "digest": digest})
    ]


def test_submit_proposal_with_unknown_district(author: Participation):
    code = refusal_of(
        actions.submit_proposal, author=author, title="a", district_pk=999_999
    )

    assert code == "district.unknown"
    assert Proposal.objects.count() == 0


VERBS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "propose": ("propose", actions.submit_proposal, {"title": "a"}),
    "comment": ("comment", actions.add_comment, {"text": "a"}),
    "ask": ("ask", actions.ask_question, {"text": "a"}),
}


def arguments(verb: str, dialogue: Dialogue) -> dict[str, Any]:
    facts = VERBS[verb][2]
    if verb == "comment":
        proposal = make_proposal(make_participation(dialogue))
        return {**facts, "proposal_pk": proposal.pk}
    return facts


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("allowed", VERBS)
def test_contribution_at_point_of_the_agenda(verb: str, allowed: str):
    author = make_participation(make_dialogue(allows=VERBS[allowed][0]))
    facts = arguments(verb, author.dialogue)

    if verb == allowed:
        VERBS[verb][1](author=author, **facts)
    else:
        assert refusal_of(VERBS[verb][1], author=author, **facts) == "agenda.not_now"

    assert len(told(author.dialogue)) == (verb == allowed)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"role": "observer"}, "role.observer"),
        ({"state": "excluded"}, "participation.excluded"),
        ({"silenced_until": clock.now() + timedelta(1)}, "participation.silenced"),
    ],
)
def test_contribution_by_wrong_person(verb: str, facts: dict[str, Any], code: str):
    dialogue = make_dialogue(allows=ALL)
    author = make_participation(dialogue, **facts)

    refused = refusal_of(VERBS[verb][1], author=author, **arguments(verb, dialogue))

    assert refused == code
    assert told(dialogue) == []


@pytest.mark.parametrize("state", ["announced", "lobby", "paused", "closed"])
@pytest.mark.parametrize("verb", VERBS)
def test_contribution_in_other_state(verb: str, state: str):
    dialogue = make_dialogue(allows=ALL, state=state)
    author = make_participation(dialogue)

    code = refusal_of(VERBS[verb][1], author=author, **arguments(verb, dialogue))

    assert code == {"paused": "dialogue.paused", "closed": "dialogue.closed"}.get(
        state, "agenda.not_now"
    )


# --- drafts ---------------------------------------------------------------------
def test_save_draft_keeps_one_per_kind(author: Participation):
    first = actions.save_draft(author=author, title="a")
    second = actions.save_draft(author=author, title="b", text="c", reason="d")
    other = actions.save_draft(author=author, kind="idea", title="e")

    assert first.pk == second.pk != other.pk
    drafts = Proposal.objects.filter(author=author, state="draft").order_by("pk")
    assert [(d.title, d.text, d.reason) for d in drafts] == [
        ("b", "c", "d"),
        ("e", "", ""),
    ]
    assert told(author.dialogue) == []


def test_save_draft_before_proposing_is_open():
    author = make_participation(make_dialogue(state="lobby"))

    assert actions.save_draft(author=author, title="a").state == "draft"


def test_save_draft_after_closing():
    author = make_participation(make_dialogue(state="closed"))

    assert refusal_of(actions.save_draft, author=author) == "dialogue.closed"


def test_submit_proposal_uses_up_the_draft_of_its_kind(author: Participation):
    actions.save_draft(author=author, title="a")
    idea = actions.save_draft(author=author, kind="idea", title="b")
    neighbour = actions.save_draft(
        author=make_participation(author.dialogue), title="c"
    )

    actions.submit_proposal(author=author, title="a")

    drafts = Proposal.objects.filter(state="draft").order_by("pk")
    assert list(drafts) == [idea, neighbour]


# --- revising -------------------------------------------------------------------
def test_revise_proposal_keeps_history(author: Participation):
    proposal = actions.submit_proposal(author=author, title="a", text="b", reason="c")

    actions.revise_proposal(author=author, proposal_pk=proposal.pk, title="d")
    revised = actions.revise_proposal(
        author=author, proposal_pk=proposal.pk, title="e", text="f", expected_revision=2
    )

    assert (revised.title, revised.text, revised.reason, revised.revision) == (
        "e",
        "f",
        "",
        3,
    )
    history = Revision.objects.filter(proposal=proposal)
    assert [(r.number, r.title, r.text, r.reason) for r in history] == [
        (2, "d", "", ""),
        (1, "a", "b", "c"),
    ]
    assert told(author.dialogue)[-1] == (
        "proposal.revised",
        {"proposal": proposal.pk, "revision": 3, "digest": wording_digest(revised)},
    )


def test_revise_proposal_changed_meanwhile(author: Participation):
    proposal = make_proposal(author, revision=2)

    code = refusal_of(
        actions.revise_proposal,
        author=author,
        proposal_pk=proposal.pk,
        title="b",
        expected_revision=1,
    )

    assert code == "proposal.changed_meanwhile"
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "withdrawn"])
def test_revise_proposal_in_other_state(author: Participation, state: str):
    proposal = make_proposal(author, state=state)

    code = refusal_of(
        actions.revise_proposal, author=author, proposal_pk=proposal.pk, title="b"
    )

    assert code == "right.missing"


def test_revise_proposal_of_somebody_else(author: Participation):
    proposal = make_proposal(author)

    for other in (make_participation(author.dialogue), lead_of(author.dialogue)):
        code = refusal_of(
            actions.revise_proposal, author=other, proposal_pk=proposal.pk, title="b"
        )
        assert code == "right.missing"


def test_revise_proposal_when_proposing_is_over(author: Participation):
    proposal = make_proposal(author)
    allow(author.dialogue, "comment")

    code = refusal_of(
        actions.revise_proposal, author=author, proposal_pk=proposal.pk, title="b"
    )

    assert code == "agenda.not_now"


# --- withdrawing ----------------------------------------------------------------
def test_withdraw_each_kind(author: Participation):
    proposal, question = make_proposal(author), make_question(author)
    comment = actions.add_comment(author=author, proposal_pk=proposal.pk, text="a")

    for kind, row in (
        ("comment", comment),
        ("question", question),
        ("proposal", proposal),
    ):
        assert (
            actions.withdraw(author=author, kind=kind, pk=row.pk).state == "withdrawn"
        )
        code = refusal_of(actions.withdraw, author=author, kind=kind, pk=row.pk)
        assert code == "right.missing"

    proposal.refresh_from_db()
    assert (proposal.state, proposal.comments_count) == ("withdrawn", 0)
    assert told(author.dialogue)[1:] == [
        ("comment.withdrawn", {"comment": comment.pk, "proposal": proposal.pk}),
        ("question.withdrawn", {"question": question.pk}),
        ("proposal.withdrawn", {"proposal": proposal.pk}),
    ]


@pytest.mark.parametrize("kind", ["proposal", "comment", "question"])
@pytest.mark.parametrize("whose", ["neighbour", "foreign", "hidden"])
def test_withdraw_refused(author: Participation, kind: str, whose: str):
    owner = {
        "neighbour": make_participation(author.dialogue),
        "foreign": make_participation(make_dialogue(allows=ALL)),
        "hidden": author,
    }[whose]
    facts = {"state": "hidden"} if whose == "hidden" else {}
    if kind == "comment":
        row: Any = make_comment(owner, make_proposal(owner), **facts)
    else:
        make = {"proposal": make_proposal, "question": make_question}[kind]
        row = make(owner, **facts)

    code = refusal_of(actions.withdraw, author=author, kind=kind, pk=row.pk)

    assert code == "right.missing"


def test_withdraw_unknown_kind(author: Participation):
    assert refusal_of(actions.withdraw, author=author, kind="ballot", pk=1) == (
        "right.missing"
    )


def test_withdraw_while_silenced():
    until = clock.now() + timedelta(minutes=5)
    author = make_participation(make_dialogue(), silenced_until=until)
    proposal = make_proposal(author)

    withdrawn = actions.withdraw(author=author, kind="proposal", pk=proposal.pk)

    assert withdrawn.state == "withdrawn"


# --- comments -------------------------------------------------------------------
def test_add_comment_counts(author: Participation):
    proposal = make_proposal(author)

    first = actions.add_comment(
        author=author, proposal_pk=proposal.pk, text="a", alignment="contra"
    )
    reply = actions.add_comment(
        author=author, proposal_pk=proposal.pk, text="b", parent_pk=first.pk
    )

    proposal.refresh_from_db()
    author.dialogue.stream.refresh_from_db()
    assert (first.alignment, reply.alignment, reply.parent) == (
        "contra",
        "neutral",
        first,
    )
    assert proposal.comments_count == 2
    assert proposal.counts_version == author.dialogue.stream.counts == 2
    assert told(author.dialogue)[0] == (
        "comment.published",
        {
            "comment": first.pk,
            "proposal": proposal.pk,
            "digest": wording_digest(first),
        },
    )


def test_add_comment_replies_stay_within_depth(author: Participation):
    proposal = make_proposal(author)
    parents: list[int | None] = []
    last = None

    for number in range(6):
        last = actions.add_comment(
            author=author,
            proposal_pk=proposal.pk,
            text=str(number),
            parent_pk=last.pk if last else None,
        )
        parents.append(last.parent_id)

    comments = list(Comment.objects.order_by("pk"))
    first = comments[0].pk
    # Deeper replies stand beside the one they answer.
    assert [parent and parent - first for parent in parents] == [None, 0, 1, 2, 2, 2]


@pytest.mark.parametrize("state", ["hidden", "withdrawn"])
def test_add_comment_to_parent_that_is_gone(author: Participation, state: str):
    proposal = make_proposal(author)
    parent = make_comment(author, proposal, state=state)

    code = refusal_of(
        actions.add_comment,
        author=author,
        proposal_pk=proposal.pk,
        text="a",
        parent_pk=parent.pk,
    )

    assert code == "comment.parent_gone"


def test_add_comment_to_parent_on_another_proposal(author: Participation):
    parent = make_comment(author, make_proposal(author))

    code = refusal_of(
        actions.add_comment,
        author=author,
        proposal_pk=make_proposal(author).pk,
        text="a",
        parent_pk=parent.pk,
    )

    assert code == "comment.parent_gone"


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "withdrawn"])
def test_add_comment_on_unpublished_proposal(author: Participation, state: str):
    proposal = make_proposal(author, state=state)

    code = refusal_of(
        actions.add_comment, author=author, proposal_pk=proposal.pk, text="a"
    )

    assert code == "right.missing"


def test_add_comment_on_foreign_proposal(author: Participation):
    foreign = make_proposal(make_participation(make_dialogue(allows=ALL)))

    code = refusal_of(
        actions.add_comment, author=author, proposal_pk=foreign.pk, text="a"
    )

    assert code == "right.missing"
    assert Comment.objects.count() == 0


def test_thread_keeps_place_of_hidden_comment(author: Participation):
    proposal = make_proposal(author)
    hidden = make_comment(author, proposal, text="geheim", state="hidden")
    gone = make_comment(author, proposal, text="zurück", state="withdrawn")
    reply = make_comment(author, proposal, text="doch", parent=hidden)

    thread = thread_of(proposal)

    assert [(c.pk, c.text) for c in thread] == [
        (hidden.pk, ""),
        (gone.pk, ""),
        (reply.pk, "doch"),
    ]


# --- questions ------------------------------------------------------------------
def test_answer_question_once(author: Participation):
    question = actions.ask_question(author=author, text="Wann?")
    moderator = make_participation(author.dialogue, "table_moderator")

    answered = wall.answer_question(moderator=moderator, question_pk=question.pk)
    again = wall.answer_question(moderator=moderator, question_pk=question.pk)

    assert answered.answered_at == again.answered_at is not None
    assert told(author.dialogue) == [
        (
            "question.asked",
            {"question": question.pk, "digest": wording_digest(question)},
        ),
        (
            "question.answered",
            {"question": question.pk, "by": moderator.pk, "minute": 0},
        ),
    ]


def test_answer_question_refused(author: Participation):
    question = make_question(author)
    hidden = make_question(author, state="hidden")
    foreign = make_question(make_participation(make_dialogue()))
    moderator = lead_of(author.dialogue)

    codes = [
        refusal_of(wall.answer_question, moderator=who, question_pk=which.pk)
        for who, which in (
            (author, question),
            (make_participation(author.dialogue, "technical_host"), question),
            (moderator, hidden),
            (moderator, foreign),
        )
    ]

    assert codes == [
        "agenda.not_now",
        "agenda.not_now",
        "right.missing",
        "right.missing",
    ]
    assert Question.objects.filter(answered_at=None).count() == 3


# --- supports -------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["proposal", "question"])
def test_set_support_counts_once(author: Participation, kind: str):
    row: Any = {"proposal": make_proposal, "question": make_question}[kind](author)
    facts = {"participation": author, "kind": kind, "pk": row.pk}

    changed = [
        responding.set_support(**facts, supported=supported)
        for supported in (True, True, False, False, True)
    ]

    row.refresh_from_db()
    assert changed == [True, False, True, False, True]
    assert (row.supports, Support.objects.count(), row.counts_version) == (1, 1, 3)
    assert told(author.dialogue) == []


def test_set_support_refused(author: Participation):
    proposal = make_proposal(author)
    hidden = make_proposal(author, state="hidden")
    comment = make_comment(author, proposal)
    foreign = make_proposal(make_participation(make_dialogue()))
    observer = make_participation(author.dialogue, "observer")

    codes = [
        refusal_of(
            responding.set_support, participation=who, kind=kind, pk=pk, supported=True
        )
        for who, kind, pk in (
            (observer, "proposal", proposal.pk),
            (author, "proposal", hidden.pk),
            (author, "comment", comment.pk),
            (author, "proposal", foreign.pk),
            (author, "ballot", 1),
        )
    ]

    assert codes == ["role.observer"] + ["right.missing"] * 4
    assert Support.objects.count() == 0


@pytest.mark.databases
@pytest.mark.django_db(transaction=True)
def test_set_support_from_many_tabs_at_once():
    author = make_participation(make_dialogue())
    proposal = make_proposal(author)
    neighbour = make_participation(author.dialogue)

    def support(who: Participation) -> bool:
        return responding.set_support(
            participation=who, kind="proposal", pk=proposal.pk, supported=True
        )

    results = at_once([partial(support, w) for w in [author, neighbour] * 6])

    proposal.refresh_from_db()
    assert sorted(results) == [False] * 10 + [True] * 2
    assert (proposal.supports, Support.objects.count()) == (2, 2)


# --- reactions and topics ---------------------------------------------------------
def test_reactions_of_one_person_are_limited(author: Participation):
    neighbour = make_participation(author.dialogue)
    for __ in range(responding.REACTIONS["most"]):
        responding.react(participation=author, kind="agree")

    with pytest.raises(Refusal) as caught:
        responding.react(participation=author, kind="agree")
    responding.react(participation=neighbour, kind="agree")

    assert (caught.value.code, caught.value.status) == ("rate.limited", 429)
    assert ReactionCount.objects.get().number == responding.REACTIONS["most"] + 1


def test_react_keeps_only_the_sum(author: Participation):
    neighbour = make_participation(author.dialogue)

    for who, kind in ((author, "agree"), (author, "agree"), (neighbour, "slower")):
        responding.react(participation=who, kind=kind)

    counts = ReactionCount.objects.order_by("kind")
    item = author.dialogue.current
    assert [(c.item, c.kind, c.number, c.counts_version) for c in counts] == [
        (item, "agree", 2, 2),
        (item, "slower", 1, 3),
    ]
    assert {field.name for field in ReactionCount._meta.get_fields()} == {
        "id",
        "item",
        "kind",
        "number",
        "counts_version",
    }
    assert told(author.dialogue) == []


@pytest.mark.parametrize(
    ("role", "kind", "code"),
    [
        ("participant", "boo", "right.missing"),
        ("observer", "agree", "role.observer"),
    ],
)
def test_react_refused(role: str, kind: str, code: str):
    participation = make_participation(make_dialogue(), role)

    assert refusal_of(responding.react, participation=participation, kind=kind) == code
    assert ReactionCount.objects.count() == 0


def test_park_topic_and_remove_it(author: Participation):
    moderator = lead_of(author.dialogue)
    topic = responding.park_topic(author=author, text="Radweg")

    responding.remove_topic(moderator=moderator, topic_pk=topic.pk)
    again = refusal_of(responding.remove_topic, moderator=moderator, topic_pk=topic.pk)

    topic.refresh_from_db()
    assert (topic.text, topic.state, again) == ("Radweg", "removed", "right.missing")
    assert told(author.dialogue) == [
        ("topic.parked", {"topic": topic.pk}),
        ("topic.removed", {"topic": topic.pk, "by": moderator.pk}),
    ]
    assert "Ihre Worte: Radweg" in author.person.messages.get().body


def test_remove_topic_refused(author: Participation):
    topic = responding.park_topic(author=author, text="Radweg")
    foreign = lead_of(make_dialogue())

    codes = [
        refusal_of(responding.remove_topic, moderator=who, topic_pk=topic.pk)
        for who in (author, foreign)
    ]

    assert codes == ["agenda.not_now", "right.missing"]
    assert ParkedTopic.objects.get().state == "published"


# --- floods ---------------------------------------------------------------------
FLOODS: dict[str, Any] = {
    "proposals": lambda a, p: actions.submit_proposal(author=a, title="a"),
    "comments": lambda a, p: actions.add_comment(author=a, proposal_pk=p.pk, text="a"),
    "questions": lambda a, p: actions.ask_question(author=a, text="a"),
    "topics": lambda a, p: responding.park_topic(author=a, text="a"),
    "revisions": lambda a, p: actions.revise_proposal(
        author=a, proposal_pk=p.pk, title="a"
    ),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@time_machine.travel("2026-06-01T18:00:00Z", tick=False)
def test_flood_is_refused_after_twenty(author: Participation, flood: Any):
    before = clock.now() - timedelta(hours=1)
    proposal = make_proposal(author, written_at=before, published_at=before)
    for __ in range(20):
        flood(author, proposal)

    with pytest.raises(Refusal) as refused:
        flood(author, proposal)

    assert (refused.value.code, refused.value.status) == ("contribution.too_fast", 429)
    assert refused.value.retry_after == 20
    with pytest.raises(Refusal, match=r"contribution\.too_fast"):
        actions.ask_question(author=author, text="a")
    actions.ask_question(author=make_participation(author.dialogue), text="a")
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        flood(author, proposal)


# --- counts follow ----------------------------------------------------------------
def test_counts_follow_hiding_and_restoring(author: Participation):
    moderator = lead_of(author.dialogue)
    proposal = make_proposal(author)
    first, __ = (
        actions.add_comment(author=author, proposal_pk=proposal.pk, text="a")
        for __ in range(2)
    )
    facts: dict[str, Any] = {
        "moderator": moderator,
        "kind": "comment",
        "pk": first.pk,
        "reason": "x",
    }
    counts = []

    hide_contribution(**facts, rule="insult")
    counts.append(Proposal.objects.get(pk=proposal.pk).comments_count)
    restore_contribution(**facts)
    counts.append(Proposal.objects.get(pk=proposal.pk).comments_count)
    actions.withdraw(author=author, kind="comment", pk=first.pk)
    counts.append(Proposal.objects.get(pk=proposal.pk).comments_count)

    assert counts == [1, 2, 1]
