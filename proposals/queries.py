"""Reading contributions and ballots."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, FloatField, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Abs, Cast, Coalesce

from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, share_lock
from proposals.models import (
    Ballot,
    Comment,
    Contribution,
    ParkedTopic,
    Proposal,
    Question,
    ReactionCount,
)
from proposals.opinions.asking import asking_of

# What was held and never published: not even that it was there is shown.
NEVER_READ = Q(state="pending") | (Q(published_at=None) & ~Q(held_for=""))
SORTINGS = ("newest", "supported", "discussed", "undecided")


def salted_digest(salt: str, *texts: str) -> str:
    """SHA-256 over salt and texts: proves a wording without holding it."""
    return hashlib.sha256("\x1f".join((salt, *texts)).encode()).hexdigest()


def by_age(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With `shown_at`: when a row was published, or, never published, written."""
    return rows.annotate(shown_at=Coalesce("published_at", "written_at"))


def wording_digest(row: Contribution) -> str:
    """The salted digest of a contribution as it reads now."""
    if isinstance(row, Proposal):
        return salted_digest(row.salt, row.title, row.text, row.reason)
    return salted_digest(row.salt, row.text)


def published_proposals(dialogue: Dialogue) -> QuerySet[Proposal]:
    """What everybody may read, newest first, with authors and districts."""
    return (
        Proposal.objects.filter(dialogue=dialogue, state=Proposal.State.PUBLISHED)
        .select_related("author", "district", "table")
        .order_by("-published_at", "-pk")
    )


def sorted_proposals(proposals: QuerySet[Proposal], sorting: str) -> QuerySet[Proposal]:
    """By one of SORTINGS; "undecided" means agree and disagree nearest to even.

    Proposals nobody has taken a stance on are not undecided but unknown: last.
    """
    if sorting == "supported":
        return proposals.order_by("-supports", "-published_at", "-pk")
    if sorting == "discussed":
        return proposals.order_by("-comments_count", "-published_at", "-pk")
    if sorting == "undecided":
        decided = F("agrees") + F("disagrees")
        return proposals.annotate(
            unevenness=Case(
                When(Q(agrees=0, disagrees=0), then=Value(2.0)),
                default=Cast(Abs(F("agrees") - F("disagrees")), FloatField())
                / Cast(decided, FloatField()),
                output_field=FloatField(),
            )
        ).order_by("unevenness", "-agrees", "-pk")
    return proposals.order_by("-published_at", "-pk")


def search_proposals(proposals: QuerySet[Proposal], words: str) -> QuerySet[Proposal]:
    """Every word must occur in title, text, reason or the author's name."""
    for word in words.split()[:8]:
        proposals = proposals.filter(
            Q(title__icontains=word)
            | Q(text__icontains=word)
            | Q(reason__icontains=word)
            | Q(author__display_name__icontains=word)
        )
    return proposals


def access_proposal(
    participation: Participation, pk: int, *, lock: bool = False
) -> Proposal:
    """A published proposal of the participation's dialogue, or a Refusal.

    `lock` shares it: others may count on it, nobody may hide or revise it.
    """
    if lock:
        share_lock(Proposal, [pk])
    proposal = Proposal.objects.filter(
        pk=pk,
        dialogue_id=participation.dialogue_id,
        state=Proposal.State.PUBLISHED,
    ).first()
    if proposal is None:
        raise forbidden()
    return proposal


def access_own(participation: Participation, kind: str, pk: int) -> Contribution:
    """The participation's own contribution, locked, whatever its state."""
    own: Any = contributions(kind).filter(author=participation, pk=pk)
    row: Contribution | None = own.select_for_update().first()
    if row is None:
        raise forbidden()
    return row


def contributions(kind: str) -> QuerySet[Any]:
    """All rows of a kind of contribution: proposal, comment, question or topic."""
    models: dict[str, Any] = {
        "proposal": Proposal,
        "comment": Comment,
        "question": Question,
        "topic": ParkedTopic,
    }
    if kind not in models:
        raise forbidden()
    return models[kind].objects.all()


def access_contribution(
    dialogue: Dialogue, kind: str, pk: int, *, lock: bool = False
) -> Any:
    """A contribution of `dialogue` for the moderation, in any state but draft."""
    rows = contributions(kind).filter(pk=pk)
    rows = (
        rows.filter(proposal__dialogue=dialogue)
        if kind == "comment"
        else rows.filter(dialogue=dialogue)
    )
    if kind == "proposal":
        rows = rows.exclude(state=Proposal.State.DRAFT)
    if lock:
        rows = rows.select_for_update()
    row = rows.first()
    if row is None:
        raise forbidden()
    return row


def access_ballot(dialogue: Dialogue, pk: int, *, lock: bool = False) -> Ballot:
    """A ballot of `dialogue`, or a Refusal."""
    ballots = Ballot.objects.filter(pk=pk, dialogue=dialogue)
    if lock:
        ballots = ballots.select_for_update()
    ballot = ballots.first()
    if ballot is None:
        raise forbidden()
    return ballot


def thread_of(proposal: Proposal) -> list[Comment]:
    """All comments in order of writing; hidden ones without their text.

    A hidden or withdrawn comment keeps its place, so that replies to it still
    make sense, and shows only that something was here.
    """
    return _readable(proposal.comments.all())


def branch_of(pk: int) -> list[Comment]:
    """A comment, then all replies below it, as in `thread_of`; one query a level."""
    found = level = _readable(Comment.objects.filter(pk=pk))
    while level:
        level = _readable(Comment.objects.filter(parent__in=level))
        found = found + level
    return found


def _readable(rows: QuerySet[Comment]) -> list[Comment]:
    rows = rows.exclude(NEVER_READ).select_related("author")
    comments = list(rows.order_by("written_at", "pk"))
    for comment in comments:
        if comment.state != Comment.State.PUBLISHED:
            comment.text = ""
    return comments


@dataclass(frozen=True)
class Held:
    """A contribution that waits for the moderation. `reasons` as its author reads
    them; `wording` is a digest: who approves says which wording was read."""

    kind: str
    pk: int
    text: str
    author: Participation
    made_at: datetime
    reasons: tuple[str, ...]
    wording: str
    row: Contribution


def held_rows(dialogue: Dialogue, kind: str) -> QuerySet[Any]:
    """The contributions of a kind that wait, oldest first, with their authors."""
    of_dialogue = {"proposal__dialogue" if kind == "comment" else "dialogue": dialogue}
    rows = contributions(kind).filter(**of_dialogue, state=Proposal.State.PENDING)
    joined = ("author", "proposal") if kind == "comment" else ("author",)
    return rows.select_related(*joined).order_by("written_at", "pk")


def held_contributions(dialogue: Dialogue) -> list[Held]:
    """Everything that waits for the moderation, oldest first: four queries."""
    found = [
        Held(
            kind=kind,
            pk=row.pk,
            text="\n\n".join(
                part for part in (getattr(row, "title", ""), row.text) if part
            ),
            author=row.author,
            made_at=row.written_at,
            reasons=tuple(row.hold_reasons),
            wording=wording_digest(row),
            row=row,
        )
        for kind in ("proposal", "comment", "question", "topic")
        for row in held_rows(dialogue, kind)
    ]
    return sorted(found, key=lambda held: (held.made_at, held.kind, held.pk))


def with_origins(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Proposals or questions with `origins`: what was merged into each and can still
    be read, with authors. One query more for all of them."""
    merged = rows.model._default_manager.filter(state="merged")
    sources = merged.select_related("author").order_by("pk")
    return rows.prefetch_related(
        Prefetch("sources", queryset=sources, to_attr="origins")
    )


def syntheses(dialogue: Dialogue, kind: str) -> list[Any]:
    """Published contributions into which others were merged; two queries."""
    rows = contributions(kind).filter(
        dialogue=dialogue, state="published", sources__state="merged"
    )
    return list(with_origins(rows).distinct().select_related("author").order_by("pk"))


@dataclass(frozen=True)
class Counts:
    """Live numbers by subject ("proposal-12") and name, and their version."""

    version: int
    numbers: dict[str, dict[str, int]]


def counts_since(dialogue: Dialogue, version: int, head: int) -> Counts:
    """All live numbers that changed after `version`, up to `head`.

    Four queries, whatever the number of votes, and one for each ballot that shows
    its count. Those of the others are not there.
    """
    changed = {"dialogue": dialogue, "counts_version__gt": version}
    numbers: dict[str, dict[str, int]] = {}
    # Rows without their texts: this is asked for at every change.
    for pk, *row in Proposal.objects.filter(
        **changed, state=Proposal.State.PUBLISHED
    ).values_list("pk", *PROPOSAL_NUMBERS.values()):
        numbers[f"proposal-{pk}"] = dict(zip(PROPOSAL_NUMBERS, row, strict=True))
    for pk, supports in Question.objects.filter(
        **changed, state=Question.State.PUBLISHED
    ).values_list("pk", "supports"):
        numbers[f"question-{pk}"] = {"supports": supports}
    for ballot in (
        Ballot.objects.filter(**changed)
        .exclude(state=Ballot.State.DRAFT)
        .only("turnout", "hides_count", "secrecy", "state", "roll_size")
    ):
        numbers[f"ballot-{ballot.pk}"] = {"turnout": shown_turnout(ballot)}
        if ballot.shows_count:
            for pk, marks in ballot.options.values_list("pk", "marks_count"):
                numbers[f"option-{pk}"] = {"marks": marks}
    reactions = dict(
        ReactionCount.objects.filter(
            item=dialogue.current_id, counts_version__gt=version
        ).values_list("kind", "number")
    )
    if reactions:
        numbers["reactions"] = reactions
    return Counts(head, numbers)


# The live numbers that a proposal's card shows, and their columns.
PROPOSAL_NUMBERS = {
    "supports": "supports",
    "comments": "comments_count",
    "agrees": "agrees",
    "disagrees": "disagrees",
    "passes": "passes",
}


def proposal_numbers(proposal: Proposal) -> dict[str, int]:
    """The live numbers of one proposal."""
    return {
        name: getattr(proposal, column) for name, column in PROPOSAL_NUMBERS.items()
    }


def shown_turnout(ballot: Ballot) -> int:
    """How many have voted, as everybody sees it; coarse while the count is hidden."""
    if ballot.state not in Ballot.RUNNING or ballot.shows_count:
        return ballot.turnout
    return coarse(ballot.turnout, ballot.roll_size)


def coarse(turnout: int, roll_size: int) -> int:
    """A turnout in which no single vote can be seen arriving: rounded down.

    To steps of 5 people, of 10 in rolls from 100 on, of 5 % in those from 200 on.
    That all have voted is said.
    """
    if turnout >= roll_size:
        return turnout
    return turnout - turnout % max(10 if roll_size >= 100 else 5, roll_size // 20)


def next_statement(participation: Participation) -> Proposal | None:
    """A published proposal that lacks the person's stance.

    With an opinion map by priority, else the one with the fewest stances.
    """
    missing = published_proposals(participation.dialogue).exclude(
        stances__participation=participation
    )
    asking = asking_of(participation.dialogue_id)
    if asking is not None:
        pk = asking.next_of(participation.pk, missing.values_list("pk", flat=True))
        return None if pk is None else missing.filter(pk=pk).first()
    return (
        missing.annotate(seen=F("agrees") + F("disagrees") + F("passes"))
        .order_by("seen", "pk")
        .first()
    )


def parked_topics(
    dialogue: Dialogue, *, also_hidden: bool = False
) -> QuerySet[ParkedTopic]:
    """What is on the list, oldest first; for the moderation with what it has hidden."""
    states = [ParkedTopic.State.PUBLISHED]
    if also_hidden:
        states.append(ParkedTopic.State.HIDDEN)
    return dialogue.parked_topics.filter(state__in=states)
