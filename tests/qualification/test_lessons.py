"""The lessons are whole, in both languages, and teach with sentences to say."""

import pytest
from django.utils import translation

from qualification.lessons import LANGUAGES, Lesson, all_lessons, find_lesson

KEYS = (
    "neutrality", "opening", "balance", "questions", "conflict", "technique", "results",
    "inclusion", "data-protection", "follow-up", "rehearsal",
)  # fmt: skip


def test_lessons_follow_the_curriculum():
    assert tuple(lesson.key for lesson in all_lessons()) == KEYS
    assert [lesson.number for lesson in all_lessons()] == list(range(1, 12))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.key)
def test_lesson_is_whole(lesson: Lesson, language: str):
    wording = lesson.wordings[language]

    words = sum(len(part.source.split()) for part in wording.sections)
    assert 150 <= words <= 350
    assert wording.title
    assert len(wording.sections) >= 3
    # Concrete sentences that a moderator can say.
    assert sum(part.html.count("<blockquote>") for part in wording.sections) >= 2
    assert 3 <= len(wording.questions) <= 4
    for question in wording.questions:
        assert [answer.is_right for answer in question.answers].count(True) == 1
        texts = [answer.text for answer in question.answers]
        assert len(set(texts)) == len(texts) >= 3
        assert all(answer.text and answer.why for answer in question.answers)


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.key)
def test_languages_ask_the_same(lesson: Lesson):
    german, english = (lesson.wordings[language] for language in LANGUAGES)

    assert [len(q.answers) for q in german.questions] == [
        len(q.answers) for q in english.questions
    ]
    assert [q.right for q in german.questions] == [q.right for q in english.questions]
    assert len(german.sections) == len(english.sections)
    assert german.title != english.title


def test_right_answers_stand_in_varying_places():
    places = [q.right for lesson in all_lessons() for q in lesson.here.questions]

    assert set(places) == {0, 1, 2}
    assert max(places.count(place) for place in set(places)) < len(places) / 2


def test_reader_gets_the_own_language():
    lesson = find_lesson("neutrality")
    assert lesson is not None

    with translation.override("en"):
        english = lesson.title
    with translation.override("de"):
        german = lesson.title

    assert (english, german) == (
        "Staying neutral, being clear about your role",
        "Neutral bleiben, die Rolle klären",
    )


def test_unknown_lesson():
    assert find_lesson("../settings") is None
