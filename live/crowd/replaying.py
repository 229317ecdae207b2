"""A Pol.is export as real traffic: everybody joins, proposes and votes by socket."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from live.client import RoomClient
from live.crowd.gathering import compare_with_fresh, let_in, settle, together
from live.crowd.measuring import processor_seconds
from live.traffic import Figures, Site
from moderation.importing import HIDING_REASON, HIDING_RULE
from proposals.polis import Counts, PolisExport, PolisStatement, PolisVote

# A person's turn to propose may come after long waits: 20 contributions a minute.
LONGEST_WAIT = 3600.0


@dataclass(frozen=True)
class Act:
    """Something that one person does at a moment (Unix ms) of the export."""

    at: int
    order: int
    did: PolisStatement | PolisVote


@dataclass
class Replayed:
    """What came of it; `proposals` maps the export's statements to ours."""

    proposals: dict[int, int] = field(default_factory=dict)
    server_counts: dict[int, Counts] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    citizens: Figures = field(default_factory=Figures)
    moderation: Figures = field(default_factory=Figures)
    seconds: dict[str, float] = field(default_factory=dict)
    server_seconds: float = 0.0
    people: int = 0
    hidden: int = 0


def acts_by_person(export: PolisExport) -> dict[int, list[Act]]:
    """Everybody's acts in order of time.

    A statement counts as written before its first vote whatever its row says, so
    waiting for a statement can never wait for itself.
    """
    first_vote: dict[int, int] = {}
    for vote in export.known_votes:
        first_vote.setdefault(vote.statement, vote.at)
    acts: dict[int, list[Act]] = {person: [] for person in export.people}
    for row in export.in_order():
        at = min(row.created, first_vote.get(row.id, row.created))
        acts[row.author].append(Act(at, 0, row))
    for number, vote in enumerate(export.known_votes, 1):
        acts[vote.voter].append(Act(vote.at, number, vote))
    for own in acts.values():
        own.sort(key=lambda act: (act.at, act.order))
    return acts


def lanes(own: list[Act]) -> tuple[list[Act], list[Act]]:
    """One person's statements and votes, each in order.

    Apart, because at full speed a statement that waits for its author's votes on
    statements that wait for their authors' votes would make a queue of everybody.
    """
    return (
        [act for act in own if isinstance(act.did, PolisStatement)],
        [act for act in own if isinstance(act.did, PolisVote)],
    )


class Replay:
    """One run of an export against a running server."""

    def __init__(
        self,
        export: PolisExport,
        *,
        site: Site,
        code: str,
        moderator_cookies: dict[str, str],
        speed: float,
        names: Callable[[int], str],
        at_once: int = 64,
        witnesses: int = 10,
        server_pid: int | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.export = export
        self.site = site
        self.code = code
        self.moderator_cookies = moderator_cookies
        self.speed = speed
        self.names = names
        self.at_once = at_once
        self.witnesses = witnesses
        self.server_pid = server_pid
        self.say = say
        self.result = Replayed()
        self.written: dict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self) -> Replayed:
        """The whole evening; the database is compared by the caller."""
        result = self.result
        slots = asyncio.Semaphore(self.at_once)
        people = self.export.people
        every = max(1, len(people) // self.witnesses)
        clients = {
            person: RoomClient(
                self.site,
                self.code,
                name=self.names(person),
                keeps_regions=number % every == 0,
                figures=result.citizens,
                chance=random.Random(person),  # noqa: S311 -- pauses only
                slots=slots,
            )
            for number, person in enumerate(people)
        }
        everybody = list(clients.values())
        result.people = len(everybody)
        doors, sockets = await let_in(everybody, at_once=16)
        result.seconds |= {"joining": doors, "opening_sockets": sockets}
        self.say(f"{len(everybody)} people in after {doors + sockets:.0f} s.")
        moderator = RoomClient(
            self.site,
            self.code,
            name="moderator",
            screen="desk",
            figures=result.moderation,
            cookies=self.moderator_cookies,
        )
        await moderator.load_page()
        await moderator.connect()
        try:
            started, used = time.monotonic(), processor_seconds(self.server_pid)
            acts = acts_by_person(self.export)
            begin = min((own[0].at for own in acts.values() if own), default=0)
            watch = asyncio.create_task(self._watch(started))
            try:
                await together(
                    self._live(clients[person], lane, begin, started)
                    for person, own in acts.items()
                    for lane in lanes(own)
                )
            finally:
                watch.cancel()
            result.seconds["acting"] = time.monotonic() - started
            result.server_seconds = processor_seconds(self.server_pid) - used
            result.seconds["settling"] = await settle(everybody, everybody[0])
            result.server_counts = await self._ask_counts(everybody[0])
            started = time.monotonic()
            await self._hide_rejected(moderator)
            result.seconds["moderating"] = time.monotonic() - started
            await settle(everybody, everybody[0])
            kept = [client for client in everybody if client.state.keeps_regions]
            result.differences += await compare_with_fresh([*kept, moderator])
        finally:
            await together(client.leave() for client in [*everybody, moderator])
        return result

    async def _live(
        self, client: RoomClient, own: list[Act], begin: int, started: float
    ) -> None:
        """One person's lane: each act is answered before the next one."""
        for act in own:
            due = started + (act.at - begin) / 1000 / self.speed
            if (pause := due - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            if isinstance(act.did, PolisStatement):
                title, text = act.did.wording
                done = await client.send(
                    "submit_proposal",
                    patience=LONGEST_WAIT,
                    kind="statement",
                    title=title,
                    text=text,
                )
                self.result.proposals[act.did.id] = done["proposal"]
                self.written[act.did.id].set()
                continue
            await self.written[act.did.statement].wait()
            await client.send(
                "take_stance",
                patience=LONGEST_WAIT,
                repeats=True,
                proposal=self.result.proposals[act.did.statement],
                value=act.did.stance,
            )

    async def _watch(self, started: float) -> None:
        while True:
            await asyncio.sleep(15)
            done = self.result.citizens.commands
            seconds = time.monotonic() - started
            self.say(f"{done} commands after {seconds:.0f} s ({done / seconds:.0f}/s).")

    async def _ask_counts(self, client: RoomClient) -> dict[int, Counts]:
        """Every statement's counts as the server shows them to a newcomer."""
        frames = await client.missed(
            epoch=client.state.epoch, since=client.state.seq, version=0
        )
        shown: dict[str, dict[str, int]] = {}
        for frame in frames:
            shown |= frame.get("counts", {})
        counts = {}
        for statement, proposal in self.result.proposals.items():
            numbers: dict[str, Any] = shown.get(f"proposal-{proposal}", {})
            counts[statement] = Counts(
                agrees=numbers.get("agrees", 0),
                disagrees=numbers.get("disagrees", 0),
                passes=numbers.get("passes", 0),
            )
        return counts

    async def _hide_rejected(self, moderator: RoomClient) -> None:
        for row in self.export.in_order():
            if row.is_rejected:
                await moderator.send(
                    "hide",
                    patience=LONGEST_WAIT,
                    kind="proposal",
                    pk=self.result.proposals[row.id],
                    rule=HIDING_RULE.value,
                    reason=HIDING_REASON,
                )
                self.result.hidden += 1
