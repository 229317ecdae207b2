"""What moderation does to a filed result: the record stays, its texts stand beside it.

A contribution that is hidden after the end is taken out of the texts that everybody
can load, of the result and of the minutes. The records keep their digests.
"""

import json
import unicodedata
from typing import Any

from dialogue.models import Dialogue, MinutesText
from moderation.models import Decided, SealedText
from projects.models import ResultRecord, ResultText
from proposals.holding import kind_of
from proposals.models import Ballot, ParkedTopic, Proposal, Question


def take_out(dialogue: Dialogue, row: Decided) -> None:
    """Seal what results and minutes say in the words of a hidden contribution.

    Comments, and what was said at a table, stand in neither; topics for later stand
    in results only.
    """
    if not dialogue.is_over or not isinstance(row, Proposal | Question | ParkedTopic):
        return
    found: list[tuple[str, Any]] = []
    for result in ResultRecord.objects.filter(stream_id=dialogue.stream_id):
        texts = result.texts.filter(key__in=_keys(row, result))
        found += [("result_text", text) for text in texts.exclude(salt="")]
    found += [("minutes_text", text) for text in _in_minutes(dialogue, row)]
    for kind, text in found:
        seal = SealedText(salt=text.salt, text=text.text, **{kind: text})
        setattr(seal, kind_of(row), row)
        seal.save()
        text.salt = text.text = ""
        text.save(update_fields=["salt", "text"])


def put_back(row: Decided) -> None:
    """Let a contribution that is shown again stand in results and minutes as before."""
    if not isinstance(row, Proposal | Question | ParkedTopic):
        return
    for seal in row.sealed_texts.select_related("result_text", "minutes_text"):
        text: Any = seal.result_text or seal.minutes_text
        text.salt, text.text = seal.salt, seal.text
        text.save(update_fields=["salt", "text"])
        seal.delete()


def find_filed(
    result: ResultRecord, kind: str, number: int
) -> Proposal | Question | None:
    """The proposal or question with this number, as long as its words can be read."""
    model: Any = {"proposal": Proposal, "question": Question}.get(kind)
    key = f"{kind}-{number}"
    if model is None or not result.texts.filter(key=key).exclude(salt="").exists():
        return None
    rows = model.objects.filter(
        dialogue__stream_id=result.stream_id, state=model.State.PUBLISHED
    )
    return next((row for row in rows if key in _keys(row, result)), None)


def _keys(row: Proposal | Question | ParkedTopic, result: ResultRecord) -> list[str]:
    """Where the words of a contribution stand in `result`."""
    if isinstance(row, ParkedTopic):
        # The record names no authors of topics: of the same words one place each.
        places = result.texts.filter(key__startswith="parked-", text=_words(row.text))
        return list(places.exclude(salt="").values_list("key", flat=True)[:1])
    facts: dict[str, Any] = json.loads(result.canonical)
    if isinstance(row, Proposal):
        kind, listed = "proposal", facts["proposals"]
        words = _words(row.title, row.text, row.reason)
    else:
        kind, listed = "question", facts.get("asked", [])
        words = _words(row.text)
    kept = dict(
        ResultText.objects.filter(record=result, text=words).values_list("key", "salt")
    )
    numbers = {
        each["number"]
        for each in listed
        if each["author"] == row.author.pseudonym
        and kept.get(f"{kind}-{each['number']}")
    }
    return [f"{kind}-{number}" for number in sorted(numbers)] + [
        f"option-{ballot['number']}-{option['position']}"
        for ballot in facts["ballots"]
        for option in ballot["options"]
        # The yes of a yes-no ballot links to its proposal but does not quote it.
        if option.get(kind) in numbers and ballot["method"] != Ballot.Method.YES_NO
    ]


def _in_minutes(
    dialogue: Dialogue, row: Proposal | Question | ParkedTopic
) -> list[MinutesText]:
    if isinstance(row, ParkedTopic):
        return []
    if isinstance(row, Proposal):
        prefix, words = "finding-", _words(row.title, row.text)
    else:
        prefix, words = "question-", _words(row.text)
    return list(
        MinutesText.objects.filter(
            minutes__dialogue=dialogue,
            writer=row.author,
            key__startswith=prefix,
            text=words,
        ).exclude(salt="")
    )


def _words(*parts: str) -> str:
    """As closing and minutes keep them."""
    return unicodedata.normalize("NFC", "\n\n".join(part for part in parts if part))
