"""Sixty simulated citizens of all kinds, in a thread beside the browsers."""

import asyncio
import random
import threading
from typing import Any

import httpx

from live.client import RoomClient
from live.crowd import words
from live.crowd.citizens import Wishes
from live.crowd.voting import form_of
from live.page_tree import parse
from live.rehearsal import words as tempers
from live.rehearsal.citizens import KindOfCitizen
from live.rehearsal.kinds import crowd_of
from live.traffic import NotLetIn, Refused, Site

# They come in one after the other within so long (s), at speed 1.
ARRIVING = 240.0
# Of what comes to their mind people say so much: two moderators can read it at a speed
# at which everything else comes five times as fast.
TALKATIVE = 0.2
NOUNS = {
    "submit_proposal": "proposal",
    "add_comment": "comment",
    "ask_question": "question",
    "write_finding": "note",
    "add_remark": "remark",
}
# What others would report, and by which rule.
BAD = {
    "insulting": "insult",
    "off_topic": "off_topic",
    "hostile_markup": "unreadable",
}
FINDINGS = (
    ("Vor jeder Schule ein sicherer Übergang", "Zebrastreifen oder Ampel, beleuchtet."),
    ("Haltezonen für Autos ein Stück entfernt", "Die letzten Meter gehen alle zu Fuß."),
    ("Tempo 30 auf allen Schulwegen", "Und auch kontrolliert."),
    ("Breitere Gehwege an der Hauptstraße", "Zwei Kinder nebeneinander, mit Ranzen."),
    ("Ein Laufbus mit festen Treffpunkten", "Eltern wechseln sich ab."),
    ("Schulstraßen zu Beginn und Ende", "Eine halbe Stunde ohne Autos."),
    ("Mehr Licht im Park", "Im Winter ist es morgens dunkel."),
    ("Kinder selbst fragen, wo es gefährlich ist", "Sie gehen den Weg jeden Tag."),
)
REMARKS = (
    "Bei uns ist es die Kreuzung am Markt.",
    "Wer schreibt mit?",
    "Das sollten wir aufnehmen.",
    "Für Rollstühle ist die Kante zu hoch.",
)


class NotingClient(RoomClient):
    """Keeps what the server said it has taken."""

    told: list[tuple[str, int]]

    async def send(self, do: str, **how: Any) -> dict[str, Any]:
        done = await super().send(do, **how)
        if noun := NOUNS.get(do):
            self.told.append((noun, done[noun]))
        return done


class EveningCitizen(KindOfCitizen):
    """Also sits at tables, reports what is bad, appeals when something is hidden."""

    crowd: "Crowd"
    client: NotingClient
    table: int | None = None
    round = 0

    async def _act(self) -> None:
        if self.crowd.round != self.round:
            await self._sit_down()
        if self.table is not None and self.chance.random() < 0.5:
            await self._talk_at_table()
        elif self.kind.name == "helpful" and self.chance.random() < 0.06:
            await self._report()
        elif self.kind.name == "insulting" and self.chance.random() < 0.3:
            await self._appeal()
        elif self._votes_now() or self.chance.random() < TALKATIVE:
            await super()._act()

    def _votes_now(self) -> bool:
        """Who has voted hurries no more."""
        return super()._votes_now() and any(
            form_of(self.client.state.element(f"ballot-{pk}")) is not None
            for pk in self._shown("ballot-cards", "ballot")
            if pk not in self.diary.receipts
        )

    async def _sit_down(self) -> None:
        self.round = self.crowd.round
        answer = await self.client.browser.get(f"/d/{self.client.code}/table/")
        place = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        self.table = int(place) if self.round and place.isdecimal() else None

    async def _talk_at_table(self) -> None:
        if self.chance.random() < 0.4:
            title, text = self.chance.choice(FINDINGS)
            said = {"title": title, "text": text}
            await self.client.send("write_finding", table=self.table, **said)
        else:
            text = self.chance.choice((*REMARKS, *tempers.COMMENTS[self.kind.name]))
            await self.client.send("add_remark", table=self.table, text=text)

    async def _report(self) -> None:
        """By the page that a card links to, if it shows something bad."""
        rule_of = {
            title: rule
            for kind, rule in BAD.items()
            for title, __ in tempers.PROPOSALS[kind]
        }
        shown = self.client.state.element("proposals")
        for card in shown.elements if shown is not None else []:
            rule = next((rule_of[title] for title in rule_of if title in card.text), "")
            pk = card.id.removeprefix("proposal-")
            if not rule or (pk, rule) in self.crowd.reported:
                continue
            self.crowd.reported.add((pk, rule))
            page = f"/d/{self.client.code}/report/proposal/{pk}/"
            form = await self.client.browser.get(page)
            token = next(parse(form.text).find("name", "csrfmiddlewaretoken"), None)
            if token is None:
                return
            answer = await self.client.browser.post(
                page,
                data={
                    "csrfmiddlewaretoken": token.attributes["value"],
                    "rule": rule,
                    "explanation": "Das stört das Gespräch. Bitte sehen Sie hin.",
                    "place": "der Titel",
                },
            )
            if answer.status_code >= 400:
                raise NotLetIn(f"{page} answered {answer.status_code}.")
            return

    async def _appeal(self) -> None:
        for form in self.client.state.tree.find("data-command", "appeal"):
            field = next(form.find("name", "decision"))
            await self.client.send("appeal", decision=int(field.attributes["value"]))
            return


class Crowd:
    """Comes in, lives by temper until sent home, and keeps a diary."""

    def __init__(
        self, url: str, code: str, *, people: int, seed: int, speed: int
    ) -> None:
        self.url, self.code, self.speed = url, code, speed
        self.kinds = crowd_of(people, seed)
        self.seed = seed
        self.over = Wishes()
        # Which round of tables there is; 0: all are in the plenary.
        self.round = 0
        self.reported: set[tuple[str, str]] = set()
        self.told: list[tuple[str, int]] = []
        self.citizens: list[EveningCitizen] = []
        self.faults: list[str] = []
        self.refusals: dict[str, int] = {}
        self.inside = 0
        self.thread = threading.Thread(target=lambda: asyncio.run(self._live()))

    def come(self) -> None:
        self.thread.start()

    def go_home(self) -> None:
        self.over.over = True
        self.thread.join(120)
        for citizen in self.citizens:
            for code, number in citizen.client.figures.refused_codes.items():
                self.refusals[code] = self.refusals.get(code, 0) + number
        if self.refusals.get("server.fault"):
            self.faults.append(
                f"{self.refusals['server.fault']} commands: server.fault"
            )

    @property
    def receipts(self) -> dict[str, list[str]]:
        """What voters were given, by ballot."""
        found: dict[str, list[str]] = {}
        for citizen in self.citizens:
            for ballot, receipt in citizen.diary.receipts.items():
                found.setdefault(str(ballot), []).append(receipt)
        return found

    async def _live(self) -> None:
        site = Site(self.url)
        doors = asyncio.Semaphore(4)
        for number, kind in enumerate(self.kinds):
            chance = random.Random(self.seed * 1000 + number)
            client = NotingClient(
                site, self.code, name=words.name(number), chance=chance
            )
            client.told = self.told
            client.browser.event_hooks["response"] = [self._looked_at]
            citizen = EveningCitizen(
                client, self.over, kind=kind, seed=number, speed=self.speed
            )
            citizen.crowd = self
            self.citizens.append(citizen)
        lives = [asyncio.create_task(self._one(one, doors)) for one in self.citizens]
        while not self.over.over:  # noqa: ASYNC110 -- another thread sets it
            await asyncio.sleep(0.3)
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        await asyncio.gather(*(citizen.client.leave() for citizen in self.citizens))
        await site.close()

    async def _one(self, citizen: EveningCitizen, doors: asyncio.Semaphore) -> None:
        await asyncio.sleep(citizen.chance.uniform(0, ARRIVING / self.speed))
        try:
            async with doors:
                await citizen.client.join()
                await citizen.client.load_page()
                await citizen.client.connect()
            self.inside += 1
            await citizen.live()
        except (NotLetIn, Refused, httpx.HTTPError) as error:
            if not self.over.over:
                self.faults.append(
                    f"{citizen.client.name} ({citizen.kind.name}): {error}"
                )

    async def _looked_at(self, answer: httpx.Response) -> None:
        if answer.status_code >= 500:
            self.faults.append(f"{answer.status_code} {answer.request.url.path}")
