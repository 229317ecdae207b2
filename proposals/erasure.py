"""Erasing what a person has written, and the traces of it in filed results."""

import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dialogue.models import Dialogue, Participation
from ledger.actions import act, record
from projects.actions import erase_texts
from projects.models import ResultRecord
from proposals.actions import count_comments
from proposals.events import (
    CommentWithdrawn,
    ProposalWithdrawn,
    QuestionWithdrawn,
    TopicWithdrawn,
)
from proposals.models import (
    Ballot,
    Comment,
    Contribution,
    Option,
    Proposal,
    Question,
    Revision,
    Vote,
)
from proposals.voting import forget_reasons
from shared.errors import Refusal

WITHDRAWN = Proposal.State.WITHDRAWN


@act()
def erase_person(person: Person, *, texts: bool) -> None:
    """Forget the person's names in results; with `texts` also what was written.

    Figures, stances and votes stay: they hold no name, and a result that was
    filed still verifies. Refused while a proposal of the person is being voted on.
    """
    people = list(
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .filter(person=person)
        .select_related("dialogue")
        .order_by("pk")
    )
    if texts:
        _refuse_open_ballots(person)
    for participation in people:
        dialogue = participation.dialogue
        for result in ResultRecord.objects.filter(stream_id=dialogue.stream_id):
            # Before the rows are emptied: their texts tell what belongs to whom.
            keys = [f"author-{participation.pseudonym}"]
            if texts:
                keys += _written_keys(participation, result)
            erase_texts(keys, [result])
        if texts:
            _empty_rows(participation, dialogue)
    if texts:
        _empty_earlier_wordings(person)


def _refuse_open_ballots(person: Person) -> None:
    written_by = Q(proposal__author__person=person) | Q(question__author__person=person)
    if Option.objects.filter(written_by, ballot__state__in=Ballot.RUNNING).exists():
        raise Refusal(
            "erasure.ballot_open",
            _(
                "One of your proposals or questions is being voted on. Please erase "
                "your texts when the ballot is closed."
            ),
        )


def _written_keys(author: Participation, result: ResultRecord) -> list[str]:
    """Keys of the texts in `result` that this author wrote."""
    facts: dict[str, Any] = json.loads(result.canonical)
    mine = {
        proposal["number"]
        for proposal in facts["proposals"]
        if proposal["author"] == author.pseudonym
    }
    asked = {
        question["number"]
        for question in facts.get("asked", ())
        if question["author"] == author.pseudonym
    }
    keys = [f"proposal-{number}" for number in mine]
    keys += [f"question-{number}" for number in asked]
    keys += _reason_keys(author, result)
    keys += [
        f"option-{ballot['number']}-{option['position']}"
        for ballot in facts["ballots"]
        for option in ballot["options"]
        # The yes of a yes-no ballot links to its proposal but does not quote it.
        if (option["proposal"] in mine and ballot["method"] != Ballot.Method.YES_NO)
        or option.get("question") in asked
    ]
    return keys + _parked_keys(author, result)


def _parked_keys(author: Participation, result: ResultRecord) -> list[str]:
    """Where the author's topics for later stand, which the record lists without
    authors: one place for each of them."""
    keys: list[str] = []
    for topic in author.parked_topics.exclude(text=""):
        words = unicodedata.normalize("NFC", topic.text)
        places = result.texts.filter(key__startswith="parked-", text=words)
        keys += places.exclude(key__in=keys).values_list("key", flat=True)[:1]
    return keys


def _reason_keys(author: Participation, result: ResultRecord) -> list[str]:
    """Where the author's objections and concerns stand: one place for each of them."""
    keys: list[str] = []
    for reason in Vote.objects.filter(roll_entry__participation=author).exclude(
        reason=""
    ):
        words = unicodedata.normalize("NFC", reason.reason)
        places = result.texts.filter(key__startswith="reason-", text=words)
        keys += places.exclude(key__in=keys).values_list("key", flat=True)[:1]
    return keys


def _empty_rows(author: Participation, dialogue: Dialogue) -> None:
    """Empty the author's contributions; what stands in no result is withdrawn."""
    forget_reasons(author.pk)
    Option.objects.filter(
        Q(proposal__author=author) | Q(question__author=author)
    ).exclude(ballot__method=Ballot.Method.YES_NO).update(title="–")
    author.proposals.filter(state=Proposal.State.DRAFT).delete()
    own: list[Iterable[Any]] = [
        author.proposals.select_for_update().order_by("pk"),
        author.comments.select_for_update().order_by("pk"),
        author.questions.select_for_update().order_by("pk"),
        author.parked_topics.select_for_update().order_by("pk"),
    ]
    for row in (row for rows in own for row in rows):
        was_published = row.state == "published"
        is_filed = isinstance(row, Proposal) and was_published and dialogue.is_over
        leaves = not is_filed and row.state in ("published", "pending", "merged")
        was_shown = row.state in ("published", "merged")
        row.text = row.salt = ""
        if isinstance(row, Proposal):
            row.title = row.reason = ""
            row.district, row.place_x, row.place_y = None, None, None
        if leaves:
            row.state = WITHDRAWN
        row.save()
        if was_shown and not dialogue.is_over:
            _tell(dialogue, author, row)


def _tell(dialogue: Dialogue, author: Participation, row: Contribution) -> None:
    """Take a withdrawn contribution off the screens."""
    if isinstance(row, Proposal):
        event: Any = ProposalWithdrawn(proposal=row.pk, concerns=author.pk)
    elif isinstance(row, Comment):
        count_comments(dialogue, row.proposal_id, -1)
        event = CommentWithdrawn(
            comment=row.pk, proposal=row.proposal_id, concerns=author.pk
        )
    elif isinstance(row, Question):
        event = QuestionWithdrawn(question=row.pk, concerns=author.pk)
    else:
        event = TopicWithdrawn(topic=row.pk, concerns=author.pk)
    record(dialogue.stream_id, event)


def _empty_earlier_wordings(person: Person) -> None:
    Revision.objects.filter(proposal__author__person=person).delete()
