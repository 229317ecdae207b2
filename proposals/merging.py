"""Steps of merging, for the floor above: rows, supports, options; never a decision."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from dialogue.models import Dialogue, Participation
from ledger.actions import record, tallied
from proposals.events import (
    ContributionKind,
    ProposalPublished,
    QuestionAsked,
    SynthesisChanged,
)
from proposals.models import Ballot, Option, Proposal, Question, Support
from proposals.queries import wording_digest
from shared import clock
from shared.errors import Refusal

Mergeable = Proposal | Question


def publish_synthesis(
    dialogue: Dialogue, author: Participation, kind: str, title: str, text: str
) -> Mergeable:
    """The new contribution of the editorial team that others are merged into."""
    moment = clock.now()
    facts: dict[str, Any] = {
        "dialogue": dialogue,
        "item": dialogue.current,
        "author": author,
        "text": text,
        "state": "published",
        "written_at": moment,
        "published_at": moment,
    }
    if kind == "proposal":
        row: Mergeable = Proposal.objects.create(title=title, **facts)
        record(
            dialogue.stream_id,
            ProposalPublished(proposal=row.pk, digest=wording_digest(row)),
        )
    else:
        row = Question.objects.create(**facts)
        record(
            dialogue.stream_id,
            QuestionAsked(question=row.pk, digest=wording_digest(row)),
        )
    return row


def join(
    dialogue: Dialogue, kind: str, target: Mergeable, sources: Sequence[Mergeable]
) -> None:
    """Locked `sources` become part of the locked `target`, with their supports."""
    if kind == "proposal":
        _relink_options(target, sources)
    for row in sources:
        row.state, row.merged_into_id = "merged", target.pk
        changed = ["state", "merged_into"]
        if isinstance(row, Question) and row.is_on_stage:
            row.is_on_stage = False
            changed.append("is_on_stage")
        row.save(update_fields=changed)
        # Chains would hide where a wording came from: all origins hang on the end.
        type(row)._default_manager.filter(merged_into=row.pk).update(
            merged_into=target.pk
        )
    origins = _origins(kind, target)
    have = Support.objects.filter(**{kind: target}).values("participation")
    people = (
        Support.objects.filter(**{f"{kind}__in": origins})
        .exclude(participation__in=have)
        .order_by("participation")
        .values_list("participation", flat=True)
        .distinct()
    )
    carried = [
        Support(participation_id=pk, is_carried=True, **{f"{kind}_id": target.pk})
        for pk in people
    ]
    Support.objects.bulk_create(carried)
    _count(dialogue, kind, target, len(carried))
    _tell(dialogue, target)


def part(dialogue: Dialogue, source: Mergeable) -> None:
    """A locked `source` stands for itself again, and takes its supports with it."""
    kind = "proposal" if isinstance(source, Proposal) else "question"
    assert source.merged_into_id is not None  # noqa: S101 -- it is merged
    target = (
        type(source)._default_manager.select_for_update().get(pk=source.merged_into_id)
    )
    source.state, source.merged_into_id = "published", None
    source.save(update_fields=["state", "merged_into"])
    left = Support.objects.filter(**{f"{kind}__in": _origins(kind, target)})
    gone, __ = (
        Support.objects.filter(is_carried=True, **{kind: target})
        .exclude(participation__in=left.values("participation"))
        .delete()
    )
    _count(dialogue, kind, target, -gone)
    _tell(dialogue, target)


def _tell(dialogue: Dialogue, target: Mergeable) -> None:
    kind: ContributionKind = "proposal" if isinstance(target, Proposal) else "question"
    record(dialogue.stream_id, SynthesisChanged(contribution=kind, pk=target.pk))


def _origins(kind: str, target: Mergeable) -> list[int]:
    """What hangs on `target`, merged or hidden since."""
    return list(target.sources.values_list("pk", flat=True))


def _count(dialogue: Dialogue, kind: str, target: Mergeable, step: int) -> None:
    if not step:
        return
    rows = type(target)._default_manager.filter(pk=target.pk)

    def write(version: int) -> None:
        rows.update(supports=F("supports") + step, counts_version=version)

    tallied(dialogue.stream_id, write)


def _relink_options(target: Mergeable, sources: Sequence[Mergeable]) -> None:
    """Prepared ballots ask about the target; what is voted on stays as it is."""
    pks = [row.pk for row in sources]
    linked = Option.objects.filter(proposal__in=pks).select_related("ballot")
    if linked.filter(ballot__state__in=Ballot.RUNNING).exists():
        raise Refusal(
            "merge.ballot_open",
            _("One of these proposals is being voted on. Merge it after the ballot."),
        )
    for option in linked.filter(ballot__state=Ballot.State.DRAFT):
        others = option.ballot.options.exclude(pk=option.pk)
        if others.filter(proposal__in=[*pks, target.pk]).exists():
            raise Refusal(
                "merge.same_ballot",
                _("The ballot “%(ballot)s” is to choose between these proposals.")
                % {"ballot": option.ballot.title},
            )
        option.proposal_id = target.pk
        if not option.key and isinstance(target, Proposal):
            option.title = target.title
        option.save(update_fields=["proposal", "title"])
