"""The questions wall, what waits for the moderation, and what is put together."""

import re
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints

from dialogue.models import Participation
from live import mine
from live.commands.table import (
    ContributionKind,
    Done,
    Row,
    Seen,
    SeenNumber,
    command,
)
from live.screens import View
from moderation.merging import merge_contributions, unmerge_contribution
from proposals import held, wall
from shared.payloads import Line, Payload, Text

MergeableKind = Literal["proposal", "question"]
# A contribution, and the beginning of the digest of the wording that was read.
PICKED = re.compile(r"(\d{1,18})-([0-9a-f]{1,64})")
Picked = Annotated[str, StringConstraints(pattern=rf"^{PICKED.pattern}$")]


class AnswerQuestion(Payload):
    question: Row
    answer: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    minute: Annotated[int, Field(ge=0, le=6000)] | None = None
    seen: Seen = None


@command("answer_question", AnswerQuestion)
def _answer_question(who: Participation, said: AnswerQuestion, __: View) -> Done:
    question = wall.answer_question(
        moderator=who,
        question_pk=said.question,
        answer=said.answer,
        minute=said.minute,
        seen=said.seen,
    )
    return Done({"message": _("Marked as answered."), "seen": question.answering})


class SortQuestion(Payload):
    """`sets_topic`: an empty topic takes the tag away."""

    question: Row
    topic: Line(60, shortest=0) = ""  # type: ignore[valid-type]
    sets_topic: bool = False
    is_shortlisted: bool | None = None
    seen: Seen = None


@command("sort_question", SortQuestion)
def _sort_question(who: Participation, said: SortQuestion, __: View) -> Done:
    question = wall.sort_question(
        moderator=who,
        question_pk=said.question,
        topic=said.topic if said.sets_topic else None,
        is_shortlisted=said.is_shortlisted,
        seen=said.seen,
    )
    return Done({"seen": question.tagging})


class StageQuestion(Payload):
    """`expected`: the question seen on stage, 0 for none."""

    question: Row
    is_on_stage: bool = True
    expected: SeenNumber = None


@command("stage_question", StageQuestion)
def _stage_question(who: Participation, said: StageQuestion, __: View) -> Done:
    wall.stage_question(
        moderator=who,
        question_pk=said.question,
        is_on_stage=said.is_on_stage,
        expected=said.expected,
    )
    return Done({})


class ReviseHeld(Payload):
    kind: ContributionKind
    pk: Row
    title: Line(140, shortest=0) = ""  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(1000, shortest=0) = ""  # type: ignore[valid-type]


@command("revise_held", ReviseHeld)
def _revise_held(who: Participation, said: ReviseHeld, __: View) -> Done:
    held.revise_held(
        author=who,
        kind=said.kind,
        pk=said.pk,
        title=said.title,
        text=said.text,
        reason=said.reason,
    )
    return Done(
        {"message": _("Changed. It still waits for the moderation.")},
        lambda: mine.own_slot(who, who.dialogue),
    )


class Merge(Payload):
    kind: MergeableKind
    picked: list[Picked]
    into: Row | None = None
    title: Line(140, shortest=0) = ""  # type: ignore[valid-type]
    text: Text(2000, shortest=0) = ""  # type: ignore[valid-type]
    reason: Text(600)  # type: ignore[valid-type]


@command("merge", Merge)
def _merge(who: Participation, said: Merge, __: View) -> Done:
    expected = {
        int(found[1]): found[2]
        for found in map(PICKED.fullmatch, said.picked)
        if found is not None
    }
    row = merge_contributions(
        moderator=who,
        kind=said.kind,
        pks=sorted(expected),
        title=said.title,
        text=said.text,
        reason=said.reason,
        into=said.into,
        expected=expected,
    )
    return Done(
        {
            said.kind: row.pk,
            "message": _("Put together. The authors are named and have been told why."),
        }
    )


class Unmerge(Payload):
    kind: MergeableKind
    pk: Row
    reason: Text(600)  # type: ignore[valid-type]


@command("unmerge", Unmerge)
def _unmerge(who: Participation, said: Unmerge, __: View) -> Done:
    unmerge_contribution(moderator=who, kind=said.kind, pk=said.pk, reason=said.reason)
    return Done({"message": _("It stands for itself again. The author has been told.")})
