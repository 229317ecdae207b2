"""Verbs of importing a Pol.is conversation as a dialogue, in short transactions.

Imported people are guests whom nobody can sign in as. They gave no consent
here, so none is recorded. Hiding comes after the last vote and keeps the counts.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from accounts.models import Person
from dialogue.actions import announce_dialogue, go_on
from dialogue.joining import assign_role
from dialogue.models import AgendaItem, Dialogue, Participation
from dialogue.qualified import let_program_lead
from ledger.actions import act, record
from ledger.models import Stream
from moderation.actions import hide_contribution
from moderation.models import Rule
from projects.models import Project
from proposals.events import ProposalPublished
from proposals.models import Proposal, StatementMark
from proposals.polis import ACCEPTED, PolisExport, PolisStatement, PolisVote
from proposals.queries import wording_digest
from proposals.stances import StanceRequest, take_stances
from shared import clock
from shared.errors import Refusal

# Sizes that keep one transaction below 50 ms on an ordinary disk.
PEOPLE, STATEMENTS, STANCES = 4, 20, 100
# Between two batches others get the database's write lock.
PAUSE = 0.003
HIDING_RULE = Rule.OFF_TOPIC
HIDING_REASON = (
    "In der importierten Pol.is-Unterhaltung von der Moderation herausgenommen. "
    "Der Export nennt weder Regel noch Grund."
)

Row = TypeVar("Row")


@dataclass
class Timing:
    """How many transactions there were, and how long the longest took."""

    transactions: int = 0
    seconds: list[float] = field(default_factory=list)

    def measured(self, verb: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = verb()
        self.transactions += 1
        self.seconds.append(time.perf_counter() - started)
        time.sleep(PAUSE)
        return result

    def summary(self) -> dict[str, float | int]:
        ordered = sorted(self.seconds) or [0.0]
        p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        return {
            "transactions": self.transactions,
            "longest_transaction_ms": round(1000 * ordered[-1], 1),
            "p95_transaction_ms": round(1000 * p95, 1),
        }


@act()
def create_imported_dialogue(
    *,
    project: Project,
    slug: str,
    title: str,
    mode: str,
    allows: Iterable[str],
    starts_at: datetime,
) -> Dialogue:
    """A dialogue with one agenda item for statements; open, not yet running."""
    dialogue = Dialogue.objects.create(
        project=project,
        stream=Stream.objects.create(),
        slug=slug,
        title=title[:140],
        summary="Aus einer Pol.is-Unterhaltung übernommen.",
        mode=mode,
        access=Dialogue.Access.OPEN,
        starts_at=starts_at,
        ground_rules="Aus einer Pol.is-Unterhaltung übernommen.",
        privacy_notice="Die Beteiligten sind nur als Nummern bekannt.",
    )
    AgendaItem.objects.create(
        dialogue=dialogue,
        position=0,
        kind=AgendaItem.Kind.PROPOSALS,
        title="Thesen",
        minutes=600,
        **{f"allows_{action}": True for action in allows},
    )
    announce_dialogue(dialogue=dialogue)
    return dialogue


def lead_dialogue(dialogue: Dialogue) -> Participation:
    """A lead moderator for the import, and the dialogue stands at its item."""
    moderator = assign_role(
        person=Person.objects.create_guest(),
        dialogue=dialogue,
        role=Participation.Role.LEAD_MODERATOR,
        name="Moderation (Import)",
    )
    let_program_lead(participation=moderator, reason="Importierter Dialog")
    go_on(moderator=moderator)
    return moderator


def free_slug(wanted: str) -> str:
    """`wanted`, with a number if a dialogue has it already."""
    wanted = wanted[:70]
    taken = set(
        Dialogue.objects.filter(slug__startswith=wanted).values_list("slug", flat=True)
    )
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def let_people_in(
    dialogue: Dialogue, people: Sequence[int], timing: Timing
) -> dict[int, Participation]:
    """Number in the export -> pseudonymous participation "Person 17"."""
    present: dict[int, Participation] = {}

    @act()
    def let_in(numbers: Sequence[int]) -> None:
        for number in numbers:
            present[number] = assign_role(
                person=Person.objects.create_guest(),
                dialogue=dialogue,
                role=Participation.Role.PARTICIPANT,
                name=f"Person {number}",
            )

    for numbers in _batches(people, PEOPLE):
        timing.measured(partial(let_in, numbers))
    return present


@act()
def publish_statements(
    *,
    dialogue: Dialogue,
    statements: Sequence[PolisStatement],
    people: dict[int, Participation],
) -> dict[int, Proposal]:
    """Statements as proposals, published when they were written."""
    published = {}
    for statement in statements:
        title, text = statement.wording
        moment = _moment(statement.created)
        proposal = Proposal.objects.create(
            dialogue=dialogue,
            item_id=dialogue.current_id,
            author=people[statement.author],
            kind=Proposal.Kind.STATEMENT,
            title=title,
            text=text,
            state=Proposal.State.PUBLISHED,
            written_at=moment,
            published_at=moment,
        )
        published[statement.id] = proposal
        if statement.moderated == ACCEPTED:
            # So that an export says again what the moderation had said.
            StatementMark.objects.create(
                proposal=proposal, state=StatementMark.State.IN
            )
        record(
            dialogue.stream_id,
            ProposalPublished(
                proposal=proposal.pk,
                digest=wording_digest(proposal),
                concerns=proposal.author_id,
            ),
        )
    return published


def import_stances(
    votes: Sequence[PolisVote],
    people: dict[int, Participation],
    proposals: dict[int, Proposal],
    timing: Timing,
) -> int:
    """Final votes as stances, through the only writer of stances.

    Sorted by statement: a batch then changes the counts of one or two rows.
    """
    in_order = sorted(votes, key=lambda vote: (vote.statement, vote.at))
    for batch in _batches(in_order, STANCES):
        requests = [
            StanceRequest(
                people[vote.voter].pk, proposals[vote.statement].pk, vote.stance
            )
            for vote in batch
        ]
        for answer in timing.measured(partial(take_stances, requests)):
            if isinstance(answer, Refusal):
                raise answer
    return len(votes)


def import_polis(
    *, export: PolisExport, project: Project, slug: str
) -> tuple[Dialogue, dict[str, Any]]:
    """The whole conversation as a second, independent dialogue of the project."""
    timing = Timing()
    in_order = export.in_order()
    dialogue = create_imported_dialogue(
        project=project,
        slug=free_slug(slug),
        title=export.topic,
        mode=Dialogue.Mode.ONLINE,
        allows=["stance"],
        starts_at=_moment(in_order[0].created) if in_order else clock.now(),
    )
    moderator = lead_dialogue(dialogue)
    dialogue.refresh_from_db()
    people = let_people_in(dialogue, export.people, timing)
    proposals: dict[int, Proposal] = {}
    for batch in _batches(in_order, STATEMENTS):
        proposals |= timing.measured(
            partial(
                publish_statements,
                dialogue=dialogue,
                statements=batch,
                people=people,
            )
        )
    known = [vote for vote in export.final_votes if vote.statement in proposals]
    stances = import_stances(known, people, proposals, timing)
    rejected = [row for row in in_order if row.is_rejected]
    for row in rejected:
        timing.measured(
            partial(
                hide_contribution,
                moderator=moderator,
                kind="proposal",
                pk=proposals[row.id].pk,
                rule=HIDING_RULE,
                reason=HIDING_REASON,
            )
        )
    return dialogue, {
        "people": len(people),
        "statements": len(proposals),
        "stances": stances,
        "votes_replaced_by_later_ones": len(export.votes) - len(export.final_votes),
        "votes_on_unknown_statements": len(export.final_votes) - len(known),
        "hidden": len(rejected),
        **timing.summary(),
    }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _batches(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
