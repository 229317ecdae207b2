"""The lessons: texts of our own in German and English, each with a small check.

`texts/NN-key.LANGUAGE.md` begins with "# title"; "## heading" begins a section.
`texts/NN-key.json` holds the questions. Read once; `tests/qualification` checks
that both languages say the same things.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shared.html import render_markdown

FOLDER = Path(__file__).resolve().parent / "texts"
LANGUAGES = ("de", "en")


@dataclass(frozen=True)
class Answer:
    text: str
    why: str
    is_right: bool


@dataclass(frozen=True)
class Question:
    text: str
    answers: tuple[Answer, ...]

    @property
    def right(self) -> int:
        """The place of the right answer."""
        return next(n for n, answer in enumerate(self.answers) if answer.is_right)


@dataclass(frozen=True)
class Section:
    heading: str
    source: str

    @property
    def html(self) -> SafeString:
        return render_markdown(self.source)


@dataclass(frozen=True)
class Wording:
    """A lesson in one language."""

    title: str
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Lesson:
    key: str
    number: int
    wordings: Mapping[str, Wording]

    @property
    def here(self) -> Wording:
        """In the reader's language."""
        english = (get_language() or "de").startswith("en")
        return self.wordings["en" if english else "de"]

    @property
    def title(self) -> str:
        return self.here.title


@lru_cache(maxsize=1)
def all_lessons() -> tuple[Lesson, ...]:
    """Every lesson in order."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.json")))


def find_lesson(key: str) -> Lesson | None:
    return next((lesson for lesson in all_lessons() if lesson.key == key), None)


def _read(path: Path) -> Lesson:
    number, __, key = path.stem.partition("-")
    questions: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return Lesson(
        key=key,
        number=int(number),
        wordings={
            language: _wording(
                path.with_suffix(f".{language}.md").read_text(encoding="utf-8"),
                questions,
                language,
            )
            for language in LANGUAGES
        },
    )


def _wording(text: str, questions: list[dict[str, Any]], language: str) -> Wording:
    head, *parts = text.split("\n## ")
    sections = [part.partition("\n") for part in parts]
    return Wording(
        title=head.removeprefix("# ").strip(),
        sections=tuple(
            Section(top.strip(), rest.strip()) for top, __, rest in sections
        ),
        questions=tuple(
            Question(
                text=row[language]["question"],
                answers=tuple(
                    Answer(text=words, why=why, is_right=place == row["right"])
                    for place, (words, why) in enumerate(row[language]["answers"])
                ),
            )
            for row in questions
        ),
    )
