"""Minutes as a reader sees them: the result's figures and what was added to them."""

import json
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from dialogue.models import Dialogue, FrozenMinutes, Participation
from moderation.minutes_sheet import Facts, draw_up, result_of
from projects.models import ResultRecord
from projects.reading import read_result


class _Texts:
    """The texts by key; an erased one says that it was removed."""

    def __init__(self, kept: dict[str, str]) -> None:
        self.kept = kept

    def __getitem__(self, key: str) -> str:
        return self.kept.get(key) or _("Text removed")

    def name(self, pseudonym: str) -> str:
        return self.kept.get(f"name-{pseudonym}") or _("Name removed")


def read_draft(dialogue: Dialogue) -> Facts | None:
    """The minutes as they would be frozen now; None before there is a result."""
    result = result_of(dialogue)
    if result is None:
        return None
    facts, texts = draw_up(dialogue, result)
    # What is open can still be answered.
    facts["unanswered"] = 0
    return _read(facts, {key: text for key, (__, text) in texts.kept.items()}, result)


def read_frozen(minutes: FrozenMinutes) -> Facts:
    kept = dict(minutes.texts.exclude(salt="").values_list("key", "text"))
    for key in minutes.texts.exclude(seal=None).values_list("key", flat=True):
        kept[key] = _("Hidden by the moderation after the end")
    return _read(json.loads(minutes.canonical), kept, minutes.result)


def text_file(minutes: FrozenMinutes) -> Facts:
    """The texts beside frozen minutes, for the download; erased ones are empty."""
    return {
        "record": minutes.digest,
        "texts": {
            row.key: {"salt": row.salt, "text": row.text}
            for row in minutes.texts.order_by("key")
        },
    }


def _read(facts: Facts, kept: dict[str, str], result: ResultRecord) -> Facts:
    texts = _Texts(kept)
    roles: dict[str, Any] = dict(Participation.Role.choices)
    shown = read_result(result)
    contra = {row["number"]: row["contra"] for row in facts["dissent"]}
    return {
        **shown,
        "title": facts["title"],
        "result": result,
        "led": [
            {
                "role": roles.get(row["role"], row["role"]),
                "name": texts.name(row["who"]),
            }
            for row in facts["led"]
        ],
        "chair": [
            {
                "at": _moment(row["at"]),
                "name": texts.name(row["who"]) if row["who"] else "",
            }
            for row in facts["chair"]
        ],
        "came": facts["came"],
        "agenda": [
            {
                **item,
                "place": place,
                "extended_minutes": row["extended_minutes"],
                "began_at": _moment(row["began_at"][0]) if row["began_at"] else None,
            }
            for place, (item, row) in enumerate(
                zip(shown["agenda"], facts["agenda"], strict=False)
            )
        ],
        "proposals": [
            {**row, "contra": contra.get(row["number"])} for row in shown["proposals"]
        ],
        "questions": [
            {
                **row,
                "name": texts.name(row["who"]),
                "text": texts[f"question-{number}"],
                "topic": texts[f"topic-{number}"] if row["topic"] else "",
                "answer": texts[f"answer-{number}"] if row["answer"] else "",
                "answered_at": _moment(row["answered_at"]),
            }
            for number, row in enumerate(facts["questions"], 1)
        ],
        "findings": [
            {
                **row,
                "table": texts[f"table-{number}"],
                "text": texts[f"finding-{number}"],
            }
            for number, row in enumerate(facts["findings"], 1)
        ],
        "speaking": facts["speaking"],
        "remarks": [
            {**row, "text": texts[f"remark-{number}"]}
            for number, row in enumerate(facts["remarks"], 1)
        ],
        "corrections": [
            {
                **row,
                "text": texts[f"correction-{number}"],
                "reason": texts[f"reason-{number}"],
            }
            for number, row in enumerate(facts["corrections"], 1)
        ],
        "declined": facts["declined"],
        "unanswered": facts["unanswered"],
    }


def _moment(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
