"""The two hundred people who must not get what was hidden, and where they look."""

import asyncio
import contextlib
import random
import re
import traceback
from collections.abc import Awaitable
from typing import Any
from urllib.parse import urljoin, urlsplit

from live.client import RoomClient
from live.traffic import Refused, Site
from tests.faults.ears import Aviary, Canary, Ear

# Who write and stay connected; whose line is cut again and again; who come and go;
# who have no socket, and poll and read.
STAYING, CUT, COMING, READING = (
    range(0, 90), range(90, 140), range(140, 170), range(170, 200),
)  # fmt: skip
WORD = "Schulgarten"
# Ends a session, changes the language, or is no page.
NOT_FOLLOWED = re.compile(r"/accounts/|/me/erase|/static/|/demo/|/i18n/|mailto:")


class Town:
    """The room, its people and its moderators."""

    def __init__(self, site: Site, room: dict[str, Any]) -> None:
        self.site, self.room = site, room
        self.code: str = room["code"]
        self.aviary = Aviary()
        self.chance = random.Random(3)
        self.stop = asyncio.Event()
        self.came = self.cut = 0
        self.troubles: list[str] = []
        self.leads = [self._moderator(place) for place in (0, 1)]
        self.ears = [self.ear(place) for place in STAYING]

    def _moderator(self, place: int) -> RoomClient:
        """Listened to as well: moderators may read on what they hid."""
        who = self.room["moderators"][place]
        return Ear(
            self.aviary, who["participation"], self.site, self.code,
            name=f"moderator {place}", screen="desk",
            cookies={"session": who["session"]},
        )  # fmt: skip

    def ear(self, place: int, screen: str = "room") -> Ear:
        who = self.room["people"][place]
        return Ear(
            self.aviary, who["participation"], self.site, self.code,
            name=f"citizen {place}", screen=screen, language=("de", "en")[place % 2],
            cookies={"session": who["session"]},
        )  # fmt: skip

    def breed(self, way: str, *authors: Ear) -> Canary:
        """Known to its authors, and to the moderators."""
        leads = [row["participation"] for row in self.room["moderators"]]
        return self.aviary.breed(way, *leads, *(ear.pk for ear in authors))

    async def wait_until_seen(self, canaries: list[Canary], others: int = 3) -> None:
        """Until `others` have each on their screens, or could not for a while."""
        for __ in range(300):
            if all(len(canary.seen_by) >= others for canary in canaries):
                return
            await asyncio.sleep(0.1)

    # --- what two hundred people do meanwhile ---------------------------------------
    async def be_cut(self, place: int) -> None:
        """Lose the line every now and then; sometimes with nothing kept."""
        ear = self.ear(place)
        await ear.connect()
        chance = random.Random(place)
        while not self.stop.is_set():
            await asyncio.sleep(chance.uniform(2, 8))
            if chance.random() < 0.3:
                ear.state.epoch = ""
            await ear.drop()
            self.cut += 1
        await ear.leave()

    async def come_and_go(self, place: int) -> None:
        chance = random.Random(place)
        while not self.stop.is_set():
            ear = self.ear(place, chance.choice(["room", "room", "projector"]))
            try:
                await ear.load_page()
                await ear.connect()
                self.came += 1
                await asyncio.sleep(chance.uniform(2, 8))
            finally:
                await ear.leave()

    async def read(self, place: int) -> None:
        """Poll from where the evening began, and read what there is to read."""
        ear, chance = self.ear(place), random.Random(place)
        await ear.load_page()
        began = {"epoch": ear.state.epoch, "since": ear.state.seq, "version": 0}
        room = f"/d/{self.code}/"
        while not self.stop.is_set():
            await asyncio.sleep(chance.uniform(2, 8))
            if chance.random() < 0.4:
                await ear.missed(**began)
                await ear.missed(epoch="none", since=0, version=0)
                continue
            pages = [
                room, "projector/", "proposals/", f"proposals/?q={WORD}",
                "proposals/?sort=discussed", f"proposals/?q={WORD}&sort=supported",
                "questions/", "questions/?sort=supported", "moderation/", "minutes/",
                "/me/", "/me/export.json", "/moderation/",
                f"proposals/{chance.choice(self.room['proposals'])}/thread/",
                f"proposals/{chance.choice(self.room['proposals'])}/",
            ]  # fmt: skip
            await ear.browser.get(urljoin(room, chance.choice(pages)))

    async def noting(self, work: Awaitable[None]) -> None:
        """Whoever gives up is named: silence would look like nothing leaked."""
        try:
            await work
        except Exception as error:
            self.troubles.append("".join(traceback.format_exception(error))[-2000:])


async def crawl(ear: Ear, *starts: str, most: int = 400) -> int:
    """Follow every link a citizen finds, and say how many pages that were."""
    waiting, known = list(starts), set(starts)
    while waiting and len(known) < most:
        answer = await ear.browser.get(waiting.pop(), follow_redirects=True)
        for link in re.findall(r'href="([^"#]+)"', answer.text):
            address = urljoin(str(answer.url), link.replace("&amp;", "&"))
            own = urlsplit(address)
            path = own.path + (f"?{own.query}" if own.query else "")
            if (
                address.startswith(ear.site.base_url)
                and path not in known
                and not NOT_FOLLOWED.search(path)
            ):
                known.add(path)
                waiting.append(path)
    return len(known)


async def afterwards(town: Town) -> int:
    """All that can still be asked for, before and after the dialogue is closed."""
    reader = town.ear(READING[0])
    room = f"/d/{town.code}/"
    asking = town.ears[-1]
    for number in range(3):
        with contextlib.suppress(Refused):
            await asking.send(
                "submit_proposal", title=f"{WORD} für alle {number}", look_first=True
            )
    year = re.search(r"\b20\d\d\b", (await reader.browser.get(room)).text)
    assert year
    reports = [f"/moderation/report/{year[0]}{end}" for end in ("/", ".csv", ".json")]
    pages = await crawl(reader, room, "/", "/moderation/", *reports)
    await town.leads[0].send("close_dialogue", confirm="close")
    return pages + await crawl(reader, room, "/projects/", room + "minutes/", *reports)
