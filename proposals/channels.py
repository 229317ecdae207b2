"""Verbs of mixed mode: tickets of the hall and the phone, and counting by hand.

A hand count holds once two people have entered the same, each for themselves
(four eyes, as in a polling station). A ticket votes by hand or online, never both.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from dialogue.models import Dialogue, Participation
from dialogue.queries import fresh, require
from ledger.actions import act, record
from ledger.chain import canonical
from proposals.events import HandCounted, TicketChanged, TicketsIssued
from proposals.methods import METHODS
from proposals.methods.outcome import Cast
from proposals.models import (
    Ballot,
    Channel,
    HandCount,
    HandMark,
    HandSheet,
    Ticket,
    TicketRollEntry,
)
from proposals.queries import access_ballot
from proposals.terms import terms_of
from shared import clock
from shared.errors import Refusal

MOST_TICKETS = 2000
# So many equal sheets: marks (option pk -> value) and copies.
Sheets = Sequence[tuple[Mapping[int, int], int]]


# --- tickets ----------------------------------------------------------------------
@act()
def issue_tickets(
    *, moderator: Participation, number: int, channel: str = Channel.HALL
) -> list[Ticket]:
    """Make `number` tickets to print; each is worth nothing until it is checked in."""
    moderator, dialogue = fresh(moderator)
    require("proposals.issue_tickets", moderator, dialogue)
    Dialogue.objects.select_for_update(no_key=True).get(pk=dialogue.pk)
    last = Ticket.objects.filter(dialogue=dialogue).aggregate(last=Max("number"))
    first = (last["last"] or 0) + 1
    if not 1 <= number <= MOST_TICKETS or first + number > MOST_TICKETS + 1:
        raise Refusal(
            "ticket.number",
            _("Please make at most 2,000 tickets for a dialogue."),
            status=400,
            field="number",
        )
    tickets = Ticket.objects.bulk_create(
        Ticket(dialogue=dialogue, number=n, channel=channel)
        for n in range(first, first + number)
    )
    record(
        dialogue.stream_id,
        TicketsIssued(number=number, channel=channel, by=moderator.pk),
    )
    return tickets


@act()
def check_in(*, moderator: Participation, code: str) -> Ticket:
    """Somebody is here with this ticket (its code or number). Once only."""
    moderator, dialogue = fresh(moderator)
    require("proposals.check_in", moderator, dialogue)
    ticket = _access_ticket(dialogue, code)
    if ticket.checked_in_at is not None:
        raise Refusal(
            "ticket.checked_in",
            _("This ticket was checked in already. Is it a copy?"),
            field="code",
        )
    ticket.checked_in_at = clock.now()
    ticket.save(update_fields=["checked_in_at"])
    record(dialogue.stream_id, TicketChanged(ticket=ticket.pk, by=moderator.pk))
    return ticket


@act()
def use_ticket(*, participation: Participation, code: str) -> Ticket:
    """Vote online with one's ticket, from the next ballot on, and no longer by hand."""
    participation, dialogue = fresh(participation)
    require("proposals.use_ticket", participation, dialogue)
    ticket = _access_ticket(dialogue, code, by_number=False)
    if ticket.checked_in_at is None:
        raise Refusal(
            "ticket.not_here",
            _("Please have your ticket checked in at the door first."),
            field="code",
        )
    if ticket.participation_id not in (None, participation.pk):
        raise Refusal(
            "ticket.used", _("Somebody votes with this ticket already."), field="code"
        )
    if Ticket.objects.filter(participation=participation).exclude(pk=ticket.pk):
        raise Refusal(
            "ticket.one_each", _("You vote with another ticket already."), field="code"
        )
    ticket.participation = participation
    ticket.save(update_fields=["participation"])
    record(dialogue.stream_id, TicketChanged(ticket=ticket.pk, by=participation.pk))
    return ticket


def _access_ticket(dialogue: Dialogue, code: str, *, by_number: bool = True) -> Ticket:
    said = "".join(code.split()).upper()
    rows = Ticket.objects.select_for_update(of=("self",)).filter(dialogue=dialogue)
    ticket = rows.filter(code=said).first()
    # The number is printed large and may be guessed: good enough for the door only.
    if ticket is None and by_number and said.isdecimal() and len(said) <= 4:
        ticket = rows.filter(number=int(said)).first()
    if ticket is None:
        raise Refusal(
            "ticket.unknown",
            _("There is no such ticket. Please check the code."),
            status=404,
            field="code",
        )
    return ticket


def freeze_tickets(ballot: Ballot, dialogue: Dialogue) -> list[Ticket]:
    """The analogue roll of a ballot that opens: who is here and votes by hand."""
    if not ballot.is_mixed:
        return []
    tickets = list(
        Ticket.objects.select_for_update(of=("self",))
        .filter(dialogue=dialogue, participation=None)
        .exclude(checked_in_at=None)
        .order_by("number")
    )
    TicketRollEntry.objects.bulk_create(
        TicketRollEntry(ballot=ballot, ticket=ticket) for ticket in tickets
    )
    return tickets


def ticket_pseudonym(ticket: Ticket) -> str:
    """How a ticket stands on the roll whose digest is published."""
    facts = canonical([ticket.dialogue_id, ticket.number, ticket.code])
    return hashlib.sha256(facts).hexdigest()[:16]


@act()
def tick_off(*, moderator: Participation, ballot_pk: int, code: str) -> TicketRollEntry:
    """A ticket drops its sheet into the hall's box: noted, so that it does so once."""
    moderator, dialogue = fresh(moderator)
    require("proposals.count_by_hand", moderator, dialogue)
    ballot = _running(dialogue, ballot_pk)
    ticket = _access_ticket(dialogue, code)
    row = (
        TicketRollEntry.objects.select_for_update(of=("self",))
        .filter(ballot=ballot, ticket=ticket)
        .first()
    )
    if row is None:
        raise Refusal(
            "ticket.not_on_roll",
            _("This ticket does not vote by hand in this ballot."),
            status=403,
            field="code",
        )
    if row.has_voted:
        raise Refusal(
            "ticket.has_voted", _("This ticket has voted already."), field="code"
        )
    row.has_voted = True
    row.save(update_fields=["has_voted"])
    record(dialogue.stream_id, TicketChanged(ticket=ticket.pk, by=moderator.pk))
    return row


# --- counting by hand -------------------------------------------------------------
@act()
def count_by_hand(
    *, moderator: Participation, ballot_pk: int, channel: str, sheets: Sheets
) -> HandCount:
    """Enter what one has counted; an earlier entry of one's own is replaced."""
    moderator, dialogue = fresh(moderator)
    require("proposals.count_by_hand", moderator, dialogue)
    ballot = _running(dialogue, ballot_pk)
    _check_sheets(ballot, Channel(channel), sheets)
    HandCount.objects.filter(
        ballot=ballot, channel=channel, counted_by=moderator
    ).delete()
    count = HandCount.objects.create(
        ballot=ballot,
        channel=channel,
        counted_by=moderator,
        counted_at=clock.now(),
        ticked=ticked_off(ballot)[channel],
    )
    for marks, copies in sheets:
        if not copies:
            continue
        sheet = HandSheet.objects.create(count=count, copies=copies)
        HandMark.objects.bulk_create(
            HandMark(sheet=sheet, option_id=option, value=value)
            for option, value in marks.items()
        )
    record(
        dialogue.stream_id,
        HandCounted(
            ballot=ballot.pk,
            channel=channel,
            holds=agreed(ballot, channel) is not None,
            by=moderator.pk,
        ),
    )
    return count


def _running(dialogue: Dialogue, ballot_pk: int) -> Ballot:
    ballot = access_ballot(dialogue, ballot_pk, lock=True)
    if ballot.state not in Ballot.RUNNING:
        raise Refusal("ballot.not_open", _("This ballot is not open."))
    if not ballot.is_mixed:
        raise Refusal("ballot.online_only", _("Nobody votes by hand in this ballot."))
    return ballot


def _check_sheets(ballot: Ballot, channel: str, sheets: Sheets) -> None:
    terms = terms_of(ballot, list(ballot.options.order_by("position")))
    method = METHODS[ballot.method]
    for number, (marks, copies) in enumerate(sheets, 1):
        if copies < 0:
            raise _bad_count(_("A number of sheets cannot be negative."))
        if not copies:
            continue
        try:
            method.check(marks, terms)
        except Refusal as refusal:
            raise _bad_count(
                _("Line %(number)d: %(why)s")
                % {"number": number, "why": refusal.message}
            ) from None
    roll = TicketRollEntry.objects.filter(ballot=ballot, ticket__channel=channel)
    ticked = roll.filter(has_voted=True).count()
    most = ticked or roll.count()
    total = sum(copies for __, copies in sheets)
    if total > most:
        raise _bad_count(
            _("You counted %(total)d, but only %(most)d can have voted so.")
            % {"total": total, "most": most}
        )


def _bad_count(why: object) -> Refusal:
    return Refusal("count.wrong", why, status=400, field="sheets")


def sheets_of(count: HandCount) -> Counter[tuple[tuple[int, int], ...]]:
    """What was counted, as marks and how often they came."""
    found: Counter[tuple[tuple[int, int], ...]] = Counter()
    for sheet in count.sheets.prefetch_related("marks"):
        marks = sorted((mark.option_id, mark.value) for mark in sheet.marks.all())
        found[tuple(marks)] += sheet.copies
    return found


def agreed(ballot: Ballot, channel: str) -> list[Cast] | None:
    """The votes of a channel that two people counted alike; None before that.

    Counts from before another ticket was ticked off do not hold any more.
    """
    counts = HandCount.objects.filter(
        ballot=ballot, channel=channel, ticked__gte=ticked_off(ballot)[channel]
    ).order_by("-pk")
    seen: list[Counter[tuple[tuple[int, int], ...]]] = []
    for count in counts:
        sheets = sheets_of(count)
        if sheets in seen:
            return [Cast(dict(marks), copies) for marks, copies in sheets.items()]
        seen.append(sheets)
    return None


def ticked_off(ballot: Ballot) -> Counter[str]:
    """Channel -> how many tickets have dropped their sheet into its box."""
    return Counter(
        TicketRollEntry.objects.filter(ballot=ballot, has_voted=True).values_list(
            "ticket__channel", flat=True
        )
    )


def check_counted(ballot: Ballot) -> None:
    """Refuse to close while tickets that voted by hand stand in no count.

    A count may hold fewer sheets than were ticked off: a spoilt one is not entered.
    """
    voted = ticked_off(ballot)
    for count in ballot.hand_counts.all():
        later = voted[count.channel] - count.ticked
        if later > 0 and agreed(ballot, count.channel) is None:
            raise Refusal(
                "count.outdated",
                ngettext_lazy(
                    "%(number)d ticket was ticked off (%(channel)s) after a count was "
                    "entered. Please have both people look again and enter their "
                    "count once more, even if it stays the same.",
                    "%(number)d tickets were ticked off (%(channel)s) after a count "
                    "was entered. Please have both people look again and enter their "
                    "count once more, even if it stays the same.",
                    "number",
                )
                % {
                    "number": later,
                    "channel": Channel(count.channel).label,
                },
            )
    counted = set(ballot.hand_counts.values_list("channel", flat=True))
    for channel in sorted(set(voted) - counted):
        raise Refusal(
            "count.not_agreed",
            ngettext_lazy(
                "%(number)d ticket is ticked off (%(channel)s), but nobody has entered "
                "a count. Please have two people enter it, each for themselves, even "
                "if it is 0 for every option.",
                "%(number)d tickets are ticked off (%(channel)s), but nobody has "
                "entered a count. Please have two people enter it, each for "
                "themselves, even if it is 0 for every option.",
                "number",
            )
            % {"number": voted[channel], "channel": Channel(channel).label},
        )


def hand_casts(ballot: Ballot) -> dict[str, list[Cast]]:
    """Channel -> the votes counted by hand. Refuses while a count does not hold."""
    if not ballot.is_mixed:
        return {}
    found = {}
    channels = ballot.hand_counts.values_list("channel", flat=True)
    for channel in sorted(set(channels)):
        casts = agreed(ballot, channel)
        if casts is None:
            raise Refusal(
                "count.not_agreed",
                _("Two people must have counted the same by hand before closing."),
            )
        found[channel] = casts
    return found
