"""Verbs of the opinion map: show it, say what counts, put statements in, redraw it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from dialogue.meanwhile import changed_meanwhile
from dialogue.models import Dialogue, Participation
from dialogue.queries import forbidden, fresh, require
from ledger.actions import act, record
from proposals.events import (
    MapState,
    OpinionMapDrawn,
    OpinionMapSet,
    ProposalPublished,
    StatementMarked,
)
from proposals.models import OpinionMap, Proposal, StatementMark
from proposals.opinions.reading import counting_of, table_of
from proposals.opinions.shown import Facts, facts_of
from proposals.opinions.table import StanceTable
from proposals.queries import wording_digest
from shared import clock
from shared.errors import Refusal
from shared.signs import sign_of
from shared.texts import clean_line

# Drawn less than this ago, by another process: it is not drawn once more.
JUST_NOW = timedelta(seconds=0.8)
LONGEST_SEED = 140
MOST_SEEDS = 50

Reckoning = Callable[[StanceTable, Mapping[str, Any] | None], Facts]


@act()
def set_opinion_map(
    *,
    moderator: Participation,
    is_shown: bool,
    on_projector: bool = False,
    mode: str = OpinionMap.Mode.OPEN,
    seen: str | None = None,
) -> OpinionMap:
    """Show the map or take it off; say whether statements count at once.

    `seen` is the `map_sign` of what the moderator saw.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.set_opinion_map", moderator, dialogue)
    if mode not in OpinionMap.Mode.values:
        raise Refusal(
            "opinions.mode", _("Please choose how statements count."), field="mode"
        )
    row, __ = OpinionMap.objects.select_for_update().get_or_create(dialogue=dialogue)
    wanted = (is_shown, on_projector and is_shown, mode)
    if (row.is_shown, row.on_projector, row.mode) == wanted:
        return row
    if seen not in (None, map_sign(row)):
        raise changed_meanwhile(
            dialogue,
            "opinions.changed_meanwhile",
            OpinionMapSet.kind,
            seen=map_sign(row),
        )
    row.is_shown, row.on_projector, row.mode = wanted
    row.save(update_fields=["is_shown", "on_projector", "mode"])
    record(
        dialogue.stream_id,
        OpinionMapSet(
            by=moderator.pk,
            shown=row.is_shown,
            projector=row.on_projector,
            strict=row.mode == OpinionMap.Mode.STRICT,
        ),
    )
    return row


def map_sign(row: OpinionMap | None) -> str:
    """A short sign of what `set_opinion_map` sets; another one when that changes."""
    row = row or OpinionMap()
    return sign_of(row.is_shown, row.on_projector, str(row.mode))


@act()
def mark_statement(
    *,
    moderator: Participation,
    proposal_pk: int,
    state: MapState,
    is_meta: bool = False,
    seen: str | None = None,
) -> StatementMark:
    """Take a statement into the map or leave it out; or say it is about the talk.

    `seen` is the `mark_sign` of what the moderator saw.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.mark_statement", moderator, dialogue)
    proposal = dialogue.proposals.filter(
        pk=proposal_pk, state=Proposal.State.PUBLISHED
    ).first()
    if proposal is None or state not in StatementMark.State.values:
        raise forbidden()
    mark, __ = StatementMark.objects.select_for_update().get_or_create(
        proposal=proposal
    )
    if (mark.state, mark.is_meta) != (state, is_meta):
        if seen not in (None, mark_sign(mark)):
            raise changed_meanwhile(
                dialogue,
                "opinions.changed_meanwhile",
                StatementMarked.kind,
                seen=mark_sign(mark),
                proposal=proposal.pk,
            )
        mark.state, mark.is_meta = state, is_meta
        mark.save()
        record(
            dialogue.stream_id,
            StatementMarked(
                proposal=proposal.pk, by=moderator.pk, state=state, meta=is_meta
            ),
        )
    return mark


def mark_sign(mark: StatementMark | None) -> str:
    """A short sign of what `mark_statement` sets; another one when that changes."""
    mark = mark or StatementMark()
    return sign_of(str(mark.state), mark.is_meta)


@act()
def seed_statements(*, moderator: Participation, lines: str) -> list[Proposal]:
    """Put in statements, one a line, so that the first people find some to answer.

    They are the moderation's own and count at once. Those already there are left out.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.seed_statements", moderator, dialogue)
    titles = list(
        dict.fromkeys(line for raw in lines.splitlines() if (line := clean_line(raw)))
    )
    _check_seeds(titles)
    there = {
        title.casefold()
        for title in dialogue.proposals.filter(
            state=Proposal.State.PUBLISHED
        ).values_list("title", flat=True)
    }
    moment = clock.now()
    # One moment each, so that every screen lists them in the same order.
    step = timedelta(milliseconds=1)
    rows = [
        Proposal.objects.create(
            dialogue=dialogue,
            item=dialogue.current,
            author=moderator,
            kind=Proposal.Kind.STATEMENT,
            title=title,
            state=Proposal.State.PUBLISHED,
            written_at=moment + place * step,
            published_at=moment + place * step,
        )
        for place, title in enumerate(titles)
        if title.casefold() not in there
    ]
    for row in rows:
        StatementMark.objects.create(proposal=row, state=StatementMark.State.IN)
        record(
            dialogue.stream_id,
            ProposalPublished(proposal=row.pk, digest=wording_digest(row)),
        )
    return rows


def _check_seeds(titles: Sequence[str]) -> None:
    if not titles:
        raise Refusal(
            "opinions.no_seeds",
            _("Please write at least one statement."),
            status=400,
            field="lines",
        )
    if len(titles) > MOST_SEEDS:
        raise Refusal(
            "opinions.many_seeds",
            _("At most %(most)s statements at once, please.") % {"most": MOST_SEEDS},
            status=400,
            field="lines",
        )
    for number, title in enumerate(titles, start=1):
        if len(title) > LONGEST_SEED:
            raise Refusal(
                "opinions.long_seed",
                _("Statement %(number)s is longer than %(most)s characters.")
                % {"number": number, "most": LONGEST_SEED},
                status=400,
                field="lines",
            )


def redraw(dialogue: Dialogue, reckon: Reckoning = facts_of) -> bool | None:
    """Draw the map again if anything it rests on has changed; whether it has.

    None if it was drawn a moment ago and has to be asked for again. The figures are
    read and reckoned before the act: nobody's vote waits for them. `reckon` says where
    that is done.
    """
    row = OpinionMap.objects.filter(dialogue=dialogue, is_shown=True).first()
    if row is None or row.is_final:
        return False
    counting = counting_of(dialogue)
    is_final = dialogue.is_over
    if row.basis == counting.basis and not is_final:
        return False
    now = clock.now()
    if (
        not is_final
        and row.drawn_at is not None
        and timedelta() <= now - row.drawn_at < JUST_NOW
    ):
        return None
    facts = reckon(table_of(dialogue, counting=counting), row.facts)
    return _keep(row, counting.basis, facts, is_final=is_final)


@act()
def _keep(
    row: OpinionMap, basis: str, facts: dict[str, Any], *, is_final: bool
) -> bool:
    held = OpinionMap.objects.select_for_update().get(pk=row.pk)
    if held.basis != row.basis or held.is_final:
        return False
    has_changed = held.facts != facts
    held.basis, held.facts, held.is_final = basis, facts, is_final
    held.drawn_at = clock.now()
    held.save(update_fields=["basis", "facts", "is_final", "drawn_at"])
    if has_changed:
        record(
            held.dialogue.stream_id,
            OpinionMapDrawn(
                people=facts["people"],
                statements=facts["statements"],
                groups=len(facts.get("groups", ())),
            ),
        )
    return has_changed
