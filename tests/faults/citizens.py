"""Simulated citizens who do everything at once and write down what they are told."""

import asyncio
import random
import secrets
import time
from typing import Any

from live.client import RoomClient
from live.room_state import RoomState
from live.traffic import Refused, Site, Unanswered
from tests.faults.journal import Deed, Journal

LANGUAGES = ("de", "en")


def client_of(site: Site, room: dict[str, Any], place: int, **facts: Any) -> RoomClient:
    """The screen of the room's `place`th person."""
    language = LANGUAGES[place % 2]
    client = RoomClient(
        site,
        room["code"],
        name=f"citizen {place}",
        language=language,
        cookies={"session": room["people"][place]["session"]},
        **facts,
    )
    # The poll address takes the language from the browser.
    client.browser.headers["Accept-Language"] = language
    return client


class Citizen:
    """One person with one screen; acts until told to stop."""

    def __init__(
        self, client: RoomClient, pk: int, room: dict[str, Any], journal: Journal
    ) -> None:
        self.client = client
        self.pk = pk
        self.room = room
        self.journal = journal
        self.chance = random.Random(pk)
        self.open, self.secret = room["ballots"]
        self.has_voted = False
        self.answered: list[float] = []
        self.pending: Deed | None = None

    async def act(self, stop: asyncio.Event) -> None:
        acts = [self.take_stance, self.vote, self.vote, self.comment, self.propose]
        while not stop.is_set():
            await asyncio.sleep(self.chance.uniform(0, 2.4))
            await self.chance.choices(acts, [6, 6, 3, 1, 0.5])[0]()

    async def propose(self) -> None:
        key = self._key()
        deed = self.journal.add(self.pk, "submit_proposal", key)
        await self._once(deed, title=f"{key} Schulstraße", text="Zu eng am Morgen.")

    async def comment(self) -> None:
        key = self._key()
        proposal = self.chance.choice(self.room["proposals"])
        deed = self.journal.add(self.pk, "add_comment", key)
        await self._once(deed, proposal=proposal, text=f"{key} Das finde ich auch.")

    async def take_stance(self) -> None:
        facts = {
            "proposal": self.chance.choice(self.room["proposals"]),
            "value": self.chance.choice(["agree", "disagree", "pass"]),
        }
        deed = self.journal.add(self.pk, "take_stance", self._key(), **facts)
        await self._once(deed, **facts)

    async def vote(self) -> None:
        """In the secret ballot once, else in the open one, again and again."""
        is_secret = not self.has_voted and self.chance.random() < 0.1
        self.has_voted = self.has_voted or is_secret
        ballot = self.secret if is_secret else self.open
        await self._until_acknowledged(
            self.journal.add(
                self.pk,
                "cast_vote",
                self._key(),
                ballot=ballot["ballot"],
                option=self.chance.choice(ballot["options"]),
            )
        )

    async def _until_acknowledged(self, deed: Deed) -> None:
        """As the page does: the same key until somebody answers."""
        self.pending = deed
        while not deed.acknowledged and deed.refused is None:
            await self._once(deed, **vote_facts(deed))
        self.pending = None

    async def repeat(self, deed: Deed) -> None:
        """Send an acknowledged vote again: the same receipt must come."""
        await self._once(deed, **vote_facts(deed))

    async def _once(self, deed: Deed, **payload: Any) -> None:
        deed.tries += 1
        try:
            ok = await self.client.send(deed.do, patience=20, **payload)
        except Refused as refused:
            # A fault says nothing about what is in the database.
            if refused.code not in ("server.fault", "vote.queue_full"):
                deed.refused = refused.code
        except Unanswered:
            pass
        else:
            deed.receipts.append(ok.get("receipt", ""))
            self.answered.append(time.monotonic())

    def _key(self) -> str:
        return "key-" + secrets.token_hex(8)


def vote_facts(deed: Deed) -> dict[str, Any]:
    return {
        "ballot": deed.facts["ballot"],
        "options": [deed.facts["option"]],
        "request_key": deed.key,
    }


async def fresh_states(clients: list[RoomClient]) -> dict[str, RoomState]:
    """What a newcomer would see, in each language."""
    return {
        language: await next(
            client for client in clients if client.language == language
        ).fresh_state()
        for language in LANGUAGES
    }


async def settle(clients: list[RoomClient], seconds: float = 60) -> None:
    """Until every screen has come as far as a newcomer's."""
    deadline = time.monotonic() + seconds
    while True:
        fresh = await fresh_states(clients)
        behind = [
            client.name
            for client in clients
            if (client.state.seq, client.state.version)
            != (fresh[client.language].seq, fresh[client.language].version)
        ]
        if not behind:
            return
        assert time.monotonic() < deadline, f"{len(behind)} are behind: {behind[:5]}"
        await asyncio.sleep(0.5)


async def differing(clients: list[RoomClient]) -> list[str]:
    """Who sees something else than a newcomer sees, and where."""
    fresh = await fresh_states(clients)
    lines = []
    wanted = {language: state.comparable() for language, state in fresh.items()}
    for client in clients:
        expected = wanted[client.language]
        seen = client.state.comparable(expected)
        lines += [
            f"{client.name}: {name}"
            for name in expected
            if seen[name] != expected[name]
        ]
    return lines
