"""Mixed mode: tickets, four eyes at counting, and one person, one vote."""

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from dialogue.models import Participation
from moderation.closing import close_dialogue
from moderation.verifying import verify_file
from projects.models import ResultRecord
from proposals.ballots import annul_ballot, close_ballot, open_ballot
from proposals.channels import (
    agreed,
    check_in,
    count_by_hand,
    issue_tickets,
    tick_off,
    use_ticket,
)
from proposals.drafting import draft_ballot
from proposals.models import Ballot, HandCount, Tally, Ticket, TicketRollEntry
from proposals.paper import line_of, read_sheets
from proposals.terms import terms_of
from proposals.voting import VoteRequest, cast_votes
from shared.errors import Refusal
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Participation:
    return make_participation(make_dialogue(allows="vote"), "lead_moderator")


@pytest.fixture
def second(lead: Participation) -> Participation:
    return make_participation(lead.dialogue, "table_moderator")


def refusal_of(verb: Any, **facts: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verb(**facts)
    return refused.value.code


def arrived(lead: Participation, number: int) -> list[Ticket]:
    tickets = issue_tickets(moderator=lead, number=number)
    return [check_in(moderator=lead, code=ticket.code) for ticket in tickets]


def opened(lead: Participation, **facts: Any) -> Ballot:
    plan = {"title": "Zebrastreifen?", "is_mixed": True, **facts}
    ballot = draft_ballot(moderator=lead, **plan)
    return open_ballot(moderator=lead, ballot_pk=ballot.pk)


def option(ballot: Ballot, key: str) -> int:
    return ballot.options.get(key=key).pk


# --- tickets ----------------------------------------------------------------------
def test_tickets_are_numbered_and_distinct(lead: Participation):
    issue_tickets(moderator=lead, number=2)
    issue_tickets(moderator=lead, number=1, channel="phone")

    rows = Ticket.objects.order_by("number")
    assert [(row.number, row.channel) for row in rows] == [
        (1, "hall"),
        (2, "hall"),
        (3, "phone"),
    ]
    assert len({row.code for row in rows}) == 3


@pytest.mark.parametrize("number", [0, -1, 2001])
def test_issue_tickets_refuses(lead: Participation, number: int):
    code = refusal_of(issue_tickets, moderator=lead, number=number)

    assert (code, Ticket.objects.count()) == ("ticket.number", 0)


def test_ticket_is_checked_in_once(lead: Participation):
    (ticket,) = issue_tickets(moderator=lead, number=1)
    check_in(moderator=lead, code=f" {ticket.code.lower()} ")

    assert refusal_of(check_in, moderator=lead, code="1") == "ticket.checked_in"
    assert refusal_of(check_in, moderator=lead, code="9") == "ticket.unknown"


def test_ticket_of_another_dialogue(lead: Participation):
    other = make_participation(make_dialogue(), "lead_moderator")
    (ticket,) = issue_tickets(moderator=other, number=1)

    code = refusal_of(check_in, moderator=lead, code=ticket.code)

    assert code == "ticket.unknown"


def test_ticket_votes_online_or_by_hand(lead: Participation):
    citizen = make_participation(lead.dialogue)
    one, two = arrived(lead, 2)
    use_ticket(participation=citizen, code=one.code)

    ballot = opened(lead, electorate="hall")

    assert [row.ticket for row in ballot.ticket_roll.all()] == [two]
    assert [row.participation for row in ballot.roll.all()] == [citizen]
    assert ballot.roll_size == 2


def test_use_ticket_refuses(lead: Participation):
    citizen, other = (make_participation(lead.dialogue) for __ in range(2))
    away, here, more = issue_tickets(moderator=lead, number=3)
    check_in(moderator=lead, code=here.code)
    check_in(moderator=lead, code=more.code)
    use_ticket(participation=citizen, code=here.code)

    assert [
        refusal_of(use_ticket, participation=other, code=away.code),
        refusal_of(use_ticket, participation=other, code=here.code),
        refusal_of(use_ticket, participation=other, code="3"),
        refusal_of(use_ticket, participation=citizen, code=more.code),
    ] == ["ticket.not_here", "ticket.used", "ticket.unknown", "ticket.one_each"]


def test_ticket_checked_in_late_is_not_on_the_roll(lead: Participation):
    (ticket,) = issue_tickets(moderator=lead, number=1)
    ballot = opened(lead)
    check_in(moderator=lead, code=ticket.code)

    code = refusal_of(tick_off, moderator=lead, ballot_pk=ballot.pk, code=ticket.code)

    assert code == "ticket.not_on_roll"


def test_ticket_is_ticked_off_once(lead: Participation):
    (ticket,) = arrived(lead, 1)
    ballot = opened(lead)
    tick_off(moderator=lead, ballot_pk=ballot.pk, code=ticket.code)

    code = refusal_of(tick_off, moderator=lead, ballot_pk=ballot.pk, code=ticket.code)

    assert code == "ticket.has_voted"
    assert TicketRollEntry.objects.get().has_voted


# --- counting by hand -------------------------------------------------------------
def count(who: Participation, ballot: Ballot, yes: int, no: int) -> HandCount:
    sheets = [({option(ballot, "yes"): 1}, yes), ({option(ballot, "no"): 1}, no)]
    return count_by_hand(
        moderator=who, ballot_pk=ballot.pk, channel="hall", sheets=sheets
    )


def test_count_needs_two_people(lead: Participation, second: Participation):
    arrived(lead, 5)
    ballot = opened(lead)

    count(lead, ballot, 3, 2)
    count(lead, ballot, 3, 2)
    assert agreed(ballot, "hall") is None
    assert refusal_of(close_ballot, moderator=lead, ballot_pk=ballot.pk) == (
        "count.not_agreed"
    )
    count(second, ballot, 2, 3)
    assert agreed(ballot, "hall") is None
    count(second, ballot, 3, 2)

    casts = agreed(ballot, "hall")
    assert casts is not None
    assert sorted(cast.weight for cast in casts) == [2, 3]


def test_hand_votes_are_counted_with_the_others(
    lead: Participation, second: Participation
):
    citizen = make_participation(lead.dialogue)
    arrived(lead, 6)
    ballot = opened(lead, secrecy="open")
    cast_votes([VoteRequest(citizen.pk, ballot.pk, {option(ballot, "no"): 1}, "a key")])
    for person in (lead, second):
        count(person, ballot, 4, 1)

    closed = close_ballot(moderator=lead, ballot_pk=ballot.pk)

    tally = Tally.objects.get()
    assert [row.number for row in tally.rows.all()] == [4, 2, 0]
    assert (tally.verdict, tally.turnout, tally.eligible) == ("adopted", 6, 9)
    assert closed.turnout == 6


@pytest.mark.parametrize(
    ("secrecy", "yes", "channels"),
    [("open", 2, {"hall": 2}), ("secret", 2, {}), ("secret", 5, {})],
)
def test_record_keeps_channels_of_open_ballots_apart(
    lead: Participation,
    second: Participation,
    secrecy: str,
    yes: int,
    channels: dict[str, int],
):
    voters = [make_participation(lead.dialogue) for __ in range(5)]
    arrived(lead, 6)
    ballot = opened(lead, secrecy=secrecy)
    cast_votes(
        [
            VoteRequest(voter.pk, ballot.pk, {option(ballot, "no"): 1}, f"key {n}")
            for n, voter in enumerate(voters)
        ]
    )
    for person in (lead, second):
        count(person, ballot, yes, 0)

    record = close_dialogue(moderator=lead)

    report, sheet = verify_file(record.canonical.encode())
    assert report.holds, report.as_dict()
    assert sheet is not None
    (result,) = sheet.ballots
    assert {name: len(rows) for name, rows in result.channels.items()} == channels
    assert len(result.votes) == 5 + yes - sum(channels.values())
    assert result.turnout == 5 + yes
    public = Client(headers={"accept-language": "en"}).get(record.get_absolute_url())
    shown = public.context["ballots"][0]["result"].channels
    if not channels:
        assert shown is None
        return
    assert shown["heads"] == ["online", "in the hall"]
    assert shown["lines"][:2] == [("Yes", [0, yes], yes), ("No", [5, 0], 5)]
    assert (shown["turnouts"], shown["turnout"]) == ([5, yes], 5 + yes)
    assert "Votes by channel" in public.content.decode()


def test_no_more_hands_than_people(lead: Participation):
    one, *__ = arrived(lead, 3)
    ballot = opened(lead)

    with pytest.raises(Refusal, match=r"count\.wrong"):
        count(lead, ballot, 4, 0)
    tick_off(moderator=lead, ballot_pk=ballot.pk, code=one.code)
    with pytest.raises(Refusal, match=r"count\.wrong"):
        count(lead, ballot, 2, 0)
    assert count(lead, ballot, 1, 0).sheets.count() == 1


@pytest.mark.parametrize("copies", [-1, 1])
def test_count_refuses_what_the_method_does(lead: Participation, copies: int):
    arrived(lead, 3)
    ballot = opened(lead)
    marks = {option(ballot, "yes"): 1, option(ballot, "no"): 1}

    with pytest.raises(Refusal, match=r"count\.wrong"):
        count_by_hand(
            moderator=lead,
            ballot_pk=ballot.pk,
            channel="hall",
            sheets=[(marks, copies)],
        )
    assert HandCount.objects.count() == 0


@pytest.mark.parametrize("channel", ["hall", "phone"])
def test_ticked_off_tickets_are_counted_before_closing(
    lead: Participation, second: Participation, channel: str
):
    (ticket,) = issue_tickets(moderator=lead, number=1, channel=channel)
    check_in(moderator=lead, code=ticket.code)
    ballot = opened(lead)
    facts: dict[str, Any] = {"moderator": lead, "ballot_pk": ballot.pk}
    tick_off(**facts, code=ticket.code)

    with pytest.raises(Refusal) as refused:
        close_ballot(**facts)
    label = {"hall": "in the hall", "phone": "by phone"}[channel]
    with override("en"):
        said = str(refused.value.message)
    assert refused.value.code == "count.not_agreed"
    assert said.startswith(f"1 ticket is ticked off ({label}), but nobody")
    for person in (lead, second):
        assert refusal_of(close_ballot, **facts) == "count.not_agreed"
        count_by_hand(
            moderator=person,
            ballot_pk=ballot.pk,
            channel=channel,
            sheets=[({option(ballot, "yes"): 1}, 0)],
        )

    # Zero is a count, too: the one sheet was spoilt.
    assert close_ballot(**facts).turnout == 0


def test_ticket_ticked_off_after_the_count_is_counted(
    lead: Participation, second: Participation
):
    first, late = arrived(lead, 2)
    ballot = opened(lead)
    tick_off(moderator=lead, ballot_pk=ballot.pk, code=first.code)
    facts = {"ballot_pk": ballot.pk, "channel": "hall"}
    third = make_participation(lead.dialogue, "table_moderator")
    for who in (lead, second, third):
        count_by_hand(moderator=who, **facts, sheets=[({option(ballot, "yes"): 1}, 1)])
    assert agreed(ballot, "hall") is not None

    tick_off(moderator=lead, ballot_pk=ballot.pk, code=late.code)

    assert agreed(ballot, "hall") is None
    close = {"moderator": lead, "ballot_pk": ballot.pk}
    assert refusal_of(close_ballot, **close) == "count.outdated"
    count_by_hand(moderator=lead, **facts, sheets=[({option(ballot, "yes"): 1}, 2)])
    # What was counted before says nothing of the late sheet.
    assert refusal_of(close_ballot, **close) == "count.outdated"
    count_by_hand(moderator=second, **facts, sheets=[({option(ballot, "yes"): 1}, 2)])
    # The third one's old count does not stand in the way.
    assert close_ballot(**close).turnout == 2


def test_each_channel_is_counted_for_itself(lead: Participation, second: Participation):
    arrived(lead, 2)
    (called,) = issue_tickets(moderator=lead, number=1, channel="phone")
    check_in(moderator=lead, code=called.code)
    ballot = opened(lead)
    tick_off(moderator=lead, ballot_pk=ballot.pk, code=called.code)
    for person in (lead, second):
        count(person, ballot, 2, 0)

    code = refusal_of(close_ballot, moderator=lead, ballot_pk=ballot.pk)

    assert (code, Tally.objects.count()) == ("count.not_agreed", 0)


def test_nobody_ticked_off_needs_no_count(lead: Participation):
    arrived(lead, 2)
    ballot = opened(lead)

    assert close_ballot(moderator=lead, ballot_pk=ballot.pk).turnout == 0


@pytest.mark.parametrize("lacks", ["second count", "any count"])
def test_dialogue_does_not_close_without_the_count(lead: Participation, lacks: str):
    one, *__ = arrived(lead, 2)
    ballot = opened(lead)
    tick_off(moderator=lead, ballot_pk=ballot.pk, code=one.code)
    if lacks == "second count":
        count(lead, ballot, 1, 0)

    code = refusal_of(close_dialogue, moderator=lead)

    ballot.refresh_from_db()
    lead.dialogue.refresh_from_db()
    assert (code, ballot.state, lead.dialogue.state) == (
        "count.not_agreed",
        "open",
        "live",
    )
    assert not ResultRecord.objects.exists()


def test_annulled_ballot_needs_no_count(lead: Participation):
    (one,) = arrived(lead, 1)
    ballot = opened(lead)
    facts: dict[str, Any] = {"moderator": lead, "ballot_pk": ballot.pk}
    tick_off(**facts, code=one.code)
    annul_ballot(**facts, reason="Falsche Frage")

    record = close_dialogue(moderator=lead)

    report, __ = verify_file(record.canonical.encode())
    assert report.holds, report.as_dict()


def test_online_ballot_takes_no_hands(lead: Participation):
    arrived(lead, 3)
    ballot = opened(lead, is_mixed=False)

    with pytest.raises(Refusal, match=r"ballot\.online_only"):
        count(lead, ballot, 1, 0)


# --- sheets of paper --------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "text", "expected"),
    [
        ("multiple", "1,3\n2 x 2\n\ne", [([0, 2], 1), ([1], 2), (None, 1)]),
        ("multiple", "1;2", [([0, 1], 1)]),
    ],
)
def test_read_sheets(lead: Participation, method: str, text: str, expected: Any):
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method=method,
        options=("a", "b", "c"),
        most_options=2,
    )
    rows = list(ballot.options.all())
    terms = terms_of(ballot, rows)

    read = read_sheets(text, method, terms)

    assert read == [
        ({rows[3].pk: 1} if places is None else {rows[n].pk: 1 for n in places}, copies)
        for places, copies in expected
    ]


@pytest.mark.parametrize("line", ["2,1,3", "4 x 1,-,2", "e", "7 x e"])
def test_line_of_is_read_again(lead: Participation, line: str):
    ballot = draft_ballot(
        moderator=lead, title="Was?", method="schulze", options=("a", "b", "c")
    )
    terms = terms_of(ballot, list(ballot.options.all()))

    ((marks, copies),) = read_sheets(line, "schulze", terms)

    assert line_of(marks, copies, "schulze", terms) == line


@pytest.mark.parametrize("line", ["1,2", "1,2,3,-", "5 x 1"])
def test_read_sheets_says_how_many_values_are_needed(lead: Participation, line: str):
    ballot = draft_ballot(
        moderator=lead, title="Was?", method="schulze", options=("a", "b", "c")
    )
    terms = terms_of(ballot, list(ballot.options.all()))

    with pytest.raises(Refusal, match=r"count\.unreadable") as refused, override("en"):
        read_sheets(f"e\n{line}", "schulze", terms)

    found = line.count(",") + 1
    with override("en"):
        said = str(refused.value.message)
    assert said == f"Line 2 has {found} values, and 3 are needed."


@pytest.mark.parametrize("line", ["4", "0", "1,1", "a", "1 x", "2 x x", "1,,-2"])
def test_read_sheets_names_the_line(lead: Participation, line: str):
    ballot = draft_ballot(
        moderator=lead,
        title="Was?",
        method="multiple",
        options=("a", "b", "c"),
        most_options=2,
    )
    terms = terms_of(ballot, list(ballot.options.all()))

    with pytest.raises(Refusal) as refused:
        read_sheets(f"1\n{line}", "multiple", terms)

    assert refused.value.code == "count.unreadable"
    assert "2" in str(refused.value.message)
