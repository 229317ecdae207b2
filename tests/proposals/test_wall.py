"""The questions wall: topics, shortlist, stage, answers, sorting."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from dialogue.models import Dialogue, Participation
from ledger.queries import entries_since
from live.screens import View, draw_regions, load_dialogue
from moderation.actions import hide_contribution
from proposals import wall
from proposals.models import Question
from shared import clock
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation, make_question

pytestmark = pytest.mark.django_db


@pytest.fixture
def dialogue() -> Dialogue:
    return make_dialogue(allows="ask")


@pytest.fixture
def lead(dialogue: Dialogue) -> Participation:
    return make_participation(dialogue, "lead_moderator")


@pytest.fixture
def rows(dialogue: Dialogue) -> list[Question]:
    author = make_participation(dialogue)
    moment = clock.now()
    return [
        make_question(
            author,
            text=f"Frage {number}?",
            supports=supports,
            written_at=moment + timedelta(seconds=number),
        )
        for number, supports in enumerate((1, 5, 3))
    ]


def kinds(dialogue: Dialogue) -> list[str]:
    return [entry.kind for entry in entries_since(dialogue.stream_id, 0)]


def shown(dialogue: Dialogue, name: str, screen: str = "room") -> str:
    found = load_dialogue(dialogue.pk)
    return draw_regions(found, View(screen, "en"), [name])[name]


def stage(lead: Participation, row: Question, on: bool = True, **facts: Any) -> None:
    wall.stage_question(moderator=lead, question_pk=row.pk, is_on_stage=on, **facts)
    row.refresh_from_db()


def test_one_at_a_time_on_stage(
    dialogue: Dialogue, lead: Participation, rows: list[Question]
):
    stage(lead, rows[0])
    stage(lead, rows[1])

    assert list(dialogue.questions.filter(is_on_stage=True)) == [rows[1]]
    assert kinds(dialogue) == ["question.staged"] * 3
    assert "Frage 1?" in shown(dialogue, "stage", "projector")
    assert "Frage 1?" in shown(dialogue, "wall")


def test_second_moderator_is_told(lead: Participation, rows: list[Question]):
    stage(lead, rows[0], expected=0)

    with pytest.raises(Refusal) as refused:
        stage(lead, rows[1], expected=0)

    assert refused.value.code == "question.stage_changed"
    rows[0].refresh_from_db()
    assert rows[0].is_on_stage


def test_hidden_question_leaves_the_stage(
    dialogue: Dialogue, lead: Participation, rows: list[Question]
):
    stage(lead, rows[0])
    hide_contribution(
        moderator=lead, kind="question", pk=rows[0].pk, rule="insult", reason="Nein"
    )

    assert "Frage 0?" not in shown(dialogue, "stage", "projector")
    assert "Frage 0?" not in shown(dialogue, "wall")
    stage(lead, rows[1], expected=0)


def test_answered_question_leaves_the_stage_with_its_minute(
    dialogue: Dialogue, lead: Participation, rows: list[Question]
):
    stage(lead, rows[0])
    opened = dialogue.opened_at
    assert opened is not None
    with time_machine.travel(opened + timedelta(minutes=42, seconds=5)):
        wall.answer_question(moderator=lead, question_pk=rows[0].pk)

    rows[0].refresh_from_db()
    assert (rows[0].answered_minute, rows[0].is_on_stage) == (42, False)
    assert "minute 42" in shown(dialogue, "questions")


def test_written_answer_can_be_mended(
    dialogue: Dialogue, lead: Participation, rows: list[Question]
):
    for answer in ("Im **Mai**", "Im **Juni**", ""):
        wall.answer_question(moderator=lead, question_pk=rows[0].pk, answer=answer)

    rows[0].refresh_from_db()
    assert (rows[0].answer, rows[0].answered_minute) == ("Im **Juni**", None)
    # The third one changed nothing.
    assert kinds(dialogue) == ["question.answered"] * 2
    assert "<strong>Juni</strong>" in shown(dialogue, "questions")
    assert "Juni" not in str(
        [entry.payload for entry in entries_since(dialogue.stream_id, 0)]
    )


def test_topic_and_shortlist(
    dialogue: Dialogue, lead: Participation, rows: list[Question]
):
    for row in rows[:2]:
        wall.sort_question(
            moderator=lead, question_pk=row.pk, topic="Verkehr", is_shortlisted=True
        )
    wall.sort_question(moderator=lead, question_pk=rows[0].pk, topic="")
    wall.sort_question(moderator=lead, question_pk=rows[0].pk, is_shortlisted=True)

    assert wall.topics_of(dialogue) == ["Verkehr"]
    assert kinds(dialogue) == ["question.sorted"] * 3
    html = shown(dialogue, "wall")
    assert "Frage 0?" in html
    assert "Frage 2?" not in html


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"sorting": "oldest"}, [0, 1, 2]),
        ({"sorting": "supported"}, [1, 2, 0]),
        ({"status": "answered"}, [0]),
        ({"status": "open", "sorting": "oldest"}, [1, 2]),
        ({"topic": "Verkehr"}, [2]),
    ],
)
def test_sorting(
    dialogue: Dialogue,
    lead: Participation,
    rows: list[Question],
    facts: dict[str, str],
    expected: list[int],
):
    wall.answer_question(moderator=lead, question_pk=rows[0].pk, answer="Ja")
    wall.sort_question(moderator=lead, question_pk=rows[2].pk, topic="Verkehr")

    assert [rows.index(row) for row in wall.wall_rows(dialogue, **facts)] == expected


def test_page_of_the_wall(dialogue: Dialogue, rows: list[Question]):
    client = Client()
    client.force_login(make_participation(dialogue).person)

    html = client.get(
        f"/d/{dialogue.code}/questions/?sort=supported&topic=gibt-es-nicht"
    ).content.decode()

    assert html.index("Frage 1?") < html.index("Frage 2?") < html.index("Frage 0?")


def test_only_published_questions_of_this_dialogue(
    dialogue: Dialogue, lead: Participation
):
    foreign = make_question(make_participation(make_dialogue(allows="ask")))
    waiting = make_question(make_participation(dialogue), state="pending")

    for row in (foreign, waiting):
        for verb in (
            lambda row=row: wall.stage_question(
                moderator=lead, question_pk=row.pk, is_on_stage=True
            ),
            lambda row=row: wall.sort_question(
                moderator=lead, question_pk=row.pk, topic="x"
            ),
        ):
            with pytest.raises(Refusal) as refused:
                verb()
            assert refused.value.code == "right.missing"
