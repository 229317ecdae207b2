"""A simulated lead moderator: walks through the agenda and opens what it needs."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from live.client import RoomClient
from live.crowd import words
from live.crowd.citizens import Wishes
from live.crowd.gathering import until
from live.traffic import Refused
from moderation.models import Rule
from proposals.queries import coarse

# Of the votes that are still missing nobody knows whether they will come.
VOTING_PATIENCE = 0.6


@dataclass(frozen=True)
class Stop:
    """An agenda item: its key, what it allows, and what the crowd wishes there."""

    item: int
    allows: frozenset[str]
    wishes: dict[str, int]
    ballots: tuple[str, ...] = ()


def plan(
    agenda: Sequence[tuple[int, frozenset[str]]],
    *,
    people: int,
    proposals: int,
    comments: int,
    ballots: int,
) -> list[Stop]:
    """Spread what the crowd wishes over the items that allow it."""
    totals = {
        "propose": proposals,
        "comment": comments,
        "ask": max(1, people // 5),
        "stance": people * 3,
    }
    places = {
        action: [pk for pk, allows in agenda if action in allows]
        for action in (*totals, "vote")
    }
    secrecies = [("open", "secret")[number % 2] for number in range(ballots)]
    stops = []
    for pk, allows in agenda:
        wishes = {
            action: _share(total, places[action], pk)
            for action, total in totals.items()
            if pk in places[action]
        }
        # Always open while the dialogue runs.
        wishes |= {"react": people // 3 + 1, "support": people // 2 + 1}
        wishes["park"] = 1
        voting = places["vote"]
        own = secrecies[voting.index(pk) :: len(voting)] if pk in voting else ()
        stops.append(Stop(pk, allows, wishes, tuple(own)))
    return stops


def _share(total: int, places: list[int], pk: int) -> int:
    """What falls to one of `places`, so that the shares add up to `total`."""
    share, rest = divmod(total, len(places))
    return share + (places.index(pk) < rest)


class Leader:
    """Everything goes over the desk's socket, as pressed buttons would."""

    def __init__(
        self,
        desk: RoomClient,
        wishes: Wishes,
        *,
        voters: int,
        longest_stop: float,
        seed: int,
    ) -> None:
        self.desk = desk
        self.wishes = wishes
        self.voters = voters
        self.longest_stop = longest_stop
        self.chance = random.Random(seed)  # noqa: S311 -- a simulation
        self.ballots: list[int] = []
        self.stop_seconds: list[float] = []
        self.unfinished: list[str] = []
        self.digest = ""

    async def lead(self, stops: Sequence[Stop]) -> None:
        """From the first item to the result."""
        for stop in stops:
            started = time.monotonic()
            await self.desk.send("go_to", item=stop.item)
            self.wishes.begin(stop.wishes)
            for secrecy in stop.ballots:
                await self._hold_ballot(secrecy)
            await self._tend(started)
            self.stop_seconds.append(time.monotonic() - started)
        self.wishes.begin({})
        self.unfinished = [
            f"{kind}: {number}"
            for kind, number in self.wishes.late.items()
            if kind in ("propose", "comment", "ask")
        ]
        self.wishes.over = True

    async def close(self) -> None:
        """Close the dialogue; its result is filed."""
        done = await self.desk.send("close_dialogue", confirm="close")
        self.digest = str(done["digest"])

    async def _tend(self, started: float) -> None:
        """Moderate until everything is said or the time is over."""
        while time.monotonic() - started < self.longest_stop:
            await asyncio.sleep(1)
            if self.chance.random() < 0.3:
                await self._moderate()
            if self.wishes.is_done:
                return

    async def _moderate(self) -> None:
        """Answer a question, show something, hide something and think again."""
        state = self.desk.state
        try:
            noun = self.chance.choice(["question", "question", "proposal"])
            found = state.element(f"{noun}s")
            cards = [
                card
                for card in (found.elements if found is not None else [])
                if "card--hidden" not in card.attributes.get("class", "")
            ]
            if not cards:
                return
            pk = int(self.chance.choice(cards).id.removeprefix(f"{noun}-"))
            await self.desk.send("show_on_projector", shown=f"{noun}-{pk}")
            if noun == "question":
                await self.desk.send("answer_question", question=pk)
            elif self.chance.random() < 0.4:
                await self.desk.send(
                    "hide",
                    kind=noun,
                    pk=pk,
                    rule=Rule.DUPLICATE.value,
                    reason="Das wurde heute Abend schon vorgeschlagen.",
                )
                if self.chance.random() < 0.5:
                    await self.desk.send(
                        "restore",
                        kind=noun,
                        pk=pk,
                        reason="Es ist doch ein anderer Ort gemeint.",
                    )
        except Refused as refused:
            # Its author has just withdrawn it, or somebody else was faster.
            if refused.code not in ("right.missing", "decision.changed_meanwhile"):
                raise

    async def _hold_ballot(self, secrecy: str) -> None:
        measures = self.chance.sample(words.MEASURES, 3)
        done = await self.desk.send(
            "draft_ballot",
            title=f"Womit sollen wir beginnen? ({len(self.ballots) + 1})",
            method="single",
            secrecy=secrecy,
            shows_count=True,
            options="\n".join(measures),
        )
        ballot = int(done["ballot"])
        await self.desk.send("open_ballot", ballot=ballot)
        await self.desk.send("show_on_projector", shown=f"ballot-{ballot}")
        self.ballots.append(ballot)
        await until(
            lambda: self._turnout(ballot) >= self._awaited(ballot),
            self.longest_stop * VOTING_PATIENCE,
        )
        await self.desk.send("close_ballot", ballot=ballot)

    def _turnout(self, ballot: int) -> int:
        """As the desk shows it live."""
        return self._shown(ballot, "data-count", f"ballot-{ballot}.turnout")

    def _awaited(self, ballot: int) -> int:
        """What it shows when all voters have voted: whole steps of the roll."""
        return coarse(self.voters, self._shown(ballot, "data-roll"))

    def _shown(self, ballot: int, name: str, value: str | None = None) -> int:
        card = self.desk.state.element(f"ballot-{ballot}")
        shown = next(card.find(name, value), None) if card else None
        return int(shown.text) if shown is not None else 0
