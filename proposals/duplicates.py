"""Similar contributions, found before another one is published."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue
from proposals.queries import contributions
from shared.errors import Refusal

# From here on two wordings are shown as similar; measured on German statements.
SIMILAR = 0.5
# And from here on they are laid beside each other for the editorial team to look at.
ALIKE = 0.34
MOST_SHOWN = 3
# Where the room writes each kind: "publish anyway" sends that form again.
FORMS = {"proposal": "propose-form", "question": "ask-form"}
MOST_COMPARED = 2000
_words = re.compile(r"\w+")


def _folded(text: str) -> str:
    """Small letters without marks."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


# They stand in every sentence and make none similar.
_COMMON = (
    "der die das den dem des ein eine einen einem einer und oder in im auf an am zu "
    "zum zur mit von vom für ist sind soll sollen sollte wir ich sie es er man nicht "
    "auch mehr bei als wie was wo wann warum wird werden wurde kann können könnte "
    "the a an and or of to for in on at is are be we i you it not should can could "
    "will what when where why how"
)
COMMON = frozenset(_folded(_COMMON).split())


@dataclass(frozen=True)
class Similar:
    """A published contribution that says nearly the same."""

    kind: str
    pk: int
    title: str
    supports: int
    likeness: float


class SimilarFound(Refusal):
    """Not published yet: somebody has said nearly the same. The person decides.

    `hint` is what the screen shows beside the form; `page` is shown instead of the
    ordinary page of a refusal.
    """

    page = "live/similar.html"

    def __init__(self, dialogue: Dialogue, similar: list[Similar]) -> None:
        super().__init__(
            "contribution.similar",
            _("Somebody has said something similar. Yours is not published yet."),
        )
        self.dialogue, self.similar = dialogue, similar

    def as_dict(self) -> dict[str, Any]:
        hint = render_to_string(
            "live/cards/similar.html",
            {
                "dialogue": self.dialogue,
                "similar": self.similar,
                "form_id": FORMS[self.similar[0].kind],
            },
        )
        return {**super().as_dict(), "hint": hint}


def similar_to(dialogue: Dialogue, kind: str, text: str) -> list[Similar]:
    """Published contributions of `kind` that say nearly the same, nearest first.

    One query; a proposal is compared by its title, which says it in one sentence.
    """
    words, grams = _taken_apart(text)
    if not grams:
        return []
    column = "title" if kind == "proposal" else "text"
    rows = (
        contributions(kind)
        .filter(dialogue=dialogue, state="published")
        .order_by("-pk")
        .values_list("pk", column, "supports")[:MOST_COMPARED]
    )
    found = []
    for pk, other, supports in rows:
        other_words, other_grams = _taken_apart(other)
        likeness = max(_overlap(words, other_words), _overlap(grams, other_grams))
        if likeness >= SIMILAR:
            found.append(Similar(kind, pk, other, supports, likeness))
    found.sort(key=lambda row: (-row.likeness, -row.supports, row.pk))
    return found[:MOST_SHOWN]


def clustered(texts: Sequence[str]) -> list[list[int]]:
    """Positions of texts that say nearly the same, together; alone what is like none.

    Joined is whatever is alike directly or through others (single linkage). Clusters
    stand where their first text stands, their texts in the order given.
    """
    parts = [_taken_apart(text) for text in texts]
    cluster = list(range(len(texts)))
    for at, (words, grams) in enumerate(parts):
        for other, (other_words, other_grams) in enumerate(parts[:at]):
            if cluster[other] == cluster[at]:
                continue
            likeness = max(_overlap(words, other_words), _overlap(grams, other_grams))
            if likeness >= ALIKE:
                kept, left = sorted((cluster[other], cluster[at]))
                cluster = [kept if name == left else name for name in cluster]
    found: dict[int, list[int]] = {}
    for at, name in enumerate(cluster):
        found.setdefault(name, []).append(at)
    return list(found.values())


def look_first(dialogue: Dialogue, kind: str, text: str) -> None:
    """Refuse with a hint if something similar is there already."""
    if similar := similar_to(dialogue, kind, text):
        raise SimilarFound(dialogue, similar)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared parts of all parts; short texts need to share nearly all."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _taken_apart(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The telling words, cut to their stems, and their runs of three letters."""
    words = [word for word in _words.findall(_folded(text)) if word not in COMMON]
    joined = f" {' '.join(words)} "
    grams = (joined[at : at + 3] for at in range(len(joined) - 2))
    stems = frozenset(word[:6] for word in words)
    # One word alone is a topic, not a wording.
    return (stems if len(stems) > 1 else frozenset()), frozenset(grams)
