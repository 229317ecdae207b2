"""What the minutes add to a result: drawn up from the ledger and the tables.

Agenda, proposals, ballots and kept topics stand in the result; the minutes name it
by its digest. As there, figures hold digests and pseudonyms, texts stand beside.
"""

import hashlib
import json
import secrets
import unicodedata
from dataclasses import asdict
from typing import Any

from django.db.models import Count, Q

from dialogue.models import CorrectionRequest, Dialogue, Participation
from dialogue.speaking_queries import summary
from ledger.models import Entry
from projects.models import ResultRecord
from proposals.models import Comment, Proposal, Question
from shared import clock

VERSION = 1
Facts = dict[str, Any]
Role = Participation.Role
# Who is gone for a while still holds it.
CHAIR_CHANGES = ("chair.taken", "chair.handed", "chair.left")
LEADING = (Role.LEAD_MODERATOR, Role.TABLE_MODERATOR, Role.TECHNICAL_HOST)


class Texts:
    """Texts by key, and for the figures their salted digests."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str]] = {}
        self.writers: dict[str, int] = {}

    def add(self, key: str, text: str, writer: int | None = None) -> str:
        """Keep `text`; `writer` may have it erased later."""
        salt, text = secrets.token_hex(16), unicodedata.normalize("NFC", text)
        self.kept[key] = (salt, text)
        if writer is not None:
            self.writers[key] = writer
        return hashlib.sha256((salt + text).encode()).hexdigest()


def result_of(dialogue: Dialogue) -> ResultRecord | None:
    """The dialogue's result as it counts: the last one, corrections included."""
    return ResultRecord.objects.filter(stream_id=dialogue.stream_id).first()


def draw_up(dialogue: Dialogue, result: ResultRecord) -> tuple[Facts, Texts]:
    """The minutes as they stand now: figures, and the texts beside them."""
    texts = Texts()
    places = {
        pk: place
        for place, pk in enumerate(
            dialogue.agenda.order_by("position", "pk").values_list("pk", flat=True)
        )
    }
    entry = Entry.objects.filter(stream_id=dialogue.stream_id).last()
    facts = {
        "version": VERSION,
        "result": result.digest,
        "dialogue": dialogue.slug,
        "title": dialogue.title,
        "ledger_head": entry.seq if entry else 0,
        "ledger_digest": entry.digest if entry else "",
        "led": _led(dialogue, texts),
        "chair": _chair(dialogue),
        "came": _came(dialogue),
        "agenda": _agenda(dialogue),
        "questions": _questions(dialogue, texts),
        "findings": _findings(dialogue, texts),
        "dissent": _dissent(dialogue, result),
        "speaking": asdict(summary(dialogue)),
        "remarks": _remarks(dialogue, places, texts),
        "corrections": _corrections(dialogue, places, texts),
        "declined": _number_of(dialogue, CorrectionRequest.State.DECLINED),
        "unanswered": _number_of(dialogue, CorrectionRequest.State.OPEN),
    }
    return facts, texts


def _name(who: Participation, texts: Texts) -> str:
    """The pseudonym for the figures; the name stands beside it."""
    if f"name-{who.pseudonym}" not in texts.kept:
        texts.add(f"name-{who.pseudonym}", who.display_name, who.pk)
    return who.pseudonym


def _led(dialogue: Dialogue, texts: Texts) -> list[Facts]:
    people = dialogue.participations.filter(
        role__in=LEADING, state=Participation.State.ADMITTED
    ).order_by("joined_at", "pk")
    rows = [{"role": str(who.role), "who": _name(who, texts)} for who in people]
    return sorted(rows, key=lambda row: LEADING.index(Role(row["role"])))


def _chair(dialogue: Dialogue) -> list[Facts]:
    """Who held the chair from when on: nobody's, where it was left."""
    pseudonyms = dict(dialogue.participations.values_list("pk", "pseudonym"))
    rows = []
    entries = Entry.objects.filter(stream_id=dialogue.stream_id, kind__in=CHAIR_CHANGES)
    for entry in entries.order_by("seq"):
        by = entry.payload.get("by")
        holder = None if entry.kind == "chair.left" else entry.payload.get("to", by)
        rows.append(
            {
                "at": clock.milliseconds(entry.recorded_at),
                "who": pseudonyms.get(holder, "") if holder else "",
            }
        )
    return rows


def _came(dialogue: Dialogue) -> Facts:
    """How many came, and by which way. Whoever was excluded had come, too."""
    citizens = Q(role=Role.PARTICIPANT)
    figures = dialogue.participations.aggregate(
        participants=Count("pk", filter=citizens),
        with_account=Count("pk", filter=citizens & Q(person__email__isnull=False)),
        invited=Count("pk", filter=citizens & Q(invitation__isnull=False)),
        observers=Count("pk", filter=Q(role=Role.OBSERVER)),
    )
    return {**figures, "guests": figures["participants"] - figures["with_account"]}


def _agenda(dialogue: Dialogue) -> list[Facts]:
    return [
        {
            "extended_minutes": item.extended_minutes,
            "began_at": [
                clock.milliseconds(step.began_at) for step in item.steps.all()
            ],
        }
        for item in dialogue.agenda.prefetch_related("steps").order_by("position", "pk")
    ]


def _questions(dialogue: Dialogue, texts: Texts) -> list[Facts]:
    """What stands on the wall: most supported first. Hidden ones are not in it."""
    rows = dialogue.questions.filter(state=Question.State.PUBLISHED)
    return [
        {
            "who": _name(row.author, texts),
            "text": texts.add(f"question-{number}", row.text, row.author_id),
            "topic": texts.add(f"topic-{number}", row.topic) if row.topic else "",
            "supports": row.supports,
            "answered_at": clock.milliseconds(row.answered_at),
            "answer": texts.add(f"answer-{number}", row.answer) if row.answer else "",
            "answered_minute": row.answered_minute,
        }
        for number, row in enumerate(
            rows.select_related("author").order_by("-supports", "written_at", "pk"), 1
        )
    ]


def _findings(dialogue: Dialogue, texts: Texts) -> list[Facts]:
    """What tables brought to the plenary, also where it was merged there."""
    rows = dialogue.proposals.filter(
        table__isnull=False,
        state__in=(Proposal.State.PUBLISHED, Proposal.State.MERGED),
    )
    return [
        {
            "table": texts.add(f"table-{number}", row.table.name if row.table else ""),
            "text": texts.add(
                f"finding-{number}",
                "\n\n".join(filter(None, (row.title, row.text))),
                row.author_id,
            ),
            "is_merged": row.state == Proposal.State.MERGED,
        }
        for number, row in enumerate(
            rows.select_related("table").order_by(
                "table__number", "published_at", "pk"
            ),
            1,
        )
    ]


def _dissent(dialogue: Dialogue, result: ResultRecord) -> list[Facts]:
    """Against each proposal of the result: how many comments give a reason against it.

    Votes for and against stand in the result. Nothing, where its proposals are not
    those that are visible now: a number must not stand beside the wrong one.
    """
    named = [row["author"] for row in json.loads(result.canonical)["proposals"]]
    visible = list(
        dialogue.proposals.filter(state=Proposal.State.PUBLISHED)
        .order_by("published_at", "pk")
        .values_list("pk", "author__pseudonym")
    )
    if [pseudonym for __, pseudonym in visible] != named:
        return []
    contra = dict(
        Comment.objects.filter(
            proposal__dialogue=dialogue,
            state=Comment.State.PUBLISHED,
            alignment=Comment.Alignment.CONTRA,
        )
        .values_list("proposal_id")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return [
        {"number": number, "contra": contra.get(pk, 0)}
        for number, (pk, __) in enumerate(visible, 1)
    ]


def _remarks(dialogue: Dialogue, places: dict[int, int], texts: Texts) -> list[Facts]:
    rows = dialogue.remarks.order_by("written_at", "pk")
    return [
        {
            "item": places.get(row.item_id or 0),
            "at": clock.milliseconds(row.written_at),
            "text": texts.add(f"remark-{number}", row.text, row.written_by_id),
        }
        for number, row in enumerate(rows, 1)
    ]


def _corrections(
    dialogue: Dialogue, places: dict[int, int], texts: Texts
) -> list[Facts]:
    """What was accepted, nameless. Of the others only the number is public."""
    rows = dialogue.corrections.filter(state=CorrectionRequest.State.ACCEPTED)
    return [
        {
            "item": places.get(row.item_id or 0),
            "at": clock.milliseconds(row.asked_at),
            "text": texts.add(f"correction-{number}", row.text, row.asked_by_id),
            "reason": texts.add(f"reason-{number}", row.reason),
        }
        for number, row in enumerate(rows.order_by("asked_at", "pk"), 1)
    ]


def _number_of(dialogue: Dialogue, state: str) -> int:
    return dialogue.corrections.filter(state=state).count()
