"""Somebody who opens the room's page, and then its socket."""

import re

from bench.crowd import Line, clock
from bench.hall import Hall, pause_until, resume_from
from bench.sockets import Poster

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
COOKIE = re.compile(rb"^set-cookie: *([a-z]+)=([^;]+)", re.IGNORECASE | re.MULTILINE)


class Newcomer:
    """`session` None: a guest who joins by the form first."""

    def __init__(self, hall: Hall, place: int, session: str | None) -> None:
        self.hall, self.place = hall, place
        self.cookies = {"session": session} if session else {}
        self.is_guest = session is None
        self.began = self.opened = self.done = 0.0
        self.is_in = False
        self.trouble = ""
        self.line: Line | None = None
        self.poster: Poster | None = None

    async def come_in(self, due: float) -> None:
        await pause_until(due)
        self.began = clock()
        try:
            self.poster = await Poster.open(self.hall.ports[0])
            if self.is_guest:
                await self.join()
            html = await self.get(f"/d/{self.hall.room['code']}/")
            self.opened = clock() - self.began
            self.line = self.hall.crowd.line(
                self.hall.ports[0],
                self.hall.path("room", self.place),
                self.cookies["session"],
            )
            self.line.connect()
            await self.line.up
            answer = await self.line.ask(resume_from(html))
            if b'"ok"' not in answer[:40]:
                raise ConnectionError(answer[:60].decode())
        except (OSError, TimeoutError, ValueError, KeyError) as error:
            self.trouble = repr(error)
            return
        self.done = clock()
        self.is_in = True

    async def join(self) -> None:
        """The page with the form, and the form."""
        path = f"/d/{self.hall.room['code']}/join/"
        html = await self.get(path)
        token = TOKEN.search(html.encode())
        if token is None:
            raise ConnectionError("the joining page has no form")
        body = (
            f"name=Gast+neu+{self.place}&rules_accepted=on&privacy_accepted=on"
            f"&csrfmiddlewaretoken={token[1].decode()}"
        )
        assert self.poster is not None
        answer = await self.poster.post(path, self.headers(), body)
        if answer.split(b" ", 2)[1] not in (b"302", b"303"):
            raise ConnectionError(f"joining was refused: {answer[:60]!r}")
        self.keep_cookies(answer)

    async def get(self, path: str) -> str:
        assert self.poster is not None
        answer = await self.poster.get(path, self.headers())
        if not answer.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"{path}: {answer[:60]!r}")
        self.keep_cookies(answer)
        return answer.decode(errors="replace")

    def headers(self) -> str:
        port = self.hall.ports[0]
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        own = f"Cookie: {cookies}\r\n" if cookies else ""
        return (
            f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Accept-Language: de\r\n{own}"
        )

    def keep_cookies(self, answer: bytes) -> None:
        head = answer.partition(b"\r\n\r\n")[0]
        for name, value in COOKIE.findall(head):
            self.cookies[name.decode()] = value.decode()

    def leave(self) -> None:
        if self.poster is not None:
            self.poster.close()
        if self.line is not None:
            self.line.close()
