"""Two evenings that differ in one secret choice only: nobody else gets another byte.

Everything random and the clock are the same in both, and the rows get the same
numbers, since each evening is undone by rolling back. What remains to differ is the
choice. The same evenings with an open ballot do differ: so the comparison can fail.
Something is mailed and logged in every evening: so there is something to compare.
"""

import logging
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Message
from accounts.tasks import mail_message
from live import frames
from live.commands import run_command
from live.screens import View
from moderation.actions import hide_contribution
from moderation.closing import close_dialogue
from proposals.actions import submit_proposal
from proposals.ballots import close_ballot, open_ballot
from proposals.channels import check_in, count_by_hand, issue_tickets, tick_off
from proposals.drafting import draft_ballot
from proposals.models import Ballot
from shared.kept import Kept
from tests import factories
from tests.factories import make_dialogue, make_participation, make_person

pytestmark = pytest.mark.django_db

VIEWS = [View(screen, lang) for screen in ("room", "desk") for lang in ("de", "en")]
VIEWS.append(View("projector", "de"))
TWO = ("Ampel", "Zebra")
PRICED = (("Ampel", 600), ("Zebra", 500))
# How a ballot is drafted, and two sheets: a value per option, None for none. All but
# consent, whose objections are heard in the open.
Sheet = tuple[int | None, ...]
METHODS: dict[str, tuple[dict[str, Any], Sheet, Sheet]] = {
    "hands": ({}, (1, None), (None, 1)),
    "yes_no": ({}, (1, None), (None, 1)),
    "gradients": ({}, (1, None), (None, None, None, 1)),
    "single": ({"options": TWO}, (1, None), (None, 1)),
    "multiple": ({"options": TWO, "most_options": 2}, (1, 1), (None, 1)),
    "approval": ({"options": TWO}, (1, 1), (None, 1)),
    "score": ({"options": TWO}, (9, 2), (0, 10)),
    "dots": ({"options": TWO, "points": 3, "per_option": 2}, (2, 1), (1, 2)),
    "consensing": ({"options": TWO, "status_quo": "Wie jetzt"}, (9, 2, 0), (0, 10, 5)),
    "borda": ({"options": TWO}, (1, 2), (2, 1)),
    "irv": ({"options": TWO}, (1, 2), (2, 1)),
    "schulze": ({"options": TWO}, (1, 2), (2, 1)),
    "pairwise": ({"options": TWO}, (1, 2), (2, 1)),
    "stv": ({"options": (*TWO, "Kreisel"), "seats": 2}, (1, 2), (None, 1, 2)),
    "knapsack": ({"options": PRICED, "budget": 1000}, (1, None), (None, 1)),
    "greedy": ({"options": PRICED, "budget": 1000}, (1, 1), (None, 1)),
    "equal_shares": ({"options": PRICED, "budget": 1000}, (1, 1), (None, 1)),
}


@contextmanager
def same_chance(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every draw of this process comes from one seed."""
    drawn = random.Random(7)

    def token_bytes(number: int | None = None) -> bytes:
        return drawn.randbytes(number or 32)

    with monkeypatch.context() as patch:
        patch.setattr(secrets, "token_bytes", token_bytes)
        patch.setattr(secrets, "token_hex", lambda n=None: token_bytes(n).hex())
        patch.setattr(secrets, "choice", drawn.choice)
        patch.setattr(factories, "_number", 0)
        yield


class Evening:
    """What others were sent, in the order of sending, as text."""

    def __init__(self, method: str, secrecy: str, *, is_mixed: bool) -> None:
        self.dialogue = make_dialogue(
            allows="propose vote", slug="abend", code="ABENDEIN"
        )
        self.lead = make_participation(self.dialogue, "lead_moderator")
        self.other_lead = make_participation(self.dialogue, "lead_moderator")
        self.voters = [
            make_participation(
                self.dialogue, person=make_person(email=f"{name}@example.org")
            )
            for name in ("ada", "bo")
        ]
        self.reader = make_participation(self.dialogue)
        self.is_mixed = is_mixed
        if is_mixed:
            for ticket in issue_tickets(moderator=self.lead, number=2):
                check_in(moderator=self.lead, code=ticket.code)
        self.ballot = draft_ballot(
            moderator=self.lead,
            title="Was zuerst?",
            method=method,
            secrecy=secrecy,
            hides_count=False,
            is_mixed=is_mixed,
            **METHODS[method][0],
        )
        open_ballot(moderator=self.lead, ballot_pk=self.ballot.pk)
        self.sent: list[str] = []

    def vote(self, number: int, sheet: Sheet) -> None:
        options = list(self.ballot.options.exclude(key="abstain"))
        run_command(
            "cast_vote",
            {
                "ballot": self.ballot.pk,
                "marks": {
                    str(option.pk): value
                    for option, value in zip(options, sheet, strict=False)
                    if value is not None
                },
                "request_key": f"key-of-{number}",
            },
            self.voters[number],
            View("room", "de"),
        )

    def count_the_hall(self) -> None:
        """One paper sheet for the first option, by two people; one stays away."""
        if self.is_mixed:
            marks = {self.ballot.options.order_by("position")[0].pk: 1}
            ticket = self.dialogue.tickets.order_by("pk")[0]
            tick_off(moderator=self.lead, ballot_pk=self.ballot.pk, code=ticket.code)
            for who in (self.lead, self.other_lead):
                count_by_hand(
                    moderator=who,
                    ballot_pk=self.ballot.pk,
                    channel="hall",
                    sheets=[(marks, 1)],
                )

    def make_a_stir(self) -> None:
        """A voter is told of something by mail; a voter's mistake is logged."""
        said = submit_proposal(author=self.voters[1], title="Unsinn")
        hide_contribution(
            moderator=self.lead,
            kind="proposal",
            pk=said.pk,
            rule="insult",
            reason="Grob.",
        )
        for message in Message.objects.order_by("pk"):
            mail_message.func(message.pk)
        client = Client(headers={"Accept": "application/json"})
        client.force_login(self.voters[1].person)
        refused = client.post(
            reverse("live:do", args=[self.dialogue.code, "cast_vote"]),
            {"ballot": self.ballot.pk, "request_key": "empty"},
        )
        assert refused.status_code == 400

    def listen(self) -> None:
        """Everything that others get now, by page, frame and poll."""
        for view in VIEWS:
            heads = frames.heads_of(self.dialogue.pk)
            self.sent.append(
                frames.encode(frames._draw_snapshot(self.dialogue.pk, view, heads))
            )
            missed = frames.catch_up(
                self.dialogue.pk, view, epoch=heads.epoch, since=1, version=0
            )
            self.sent += [frames.encode(frame) for frame in missed.frames]
        code = self.dialogue.code
        since = {"screen": "room", "since": 1, "version": 0}
        for who, name, facts in (
            (self.reader, "live:room", {}),
            (self.reader, "live:since", since),
            (self.lead, "live:desk", {}),
        ):
            client = Client()
            client.force_login(who.person)
            page = client.get(reverse(name, args=[code]), facts)
            assert page.status_code == 200
            self.sent.append(page.content.decode())


def sent_in(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
    secrecy: str,
    choices: tuple[Sheet, Sheet],
    *,
    closes: bool,
    is_mixed: bool = False,
) -> list[str]:
    """One whole evening, undone at its end."""
    caplog.clear()
    mail.outbox.clear()
    frames._showings.clear()
    # Nothing is kept from one evening for the next, which has the same numbers.
    monkeypatch.setattr(Kept, "get", lambda self, key, make: make())
    moment = datetime(2026, 11, 22, 18, tzinfo=UTC)
    # Loads all views now: some draw keys when they are imported.
    reverse("live:room", args=["ABENDEIN"])
    with (
        same_chance(monkeypatch),
        time_machine.travel(moment, tick=False),
        caplog.at_level(logging.DEBUG),
        transaction.atomic(),
    ):
        _begin_rows_alike()
        evening = Evening(method, secrecy, is_mixed=is_mixed)
        for number, sheet in enumerate(choices):
            evening.vote(number, sheet)
        evening.count_the_hall()
        evening.make_a_stir()
        if not closes:
            evening.listen()
        else:
            close_ballot(moderator=evening.lead, ballot_pk=evening.ballot.pk)
            evening.listen()
            record = close_dialogue(moderator=evening.lead)
            evening.sent.append(record.canonical)
        transaction.set_rollback(True)
    lines = [record.getMessage() for record in caplog.records]
    # Sending adds a date and a random number of the mail itself.
    letters = [f"{m.to} {m.subject} {m.body}" for m in mail.outbox]
    assert (len(letters), any("cast_vote" in line for line in lines)) == (1, True)
    return evening.sent + lines + letters


def _begin_rows_alike() -> None:
    """PostgreSQL's sequences do not come back with the rows."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_sequences(cursor, table):
                cursor.execute("SELECT setval(%s, 100000)", [column["name"]])


def test_every_method_that_can_be_secret_is_there():
    assert sorted([*METHODS, "consent"]) == sorted(Ballot.Method.values)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_open_box_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str
):
    """While it is open, one person's choice changes nothing that others get."""
    __, one, other = METHODS[method]
    first = sent_in(monkeypatch, caplog, method, "secret", (one, one), closes=False)
    second = sent_in(monkeypatch, caplog, method, "secret", (one, other), closes=False)

    assert len(first) > len(VIEWS)
    assert first == second


@pytest.mark.parametrize("method", sorted(METHODS))
def test_closed_box_does_not_tell_who(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str
):
    """After closing, two people who swap their choices change nothing at all."""
    __, one, other = METHODS[method]
    first = sent_in(monkeypatch, caplog, method, "secret", (one, other), closes=True)
    second = sent_in(monkeypatch, caplog, method, "secret", (other, one), closes=True)

    assert len(first) > len(VIEWS)
    assert first == second


@pytest.mark.databases
@pytest.mark.parametrize("closes", [False, True])
def test_mixed_ballot_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, closes: bool
):
    """Nor beside votes that are counted in the hall."""
    __, one, other = METHODS["single"]
    pairs = ((one, other), (other, one) if closes else (one, one))
    first, second = (
        sent_in(
            monkeypatch,
            caplog,
            "single",
            "secret",
            pair,
            closes=closes,
            is_mixed=True,
        )
        for pair in pairs
    )

    assert first == second


@pytest.mark.parametrize("method", ["dots", "schulze", "yes_no"])
def test_comparison_sees_an_open_ballot(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str
):
    __, one, other = METHODS[method]
    first = sent_in(monkeypatch, caplog, method, "open", (one, one), closes=True)
    second = sent_in(monkeypatch, caplog, method, "open", (one, other), closes=True)

    assert len(first) == len(second)
    assert first != second
