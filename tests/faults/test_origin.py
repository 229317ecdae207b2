"""Who may open a socket, and headers that nobody may forge."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from accounts.guard import PER_ADDRESS
from tests.faults.cities import SERVERS, each_server, lines_of, standing
from tests.faults.wire import Wire, request
from tests.servers import City

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ORIGINS: dict[str, str | None] = {
    "evil": "https://evil.example",
    "absent": None,
    "null": "null",
    "our name as prefix": "http://127.0.0.1.evil.example",
    "our name as suffix": "http://evil-127.0.0.1",
    "our name as subdomain": "http://localhost.evil.example",
    "our name as user": "http://127.0.0.1@evil.example",
    "our name as path": "http://evil.example/127.0.0.1",
    "our name twice": "http://127.0.0.1, http://evil.example",
    "a file": "file://",
    "no address": "127.0.0.1",
    "empty": " ",
    "a dot at its end": "http://127.0.0.1.",
    "signs": "http://127.0.0.1\x01.evil.example",
}
FORGED = (
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: https",
    "X_Forwarded_Host: evil.example",
    "Forwarded: host=evil.example;proto=https",
)


async def knock(city: City, room: dict[str, Any], **how: Any) -> int:
    """The status that the handshake is answered with; 0 if the line was cut, 1 if
    nothing came."""
    path = f"/ws/d/{room['code']}/?screen=room&lang=de"
    head = request(city.port, path, room["people"][0]["session"], **how)
    try:
        wire = await Wire.open(city.port, head, patience=10)
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0
    except TimeoutError:
        return 1
    wire.close()
    return wire.status


async def all_origins(city: City, room: dict[str, Any]) -> dict[str, int]:
    return {
        name: await knock(city, room, origin=origin) for name, origin in ORIGINS.items()
    }


@each_server
def test_sockets_from_elsewhere(server, tmp_path, make_room, judge):
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=1, proposals=1)
        found = asyncio.run(all_origins(city, room))
        ours = asyncio.run(knock(city, room))
        claimed = asyncio.run(
            knock(city, room, origin="http://evil.example", more=FORGED)
        )
        twice = asyncio.run(
            knock(
                city,
                room,
                origin="http://evil.example",
                more=(f"Origin: http://127.0.0.1:{city.port}",),
            )
        )
        lines = len(lines_of(city))
    found |= {"evil, with forwarded headers": claimed, "evil, then ours": twice}
    let_in = [name for name, said in found.items() if said == 101]
    # What is no address at all is a bad request already; 1 is no answer at all.
    others = [f"{name}: {said}" for name, said in found.items() if said != 403]
    judge(
        f"{len(found)} origins that are not ours, {server}: refused",
        "; ".join([str(len(found) - len(let_in)), *others]),
        f"{len(found)}, by 403 if it can be read",
        not let_in,
    )
    judge(f"our own origin, {server}", ours, 101, ours == 101)
    judge(
        f"refused origins, {server}: lines in the log",
        lines,
        f"at most {2 * len(found) + 2}",
        lines <= 2 * len(found) + 2,
    )


@each_server
def test_forged_headers(server, tmp_path, make_room, judge):
    """Host, forwarded address and underscores, without a proxy that we trust."""
    city = SERVERS[server](directory=tmp_path / "city")
    with standing(city):
        room = make_room(city, people=1, proposals=1)
        hosted = asyncio.run(knock(city, room, host="evil.example"))
        found = asyncio.run(forge(city, room))
    judge(
        f"forged Host, {server}: page, socket with our Origin",
        f"{found['forged host']}, {hosted}",
        "400, ignored",
        found["forged host"] == 400 and hosted in (101, 400),
    )
    judge(
        f"forwarded host and underscores, {server}: pages that repeat them",
        found["pages with evil"],
        0,
        found["pages with evil"] == 0,
    )
    tries, most = found["guesses let through"], PER_ADDRESS[0]
    judge(
        f"guessing codes, each time with another forwarded address, {server}: tries",
        tries,
        f"at most {most}",
        tries <= most,
    )


async def forge(city: City, room: dict[str, Any]) -> dict[str, Any]:
    cookies = {"session": room["people"][0]["session"]}
    evil = dict(line.split(": ", 1) for line in FORGED)
    async with httpx.AsyncClient(
        base_url=city.url, trust_env=False, cookies=cookies
    ) as browser:
        hosted = await browser.get("/", headers={"Host": "evil.example"})
        pages = [
            await browser.get(path, headers=evil)
            for path in ("/", f"/d/{room['code']}/projector/", "/accounts/login/")
        ]
    # Without a session only the address is counted.
    async with httpx.AsyncClient(base_url=city.url, trust_env=False) as stranger:
        guesses = await guess(stranger)
    return {
        "forged host": hosted.status_code,
        "pages with evil": sum("evil" in page.text for page in pages),
        "guesses let through": guesses,
    }


async def guess(browser: httpx.AsyncClient) -> int:
    """Wrong codes that were looked up before the guard stepped in."""
    shown = await browser.get("/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)
    assert token is not None
    for number in range(PER_ADDRESS[0] + 10):
        address = f"10.0.{number // 250}.{number % 250}"
        answer = await browser.post(
            "/join/",
            data={"code": f"WRONG{number:03}", "csrfmiddlewaretoken": token[1]},
            headers={"X-Forwarded-For": address, "X_Forwarded_For": address},
        )
        if answer.status_code == 429:
            return number
        assert answer.status_code < 500, answer.status_code
    return number + 1
