"""Verbs of a ballot that was opened: open, pause, close, publish, annul."""

import hashlib
from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require
from ledger.actions import act, record
from ledger.chain import canonical
from proposals import box
from proposals.channels import (
    check_counted,
    freeze_tickets,
    hand_casts,
    ticket_pseudonym,
)
from proposals.counted import keep
from proposals.drafting import access_draft, check_read, draft_findings
from proposals.electorate import electors
from proposals.events import (
    BallotAnnulled,
    BallotClosed,
    BallotOpened,
    BallotPaused,
    BallotPublished,
)
from proposals.methods import METHODS
from proposals.methods.outcome import Cast
from proposals.models import (
    Ballot,
    Mark,
    Option,
    RollEntry,
    SealedMark,
    Tally,
    TallyRow,
)
from proposals.options import linked_proposals, linked_questions, title_now
from proposals.queries import access_ballot
from proposals.terms import terms_of
from shared import clock
from shared.errors import Refusal


@act()
def open_ballot(
    *, moderator: Participation, ballot_pk: int, seen: str | None = None
) -> Ballot:
    """Open it: the roll is frozen now, wording and options are fixed.

    `seen` is the `draft_sign` of what the moderator read: nothing else is opened.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.open_ballot", moderator, dialogue)
    ballot = access_draft(dialogue, ballot_pk)
    _renew_titles(ballot, dialogue)
    check_read(ballot, seen)
    if findings := draft_findings(ballot):
        raise Refusal("ballot.not_ready", findings[0])
    voters = electors(ballot, dialogue)
    tickets = freeze_tickets(ballot, dialogue)
    weights = [voter.vote_weight if ballot.uses_weights else 1 for voter in voters]
    if voters and not any(weights) and not tickets:
        raise Refusal(
            "ballot.no_weight",
            gettext_lazy(
                "Everybody on the roll has the weight 0, so no vote would count. "
                "Please set the weights first."
            ),
        )
    if not voters and not tickets:
        raise Refusal(
            "ballot.no_voters", gettext_lazy("Nobody in the room may vote in this.")
        )
    RollEntry.objects.bulk_create(
        RollEntry(ballot=ballot, participation=voter, weight=weight)
        for voter, weight in zip(voters, weights, strict=True)
    )
    ballot.roll_size = len(voters) + len(tickets)
    ballot.roll_weight = sum(weights) + len(tickets)
    names = [voter.pseudonym for voter in voters]
    names += [ticket_pseudonym(ticket) for ticket in tickets]
    ballot.roll_digest = hashlib.sha256(canonical(sorted(names))).hexdigest()
    ballot.item = dialogue.current
    ballot.state = Ballot.State.OPEN
    ballot.opened_at = clock.now()
    ballot.save()
    if ballot.is_secret:
        box.build(ballot)
    record(
        dialogue.stream_id,
        BallotOpened(
            ballot=ballot.pk,
            roll_size=ballot.roll_size,
            roll_digest=ballot.roll_digest,
            by=moderator.pk,
        ),
    )
    return ballot


def _renew_titles(ballot: Ballot, dialogue: Dialogue) -> None:
    """Options that are contributions read as these do now, from here on unchanged."""
    options = list(ballot.options.select_related("proposal", "question"))
    # Held until the commit: nobody hides or revises what is being put to the vote.
    linked_proposals(dialogue, tuple(o.proposal_id for o in options if o.proposal_id))
    linked_questions(dialogue, tuple(o.question_id for o in options if o.question_id))
    for option in options:
        option.title = title_now(option)
    Option.objects.bulk_update(options, ["title"])


@act()
def pause_ballot(*, moderator: Participation, ballot_pk: int) -> Ballot:
    """Take no votes for a while; those cast stay."""
    return _switch(moderator, ballot_pk, Ballot.State.OPEN, Ballot.State.PAUSED)


@act()
def resume_ballot(*, moderator: Participation, ballot_pk: int) -> Ballot:
    """Take votes again, by the same roll."""
    return _switch(moderator, ballot_pk, Ballot.State.PAUSED, Ballot.State.OPEN)


def _switch(
    moderator: Participation, ballot_pk: int, before: str, after: Ballot.State
) -> Ballot:
    moderator, dialogue = fresh(moderator)
    require("proposals.close_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state != before:
        raise Refusal("ballot.not_open", gettext_lazy("This ballot is not open."))
    ballot.state = after
    ballot.save(update_fields=["state"])
    record(
        dialogue.stream_id,
        BallotPaused(
            ballot=ballot.pk,
            is_paused=after == Ballot.State.PAUSED,
            by=moderator.pk,
        ),
    )
    return ballot


@act()
def close_ballot(
    *, moderator: Participation, ballot_pk: int, publishes: bool = True
) -> Ballot:
    """Close and count. Every vote committed before this commit counts, none after.

    Unless it `publishes`, only the moderators see the result until it is published.
    """
    moderator, dialogue = fresh(moderator)
    require("proposals.close_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state not in Ballot.RUNNING:
        raise Refusal("ballot.not_open", gettext_lazy("This ballot is not open."))
    freeze(ballot, moderator, publishes=publishes)
    return ballot


@act()
def publish_ballot(*, moderator: Participation, ballot_pk: int) -> Ballot:
    """Show the result of a closed ballot to everybody."""
    moderator, dialogue = fresh(moderator)
    require("proposals.close_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state != Ballot.State.CLOSED or ballot.published_at is not None:
        raise Refusal(
            "ballot.not_closed", gettext_lazy("There is no result to publish.")
        )
    publish(ballot, moderator)
    return ballot


def publish(ballot: Ballot, moderator: Participation) -> None:
    """Publish a locked closed ballot; inside an act."""
    ballot.published_at = clock.now()
    ballot.save(update_fields=["published_at"])
    record(
        ballot.dialogue.stream_id, BallotPublished(ballot=ballot.pk, by=moderator.pk)
    )


def freeze(
    ballot: Ballot, moderator: Participation, *, publishes: bool = True
) -> Tally:
    """Count a locked running ballot and keep the result; inside an act."""
    check_counted(ballot)
    if ballot.is_secret:
        box.seal(ballot)
    options = list(ballot.options.order_by("position"))
    casts = all_casts(ballot)
    turnout = len(casts)
    numbers = [option.pk for option in options]
    outcome = METHODS[ballot.method].count(casts, terms_of(ballot, options))
    tally = Tally.objects.create(
        ballot=ballot,
        eligible=ballot.roll_size,
        turnout=turnout,
        verdict=outcome.verdict,
        ballots_digest=sheets_digest(casts, numbers),
        counted_at=clock.now(),
    )
    TallyRow.objects.bulk_create(
        TallyRow(
            tally=tally,
            option=option,
            number=outcome.numbers[option.pk],
            is_chosen=option.pk in outcome.chosen,
        )
        for option in options
    )
    keep(ballot, tally, outcome)
    ballot.state = Ballot.State.CLOSED
    ballot.closed_at = clock.now()
    ballot.published_at = ballot.closed_at if publishes else None
    ballot.turnout = turnout
    ballot.save(update_fields=["state", "closed_at", "published_at", "turnout"])
    record(
        ballot.dialogue.stream_id,
        BallotClosed(
            ballot=ballot.pk,
            turnout=tally.turnout,
            ballots_digest=tally.ballots_digest,
            by=moderator.pk,
        ),
    )
    return tally


def casts_of(ballot: Ballot) -> list[Cast]:
    """All votes of a closed (or open, not secret) ballot, without any person."""
    sheets: dict[str | int, dict[int, int]] = {}
    if ballot.is_secret:
        for sealed in SealedMark.objects.filter(ballot=ballot).order_by("sheet"):
            sheets.setdefault(sealed.sheet, {})[sealed.option_id] = sealed.value
        return [Cast(sheet) for sheet in sheets.values()]
    weights: dict[str | int, int] = {}
    marks = Mark.objects.filter(vote__ballot=ballot).values_list(
        "vote_id", "vote__roll_entry__weight", "option_id", "value"
    )
    for vote, weight, option, value in marks:
        sheets.setdefault(vote, {})[option] = value
        weights[vote] = weight
    return [Cast(sheet, weights[vote]) for vote, sheet in sheets.items()]


def votes_of(
    ballot: Ballot, options: list[int]
) -> tuple[list[list[list[int]]], list[int], dict[str, list[list[list[int]]]]]:
    """A ballot's anonymous votes for its record: online, their weights, by channel.

    Those of a secret ballot all stand together: apart, the sheets of a channel of
    few would tell who is behind them.
    """
    if ballot.is_secret:
        return *anonymous_sheets(all_casts(ballot), options), {}
    by_hand = {
        channel: single_casts(rows) for channel, rows in hand_casts(ballot).items()
    }
    votes, weights = anonymous_sheets(casts_of(ballot), options)
    return (
        votes,
        weights,
        {
            channel: anonymous_sheets(rows, options)[0]
            for channel, rows in by_hand.items()
            if rows
        },
    )


def all_casts(ballot: Ballot) -> list[Cast]:
    """The votes of every channel, each sheet for itself."""
    by_hand = [cast for rows in hand_casts(ballot).values() for cast in rows]
    return casts_of(ballot) + single_casts(by_hand)


def single_casts(casts: Iterable[Cast]) -> list[Cast]:
    """Every hand or sheet of paper for itself."""
    return [Cast(cast.sheet) for cast in casts for __ in range(cast.weight)]


def anonymous_sheets(
    casts: Iterable[Cast], options: list[int]
) -> tuple[list[list[list[int]]], list[int]]:
    """Sheets as sorted [position, value] pairs, themselves sorted; and their weights.

    Sorted by content, the list says how often each choice was made and nothing
    of the order in which people voted. The weights are empty where all are 1.
    """
    position = {option: number for number, option in enumerate(options)}
    rows = sorted(
        (
            sorted([position[option], value] for option, value in cast.sheet.items()),
            cast.weight,
        )
        for cast in casts
    )
    weights = [weight for __, weight in rows]
    return [sheet for sheet, __ in rows], weights if set(weights) - {1} else []


def sheets_digest(casts: Iterable[Cast], options: list[int]) -> str:
    """SHA-256 of the anonymised votes, as they stand in the result record."""
    sheets, weights = anonymous_sheets(casts, options)
    facts = [sheets, weights] if weights else sheets
    return hashlib.sha256(canonical(facts)).hexdigest()


@act()
def annul_ballot(*, moderator: Participation, ballot_pk: int, reason: str) -> Ballot:
    """Void a ballot opened by mistake. It stays on record; its votes count nowhere."""
    moderator, dialogue = fresh(moderator)
    require("proposals.annul_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state not in (*Ballot.RUNNING, Ballot.State.CLOSED):
        raise Refusal("ballot.not_open", gettext_lazy("This ballot is not open."))
    if not reason:
        raise Refusal(
            "ballot.reason",
            gettext_lazy("Please say why the ballot is annulled."),
            status=400,
            field="reason",
        )
    if ballot.state in Ballot.RUNNING and ballot.is_secret:
        box.drop(ballot)
    ballot.state = Ballot.State.ANNULLED
    ballot.annulled_reason = reason
    ballot.closed_at = ballot.closed_at or clock.now()
    ballot.save(update_fields=["state", "annulled_reason", "closed_at"])
    record(dialogue.stream_id, BallotAnnulled(ballot=ballot.pk, by=moderator.pk))
    return ballot
