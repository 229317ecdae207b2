"""One simulated citizen: looks at the screen, and does one of what is open now."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from live.client import RoomClient
from live.crowd import words
from live.crowd.voting import filled, form_of
from live.traffic import NotLetIn, Refused, Unanswered

# Refusals that any evening has: the moderation moved on, or hid what one looked at.
ORDINARY = {
    "agenda.not_now", "right.missing", "contribution.too_fast", "socket.too_fast",
    "dialogue.paused", "dialogue.closed", "ballot.not_open", "vote.queue_full",
    "comment.parent_gone", "vote.not_on_roll",
}  # fmt: skip


@dataclass
class Wishes:
    """How much the crowd as a whole still wants to say now, by kind.

    `late` is what could not be said in its time and waits for an item that allows it.
    """

    left: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    over: bool = False

    def begin(self, wishes: dict[str, int]) -> None:
        """The next agenda item, with its own wishes and what has come late."""
        self.late.update(+self.left)
        self.left = Counter(wishes)
        for kind in wishes:
            self.left[kind] += self.late.pop(kind, 0)

    def claim(self, kind: str) -> bool:
        """Take one of `kind` if there is one left."""
        if self.left[kind] <= 0:
            return False
        self.left[kind] -= 1
        return True

    def give_back(self, kind: str) -> None:
        """It was refused, perhaps because the agenda went on: somebody else may."""
        (self.left if kind in self.left else self.late)[kind] += 1

    @property
    def is_done(self) -> bool:
        return not +self.left


@dataclass
class Diary:
    """What was acknowledged to one citizen: to be found again, once, afterwards."""

    proposals: list[int] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    supports: dict[tuple[str, int], bool] = field(default_factory=dict)
    stances: dict[int, str] = field(default_factory=dict)
    receipts: dict[int, str] = field(default_factory=dict)
    reactions: int = 0
    topics: int = 0
    unanswered: int = 0
    strange: list[str] = field(default_factory=list)


class Citizen:
    """`pause` is the mean number of seconds between two acts."""

    def __init__(
        self, client: RoomClient, wishes: Wishes, *, seed: int, pause: float
    ) -> None:
        self.client = client
        self.wishes = wishes
        self.chance = random.Random(seed)  # noqa: S311 -- a simulation
        self.pause = pause
        self.diary = Diary()
        # One in twelve comes to listen and does not vote.
        self.votes = self.chance.random() > 1 / 12

    async def live(self) -> None:
        """Act until the evening is over."""
        while not self.wishes.over:
            await asyncio.sleep(self.chance.uniform(0.2, 1.8) * self.pause)
            try:
                if self.chance.random() < 0.02:
                    await self._drop_out()
                await self._act()
            except NotLetIn as closed:
                self.diary.strange.append(str(closed))
            except Refused as refused:
                if refused.code not in ORDINARY:
                    self.diary.strange.append(str(refused))
            except Unanswered:
                self.diary.unanswered += 1

    async def _act(self) -> None:
        if await self._vote():
            return
        allows = self.client.state.allows
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "propose": self._propose,
            "comment": self._comment,
            "ask": self._ask,
            "stance": self._take_stance,
            "support": self._support,
            "react": self._react,
            "park": self._park,
        }
        open_now = [kind for kind in acts if kind in allows and self.wishes.left[kind]]
        if not open_now:
            await self._read()
            return
        kind = self.chance.choice(open_now)
        if not self.wishes.claim(kind):
            return
        try:
            await acts[kind]()
        except (Refused, Unanswered):
            self.wishes.give_back(kind)
            raise

    # --- looking -------------------------------------------------------------
    def _shown(self, listed: str, noun: str) -> list[int]:
        """The numbers of the cards that the list shows now."""
        found = self.client.state.element(listed)
        cards = found.elements if found is not None else []
        return [
            int(card.id.removeprefix(f"{noun}-"))
            for card in cards
            if card.id.startswith(f"{noun}-")
        ]

    def _some_proposal(self) -> int | None:
        shown = self._shown("proposals", "proposal")
        return self.chance.choice(shown) if shown else None

    async def _read(self) -> None:
        """Open the page of a proposal, now and then."""
        pk = self._some_proposal()
        if pk is not None and self.chance.random() < 0.1:
            await self.client.browser.get(f"/d/{self.client.code}/proposals/{pk}/")

    async def _drop_out(self) -> None:
        """The line is cut, or the phone is put away; then they are back."""
        if self.chance.random() < 0.5:
            await self.client.drop()
            return
        await self.client.leave()
        await asyncio.sleep(self.chance.uniform(0.5, 2) * self.pause)
        if self.chance.random() < 0.5:
            await self.client.load_page()
        await self.client.connect()

    # --- acting --------------------------------------------------------------
    async def _propose(self) -> None:
        said = words.proposal(self.chance)
        done = await self.client.send("submit_proposal", **said)
        self.diary.proposals.append(done["proposal"])

    async def _comment(self) -> None:
        pk = self._some_proposal()
        if pk is None:
            self.wishes.give_back("comment")
            return
        said = words.comment(self.chance)
        done = await self.client.send("add_comment", proposal=pk, **said)
        self.diary.comments.append(done["comment"])

    async def _ask(self) -> None:
        done = await self.client.send("ask_question", text=words.question(self.chance))
        self.diary.questions.append(done["question"])

    async def _take_stance(self) -> None:
        pk = self._some_proposal()
        if pk is not None:
            value = self.chance.choice(["agree", "agree", "disagree", "pass"])
            await self.client.send(
                "take_stance", repeats=True, proposal=pk, value=value
            )
            self.diary.stances[pk] = value

    async def _support(self) -> None:
        noun = self.chance.choice(["proposal", "proposal", "question"])
        shown = self._shown(f"{noun}s", noun)
        if shown:
            pk = self.chance.choice(shown)
            wanted = not self.diary.supports.get((noun, pk), False)
            await self.client.send(
                "support", repeats=True, kind=noun, pk=pk, supported=wanted
            )
            self.diary.supports[noun, pk] = wanted

    async def _react(self) -> None:
        kind = self.chance.choice(["agree", "question", "slower", "louder"])
        await self.client.send("react", kind=kind)
        self.diary.reactions += 1

    async def _park(self) -> None:
        text = words.parked_topic(self.chance)
        await self.client.send("park_topic", text=text)
        self.diary.topics += 1

    async def _vote(self) -> bool:
        """Vote in the first open ballot that lacks this citizen's vote."""
        if not self.votes or "vote" not in self.client.state.allows:
            return False
        for pk in self._shown("ballot-cards", "ballot"):
            form = form_of(self.client.state.element(f"ballot-{pk}"))
            if form is not None and pk not in self.diary.receipts:
                said = filled(form, self.chance)
                self.diary.receipts[pk] = await self.client.cast_vote(pk, **said)
                return True
        return False
