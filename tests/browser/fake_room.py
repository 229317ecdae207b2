"""A room without an application: docs/protocol.md over a real socket, at command.

Pages and forms come over HTTP, frames over a WebSocket on a port of its own, so
that a test can take the one away and leave the other.
"""

import contextlib
import json
import socket as sockets
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from django.template.loader import render_to_string
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PAGE = Template((Path(__file__).parent / "pages" / "room.html").read_text())
IDIOMORPH = next((BASE_DIR / "static/vendor").glob("idiomorph-*")).name
TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8"}
PATIENCE = 20.0

Facts = dict[str, Any]

TEXTS = {
    "not_sent": "Not sent. Please send again.",
    "waiting": "Many are sending.",
    "offline": "Waiting for the line.",
    "chars_left_one": "{n} character left",
    "chars_left_other": "{n} characters left",
    "chars_over_one": "{n} character too many",
    "chars_over_other": "{n} characters too many",
    "choices_left_one": "{n} choice left",
    "choices_left_other": "{n} choices left",
    "choices_over_one": "{n} choice too many",
    "choices_over_other": "{n} choices too many",
    "draft_saved": "Draft saved",
    "yes": "Yes",
    "no": "No",
    "close": "Close",
    "reload": "Reload",
    "bye": "Closed.",
    "bye_4401": "You are signed out.",
    "bye_4403": "You may not be here any more.",
    "load_failed": "Could not be loaded.",
    "reply_cancel": "Not a reply",
    "more_one": "And {n} more.",
    "more_other": "And {n} more.",
    "keys_title": "Keys",
    "keys_on": "Use keys",
}


def card(pk: int, place: int, title: str = "", *, extra: str = "") -> str:
    """A proposal as it is broadcast."""
    return (
        f'<li id="proposal-{pk}" data-place="{place}" data-announce="New: {pk}">'
        f"<h3>{title or f'Proposal {pk}'}</h3>"
        f'<span data-count="proposal-{pk}.agrees">0</span>'
        f'<div data-mine="proposal-{pk}"><em>everybody</em></div>{extra}'
        f'<details data-load="/thread/{pk}/"><summary>Comments</summary>'
        "<div data-loaded data-keep></div></details></li>"
    )


def comment(pk: int, text: str) -> str:
    """A comment with its reply button and the list of its replies."""
    return (
        f'<li id="comment-{pk}" data-place="{pk}"><p>{text}</p>'
        f'<button type="button" data-reply="{pk}" aria-label="Reply to {text}">'
        f'Reply</button><ol id="replies-{pk}" data-order="rising"></ol></li>'
    )


def thread(pk: int, *comments: str) -> str:
    """What the address of a thread gives."""
    return (
        f'<ol id="comments-{pk}" data-order="rising">{"".join(comments)}</ol>'
        '<form data-command="add_comment" data-clear data-keep>'
        f'<input type="hidden" name="proposal" value="{pk}">'
        '<input type="hidden" name="parent" value="">'
        f'<textarea id="comment-{pk}-text" name="text"></textarea>'
        "<button>Comment</button></form>"
    )


def ballot_form(pk: int) -> str:
    """The own part of an open ballot, not yet voted in."""
    choices = "".join(
        f'<label><input type="checkbox" name="options" value="{n}" data-list>'
        f"Option {n}</label>"
        for n in (1, 2, 3)
    )
    return (
        '<form data-command="cast_vote" data-once>'
        f'<input type="hidden" name="ballot" value="{pk}">'
        f'<fieldset data-most="2">{choices}</fieldset><button>Vote</button></form>'
    )


def ballot(pk: int) -> str:
    """An open ballot as everybody sees it."""
    return (
        f'<li id="ballot-{pk}" data-place="{pk}"><h3>Ballot {pk}</h3>'
        f'<div data-mine="ballot-{pk}">{ballot_form(pk)}</div></li>'
    )


def put(target: str, html: str) -> Facts:
    return {"target": target, "swap": "put", "html": html}


def replace(target: str, html: str) -> Facts:
    return {"target": target, "swap": "replace", "html": html}


def remove(target: str) -> Facts:
    return {"target": target, "swap": "remove"}


class FakeRoom:
    """The server's side; tests change it and say what is sent."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.epoch, self.seq, self.version = "first", 10, 5
        self.log: list[tuple[int, list[Facts]]] = []
        self.numbers: dict[str, tuple[int, dict[str, int]]] = {}
        self.cards = {n: card(n, n) for n in (1, 2, 3)}
        self.threads: dict[int, str] = {}
        self.allows, self.ends = "propose", ""
        self.oldest_known = 0
        self.frames_first = False
        # What arrived: commands by socket and by form, polls, attempts to connect.
        self.sent: list[Facts] = []
        self.posted: list[Facts] = []
        self.polls: list[Facts] = []
        self.attempts: list[float] = []
        self.answers: dict[str, Callable[[Facts], Facts]] = {}
        self.votes: dict[str, str] = {}
        self.refuses_sockets = self.refuses_polls = False
        self.is_mute = False
        self.connections: set[ServerConnection] = set()

    # --- life ---------------------------------------------------------------
    def __enter__(self) -> Self:
        self.pages = ThreadingHTTPServer(("127.0.0.1", 0), self._page_class())
        self.pages.daemon_threads = True
        self.socket: Server = serve(
            self._listen,
            "127.0.0.1",
            0,
            process_request=self._admit,
            compression=None,
            ping_interval=None,
        )
        self.threads_run = [
            threading.Thread(target=server.serve_forever, daemon=True)
            for server in (self.pages, self.socket)
        ]
        for run in self.threads_run:
            run.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.cut()
        self.pages.shutdown()
        self.pages.server_close()
        self.socket.shutdown()
        for run in self.threads_run:
            run.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.pages.server_port}/"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.socket.socket.getsockname()[1]}/"

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until something that arrived makes it true."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), "did not happen"

    def note(self, into: list[Any], fact: Any) -> None:
        with self.changed:
            into.append(fact)
            self.changed.notify_all()

    # --- what is shown -------------------------------------------------------
    def regions(self) -> dict[str, str]:
        cards = "".join(self.cards[pk] for pk in sorted(self.cards, reverse=True))
        return {
            "now": f'<section id="now" data-allows="{self.allows}" '
            f'data-ends="{self.ends}"><h2>Now</h2>'
            '<span class="clock"><span data-clock>later</span></span></section>',
            "ballots": '<div id="ballots"><ol id="ballot-cards">'
            f"{ballot(1)}</ol></div>",
            "proposals": f'<ol id="proposals" data-limit="40">{cards}</ol>',
        }

    def page(self) -> str:
        regions = {f"{name}_region": html for name, html in self.regions().items()}
        return PAGE.substitute(
            regions,
            epoch=self.epoch,
            seq=self.seq,
            version=self.version,
            now=int(time.time() * 1000),
            socket=self.socket_url,
            idiomorph=IDIOMORPH,
            map=render_to_string("parts/map.html", {"editable": True}),
            texts=json.dumps(TEXTS),
        )

    # --- frames ----------------------------------------------------------------
    def happen(self, *ops: Facts, is_heard: bool = True) -> Facts:
        """Something changes; `is_heard=False`: its frame gets lost."""
        frame = {
            "kind": "ops",
            "epoch": self.epoch,
            "after": self.seq,
            "seq": self.seq + 1,
            "ops": list(ops),
        }
        self.seq += 1
        self.log.append((self.seq, list(ops)))
        if is_heard:
            self.send(frame)
        return frame

    def count(self, subject: str, **numbers: int) -> None:
        self.version += 1
        self.numbers[subject] = (self.version, numbers)
        self.send(
            {
                "kind": "counts",
                "epoch": self.epoch,
                "version": self.version,
                "counts": {subject: numbers},
            }
        )

    def heartbeat(self, ahead: int = 0) -> Facts:
        return {
            "kind": "heartbeat",
            "epoch": self.epoch,
            "seq": self.seq,
            "version": self.version,
            "now": int(time.time() * 1000) + ahead,
        }

    def snapshot(self) -> Facts:
        return {
            "kind": "snapshot",
            "epoch": self.epoch,
            "seq": self.seq,
            "version": self.version,
            "regions": self.regions(),
            "counts": {name: numbers for name, (_, numbers) in self.numbers.items()},
        }

    def missed(self, epoch: str, since: int, version: int) -> list[Facts]:
        if epoch != self.epoch or since < self.oldest_known:
            return [self.snapshot()]
        frames: list[Facts] = []
        entries = [(seq, ops) for seq, ops in self.log if seq > since]
        if entries:
            frames.append(
                {
                    "kind": "ops",
                    "epoch": epoch,
                    "after": since,
                    "seq": entries[-1][0],
                    "ops": [op for _, ops in entries for op in ops],
                }
            )
        counts = {k: n for k, (at, n) in self.numbers.items() if at > version}
        if counts:
            frames.append(
                {
                    "kind": "counts",
                    "epoch": epoch,
                    "version": self.version,
                    "counts": counts,
                }
            )
        return frames

    def send(self, frame: Facts) -> None:
        for connection in tuple(self.connections):
            connection.send(json.dumps(frame))

    def cut(self) -> None:
        """All lines end without a word."""
        for connection in tuple(self.connections):
            with contextlib.suppress(OSError):
                connection.socket.shutdown(sockets.SHUT_RDWR)

    # --- socket -----------------------------------------------------------------
    def _admit(self, connection: ServerConnection, request: Any) -> Any:
        self.note(self.attempts, time.monotonic())
        if self.refuses_sockets:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        return None

    def _listen(self, connection: ServerConnection) -> None:
        try:
            for raw in connection:
                said = json.loads(raw)
                self.note(self.sent, said)
                if not self.is_mute:
                    self._reply(connection, said)
        except ConnectionClosed:
            pass
        finally:
            self.connections.discard(connection)

    def _reply(self, connection: ServerConnection, said: Facts) -> None:
        if said["do"] != "resume":
            answer = {"re": said["id"], **self.answer(said["do"], said["with"])}
            connection.send(json.dumps(answer))
            return
        self.connections.add(connection)
        facts = said["with"]
        frames = self.missed(facts["epoch"], facts["since"], facts["version"])
        answer = {"re": said["id"], "ok": {}}
        for frame in [*frames, answer] if self.frames_first else [answer, *frames]:
            connection.send(json.dumps(frame))

    def answer(self, name: str, facts: Facts) -> Facts:
        if name == "cast_vote":
            receipt = self.votes.setdefault(facts["request_key"], f"R{len(self.votes)}")
            slot = f"<p>Receipt {receipt}</p>"
            return {
                "ok": {"message": f"Counted: {receipt}"},
                "mine": {f"ballot-{facts['ballot']}": slot},
            }
        return self.answers.get(name, lambda _: {"ok": {}, "mine": {}})(facts)

    def commands(self, name: str) -> list[Facts]:
        """The payloads of this command that came by socket."""
        return [said["with"] for said in self.sent if said["do"] == name]

    # --- pages ------------------------------------------------------------------
    def _page_class(self) -> type[BaseHTTPRequestHandler]:
        room = self

        class Page(BaseHTTPRequestHandler):
            def log_message(self, *arguments: object) -> None:
                pass

            def reply(self, text: str | bytes, kind: str, status: int = 200) -> None:
                body = text.encode() if isinstance(text, str) else text
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; "
                    f"connect-src 'self' {room.socket_url}; base-uri 'none'; "
                    "require-trusted-types-for 'script'; trusted-types mitwirken",
                )
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == "/":
                    self.reply(room.page(), TYPES[".html"])
                elif path.startswith("/static/"):
                    file = BASE_DIR / path[1:]
                    self.reply(file.read_bytes(), TYPES[file.suffix])
                elif path.startswith("/thread/"):
                    html = room.threads.get(int(path.split("/")[2]))
                    self.reply(html or "", TYPES[".html"], 200 if html else 503)
                elif path == "/d/TEST/since/":
                    self.poll()
                else:
                    self.reply("", "text/plain", 404)

            def poll(self) -> None:
                query = {
                    k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()
                }
                room.note(room.polls, query)
                if room.refuses_polls:
                    self.reply("", "text/plain", 503)
                    return
                since, version = int(query["since"]), int(query["version"])
                frames = room.missed(query["epoch"], since, version)
                reply = {"frames": [*frames, room.heartbeat()]}
                self.reply(json.dumps(reply), "application/json")

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                fields = parse_qs(self.rfile.read(size).decode())
                name = self.path.split("/")[-2]
                if self.headers["X-CSRFToken"] != "token":
                    self.reply("<p>Forbidden</p>", TYPES[".html"], 403)
                    return
                facts = {k: v if k == "options" else v[0] for k, v in fields.items()}
                room.note(room.posted, {"do": name, "with": facts})
                answer = room.answer(name, facts)
                status = 400 if "refused" in answer else 200
                self.reply(json.dumps(answer), "application/json", status)

        return Page
