"""Contributions and ballots as cards, and the lists of them."""

from collections.abc import Callable, Iterable
from typing import Any

from dialogue.models import Dialogue
from live.screens import DRAWERS, LIMITS, LISTS, Cards, View, draw
from live.voting_forms import vote_form
from moderation.models import Decision, Rule
from proposals.drafting import draft_findings, draft_sign
from proposals.methods import METHODS
from proposals.models import (
    Ballot,
    Comment,
    Proposal,
    Question,
)
from proposals.options import title_now
from proposals.planning import QUICK
from proposals.queries import (
    branch_of,
    by_age,
    parked_topics,
    proposal_numbers,
    shown_turnout,
    thread_of,
    with_origins,
)
from proposals.results import (
    compare_channels,
    is_hidden,
    option_label,
    reasons_of,
    result_of,
)
from proposals.rounds import compare_rounds
from proposals.weights import weights_on_roll


def _cards(
    cards: Cards,
    kind: str,
    rows: Iterable[Any],
    draw_card: Callable[[Dialogue, View, Any], str],
    dialogue: Dialogue,
    view: View,
) -> list[str]:
    """The cards of `rows`, from `cards` where they stand there."""
    drawn = []
    for row in rows:
        if (kind, row.pk) not in cards:
            cards[kind, row.pk] = draw_card(dialogue, view, row)
        drawn.append(cards[kind, row.pk])
    return drawn


# --- proposals --------------------------------------------------------------


def proposals_of(dialogue: Dialogue, view: View) -> Any:
    """The rows of the view's list, newest first; the desk sees hidden ones too."""
    states = [Proposal.State.PUBLISHED]
    if not view.is_desk:
        return _proposals_in(dialogue, states).order_by("-published_at", "-pk")
    # What was hidden before it was ever published stands where it was written.
    rows = _proposals_in(dialogue, [*states, Proposal.State.HIDDEN])
    return by_age(rows).order_by("-shown_at", "-pk")


def readable_proposals(dialogue: Dialogue, view: View) -> Any:
    """The rows of the view's list, and those that were merged: they have pages."""
    states = [Proposal.State.PUBLISHED, Proposal.State.MERGED]
    if view.is_desk:
        states.append(Proposal.State.HIDDEN)
    return _proposals_in(dialogue, states)


def _proposals_in(dialogue: Dialogue, states: list[Proposal.State]) -> Any:
    rows = Proposal.objects.filter(dialogue=dialogue, state__in=states)
    return with_origins(
        rows.select_related("author", "district", "table", "merged_into")
    )


def draw_proposal(
    dialogue: Dialogue, view: View, proposal: Proposal, *, stands_alone: bool = False
) -> str:
    """One card, with the controls that everybody has.

    `stands_alone`: on the proposal's own page, which shows the comments below.
    """
    return draw(
        "cards/proposal",
        dialogue,
        view,
        proposal=proposal,
        numbers=proposal_numbers(proposal),
        place=place_of(proposal),
        rules=Rule.choices if view.is_desk else (),
        decision=_last_decision(proposal) if view.is_desk else None,
        stands_alone=stands_alone,
        mine=None,
    )


def place_of(row: Proposal | Question) -> int:
    """Where a card stands: a number that falls from newest to oldest.

    Unix microseconds, which a browser counts exactly: of the same place, a card that
    comes back would stand after those that the list has before it.
    """
    return round((row.published_at or row.written_at).timestamp() * 1_000_000)


def _last_decision(row: Any) -> Decision | None:
    if row.state != "hidden":
        return None
    return row.decisions.select_related("decided_by").first()


def _proposals(dialogue: Dialogue, view: View, cards: Cards) -> str:
    rows = proposals_of(dialogue, view)[: LIMITS["proposals"]]
    return draw(
        "regions/proposals",
        dialogue,
        view,
        limit=LIMITS["proposals"],
        cards=_cards(cards, "proposal", rows, draw_proposal, dialogue, view),
    )


def draw_thread(dialogue: Dialogue, view: View, proposal: Proposal) -> str:
    """All comments on a proposal, as nested lists."""
    return draw(
        "cards/thread",
        dialogue,
        view,
        proposal=proposal,
        comments=[
            draw_comment(dialogue, view, comment, thread)
            for thread in [_by_parent(thread_of(proposal))]
            for comment in thread.get(None, [])
        ],
    )


def draw_comment(
    dialogue: Dialogue, view: View, comment: Comment, thread: dict[Any, list[Comment]]
) -> str:
    """One comment with its replies."""
    return draw(
        "cards/comment",
        dialogue,
        view,
        comment=comment,
        rules=Rule.choices if view.is_desk else (),
        replies=[
            draw_comment(dialogue, view, reply, thread)
            for reply in thread.get(comment.pk, [])
        ],
    )


def _by_parent(comments: list[Comment]) -> dict[Any, list[Comment]]:
    thread: dict[Any, list[Comment]] = {}
    for comment in comments:
        thread.setdefault(comment.parent_id, []).append(comment)
    return thread


def draw_one_comment(dialogue: Dialogue, view: View, comment: Comment) -> str:
    """A comment as it stands in its thread, for a live update: what it costs does
    not grow with the thread. Nothing, while it is held."""
    branch = branch_of(comment.pk)
    if not branch:
        return ""
    shown, *replies = branch
    return draw_comment(dialogue, view, shown, _by_parent(replies))


# --- questions, ballots, parked topics ---------------------------------------


def questions_of(dialogue: Dialogue, view: View) -> Any:
    states = [Question.State.PUBLISHED]
    if view.is_desk:
        states.append(Question.State.HIDDEN)
    rows = dialogue.questions.filter(state__in=states).select_related("author")
    return with_origins(by_age(rows)).order_by("-shown_at", "-pk")


def draw_question(dialogue: Dialogue, view: View, question: Question) -> str:
    return draw(
        "cards/question",
        dialogue,
        view,
        question=question,
        place=place_of(question),
        rules=Rule.choices if view.is_desk else (),
        mine=None,
    )


def _questions(dialogue: Dialogue, view: View, cards: Cards) -> str:
    rows = questions_of(dialogue, view)[: LIMITS["questions"]]
    return draw(
        "regions/questions",
        dialogue,
        view,
        limit=LIMITS["questions"],
        cards=_cards(cards, "question", rows, draw_question, dialogue, view),
    )


def ballots_of(dialogue: Dialogue, view: View) -> Any:
    rows = dialogue.ballots.select_related("tally", "previous").prefetch_related(
        "options__tally_row", "options__proposal", "options__question"
    )
    if not view.is_desk:
        rows = rows.exclude(state=Ballot.State.DRAFT)
    return rows.order_by("-pk")


def draw_ballot(dialogue: Dialogue, view: View, ballot: Ballot) -> str:
    options = list(ballot.options.all())
    return draw(
        "cards/ballot",
        dialogue,
        view,
        options=options,
        hidden=[row for row in options if is_hidden(row)],
        sources=[row for row in options if row.source and not row.is_gone],
        vote=vote_form(ballot, options, {}),
        mine=None,
        **ballot_facts(view, ballot),
    )


def ballot_facts(view: View, ballot: Ballot) -> dict[str, Any]:
    """How a ballot stands: turnout, running numbers, or its result in words.

    A result that is not published yet is for the moderators alone.
    """
    facts = {
        "ballot": ballot,
        "turnout": shown_turnout(ballot),
        "rows": running_rows(ballot),
        "weights": weights_on_roll(ballot),
    }
    if view.is_desk and ballot.state == Ballot.State.DRAFT:
        options = list(ballot.options.all())
        facts["findings"] = draft_findings(ballot)
        # As it would be opened: contributions are put to the vote as they read then.
        facts["drafted"] = [(title_now(row), row) for row in options]
        facts["seen"] = draft_sign(ballot, options)
    if ballot.is_published or (view.is_desk and ballot.state == Ballot.State.CLOSED):
        facts |= {
            "result": result_of(ballot, list(ballot.options.all())),
            "compared": compare_rounds(ballot),
            "channels": compare_channels(ballot, list(ballot.options.all())),
            "reasons": reasons_of(ballot),
        }
    return facts


def running_rows(ballot: Ballot) -> list[dict[str, Any]]:
    """Label and number so far, where the count is public; sums of ranks say nothing."""
    if (
        ballot.state not in Ballot.RUNNING
        or not ballot.shows_count
        or METHODS[ballot.method].FORM == "order"
    ):
        return []
    turnout = ballot.turnout or 1
    return [
        {
            "label": option_label(ballot, option),
            "number": option.marks_count,
            "percent": min(100, max(0, round(100 * option.marks_count / turnout))),
            "count": f"option-{option.pk}.marks",
        }
        for option in ballot.options.all()
    ]


def _ballots(dialogue: Dialogue, view: View, cards: Cards) -> str:
    return draw(
        "regions/ballots",
        dialogue,
        view,
        cards=_cards(
            cards, "ballot", ballots_of(dialogue, view), draw_ballot, dialogue, view
        ),
        quick_methods=[
            (method.value, method.label) for method in Ballot.Method if method in QUICK
        ],
        linkable=(
            proposals_of(dialogue, view).filter(state=Proposal.State.PUBLISHED)[:50]
            if view.is_desk
            else ()
        ),
    )


def _parked(dialogue: Dialogue, view: View) -> str:
    topics = parked_topics(dialogue, also_hidden=view.is_desk)
    rules = Rule.choices if view.is_desk else ()
    return draw("regions/parked", dialogue, view, topics=topics, rules=rules)


DRAWERS.update(parked=_parked)
LISTS.update(ballots=_ballots, proposals=_proposals, questions=_questions)
