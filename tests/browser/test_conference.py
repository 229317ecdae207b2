"""The video of a provider: nothing of it is asked for before the person agrees."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.servers import City

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

SET_UP = """
import django; django.setup()
from dialogue.conference import ConferenceFacts, save_conference
from dialogue.models import Dialogue
dialogue = Dialogue.objects.filter(state="live").first()
save_conference(
    dialogue=dialogue,
    facts=ConferenceFacts(kind="jitsi", is_embedded=True, phone="0231 1", pin="42"),
)
print(dialogue.code)
"""


class Meet:
    """Another host that notes whoever comes."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        meet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                meet.asked.append((self.path, self.headers.get("Referer")))
                body = b"<h1>Video</h1>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def meet() -> Iterator[Meet]:
    server = Meet()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.mark.parametrize("width", [360, 1280])
def test_video_is_loaded_by_the_click_alone(
    browser: Browser, meet: Meet, tmp_path: Path, width: int
) -> None:
    city = City(
        directory=tmp_path,
        env={
            "JITSI_URL": meet.url,
            "JITSI_APP_ID": "mitwirken",
            "JITSI_SECRET": "x" * 32,
        },
    )
    city.prepare()
    with city:
        code = city.run("-c", SET_UP).split()[-1]
        context = browser.new_context(viewport={"width": width, "height": 800})
        asked: list[str] = []
        complaints: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        page.goto(f"{city.url}/d/{code}/join/")
        page.locator("[name=name]").fill("Cem")
        page.locator("[name=rules_accepted]").check()
        page.locator("[name=privacy_accepted]").check()
        page.locator("main form button[type=submit], main form button").first.click()
        load = page.locator("[data-frame-load]")
        expect(load).to_be_visible()
        page.wait_for_timeout(1500)
        foreign = [url for url in asked if not url.startswith((city.url, "data:"))]
        assert foreign == []
        assert meet.asked == []

        load.click()

        frame = page.locator("iframe")
        expect(frame).to_be_visible()
        expect(page.frame_locator("iframe").locator("h1")).to_have_text("Video")
        (path, referer), *__ = meet.asked
        assert "jwt=" in path
        assert referer is None
        overflow = "document.documentElement.scrollWidth > window.innerWidth"
        assert page.evaluate(overflow) is False
        page.screenshot(path=tmp_path / "video.png")
        page.locator(".conference button").click()
        expect(frame).to_have_count(0)
        expect(load).to_be_focused()
        assert [said for said in complaints if "Security" in said] == []
        context.close()
