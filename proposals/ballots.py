"""Verbs of a ballot's life: draft, open, close, annul."""

import hashlib

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require, share_lock
from dialogue.rules import takes_part
from ledger.actions import act, record
from ledger.chain import canonical
from proposals import box
from proposals.events import (
    BallotAnnulled,
    BallotClosed,
    BallotDrafted,
    BallotOpened,
)
from proposals.methods import METHODS
from proposals.methods.outcome import Cast, Sheet
from proposals.models import (
    Ballot,
    Mark,
    Option,
    Proposal,
    RollEntry,
    SealedMark,
    Tally,
    TallyRow,
)
from proposals.queries import access_ballot
from proposals.terms import terms_of
from shared import clock
from shared.errors import Refusal

MOST_OPTIONS = 30


@act()
def draft_ballot(
    *,
    moderator: Participation,
    title: str,
    text: str = "",
    method: str = Ballot.Method.YES_NO,
    secrecy: str = Ballot.Secrecy.SECRET,
    electorate: str = Ballot.Electorate.ROOM,
    most_options: int = 1,
    hides_count: bool = True,
    options: tuple[str, ...] = (),
    proposals: tuple[int, ...] = (),
) -> Ballot:
    """Prepare a ballot. `options` are titles; `proposals` become options by link."""
    moderator, dialogue = fresh(moderator)
    require("proposals.draft_ballot", moderator, dialogue)
    if dialogue.is_over:
        raise Refusal("dialogue.closed", gettext_lazy("This dialogue is closed."))
    ballot = Ballot.objects.create(
        dialogue=dialogue,
        title=title,
        text=text,
        method=method,
        secrecy=secrecy,
        electorate=electorate,
        most_options=most_options,
        hides_count=hides_count,
    )
    share_lock(Proposal, sorted(proposals))
    if method == Ballot.Method.YES_NO:
        rows = [
            Option(title=_("Yes"), key="yes"),
            Option(title=_("No"), key="no"),
            Option(title=_("Abstain"), key="abstain"),
        ]
        # A yes-no ballot may be about one proposal, which its "yes" links to.
        rows[0].proposal = next(iter(_linked(dialogue, proposals[:1])), None)
    else:
        rows = [
            Option(title=row.title, proposal=row)
            for row in _linked(dialogue, proposals)
        ]
        rows += [Option(title=option) for option in options if option]
    _check_options(ballot, rows)
    for position, row in enumerate(rows):
        row.ballot, row.position = ballot, position
    Option.objects.bulk_create(rows)
    record(dialogue.stream_id, BallotDrafted(ballot=ballot.pk, by=moderator.pk))
    return ballot


def _linked(dialogue: Dialogue, pks: tuple[int, ...]) -> list[Proposal]:
    """The published proposals `pks`, in this order; a Refusal if one is not there."""
    found = dialogue.proposals.filter(state=Proposal.State.PUBLISHED).in_bulk(pks)
    if set(found) != set(pks):
        raise Refusal(
            "ballot.proposal_gone",
            gettext_lazy("A proposal chosen as option is not there any more."),
            field="proposals",
        )
    return [found[pk] for pk in dict.fromkeys(pks)]


def _check_options(ballot: Ballot, rows: list[Option]) -> None:
    if len(rows) < 2:
        raise Refusal(
            "ballot.options",
            gettext_lazy("Please give at least two options."),
            status=400,
            field="options",
        )
    titles = {" ".join(row.title.casefold().split()) for row in rows}
    if len(rows) > MOST_OPTIONS or len(titles) != len(rows):
        raise Refusal(
            "ballot.options",
            gettext_lazy("Please give at most 30 options, each only once."),
            status=400,
            field="options",
        )
    if ballot.method == Ballot.Method.MULTIPLE and not (
        1 <= ballot.most_options <= len(rows)
    ):
        raise Refusal(
            "ballot.most_options",
            gettext_lazy("Please say how many options each person may choose."),
            status=400,
            field="most_options",
        )


@act()
def open_ballot(*, moderator: Participation, ballot_pk: int) -> Ballot:
    """Open it: the roll is frozen now, wording and options are fixed."""
    moderator, dialogue = fresh(moderator)
    require("proposals.open_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state != Ballot.State.DRAFT:
        raise Refusal(
            "ballot.not_draft", gettext_lazy("This ballot was opened already.")
        )
    _renew_titles(ballot, dialogue)
    voters = [
        participation
        for participation in dialogue.participations.select_related("person")
        if takes_part(participation, dialogue)
        and (
            ballot.electorate == Ballot.Electorate.ROOM
            or not participation.person.is_guest
        )
    ]
    if not voters:
        raise Refusal(
            "ballot.no_voters", gettext_lazy("Nobody in the room may vote in this.")
        )
    RollEntry.objects.bulk_create(
        RollEntry(ballot=ballot, participation=voter) for voter in voters
    )
    ballot.roll_size = len(voters)
    ballot.roll_digest = hashlib.sha256(
        canonical(sorted(voter.pseudonym for voter in voters))
    ).hexdigest()
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
    """Options that are proposals read as these do now, from here on unchanged."""
    options = list(ballot.options.exclude(proposal=None).order_by("position"))
    linked = _linked(dialogue, tuple(option.proposal_id or 0 for option in options))
    for option, proposal in zip(options, linked, strict=True):
        if not option.key:
            option.title = proposal.title
    Option.objects.bulk_update(options, ["title"])


@act()
def close_ballot(*, moderator: Participation, ballot_pk: int) -> Ballot:
    """Close and count. Every vote committed before this commit counts, none after."""
    moderator, dialogue = fresh(moderator)
    require("proposals.close_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state != Ballot.State.OPEN:
        raise Refusal("ballot.not_open", gettext_lazy("This ballot is not open."))
    freeze(ballot, moderator)
    return ballot


def freeze(ballot: Ballot, moderator: Participation) -> Tally:
    """Count a locked open ballot and keep the result; inside an act."""
    if ballot.is_secret:
        box.seal(ballot)
    options = list(ballot.options.order_by("position"))
    sheets = cast_sheets(ballot)
    numbers = [option.pk for option in options]
    outcome = METHODS[ballot.method].count(
        [Cast(sheet) for sheet in sheets], terms_of(ballot, options)
    )
    tally = Tally.objects.create(
        ballot=ballot,
        eligible=ballot.roll_size,
        turnout=len(sheets),
        verdict=outcome.verdict,
        ballots_digest=sheets_digest(sheets, numbers),
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
    ballot.state = Ballot.State.CLOSED
    ballot.closed_at = clock.now()
    ballot.turnout = len(sheets)
    ballot.save(update_fields=["state", "closed_at", "turnout"])
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


def cast_sheets(ballot: Ballot) -> list[Sheet]:
    """All votes of a closed (or open, not secret) ballot, without any person."""
    sheets: dict[str | int, dict[int, int]] = {}
    if ballot.is_secret:
        for sealed in SealedMark.objects.filter(ballot=ballot).order_by("sheet"):
            sheets.setdefault(sealed.sheet, {})[sealed.option_id] = sealed.value
    else:
        for mark in Mark.objects.filter(vote__ballot=ballot):
            sheets.setdefault(mark.vote_id, {})[mark.option_id] = mark.value
    return list(sheets.values())


def anonymous_sheets(sheets: list[Sheet], options: list[int]) -> list[list[list[int]]]:
    """Sheets as sorted [position, value] pairs, themselves sorted.

    Sorted by content, the list says how often each choice was made and nothing
    of the order in which people voted.
    """
    position = {option: number for number, option in enumerate(options)}
    return sorted(
        sorted([position[option], value] for option, value in sheet.items())
        for sheet in sheets
    )


def sheets_digest(sheets: list[Sheet], options: list[int]) -> str:
    """SHA-256 of the anonymised votes, as they stand in the result record."""
    return hashlib.sha256(canonical(anonymous_sheets(sheets, options))).hexdigest()


@act()
def annul_ballot(*, moderator: Participation, ballot_pk: int, reason: str) -> Ballot:
    """Void a ballot opened by mistake. It stays on record; its votes count nowhere."""
    moderator, dialogue = fresh(moderator)
    require("proposals.annul_ballot", moderator, dialogue)
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state not in (Ballot.State.OPEN, Ballot.State.CLOSED):
        raise Refusal("ballot.not_open", gettext_lazy("This ballot is not open."))
    if not reason:
        raise Refusal(
            "ballot.reason",
            gettext_lazy("Please say why the ballot is annulled."),
            status=400,
            field="reason",
        )
    if ballot.state == Ballot.State.OPEN and ballot.is_secret:
        box.drop(ballot)
    ballot.state = Ballot.State.ANNULLED
    ballot.annulled_reason = reason
    ballot.closed_at = ballot.closed_at or clock.now()
    ballot.save(update_fields=["state", "annulled_reason", "closed_at"])
    record(dialogue.stream_id, BallotAnnulled(ballot=ballot.pk, by=moderator.pk))
    return ballot
