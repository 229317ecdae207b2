"""What waits for the moderation before it is published, and who may speak at all."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from accounts.names import skeleton
from dialogue.desk import check_pace
from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require
from proposals.events import ContributionKind, HeldReceived
from proposals.house import HoldReason
from proposals.models import (
    Comment,
    Contribution,
    HoldingRule,
    ParkedTopic,
    Proposal,
    Question,
    Revision,
    WordList,
)
from proposals.queries import wording_digest
from shared import clock
from shared.errors import Refusal

MOST_PER_MINUTE = 20
RATE_MINUTES = 10

# What readers' programs make a link of. Endings only that are no German words
# after a full stop without a space.
_link = re.compile(
    r"\b(?:https?|ftp):|\bwww\.\w|\w@\w[\w-]*\.\w"
    r"|\b[\w-]{2,}\.(?:de|at|ch|com|org|net|eu|info|biz|io|me|tv|app|xyz|online|shop"
    r"|site|ly|ru|cn)\b"
)
_between_words = re.compile(r"[^\w$@|!*]+")


def speaking(author: Participation, right: str) -> tuple[Participation, Dialogue]:
    """The author with `right`, not faster than anybody can think."""
    author, dialogue = fresh(author)
    require(right, author, dialogue)
    # To this moment: a clock that was set back must not silence anybody for hours.
    now = clock.now()
    minute = (now - timedelta(minutes=1), now)
    rows: list[Callable[[], int]] = [
        *_written(author, minute),
        Revision.objects.filter(
            proposal__author=author, replaced_at__range=minute
        ).count,
    ]
    if sum(count() for count in rows) >= MOST_PER_MINUTE:
        raise Refusal(
            "contribution.too_fast",
            _("That was a lot at once. Please wait a minute; your text stays here."),
            status=429,
            retry_after=20,
        )
    check_pace(author, dialogue, lambda: _last_said(author))
    return author, dialogue


def _last_said(author: Participation) -> datetime | None:
    """When the author's last contribution was sent."""
    sent = (
        author.proposals.exclude(state=Proposal.State.DRAFT),
        author.comments.all(),
        author.questions.all(),
        author.parked_topics.all(),
    )
    moments = [rows.aggregate(last=Max("written_at"))["last"] for rows in sent]
    return max((moment for moment in moments if moment), default=None)


def _written(
    author: Participation, span: tuple[datetime, datetime]
) -> list[Callable[[], int]]:
    sent = author.proposals.exclude(state=Proposal.State.DRAFT)
    return [
        sent.filter(written_at__range=span).count,
        author.comments.filter(written_at__range=span).count,
        author.questions.filter(written_at__range=span).count,
        author.parked_topics.filter(written_at__range=span).count,
    ]


def rule_of(dialogue: Dialogue) -> HoldingRule | None:
    """The rule of the present agenda item, else that of the dialogue."""
    rules = HoldingRule.objects.filter(
        Q(item=None) | Q(item=dialogue.current_id), dialogue=dialogue
    )
    return max(rules, key=lambda rule: rule.item_id is not None, default=None)


def reasons_to_hold(
    author: Participation, dialogue: Dialogue, *texts: str
) -> tuple[str, ...]:
    """The HoldReasons for a contribution that says `texts`; none: it is published.

    What those in official roles say is theirs to answer for, and is never held.
    """
    rule = None if author.is_moderator else rule_of(dialogue)
    if rule is None:
        return ()
    said = "\n".join(texts)
    holds: dict[str, Callable[[], bool]] = {
        HoldReason.EVERYTHING: lambda: rule.holds_everything,
        HoldReason.LINKS: lambda: rule.holds_links and has_link(said),
        HoldReason.FIRST: lambda: rule.holds_first and _is_first(author),
        HoldReason.WORDS: lambda: (
            rule.holds_words and bool(listed_words(dialogue, said))
        ),
        HoldReason.RATE: lambda: _is_fast(author, rule.most_in_ten_minutes),
    }
    return tuple(str(reason) for reason, applies in holds.items() if applies())


def held_event(row: Contribution) -> HeldReceived:
    """What the moderators hear of a contribution that waits."""
    return HeldReceived(
        contribution=kind_of(row),
        pk=row.pk,
        reasons=row.held_for,
        digest=wording_digest(row),
        concerns=row.author_id,
    )


def kind_of(row: Contribution) -> ContributionKind:
    return _KINDS[type(row)]


_KINDS: dict[type[Contribution], ContributionKind] = {
    Proposal: "proposal",
    Comment: "comment",
    Question: "question",
    ParkedTopic: "topic",
}


def has_link(text: str) -> bool:
    """Whether readers would get a link, whatever width its letters have."""
    return _link.search(unicodedata.normalize("NFKC", text).casefold()) is not None


def _is_first(author: Participation) -> bool:
    return not (
        author.proposals.filter(published_at__isnull=False).exists()
        or author.comments.filter(published_at__isnull=False).exists()
        or author.questions.filter(published_at__isnull=False).exists()
        or author.parked_topics.filter(published_at__isnull=False).exists()
    )


def _is_fast(author: Participation, most: int) -> bool:
    if not most:
        return False
    now = clock.now()
    span = (now - timedelta(minutes=RATE_MINUTES), now)
    return sum(count() for count in _written(author, span)) >= most


# --- the word list ---------------------------------------------------------------


def listed_words(dialogue: Dialogue, text: str) -> list[str]:
    """The entries of the city's and the dialogue's list that `text` has."""
    lists = WordList.objects.filter(Q(dialogue=None) | Q(dialogue=dialogue))
    entries = {
        line.strip()
        for words in lists.values_list("words", flat=True)
        for line in words.splitlines()
        if line.strip()
    }
    return words_found(frozenset(entries), text)


def words_found(entries: frozenset[str], text: str) -> list[str]:
    """Those of `entries` that stand in `text` as words, however they are spelled.

    Letters that look alike count as the same, as do signs put for letters and
    letters set apart. "word*" stands for all words that begin with it.
    """
    folded = " ".join(_folded(text))
    spaced = f" {folded} "
    return sorted(
        entry for entry, sign in _signs(entries) if sign.strip() and sign in spaced
    )


@lru_cache(maxsize=200)
def _signs(entries: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            entry,
            " "
            + " ".join(_folded(entry.rstrip("*")))
            + ("" if entry.endswith("*") else " "),
        )
        for entry in entries
    )


def _folded(text: str) -> Iterator[str]:
    """The words of `text` as the eye sees them; letters set apart are one word.

    A word that ends in a sign that may stand for a letter comes twice.
    """
    apart = ""
    for word in _between_words.split(text):
        bare = skeleton(word.strip("!|$@*"))
        if len(bare) == 1:
            apart += bare
            continue
        if len(apart) > 1:
            yield apart
        apart = ""
        if bare:
            yield bare
        whole = skeleton(word)
        if whole != bare and len(whole) > 1:
            yield whole
    if apart:
        yield apart
