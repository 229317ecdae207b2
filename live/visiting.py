"""The pages of a room as a browser without a socket uses them."""

from http.cookiejar import Cookie

import httpx

from live.page_tree import parse
from live.room_state import Frame, RoomState
from live.traffic import NotLetIn, Site


class Visitor:
    """A person's browser: joins, loads the screen's page, asks what was missed."""

    def __init__(
        self,
        site: Site,
        code: str,
        *,
        name: str,
        screen: str,
        language: str,
        keeps_regions: bool,
        cookies: dict[str, str] | None,
    ) -> None:
        self.site = site
        self.code = code
        self.name = name
        self.screen = screen
        self.language = language
        self.browser = site.browser()
        self.browser.cookies.update(cookies or {})
        self.state = RoomState(keeps_regions=keeps_regions)

    @property
    def cookies(self) -> str:
        """As a header for the socket."""
        jar: list[Cookie] = list(self.browser.cookies.jar)
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    async def join(self, **fields: str) -> None:
        """Come in as a guest by the page that citizens fill in."""
        page = f"/d/{self.code}/join/"
        shown = await self.browser.get(page)
        if shown.status_code != 200:
            raise NotLetIn(f"{page} answered {shown.status_code}.")
        form = {
            "name": self.name,
            "rules_accepted": "on",
            "privacy_accepted": "on",
            "csrfmiddlewaretoken": _token(shown.text),
            **fields,
        }
        answer = await self.browser.post(page, data=form)
        if answer.status_code not in (302, 303):
            raise NotLetIn(f"{self.name}: {_alert(answer)}")

    async def load_page(self) -> None:
        """Begin with the page, as a browser does."""
        place = "" if self.screen == "room" else f"{self.screen}/"
        page = await self.browser.get(f"/d/{self.code}/{place}")
        if page.status_code != 200:
            raise NotLetIn(f"The {self.screen} answered {page.status_code}.")
        self.state = RoomState.from_page(
            page.text, keeps_regions=self.state.keeps_regions
        )

    async def missed(self, *, epoch: str, since: int, version: int) -> list[Frame]:
        """What the poll address gives, as without a socket."""
        answer = await self.browser.get(
            f"/d/{self.code}/since/",
            params={
                "screen": self.screen,
                "lang": self.language,
                "epoch": epoch,
                "since": since,
                "version": version,
            },
        )
        answer.raise_for_status()
        frames: list[Frame] = answer.json()["frames"]
        return frames

    async def fresh_state(self) -> RoomState:
        """A new snapshot for this screen, and the numbers that came after it."""
        state = RoomState()
        for __ in range(2):
            frames = await self.missed(
                epoch=state.epoch or "none", since=state.seq, version=state.version
            )
            for frame in frames:
                state.apply(frame)
        return state


def _token(html: str) -> str:
    field = next(parse(html).find("name", "csrfmiddlewaretoken"), None)
    if field is None:
        raise NotLetIn("The page has no form.")
    return field.attributes["value"]


def _alert(answer: httpx.Response) -> str:
    alert = next(parse(answer.text).find("role", "alert"), None)
    return f"{answer.status_code} {alert.text if alert else ''}"[:300]
