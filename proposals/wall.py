"""Verbs of the questions wall: sort, put on stage, answer."""

from typing import Any

from django.db.models import Q

from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, fresh, require
from ledger.actions import act, record
from proposals.events import QuestionAnswered, QuestionOnStage, QuestionSorted
from proposals.models import Question
from proposals.queries import by_age, salted_digest, with_origins
from shared import clock
from shared.errors import Refusal

SORTINGS = ("newest", "oldest", "supported")
STATUSES = ("open", "shortlisted", "answered")


@act()
def answer_question(
    *,
    moderator: Participation,
    question_pk: int,
    answer: str = "",
    minute: int | None = None,
    seen: str | None = None,
) -> Question:
    """A question is answered: in writing, or on stage at a minute of the event.

    With neither, the minute is that of now. A later answer replaces the first one,
    unless another was given since the moderator looked: `seen` is `Question.answering`.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.answer_question", moderator, dialogue)
    question = _access(dialogue, question_pk)
    if question.answered_at is None and not answer and minute is None:
        minute = minute_of(dialogue)
    elif question.answered_at is not None:
        answer = answer or question.answer
        minute = question.answered_minute if minute is None else minute
        if (answer, minute) == (question.answer, question.answered_minute):
            return question
    if seen not in (None, question.answering):
        raise _changed_meanwhile(question, QuestionAnswered.kind, question.answering)
    question.answer, question.answered_minute = answer, minute
    question.answered_at = question.answered_at or clock.now()
    question.save(update_fields=["answer", "answered_minute", "answered_at"])
    record(
        dialogue.stream_id,
        QuestionAnswered(
            question=question.pk,
            by=moderator.pk,
            digest=salted_digest(question.salt, answer) if answer else None,
            minute=minute,
        ),
    )
    if question.is_on_stage:
        _leave_stage(moderator, dialogue, question)
    return question


@act()
def sort_question(
    *,
    moderator: Participation,
    question_pk: int,
    topic: str | None = None,
    is_shortlisted: bool | None = None,
    seen: str | None = None,
) -> Question:
    """Tag a question with a topic (empty: none), or put it on or off the shortlist.

    `seen` is `Question.tagging`, of the topic that the moderator saw. The shortlist has
    two states only: who comes second has what they wanted already.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.sort_questions", moderator, dialogue)
    question = _access(dialogue, question_pk)
    before = (question.topic, question.is_shortlisted)
    if topic is not None:
        if seen not in (None, question.tagging) and topic != question.topic:
            raise _changed_meanwhile(question, QuestionSorted.kind, question.tagging)
        question.topic = topic
    if is_shortlisted is not None:
        question.is_shortlisted = is_shortlisted
    if (question.topic, question.is_shortlisted) != before:
        question.save(update_fields=["topic", "is_shortlisted"])
        record(
            dialogue.stream_id,
            QuestionSorted(
                question=question.pk,
                is_shortlisted=question.is_shortlisted,
                by=moderator.pk,
            ),
        )
    return question


@act()
def stage_question(
    *,
    moderator: Participation,
    question_pk: int,
    is_on_stage: bool,
    expected: int | None = None,
) -> Question:
    """Put a question on stage, where one is at a time, or take it down.

    `expected` is the question that the moderator saw there (0: none): whoever was
    second is told, and changes nothing.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.sort_questions", moderator, dialogue)
    # In order of keys, so that two moderators cannot hold one each.
    rows = (
        dialogue.questions.select_for_update()
        .filter(Q(pk=question_pk) | Q(is_on_stage=True))
        .order_by("pk")
    )
    held = {row.pk: row for row in rows}
    question = held.get(question_pk)
    if question is None or question.state != Question.State.PUBLISHED:
        raise forbidden()
    staged = next((row for row in held.values() if row.is_on_stage), None)
    if expected is not None and expected != (staged.pk if staged else 0):
        raise changed_meanwhile(
            dialogue, "question.stage_changed", QuestionOnStage.kind
        )
    if question.is_on_stage == is_on_stage:
        return question
    if staged is not None:
        _leave_stage(moderator, dialogue, staged)
    if is_on_stage:
        question.is_on_stage = True
        question.save(update_fields=["is_on_stage"])
        record(
            dialogue.stream_id,
            QuestionOnStage(question=question.pk, is_on_stage=True, by=moderator.pk),
        )
    return question


def minute_of(dialogue: Dialogue) -> int | None:
    """The minute of the event now; None before the doors open."""
    if dialogue.opened_at is None:
        return None
    return max(0, int((clock.now() - dialogue.opened_at).total_seconds()) // 60)


def wall_rows(
    dialogue: Dialogue, *, sorting: str = "newest", topic: str = "", status: str = ""
) -> Any:
    """Published questions for the page of the wall, by one of SORTINGS."""
    rows = dialogue.questions.filter(state=Question.State.PUBLISHED)
    if topic:
        rows = rows.filter(topic=topic)
    if status == "open":
        rows = rows.filter(answered_at=None)
    elif status == "answered":
        rows = rows.filter(answered_at__isnull=False)
    elif status == "shortlisted":
        rows = rows.filter(is_shortlisted=True)
    order = {
        "oldest": ("shown_at", "pk"),
        "supported": ("-supports", "shown_at", "pk"),
    }.get(sorting, ("-shown_at", "-pk"))
    rows = with_origins(by_age(rows)).select_related("author")
    return rows.order_by(*order)


def topics_of(dialogue: Dialogue) -> list[str]:
    """The topics that published questions have, in order of letters."""
    rows = dialogue.questions.filter(state=Question.State.PUBLISHED).exclude(topic="")
    return list(rows.order_by("topic").values_list("topic", flat=True).distinct())


def _access(dialogue: Dialogue, pk: int) -> Question:
    question = (
        dialogue.questions.select_for_update()
        .filter(pk=pk, state=Question.State.PUBLISHED)
        .first()
    )
    if question is None:
        raise forbidden()
    return question


def _changed_meanwhile(question: Question, kind: str, seen: str) -> Refusal:
    return changed_meanwhile(
        question.dialogue,
        "question.changed_meanwhile",
        kind,
        seen=seen,
        question=question.pk,
    )


def _leave_stage(
    moderator: Participation, dialogue: Dialogue, question: Question
) -> None:
    question.is_on_stage = False
    question.save(update_fields=["is_on_stage"])
    record(
        dialogue.stream_id,
        QuestionOnStage(question=question.pk, is_on_stage=False, by=moderator.pk),
    )
