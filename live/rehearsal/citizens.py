"""A simulated citizen of a kind, who does what the agenda allows just now."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from live.client import RoomClient
from live.commands import COMMANDS
from live.crowd.citizens import Citizen, Wishes
from live.rehearsal import words
from live.rehearsal.kinds import BY_NAME
from live.traffic import NotLetIn, Refused, Unanswered

# As often as people do who wait for a ballot: soon, but not all at once.
VOTING_PAUSE = 20.0
# At 1 of these a page is asked for at most (s), whatever the speed.
SHORTEST_PAUSE = 0.5
# What the agenda need not allow: it is always open while the dialogue runs.
ALWAYS = ("help",)


class KindOfCitizen(Citizen):
    """Acts by temper instead of by the wishes of a whole crowd."""

    def __init__(
        self, client: RoomClient, over: Wishes, *, kind: str, seed: int, speed: int
    ) -> None:
        self.kind = BY_NAME[kind]
        mean = 60 / self.kind.pace / speed
        super().__init__(client, over, seed=seed, pause=max(SHORTEST_PAUSE, mean))
        self.speed = speed
        self.ended = False
        self.has_raised = False

    async def live(self) -> None:
        """Until all go home, or the moderation has sent this one out."""
        while not (self.wishes.over or self.ended):
            await self._wait()
            if self.wishes.over:
                return
            try:
                await self._act()
            except (NotLetIn, Refused):
                # Hidden meanwhile, silenced, too fast: that is what is rehearsed.
                continue
            except Unanswered:
                self.ended = self.client.ended is not None

    async def _wait(self) -> None:
        pause = self.chance.uniform(0.3, 1.7) * self.pause
        if self._votes_now():
            pause = min(
                pause, self.chance.uniform(0.2, 1.8) * VOTING_PAUSE / self.speed
            )
        await asyncio.sleep(max(SHORTEST_PAUSE, pause))

    def _votes_now(self) -> bool:
        return self.votes and "vote" in self.client.state.allows

    async def _act(self) -> None:
        if await self._vote():
            return
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "propose": self._propose,
            "comment": self._comment,
            "ask": self._ask,
            "stance": self._take_stance,
            "support": self._support,
            "react": self._react,
            "park": self._park,
            "help": self._call_help,
            "hand": self._move_hand,
        }
        open_now = [act for act in self.kind.acts if self._is_open(act)]
        if not open_now:
            return
        readiness = [self.kind.acts[act] for act in open_now]
        (act,) = self.chance.choices(open_now, readiness)
        await acts[act]()

    def _is_open(self, act: str) -> bool:
        allows = self.client.state.allows
        if act == "hand":
            # Whenever the dialogue runs: reactions are open then, too.
            return "raise_hand" in COMMANDS and "react" in allows
        return act in ALWAYS or act in allows

    async def _propose(self) -> None:
        said: dict[str, Any] = words.proposal(self.kind.name, self.chance)
        await self.client.send("submit_proposal", **said)

    async def _comment(self) -> None:
        pk = self._some_proposal()
        if pk is not None:
            said: dict[str, Any] = words.comment(self.kind.name, self.chance)
            await self.client.send("add_comment", proposal=pk, **said)

    async def _ask(self) -> None:
        text = self.chance.choice(words.QUESTIONS[self.kind.name])
        await self.client.send("ask_question", text=text)

    async def _call_help(self) -> None:
        await self.client.send("call_help", text=self.chance.choice(words.CALLS))

    async def _move_hand(self) -> None:
        """Raise it; next time, mostly, leave it up."""
        if not self.has_raised:
            await self.client.send("raise_hand", about=self.chance.choice(words.ABOUT))
            self.has_raised = True
        elif self.chance.random() < 0.3:
            self.has_raised = False
            await self.client.send("lower_hand")
