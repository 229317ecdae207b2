"""What we hold about a person, as plain facts: for the page and for the download."""

from datetime import datetime
from typing import Any

from accounts.models import Person
from dialogue.models import (
    ConflictStatement,
    CorrectionRequest,
    HelpCall,
    Participation,
    Remark,
    Seat,
    TableNote,
    TableRemark,
)
from moderation.models import Appeal, Decision, Report
from proposals.models import (
    Comment,
    Mark,
    ParkedTopic,
    Proposal,
    Question,
    RollEntry,
    Stance,
    Support,
)
from qualification.queries import facts_about

Facts = dict[str, Any]


def export_person(person: Person) -> Facts:
    """Everything that is linked to `person`, in a shape that machines read."""
    return {
        "person": {
            "email": person.email,
            "name": person.name,
            "joined_at": _time(person.joined_at),
            "works_for_the_city": person.is_staff_member or person.is_administrator,
        },
        "participations": [
            _participation(row)
            for row in Participation.objects.filter(person=person)
            .select_related("dialogue")
            .order_by("joined_at", "pk")
        ],
        "contributions": contributions_of(person),
        "stances": [
            {"proposal": row.proposal_id, "value": row.value}
            for row in Stance.objects.filter(participation__person=person).order_by(
                "pk"
            )
        ],
        "supports": [
            {"proposal": row.proposal_id, "question": row.question_id}
            for row in Support.objects.filter(participation__person=person).order_by(
                "pk"
            )
        ],
        "ballots": _ballots(person),
        "decisions_about_me": [
            {
                "action": row.action,
                "rule": row.rule,
                "reason": row.reason,
                "decided_at": _time(row.decided_at),
            }
            for row in Decision.objects.filter(author__person=person)
        ],
        "my_appeals": [
            {
                "decision": row.decision_id,
                "text": row.words.text if hasattr(row, "words") else "",
                "made_at": _time(row.made_at),
                "outcome": row.ruling.outcome if hasattr(row, "ruling") else None,
                "reason": row.ruling.reason if hasattr(row, "ruling") else None,
            }
            for row in Appeal.objects.filter(
                decision__author__person=person
            ).select_related("words", "ruling")
        ],
        "my_reports": [
            {
                "receipt": row.receipt,
                "rule": row.rule,
                "explanation": row.explanation,
                "place": row.place,
                "name": row.name,
                "email": row.email,
                "made_at": _time(row.made_at),
                "settled_at": _time(row.settled_at),
            }
            for row in Report.objects.filter(reporter=person)
        ],
        "at_tables": [
            {
                "table": row.table.name,
                "text": row.text,
                "written_at": _time(row.written_at),
                "hidden_reason": row.hidden_reason,
            }
            for row in TableRemark.objects.filter(author__person=person)
            .select_related("table")
            .order_by("pk")
        ],
        "table_findings": [
            {"table": row.table.name, "title": row.title, "text": row.text}
            # Those that were brought to the plenary are among the contributions.
            for row in TableNote.objects.filter(
                written_by__person=person, brought_at=None
            )
            .select_related("table")
            .order_by("pk")
        ],
        "seats": [
            {
                "table": row.table.name,
                "taken_at": _time(row.taken_at),
                "left_at": _time(row.left_at),
            }
            for row in Seat.objects.filter(participation__person=person)
            .select_related("table")
            .order_by("pk")
        ],
        "help_calls": [
            {
                "name": row.name,
                "text": row.text,
                "answer": row.answer,
                "called_at": _time(row.called_at),
            }
            for row in HelpCall.objects.filter(person=person)
        ],
        "corrections_of_minutes": [
            {
                "text": row.text,
                "state": row.state,
                "reason": row.reason,
                "asked_at": _time(row.asked_at),
            }
            for row in CorrectionRequest.objects.filter(asked_by__person=person)
        ],
        "remarks_in_minutes": [
            {"text": row.text, "written_at": _time(row.written_at)}
            for row in Remark.objects.filter(written_by__person=person)
        ],
        "consents": [
            {
                "about": row.about,
                "context": row.context,
                "text_digest": row.text_digest,
                "given_at": _time(row.given_at),
            }
            for row in person.consents.order_by("given_at", "pk")
        ],
        "messages": [
            {
                "subject": row.subject,
                "body": row.body,
                "link": row.link,
                "written_at": _time(row.written_at),
                "read_at": _time(row.read_at),
            }
            for row in person.messages.all()
        ],
        "qualification": facts_about(person),
        "conflicts_of_interest": [
            {
                "dialogue": row.participation.dialogue.title,
                "kind": row.kind,
                "text": row.text,
                "stated_at": _time(row.stated_at),
            }
            for row in ConflictStatement.objects.filter(participation__person=person)
            .select_related("participation__dialogue")
            .order_by("pk")
        ],
        "projects_i_work_on": list(
            person.assignments.order_by("project__slug").values_list(
                "project__slug", flat=True
            )
        ),
    }


def contributions_of(person: Person) -> list[Facts]:
    """The person's proposals, comments, questions and parked topics, newest first."""
    rows: list[Facts] = [
        {
            "kind": row.kind,
            "id": row.pk,
            "dialogue": row.dialogue.title,
            "title": row.title,
            "text": row.text,
            "reason": row.reason,
            "state": row.state,
            "held_for": row.held_for,
            "written_at": _time(row.written_at),
            "earlier_wordings": [
                {"title": old.title, "text": old.text, "reason": old.reason}
                for old in row.revisions.all()
            ],
        }
        for row in Proposal.objects.filter(author__person=person)
        .select_related("dialogue")
        .prefetch_related("revisions")
    ]
    rows += [
        {
            "kind": "comment",
            "id": row.pk,
            "dialogue": row.proposal.dialogue.title,
            "text": row.text,
            "state": row.state,
            "held_for": row.held_for,
            "written_at": _time(row.written_at),
        }
        for row in Comment.objects.filter(author__person=person).select_related(
            "proposal__dialogue"
        )
    ]
    rows += [
        {
            "kind": "question",
            "id": row.pk,
            "dialogue": row.dialogue.title,
            "text": row.text,
            "state": row.state,
            "held_for": row.held_for,
            "written_at": _time(row.written_at),
        }
        for row in Question.objects.filter(author__person=person).select_related(
            "dialogue"
        )
    ]
    rows += [
        {
            "kind": "topic",
            "id": row.pk,
            "dialogue": row.dialogue.title,
            "text": row.text,
            "state": row.state,
            "held_for": row.held_for,
            "written_at": _time(row.written_at),
        }
        for row in ParkedTopic.objects.filter(author__person=person).select_related(
            "dialogue"
        )
    ]
    return sorted(rows, key=lambda row: row["written_at"], reverse=True)


def _participation(row: Participation) -> Facts:
    return {
        "dialogue": row.dialogue.title,
        "role": row.role,
        "state": row.state,
        "display_name": row.display_name,
        "pseudonym": row.pseudonym,
        "vote_weight": row.vote_weight,
        "joined_at": _time(row.joined_at),
        "seen_at": _time(row.seen_at),
    }


def _ballots(person: Person) -> list[Facts]:
    """The rolls the person stands on. A secret vote is linked to nobody."""
    marks: dict[int, list[Facts]] = {}
    reasons: dict[int, str] = {}
    for mark in Mark.objects.filter(
        vote__roll_entry__participation__person=person
    ).select_related("option", "vote"):
        marks.setdefault(mark.vote.roll_entry_id, []).append(
            {"option": mark.option.title, "value": mark.value}
        )
        reasons[mark.vote.roll_entry_id] = mark.vote.reason
    return [
        {
            "ballot": entry.ballot.title,
            "secrecy": entry.ballot.secrecy,
            "has_voted": entry.has_voted,
            "weight": entry.weight,
            "receipt": entry.receipt,
            "vote": marks.get(entry.pk, []),
            "reason": reasons.get(entry.pk, ""),
        }
        for entry in RollEntry.objects.filter(participation__person=person)
        .select_related("ballot")
        .order_by("pk")
    ]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
