"""Takes a batch of votes or stances, and draws what each sender gets back.

Drawn in the writer's thread after the commit, and from what is known: thousands
answer at the same moment, and most of them get the same few texts.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from dialogue.models import Dialogue
from live import mine
from live.gauges import gauges
from live.voting_forms import put_values
from proposals.models import Ballot, Proposal, Stance, Support
from proposals.opinions.asking import Asking, asking_of
from proposals.stances import StanceRequest, StanceTaken, take_stances
from proposals.voting import Receipt, VoteRequest, cast_votes
from shared.errors import Refusal
from shared.rows import Listed

logger = logging.getLogger(__name__)

# Stands where the receipt will: drawn texts are the same for all but that.
PLACE = "RECEIPT-PLACE"


@dataclass(frozen=True)
class VoteCall:
    """A request, and the language of the screen it came from."""

    request: VoteRequest
    language: str


@dataclass(frozen=True)
class StanceCall:
    """`wants_next`: the sender answers one statement after the other."""

    request: StanceRequest
    language: str
    wants_next: bool


def cast_and_draw(calls: Sequence[VoteCall]) -> list[str | Refusal]:
    """Answers in the order of `calls`: `"ok":…,"mine":…` as JSON, or a Refusal."""
    answers = cast_votes([call.request for call in calls])
    gauges.batches += 1
    gauges.votes += sum(isinstance(answer, Receipt) for answer in answers)
    return _drawn(calls, answers, _VoteDrawer)


def take_and_draw(calls: Sequence[StanceCall]) -> list[str | Refusal]:
    """As `cast_and_draw`, with the sender's own card and the next statement."""
    answers = take_stances([call.request for call in calls])
    gauges.batches += 1
    gauges.stances += sum(isinstance(answer, StanceTaken) for answer in answers)
    return _drawn(calls, answers, _StanceDrawer)


def _drawn(
    calls: Sequence[Any],
    answers: Sequence[Any],
    drawer_class: Callable[[list[tuple[Any, Any]]], Any],
) -> list[str | Refusal]:
    accepted = [
        (call, answer)
        for call, answer in zip(calls, answers, strict=True)
        if not isinstance(answer, Refusal)
    ]
    try:
        texts = iter(drawer_class(accepted).texts())
        return [
            answer if isinstance(answer, Refusal) else next(texts) for answer in answers
        ]
    except Exception:
        # It is committed: that must be said, whatever else goes wrong.
        logger.exception("answers could not be drawn")
        return [
            answer if isinstance(answer, Refusal) else _plain(answer)
            for answer in answers
        ]


def _plain(answer: Receipt | StanceTaken) -> str:
    if isinstance(answer, Receipt):
        return _encoded({"ballot": answer.ballot_pk, "receipt": answer.code}, {})
    return _encoded({"proposal": answer.proposal_pk, "value": answer.value}, {})


def _encoded(ok: dict[str, Any], slots: dict[str, str]) -> str:
    text = json.dumps(
        {"ok": ok, "mine": slots}, ensure_ascii=False, separators=(",", ":")
    )
    return text[1:-1]


class _VoteDrawer:
    def __init__(self, accepted: list[tuple[VoteCall, Receipt]]) -> None:
        self.accepted = accepted
        pks = {receipt.ballot_pk for __, receipt in accepted}
        self.ballots = Ballot.objects.prefetch_related(
            "options__proposal", "options__question"
        ).in_bulk(list(pks))
        self.codes = dict(
            Dialogue.objects.filter(
                pk__in={ballot.dialogue_id for ballot in self.ballots.values()}
            ).values_list("pk", "code")
        )
        # What the card shows; a text drawn for the same facts can be used again.
        self.known = {
            pk: _Known(
                ballot,
                (
                    pk,
                    self.codes[ballot.dialogue_id],
                    ballot.state,
                    *((row.pk, row.shown_title) for row in ballot.options.all()),
                ),
            )
            for pk, ballot in self.ballots.items()
        }

    def texts(self) -> list[str]:
        return [
            put_values(
                _vote_text(
                    self.known[receipt.ballot_pk],
                    self.known[receipt.ballot_pk].reason(call.request),
                    call.language,
                ),
                call.request.marks,
            ).replace(PLACE, receipt.code)
            for call, receipt in self.accepted
        ]


class _Known:
    """A ballot that counts as the same when its card shows the same."""

    def __init__(self, ballot: Ballot, facts: tuple[Any, ...]) -> None:
        self.ballot, self.facts, self.hash = ballot, facts, hash(facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self.facts == other.facts

    def __hash__(self) -> int:
        return self.hash

    def reason(self, request: VoteRequest) -> str:
        """What the card shows of an objection: of a secret vote nothing."""
        return "" if self.ballot.is_secret else request.reason


@lru_cache(maxsize=2000)
def _vote_text(known: _Known, reason: str, language: str) -> str:
    ballot = known.ballot
    with translation.override(language):
        return _encoded(
            {
                "ballot": ballot.pk,
                "receipt": PLACE,
                "message": _("Your vote is counted. Receipt: %(code)s")
                % {"code": PLACE},
            },
            mine.voted_slot(known.facts[1], ballot, PLACE, reason),
        )


class _StanceDrawer:
    def __init__(self, accepted: list[tuple[StanceCall, StanceTaken]]) -> None:
        self.accepted = accepted
        people = {call.request.participation_pk for call, __ in accepted}
        wanted = {taken.proposal_pk for __, taken in accepted}
        self.proposals = (
            Proposal.objects.select_related("dialogue")
            .only("title", "text", "author", "dialogue__code")
            .in_bulk(list(wanted))
        )
        self.codes = {
            row.dialogue_id: row.dialogue.code for row in self.proposals.values()
        }
        self.supports = set(
            Support.objects.filter(
                participation_id__in=Listed(people), proposal_id__in=wanted
            ).values_list("participation_id", "proposal_id")
        )
        self.answered: dict[int, set[int]] = defaultdict(set)
        self.statements: dict[int, list[int]] = defaultdict(list)
        self.asking: dict[int, Asking | None] = {}
        asking = {
            call.request.participation_pk for call, __ in accepted if call.wants_next
        }
        if asking:
            self._fetch_statements(asking)

    def _fetch_statements(self, people: set[int]) -> None:
        for person, proposal in Stance.objects.filter(
            participation_id__in=Listed(people)
        ).values_list("participation_id", "proposal_id"):
            self.answered[person].add(proposal)
        # As `proposals.queries.next_statement`: by priority, or fewest stances first.
        rows = Proposal.objects.filter(
            dialogue_id__in=self.codes, state=Proposal.State.PUBLISHED
        ).values_list("dialogue_id", "pk", "agrees", "disagrees", "passes")
        for row in sorted(rows, key=lambda row: (sum(row[2:]), row[1])):
            self.statements[row[0]].append(row[1])
        self.asking = {pk: asking_of(pk) for pk in self.codes}
        following = {
            pk
            for call, taken in self.accepted
            if call.wants_next and (pk := self._following(call, taken))
        }
        self.proposals |= Proposal.objects.in_bulk(list(following))

    def _following(self, call: StanceCall, taken: StanceTaken) -> int | None:
        answered = self.answered[call.request.participation_pk]
        dialogue_pk = self.proposals[taken.proposal_pk].dialogue_id
        missing = (pk for pk in self.statements[dialogue_pk] if pk not in answered)
        asking = self.asking[dialogue_pk]
        if asking is not None:
            return asking.next_of(call.request.participation_pk, missing)
        return next(missing, None)

    def texts(self) -> list[str]:
        return [self._text(call, taken) for call, taken in self.accepted]

    def _text(self, call: StanceCall, taken: StanceTaken) -> str:
        proposal = self.proposals[taken.proposal_pk]
        person = call.request.participation_pk
        code = self.codes[proposal.dialogue_id]
        slots = {
            f"proposal-{proposal.pk}": _proposal_slot(
                code,
                proposal.pk,
                proposal.title,
                str(taken.value),
                (person, proposal.pk) in self.supports,
                proposal.author_id == person,
                call.language,
            )
        }
        if call.wants_next:
            following = self.proposals.get(self._following(call, taken) or 0)
            slots["statement"] = _statement_slot(
                code,
                following.pk if following else None,
                following.title if following else "",
                following.text if following else "",
                len(self.answered[person]),
                call.language,
            )
        return _encoded({"proposal": proposal.pk, "value": str(taken.value)}, slots)


@lru_cache(maxsize=4096)
def _proposal_slot(
    code: str,
    pk: int,
    title: str,
    stance: str,
    supports: bool,
    own: bool,
    language: str,
) -> str:
    with translation.override(language):
        return mine.draw_mine(
            "proposal",
            dialogue=Dialogue(code=code),
            proposal=Proposal(pk=pk, title=title),
            mine={"stance": stance, "supports": supports, "own": own},
        )


@lru_cache(maxsize=1000)
def _statement_slot(
    code: str, pk: int | None, title: str, text: str, answered: int, language: str
) -> str:
    with translation.override(language):
        return mine.draw_mine(
            "statement",
            dialogue=Dialogue(code=code),
            proposal=Proposal(pk=pk, title=title, text=text) if pk else None,
            answered=answered,
        )
