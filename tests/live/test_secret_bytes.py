"""Two evenings that differ in one secret choice only: nobody else gets another byte.

Everything random and the clock are the same in both, and the rows get the same
numbers, since each evening is undone by rolling back. What remains to differ is the
choice. The same evenings with an open ballot do differ: so the comparison can fail.
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
from django.db import transaction
from django.test import Client
from django.urls import reverse

from live import frames
from live.commands import run_command
from live.screens import View
from moderation.closing import close_dialogue
from proposals.ballots import close_ballot, open_ballot
from proposals.drafting import draft_ballot
from shared.kept import Kept
from tests import factories
from tests.factories import make_dialogue, make_participation

pytestmark = pytest.mark.django_db

VIEWS = [View(screen, lang) for screen in ("room", "desk") for lang in ("de", "en")]
VIEWS.append(View("projector", "de"))
METHODS: dict[str, dict[str, Any]] = {
    "yes_no": {},
    "single": {"options": ("Ampel", "Zebra")},
    "dots": {"options": ("Ampel", "Zebra"), "points": 3, "per_option": 2},
    "schulze": {"options": ("Ampel", "Zebra")},
}
MARKS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "yes_no": ((1, 0), (0, 1)),
    "single": ((1, 0), (0, 1)),
    "dots": ((2, 1), (1, 2)),
    "schulze": ((1, 2), (2, 1)),
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

    def __init__(self, method: str, secrecy: str) -> None:
        self.dialogue = make_dialogue(allows="vote", slug="abend", code="ABENDEIN")
        self.lead = make_participation(self.dialogue, "lead_moderator")
        self.voters = [make_participation(self.dialogue) for __ in range(2)]
        self.reader = make_participation(self.dialogue)
        self.method = method
        self.ballot = draft_ballot(
            moderator=self.lead,
            title="Was zuerst?",
            method=method,
            secrecy=secrecy,
            hides_count=False,
            **METHODS[method],
        )
        open_ballot(moderator=self.lead, ballot_pk=self.ballot.pk)
        self.sent: list[str] = []

    def vote(self, number: int, marks: tuple[int, ...]) -> None:
        options = list(self.ballot.options.exclude(key="abstain"))
        run_command(
            "cast_vote",
            {
                "ballot": self.ballot.pk,
                "marks": {
                    str(option.pk): value
                    for option, value in zip(options, marks, strict=False)
                    if value
                },
                "request_key": f"key-of-{number}",
            },
            self.voters[number],
            View("room", "de"),
        )

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
    choices: tuple[tuple[int, ...], tuple[int, ...]],
    *,
    closes: bool,
) -> list[str]:
    """One whole evening, undone at its end."""
    caplog.clear()
    mail.outbox.clear()
    frames._showings.clear()
    # Nothing is kept from one evening for the next, which has the same numbers.
    monkeypatch.setattr(Kept, "get", lambda self, key, make: make())
    moment = datetime(2026, 11, 22, 18, tzinfo=UTC)
    with (
        same_chance(monkeypatch),
        time_machine.travel(moment, tick=False),
        caplog.at_level(logging.DEBUG),
        transaction.atomic(),
    ):
        evening = Evening(method, secrecy)
        for number, marks in enumerate(choices):
            evening.vote(number, marks)
        if not closes:
            evening.listen()
        else:
            close_ballot(moderator=evening.lead, ballot_pk=evening.ballot.pk)
            evening.listen()
            record = close_dialogue(moderator=evening.lead)
            evening.sent.append(record.canonical)
        transaction.set_rollback(True)
    lines = [record.getMessage() for record in caplog.records]
    return evening.sent + lines + [str(letter.message()) for letter in mail.outbox]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_open_box_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str
):
    """While it is open, one person's choice changes nothing that others get."""
    one, other = MARKS[method]
    first = sent_in(monkeypatch, caplog, method, "secret", (one, one), closes=False)
    second = sent_in(monkeypatch, caplog, method, "secret", (one, other), closes=False)

    assert len(first) > len(VIEWS)
    assert first == second


@pytest.mark.parametrize("method", sorted(METHODS))
def test_closed_box_does_not_tell_who(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str
):
    """After closing, two people who swap their choices change nothing at all."""
    one, other = MARKS[method]
    first = sent_in(monkeypatch, caplog, method, "secret", (one, other), closes=True)
    second = sent_in(monkeypatch, caplog, method, "secret", (other, one), closes=True)

    assert len(first) > len(VIEWS)
    assert first == second


def test_comparison_sees_an_open_ballot(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    first = sent_in(
        monkeypatch, caplog, "yes_no", "open", ((1, 0), (1, 0)), closes=False
    )
    second = sent_in(
        monkeypatch, caplog, "yes_no", "open", ((1, 0), (0, 1)), closes=False
    )

    assert len(first) == len(second)
    assert first != second
