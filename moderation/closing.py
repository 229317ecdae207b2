"""Closing a dialogue: everything freezes, and the result is filed, in one act."""

import hashlib
import secrets
import unicodedata
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from dialogue.actions import mark_closed
from dialogue.desk import check_chair
from dialogue.models import AgendaItem, Dialogue, Participation
from dialogue.queries import fresh, require
from ledger.actions import act
from ledger.models import Stream
from moderation.models import Decision
from projects.actions import file_result
from projects.models import ResultRecord
from projects.sheet import (
    AgendaRun,
    BallotResult,
    OptionResult,
    ProposalResult,
    QuestionResult,
    ResultSheet,
)
from proposals.ballots import freeze, publish, votes_of
from proposals.models import Ballot, Comment, Proposal, Question, Stance
from proposals.opinions.sheet import sheet_of
from proposals.queries import parked_topics
from proposals.results import reasons_of
from proposals.terms import named_terms
from shared import clock
from shared.errors import Refusal


class _Texts:
    """Collects texts under their keys and gives back their salted digests."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str]] = {}

    def add(self, key: str, text: str) -> str:
        salt = secrets.token_hex(16)
        text = unicodedata.normalize("NFC", text)
        self.kept[key] = (salt, text)
        return text_digest(salt, text)


def text_digest(salt: str, text: str) -> str:
    """SHA-256 over salt and text, as it stands in a record's figures."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


@act()
def close_dialogue(*, moderator: Participation) -> ResultRecord:
    """Close: open ballots are counted, the result is filed, nothing changes after.

    Draft ballots are left out. The record names the ledger's head before the
    closing itself, so anyone with the ledger can check what led to it.

    The dialogue is held alone: whoever began to say something before commits
    first and is in the record, whoever comes after finds the dialogue closed.
    """
    dialogue = (
        Dialogue.objects.select_for_update(of=("self",))
        .select_related("project", "stream", "current")
        .get(pk=moderator.dialogue_id)
    )
    moderator, __ = fresh(moderator)
    require("dialogue.close_dialogue", moderator, dialogue)
    check_chair(moderator, dialogue)
    if dialogue.is_over:
        raise Refusal("dialogue.closed", _("This dialogue is closed."))
    if dialogue.current_id is None:
        raise Refusal(
            "dialogue.not_live", _("The dialogue has not begun. There is no result.")
        )
    for ballot in dialogue.ballots.select_for_update().filter(state__in=Ballot.RUNNING):
        freeze(ballot, moderator)
    for ballot in dialogue.ballots.select_for_update().filter(
        state=Ballot.State.CLOSED, published_at=None
    ):
        publish(ballot, moderator)
    sheet = result_sheet(dialogue)
    record = file_result(project=dialogue.project, stream=dialogue.stream, sheet=sheet)
    mark_closed(dialogue=dialogue, moderator=moderator, digest=record.digest)
    return record


def result_sheet(dialogue: Dialogue) -> ResultSheet:
    """The outcome as it stands now. Hidden and withdrawn texts are not in it."""
    texts = _Texts()
    stream = Stream.objects.get(pk=dialogue.stream_id)
    proposals = list(
        dialogue.proposals.filter(state=Proposal.State.PUBLISHED)
        .select_related("author")
        .order_by("published_at", "pk")
    )
    numbers = {proposal.pk: n for n, proposal in enumerate(proposals, 1)}
    questions = list(
        dialogue.questions.filter(state=Question.State.PUBLISHED)
        .select_related("author")
        .order_by("published_at", "pk")
    )
    asked = {question.pk: n for n, question in enumerate(questions, 1)}
    authors = [row.author for row in proposals] + [row.author for row in questions]
    for author in authors:
        texts.add(f"author-{author.pseudonym}", author.display_name)
    ballots = _ballots(dialogue)
    rounds = {ballot.pk: n for n, ballot in enumerate(ballots, 1)}
    comments = Comment.objects.filter(
        proposal__dialogue=dialogue, state=Comment.State.PUBLISHED
    )
    return ResultSheet(
        title=dialogue.title,
        dialogue=dialogue.slug,
        mode=dialogue.mode,
        opened_at=clock.milliseconds(dialogue.opened_at),
        closed_at=int(clock.now().timestamp() * 1000),
        participants=dialogue.participations.filter(
            role=Participation.Role.PARTICIPANT
        ).count(),
        moderation=_moderation_figures(dialogue),
        questions=len(questions),
        questions_answered=sum(row.answered_at is not None for row in questions),
        comments=comments.count(),
        stances=Stance.objects.filter(proposal__dialogue=dialogue).count(),
        agenda=tuple(_agenda_run(item) for item in _agenda(dialogue)),
        proposals=tuple(
            _proposal_result(proposal, numbers[proposal.pk], texts)
            for proposal in proposals
        ),
        ballots=tuple(
            _ballot_result(
                ballot,
                number,
                numbers,
                asked,
                rounds.get(ballot.previous_id or 0),
                texts,
            )
            for number, ballot in enumerate(ballots, 1)
        ),
        parked=tuple(
            texts.add(f"parked-{number}", topic.text)
            for number, topic in enumerate(parked_topics(dialogue), 1)
        ),
        opinions=_opinions(dialogue, numbers),
        asked=tuple(
            _question_result(question, asked[question.pk], texts)
            for question in questions
        ),
        ledger_head=stream.head,
        ledger_digest=stream.digest,
        texts=texts.kept,
    )


def _opinions(dialogue: Dialogue, numbers: dict[int, int]) -> dict[str, Any]:
    """The opinion map by the proposals' numbers; hidden statements are not in it."""

    def renamed(facts: Any) -> Any:
        if isinstance(facts, dict):
            own = {key: renamed(value) for key, value in facts.items()}
            if "proposal" in own:
                own["proposal"] = numbers[own["proposal"]]
            return own
        if isinstance(facts, list):
            return [
                renamed(row)
                for row in facts
                if not isinstance(row, dict) or row.get("proposal", 0) in known
            ]
        return facts

    known = {0, *numbers}
    return dict(renamed(sheet_of(dialogue) or {}))


def _moderation_figures(dialogue: Dialogue) -> dict[str, int]:
    return {
        f"{row['action']}:{row['rule']}": row["number"]
        for row in Decision.objects.filter(dialogue=dialogue)
        .values("action", "rule")
        .annotate(number=Count("pk"))
        .order_by("action", "rule")
    }


def _agenda(dialogue: Dialogue) -> list[AgendaItem]:
    return list(dialogue.agenda.prefetch_related("steps").order_by("position", "pk"))


def _agenda_run(item: AgendaItem) -> AgendaRun:
    now = clock.now()
    steps = list(item.steps.all())
    return AgendaRun(
        kind=item.kind,
        title=item.title,
        planned_minutes=item.minutes,
        began_at=tuple(int(step.began_at.timestamp() * 1000) for step in steps),
        ended_at=tuple(
            int((step.ended_at or now).timestamp() * 1000) for step in steps
        ),
    )


def _proposal_result(proposal: Proposal, number: int, texts: _Texts) -> ProposalResult:
    words = "\n\n".join(
        part for part in (proposal.title, proposal.text, proposal.reason) if part
    )
    return ProposalResult(
        number=number,
        kind=proposal.kind,
        author=proposal.author.pseudonym,
        wording=texts.add(f"proposal-{number}", words),
        revision=proposal.revision,
        state=proposal.state,
        supports=proposal.supports,
        comments=proposal.comments_count,
        agrees=proposal.agrees,
        disagrees=proposal.disagrees,
        passes=proposal.passes,
    )


def _question_result(question: Question, number: int, texts: _Texts) -> QuestionResult:
    return QuestionResult(
        number=number,
        author=question.author.pseudonym,
        wording=texts.add(f"question-{number}", question.text),
        supports=question.supports,
        is_answered=question.answered_at is not None,
        answered_minute=question.answered_minute,
    )


def _ballots(dialogue: Dialogue) -> list[Ballot]:
    return list(
        dialogue.ballots.exclude(state=Ballot.State.DRAFT)
        .select_related("tally")
        .order_by("opened_at", "pk")
    )


def _ballot_result(
    ballot: Ballot,
    number: int,
    proposals: dict[int, int],
    questions: dict[int, int],
    previous: int | None,
    texts: _Texts,
) -> BallotResult:
    options = list(
        ballot.options.select_related("tally_row", "proposal", "question").order_by(
            "position"
        )
    )
    annulled = ballot.state == Ballot.State.ANNULLED
    tally = None if annulled else ballot.tally
    results = []
    for option in options:
        row = None if tally is None else option.tally_row
        results.append(
            OptionResult(
                position=option.position,
                title=texts.add(
                    f"option-{number}-{option.position}", option.shown_title
                ),
                number=row.number if row else 0,
                is_chosen=bool(row and row.is_chosen),
                proposal=proposals.get(option.proposal_id or 0),
                key=option.key,
                cost=option.cost,
                question=questions.get(option.question_id or 0),
            )
        )
    votes, weights, channels = (
        ([], [], {}) if annulled else votes_of(ballot, [row.pk for row in options])
    )
    return BallotResult(
        number=number,
        title=texts.add(f"ballot-{number}", ballot.title),
        method=ballot.method,
        secrecy=ballot.secrecy,
        electorate=ballot.electorate,
        most_options=ballot.most_options,
        state=ballot.state,
        eligible=ballot.roll_size,
        turnout=tally.turnout if tally else 0,
        roll_digest=ballot.roll_digest,
        verdict=tally.verdict if tally else "annulled",
        options=tuple(results),
        votes=votes,
        terms=named_terms(ballot),
        weights=weights,
        channels=channels,
        round=ballot.round,
        previous=previous,
        annulled=texts.add(f"annulled-{number}", ballot.annulled_reason)
        if annulled
        else "",
        reasons=()
        if annulled
        else tuple(
            texts.add(f"reason-{number}-{at}", reason)
            for at, reason in enumerate(reasons_of(ballot), 1)
        ),
    )
