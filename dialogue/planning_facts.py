"""What staff enter about a dialogue and its agenda: closed sets of typed facts."""

from dataclasses import dataclass
from datetime import datetime

from dialogue.models import AgendaItem, Dialogue

# What an agenda item may allow, in the words of its fields.
ACTION_WORDS = {
    action: AgendaItem._meta.get_field(f"allows_{action}").verbose_name  # type: ignore[union-attr]
    for action in AgendaItem.ACTIONS
}


@dataclass(frozen=True, kw_only=True)
class DialogueFacts:
    """The basics of a dialogue, as staff enter them."""

    title: str
    title_en: str = ""
    summary: str
    summary_en: str = ""
    summary_easy: str = ""
    mode: str = Dialogue.Mode.LIVE
    access: str = Dialogue.Access.CODE
    starts_at: datetime
    ends_by: datetime | None = None
    hotline: str = ""
    ground_rules: str
    privacy_notice: str


@dataclass(frozen=True, kw_only=True)
class ItemFacts:
    """One agenda item, as staff enter it."""

    kind: str
    title: str
    title_en: str = ""
    text: str = ""
    text_en: str = ""
    text_easy: str = ""
    minutes: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    allowed: frozenset[str] = frozenset()
    notes: str = ""
    suggested_words: str = ""
