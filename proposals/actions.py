"""Verbs of contributions: draft, propose, revise, withdraw, comment, ask."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, fresh, require, share_lock
from ledger.actions import act, record, tallied
from projects.models import District
from proposals.events import (
    CommentPublished,
    CommentWithdrawn,
    HeldWithdrawn,
    ProposalHeld,
    ProposalPublished,
    ProposalRevised,
    ProposalWithdrawn,
    QuestionAsked,
    QuestionWithdrawn,
    TopicWithdrawn,
)
from proposals.holding import held_event, kind_of, reasons_to_hold, speaking
from proposals.merging import part
from proposals.models import (
    Comment,
    Contribution,
    Proposal,
    Question,
    Revision,
)
from proposals.queries import (
    access_own,
    access_proposal,
    wording_digest,
)
from shared import clock
from shared.errors import Refusal

DEEPEST_REPLY = 4


@act()
def save_draft(
    *,
    author: Participation,
    kind: str = Proposal.Kind.PROPOSAL,
    title: str = "",
    text: str = "",
    reason: str = "",
) -> Proposal:
    """Keep what is typed so far; one draft per person and kind, seen by nobody else."""
    author, dialogue = fresh(author)
    require("proposals.save_draft", author, dialogue)
    draft, __ = Proposal.objects.update_or_create(
        author=author,
        kind=kind,
        state=Proposal.State.DRAFT,
        defaults={
            "dialogue": dialogue,
            "title": title,
            "text": text,
            "reason": reason,
            "written_at": clock.now(),
        },
    )
    return draft


@act()
def submit_proposal(
    *,
    author: Participation,
    title: str,
    text: str = "",
    reason: str = "",
    kind: str = Proposal.Kind.PROPOSAL,
    district_pk: int | None = None,
    place: tuple[int, int] | None = None,
) -> Proposal:
    """Publish a proposal, or hold it. The author's draft of this kind is used up."""
    author, dialogue = speaking(author, "proposals.submit_proposal")
    district = None
    if district_pk is not None:
        district = District.objects.filter(pk=district_pk).first()
        if district is None:
            raise Refusal(
                "district.unknown",
                _("Please choose a district from the list."),
                status=400,
                field="district",
            )
    Proposal.objects.filter(
        author=author, kind=kind, state=Proposal.State.DRAFT
    ).delete()
    held_for = reasons_to_hold(author, dialogue, title, text, reason)
    moment = clock.now()
    proposal = Proposal.objects.create(
        dialogue=dialogue,
        item=dialogue.current,
        author=author,
        kind=kind,
        title=title,
        text=text,
        reason=reason,
        district=district,
        place_x=place[0] if place else None,
        place_y=place[1] if place else None,
        state=Proposal.State.PENDING if held_for else Proposal.State.PUBLISHED,
        held_for=" ".join(held_for),
        written_at=moment,
        published_at=None if held_for else moment,
    )
    record(
        dialogue.stream_id,
        held_event(proposal)
        if held_for
        else ProposalPublished(proposal=proposal.pk, digest=wording_digest(proposal)),
    )
    return proposal


@act()
def revise_proposal(
    *,
    author: Participation,
    proposal_pk: int,
    title: str,
    text: str = "",
    reason: str = "",
    expected_revision: int | None = None,
) -> Proposal:
    """Reword one's own proposal while proposing is open; the old wording stays.

    Refused once a ballot has it as an option: people vote on a fixed wording. A
    wording that the rules hold takes the proposal off the screens until it is read.
    """
    author, dialogue = speaking(author, "proposals.submit_proposal")
    proposal = access_own(author, "proposal", proposal_pk)
    assert isinstance(proposal, Proposal)  # noqa: S101 -- the kind asked for
    if proposal.state != Proposal.State.PUBLISHED:
        raise forbidden()
    if expected_revision is not None and expected_revision != proposal.revision:
        raise Refusal(
            "proposal.changed_meanwhile",
            _("This proposal was changed in another window. Please look again."),
        )
    if proposal.options.exclude(ballot__state__in=["draft", "annulled"]).exists():
        raise Refusal(
            "proposal.on_ballot",
            _("This proposal is on a ballot. Its wording is fixed now."),
        )
    Revision.objects.create(
        proposal=proposal,
        number=proposal.revision,
        title=proposal.title,
        text=proposal.text,
        reason=proposal.reason,
        replaced_at=clock.now(),
    )
    proposal.title, proposal.text, proposal.reason = title, text, reason
    proposal.revision += 1
    proposal.held_for = " ".join(reasons_to_hold(author, dialogue, title, text, reason))
    if proposal.held_for:
        proposal.state = Proposal.State.PENDING
    proposal.save(
        update_fields=["title", "text", "reason", "revision", "held_for", "state"]
    )
    if proposal.held_for:
        record(dialogue.stream_id, ProposalHeld(proposal=proposal.pk))
        record(dialogue.stream_id, held_event(proposal))
        return proposal
    record(
        dialogue.stream_id,
        ProposalRevised(
            proposal=proposal.pk,
            revision=proposal.revision,
            digest=wording_digest(proposal),
        ),
    )
    return proposal


@act()
def withdraw(*, author: Participation, kind: str, pk: int) -> Contribution:
    """Take one's own contribution back; figures it is part of stay."""
    author, dialogue = fresh(author)
    require("proposals.withdraw_contribution", author, dialogue)
    row = access_own(author, kind, pk)
    if row.state not in ("published", "pending", "merged"):
        raise forbidden()
    if (
        isinstance(row, Proposal | Question)
        and row.sources.filter(state="merged").exists()
    ):
        raise Refusal(
            "contribution.has_sources",
            _("Other contributions were merged into this one. Undo that first."),
        )
    was_pending, row.state = row.state == "pending", "withdrawn"
    row.save(update_fields=["state"])
    if was_pending:
        record(
            dialogue.stream_id,
            HeldWithdrawn(contribution=kind_of(row), pk=row.pk, concerns=author.pk),
        )
    elif isinstance(row, Proposal):
        record(
            dialogue.stream_id,
            ProposalWithdrawn(proposal=row.pk),
        )
    elif isinstance(row, Comment):
        count_comments(dialogue, row.proposal_id, -1)
        record(
            dialogue.stream_id,
            CommentWithdrawn(comment=row.pk, proposal=row.proposal_id),
        )
    elif isinstance(row, Question):
        record(
            dialogue.stream_id,
            QuestionWithdrawn(question=row.pk),
        )
    else:
        record(dialogue.stream_id, TopicWithdrawn(topic=row.pk))
    return row


@act()
def add_comment(
    *,
    author: Participation,
    proposal_pk: int,
    text: str,
    alignment: str = Comment.Alignment.NEUTRAL,
    parent_pk: int | None = None,
) -> Comment:
    """Comment on a published proposal, or reply to a comment on it."""
    author, dialogue = speaking(author, "proposals.add_comment")
    proposal = access_proposal(author, proposal_pk, lock=True)
    parent = None
    if parent_pk is not None:
        share_lock(Comment, [parent_pk])
        parent = proposal.comments.filter(
            pk=parent_pk, state=Comment.State.PUBLISHED
        ).first()
        if parent is None:
            raise Refusal(
                "comment.parent_gone",
                _("The comment you reply to is not there any more."),
            )
        depth, above = 1, parent.parent
        while above is not None and depth < DEEPEST_REPLY:
            above, depth = above.parent, depth + 1
        if depth >= DEEPEST_REPLY and parent.parent_id is not None:
            share_lock(Comment, [parent.parent_id])
            parent = parent.parent
    held_for = reasons_to_hold(author, dialogue, text)
    moment = clock.now()
    comment = Comment.objects.create(
        proposal=proposal,
        parent=parent,
        author=author,
        alignment=alignment,
        text=text,
        state=Comment.State.PENDING if held_for else Comment.State.PUBLISHED,
        held_for=" ".join(held_for),
        written_at=moment,
        published_at=None if held_for else moment,
    )
    if held_for:
        record(dialogue.stream_id, held_event(comment))
        return comment
    count_comments(dialogue, proposal.pk, 1)
    record(
        dialogue.stream_id,
        CommentPublished(
            comment=comment.pk,
            proposal=proposal.pk,
            digest=wording_digest(comment),
        ),
    )
    return comment


@act()
def ask_question(*, author: Participation, text: str) -> Question:
    """Put a question on the wall, or hold it."""
    author, dialogue = speaking(author, "proposals.ask_question")
    held_for = reasons_to_hold(author, dialogue, text)
    moment = clock.now()
    question = Question.objects.create(
        dialogue=dialogue,
        item=dialogue.current,
        author=author,
        text=text,
        state=Question.State.PENDING if held_for else Question.State.PUBLISHED,
        held_for=" ".join(held_for),
        written_at=moment,
        published_at=None if held_for else moment,
    )
    record(
        dialogue.stream_id,
        held_event(question)
        if held_for
        else QuestionAsked(question=question.pk, digest=wording_digest(question)),
    )
    return question


def set_state(dialogue: Dialogue, row: Contribution, to: str) -> None:
    """For the floor above: publish, hide or restore a locked row, with its counts.

    What waited appears as new. What was merged before it was hidden is merged
    again; what is merged, and shall be published, stands for itself again.
    """
    if (
        row.state == "merged"
        and to == "published"
        and isinstance(row, Proposal | Question)
    ):
        part(dialogue, row)
        return
    was_published, becomes_published = row.state == "published", to == "published"
    changed = ["state"]
    if becomes_published and row.published_at is None:
        row.published_at = clock.now()
        changed.append("published_at")
    if becomes_published and getattr(row, "merged_into_id", None) is not None:
        to = "merged"
    if not becomes_published and isinstance(row, Question) and row.is_on_stage:
        row.is_on_stage = False
        changed.append("is_on_stage")
    row.state = to
    row.save(update_fields=changed)
    if isinstance(row, Comment) and was_published != becomes_published:
        count_comments(dialogue, row.proposal_id, 1 if becomes_published else -1)


def count_comments(dialogue: Dialogue, proposal_pk: int, step: int) -> None:
    """Change a proposal's number of visible comments."""
    share_lock(Proposal, [proposal_pk])

    def write(version: int) -> None:
        Proposal.objects.filter(pk=proposal_pk).update(
            comments_count=F("comments_count") + step, counts_version=version
        )

    tallied(dialogue.stream_id, write)
