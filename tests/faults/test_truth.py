"""What the page says about its line while the line, the server or Redis is gone."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks import wait_until
from tests.faults.cities import database_env, standing
from tests.faults.proxy import Proxy, beside
from tests.servers import City, Redis, Uvicorn

pytestmark = [pytest.mark.faults, pytest.mark.browser, pytest.mark.timeout(600)]

TOLD_WITHIN, BACK_WITHIN, SEEN_WITHIN = 30.0, 30.0, 2.5


class Screen:
    """One person's page in a browser of their own."""

    def __init__(self, browser: Browser, url: str, code: str, session: str) -> None:
        self.code, self.url = code, url
        self.context = browser.new_context(base_url=url, locale="de")
        self.context.add_cookies([{"name": "session", "value": session, "url": url}])
        self.page: Page = self.context.new_page()
        self.page.goto(f"/d/{code}/")
        wait_until(self.page, link="live")

    def until(self, script: str, *facts: Any, seconds: float = 60) -> float:
        """Seconds until the page has come to it; `seconds` if it has not."""
        began = time.monotonic()
        while not self.page.evaluate(script, *facts):
            if time.monotonic() - began > seconds:
                return seconds
            self.page.wait_for_timeout(100)
        return time.monotonic() - began

    def until_link(self, *links: str) -> float:
        return self.until(
            "links => links.includes(window.mitwirken.state().link)", list(links)
        )

    def until_shows(self, title: str) -> float:
        return self.until("text => document.body.innerText.includes(text)", title)

    @property
    def words(self) -> str:
        return self.page.locator("[data-link-state]").first.inner_text()

    def propose(self, title: str) -> None:
        cookies = {row["name"]: row["value"] for row in self.context.cookies()}
        answer = self.context.request.post(
            f"/d/{self.code}/do/submit_proposal/",
            form={"title": title},
            headers={
                "X-CSRFToken": cookies["csrf"],
                "Accept": "application/json",
                "Referer": self.url,
            },
        )
        assert answer.ok, answer.text()


@pytest.fixture
def frozen() -> Iterator[list[City]]:
    """Whoever stands in it goes on in the end, whatever happens."""
    cities: list[City] = []
    yield cities
    for city in cities:
        if city.process is not None:
            os.kill(city.pid, signal.SIGCONT)


def test_the_page_tells_the_truth(
    browser, frozen, request, tmp_path, make_room, judge, note
):
    env = database_env("PostgreSQL", request, tmp_path)
    # The page's script: collected once for both.
    env["STATIC_ROOT"] = str(tmp_path / "static")
    found: dict[str, Any] = {}
    with Redis(tmp_path / "redis") as server:
        env["REDIS_URL"] = server.url
        here = City(env, directory=tmp_path / "here")
        there = Uvicorn(env, directory=tmp_path / "there")
        here.manage("collectstatic", "--noinput", "-v0")
        with standing(here, there), beside(Proxy(there.port)) as proxy:
            room = make_room(here, people=2, proposals=2)
            sessions = [who["session"] for who in room["people"]]
            writer = Screen(browser, here.url, room["code"], sessions[0])
            reader = Screen(browser, proxy.url, room["code"], sessions[1])

            server.kill()
            writer.propose("Ohne Redis")
            found["seen without Redis"] = reader.until_shows("Ohne Redis")
            reader.page.wait_for_timeout(3000)
            found["said without Redis"] = reader.page.evaluate(
                "window.mitwirken.state().link"
            )
            server.start()

            proxy.is_silent = True
            writer.propose("Im Tunnel")
            found["dead line told"] = reader.until_link("delayed", "cut")
            found["words"] = reader.words
            proxy.is_silent = False
            found["dead line back"] = reader.until_link("live")
            reader.until_shows("Im Tunnel")

            frozen.append(there)
            os.kill(there.pid, signal.SIGSTOP)
            writer.propose("Eingefroren")
            found["frozen told"] = reader.until_link("delayed", "cut")
            os.kill(there.pid, signal.SIGCONT)
            found["frozen back"] = reader.until_link("live")
            found["all shown"] = reader.until_shows("Eingefroren") < 60
            for screen in (writer, reader):
                screen.context.close()
    note(**found)
    judge(
        "Redis gone: what the other process's page shows after; what it says",
        f"{found['seen without Redis']:.1f} s; {found['said without Redis']}",
        f"{SEEN_WITHIN} s; live",
        found["seen without Redis"] <= SEEN_WITHIN
        and found["said without Redis"] == "live",
    )
    for name, what in (
        ("dead line", "line that swallows everything"),
        ("frozen", "server that is frozen"),
    ):
        told, back = found[f"{name} told"], found[f"{name} back"]
        judge(
            f"{what}: the page says so after; is back after it heals",
            f"{told:.0f} s; {back:.0f} s",
            f"{TOLD_WITHIN:.0f} s; {BACK_WITHIN:.0f} s",
            told <= TOLD_WITHIN and back <= BACK_WITHIN,
        )
    judge(
        "after all of it the page shows everything",
        "yes" if found["all shown"] else "no",
        "yes",
        found["all shown"],
    )
