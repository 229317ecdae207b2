"""People in the running city, each with a browser of their own."""

import re
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse, Browser, Dialog, Page, Request, WebSocket

from tests.browser.looks import wait_until
from tests.conftest import LiveCity

PHONE, DESK = (360, 760), (1280, 900)
# All that we may keep in a browser; Django hands one-time messages over in a cookie.
COOKIES = {"session", "csrf", "language", "theme", "messages"}
FAILED = re.compile(r"^Failed to load resource: the server responded with a status")


class Visitor:
    """A browser context and its page; remembers whatever should not have happened."""

    def __init__(
        self,
        browser: Browser,
        city: LiveCity,
        size: tuple[int, int] = PHONE,
        *,
        language: str = "de",
        scripts: bool = True,
    ) -> None:
        self.url = city.url
        self.complaints: list[str] = []
        # Addresses that were asked for although they refuse.
        self.refused: set[str] = set()
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            base_url=city.url,
        )
        self.context.on("console", self._heard)
        self.context.on(
            "weberror", lambda said: self.complaints.append(str(said.error))
        )
        self.context.on("dialog", self._asked)
        self.context.on("request", self._requested)
        self.context.on("page", lambda page: page.on("websocket", self._connected))
        self.page: Page = self.context.new_page()

    # --- what is noticed --------------------------------------------------------
    def _heard(self, said: Any) -> None:
        if said.type not in ("error", "warning"):
            return
        where = said.location["url"]
        if FAILED.match(said.text) and where in self.refused:
            return
        self.complaints.append(f"{said.type}: {said.text} ({where})")

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.complaints.append(f"foreign request: {request.url}")

    def _connected(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"foreign socket: {socket.url}")

    def finish(self) -> list[str]:
        """Close the browser; gives what went wrong in it."""
        kept = {cookie["name"] for cookie in self.context.cookies()}
        if kept - COOKIES:
            self.complaints.append(f"cookies: {sorted(kept - COOKIES)}")
        self.context.close()
        return self.complaints

    # --- on the page ---------------------------------------------------------------
    def visit(self, path: str, status: int = 200) -> Page:
        """Open `path`; a live page is connected when this returns."""
        if status >= 400:
            self.refused.add(self.url + path)
        answer = self.page.goto(path)
        assert answer is not None
        assert (answer.status, path) == (status, path)
        self.wait_until_live()
        return self.page

    def wait_until_live(self) -> None:
        """If the page is live and has scripts: until its socket is open."""
        has_scripts = self.page.evaluate("() => Boolean(window.mitwirken)")
        if has_scripts:
            wait_until(self.page, link="live")

    def speak(self, language: str) -> Self:
        """Choose a language, as the form in the header does."""
        self.context.add_cookies(
            [{"name": "language", "value": language, "url": self.url}]
        )
        return self

    # --- without a page: how the scene is set -----------------------------------------
    def post(self, path: str, **fields: Any) -> APIResponse:
        """Send a form of this site from this person's browser."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}
        return self.context.request.post(
            path,
            form=fields,
            headers={
                "X-CSRFToken": cookies["csrf"],
                "Accept": "application/json",
                "Referer": self.url + path,
            },
        )

    def join(self, code: str, name: str) -> Self:
        """Come into a dialogue as a guest."""
        door = f"/d/{code}/join/"
        self.context.request.get(door)
        done = self.post(door, name=name, rules_accepted="on", privacy_accepted="on")
        assert done.url.endswith(f"/d/{code}/"), done.text()
        return self

    def enter(self, who: str) -> Self:
        """Sign in as somebody of the demo city."""
        done = self.context.request.get(f"/demo/{who}/")
        assert done.ok, done.status
        return self

    def log_in(self, login: dict[str, str]) -> Self:
        """Sign in with an account of the demo city."""
        door = "/accounts/login/"
        self.context.request.get(door)
        done = self.post(door, login=login["email"], password=login["password"])
        assert done.ok, done.text()
        return self

    def do(self, code: str, name: str, /, **fields: Any) -> dict[str, Any]:
        """Run a command of the room; gives what it answers."""
        done = self.post(f"/d/{code}/do/{name}/", **fields)
        facts: dict[str, Any] = done.json()
        assert "ok" in facts, (name, facts)
        return facts["ok"]  # type: ignore[no-any-return]
